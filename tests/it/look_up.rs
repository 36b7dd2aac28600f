//! Reconciliation: the lookup finds what a lost call created, and claims nothing that is uncertain.

use std::time::Duration;

use dots_api::{
    AppFundsRequest, CreatePayoutBatch, CreatePayoutBatchRequest, CreateTransfer, CreateTransferBatch,
    CreateTransferBatchRequest, CreateTransferBatchRequestItem, CreateTransferRequest, CreateUser,
    CreateUserRequest, CreateUserRequestFields, DepositAppFunds, Operation, PayoutBatchItem,
    PayoutBatchItemPlatform,
};
use dots_api_ext::{Cents, Dots, ErrorKind, Found, LookUp, Metadata, Outcome, Payee, RetryPolicy, UserId};
use dots_sandbox::{Fault, Sandbox, When};

use crate::support::clock::TestClock;
use crate::support::wire::{Answer, Wire};
use crate::support::world::{KEY, PHONE, TEN_DOLLARS, builder_for, client_of, sandbox, somebody};

fn invoice(number: &str) -> Metadata {
    Metadata::from_iter([("invoice", number)])
}

async fn user_of(dots: &Dots) -> UserId {
    let (code, number) = ("1".parse().unwrap(), PHONE.parse().unwrap());
    let body = CreateUserRequest::new(CreateUserRequestFields {
        first_name: "Jo".into(),
        last_name: "Doe".into(),
        email: "jo@example.com".into(),
        country_code: code,
        phone_number: number,
    });
    dots.run(CreateUser::new(body)).await.unwrap().id.clone()
}

/// Runs an operation whose answers are all lost, and looks up what it created.
async fn lost<O: LookUp>(sandbox: &Sandbox, operation: O) -> Found<O::Output> {
    let clock = TestClock::default();
    let dots = builder_for(&sandbox.url()).retry(RetryPolicy::standard()).clock(clock).build().unwrap();
    let fault = sandbox.inject(Fault::Reset).on(O::META.id).when(When::After).times(3);
    let error = dots.run(operation.clone()).await.unwrap_err();
    assert!(error.may_have_moved_money(), "{error}");
    fault.clear();
    dots.look_up(operation).await.unwrap()
}

#[tokio::test]
async fn a_payout_is_found_by_its_metadata_among_others_like_it() {
    let (sandbox, dots) = sandbox().await;
    for number in ["880", "882"] {
        dots.send_payout(TEN_DOLLARS, somebody()).metadata(invoice(number)).await.unwrap();
    }
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).metadata(invoice("881")).into_operation().unwrap();
    let Found::Made(link) = lost(&sandbox, payout.clone()).await else { panic!("it was made") };
    assert_eq!(dots.run(payout).await.unwrap().id, link.id);
    assert_eq!((sandbox.links(), sandbox.paid(PHONE)), (3, 3_000));
}

#[tokio::test]
async fn a_look_up_that_fails_leaves_the_payment_in_doubt() {
    let (sandbox, dots) = sandbox().await;
    let fault = sandbox.inject(Fault::Reset).on("send_payout").when(When::After).times(3);
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    assert!(dots.run(payout.clone()).await.unwrap_err().may_have_moved_money());
    fault.clear();
    // The list is refused, has a page behind an empty one, is never reached.
    let endless = r#"{"data":[],"has_more":true}"#;
    for answer in [Answer::json("401 Unauthorized", "{}"), Answer::json("200 OK", endless), Answer::cut("")] {
        let wire = Wire::start([answer]).await;
        let error = client_of(&wire.url()).look_up(payout.clone()).await.unwrap_err();
        assert_eq!((error.outcome(), error.operation()), (Outcome::Unknown, Some("send_payout")), "{error}");
        assert_eq!(error.idempotency_key(), Some(payout.body.idempotency_key));
        assert!(error.may_have_moved_money() && std::error::Error::source(&error).is_some(), "{error}");
    }
    let unreached = client_of("http://127.0.0.1:9").look_up(payout.clone()).await.unwrap_err();
    assert_eq!(
        (unreached.outcome(), unreached.kind()),
        (Outcome::Unknown, ErrorKind::Connect),
        "{unreached}"
    );
    // A day later Dots has forgotten the key: a caller who does as the error says looks it up again, and pays nothing.
    sandbox.advance(Duration::from_secs(25 * 60 * 60));
    if unreached.is_retryable() {
        client_of(&sandbox.url()).run(payout).await.unwrap();
    }
    assert!(unreached.to_string().ends_with("look it up before you send anything"), "{unreached}");
    assert_eq!((sandbox.links(), sandbox.paid(PHONE)), (1, 1_000));
}

