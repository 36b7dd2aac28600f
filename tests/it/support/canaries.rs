//! Canaries: values that stand for secrets and personal data, and must show nowhere.

use serde_json::{Value, json};

use super::sample::{Filling, Optional};

/// The canary for all secrets and personal data that are text; digits, so that it is also a valid phone number.
pub(crate) const CANARY: &str = "90210555777";

/// The canary for dates of birth.
pub(crate) const CANARY_DAY: &str = "1907-05-03";

/// Parts of the names of fields that hold bank and tax numbers, dates of birth, codes, secrets, and ways to reach
/// a person.
const SENSITIVE: [&str; 21] = [
    "account_number",
    "routing_number",
    "ssn",
    "ein",
    "tin",
    "tax_id",
    "date_of_birth",
    "dob",
    "token",
    "secret",
    "password",
    "api_key",
    "phone",
    "email",
    "cash_tag",
    "handle",
    "line_",
    "line1",
    "line2",
    "postcode",
    "zip",
];

/// Whole names of fields that hold addresses of pages and files, and words to a person.
const SENSITIVE_NAMES: [&str; 5] = ["file", "file_url", "link", "memo", "url"];

/// Says whether a field of this name is sensitive: it has one of the parts above as a whole word, or is one of the names.
fn is_sensitive(name: &str) -> bool {
    if SENSITIVE_NAMES.contains(&name) {
        return true;
    }
    let name = format!("_{name}_");
    SENSITIVE.iter().any(|part| name.contains(&format!("_{}_", part.trim_end_matches('_'))))
        || name.starts_with("_line_")
}

/// Puts a canary into every sensitive field that is text.
fn canary(name: &str, schema: &Value) -> Option<Value> {
    let day = schema["format"] == "date";
    is_sensitive(name).then(|| json!(if day { CANARY_DAY } else { CANARY }))
}

pub(crate) const CANARIES: Filling = Filling { optional: Optional::Present, text: canary };
