//! Random edits: none makes the comparison panic, and none of a schema is passed over.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use xtask::drift::source::Source;
use xtask::drift::{self, Report};
use xtask::problem::Problems;
use xtask::regen::load;

use super::{place, thing};

/// How many edits of the real document are tried.
const EDITS: u64 = 24;

/// How many edits are tried that may break a small document.
const BROKEN: u64 = 1_000;

/// Numbers that are the same on each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit.max(1) as u64).unwrap()
    }
}

fn compare(root: &TempDir, upstream: Value) -> Result<Report, Problems> {
    drift::compare(root.path(), Source::of_json("upstream.json", upstream)?, None)
}

#[test]
fn no_random_edit_of_a_schema_of_the_real_document_is_passed_over() {
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let root = place(&fs::read_to_string(real.join(load::DOCUMENT)).unwrap(), "", "");
    let mut document = load::load(real).unwrap().value;
    publish_events(&mut document);
    let before = compare(&root, document.clone()).unwrap();
    assert_eq!(before.findings.len(), 0, "{}", before.print(drift::Form::Text));
    for seed in 0..EDITS {
        let mut edited = document.clone();
        let what = edit(&mut edited, &mut Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
        let report = compare(&root, edited).unwrap();
        assert!(!report.findings.is_empty(), "{what} is passed over");
    }
}

/// Writes our events as Dots does.
fn publish_events(document: &mut Value) {
    let mut webhooks = Map::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        if let Some(event) = schema["x-event"].as_str() {
            let schema = json!({ "$ref": format!("#/components/schemas/{name}") });
            let body = json!({ "content": { "application/json": { "schema": schema } } });
            webhooks.insert(event.to_owned(), json!({ "post": { "requestBody": body } }));
        }
    }
    document["webhooks"] = webhooks.into();
}

/// Edits one property of one schema, and says how.
fn edit(document: &mut Value, random: &mut Random) -> String {
    // A schema that nothing refers to waits for the overlay.
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    let names: Vec<String> = schemas
        .iter()
        .filter(|(name, it)| it["properties"].is_object() && text.contains(&format!("schemas/{name}\"")))
        .map(|(name, _)| name.clone())
        .collect();
    let name = names[random.below(names.len())].clone();
    let schema = schemas[&name].as_object_mut().unwrap();
    let wires: Vec<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    let wire = wires[random.below(wires.len())].clone();
    let mut kind = random.below(10);
    let is_any = schema["properties"][&wire]
        .as_object()
        .unwrap()
        .keys()
        .all(|key| key == "description" || key == "nullable");
    if kind == 4 && is_any {
        // What may be anything may be null.
        kind = 2;
    }
    let properties = schema["properties"].as_object_mut().unwrap();
    let property = properties[&wire].as_object().unwrap().clone();
    // A reference stands for its definition, and what stands beside it is kept.
    let set = |key: &str, value: Value| {
        let mut property = property.clone();
        property.insert(key.to_owned(), value);
        Value::from(property)
    };
    match kind {
        0 => drop(properties.remove(&wire)),
        1 => drop(properties.insert("another".to_owned(), json!({ "type": "string" }))),
        2 => {
            let other = if property.get("type") == Some(&json!("string")) { "integer" } else { "string" };
            properties[&wire] = json!({ "type": other });
        }
        3 => {
            let old = properties.remove(&wire).unwrap();
            properties.insert(format!("{wire}_renamed"), old);
        }
        4 => properties[&wire] = set("nullable", json!(property.get("nullable") != Some(&json!(true)))),
        5 => properties[&wire] = set("format", json!("ipv6")),
        6 => properties[&wire] = set("enum", json!(["one", "two"])),
        7 => properties[&wire] = set("maxLength", json!(7)),
        8 => properties[&wire] = set("default", json!("seven")),
        _ => {
            let list = schema.entry("required").or_insert(json!([])).as_array_mut().unwrap();
            match list.iter().position(|it| *it == json!(wire)) {
                Some(at) => drop(list.remove(at)),
                None => list.push(json!(wire)),
            }
        }
    }
    format!("edit {kind} of {name}.{wire}")
}

#[test]
fn no_broken_document_makes_it_panic() {
    let whole = thing(
        "3.1.0",
        "{ type: object, required: [f], properties: { f: { type: [string, 'null'], enum: [a, null] }, g: { $ref: '#/components/schemas/Thing' }, h: { oneOf: [{ type: object, properties: { a: { const: x } } }, { type: object, properties: { b: { type: integer, minimum: 1, exclusiveMaximum: 9 } } }] }, i: { type: array, items: { allOf: [{ $ref: '#/components/schemas/Other' }, { required: [a] }] } }, j: { type: object, additionalProperties: { type: number } } }, if: { properties: { f: { const: a } } }, then: { required: [g] }, else: { not: { required: [h] } } }",
    );
    let (source, _) = Source::of_text("upstream.yaml", &whole).unwrap();
    let root = place(&thing("3.0.3", "{ type: object, properties: { f: { type: string } } }"), "", "");
    let (mut read, mut refused) = (0, 0);
    for seed in 0..BROKEN {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut edited = source.raw.clone();
        for _ in 0..=random.below(3) {
            break_something(&mut edited, &mut random);
        }
        match compare(&root, edited) {
            Ok(report) => {
                read += 1;
                assert!(!report.print(drift::Form::Text).is_empty());
            }
            Err(problems) => {
                refused += 1;
                assert!(problems.iter().all(|it| !it.fix.is_empty()), "{problems}");
            }
        }
    }
    assert!(read > 300 && refused > 10, "{read} read, {refused} refused");
}

/// Removes, exchanges or repeats something anywhere.
fn break_something(value: &mut Value, random: &mut Random) {
    let count = match value {
        Value::Object(fields) => fields.len(),
        Value::Array(items) => items.len(),
        _ => 0,
    };
    if count == 0 || random.below(6) == 0 {
        *value = match random.below(8) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(-1),
            3 => json!("text"),
            4 => json!([]),
            5 => json!({}),
            6 => json!({ "$ref": "#/components/schemas/Thing" }),
            _ => json!([{ "type": "null" }, 1, null]),
        };
        return;
    }
    let chosen = random.below(count);
    match value {
        Value::Object(fields) => {
            let key = fields.keys().nth(chosen).unwrap().clone();
            match random.below(12) {
                0 => drop(fields.remove(&key)),
                1 => {
                    let inner = fields.remove(&key).unwrap();
                    fields.insert(
                        ["type", "items", "oneOf", "required", "properties", "if"][random.below(6)]
                            .to_owned(),
                        inner,
                    );
                }
                _ => break_something(&mut fields[&key], random),
            }
        }
        Value::Array(items) => match random.below(8) {
            0 => drop(items.remove(chosen)),
            1 => items.push(items[chosen].clone()),
            _ => break_something(&mut items[chosen], random),
        },
        _ => {}
    }
}
