//! Parameters: their places, styles and names.
//!
//! The lower step removes header parameters (dots-api-ext sets them per client), so their names may equal those of
//! others.

use serde_json::Value;

use super::{Named, refuse_duplicates};
use crate::problem::Problems;
use crate::regen::index::{Index, Operation, Part, parameter_names, text};
use crate::regen::names;
use crate::regen::pointer::Pointer;

/// Checks each parameter on its own, then the parameters of each operation together.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    for (at, parameter) in index.parameters() {
        if parameter.get("$ref").is_none() {
            single(index, &at, parameter, problems);
        }
    }
    for operation in &index.operations {
        let parameters = index.parameters_of(operation);
        path_names(operation, &parameters, problems);
        argument_names(operation, &parameters, problems);
        key_header(operation, &parameters, problems);
    }
}

/// Checks one parameter.
fn single<'a>(index: &Index<'a>, at: &Pointer, parameter: &'a Value, problems: &mut Problems) {
    match text(parameter, "in") {
        Some("path") => {
            if parameter.get("required") != Some(&Value::Bool(true)) {
                problems.add(at, "a path parameter that is not required", "write `required: true`");
            }
            style(at, parameter, "simple", problems);
        }
        Some("query") => {
            style(at, parameter, "form", problems);
            query_type(index, at, parameter, problems);
        }
        Some("header") => header(at, parameter, problems),
        Some("cookie") => {
            problems.add(at, "a cookie parameter, which the generator does not know", "remove it");
        }
        _ => problems.add(at, "a parameter without a place", "write `in: query`, `path` or `header`"),
    }
    if text(parameter, "name").is_none_or(|name| !names::has_letter_or_digit(name)) {
        problems.add(at, "a parameter without a name", "write `name: …`, with a letter in it");
    }
    if parameter.get("content").is_some() {
        problems.add(
            at.key("content"),
            "a parameter with `content`, which the generator does not know",
            "write its type under `schema`",
        );
    } else if parameter.get("schema").is_none() {
        problems.add(at, "a parameter without a `schema`", "write its type under `schema`");
    }
}

/// Refuses styles other than the one of each place that the generator supports.
fn style(at: &Pointer, parameter: &Value, known: &str, problems: &mut Problems) {
    if let Some(other) = parameter.get("style").filter(|style| *style != known) {
        let what = format!("the style {}, which the generator does not write", super::shown(other));
        problems.add(at.key("style"), what, format!("leave it at `{known}`"));
    }
}

/// Refuses headers that the client would have to send with each call; it sends what is set for all of them.
fn header(at: &Pointer, parameter: &Value, problems: &mut Problems) {
    let name = text(parameter, "name").unwrap_or_default();
    if ["accept", "authorization", "content-type"].contains(&name.to_ascii_lowercase().as_str()) {
        let what =
            format!("the header `{name}` as a parameter, which OpenAPI ignores and the client sets itself");
        problems.add(at, what, "remove it");
    }
    if !is_key(name) && parameter.get("required") == Some(&Value::Bool(true)) {
        problems.add(
            at,
            format!("the required header `{name}`, which the client sends only when it is set for all calls"),
            "take the `required` away in the overlay, and set it with `Client::with_header`",
        );
    }
}

/// Refuses an idempotency key in a header, unless the operation is handwritten.
fn key_header(operation: &Operation<'_>, parameters: &[Part<'_>], problems: &mut Problems) {
    let headers = parameters.iter().filter(|(_, it)| text(it, "in") == Some("header"));
    let mut keys = headers.filter_map(|(at, it)| Some((at, text(it, "name").filter(|name| is_key(name))?)));
    if let Some((at, name)) = keys.next().filter(|_| !operation.is_hand_written()) {
        problems.add(
            at,
            format!("the idempotency key in the header `{name}`, which the client does not send"),
            "mark the operation `x-hand-written: true` and write it in dots-api",
        );
    }
}

/// Tells whether a header carries an idempotency key: `Idempotency-Key`, `X-Idempotency-Key`.
fn is_key(name: &str) -> bool {
    names::snake(name).contains("idempotency_key")
}

/// Refuses objects in a query: the generator would split them into parameters that the document does not name.
fn query_type<'a>(index: &Index<'a>, at: &Pointer, parameter: &'a Value, problems: &mut Problems) {
    let schema = parameter.get("schema").and_then(|schema| index.resolve(schema));
    let item = schema.and_then(|it| it.get("items")).and_then(|item| index.resolve(item));
    let is_plain = |it: &Value| {
        let is_text = matches!(text(it, "type"), Some("string" | "integer" | "number" | "boolean"));
        is_text || it.get("x-type").is_some() || it.get("allOf").is_some()
    };
    if let Some(schema) = schema.filter(|it| !is_plain(it))
        && !(text(schema, "type") == Some("array") && item.is_some_and(is_plain))
        && text(schema, "type") != Some("object")
    {
        let what = "a query parameter that is neither a scalar nor a list of scalars";
        problems.add(at.key("schema"), what, "write its type as one of these");
    }
    if schema.is_some_and(|schema| text(schema, "type") == Some("object")) {
        problems.add(at.key("schema"), "an object as a query parameter", "write one parameter per field");
    }
}

/// Refuses path parameters that the path does not have in braces, and braces without a parameter.
fn path_names(operation: &Operation<'_>, parameters: &[Part<'_>], problems: &mut Problems) {
    // `operations` reports braces that do not match.
    let Some(in_path) = parameter_names(operation.path) else { return };
    let declared: Vec<_> = parameters
        .iter()
        .filter(|(_, it)| text(it, "in") == Some("path"))
        .filter_map(|(at, it)| Some((at, text(it, "name")?)))
        .collect();
    for name in &in_path {
        if !declared.iter().any(|(_, it)| it == name) {
            problems.add(
                &operation.pointer,
                format!("`{{{name}}}` stands in the path and has no path parameter"),
                format!("add the parameter `{name}` with `in: path`"),
            );
        }
        if in_path.iter().filter(|it| *it == name).count() > 1 {
            let what = format!("`{{{name}}}` stands twice in the path");
            problems.add(&operation.pointer, what, "give each its own name");
        }
    }
    for (at, name) in declared {
        if !in_path.contains(&name) {
            problems.add(
                at,
                format!("the path parameter `{name}` does not stand in the path `{}`", operation.path),
                "correct the name, or remove the parameter",
            );
        }
    }
}

/// Refuses parameters of one name, because they become arguments of one method; the body is `body`.
fn argument_names(operation: &Operation<'_>, parameters: &[Part<'_>], problems: &mut Problems) {
    let body = operation.value.get("requestBody").map(|_| Named {
        name: "body",
        cased: "body".to_owned(),
        at: operation.pointer.key("requestBody"),
    });
    let named = parameters
        .iter()
        .filter(|(_, it)| matches!(text(it, "in"), Some("path" | "query")))
        .filter_map(|(at, it)| Some((at.clone(), text(it, "name")?)))
        .map(|(at, name)| Named { name, cased: names::snake(name), at });
    let fix = "they become arguments of one method: rename or remove one";
    refuse_duplicates("parameters", body.into_iter().chain(named), fix, problems);
}
