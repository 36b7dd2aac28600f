//! Every way in which a value can break its schema, found by the schema's own keywords.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{
    example,
    schema::{Document, Way},
    values::{Extent, Fixed, fill},
};

/// A text that no valid request has, and that no message may repeat.
pub(crate) const CANARY: &str = "Canary Bird";

/// A value that the schema forbids.
pub(crate) struct Breakage {
    /// The field that is wrong, `payee.phone_number`; empty for the whole.
    pub(crate) field: String,
    pub(crate) value: Value,
}

/// Breaks a valid value in every way that its schema forbids, one field at a time.
pub(crate) fn of(document: &Document, schema: &Value, valid: &Value) -> Vec<Breakage> {
    let mut breaker = Breaker { document, schema, valid, seen: BTreeSet::new(), found: Vec::new() };
    breaker.visit(&[schema], valid, "");
    breaker.found
}

/// Returns texts that are invalid for a parameter with this schema.
pub(crate) fn texts(document: &Document, schema: &Value) -> Vec<String> {
    let (schema, _) = document.resolve(schema);
    let written = |value: Value| match value {
        Value::String(text) => Some(text),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let read = |text: &str| match schema["type"].as_str() {
        Some("integer" | "number") => text.parse::<i64>().map_or(json!(text), Value::from),
        Some("boolean") => text.parse::<bool>().map_or(json!(text), Value::from),
        _ => json!(text),
    };
    let texts = candidates(document, schema).into_iter().filter_map(written);
    let texts: BTreeSet<String> =
        texts.filter(|text| !document.allows(schema, &read(text), Way::In)).collect();
    texts.into_iter().collect()
}

struct Breaker<'b> {
    document: &'b Document,
    schema: &'b Value,
    valid: &'b Value,
    seen: BTreeSet<String>,
    found: Vec<Breakage>,
}

impl<'b> Breaker<'b> {
    /// Breaks the value at a JSON pointer, and then everything inside it. A value in one of several alternatives has
    /// several schemas.
    fn visit(&mut self, schemas: &[&'b Value], value: &'b Value, pointer: &str) {
        let document = self.document;
        let parts: Vec<&Value> = schemas.iter().flat_map(|schema| document.parts(schema)).collect();
        for candidate in parts.iter().flat_map(|part| candidates(document, part)) {
            // Valid for another alternative, so the error is in what surrounds it.
            let is_right = schemas.iter().any(|schema| document.allows(schema, &candidate, Way::In));
            let around = pointer.rsplit_once('/').map_or("", |(around, _)| around);
            self.add(pointer, if is_right { around } else { pointer }, |spot| *spot = candidate);
        }
        if let Value::Array(items) = value {
            self.break_items(&parts, items, pointer);
        }
        for (name, value) in value.as_object().into_iter().flatten() {
            let inside = format!("{pointer}/{name}");
            self.add(pointer, &inside, |spot| drop(spot.as_object_mut().unwrap().remove(name)));
            let own = parts.iter().map(|part| &part["properties"][name]);
            let other = parts.iter().map(|part| &part["additionalProperties"]);
            let schemas: Vec<&Value> = own.chain(other).filter(|schema| schema.is_object()).collect();
            self.visit(&schemas, value, &inside);
        }
        if value.is_object() {
            self.add(pointer, &format!("{pointer}/surplus"), |spot| spot["surplus"] = json!(1));
        }
    }

    fn break_items(&mut self, parts: &[&'b Value], items: &'b [Value], pointer: &str) {
        if let Some(first) = items.first() {
            self.add(pointer, pointer, |spot| spot.as_array_mut().unwrap().push(first.clone()));
        }
        for part in parts.iter().filter(|part| !part["items"].is_null()) {
            if let Some(most) = part["maxItems"].as_u64() {
                // The smallest items, because the whole would otherwise be too large to be read.
                let mut least = Fixed { extent: Extent::Least, ids: &|_| None };
                let item = fill(self.document, &part["items"], "", &mut least);
                self.add(pointer, pointer, |spot| *spot = (0..=most).map(|_| item.clone()).collect());
            }
            for (place, item) in items.iter().enumerate() {
                self.visit(&[&part["items"]], item, &format!("{pointer}/{place}"));
            }
        }
    }

    /// Keeps a change that makes the whole invalid; `about` points to the invalid field.
    fn add(&mut self, pointer: &str, about: &str, change: impl FnOnce(&mut Value)) {
        let mut value = self.valid.clone();
        change(value.pointer_mut(pointer).unwrap());
        if self.document.allows(self.schema, &value, Way::In) || !self.seen.insert(value.to_string()) {
            return;
        }
        self.found.push(Breakage { field: about.trim_start_matches('/').replace('/', "."), value });
    }
}

/// Values that some schema forbids: one of each type, and those just outside each bound of this one.
fn candidates(document: &Document, schema: &Value) -> Vec<Value> {
    let (schema, _) = document.resolve(schema);
    let mut values =
        vec![json!(null), json!(true), json!(12_345), json!(1.5), json!([]), json!({}), json!(CANARY)];
    let texts = ["", " ", "1", "true", "null", "{}"];
    values.extend(texts.map(Value::from));
    for (bound, step) in [("minimum", -1), ("maximum", 1)] {
        if let Some(bound) = schema[bound].as_i64() {
            values.extend([json!(bound), json!(bound + step), json!(bound + 1_000_000 * step)]);
        }
    }
    values.extend([json!(i64::MIN), json!(-0.5)]);
    let repeated = |count: u64| json!("7".repeat(usize::try_from(count).unwrap()));
    values.extend(schema["minLength"].as_u64().map(|least| repeated(least - 1)));
    values.extend(schema["maxLength"].as_u64().map(|most| repeated(most + 1)));
    values.extend(schema["pattern"].as_str().into_iter().flat_map(|_| near(&example::text(schema))));
    values.extend(schema["format"].as_str().into_iter().flat_map(wrongly_formatted));
    for value in schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        values.extend([json!(value.to_uppercase()), json!(format!("{value} ")), json!([value])]);
    }
    values
}

/// Returns texts that nearly match a pattern.
fn near(text: &str) -> Vec<Value> {
    let short = text.get(1..).unwrap_or_default();
    let letters = text.replace(|sign: char| sign.is_ascii_digit(), "x");
    [short.to_owned(), letters, format!("+{short}"), format!("{short}x"), "7".repeat(40)]
        .map(Value::from)
        .to_vec()
}

fn wrongly_formatted(format: &str) -> Vec<Value> {
    let texts: &[&str] = match format {
        "uuid" => {
            &["3c90c3cc-0d44-4b50-8888-8dd25736052", "payout_17", "3c90c3cc-0d44-4b50-8888-8dd25736052g"]
        }
        "date" => &["2023-02-29", "01/31/1990", "1990-1-31", "19900131"],
        "date-time" => &["yesterday", "2026-01-31", "2026-01-31T25:00:00Z"],
        "email" => &["jsmith", "jsmith@", "@example.com"],
        "uri" => &["example", "//example.com"],
        "base64" => &["%%%", "JVBERg"],
        _ => &[],
    };
    texts.iter().copied().map(Value::from).collect()
}
