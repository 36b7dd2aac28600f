//! OpenAPI 3.1 as 3.0, where it says nothing that 3.0 cannot: what it writes in another way is written in that of 3.0,
//! and what has no counterpart is refused by name.
//!
//! | 3.1 | 3.0 |
//! |---|---|
//! | `type: [string, 'null']`, a part `type: 'null'` of a union | `nullable: true` |
//! | `type: [string, integer]` | `oneOf` of both |
//! | `exclusiveMinimum: 0` | `minimum: 0`, `exclusiveMinimum: true` |
//! | `const: a` | `enum: [a]` |
//! | `examples: [a]` | `example: a` |
//! | keys beside a `$ref` | `allOf: [$ref]` with the keys beside it |
//! | `contentEncoding: base64` | `format: byte` |
//! | `webhooks` | `x-event` on the schema of the body |

use serde_json::{Map, Value, json};

use super::index::METHODS;
use super::pointer::Pointer;
use crate::problem::Problems;

/// What 3.0 cannot say.
const ONLY_IN_3_1: &[&str] = &[
    "if",
    "then",
    "else",
    "not",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "maxContains",
    "minContains",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "$defs",
    "$id",
    "$anchor",
    "$dynamicRef",
    "$dynamicAnchor",
];

/// Translates a document of OpenAPI 3.1 in place; a document of another version stays as it is.
///
/// # Errors
/// Returns a problem for each place that says what 3.0 cannot.
pub fn to_3_0(document: &mut Value) -> Result<(), Problems> {
    let is_3_1 = document.get("openapi").and_then(Value::as_str).is_some_and(|it| it.starts_with("3.1."));
    let Some(root) = document.as_object_mut().filter(|_| is_3_1) else { return Ok(()) };
    let mut problems = Problems::none();
    root.insert("openapi".to_owned(), "3.0.3".into());
    root.remove("jsonSchemaDialect");
    root.entry("paths").or_insert_with(|| json!({}));
    if let Some(info) = root.get_mut("info").and_then(Value::as_object_mut) {
        info.remove("summary");
        info.get_mut("license")
            .and_then(Value::as_object_mut)
            .into_iter()
            .for_each(|it| drop(it.remove("identifier")));
    }
    let webhooks = root.remove("webhooks");
    let events = Pointer::root().key("webhooks");
    for (name, item) in webhooks.as_ref().and_then(Value::as_object).into_iter().flatten() {
        event(root, name, item, &events.key(name), &mut problems);
    }
    let paths = Pointer::root().key("paths");
    for (path, item) in root.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten() {
        path_item(item, &paths.key(path), &mut problems);
    }
    if let Some(components) = root.get_mut("components").and_then(Value::as_object_mut) {
        sections(components, &mut problems);
    }
    problems.or(())
}

/// Translates the sections of `components`.
fn sections(components: &mut Map<String, Value>, problems: &mut Problems) {
    let at = Pointer::root().key("components");
    if components.remove("pathItems").is_some() {
        let fix = "write the operations out at their paths";
        problems.add(at.key("pathItems"), "`pathItems`, which OpenAPI 3.0 does not have", fix);
    }
    for (section, parts) in components.iter_mut() {
        for (name, part) in parts.as_object_mut().into_iter().flatten() {
            let at = at.key(section).key(name);
            match section.as_str() {
                "schemas" => schema(part, &at, problems),
                "parameters" | "requestBodies" | "responses" | "headers" => holder(part, &at, problems),
                _ => {}
            }
        }
    }
}

/// Marks the schema of a webhook's body with its event.
fn event(root: &mut Map<String, Value>, name: &str, item: &Value, at: &Pointer, problems: &mut Problems) {
    let content = item.pointer("/post/requestBody/content").and_then(Value::as_object);
    let schema = content.and_then(|content| content.values().next()).and_then(|media| media.get("schema"));
    let target = schema
        .and_then(|schema| schema.get("$ref"))
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix("#/components/schemas/"));
    let found = target
        .and_then(|target| root.get_mut("components")?.get_mut("schemas")?.get_mut(target)?.as_object_mut());
    match found {
        Some(schema) => drop(schema.entry("x-event").or_insert_with(|| name.into())),
        None => problems.add(
            at,
            format!("the webhook `{name}` does not refer to a schema of its own"),
            "move the schema of its body to `components/schemas`, and refer to it",
        ),
    }
}

fn path_item(item: &mut Value, at: &Pointer, problems: &mut Problems) {
    list(item, "parameters", at, problems, holder);
    for (method, operation) in item.as_object_mut().into_iter().flatten() {
        if !METHODS.contains(&method.as_str()) {
            continue;
        }
        let at = at.key(method);
        list(operation, "parameters", &at, problems, holder);
        if let Some(body) = operation.get_mut("requestBody") {
            holder(body, &at.key("requestBody"), problems);
        }
        for (status, response) in
            operation.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten()
        {
            holder(response, &at.key("responses").key(status), problems);
        }
    }
}

