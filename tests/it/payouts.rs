//! Payouts: a payout is paid once, however often it is sent.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use dots_api::{
    AccountingDataInput, AppId, Cents, FlowStep, IdempotencyKey, Metadata, Operation, PayoutFeeParty,
    PayoutLinkStatus, PhonePayee, SendPayout, SendPayoutRequest, UserId,
};
use dots_api_ext::{
    EarlierSends, ErrorCode, ErrorKind, LinkDelivery, Outcome, OutgoingPayout, Payee, REFERENCE_NAMESPACE,
};
use dots_sandbox::Sandbox;
use insta::assert_snapshot;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::world::{
    FULL_WALLET, KEY, PHONE, TEN_DOLLARS, builder_for, client_of, key, refused_unsent, sandbox, somebody,
    user,
};

/// The body of the sandbox's only request.
fn only_body(sandbox: &Sandbox) -> Value {
    let requests = sandbox.requests();
    assert_eq!(requests.len(), 1);
    serde_json::from_str(&requests[0].body).unwrap()
}

fn key_of(payout: OutgoingPayout) -> IdempotencyKey {
    payout.into_operation().unwrap().idempotency_key().unwrap()
}

#[tokio::test]
async fn a_payout_to_a_phone_number_is_paid_once() {
    let (sandbox, dots) = sandbox().await;
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    assert_eq!((payout.http_status(), payout.amount), (201, TEN_DOLLARS));
    assert_eq!(payout.status, PayoutLinkStatus::Created);
    assert!(payout.link.is_some());
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (1_000, 1));
    assert_eq!(sandbox.balance(), FULL_WALLET - 1_000);
}

#[tokio::test]
async fn a_clone_that_is_awaited_again_gives_the_same_link_and_pays_once() {
    let (sandbox, dots) = sandbox().await;
    let payout = dots.send_payout(TEN_DOLLARS, somebody());
    let first = payout.clone().await.unwrap();
    let second = payout.await.unwrap();
    assert_eq!(*first, *second);
    assert_eq!(first.idempotency_key(), second.idempotency_key());
    assert_snapshot!(sandbox.transcript(), @r"
    POST /v2/payouts/send-payout key=[k1] -> 201 created link [l1]
    POST /v2/payouts/send-payout key=[k1] -> 201 existing link [l1]
    ");
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn two_payouts_that_look_alike_are_two_payouts() {
    let (sandbox, dots) = sandbox().await;
    let first = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    let second = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    assert_ne!(first.idempotency_key(), second.idempotency_key());
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (2_000, 2));
}

#[tokio::test]
async fn a_payout_that_is_never_awaited_is_never_sent() {
    let (sandbox, dots) = sandbox().await;
    drop(dots.send_payout(TEN_DOLLARS, somebody()));
    drop(dots.send_payout(TEN_DOLLARS, somebody()).into_future());
    drop(dots.send_payout(TEN_DOLLARS, somebody()).send());
    assert_eq!(sandbox.transcript(), "");
}

#[tokio::test]
async fn a_payout_goes_out_under_the_key_that_it_was_given() {
    let (sandbox, dots) = sandbox().await;
    for _ in 0..2 {
        let payout = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key()).await.unwrap();
        assert_eq!(payout.idempotency_key(), Some(key()));
    }
    assert!(sandbox.requests().iter().all(|request| request.body.contains(KEY)));
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (1_000, 1));
}

#[tokio::test]
async fn two_clients_that_pay_the_same_invoice_pay_it_once() {
    let (sandbox, dots) = sandbox().await;
    let other_program = client_of(&sandbox.url());
    let first = dots.send_payout(TEN_DOLLARS, somebody()).reference("invoice-881").await.unwrap();
    let second = other_program.send_payout(TEN_DOLLARS, somebody()).reference("invoice-881").await.unwrap();
    assert_eq!(first.id, second.id);
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (1_000, 1));
}

#[tokio::test]
async fn another_reference_is_another_payout() {
    let (sandbox, dots) = sandbox().await;
    for reference in ["invoice-881", "invoice-882"] {
        dots.send_payout(TEN_DOLLARS, somebody()).reference(reference).await.unwrap();
    }
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (2_000, 2));
}

#[tokio::test]
async fn another_account_has_another_key_for_the_same_reference() {
    let (sandbox, dots) = sandbox().await;
    let other = builder_for(&sandbox.url()).credentials("pk_dev_other", "sk_dev_sandbox").build().unwrap();
    let key = key_of(dots.send_payout(TEN_DOLLARS, somebody()).reference("invoice-881"));
    assert_ne!(key, key_of(other.send_payout(TEN_DOLLARS, somebody()).reference("invoice-881")));
    assert_eq!(sandbox.transcript(), "");
}

