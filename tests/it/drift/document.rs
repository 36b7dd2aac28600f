//! The document's facts about each operation, read without the generator.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use xtask::regen::load;
use xtask::regen::overlay::Overlay;

use super::root;

/// Holds the document with its overlay.
pub(super) struct Document {
    value: Value,
    /// The operations, by id.
    pub(super) operations: BTreeMap<String, Documented>,
}

/// The parts of a request of one operation.
#[derive(Default)]
pub(super) struct Documented {
    /// The names of the query parameters.
    pub(super) query: BTreeSet<String>,
    /// The required ones among them.
    pub(super) required_query: BTreeSet<String>,
    /// The schema of the JSON body, if there is one.
    pub(super) body: Option<Value>,
}

impl Document {
    /// Reads the document of the workspace.
    pub(super) fn load() -> Self {
        let mut value = load::load(root()).unwrap().value;
        Overlay::load(root()).unwrap().apply(&mut value).unwrap();
        let mut document = Self { value, operations: BTreeMap::new() };
        document.operations = document.read_operations();
        document
    }

    /// Lists the fields in which a body and its schema differ, as pointers; unions are not followed.
    pub(super) fn differences(&self, schema: &Value, body: &Value, at: &str) -> Vec<String> {
        let schema = self.resolved(schema);
        if let Some(items) = schema.get("items") {
            return self.differences(items, &body[0], &format!("{at}/0"));
        }
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return Vec::new() };
        let sent = body.as_object().unwrap_or_else(|| panic!("`{at}` is no object: {body}"));
        let unknown = sent.keys().filter(|name| !properties.contains_key(*name));
        let mut found: Vec<_> = unknown.map(|name| format!("{at}/{name} is not documented")).collect();
        for (name, property) in properties {
            match sent.get(name) {
                Some(value) => found.extend(self.differences(property, value, &format!("{at}/{name}"))),
                None => found.push(format!("{at}/{name} was not sent")),
            }
        }
        found
    }

    fn read_operations(&self) -> BTreeMap<String, Documented> {
        let mut operations = BTreeMap::new();
        for item in self.value["paths"].as_object().unwrap().values() {
            assert!(item.get("parameters").is_none(), "parameters of a whole path are not read here");
            for operation in item.as_object().unwrap().values() {
                let id = operation["operationId"].as_str().unwrap();
                operations.insert(id.to_owned(), self.documented(operation));
            }
        }
        operations
    }

    fn documented(&self, operation: &Value) -> Documented {
        let mut documented = Documented {
            body: operation.pointer("/requestBody/content/application~1json/schema").cloned(),
            ..Documented::default()
        };
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter = self.resolved(parameter);
            if parameter["in"] != "query" {
                continue;
            }
            let name = parameter["name"].as_str().unwrap().to_owned();
            if parameter["required"] == true {
                documented.required_query.insert(name.clone());
            }
            documented.query.insert(name);
        }
        documented
    }

    /// Follows a reference, and `allOf` around one, which only makes room for a description beside it.
    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        if let Some([only]) = value.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            return self.resolved(only);
        }
        let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
        let pointer = reference.strip_prefix('#').expect("the document refers to itself alone");
        self.resolved(self.value.pointer(pointer).unwrap_or_else(|| panic!("`{reference}` leads nowhere")))
    }
}
