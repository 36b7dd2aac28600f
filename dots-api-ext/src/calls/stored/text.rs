//! The text form of a stored request: one line of JSON with a version and a checksum.

use std::collections::BTreeMap;

use dots_api::IdempotencyKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::policy::idempotency::REFERENCE_NAMESPACE;

/// The version of the text form that is written here, and the only one that is read.
const VERSION: u64 = 1;

/// The field that holds the version.
const VERSION_FIELD: &str = "stored_request";

/// The field that holds the checksum of all others.
const CHECKSUM_FIELD: &str = "checksum";

/// What a stored request holds, in the order of the names, in which it is written.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Fields {
    /// Stands for the client id; none if clients of any account may send the request.
    pub account: Option<Uuid>,
    pub app: Option<String>,
    /// The exact bytes.
    pub body: String,
    pub fingerprint: Uuid,
    pub idempotency_key: IdempotencyKey,
    pub item_keys: Vec<IdempotencyKey>,
    /// Seconds since 1970.
    pub made_at: u64,
    pub operation: String,
    pub path: String,
    /// The base URL, without a slash at its end.
    pub server: String,
}

/// The fields of a text in the order of their names, whatever order `serde_json` keeps in this program.
type Object = BTreeMap<String, Value>;

impl Fields {
    pub(super) fn to_text(&self) -> String {
        let fields = written(self);
        // A quote within a value is escaped, so this is the name of a field.
        let next = "\"fingerprint\":";
        let sum = format!("\"{CHECKSUM_FIELD}\":\"{}\",{next}", checksum(&fields));
        let mut text = fields.replacen(next, &sum, 1);
        text.truncate(text.trim_end_matches('}').len());
        text + &format!(",\"{VERSION_FIELD}\":{VERSION}}}")
    }

    /// Reads a text; says why it cannot be one, and repeats no value of it.
    pub(super) fn from_text(text: &str) -> Result<Self, String> {
        // What is written again byte for byte has this version, this checksum and these fields.
        if let Some(fields) =
            serde_json::from_str::<Self>(text).ok().filter(|fields| fields.to_text() == text)
        {
            return Ok(fields);
        }
        let refused = |why: &str| Err(format!("could not read the stored request: {why}"));
        let Ok(mut object) = serde_json::from_str::<Object>(text) else {
            return refused("it was cut short, or is not a JSON object");
        };
        match object.remove(VERSION_FIELD).as_ref().and_then(Value::as_u64) {
            Some(VERSION) => {}
            Some(version) => {
                return refused(&format!("its version is `{version}`, and this crate reads `{VERSION}`"));
            }
            None => return refused("it has no version"),
        }
        let said = object.remove(CHECKSUM_FIELD);
        if said != Some(checksum(&written(&object)).into()) {
            return refused("its checksum differs, so it was changed");
        }
        match serde_json::from_value::<Self>(Value::Object(object.clone().into_iter().collect())) {
            // What is not written again was not understood.
            Ok(fields) if fields.to_object() == object => Ok(fields),
            Ok(fields) => refused(&unknown_fields(&object, &fields.to_object())),
            Err(_) => refused("it lacks fields, or has some that this crate cannot read"),
        }
    }

    fn to_object(&self) -> Object {
        serde_json::to_value(self).and_then(serde_json::from_value).unwrap_or_default()
    }
}

/// Names the fields that were read and would not be written again.
fn unknown_fields(read: &Object, known: &Object) -> String {
    let unknown = read.keys().filter(|name| !known.contains_key(*name));
    let names: Vec<String> = unknown.take(8).map(|name| format!("`{}`", name.escape_debug())).collect();
    match names.as_slice() {
        [] => "it has a field that this crate reads in another way".to_owned(),
        names => format!("this crate does not know its field {}", names.join(", ")),
    }
}

/// Returns the UUID version 5 of the fields, as JSON in the order of their names.
fn checksum(fields: &str) -> String {
    Uuid::new_v5(&REFERENCE_NAMESPACE, fields.as_bytes()).to_string()
}

fn written(fields: &impl Serialize) -> String {
    serde_json::to_string(fields).unwrap_or_default()
}
