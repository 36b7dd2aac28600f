//! Every one of the 82 operations is implemented, or says that it is not.

use crate::support::{
    client::TestSandbox,
    example::{document, examples},
};

/// Operations whose smallest request, by the schema alone, is not enough: a payee, a value to compare with, a form with
/// a boundary; and those that name an app outside the organization.
fn refusal_of_the_smallest(operation: &str) -> Option<u16> {
    match operation {
        "create_approval_policy"
        | "create_payable_from_file"
        | "create_payment"
        | "create_payment_customer"
        | "send_payout"
        | "submit_payout_request" => Some(400),
        "copy_app_compliance" | "copy_organization_compliance" => Some(403),
        _ => None,
    }
}

#[tokio::test]
async fn each_of_the_82_operations_is_played() {
    let sandbox = TestSandbox::start().await;
    let mut played = 0;
    for example in examples(&document()) {
        let mut request = sandbox.request(&example.method, &example.path);
        if let Some(media_type) = &example.media_type {
            request = request.header("content-type", media_type).body(example.body.to_string());
        }
        let answer = request.send().await;
        let refusal = refusal_of_the_smallest(&example.id);
        let expected = refusal.map_or_else(|| vec![200, 201, 202, 404], |status| vec![status]);
        assert!(expected.contains(&answer.status), "{}: {} {}", example.id, answer.status, answer.text);
        played += 1;
    }
    assert_eq!(played, 82);
    sandbox.end().await;
}

#[tokio::test]
async fn a_request_that_breaks_the_document_is_refused_before_it_is_played() {
    let sandbox = TestSandbox::start().await;
    let answer = sandbox.post("/v2/transfers", serde_json::json!({ "amount": "ten" })).await;
    assert_eq!(answer.status, 400);
    assert!(answer.error().contains("`amount` must be"), "{}", answer.text);
    sandbox.end().await;
}