#[tokio::test]
async fn without_metadata_nothing_is_certain() {
    let (sandbox, dots) = sandbox().await;
    dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    dots.send_payout(Cents::new(2_000), somebody()).await.unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    let Found::Candidates(links) = lost(&sandbox, payout).await else { panic!("it could be either") };
    assert_eq!((links.len(), sandbox.links()), (2, 3));
}

#[tokio::test]
async fn two_payments_with_the_same_metadata_are_both_shown() {
    let (sandbox, dots) = sandbox().await;
    dots.send_payout(TEN_DOLLARS, somebody()).metadata(invoice("881")).await.unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).metadata(invoice("881")).into_operation().unwrap();
    let Found::Candidates(links) = lost(&sandbox, payout).await else { panic!("it could be either") };
    assert_eq!((links.len(), sandbox.links(), sandbox.paid(PHONE)), (2, 2, 2_000));
}

#[tokio::test]
async fn nothing_is_found_only_where_nothing_has_the_amount_and_the_payee() {
    let (sandbox, dots) = sandbox().await;
    dots.send_payout(Cents::new(2_000), somebody()).metadata(invoice("879")).await.unwrap();
    dots.send_payout(TEN_DOLLARS, Payee::phone("1", "2025550140")).await.unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).metadata(invoice("881")).into_operation().unwrap();
    assert!(matches!(dots.look_up(payout.clone()).await.unwrap(), Found::NotFound));
    // Of another invoice, as its metadata says; but what is overlooked is paid again.
    dots.send_payout(TEN_DOLLARS, somebody()).metadata(invoice("880")).await.unwrap();
    let found = dots.look_up(payout).await.unwrap();
    assert!(matches!(&found, Found::Candidates(rows) if rows.len() == 1), "{found:?}");
    assert_eq!(sandbox.links(), 3);
}

