//! Payout requests: nothing is paid before an approval.

use dots_api::{Metadata, PayoutRequestStatus};
use dots_api_ext::Outcome;
use dots_sandbox::{Fault, When};
use serde_json::json;

use crate::support::operator::does;
use crate::support::world::{FULL_WALLET, PHONE, TEN_DOLLARS, last_body, sandbox, somebody, user};

#[tokio::test]
async fn a_request_pays_when_it_is_approved() {
    let (sandbox, dots) = sandbox().await;
    let request = dots
        .submit_payout_request(TEN_DOLLARS, somebody())
        .memo("Taxi")
        .metadata(Metadata::from_iter([("trip", "7")]))
        .await
        .unwrap();
    let payee = json!({ "country_code": "1", "phone_number": PHONE });
    let expected = json!({ "amount": 1000, "memo": "Taxi", "metadata": { "trip": "7" }, "payee": payee });
    assert_eq!(last_body(&sandbox), expected);
    assert_eq!((request.status.clone(), sandbox.balance()), (PayoutRequestStatus::Created, FULL_WALLET));
    does(&sandbox, &format!("payout-requests/{}/approve", request.id), "").await;
    let request = dots.fetch_payout_request(&request.id).await.unwrap();
    assert_eq!(request.status, PayoutRequestStatus::Approved);
    assert!(request.payout_link.is_some());
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn a_request_names_a_user_by_id_alone() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    dots.submit_payout_request(TEN_DOLLARS, &user).await.unwrap();
    assert_eq!(last_body(&sandbox), json!({ "amount": 1000, "user_id": user }));
    assert_eq!(sandbox.balance(), FULL_WALLET);
}

#[tokio::test]
async fn a_request_whose_answer_is_lost_may_be_there() {
    let (sandbox, dots) = sandbox().await;
    sandbox.inject(Fault::Reset).on("submit_payout_request").when(When::After);
    let error = dots.submit_payout_request(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, false));
    assert_eq!(error.idempotency_key(), None);
    assert_eq!((sandbox.requests().len(), sandbox.balance()), (1, FULL_WALLET));
}
