//! Payday at a courier firm: three people in one batch, one of whom no longer exists. The run is repeated by mistake,
//! and the missing person is paid with a new key.

use dots_api::{
    Cents, CreatePayoutBatch, CreatePayoutBatchRequest, GetPayoutBatch, GetPayoutBatchResults,
    ListPayoutBatches, PayoutBatchId, PayoutBatchItem, PayoutBatchItemPlatform, PayoutBatchStatus,
    TransferStatus, UserId,
};

use super::scene::{FUNDS, MINUTE, Scene, refusal};

const RAJS_PHONE: &str = "2025550123";
const SUES_PHONE: &str = "2025550124";
/// A user whom the firm deleted last week.
const GONE: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

#[tokio::test]
async fn payday_pays_everybody_once_and_says_who_was_missed() {
    super::assert_told("payout-batches", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens().await;
    let raj = scene.knows("Raj", "Nair", RAJS_PHONE).await;
    let sue = scene.knows("Sue", "Lind", SUES_PHONE).await;
    let march = runs_the_payroll(&scene, &raj).await;
    learns_who_was_missed(&scene, &march, &raj).await;
    pays_sue_with_a_new_key(&scene, &sue, &march).await;
    assert_eq!((scene.sandbox.paid(RAJS_PHONE), scene.sandbox.paid(SUES_PHONE)), (90_000, 80_000));
    assert_eq!((scene.sandbox.audit().payees, scene.sandbox.balance()), (170_000, FUNDS - 170_000));
    scene.ends().await
}

fn wages(user: UserId, cents: i64) -> PayoutBatchItem {
    PayoutBatchItem::new(user, Cents::new(cents), PayoutBatchItemPlatform::Default, true)
}

async fn runs_the_payroll(scene: &Scene, raj: &UserId) -> PayoutBatchId {
    let twice = wages(raj.clone(), 90_000);
    let careless = CreatePayoutBatchRequest::new(vec![twice.clone(), twice.clone()]);
    let refused = scene.dots.run(CreatePayoutBatch::new(careless)).await;
    assert_eq!(refusal(refused), "Rejected 400 invalid-input");

    let items = vec![twice, wages(GONE.parse().unwrap(), 80_000)];
    let march = CreatePayoutBatch::new(CreatePayoutBatchRequest::new(items));
    let batch = scene.dots.run(march.clone()).await.unwrap();
    assert_eq!(batch.status, PayoutBatchStatus::Created);
    assert_eq!(refusal(scene.dots.run(march).await), "Unknown 409 invalid-transaction");

    let mut seen = Vec::new();
    for seconds in [10, 10, 60] {
        scene.later(std::time::Duration::from_secs(seconds));
        seen.push(scene.dots.run(GetPayoutBatch::new(batch.id.clone())).await.unwrap().into_inner().status);
    }
    assert_eq!(
        seen,
        [PayoutBatchStatus::Processing, PayoutBatchStatus::PayingOut, PayoutBatchStatus::Completed]
    );
    batch.id.clone()
}

async fn learns_who_was_missed(scene: &Scene, march: &PayoutBatchId, raj: &UserId) {
    let results = GetPayoutBatchResults::new(march.clone()).include_request(true);
    let results = scene.dots.run(results).await.unwrap();
    let [paid, missed] = results.items.as_slice() else { panic!("two were to be paid") };
    assert_eq!(paid.transfer.as_ref().map(|it| &it.status), Some(&TransferStatus::Completed));
    let request = paid.request.as_ref().unwrap();
    assert_eq!((&request.user_id, request.amount), (raj, Cents::new(90_000)));
    assert_eq!(paid.idempotency_key.as_deref(), Some(request.idempotency_key.to_string().as_str()));
    assert_eq!((&missed.transfer, missed.error_code.as_deref()), (&None, Some("no_such_resource")));
    assert_eq!(scene.sandbox.audit().payees, 90_000);
}

async fn pays_sue_with_a_new_key(scene: &Scene, sue: &UserId, march: &PayoutBatchId) {
    let items = vec![wages(sue.clone(), 80_000)];
    let rest = CreatePayoutBatch::new(CreatePayoutBatchRequest::new(items));
    let rest = scene.dots.run(rest).await.unwrap();
    scene.later(2 * MINUTE);
    let newest = scene.dots.run(ListPayoutBatches::new().limit(1)).await.unwrap();
    assert_eq!((&newest.data[0].id, newest.has_more), (&rest.id, true));
    assert_eq!(newest.data[0].status, PayoutBatchStatus::Completed);
    let older = scene.dots.run(ListPayoutBatches::new().starting_after(rest.id.clone())).await.unwrap();
    assert_eq!((&older.data[0].id, older.has_more), (march, false));
}
