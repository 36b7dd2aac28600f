//! Dots' error codes.

use dots_api_ext::ErrorCode;

use super::payout_against;
use crate::support::wire::Answer;

/// The codes of references/error-codes, in its order.
const PAGE: [&str; 22] = [
    "auth-email-already-exists",
    "auth-username-already-exists",
    "invalid-input",
    "invalid-ssn",
    "invalid-username",
    "invalid-phone-number",
    "invalid-email",
    "invalid-phone-number-voip",
    "invalid-phone-number-landline",
    "invalid-invoice-requested-information",
    "invalid-invoice-breakdown",
    "invalid-invoice-item",
    "invalid-invoice-item-total",
    "invalid-transaction",
    "transaction-insufficient-funds",
    "user-info-missing",
    "user-info-missing-cash-app",
    "user-info-missing-contact",
    "user-info-missing-card",
    "app-info-missing",
    "service-unavailable",
    "resource-busy",
];

#[test]
fn the_documented_codes_are_those_of_their_page() {
    let known: Vec<&str> = ErrorCode::DOCUMENTED.iter().map(ErrorCode::as_str).collect();
    assert_eq!(known, PAGE);
}

#[tokio::test]
async fn every_documented_code_comes_through_an_answer_and_is_written_as_it_came() {
    for (text, code) in PAGE.into_iter().zip(ErrorCode::DOCUMENTED) {
        let body = format!(r#"{{"success":false,"message":"no","error_code":"{text}"}}"#);
        let (error, wire) = payout_against(Answer::json("400 Bad Request", body)).await;
        assert_eq!(error.code(), Some(code), "{text}");
        assert_eq!(error.code().map(ToString::to_string).as_deref(), Some(text));
        assert_eq!(wire.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_code_that_the_page_does_not_list_is_kept_as_it_came() {
    for text in ["no_such_resource", "", "Invalid-Input", "invalid-input "] {
        let code = ErrorCode::from(text);
        assert_eq!(code, ErrorCode::Other(text.to_owned()));
        let body = format!(r#"{{"success":false,"error_code":"{text}"}}"#);
        let (error, wire) = payout_against(Answer::json("400 Bad Request", body)).await;
        assert_eq!(error.code(), Some(&code));
        assert_eq!(wire.requests().len(), 1);
    }
}
