//! Corruption of JSON bodies: duplicate keys, deep nesting, unknown values, wrong amounts.

use serde_json::{Map, Value, json};

use super::Fault;

/// How deep the nesting goes.
const DEPTH: usize = 100_000;

/// Fields whose values the document enumerates.
const LISTED: [&str; 8] = [
    "status",
    "type",
    "platform",
    "method",
    "default_payout_method",
    "funding_source",
    "payout_fee_party",
    "entity_type",
];

/// Corrupts a JSON body. Returns nothing when the body holds nothing that the fault could corrupt.
pub(super) fn corrupt(fault: &Fault, body: &[u8]) -> Option<Vec<u8>> {
    match fault {
        Fault::DuplicateKeys => return insert(body, &twice(body)?),
        Fault::DeepNesting => {
            let nested = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
            let is_object = body.first() == Some(&b'{');
            return insert(body, &if is_object { format!(r#""sandbox_nested":{nested}"#) } else { nested });
        }
        _ => {}
    }
    let mut value: Value = serde_json::from_slice(body).ok()?;
    let changed = match fault {
        Fault::OtherShape => {
            value = json!({ "result": value });
            true
        }
        Fault::UnknownValues => unknown_values(&mut value),
        Fault::UnknownFields => unknown_fields(&mut value),
        Fault::RepeatedRow => rows(&mut value).is_some_and(repeat),
        Fault::SkippedRow => rows(&mut value).is_some_and(skip),
        Fault::WrongAmount => wrong_amount(&mut value),
        _ => false,
    };
    changed.then(|| serde_json::to_vec(&value).ok()).flatten()
}

/// Returns the rows of a page or of a bare array.
pub(super) fn rows(value: &mut Value) -> Option<&mut Vec<Value>> {
    match value {
        Value::Array(rows) => Some(rows),
        Value::Object(page) => page.get_mut("data")?.as_array_mut(),
        _ => None,
    }
}

fn repeat(rows: &mut Vec<Value>) -> bool {
    let first = rows.first().cloned();
    first.map(|row| rows.insert(0, row)).is_some()
}

fn skip(rows: &mut Vec<Value>) -> bool {
    rows.drain(..rows.len().min(1)).next().is_some()
}

/// Inserts text at the start of an object or an array, so that the rest keeps its order and its spelling.
fn insert(body: &[u8], first: &str) -> Option<Vec<u8>> {
    let (open, rest) = body.split_first().filter(|(open, _)| b"{[".contains(open))?;
    let comma: &[u8] = if rest.len() > 1 { b"," } else { b"" };
    Some([&[*open], first.as_bytes(), comma, rest].concat())
}

/// Returns the fields of an object with wrong values, to be put before the right ones.
fn twice(body: &[u8]) -> Option<String> {
    let mut fields: Map<String, Value> = serde_json::from_slice(body).ok()?;
    for value in fields.values_mut() {
        *value = match value {
            Value::Null | Value::String(_) => json!("duplicate"),
            Value::Bool(truth) => json!(!*truth),
            Value::Number(_) => json!(0),
            Value::Array(_) => json!([]),
            Value::Object(_) => json!({}),
        };
    }
    let text = Value::Object(fields).to_string();
    Some(text.strip_prefix('{')?.strip_suffix('}')?.to_owned()).filter(|text| !text.is_empty())
}

fn unknown_values(value: &mut Value) -> bool {
    let mut changed = false;
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| changed |= unknown_values(value)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if LISTED.contains(&name.as_str()) && value.is_string() {
                    *value = json!("sandbox_unknown");
                    changed = true;
                }
                changed |= unknown_values(value);
            }
        }
        _ => {}
    }
    changed
}

fn unknown_fields(value: &mut Value) -> bool {
    let mut changed = false;
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| changed |= unknown_fields(value)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|value| {
                unknown_fields(value);
            });
            fields.insert("sandbox_unknown".to_owned(), json!({ "of": [1, null, "x"] }));
            changed = true;
        }
        _ => {}
    }
    changed
}