fn list(
    value: &mut Value,
    key: &str,
    at: &Pointer,
    problems: &mut Problems,
    each: fn(&mut Value, &Pointer, &mut Problems),
) {
    let items = value.get_mut(key).and_then(Value::as_array_mut);
    for (index, item) in items.into_iter().flatten().enumerate() {
        each(item, &at.key(key).index(index), problems);
    }
}

/// Translates a parameter, a header, a body or an answer.
fn holder(part: &mut Value, at: &Pointer, problems: &mut Problems) {
    if part.get("$ref").is_some() {
        // 3.1 allows a summary and a description here, which are prose.
        if let Some(fields) = part.as_object_mut() {
            fields.retain(|key, _| key == "$ref" || key.starts_with("x-"));
        }
        return;
    }
    if let Some(own) = part.get_mut("schema") {
        schema(own, &at.key("schema"), problems);
    }
    for section in ["content", "headers"] {
        for (name, inner) in part.get_mut(section).and_then(Value::as_object_mut).into_iter().flatten() {
            holder(inner, &at.key(section).key(name), problems);
        }
    }
}

/// Translates a schema and all within it.
fn schema(value: &mut Value, at: &Pointer, problems: &mut Problems) {
    match value {
        Value::Bool(true) => *value = json!({}),
        Value::Bool(false) => {
            let fix = "remove what cannot have a value";
            problems.add(at, "the schema `false`, which OpenAPI 3.0 does not have", fix);
        }
        _ => {}
    }
    let Some(fields) = value.as_object_mut() else { return };
    for key in ONLY_IN_3_1.iter().filter(|key| fields.contains_key(**key)) {
        problems.add(
            at.key(key),
            format!("`{key}`, which says what no type of the client can"),
            "remove it with an overlay action, and say in the description what it means",
        );
    }
    for key in ["properties"] {
        for (name, inner) in fields.get_mut(key).and_then(Value::as_object_mut).into_iter().flatten() {
            schema(inner, &at.key(key).key(name), problems);
        }
    }
    for key in ["items", "additionalProperties"] {
        // `additionalProperties` may be a boolean in 3.0 as well.
        if let Some(inner) = fields.get_mut(key).filter(|inner| key == "items" || inner.is_object()) {
            schema(inner, &at.key(key), problems);
        }
    }
    union(fields, at, problems);
    keywords(fields);
    types(fields);
    beside_reference(value);
}

/// Translates the parts of unions, and takes null out of them.
fn union(fields: &mut Map<String, Value>, at: &Pointer, problems: &mut Problems) {
    for key in ["oneOf", "anyOf", "allOf"] {
        let Some(parts) = fields.get_mut(key).and_then(Value::as_array_mut) else { continue };
        let before = parts.len();
        parts.retain(|part| part.get("type") != Some(&json!("null")));
        let took_null = parts.len() < before;
        for (index, part) in parts.iter_mut().enumerate() {
            schema(part, &at.key(key).index(index), problems);
        }
        if took_null {
            fields.insert("nullable".to_owned(), true.into());
        }
    }
}

/// Translates keywords that have another form in 3.0.
fn keywords(fields: &mut Map<String, Value>) {
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        let Some(limit) = fields.get(exclusive).filter(|it| it.is_number()).cloned() else { continue };
        let is_looser = |other: &Value| match (limit.as_f64(), other.as_f64()) {
            (Some(limit), Some(other)) if bound == "minimum" => limit < other,
            (Some(limit), Some(other)) => limit > other,
            _ => false,
        };
        if fields.get(bound).is_some_and(is_looser) {
            fields.remove(exclusive);
        } else {
            fields.insert(bound.to_owned(), limit);
            fields.insert(exclusive.to_owned(), true.into());
        }
    }
    if let Some(only) = fields.remove("const") {
        if only.is_string() {
            fields.entry("type").or_insert_with(|| "string".into());
        }
        fields.insert("enum".to_owned(), json!([only]));
    }
    if let Some(example) =
        fields.remove("examples").and_then(|examples| examples.as_array()?.first().cloned())
    {
        fields.entry("example").or_insert(example);
    }
    fields.remove("$comment");
    fields.remove("$schema");
    fields.remove("contentMediaType");
    if let Some(encoding) = fields.remove("contentEncoding") {
        fields.entry("format").or_insert(if encoding == "base64" { "byte".into() } else { encoding });
    }
}