#[tokio::test]
async fn the_key_of_a_reference_is_the_documented_uuid_of_account_app_operation_and_reference() {
    let (sandbox, dots) = sandbox().await;
    let computed = Uuid::new_v5(&REFERENCE_NAMESPACE, b"pk_dev_sandbox\n\nsend_payout\ninvoice-881");
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).reference("invoice-881").await.unwrap();
    assert_eq!(payout.idempotency_key().map(Uuid::from), Some(computed));
    // A change of the derivation would pay every invoice of the last 24 hours again.
    assert_eq!(only_body(&sandbox)["idempotency_key"], "63ceb9a0-e05f-5a10-ae33-1663cb558dfd");
}

#[tokio::test]
async fn one_reference_has_a_key_for_each_operation_and_each_app() {
    let (sandbox, dots) = sandbox().await;
    let app: AppId = sandbox.app_id().parse().unwrap();
    let payout = || dots.send_payout(TEN_DOLLARS, somebody()).reference("invoice-881");
    let link = dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Link).reference("invoice-881");
    let of_link = link.into_operation().unwrap().body.idempotency_key;
    let of_app = key_of(payout().app(&app));
    assert_eq!(BTreeSet::from([key_of(payout()), of_app, of_link]).len(), 3);
    // The app can be set before the reference, after it, or on the client.
    let before = dots.send_payout(TEN_DOLLARS, somebody()).app(&app).reference("invoice-881");
    let by_client =
        dots.with_app(&app).unwrap().send_payout(TEN_DOLLARS, somebody()).reference("invoice-881");
    let built = builder_for(&sandbox.url()).app_id(app).build().unwrap();
    let by_builder = built.send_payout(TEN_DOLLARS, somebody()).reference("invoice-881");
    assert_eq!([before, by_client, by_builder].map(key_of), [of_app; 3]);
    assert_eq!(sandbox.transcript(), "");
}

#[tokio::test]
async fn a_key_that_was_given_takes_the_place_of_a_reference() {
    let (_sandbox, dots) = sandbox().await;
    let payout = || dots.send_payout(TEN_DOLLARS, somebody());
    assert_eq!(key_of(payout().reference("invoice-881").with_idempotency_key(key())), key());
    assert_eq!(
        key_of(payout().with_idempotency_key(key()).reference("invoice-881")),
        key_of(payout().reference("invoice-881"))
    );
}

#[tokio::test]
async fn a_payout_of_yesterday_is_looked_up_and_not_sent_again() {
    let (sandbox, dots) = sandbox().await;
    let payout = || dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    let error = payout().earlier(EarlierSends::sent(hours_ago(20), Outcome::Unknown)).await.unwrap_err();
    assert_eq!((error.outcome(), error.is_retryable()), (Outcome::Unknown, false));
    assert!(error.to_string().contains("look it up before you send anything"), "{error}");
    let operation = payout().into_operation().unwrap();
    let by_run = dots
        .with_earlier(EarlierSends::sent(hours_ago(21), Outcome::Unknown))
        .run(operation)
        .await
        .unwrap_err();
    assert_eq!((by_run.outcome(), by_run.attempts()), (Outcome::Unknown, 0));
    // The client remembers what it was told about the key.
    assert_eq!(payout().await.unwrap_err().outcome(), Outcome::Unknown);
    assert_eq!((sandbox.transcript().as_str(), sandbox.links()), ("", 0));
}

#[tokio::test]
async fn a_payout_that_did_not_leave_yesterday_is_too_old_today_and_not_in_doubt() {
    let (sandbox, dots) = sandbox().await;
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    let error = payout.earlier(EarlierSends::sent(hours_ago(20), Outcome::NotSent)).await.unwrap_err();
    assert_eq!((error.outcome(), error.kind()), (Outcome::NotSent, ErrorKind::KeyExpired), "{error}");
    assert_eq!(sandbox.requests().len(), 0);
}

#[tokio::test]
async fn a_refusal_of_what_another_program_sent_before_proves_nothing() {
    let sandbox = Sandbox::builder().funds(1_000).start().await.unwrap();
    // The process that crashed had paid, which emptied the wallet.
    client_of(&sandbox.url()).send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    let dots = client_of(&sandbox.url());
    let payout = || dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(IdempotencyKey::fresh());
    assert_eq!(payout().await.unwrap_err().outcome(), Outcome::Rejected);
    let error = payout().earlier(EarlierSends::sent(hours_ago(1), Outcome::Unknown)).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (1_000, 1));
}

