//! Response validation: the sandbox's own answers against the document.

use serde_json::Value;

use crate::{
    http::{Reply, TEXT},
    spec::{Operation, Violation},
};

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
    fn every_refusal_has_the_shape_of_an_error_for_every_operation() {
        let spec = Spec::embedded().unwrap();
        let refusal = Reply::from(crate::http::Refusal::invalid("no"));
        for operation in &spec.operations {
            assert_eq!(answer(operation, &refusal), Ok(()), "{}", operation.id);
        }
    }
}
