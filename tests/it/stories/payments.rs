//! A tenant pays the rent by bank debit: the first one bounces, the second one is in the landlord's wallet a day later.

use dots_api::{
    BankAccountType, Cents, CreatePayment, CreatePaymentRequest, CreatePaymentRequestAchInfo,
    CreatePaymentRequestPlatform, GetTransfer, Transfer, TransferStatus, TransferType, UserId,
};
use serde_json::{Value, json};

use super::scene::{DAY, FUNDS, Scene, refusal};

#[tokio::test]
async fn the_rent_is_there_once_it_has_not_bounced() {
    super::assert_told("payments", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens().await;
    let gus = scene.knows("Gus", "Weil", "2025550129").await;
    forgets_the_account(&scene, &gus).await;
    let bounced = pays_the_rent(&scene, &gus).await;
    let route = format!("transfers/{}/fail", bounced.id);
    scene.happens("the bank has no money for it", &route, Value::Null).await;
    scene.later(DAY);
    assert_eq!(
        (found(&scene, &bounced).await.status, scene.sandbox.balance()),
        (TransferStatus::Failed, FUNDS)
    );

    let second = pays_the_rent(&scene, &gus).await;
    assert_eq!(scene.sandbox.balance(), FUNDS);
    scene.later(DAY);
    let paid = found(&scene, &second).await;
    assert_eq!((&paid.status, paid.transactions.len()), (&TransferStatus::Completed, 1));
    assert_eq!((scene.sandbox.balance(), scene.sandbox.paid(gus.as_str())), (FUNDS + 95_000, 0));
    scene.ends().await
}

fn rent(gus: &UserId) -> CreatePaymentRequest {
    CreatePaymentRequest::new(Cents::new(95_000), CreatePaymentRequestPlatform::Ach).user_id(gus.clone())
}

async fn forgets_the_account(scene: &Scene, gus: &UserId) {
    let refused = scene.dots.run(CreatePayment::new(rent(gus))).await;
    assert_eq!(refusal(refused), "Rejected 400 invalid-input");
}

async fn pays_the_rent(scene: &Scene, gus: &UserId) -> Transfer {
    let account = CreatePaymentRequestAchInfo::new()
        .account_number("000123456789")
        .routing_number("110000000")
        .account_type(BankAccountType::Checking);
    let body = rent(gus).ach_info(account).metadata(json!({ "month": "January" }));
    let payment = scene.dots.run(CreatePayment::new(body)).await.unwrap();
    assert_eq!((&payment.status, &payment.type_), (&TransferStatus::Pending, &Some(TransferType::Payment)));
    assert_eq!((payment.amount, &payment.user_id), (Cents::new(95_000), &Some(gus.clone())));
    payment.into_inner()
}

async fn found(scene: &Scene, payment: &Transfer) -> Transfer {
    scene.dots.run(GetTransfer::new(payment.id.clone())).await.unwrap().into_inner()
}