fn hours_ago(hours: u64) -> SystemTime {
    SystemTime::now() - Duration::from_secs(hours * 60 * 60)
}

#[tokio::test]
async fn every_field_of_the_page_goes_over_the_wire() {
    let (sandbox, dots) = sandbox().await;
    let payout = dots
        .send_payout(TEN_DOLLARS, somebody())
        .message("Thank you for March.")
        .memo("Invoice 881")
        .metadata(Metadata::from_iter([("invoice", "881")]))
        .force_collect_compliance_information(true)
        .additional_steps([FlowStep::Compliance, FlowStep::IdVerification])
        .tax_exempt(true)
        .payout_fee_party(PayoutFeeParty::Platform)
        .accounting_data(AccountingDataInput::new().quickbooks_account_id(7).quickbooks_class_id(8))
        .with_idempotency_key(key())
        .await
        .unwrap();
    assert_eq!(payout.metadata.as_ref().and_then(|data| data.get("invoice")), Some(&json!("881")));
    let expected = json!({
        "amount": 1000,
        "payee": { "country_code": "1", "phone_number": PHONE },
        "delivery": { "message": "Thank you for March." },
        "memo": "Invoice 881",
        "metadata": { "invoice": "881" },
        "force_collect_compliance_information": true,
        "additional_steps": ["compliance", "id-verification"],
        "tax_exempt": true,
        "payout_fee_party": "platform",
        "accounting_data": { "quickbooks_account_id": 7, "quickbooks_class_id": 8 },
        "idempotency_key": KEY,
    });
    assert_eq!(only_body(&sandbox), expected);
}

#[tokio::test]
async fn a_step_that_needs_an_option_is_not_sent() {
    let (sandbox, dots) = sandbox().await;
    for step in [FlowStep::PdfFormFill, FlowStep::Redirect] {
        let name = format!("the step `{step}`");
        let payout = dots.send_payout(TEN_DOLLARS, somebody()).additional_steps([FlowStep::Compliance, step]);
        let error = refused_unsent(payout).await;
        assert!(error.to_string().contains(&name), "{error}");
    }
    assert_eq!((sandbox.links(), sandbox.balance()), (0, FULL_WALLET));
}

#[tokio::test]
async fn payouts_that_are_sent_from_tasks_are_each_paid_once() {
    let (sandbox, dots) = sandbox().await;
    let mut tasks = tokio::task::JoinSet::new();
    for reference in ["march/jo", "march/al", "march/jo"] {
        tasks.spawn(dots.send_payout(TEN_DOLLARS, somebody()).reference(reference).send());
    }
    while let Some(payout) = tasks.join_next().await {
        payout.unwrap().unwrap();
    }
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (2_000, 2));
}

#[tokio::test]
async fn what_is_not_set_is_not_sent() {
    let (sandbox, dots) = sandbox().await;
    dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key()).await.unwrap();
    let payee = json!({ "country_code": "1", "phone_number": PHONE });
    let expected = json!({ "amount": 1000, "payee": payee, "idempotency_key": KEY });
    assert_eq!(only_body(&sandbox), expected);
}

#[tokio::test]
async fn a_user_is_paid_by_id_alone() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    dots.send_payout(TEN_DOLLARS, user.clone()).await.unwrap();
    assert_snapshot!(sandbox.transcript(), @r"
    POST /v2/users -> 201 created user [u1]
    POST /v2/payouts/send-payout key=[k1] -> 201 created link [l1]
    ");
    let body: Value = serde_json::from_str(&sandbox.requests()[1].body).unwrap();
    assert_eq!((&body["user_id"], body.get("payee")), (&json!(user), None));
    assert_eq!((sandbox.paid(user.as_str()), sandbox.links()), (1_000, 1));
}

#[tokio::test]
async fn an_operation_that_was_stored_and_read_back_pays_once() {
    let (sandbox, dots) = sandbox().await;
    let operation = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    let stored = serde_json::to_string(&operation).unwrap();
    let first = dots.run(operation.clone()).await.unwrap();
    let read_back: SendPayout = serde_json::from_str(&stored).unwrap();
    assert_eq!(read_back, operation);
    let second = client_of(&sandbox.url()).run(read_back).await.unwrap();
    assert_eq!((&first.id, first.idempotency_key()), (&second.id, second.idempotency_key()));
    let requests = sandbox.requests();
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (1_000, 1));
}

