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

/// What a stored request holds.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Fields {
    pub operation: String,
    /// The base URL, without a slash at its end.
    pub server: String,
    /// Stands for the client id; none if clients of any account may send the request.
    pub account: Option<Uuid>,
    pub app: Option<String>,
    pub path: String,
    pub idempotency_key: IdempotencyKey,
    pub item_keys: Vec<IdempotencyKey>,
    /// Seconds since 1970.
    pub made_at: u64,
    pub fingerprint: Uuid,
    /// The exact bytes.
    pub body: String,
}

/// The fields of a text in the order of their names, whatever order `serde_json` keeps in this program.
type Object = BTreeMap<String, Value>;

impl Fields {
    pub(super) fn to_text(&self) -> String {
        let mut object = self.to_object();
        object.insert(CHECKSUM_FIELD.to_owned(), checksum(&object).into());
        object.insert(VERSION_FIELD.to_owned(), VERSION.into());
        written(&object)
    }

    /// Reads a text; says why it cannot be one, and repeats no value of it.
    pub(super) fn from_text(text: &str) -> Result<Self, String> {
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
        if said != Some(checksum(&object).into()) {
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
fn checksum(object: &Object) -> String {
    Uuid::new_v5(&REFERENCE_NAMESPACE, written(object).as_bytes()).to_string()
}

fn written(object: &Object) -> String {
    serde_json::to_string(object).unwrap_or_default()
}
