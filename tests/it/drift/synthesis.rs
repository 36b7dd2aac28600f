//! Synthesises values from JSON Schema: the same value for the same schema, on every machine.

use serde_json::{Map, Value, json};

/// How much of a value to fill in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    /// All fields of the schema.
    AllFields,
    /// Only the fields that the schema requires.
    RequiredFields,
}

/// Makes a value that fits `schema`, whose definitions are in its `$defs`.
pub(super) fn value_of(schema: &Value, extent: Extent) -> Value {
    Synthesis { definitions: &schema["$defs"], extent }.value("", schema)
}

struct Synthesis<'a> {
    definitions: &'a Value,
    extent: Extent,
}

impl Synthesis<'_> {
    /// Makes the value at `path`, which names the fields that lead there.
    fn value(&self, path: &str, schema: &Value) -> Value {
        let schema = self.resolved(schema);
        if let Some(first) = schema.get("enum").and_then(|values| values.get(0)) {
            return first.clone();
        }
        match kind(&schema) {
            "object" => self.object(path, &schema),
            "array" => self.array(path, &schema),
            "boolean" => json!(true),
            "integer" => integer(path, &schema).into(),
            // In a union with a text, a number is an amount in cents (`PolicyValue`).
            "number" if schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!("string"))) => {
                integer(path, &schema).into()
            }
            "number" => json!(12.5),
            "string" => text(path, &schema).into(),
            other => {
                panic!("`{path}` is of the kind `{other}`, for which nothing is made up yet: {schema:?}")
            }
        }
    }

    fn object(&self, path: &str, schema: &Map<String, Value>) -> Value {
        match (schema.get("properties").and_then(Value::as_object), schema.get("additionalProperties")) {
            (Some(properties), _) => self.fields(path, properties, schema.get("required")),
            (None, Some(value @ Value::Object(_))) => {
                json!({ "key": self.value(&format!("{path}/key"), value) })
            }
            // An operation without arguments; a schema that allows anything does not have `object` as its only type.
            (None, None) if schema.get("type").is_some_and(|kinds| kinds == "object") => json!({}),
            (None, _) => json!({ "key": "value" }),
        }
    }

    fn fields(&self, path: &str, properties: &Map<String, Value>, required: Option<&Value>) -> Value {
        let required = required.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        properties
            .iter()
            .filter(|(name, _)| self.extent == Extent::AllFields || required.contains(&json!(name)))
            .map(|(name, property)| (name.clone(), self.value(&format!("{path}/{name}"), property)))
            .collect::<Map<_, _>>()
            .into()
    }

    /// Makes one item, or one of each shape where an item has several.
    fn array(&self, path: &str, schema: &Map<String, Value>) -> Value {
        let Some(items) = schema.get("items") else { panic!("the items of `{path}` have no schema") };
        let shapes = match self.definition(items).get("anyOf").and_then(Value::as_array) {
            Some(shapes)
                if self.extent == Extent::AllFields && self.definition(items).get("type").is_none() =>
            {
                shapes.clone()
            }
            _ => vec![items.clone()],
        };
        shapes.iter().map(|shape| self.value(path, shape)).collect()
    }

    /// Merges a schema with the one it refers to; of several variants, takes the first that is not null.
    fn resolved(&self, schema: &Value) -> Map<String, Value> {
        let mut own = self.definition(schema).as_object().cloned().unwrap_or_default();
        if let Some(beside) = schema.as_object() {
            own.extend(beside.clone());
            own.remove("$ref");
        }
        let shape = ["anyOf", "oneOf"]
            .into_iter()
            .filter_map(|key| own.remove(key))
            .find_map(|shapes| shapes.as_array()?.iter().find(|shape| shape["type"] != "null").cloned());
        match shape {
            Some(shape) => {
                let mut merged = self.resolved(&shape);
                merged.extend(own);
                merged
            }
            None => own,
        }
    }

    fn definition<'s>(&'s self, schema: &'s Value) -> &'s Value {
        let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { return schema };
        let name = reference.strip_prefix("#/$defs/").expect("schemars refers to definitions alone");
        self.definitions.get(name).unwrap_or_else(|| panic!("`{name}` is not defined"))
    }
}

