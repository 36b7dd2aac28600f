//! A restaurant shares out the tips of an evening, all at once; one waiter has left, and the others do not wait for it.

use dots_api::{
    Cents, CreateTransferBatch, CreateTransferBatchRequest, CreateTransferBatchRequestItem, GetTransfer,
    GetTransferBatch, ListTransferBatches, Metadata, TransferBatchStatus, UserId,
};
use std::time::Duration;

use super::scene::{FUNDS, Scene};

/// The waiter who has left.
const GONE: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

#[tokio::test]
async fn the_tips_are_shared_out_once() {
    super::assert_told("transfer-batches", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens().await;
    let eve = scene.knows("Eve", "Marsh", "2025550126").await;
    let tom = scene.knows("Tom", "Ruiz", "2025550127").await;
    let evening = CreateTransferBatch::new(
        CreateTransferBatchRequest::new()
            .items(vec![tip(&eve, -3_100), tip(&tom, -2_900), tip(&GONE.parse().unwrap(), -1_000)])
            .metadata(Metadata::from_iter([("evening", "2026-01-01")])),
    );
    shares_the_tips(&scene, &evening).await;
    is_asked_again(&scene, evening).await;
    assert_eq!(scene.wallet(&eve).await, Cents::new(3_100));
    assert_eq!(scene.wallet(&tom).await, Cents::new(2_900));
    assert_eq!((scene.sandbox.balance(), scene.sandbox.audit().users), (FUNDS - 6_000, 6_000));
    scene.ends().await
}

fn tip(waiter: &UserId, cents: i64) -> CreateTransferBatchRequestItem {
    CreateTransferBatchRequestItem::new().user_id(waiter.clone()).amount(Cents::new(cents))
}

async fn shares_the_tips(scene: &Scene, evening: &CreateTransferBatch) {
    let batch = scene.dots.run(evening.clone()).await.unwrap();
    assert_eq!((&batch.status, batch.items.len()), (&TransferBatchStatus::Pending, 3));
    assert_eq!(scene.sandbox.balance(), FUNDS);
    scene.later(Duration::from_secs(10));
    let done = scene.dots.run(GetTransferBatch::new(batch.id.clone())).await.unwrap();
    assert_eq!(done.status, TransferBatchStatus::Completed);
    let [eves, toms, gone] = done.items.as_slice() else { panic!("three tips were shared out") };
    assert_eq!((&eves.error, &toms.error, &gone.transfer_id), (&None, &None, &None));
    assert!(gone.error.as_deref().is_some_and(|why| why.contains("there is no user")));
    let transfer = scene.dots.run(GetTransfer::new(eves.transfer_id.clone().unwrap())).await.unwrap();
    assert_eq!(Some(transfer.amount), eves.amount);
}

async fn is_asked_again(scene: &Scene, evening: CreateTransferBatch) {
    let again = scene.dots.run(evening).await.unwrap();
    scene.later(Duration::from_secs(10));
    let all = scene.dots.run(ListTransferBatches::new().limit(10)).await.unwrap();
    assert_eq!((all.data.len(), &all.data[0].id, all.has_more), (1, &again.id, false));
}
