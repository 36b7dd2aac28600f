//! A bookkeeper follows two payouts through the books, one of which came back: reads every row, page by page, and
//! reconciles the total with the wallets to the cent.

use dots_api::{
    Cents, CreatePayout, CreatePayoutRequest, CreatePayoutRequestPlatform, GetTransaction, ListTransactions,
    Transaction, TransactionType, TransferId, TransferStatus, UserId,
};
use serde_json::Value;

use super::scene::{FUNDS, MINUTE, Scene, refusal};

#[tokio::test]
async fn the_books_agree_with_the_wallets() {
    super::assert_told("transactions", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens().await;
    let mia = scene.knows("Mia", "Berg", "2025550128").await;
    let arrived = pays(&scene, &mia, 7_000).await;
    let failed = pays(&scene, &mia, 1_300).await;
    let route = format!("transfers/{failed}/fail");
    scene.happens("PayPal sends the second one back", &route, Value::Null).await;
    scene.later(MINUTE);
    let rows = reads_every_row(&scene).await;
    adds_them_up(&scene, &rows, &arrived, &failed);
    looks_one_up(&scene, &rows[0]).await;
    assert_eq!((scene.sandbox.paid(mia.as_str()), scene.sandbox.balance()), (7_000, FUNDS - 7_000));
    scene.ends().await
}

async fn pays(scene: &Scene, mia: &UserId, cents: i64) -> TransferId {
    let by_paypal = CreatePayoutRequestPlatform::Paypal;
    let body = CreatePayoutRequest::new(mia.clone(), Cents::new(cents), by_paypal).fund(true);
    scene.dots.run(CreatePayout::new(body)).await.unwrap().id.clone()
}

async fn reads_every_row(scene: &Scene) -> Vec<Transaction> {
    let mut rows: Vec<Transaction> = Vec::new();
    loop {
        let mut next = ListTransactions::new().limit(2).include_transfer(true);
        next.starting_after = rows.last().map(|row| row.id);
        let page = scene.dots.run(next).await.unwrap().into_inner();
        rows.extend(page.data);
        if !page.has_more {
            return rows;
        }
    }
}

fn adds_them_up(scene: &Scene, rows: &[Transaction], arrived: &TransferId, failed: &TransferId) {
    let of = |transfer: &TransferId| -> Vec<&Transaction> {
        rows.iter().filter(|row| row.transfer.as_ref().is_some_and(|own| own.id == *transfer)).collect()
    };
    let (of_arrived, of_failed) = (of(arrived), of(failed));
    assert_eq!(of_arrived.len() + of_failed.len(), rows.len());
    let status = |row: &Transaction| row.transfer.as_ref().map(|own| own.status.clone());
    assert!(of_arrived.iter().all(|row| status(row) == Some(TransferStatus::Completed)));
    assert!(of_failed.iter().all(|row| status(row) == Some(TransferStatus::Failed)));

    // The debits and credits of the app's wallet.
    let name = "Dots sandbox";
    let sum = |rows: Vec<&Transaction>| Cents::checked_sum(rows.iter().map(|row| row.amount)).unwrap().get();
    let out = sum(rows.iter().filter(|row| row.source_name.as_deref() == Some(name)).collect());
    let back = sum(rows.iter().filter(|row| row.destination_name.as_deref() == Some(name)).collect());
    assert_eq!((out, back, scene.sandbox.balance()), (8_300, 1_300, FUNDS - out + back));
}

async fn looks_one_up(scene: &Scene, row: &Transaction) {
    let found = scene.dots.run(GetTransaction::new(row.id)).await.unwrap();
    assert_eq!((found.id, found.amount, &found.transfer_id), (row.id, row.amount, &row.transfer_id));
    // The newest row is the returned money.
    assert_eq!((&found.type_, found.amount), (&Some(TransactionType::Balance), Cents::new(1_300)));
    let beyond = scene.dots.run(GetTransaction::new(dots_api::TransactionId::new(999))).await;
    assert_eq!(refusal(beyond), "Rejected 404 no_such_resource");
}