/// Adds one cent to the first amount.
fn wrong_amount(value: &mut Value) -> bool {
    match value {
        Value::Array(values) => values.iter_mut().any(wrong_amount),
        Value::Object(fields) => {
            let own = fields.get_mut("amount").and_then(|amount| Some((one_more(amount)?, amount)));
            match own {
                Some((wrong, amount)) => {
                    *amount = wrong;
                    true
                }
                None => fields.values_mut().any(wrong_amount),
            }
        }
        _ => false,
    }
}

/// Returns an amount plus one cent, written as it was: as a number, or as text with or without decimals.
fn one_more(amount: &Value) -> Option<Value> {
    if let Some(cents) = amount.as_i64() {
        return Some(json!(cents.saturating_add(1)));
    }
    let text = amount.as_str()?;
    let (whole, decimals) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let more = whole.parse::<i64>().ok()?.saturating_add(1);
    Some(json!(decimals.map_or_else(|| more.to_string(), |decimals| format!("{more}.{decimals}"))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    fn corrupted(fault: &Fault, body: &str) -> Option<String> {
        corrupt(fault, body.as_bytes()).map(|body| String::from_utf8(body).unwrap())
    }

    #[test]
    fn an_amount_is_wrong_by_a_cent_however_it_is_spelled() {
        let wrong = |body| corrupted(&Fault::WrongAmount, body).unwrap();
        assert_eq!(wrong(r#"{"amount":1000}"#), r#"{"amount":1001}"#);
        assert_eq!(wrong(r#"{"data":[{"amount":"-1000"}]}"#), r#"{"data":[{"amount":"-999"}]}"#);
        assert_eq!(wrong(r#"[{"amount":"1000.0000000000"}]"#), r#"[{"amount":"1001.0000000000"}]"#);
        assert_eq!(corrupted(&Fault::WrongAmount, r#"{"message":"no"}"#), None);
    }

    #[test]
    fn rows_are_repeated_and_skipped_where_there_are_any() {
        let page = r#"{"data":[1,2],"has_more":true}"#;
        assert_eq!(corrupted(&Fault::RepeatedRow, page).unwrap(), r#"{"data":[1,1,2],"has_more":true}"#);
        assert_eq!(corrupted(&Fault::SkippedRow, "[1,2]").unwrap(), "[2]");
        assert_eq!(corrupted(&Fault::SkippedRow, r#"{"data":[]}"#), None);
        assert_eq!(corrupted(&Fault::RepeatedRow, r#"{"id":1}"#), None);
    }

    #[test]
    fn every_key_comes_twice_and_the_right_value_last() {
        let twice = corrupted(&Fault::DuplicateKeys, r#"{"id":"1","amount":5}"#).unwrap();
        assert_eq!(twice, r#"{"amount":0,"id":"duplicate","id":"1","amount":5}"#);
        assert_eq!(corrupted(&Fault::DuplicateKeys, "[]"), None);
    }

    #[test]
    fn deep_nesting_is_still_json_but_for_its_depth() {
        let deep = corrupted(&Fault::DeepNesting, r#"{"id":1}"#).unwrap();
        assert_eq!(deep.matches('[').count(), DEPTH);
        assert!(deep.starts_with(r#"{"sandbox_nested":[["#) && deep.ends_with(r#"]],"id":1}"#));
    }

    #[test]
    fn unknown_values_and_fields_reach_every_object() {
        let body = r#"{"status":"created","delivery":{"method":"link"},"amount":5}"#;
        let values = corrupted(&Fault::UnknownValues, body).unwrap();
        assert_eq!(values.matches("sandbox_unknown").count(), 2);
        assert_eq!(corrupted(&Fault::UnknownFields, body).unwrap().matches("sandbox_unknown").count(), 2);
    }
}
