//! Defects of a document that Dots published: what OpenAPI does not know or forbids, and what is meant by it.
//!
//! What can only mean one thing is mended, and is not told as a difference: a misspelt key, the case of a format, a type
//! within a type, `nullable` in OpenAPI 3.1.

mod operations;

use serde_json::{Map, Value};

use super::place::Place;
use crate::regen::pointer::Pointer;

/// A defect of a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Defect {
    /// What kind it is: all of one kind are told together.
    pub kind: String,
    /// The part, as a JSON pointer, by which the defect is recorded; lines move.
    pub pointer: String,
    /// The place.
    pub place: Place,
}

/// Keys that OpenAPI does not know, and what is meant.
const MISSPELT: &[(&str, &str)] = &[
    ("min", "minimum"),
    ("max", "maximum"),
    ("minlength", "minLength"),
    ("maxlength", "maxLength"),
    ("min_length", "minLength"),
    ("max_length", "maxLength"),
    ("minItem", "minItems"),
    ("maxItem", "maxItems"),
    ("require", "required"),
    ("property", "properties"),
    ("enums", "enum"),
    ("additionalproperties", "additionalProperties"),
    ("item", "items"),
    ("defaults", "default"),
    ("depreciated", "deprecated"),
    ("depcrecated", "deprecated"),
    ("oneof", "oneOf"),
    ("anyof", "anyOf"),
    ("allof", "allOf"),
];

/// The formats that OpenAPI or JSON Schema know.
const FORMATS: &[&str] = &[
    "binary",
    "byte",
    "date",
    "date-time",
    "double",
    "duration",
    "email",
    "float",
    "hostname",
    "int32",
    "int64",
    "ipv4",
    "ipv6",
    "iri",
    "json-pointer",
    "password",
    "regex",
    "time",
    "uri",
    "uri-reference",
    "uuid",
];

/// The keys whose values are schemas by name.
const NAMED: &[&str] = &["properties", "patternProperties", "$defs", "dependentSchemas"];

/// Mends what can only mean one thing, and tells all defects.
pub(super) fn mend(document: &mut Value, is_3_0: bool, place: &dyn Fn(&Pointer) -> Place) -> Vec<Defect> {
    let mut found = Vec::new();
    let mut note = |kind: String, at: &Pointer| {
        found.push(Defect { kind, pointer: at.to_string(), place: place(at) });
    };
    operations::check(document, &mut note);
    let mut pass = Pass { is_3_1: !is_3_0, note: &mut note };
    let root = Pointer::root();
    for key in ["paths", "webhooks", "components"] {
        if let Some(value) = document.get_mut(key) {
            pass.search(value, &root.key(key));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// One walk through a document.
struct Pass<'a> {
    is_3_1: bool,
    note: &'a mut dyn FnMut(String, &Pointer),
}

impl Pass<'_> {
    /// Looks for schemas in what is none.
    fn search(&mut self, value: &mut Value, at: &Pointer) {
        match value {
            Value::Object(fields) => {
                for (key, inner) in fields.iter_mut() {
                    let at = at.key(key);
                    match key.as_str() {
                        "schema" => self.schema(inner, &at),
                        "schemas" => self.each(inner, &at),
                        "example" | "examples" => {}
                        _ => self.search(inner, &at),
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.search(item, &at.index(index));
                }
            }
            _ => {}
        }
    }

    fn each(&mut self, named: &mut Value, at: &Pointer) {
        for (name, schema) in named.as_object_mut().into_iter().flatten() {
            self.schema(schema, &at.key(name));
        }
    }

    fn schema(&mut self, value: &mut Value, at: &Pointer) {
        let Some(fields) = value.as_object_mut() else { return };
        self.spelling(fields, at);
        self.nested_type(fields, at);
        self.format(fields, at);
        self.says(fields, at);
        for (key, inner) in fields.iter_mut() {
            let at = at.key(key);
            match (key.as_str(), &mut *inner) {
                (key, _) if NAMED.contains(&key) => self.each(inner, &at),
                ("items" | "additionalProperties" | "not" | "if" | "then" | "else" | "contains", _) => {
                    self.schema(inner, &at);
                }
                ("oneOf" | "anyOf" | "allOf" | "prefixItems", Value::Array(parts)) => {
                    for (index, part) in parts.iter_mut().enumerate() {
                        self.schema(part, &at.index(index));
                    }
                }
                _ => {}
            }
        }
    }

    fn spelling(&mut self, fields: &mut Map<String, Value>, at: &Pointer) {
        for (wrong, right) in MISSPELT {
            if fields.contains_key(*right) {
                continue;
            }
            if let Some(value) = fields.remove(*wrong) {
                (self.note)(format!("`{wrong}`, read as `{right}`"), &at.key(wrong));
                fields.insert((*right).to_owned(), value);
            }
        }
        if self.is_3_1 && fields.contains_key("nullable") {
            (self.note)(
                "`nullable`, which OpenAPI 3.1 does not have, read as null".to_owned(),
                &at.key("nullable"),
            );
        }
    }

    fn nested_type(&mut self, fields: &mut Map<String, Value>, at: &Pointer) {
        for kind in fields.get_mut("type").and_then(Value::as_array_mut).into_iter().flatten() {
            if kind.is_null() {
                (self.note)(
                    "null without quotes in `type`, read as the type `'null'`".to_owned(),
                    &at.key("type"),
                );
                *kind = "null".into();
            }
        }
        let Some(Value::Object(inner)) = fields.get("type").cloned() else { return };
        (self.note)("a schema within `type`, read as the schema itself".to_owned(), &at.key("type"));
        fields.remove("type");
        for (key, value) in inner {
            fields.entry(key).or_insert(value);
        }
    }

    fn format(&mut self, fields: &mut Map<String, Value>, at: &Pointer) {
        let Some(format) = fields.get("format").and_then(Value::as_str).map(str::to_owned) else { return };
        let at = at.key("format");
        let lower = format.to_ascii_lowercase();
        if lower != format {
            (self.note)(format!("the format `{format}`, read as `{lower}`"), &at);
        }
        if !FORMATS.contains(&lower.as_str()) {
            (self.note)(format!("the format `{lower}`, which is not known"), &at);
        }
        if fields.get("enum").and_then(Value::as_array).is_some_and(|it| !it.is_empty()) && lower == "uuid" {
            (self.note)("the format `uuid` of a list of words".to_owned(), &at);
        }
        fields.insert("format".to_owned(), lower.into());
    }

    fn says(&mut self, fields: &Map<String, Value>, at: &Pointer) {
        if fields.get("type").and_then(Value::as_str) == Some("array") && !fields.contains_key("items") {
            (self.note)("a list without `items`".to_owned(), at);
        }
        let values = fields.get("enum").and_then(Value::as_array);
        if let (Some(values), Some(default)) = (values, fields.get("default").filter(|it| !it.is_null()))
            && !values.contains(default)
        {
            (self.note)("a default that is not among the values".to_owned(), &at.key("default"));
        }
        if fields.get("required").is_some_and(|it| !it.is_array()) {
            (self.note)("`required` is not a list".to_owned(), &at.key("required"));
        }
    }
}
