//! The documents of the corpus, read from YAML, and documents that are composed of their pieces.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

/// A document and the data that it carries.
pub(super) struct Document {
    pub(super) name: String,
    pub(super) value: Value,
    /// Operations as values, with the request and the body that each becomes.
    pub(super) sends: Vec<Value>,
    /// Operations with an answer, and what it reads as where that differs.
    pub(super) reads: Vec<Value>,
    /// Operations with a text that their `Debug` must not show.
    pub(super) hides: Vec<Value>,
    /// Operations with an answer, and what both say is paid; the key is that of the answer.
    pub(super) pays: Vec<Value>,
}

fn read(name: &str) -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(name);
    let text = fs::read_to_string(file).unwrap();
    serde_saphyr::from_str_with_options(&text, serde_saphyr::options! { strict_booleans: true }).unwrap()
}

fn list(value: &Value, key: &str) -> Vec<Value> {
    value.get(key).and_then(Value::as_array).cloned().unwrap_or_default()
}

/// A document around paths and components.
fn document(tags: &[Value], paths: &Value, components: &Value, version: &str) -> Value {
    let tags: Vec<Value> = std::iter::once(json!("things"))
        .chain(tags.iter().cloned())
        .map(|name| json!({ "name": name }))
        .collect();
    let mut value = json!({
        "openapi": version,
        "info": { "title": "corpus", "version": "1" },
        "tags": tags,
        "paths": paths,
    });
    if !components.is_null() {
        value["components"] = components.clone();
    }
    value
}

/// A document of one operation, which takes an object and answers it.
fn echo(name: &str, schema: &Value, schemas: &Value, sample: &Value) -> Document {
    let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } });
    let mut all = schemas.as_object().cloned().unwrap_or_default();
    all.insert("Thing".to_owned(), schema.clone());
    let paths = json!({ "/things": { "post": {
        "operationId": "make_thing",
        "tags": ["things"],
        "requestBody": { "required": true, "content": content },
        "responses": { "200": { "description": "ok", "content": content } },
    } } });
    Document {
        name: name.to_owned(),
        value: document(&[], &paths, &json!({ "schemas": all }), "3.0.3"),
        sends: vec![json!(["MakeThing", { "body": sample }, "POST /things", sample])],
        reads: vec![json!(["MakeThing", sample])],
        hides: Vec::new(),
        pays: Vec::new(),
    }
}

/// The documents of one property each.
pub(super) fn properties() -> Vec<Document> {
    let constructs = read("properties.yaml").into_iter().map(|piece| {
        let schema = json!({ "type": "object", "properties": { "value": piece["schema"] } });
        echo(
            piece["name"].as_str().unwrap(),
            &schema,
            &piece["schemas"],
            &json!({ "value": piece["sample"] }),
        )
    });
    let names = read("names.yaml").into_iter().enumerate().map(|(index, name)| {
        let name = name.as_str().unwrap().to_owned();
        let schema =
            json!({ "type": "object", "required": [name], "properties": { &name: { "type": "string" } } });
        echo(&format!("name_{index}"), &schema, &Value::Null, &json!({ name: "a" }))
    });
    constructs.chain(names).collect()
}

/// The documents that are about operations.
pub(super) fn operations() -> Vec<Document> {
    named("operations.yaml")
}

/// Whole documents in the styles of published payment APIs.
pub(super) fn styles() -> Vec<Document> {
    named("styles.yaml")
}

/// The documents of one file.
pub(super) fn named(file: &str) -> Vec<Document> {
    let read = read(file).into_iter().map(|it| {
        let version = it.get("version").and_then(Value::as_str).unwrap_or("3.0.3");
        Document {
            name: it["name"].as_str().unwrap().to_owned(),
            value: document(&list(&it, "tags"), &it["paths"], &it["components"], version),
            sends: list(&it, "sends"),
            reads: list(&it, "reads"),
            hides: list(&it, "hides"),
            pays: list(&it, "pays"),
        }
    });
    read.collect()
}

/// The documents that are refused: name, document, place, and words of the message.
pub(super) fn refused() -> Vec<(String, Value, String, String)> {
    let rows = read("refused.yaml").into_iter().map(|row| {
        let text = |index: usize| row[index].as_str().unwrap().to_owned();
        let it = &row[1];
        let tag = it.get("tag").cloned().unwrap_or(json!("things"));
        let mut operation = json!({
            "operationId": it.get("id").cloned().unwrap_or(json!("make_thing")),
            "tags": [tag],
            "parameters": list(it, "parameters"),
            "responses": { "200": { "description": "ok" } },
        });
        let content = |name: &Value| {
            let reference = format!("#/components/schemas/{}", name.as_str().unwrap());
            json!({ "application/json": { "schema": { "$ref": reference } } })
        };
        if let Some(name) = it.get("answers") {
            operation["responses"]["200"]["content"] = content(name);
        }
        if let Some(name) = it.get("takes") {
            operation["requestBody"] = json!({ "required": true, "content": content(name) });
        }
        let mut value = document(&[], &json!({ "/things": { "post": operation } }), &Value::Null, "3.0.3");
        value["tags"] = json!([{ "name": tag }]);
        if let Some(schemas) = it.get("schemas") {
            value["components"] = json!({ "schemas": schemas });
        }
        (text(0), value, text(2), text(3))
    });
    rows.collect()
}

/// Documents of several pieces each, nested at random. One seed gives the same documents each time.
pub(super) fn composed(count: usize, seed: u64) -> Vec<Document> {
    let pieces = read("properties.yaml");
    let mut random = Random(seed);
    (0..count)
        .map(|index| {
            let mut schemas = Map::new();
            let (schema, sample) = object(&pieces, &mut schemas, &mut random, 2);
            echo(&format!("composed_{index}"), &schema, &schemas.into(), &sample)
        })
        .collect()
}

/// An object of some pieces; each keeps its schemas.
fn object(
    pieces: &[Value],
    schemas: &mut Map<String, Value>,
    random: &mut Random,
    depth: usize,
) -> (Value, Value) {
    let (mut properties, mut sample, mut required) = (Map::new(), Map::new(), Vec::new());
    for index in 0..=random.below(4) {
        let name = format!("{}{index}", ["field_", "camelField", "kebab-field-"][random.below(3)]);
        let (schema, value) = if depth > 0 && random.below(3) == 0 {
            nested(pieces, schemas, random, depth - 1)
        } else {
            let piece = &pieces[random.below(pieces.len())];
            schemas.extend(piece["schemas"].as_object().cloned().unwrap_or_default());
            (piece["schema"].clone(), piece["sample"].clone())
        };
        properties.insert(name.clone(), schema);
        sample.insert(name.clone(), value);
        if random.below(2) == 0 {
            required.push(json!(name));
        }
    }
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    (schema, sample.into())
}

/// An object within a list, a map, an `allOf`, or by itself.
fn nested(
    pieces: &[Value],
    schemas: &mut Map<String, Value>,
    random: &mut Random,
    depth: usize,
) -> (Value, Value) {
    let (schema, value) = object(pieces, schemas, random, depth);
    match random.below(4) {
        0 => (json!({ "type": "array", "items": schema }), json!([value])),
        1 => (json!({ "type": "object", "additionalProperties": schema }), json!({ "key": value })),
        2 => (json!({ "allOf": [schema, { "type": "object", "properties": { "more": {} } }] }), value),
        _ => (schema, value),
    }
}

/// A small generator of numbers (xorshift), so that a seed gives the same documents everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit as u64).unwrap()
    }
}
