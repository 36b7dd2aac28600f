//! Operations: their ids, paths and tags.

use super::{Named, refuse_duplicates};
use crate::problem::Problems;
use crate::regen::index::{Index, Operation, elements, text};
use crate::regen::names;
use crate::regen::pointer::Pointer;

/// Checks every operation.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    for operation in &index.operations {
        id(operation, problems);
        tags(index, operation, problems);
    }
    for (at, item) in &index.path_items {
        let path = index.operations.iter().find(|it| it.item_pointer == *at).map(|it| it.path);
        if let (Some(path), true) = (path, item.is_object()) {
            template(at, path, problems);
        }
    }
    let ids = index.operations.iter().filter_map(|it| {
        let name = text(it.value, "operationId")?;
        Some(Named { name, cased: names::snake(name), at: it.pointer.key("operationId") })
    });
    refuse_duplicates("operation ids", ids, "give one of the operations another id", problems);
    let tags = elements(&Pointer::root(), index.document, "tags").filter_map(|(at, tag)| {
        let name = text(tag, "name")?;
        Some(Named { name, cased: names::snake(name), at: at.key("name") })
    });
    refuse_duplicates("tags", tags, "each tag becomes a file and a cargo feature: rename one", problems);
}

/// Refuses operations without an id, on which progenitor panics, and ids that are not in snake case.
fn id(operation: &Operation<'_>, problems: &mut Problems) {
    let fix = "name it with an overlay action, such as `send_payout`";
    match text(operation.value, "operationId") {
        None => problems.add(&operation.pointer, "the operation has no `operationId`", fix),
        Some(id) if !id.starts_with(|first: char| first.is_ascii_lowercase()) || names::snake(id) != id => {
            let what = format!("the operation id `{id}` is not in snake case");
            problems.add(operation.pointer.key("operationId"), what, fix);
        }
        Some(_) => {}
    }
}

/// Refuses operations without exactly one declared tag, because the tag names the file of the operation.
fn tags(index: &Index<'_>, operation: &Operation<'_>, problems: &mut Problems) {
    let tags: Vec<_> = elements(&operation.pointer, operation.value, "tags").collect();
    let [(at, tag)] = tags.as_slice() else {
        let what = format!("the operation has {} tags", tags.len());
        let fix = "give it exactly one: it says in which file the operation goes";
        problems.add(operation.pointer.key("tags"), what, fix);
        return;
    };
    let mut declared = elements(&Pointer::root(), index.document, "tags");
    if !declared.any(|(_, it)| it.get("name") == Some(tag)) {
        let what = format!("the tag {} is not declared", super::shown(tag));
        problems.add(at, what, "add it to `tags` at the top level, with a description");
    }
}

/// Refuses paths that progenitor cannot parse, or misreads.
fn template(at: &Pointer, path: &str, problems: &mut Problems) {
    let fix = "write the path as `/v2/users/{user_id}`";
    if !path.starts_with('/') {
        problems.add(at, format!("the path `{path}` does not begin with a slash"), fix);
    }
    if path.contains("//") {
        problems.add(at, format!("the path `{path}` has an empty segment"), fix);
    }
    if parameter_names(path).is_none() {
        problems.add(at, format!("the braces of the path `{path}` do not match"), fix);
    }
}

/// The names in the braces of a path template; `None` if the braces do not match.
pub(super) fn parameter_names(path: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        if before.contains('}') || name.is_empty() || name.contains(['{', '/']) {
            return None;
        }
        names.push(name);
        rest = after;
    }
    (!rest.contains('}')).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::parameter_names;

    #[test]
    fn the_names_in_braces_are_found_and_broken_braces_are_not() {
        assert_eq!(parameter_names("/a/{b}/c/{d}"), Some(vec!["b", "d"]));
        assert_eq!(parameter_names("/a"), Some(Vec::new()));
        for broken in ["/{", "/}", "/{a", "/a}", "/{}", "/{a/b}", "/{a{b}}"] {
            assert_eq!(parameter_names(broken), None, "{broken}");
        }
    }
}
