//! Response validation: the sandbox's own answers against the document.

use std::ops::Range;

use serde_json::Value;

use super::checked_rows::CheckedRows;
use crate::{
    http::{Reply, TEXT},
    spec::{Operation, Violation},
};

/// Validates the bytes of an answer before they are sent, but for rows of a list that were found valid before.
///
/// # Errors
/// Like [`answer`].
pub(crate) fn answer_beyond(
    checked: &CheckedRows,
    operation: &Operation,
    reply: &Reply,
) -> Result<(), String> {
    let list = operation.answer(reply.status).and_then(|answer| answer.list.as_ref());
    let is_valid = list.is_some_and(|list| {
        parts(&reply.body, &reply.rows).is_some_and(|(envelope, rows)| {
            let status = reply.status.as_u16();
            let is_row = |row: &[u8]| list.row.accepts(row);
            list.envelope.accepts(&envelope) && checked.all(operation.number, status, &rows, is_row)
        })
    });
    // Whatever is not found valid in parts is validated as a whole, which also tells what is wrong with it.
    if is_valid { Ok(()) } else { answer(operation, reply) }
}

/// Cuts a list into its envelope, in which each row is `null`, and its rows; `None` when it has none there.
fn parts<'r>(body: &'r [u8], places: &[Range<usize>]) -> Option<(Vec<u8>, Vec<&'r [u8]>)> {
    if places.is_empty() {
        return None;
    }
    let (mut envelope, mut rows) = (Vec::new(), Vec::with_capacity(places.len()));
    let mut end = 0;
    for place in places {
        envelope.extend_from_slice(body.get(end..place.start)?);
        envelope.extend_from_slice(b"null");
        rows.push(body.get(place.clone())?);
        end = place.end;
    }
    envelope.extend_from_slice(body.get(end..)?);
    Some((envelope, rows))
}

/// Validates the bytes of an answer before they are sent.
///
/// # Errors
/// Returns where the answer breaks the document; the message names the schema path. That is a mistake in the sandbox,
/// never in the request.
pub(crate) fn answer(operation: &Operation, reply: &Reply) -> Result<(), String> {
    let id = &operation.id;
    let status = reply.status.as_u16();
    let Some(answer) = operation.answer(reply.status) else {
        return Err(format!("`{id}` must not answer {status}: the document does not list it"));
    };
    let Some(schema) = &answer.schema else {
        // Where the document shows nothing, real answers are plain text or nothing.
        return if reply.body.is_empty() || reply.content_type == TEXT {
            Ok(())
        } else {
            Err(format!("`{id}` must answer {status} without a body"))
        };
    };
    if schema.accepts(&reply.body) {
        return Ok(());
    }
    let body: Value = serde_json::from_slice(&reply.body)
        .map_err(|error| format!("`{id}` answered {status} with a body that is not JSON: {error}"))?;
    if schema.is_valid(&body) {
        return Ok(());
    }
    let shown = |error: &Violation| format!("{error} (at `{}`, by `{}`)", error.path, error.by);
    let objections: Vec<String> = schema.violations(&body).iter().map(shown).collect();
    Err(format!("`{id}` answered {status} and broke the document: {}", objections.join("; ")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use hyper::StatusCode;
    use serde_json::json;

    use super::*;
    use crate::spec::Spec;

    fn check(id: &str, status: StatusCode, body: &Value) -> Result<(), String> {
        let spec = Spec::embedded().unwrap();
        answer(spec.operation(id).unwrap(), &Reply::json(status, body, ""))
    }

    #[test]
    fn a_broken_answer_is_caught_with_its_schema_path() {
        let body =
            json!({ "id": "3c90c3cc-0d44-4b50-8888-8dd25736052a", "amount": "ten", "status": "created" });
        let error = check("send_payout", StatusCode::CREATED, &body).unwrap_err();
        assert!(error.contains("/amount"), "{error}");
        assert!(error.contains("/properties/amount/type"), "{error}");
    }

    #[test]
    fn an_answer_without_a_required_field_is_caught() {
        let error = check("send_payout", StatusCode::CREATED, &json!({ "amount": 1, "status": "created" }))
            .unwrap_err();
        assert!(error.contains("\"id\" is a required property"), "{error}");
    }

    #[test]
    fn a_status_that_the_document_does_not_list_is_caught() {
        let error = check("send_payout", StatusCode::OK, &json!({})).unwrap_err();
        assert_eq!(error, "`send_payout` must not answer 200: the document does not list it");
    }

    #[test]
    fn a_body_where_the_document_shows_none_is_caught() {
        let error = check("set_user_address", StatusCode::OK, &json!({})).unwrap_err();
        assert_eq!(error, "`set_user_address` must answer 200 without a body");
    }

    #[test]
    fn a_list_is_cut_into_its_envelope_and_its_rows() {
        let body = br#"{"data":[{"a":1},{"b":2}],"has_more":true}"#;
        let (envelope, rows) = parts(body, &[9..16, 17..24]).unwrap();
        assert_eq!(envelope, br#"{"data":[null,null],"has_more":true}"#);
        assert_eq!(rows, [br#"{"a":1}"#, br#"{"b":2}"#]);
        for places in [&[][..], &[(9, 16), (15, 24)], &[(9, 1_000)], &[(40, 30)]] {
            let places: Vec<_> = places.iter().map(|(start, end)| *start..*end).collect();
            assert_eq!(parts(body, &places), None, "{places:?}");
        }
    }

    #[test]
    fn every_part_of_a_list_is_checked_however_often_its_rows_were() {
        let (spec, checked) = (Spec::embedded().unwrap(), CheckedRows::default());
        let id = Value::from("3c90c3cc-0d44-4b50-8888-8dd25736052a");
        let right =
            json!({ "id": id, "created": "2026-01-01T00:00:00.000000", "amount": 1, "status": "created" });
        let wrong =
            json!({ "id": id, "created": "2026-01-01T00:00:00.000000", "amount": "x", "status": "created" });
        let check = |rows: &[&Value], has_more, put: &[u8]| {
            let list = spec.operation("list_payout_links").unwrap();
            let mut reply = Reply::list(StatusCode::OK, rows, has_more, "");
            reply.body.extend_from_slice(put);
            answer_beyond(&checked, list, &reply)
        };
        for _ in 0..3 {
            assert_eq!(check(&[&right, &right], Some(true), b""), Ok(()));
            let error = check(&[&right, &wrong], Some(true), b"").unwrap_err();
            assert!(error.contains("/data/1/amount"), "{error}");
            let error = check(&[&right], None, b"").unwrap_err();
            assert!(error.contains("`list_payout_links` answered 200 and broke the document"), "{error}");
            let error = check(&[&right], Some(true), b"}").unwrap_err();
            assert!(error.contains("not JSON"), "{error}");
        }
    }

    #[test]
    fn every_refusal_has_the_shape_of_an_error_for_every_operation() {
        let spec = Spec::embedded().unwrap();
        let refusal = Reply::from(crate::http::Refusal::invalid("no"));
        for operation in &spec.operations {
            assert_eq!(answer(operation, &refusal), Ok(()), "{}", operation.id);
        }
    }
}
