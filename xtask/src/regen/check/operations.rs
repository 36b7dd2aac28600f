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
        method(operation, problems);
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
    let paths = index.path_items.iter().filter_map(|(at, _)| {
        let name = index.operations.iter().find(|it| it.item_pointer == *at)?.path;
        Some(Named { name, cased: unnamed(name), at: at.clone() })
    });
    let fix = "they are one path: give their parameters the same names, and write both under one";
    refuse_duplicates("paths", paths, fix, problems);
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
        // The type of a handwritten operation is itself one that is exported.
        Some(id) if names::is_taken(&names::pascal(id)) && !operation.is_hand_written() => {
            let what =
                format!("`{id}` cannot be the name of a type: generated code uses `{}`", names::pascal(id));
            problems.add(operation.pointer.key("operationId"), what, fix);
        }
        Some(_) => {}
    }
    if operation.value.get("servers").is_some() {
        let at = operation.pointer.key("servers");
        problems.add(at, "`servers` of one operation", "remove it: the client has one base URL");
    }
}

/// Refuses methods whose answers have no body to read, and bodies that a server may drop.
fn method(operation: &Operation<'_>, problems: &mut Problems) {
    let method = operation.method;
    if !["get", "put", "post", "delete", "patch"].contains(&method) {
        let what = format!("the method `{method}`, which the client does not send");
        problems.add(&operation.pointer, what, "remove the operation in the overlay");
    }
    if method == "get" && operation.value.get("requestBody").is_some() {
        let at = operation.pointer.key("requestBody");
        problems.add(at, "a body of a GET, which servers may drop", "remove it, or correct the method");
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
    let constant = unnamed(path);
    if let Some(other) = constant.chars().find(|it| !it.is_ascii_alphanumeric() && !PATH_SIGNS.contains(*it))
    {
        problems.add(at, format!("the path `{path}` has a `{other}`, which would not be sent as it is"), fix);
    }
    if constant.split('/').any(|segment| [".", ".."].contains(&segment)) {
        problems.add(at, format!("the path `{path}` has a segment of dots, which leads elsewhere"), fix);
    }
    if parameter_names(path).is_none() {
        problems.add(at, format!("the braces of the path `{path}` do not match"), fix);
    }
}

/// The signs that a path may have besides letters and digits; the braces are those of parameters.
const PATH_SIGNS: &str = "/{}-._~!$&'()*+,;=:@";

/// The path without the names of its parameters.
fn unnamed(path: &str) -> String {
    let mut parts = path.split('{');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str("{}");
        out.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    out
}
