//! Payout batches: thousands of payouts in one call, each paid once.

mod settled;

use std::collections::BTreeSet;
use std::time::Duration;

use dots_api::{
    BankAccountType, Cents, Metadata, PayoutBatchItemResult, PayoutBatchStatus, PayoutFeeParty,
    PayoutMethodId, UserId,
};
use dots_api_ext::{BatchItem, BatchItemStatus, Outcome, PayoutMethod, PayoutRail, REFERENCE_NAMESPACE};
use dots_sandbox::{Fault, When};
use serde_json::json;
use uuid::Uuid;

use crate::support::world::{FULL_WALLET, KEY, TEN_DOLLARS, key, last_body, refused_unsent, sandbox, user};

/// The time until a batch and its payouts are completed.
const DONE: Duration = Duration::from_secs(120);

fn nobody() -> UserId {
    "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse().unwrap()
}

fn item(user: &UserId) -> BatchItem {
    BatchItem::new(user, TEN_DOLLARS, PayoutRail::Venmo)
}

#[tokio::test]
async fn a_batch_pays_whom_it_can_and_says_what_became_of_each() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let batch = dots.create_payout_batch([item(&user), item(&nobody())]).reference("march").await.unwrap();
    let outcomes = |results: &dots_api::PayoutBatchResults| -> Vec<String> {
        let outcomes = results.items.iter().map(BatchItemStatus::from);
        outcomes
            .map(|outcome| match outcome {
                BatchItemStatus::Paid { .. } => "paid".to_owned(),
                BatchItemStatus::Failed { code, .. } => format!("failed: {}", code.unwrap()),
                BatchItemStatus::Pending { transfer, .. } => format!("pending: {}", transfer.is_some()),
                other => format!("{other:?}"),
            })
            .collect()
    };
    let results = dots.fetch_payout_batch_results(&batch.id).await.unwrap();
    assert_eq!(outcomes(&results), ["pending: false", "pending: false"]);
    sandbox.advance(Duration::from_secs(25));
    let results = dots.fetch_payout_batch_results(&batch.id).await.unwrap();
    assert_eq!(outcomes(&results), ["pending: true", "failed: no_such_resource"]);
    sandbox.advance(DONE);
    assert_eq!(dots.fetch_payout_batch(&batch.id).await.unwrap().status, PayoutBatchStatus::Completed);
    let results = dots.fetch_payout_batch_results(&batch.id).with_requests().await.unwrap();
    assert_eq!(outcomes(&results), ["paid", "failed: no_such_resource"]);
    assert_eq!(results.items[0].request.as_ref().unwrap().user_id, user);
    assert_eq!((sandbox.paid(user.as_str()), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn every_option_goes_over_the_wire() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let ach = PayoutMethod::ach("110000000", "000123456789", BankAccountType::Checking);
    dots.add_payout_method(&user, ach).await.unwrap();
    let account: PayoutMethodId = dots.list_payout_methods(&user).await.unwrap()[0].id.clone().unwrap();
    let item = BatchItem::new(&user, TEN_DOLLARS, PayoutRail::Ach(account.clone()))
        .metadata(Metadata::from_iter([("row", "1")]))
        .payout_fee_party(PayoutFeeParty::Platform)
        .tax_exempt(true)
        .with_idempotency_key(key());
    let operation = dots
        .create_payout_batch([item])
        .metadata(Metadata::from_iter([("month", "march")]))
        .reference("march")
        .into_operation()
        .unwrap();
    let batch = operation.body.idempotency_key;
    dots.run(operation).await.unwrap();
    let item = json!({
        "user_id": user, "amount": 1000, "platform": "ach", "account_id": account, "fund": true,
        "metadata": { "row": "1" }, "payout_fee_party": "platform", "tax_exempt": true, "idempotency_key": KEY,
    });
    let expected = json!({ "items": [item], "metadata": { "month": "march" }, "idempotency_key": batch });
    assert_eq!(last_body(&sandbox), expected);
    sandbox.advance(DONE);
    assert_eq!(sandbox.paid(user.as_str()), 1_000);
}

#[tokio::test]
async fn items_have_keys_of_their_own_unless_they_are_given_some() {
    let (sandbox, dots) = sandbox().await;
    let operation =
        |items: Vec<BatchItem>| dots.create_payout_batch(items).into_operation().unwrap().body.items;
    let fresh = operation(vec![item(&nobody()), item(&nobody())]);
    assert_ne!(fresh[0].idempotency_key, fresh[1].idempotency_key);
    let referred = || item(&nobody()).reference("march/jo");
    let (first, again) = (operation(vec![referred()]), operation(vec![referred()]));
    assert_eq!(first, again);
    let computed = Uuid::new_v5(&REFERENCE_NAMESPACE, b"pk_dev_sandbox\n\npayout_batch_item\nmarch/jo");
    assert_eq!(first[0].idempotency_key.as_uuid(), &computed);
    assert_eq!(operation(vec![referred().with_idempotency_key(key())])[0].idempotency_key, key());
    assert_eq!(sandbox.requests(), []);
}

#[tokio::test]
async fn five_thousand_items_are_a_batch_and_one_more_is_none() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let items = |count| (0..count).map(|_| BatchItem::new(&user, Cents::new(1), PayoutRail::Venmo));
    dots.create_payout_batch(items(5_000)).await.unwrap();
    let body = last_body(&sandbox);
    let keys: BTreeSet<_> =
        body["items"].as_array().unwrap().iter().map(|item| item["idempotency_key"].as_str()).collect();
    assert_eq!(keys.len(), 5_000);
    let before = sandbox.requests().len();
    let error = refused_unsent(dots.create_payout_batch(items(5_001))).await;
    assert!(error.to_string().contains("at most 5000 items"), "{error}");
    // An endless iterator is refused like a long one.
    refused_unsent(dots.create_payout_batch(std::iter::repeat_with(|| item(&user)))).await;
    assert_eq!(sandbox.requests().len(), before);
    sandbox.advance(DONE);
    assert_eq!((sandbox.paid(user.as_str()), sandbox.balance()), (5_000, FULL_WALLET - 5_000));
}