/// Translates a list of types.
fn types(fields: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = fields.get("type").cloned() else { return };
    let (nulls, types): (Vec<Value>, Vec<Value>) = types.into_iter().partition(|kind| kind == "null");
    if !nulls.is_empty() {
        fields.insert("nullable".to_owned(), true.into());
    }
    match types.as_slice() {
        [only] => drop(fields.insert("type".to_owned(), only.clone())),
        several => {
            fields.remove("type");
            let parts: Vec<Value> = several.iter().map(|kind| json!({ "type": kind })).collect();
            fields.insert("oneOf".to_owned(), parts.into());
        }
    }
}

/// Puts the keys beside a reference beside an `allOf` of it.
fn beside_reference(value: &mut Value) {
    let Some(fields) = value.as_object_mut().filter(|fields| fields.contains_key("$ref") && fields.len() > 1)
    else {
        return;
    };
    if let Some(reference) = fields.remove("$ref") {
        fields.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

    use super::to_3_0;
    use serde_json::{Value, json};

    fn translated(schema: Value) -> Value {
        let mut document = json!({ "openapi": "3.1.0", "components": { "schemas": { "A": schema } } });
        to_3_0(&mut document).unwrap();
        assert_eq!(document["openapi"], "3.0.3");
        document["components"]["schemas"]["A"].take()
    }

    #[test]
    fn what_3_0_writes_in_another_way_is_translated() {
        for (from, to) in [
            (json!({ "type": ["string", "null"] }), json!({ "type": "string", "nullable": true })),
            (
                json!({ "type": ["string", "integer"] }),
                json!({ "oneOf": [{ "type": "string" }, { "type": "integer" }] }),
            ),
            (
                json!({ "type": "integer", "exclusiveMinimum": 0 }),
                json!({ "type": "integer", "minimum": 0, "exclusiveMinimum": true }),
            ),
            (
                json!({ "type": "integer", "exclusiveMaximum": 9, "maximum": 5 }),
                json!({ "type": "integer", "maximum": 5 }),
            ),
            (json!({ "const": "a" }), json!({ "type": "string", "enum": ["a"] })),
            (
                json!({ "type": "string", "examples": ["a", "b"] }),
                json!({ "type": "string", "example": "a" }),
            ),
            (
                json!({ "$ref": "#/components/schemas/B", "description": "why" }),
                json!({ "allOf": [{ "$ref": "#/components/schemas/B" }], "description": "why" }),
            ),
            (
                json!({ "oneOf": [{ "type": "string" }, { "type": "null" }] }),
                json!({ "oneOf": [{ "type": "string" }], "nullable": true }),
            ),
            (
                json!({ "type": "object", "properties": { "if": { "type": ["integer", "null"] } } }),
                json!({ "type": "object", "properties": { "if": { "type": "integer", "nullable": true } } }),
            ),
            (
                json!({ "type": "array", "items": true, "$comment": "c" }),
                json!({ "type": "array", "items": {} }),
            ),
            (
                json!({ "type": "string", "contentEncoding": "base64" }),
                json!({ "type": "string", "format": "byte" }),
            ),
        ] {
            assert_eq!(translated(from.clone()), to, "{from}");
        }
    }

    #[test]
    fn what_3_0_cannot_say_is_refused_by_name() {
        for key in super::ONLY_IN_3_1 {
            let mut document = json!({ "openapi": "3.1.0", "paths": { "/a": { "post": { "requestBody": {
                "content": { "application/json": { "schema": { "type": "object", "properties": { "b": { *key: {} } } } } },
            } } } } });
            let problems = to_3_0(&mut document).unwrap_err();
            let place = "/paths/~1a/post/requestBody/content/application~1json/schema/properties/b/";
            assert_eq!(problems.len(), 1);
            let text = problems.to_string();
            assert!(text.starts_with(place) && text.contains(&format!("`{key}`")), "{text}");
        }
    }

    #[test]
    fn a_webhook_becomes_the_event_of_its_schema() {
        let body = |schema: Value| json!({ "post": { "requestBody": { "content": { "application/json": { "schema": schema } } } } });
        let mut document = json!({
            "openapi": "3.1.0",
            "webhooks": { "payout.paid": body(json!({ "$ref": "#/components/schemas/A" })) },
            "components": { "schemas": { "A": { "type": "object" } } },
        });
        to_3_0(&mut document).unwrap();
        assert_eq!(document["components"]["schemas"]["A"]["x-event"], "payout.paid");
        assert_eq!(document.get("webhooks"), None);
        let mut inline =
            json!({ "openapi": "3.1.0", "webhooks": { "a": body(json!({ "type": "object" })) } });
        assert!(to_3_0(&mut inline).unwrap_err().to_string().starts_with("/webhooks/a: "));
    }

    #[test]
    fn a_document_of_3_0_stays_as_it_is() {
        let document = json!({ "openapi": "3.0.3", "components": { "schemas": { "A": { "not": {} } } } });
        let mut same = document.clone();
        to_3_0(&mut same).unwrap();
        assert_eq!(same, document);
    }
}
