//! Defects of operations: of paths, parameters, bodies and references.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::regen::index::{self, Index, Operation};
use crate::regen::pointer::{Pointer, unescape};

/// Tells the defects of all operations.
pub(super) fn check(document: &Value, note: &mut dyn FnMut(String, &Pointer)) {
    let index = Index::new(document);
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    for operation in &index.operations {
        if let Some(id) = index::text(operation.value, "operationId") {
            let seen = ids.entry(id).or_default();
            *seen += 1;
            if *seen > 1 {
                note(format!("the operation id `{id}`, which another operation has"), &operation.pointer);
            }
        }
        path(&index, operation, note);
        body(&index, operation, note);
    }
    references(document, document, &Pointer::root(), note);
}

/// Compares the names in a path with the parameters.
fn path(index: &Index<'_>, operation: &Operation<'_>, note: &mut dyn FnMut(String, &Pointer)) {
    let parameters = index.parameters_of(operation);
    let in_path: Vec<_> = parameters.iter().filter(|(_, it)| index::text(it, "in") == Some("path")).collect();
    let names = index::parameter_names(operation.path).unwrap_or_default();
    for name in &names {
        if !in_path.iter().any(|(_, it)| index::text(it, "name") == Some(name)) {
            note(format!("`{name}` stands in the path and not among the parameters"), &operation.pointer);
        }
    }
    for (at, parameter) in in_path {
        let name = index::text(parameter, "name").unwrap_or_default();
        if !names.contains(&name) {
            note(format!("the parameter `{name}`, which does not stand in the path"), at);
        }
        if parameter.get("required") != Some(&Value::Bool(true)) {
            note("a parameter of a path that is not required".to_owned(), at);
        }
    }
}

fn body(index: &Index<'_>, operation: &Operation<'_>, note: &mut dyn FnMut(String, &Pointer)) {
    let Some(body) = operation.value.get("requestBody").and_then(|it| index.resolve(it)) else { return };
    let at = operation.pointer.key("requestBody");
    if matches!(operation.method, "get" | "head" | "delete") {
        note(format!("a body of {}", operation.method.to_uppercase()), &at);
    }
    let content = body.get("content").and_then(Value::as_object);
    for (kind, media) in content.into_iter().flatten() {
        let schema = media.get("schema");
        let says_nothing = |it: &Value| {
            it.as_object().is_some_and(|it| {
                it.iter().all(|(key, value)| {
                    key == "type" || value.as_object().is_some_and(serde_json::Map::is_empty)
                })
            })
        };
        if schema.is_none_or(says_nothing) {
            note(format!("a body of `{kind}` that says nothing"), &at.key("content").key(kind));
        }
    }
}

/// Finds references that lead nowhere.
fn references(document: &Value, value: &Value, at: &Pointer, note: &mut dyn FnMut(String, &Pointer)) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                let at = at.key(key);
                match inner.as_str().filter(|_| key == "$ref") {
                    Some(reference) if !leads_somewhere(document, reference) => {
                        note(format!("the reference `{reference}` leads nowhere"), &at);
                    }
                    Some(_) => {}
                    None if key.starts_with("example") => {}
                    None => references(document, inner, &at, note),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                references(document, item, &at.index(index), note);
            }
        }
        _ => {}
    }
}

fn leads_somewhere(document: &Value, reference: &str) -> bool {
    index::split_reference(reference).is_some_and(|(section, name)| {
        document.pointer("/components").and_then(|it| it.get(section)?.get(unescape(name))).is_some()
    })
}