#[tokio::test]
async fn the_results_of_a_full_batch_are_read_with_everything_that_is_in_them() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let metadata = |row: i64| Metadata::from_iter([("row", row.to_string()), ("note", "x".repeat(400))]);
    let items = (1..=5_000)
        .map(|row| BatchItem::new(&user, Cents::new(row), PayoutRail::Venmo).metadata(metadata(row)));
    let batch = dots.create_payout_batch(items).await.unwrap();
    sandbox.advance(DONE);
    let results = dots.fetch_payout_batch_results(&batch.id).with_requests().await.unwrap();
    // It exceeds the limit of other answers.
    let size = serde_json::to_vec(&*results).unwrap().len();
    assert!(size > 5 << 20, "{size} bytes");
    let paid = |row: &&PayoutBatchItemResult| matches!((*row).into(), BatchItemStatus::Paid { .. });
    assert_eq!(results.items.iter().filter(paid).count(), 5_000);
    let mut settled = dots.watch_payout_batch(&batch.id).with_requests();
    let (mut count, mut sum) = (0, 0);
    while let Some(item) = settled.next().await {
        let request = item.unwrap().request.unwrap();
        assert_eq!(request.metadata, Some(metadata(request.amount.get())));
        (count, sum) = (count + 1, sum + request.amount.get());
    }
    assert_eq!((count, sum), (5_000, sandbox.paid(user.as_str())));
    assert_eq!(sandbox.balance(), FULL_WALLET - sum);
}

#[tokio::test]
async fn a_batch_with_a_mistake_is_not_sent_and_names_the_item() {
    let (sandbox, dots) = sandbox().await;
    let good = || item(&nobody());
    for (items, what) in [
        (vec![], "at least one item"),
        (vec![good(), BatchItem::new(&nobody(), Cents::ZERO, PayoutRail::Venmo)], "item 2: the amount"),
        (vec![BatchItem::new(&nobody(), Cents::new(-1), PayoutRail::Venmo)], "item 1: the amount"),
        (
            vec![BatchItem::new(&nobody(), TEN_DOLLARS, PayoutRail::Payoneer)],
            "item 1: a batch cannot pay over",
        ),
        (vec![BatchItem::new(&nobody(), TEN_DOLLARS, PayoutRail::Airtm)], "item 1: a batch cannot pay over"),
        (vec![good(), good().reference(" ")], "item 2: the reference"),
        (
            vec![good().with_idempotency_key(key()), good(), good().with_idempotency_key(key())],
            "item 3: another item",
        ),
        (vec![good().reference("jo"), good().reference("jo")], "item 2: another item"),
    ] {
        let error = refused_unsent(dots.create_payout_batch(items)).await;
        assert!(error.to_string().contains(what), "{error}");
    }
    assert_eq!((sandbox.requests().len(), sandbox.balance()), (0, FULL_WALLET));
}

#[tokio::test]
async fn a_batch_whose_answer_is_lost_is_handed_in_again_and_pays_once() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    sandbox.inject(Fault::Reset).on("create_payout_batch").when(When::After);
    let batch = dots.create_payout_batch([item(&user)]);
    assert_eq!(batch.clone().await.unwrap_err().outcome(), Outcome::Unknown);
    let error = batch.await.unwrap_err();
    assert_eq!((error.outcome(), error.status()), (Outcome::Unknown, Some(409)));
    sandbox.advance(DONE);
    assert_eq!((sandbox.paid(user.as_str()), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[test]
fn only_a_row_that_proves_it_says_that_nothing_was_paid() {
    let row = |row: serde_json::Value| serde_json::from_value::<PayoutBatchItemResult>(row).unwrap();
    let transfer = |status: &str| json!({ "id": "t_1", "status": status });
    for (row, outcome) in [
        (row(json!({})), "Pending { transfer: None }"),
        (
            row(json!({ "error_code": "no_such_resource" })),
            "Failed { code: Some(\"no_such_resource\"), message: None }",
        ),
        (row(json!({ "error_message": "no" })), "Failed { code: None, message: Some(\"no\") }"),
        (row(json!({ "transfer": transfer("completed") })), "Paid { transfer: TransferId(\"t_1\") }"),
        (row(json!({ "transfer": transfer("failed") })), "Failed { code: None, message: None }"),
        (row(json!({ "transfer": transfer("reversed") })), "TakenBack { transfer: TransferId(\"t_1\") }"),
        (row(json!({ "transfer": transfer("canceled") })), "TakenBack { transfer: TransferId(\"t_1\") }"),
        (row(json!({ "transfer": transfer("flagged") })), "Pending { transfer: Some(TransferId(\"t_1\")) }"),
        (row(json!({ "transfer": transfer("settled") })), "Pending { transfer: Some(TransferId(\"t_1\")) }"),
        (
            row(json!({ "error_code": "odd", "transfer": transfer("pending") })),
            "Pending { transfer: Some(TransferId(\"t_1\")) }",
        ),
    ] {
        assert_eq!(format!("{:?}", BatchItemStatus::from(&row)), outcome);
    }
}