/// Returns the JSON type of a schema: the richest of several, and an object if anything is allowed.
fn kind(schema: &Map<String, Value>) -> &str {
    let Some(kinds) = schema.get("type") else { return "object" };
    let among =
        |kind: &str| kinds == kind || kinds.as_array().is_some_and(|kinds| kinds.contains(&json!(kind)));
    ["object", "array", "integer", "number", "string", "boolean"]
        .into_iter()
        .find(|kind| among(kind))
        .unwrap_or("null")
}

/// Makes about $10.00, or the nearest number within the bounds; a byte becomes a letter, so that a file is readable.
fn integer(path: &str, schema: &Map<String, Value>) -> i64 {
    if schema.get("format").is_some_and(|format| format == "uint8") {
        return i64::from(b'A');
    }
    let bound = |key| schema.get(key).and_then(Value::as_i64);
    let least = bound("minimum").or(bound("exclusiveMinimum").map(|bound| bound + 1));
    let most = bound("maximum").or(bound("exclusiveMaximum").map(|bound| bound - 1));
    (1_000 + mark(path)).clamp(least.unwrap_or(i64::MIN), most.unwrap_or(i64::MAX))
}

/// Distinguishes a field from its neighbors, so that two swapped arguments are noticed.
fn mark(path: &str) -> i64 {
    i64::try_from(path.len()).expect("a path is short")
}

fn text(path: &str, schema: &Map<String, Value>) -> String {
    let name = path.rsplit('/').find(|name| !name.is_empty()).unwrap_or("text");
    let keyword = |key| schema.get(key).and_then(Value::as_str);
    match (keyword("format"), keyword("pattern")) {
        (Some("uuid"), _) => uuid(path),
        (Some("date-time"), _) => format!("2026-07-16T09:{:02}:00Z", mark(path) % 60),
        (Some("date"), _) => "1990-02-28".to_owned(),
        (Some("http-date"), _) => "Thu, 16 Jul 2026 09:30:00 GMT".to_owned(),
        (Some("email"), _) => format!("{name}@example.com"),
        (Some("base64"), _) => "JVBERi0xLjcK".to_owned(),
        (Some("uri"), _) => format!("https://example.com/{name}"),
        (Some(format), _) => panic!("`{path}` has the format `{format}`, for which nothing is made up yet"),
        (None, Some(pattern)) => digits(pattern),
        (None, None) => sized(name, schema),
    }
}

/// Makes a UUID that depends only on the field; FNV-1a is sufficient.
fn uuid(path: &str) -> String {
    let hash = path.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("00000000-0000-4000-8000-{:012x}", hash & 0xffff_ffff_ffff)
}

/// Makes as many digits as a pattern such as `^[0-9]{1,3}$` allows, up to ten.
fn digits(pattern: &str) -> String {
    let most = pattern
        .trim_matches(['^', '$'])
        .strip_prefix("[0-9]{")
        .and_then(|rest| rest.strip_suffix('}'))
        .and_then(|bounds| bounds.rsplit(',').next()?.parse().ok())
        .unwrap_or_else(|| {
            panic!("`{pattern}` is no pattern for digits, and nothing is made up for others yet")
        });
    "1234567890".chars().take(most).collect()
}

/// Repeats or cuts a name to a length that the schema allows.
fn sized(name: &str, schema: &Map<String, Value>) -> String {
    let bound = |key| schema.get(key).and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok());
    let wanted =
        name.len().max(bound("minLength").unwrap_or(0)).min(bound("maxLength").unwrap_or(usize::MAX));
    name.chars().cycle().take(wanted).collect()
}
