//! Validation of request bodies.

use hyper::{
    HeaderMap,
    header::{CONTENT_ENCODING, CONTENT_TYPE},
};
use serde_json::{Map, Value};

use super::explain::explain;
use crate::{
    http::{JSON, Refusal},
    spec::{Body, Operation},
};

/// Validates and parses the body. An operation without one ignores what is sent, and its body is null.
pub(super) fn read(operation: &Operation, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Refusal> {
    let Some(body) = &operation.body else { return Ok(Value::Null) };
    if bytes.is_empty() {
        // Dots' own client sends no body where all fields are optional.
        let nothing = Value::Object(Map::new());
        let may_be_absent = body.media_type == JSON && body.schema.is_valid(&nothing);
        return match (may_be_absent, body.required) {
            (true, _) => Ok(nothing),
            (false, true) => Err(Refusal::invalid("the body is required")),
            (false, false) => Ok(Value::Null),
        };
    }
    media_type(body, headers)?;
    if body.media_type != JSON {
        // A form is not JSON; its operation checks the parts itself.
        return Ok(Value::Null);
    }
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| Refusal::invalid(format!("the body is not valid JSON: {error}")))?;
    explain(&body.schema, &value, "").map_or(Ok(value), |message| Err(Refusal::invalid(message)))
}

fn media_type(body: &Body, headers: &HeaderMap) -> Result<(), Refusal> {
    let expected = &body.media_type;
    let sent = headers.get(CONTENT_TYPE).ok_or_else(|| {
        Refusal::media_type(format!(
            "the `Content-Type` header is missing; this operation takes `{expected}`"
        ))
    })?;
    let sent = sent.to_str().unwrap_or_default();
    let (essence, _) = sent.split_once(';').unwrap_or((sent, ""));
    if !essence.trim().eq_ignore_ascii_case(expected) {
        return Err(Refusal::media_type(format!("this operation takes `{expected}`, not `{sent}`")));
    }
    match headers.get(CONTENT_ENCODING) {
        Some(encoding) if encoding != "identity" => {
            Err(Refusal::media_type("the sandbox reads no compressed bodies"))
        }
        _ => Ok(()),
    }
}
