//! Operations: their ids, paths and tags.

use super::{Named, refuse_duplicates};
use crate::problem::Problems;
use crate::regen::index::{Index, Operation, elements, parameter_names, text};
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
        Some(Named { name, cased: names::module(name), at: at.key("name") })
    });
    for (at, it) in elements(&Pointer::root(), index.document, "tags") {
        text(it, "name").into_iter().for_each(|name| tag(&at.key("name"), name, problems));
    }
    for (at, item) in index.path_items.iter().filter(|(_, item)| item.get("servers").is_some()) {
        let _ = item;
        problems.add(at.key("servers"), "`servers` of one path", "remove it: the client has one base URL");
    }
    refuse_duplicates("tags", tags, "each tag becomes a file and a cargo feature: rename one", problems);
}

/// Refuses operations without an id, on which progenitor panics, and ids that cannot name a method.
fn id(operation: &Operation<'_>, problems: &mut Problems) {
    let fix = "name it with an overlay action, such as `send_payout`";
    match text(operation.value, "operationId") {
        None => problems.add(&operation.pointer, "the operation has no `operationId`", fix),
        Some(id) if !names::is_ident(&names::snake(id)) || TAKEN.contains(&names::snake(id).as_str()) => {
            let what = format!("`{id}` cannot be the name of a method of the client");
            problems.add(operation.pointer.key("operationId"), what, fix);
        }
        Some(_) => {}
    }
    if operation.value.get("servers").is_some() {
        let at = operation.pointer.key("servers");
        problems.add(at, "`servers` of one operation", "remove it: the client has one base URL");
    }
}

/// The methods that the client has by itself.
const TAKEN: &[&str] = &["clone", "fetch", "new", "request", "with_header", "with_timeout", "with_transport"];

/// The modules that are there already; `webhooks` holds the payloads of events.
const TAKEN_MODULES: &[&str] =
    &["common", "mod", "webhooks", "all_tags", "schemars", "rustls", "rustls_no_provider"];

/// Refuses tags that give no module, or one that is there already.
fn tag(at: &Pointer, name: &str, problems: &mut Problems) {
    let module = names::module(name);
    if !module.is_ascii() || !names::is_ident(&module) || TAKEN_MODULES.contains(&module.as_str()) {
        problems.add(
            at,
            format!("the tag `{name}` cannot be the name of a file and a cargo feature"),
            "rename it in the overlay, at `tags` and at its operations",
        );
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