#[tokio::test]
async fn metadata_that_come_back_in_another_form_deny_nothing() {
    for said in [
        r#"{}"#,
        r#""""#,
        "null",
        r#"{"invoice":"881"}"#,
        r#"{"invoice":881.0}"#,
        r#"{"invoice":881,"sent":null}"#,
        r#"{"invoice":881,"note":"added by Dots"}"#,
        r#""{\"invoice\":881}""#,
        r#"["invoice",881]"#,
        "7",
    ] {
        let link = format!(
            r#"{{"id":"l1","amount":1000,"status":"created","payee":{{"country_code":"1","phone_number":"{PHONE}"}},"metadata":{said}}}"#
        );
        let page = format!(r#"{{"data":[{link}],"has_more":false}}"#);
        let wire = Wire::start([Answer::json("200 OK", page)]).await;
        let dots = client_of(&wire.url());
        let metadata = Metadata::from_iter([("invoice", 881)]);
        let payout = dots.send_payout(TEN_DOLLARS, somebody()).metadata(metadata).into_operation().unwrap();
        let found = dots.look_up(payout).await.unwrap();
        assert!(matches!(&found, Found::Candidates(rows) if rows.len() == 1), "{said}: {found:?}");
    }
}

#[tokio::test]
async fn a_transfer_that_is_refused_as_known_is_found() {
    let (sandbox, dots) = sandbox().await;
    let user = user_of(&dots).await;
    let body = CreateTransferRequest::new(Cents::new(-1_000), user).metadata(invoice("881"));
    let Found::Made(transfer) = lost(&sandbox, CreateTransfer::new(body)).await else {
        panic!("it was made")
    };
    assert_eq!(transfer.metadata, Some(invoice("881")));
    assert_eq!(sandbox.balance(), 100_000_000 - 1_000);
}

#[tokio::test]
async fn a_batch_is_found_by_its_key() {
    let (sandbox, dots) = sandbox().await;
    let user = user_of(&dots).await;
    let item = || PayoutBatchItem::new(user.clone(), TEN_DOLLARS, PayoutBatchItemPlatform::Default, true);
    let other = CreatePayoutBatch::new(CreatePayoutBatchRequest::new(vec![item()]));
    dots.run(other).await.unwrap();
    let batch = CreatePayoutBatch::new(CreatePayoutBatchRequest::new(vec![item()]));
    let Found::Made(found) = lost(&sandbox, batch.clone()).await else { panic!("it was made") };
    assert_eq!(found.idempotency_key, batch.idempotency_key().map(|key| key.to_string()));
    assert!(sandbox.audit().balanced);
}

#[tokio::test]
async fn the_opposite_transfer_is_not_taken_for_the_one_that_was_lost() {
    let (sandbox, dots) = sandbox().await;
    let user = user_of(&dots).await;
    dots.transfer_to_user(&user, TEN_DOLLARS).metadata(invoice("881")).await.unwrap();
    let back = dots.transfer_from_user(&user, TEN_DOLLARS).metadata(invoice("881")).into_operation().unwrap();
    // It was never created, and the other one has the same amount and metadata.
    let found = dots.look_up(back).await.unwrap();
    assert!(matches!(&found, Found::Candidates(rows) if rows.len() == 1), "{found:?}");
    assert_eq!(sandbox.balance(), 100_000_000 - 1_000);
}

#[tokio::test]
async fn a_link_that_somebody_else_has_claimed_is_not_denied() {
    let link = serde_json::json!({
        "id": "l1", "amount": 1000, "status": "claimed", "metadata": { "invoice": "881" },
        "claimed_user_id": "11111111-2222-4333-8444-555555555555",
    });
    let page = serde_json::json!({ "data": [link], "has_more": false });
    let wire = Wire::start([Answer::json("200 OK", page.to_string())]).await;
    let dots = client_of(&wire.url());
    let payout = dots.send_payout(TEN_DOLLARS, Payee::user(KEY.parse().unwrap())).metadata(invoice("881"));
    let found = dots.look_up(payout.into_operation().unwrap()).await.unwrap();
    assert!(matches!(&found, Found::Candidates(rows) if rows.len() == 1), "{found:?}");
}

#[tokio::test]
async fn funds_of_an_app_are_looked_for_among_what_moves_under_no_user() {
    let (sandbox, dots) = sandbox().await;
    let user = user_of(&dots).await;
    dots.transfer_to_user(&user, TEN_DOLLARS).await.unwrap();
    let app = sandbox.app_id().parse().unwrap();
    let deposit = DepositAppFunds::new(app, AppFundsRequest::new(TEN_DOLLARS));
    let Found::Candidates(rows) = lost(&sandbox, deposit).await else { panic!("it could be that one") };
    assert_eq!((rows.len(), rows[0].user_id.as_ref()), (1, None));
    assert!(sandbox.audit().balanced);
}

#[tokio::test]
async fn a_batch_of_transfers_is_found_by_its_metadata() {
    let (sandbox, dots) = sandbox().await;
    let user = user_of(&dots).await;
    let batch = |metadata| {
        let item = CreateTransferBatchRequestItem::new().user_id(user.clone()).amount(Cents::new(-1_000));
        CreateTransferBatch::new(CreateTransferBatchRequest::new().items(vec![item]).metadata(metadata))
    };
    dots.run(batch(invoice("880"))).await.unwrap();
    let Found::Made(found) = lost(&sandbox, batch(invoice("881"))).await else { panic!("it was made") };
    assert_eq!(found.metadata, Some(invoice("881")));
    assert!(sandbox.audit().balanced);
}

#[tokio::test]
async fn what_is_older_than_the_call_is_passed_over() {
    let (sandbox, dots) = sandbox().await;
    let early = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    sandbox.advance(Duration::from_secs(3_600));
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    let later = dots_api::Timestamp::from_unix_seconds(early.created.unwrap().unix_seconds() + 60).unwrap();
    assert!(matches!(dots.look_up(payout.clone()).await.unwrap(), Found::Candidates(_)));
    assert!(matches!(dots.look_up(payout).since(later).await.unwrap(), Found::NotFound));
    assert_eq!(sandbox.links(), 1);
}