#[tokio::test]
async fn the_key_is_known_before_anything_is_sent() {
    let (sandbox, dots) = sandbox().await;
    let payout = dots.send_payout(TEN_DOLLARS, somebody());
    let known = key_of(payout.clone());
    assert_eq!(sandbox.transcript(), "");
    assert_eq!(payout.await.unwrap().idempotency_key(), Some(known));
    assert_eq!(only_body(&sandbox)["idempotency_key"], known.to_string());
}

#[tokio::test]
async fn an_amount_that_is_not_above_zero_is_not_sent() {
    let (sandbox, dots) = sandbox().await;
    for cents in [0, -1, -1_000, i64::MIN] {
        let error = refused_unsent(dots.send_payout(Cents::new(cents), somebody())).await;
        assert!(error.to_string().contains(&format!("`{cents}` cents")), "{error}");
    }
    assert_eq!(sandbox.transcript(), "");
}

#[tokio::test]
async fn a_malformed_phone_number_is_not_sent_and_not_shown() {
    let (sandbox, dots) = sandbox().await;
    let forty = "9".repeat(40);
    for number in ["+12025550139", "202555013x", "202-555-0139", " 2025550139", "٢٠٢٥", "\0", "", &forty]
    {
        let error = refused_unsent(dots.send_payout(TEN_DOLLARS, Payee::phone("1", number))).await;
        let shown = format!("{error}{error:?}");
        assert!(shown.contains("could not read a phone number"), "{shown}");
        assert!(number.trim().is_empty() || !shown.contains(number.trim()), "{shown}");
    }
    for code in ["+1", "", "1234", "US", "1 "] {
        let error = refused_unsent(dots.send_payout(TEN_DOLLARS, Payee::phone(code, PHONE))).await;
        assert!(error.to_string().contains("could not read a country code"), "{error}");
    }
    assert_eq!(sandbox.transcript(), "");
}

#[tokio::test]
async fn a_reference_that_is_no_printable_text_is_not_sent() {
    let (sandbox, dots) = sandbox().await;
    let huge = "9".repeat(1 << 20);
    for reference in ["", " ", "a\nb", "a\0b", "\u{7f}", "a\u{85}b", &"é".repeat(256), &huge] {
        let payout = dots.send_payout(TEN_DOLLARS, somebody()).reference(reference);
        let error = refused_unsent(payout).await;
        assert!(error.to_string().contains("1 to 255 visible characters"), "{error}");
    }
    assert_eq!(sandbox.transcript(), "");
}

#[tokio::test]
async fn a_reference_of_255_characters_is_sent() {
    let (sandbox, dots) = sandbox().await;
    dots.send_payout(TEN_DOLLARS, somebody()).reference("é".repeat(255)).await.unwrap();
    assert_eq!(sandbox.paid(PHONE), 1_000);
}

#[tokio::test]
async fn too_little_money_is_a_rejection_with_the_words_of_dots() {
    let sandbox = Sandbox::builder().funds(999).start().await.unwrap();
    let payee = PhonePayee::new("1".parse().unwrap(), PHONE.parse().unwrap());
    let operation = SendPayout::new(SendPayoutRequest::new(TEN_DOLLARS).payee(payee));
    let error = client_of(&sandbox.url()).run(operation).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Rejected);
    assert_eq!((error.status(), error.code()), (Some(400), Some(&ErrorCode::TransactionInsufficientFunds)));
    assert_eq!(error.message(), Some("`amount` is 1000 and the wallet holds 999 cents"));
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (0, 999));
}

#[tokio::test]
async fn a_payout_to_an_unknown_user_is_a_rejection() {
    let (sandbox, dots) = sandbox().await;
    let stranger: UserId = KEY.parse().unwrap();
    let error = dots.send_payout(TEN_DOLLARS, stranger).await.unwrap_err();
    assert_eq!((error.outcome(), error.status()), (Outcome::Rejected, Some(404)));
    assert_eq!(error.message(), Some(format!("`user_id`: there is no user `{KEY}`").as_str()));
    assert_eq!((sandbox.links(), sandbox.balance()), (0, FULL_WALLET));
}

#[tokio::test]
async fn a_raw_operation_whose_amount_is_zero_is_refused_by_the_other_side() {
    let (sandbox, dots) = sandbox().await;
    let error = dots.run(SendPayout::new(SendPayoutRequest::new(Cents::ZERO))).await.unwrap_err();
    assert_eq!((error.outcome(), error.status()), (Outcome::Rejected, Some(400)));
    assert!(error.message().is_some_and(|message| message.contains("amount")), "{error}");
    assert_eq!((sandbox.links(), sandbox.balance()), (0, FULL_WALLET));
}
