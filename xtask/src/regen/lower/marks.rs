//! Marks that nothing reads: one in the wrong place must not be taken for one that works.

use serde_json::{Map, Value};

use super::Lowered;
use crate::problem::Problems;

/// The marks that stand on a property or a parameter.
const OF_FIELDS: &[&str] = &["x-sensitive", "x-null-clears", "x-pays"];

/// Refuses marks of fields that stand elsewhere.
pub(super) fn refuse_unread(schemas: &Map<String, Value>, lowered: &Lowered, problems: &mut Problems) {
    for (name, schema) in schemas {
        let place = lowered.place(name);
        refuse(schema, &place, problems);
        for (index, part) in schema.get("oneOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
            refuse(part, &format!("{place}/oneOf/{index}"), problems);
        }
    }
}

fn refuse(schema: &Value, place: &str, problems: &mut Problems) {
    for mark in OF_FIELDS.iter().filter(|mark| schema.get(mark).is_some()) {
        problems.add(
            format!("{place}/{mark}"),
            format!("`{mark}` here would have no effect"),
            "put it on the properties that hold the value",
        );
    }
}
