//! Example requests: the smallest one that the document allows for each operation.

use roas_overlay::{
    apply::{Apply as _, ApplyOptions},
    v1_0::Overlay,
};
use serde_json::{Map, Value, json};

/// The document in the repository with its overlay, which renames some operations.
pub(crate) fn document() -> Value {
    let mut document = serde_saphyr::from_str(include_str!("../../../openapi/dots.yaml")).unwrap();
    let overlay: Overlay = serde_saphyr::from_str(include_str!("../../../openapi/overlay.yaml")).unwrap();
    overlay.apply(&mut document, ApplyOptions::ErrorOnZeroMatch.into()).unwrap();
    document
}

/// An operation with everything needed to call it.
pub(crate) struct Example {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) media_type: Option<String>,
    pub(crate) body: Value,
}

/// Builds one request per operation of the document.
pub(crate) fn examples(document: &Value) -> Vec<Example> {
    let mut examples = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in
            item.as_object().unwrap().iter().filter(|(_, part)| part["operationId"].is_string())
        {
            let content =
                operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next());
            examples.push(Example {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase(),
                path: fill(document, path, operation),
                media_type: content.map(|(media_type, _)| media_type.clone()),
                body: content.map_or(Value::Null, |(_, media)| example(document, &media["schema"])),
            });
        }
    }
    examples
}

fn fill(document: &Value, path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let in_path = parameters.filter(|parameter| parameter["in"] == "path");
    in_path.fold(path.to_owned(), |path, parameter| {
        let value = example(document, &parameter["schema"]);
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        path.replace(&format!("{{{}}}", parameter["name"].as_str().unwrap()), &text)
    })
}

fn example(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return example(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    if let Some(values) = schema["enum"].as_array() {
        return values[0].clone();
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let parts = parts.iter().map(|part| example(document, part));
        return parts.reduce(merged).unwrap();
    }
    for alternatives in [&schema["oneOf"], &schema["anyOf"]] {
        if let Some(alternatives) = alternatives.as_array() {
            return merged(typed(document, schema), example(document, &alternatives[0]));
        }
    }
    typed(document, schema)
}

fn typed(document: &Value, schema: &Value) -> Value {
    match schema["type"].as_str() {
        Some("integer" | "number") => {
            let minimum = schema["minimum"].as_i64().unwrap_or(1);
            json!(minimum + i64::from(schema["exclusiveMinimum"] == true))
        }
        Some("boolean") => json!(true),
        Some("string") => json!(text(schema)),
        Some("array") => {
            let items = schema["minItems"].as_u64().unwrap_or(0);
            (0..items).map(|_| example(document, &schema["items"])).collect()
        }
        _ => {
            let required =
                schema["required"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap());
            let field = |name: &str| (name.to_owned(), example(document, &schema["properties"][name]));
            Value::Object(required.map(field).collect::<Map<_, _>>())
        }
    }
}

pub(crate) fn text(schema: &Value) -> String {
    let long_enough = schema["minLength"].as_u64().unwrap_or(1).max(1);
    match (schema["format"].as_str(), schema["pattern"].as_str()) {
        (Some("uuid"), _) => "3c90c3cc-0d44-4b50-8888-8dd25736052a".to_owned(),
        (Some("email"), _) => "jsmith@example.com".to_owned(),
        (Some("date"), _) => "1990-01-31".to_owned(),
        (Some("date-time"), _) => "2026-01-31T00:00:00Z".to_owned(),
        (Some("uri"), _) => "https://example.com".to_owned(),
        (Some("base64"), _) => "JVBERg==".to_owned(),
        (_, Some(pattern)) if pattern.contains("1,") => "1".to_owned(),
        (_, Some(_)) => "123456789".to_owned(),
        _ => "1".repeat(usize::try_from(long_enough).unwrap()),
    }
}

fn merged(one: Value, other: Value) -> Value {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => Value::Object(one.into_iter().chain(other).collect()),
        (Value::Object(empty), other) if empty.is_empty() => other,
        (one, _) => one,
    }
}
