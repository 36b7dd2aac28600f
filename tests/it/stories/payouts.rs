//! A magazine pays a photographer: first by phone number, with a link that she claims; then as a known user, at once;
//! then out of her own wallet, where a payout fails and a repeat is refused.

use dots_api::{
    Cents, CreatePayout, CreatePayoutRequest, CreatePayoutRequestPlatform, CreateTransfer,
    CreateTransferRequest, GetTransfer, ListUsers, PayoutLinkStatus, Rail, SendPayout, SendPayoutRequest,
    TransferStatus, UpdateUser, UpdateUserRequest, UserId,
};
use dots_api_ext::Payee;
use serde_json::{Value, json};

use super::scene::{FUNDS, MINUTE, Scene, refusal};

const LEES_PHONE: &str = "2025550119";

#[tokio::test]
async fn a_photographer_is_paid_once_for_each_picture() {
    super::assert_told("payouts", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens().await;
    let lee = is_paid_as_a_stranger(&scene).await;
    is_paid_at_once_from_now_on(&scene, &lee).await;
    is_paid_what_lay_in_her_wallet(&scene, &lee).await;
    loses_nothing_when_a_payout_comes_back(&scene, &lee).await;
    assert_eq!((scene.sandbox.paid(LEES_PHONE), scene.sandbox.balance()), (125_000, FUNDS - 125_000));
    assert_eq!(scene.sandbox.audit().payees, 125_000);
    scene.ends().await
}

async fn is_paid_as_a_stranger(scene: &Scene) -> UserId {
    let cover = scene
        .dots
        .send_payout(Cents::new(100_000), Payee::phone("1", LEES_PHONE))
        .message("Thank you for the cover.")
        .memo("Cover of May")
        .reference("picture-17");
    let link = cover.clone().await.unwrap();
    assert_eq!((&link.status, link.amount), (&PayoutLinkStatus::Created, Cents::new(100_000)));
    // An employee presses the button again.
    assert_eq!(cover.await.unwrap().id, link.id);
    assert_eq!((scene.sandbox.paid(LEES_PHONE), scene.sandbox.links()), (100_000, 1));

    let lee = json!({
        "country_code": "1", "phone_number": LEES_PHONE, "method": "paypal", "first_name": "Lee", "last_name": "Okafor",
    });
    scene.happens("Lee claims the link, by PayPal", &format!("links/{}/claim", link.id), lee).await;
    scene.later(MINUTE);
    assert_eq!(scene.sandbox.audit().payees, 100_000);
    let users = scene.dots.run(ListUsers::new()).await.unwrap();
    assert_eq!(users.data[0].first_name.as_deref(), Some("Lee"));
    users.data[0].id.clone()
}

async fn is_paid_at_once_from_now_on(scene: &Scene, lee: &UserId) {
    let by_paypal = UpdateUserRequest::new().default_payout_method(Rail::Paypal);
    scene.dots.run(UpdateUser::new(lee.clone(), by_paypal)).await.unwrap();
    let portrait =
        scene.dots.send_payout(Cents::new(20_000), lee.clone()).reference("picture-18").await.unwrap();
    assert_eq!(
        (&portrait.status, &portrait.claimed_user_id),
        (&PayoutLinkStatus::Claimed, &Some(lee.clone()))
    );
    let nothing =
        scene.dots.run(SendPayout::new(SendPayoutRequest::new(Cents::ZERO).user_id(lee.clone()))).await;
    assert_eq!(refusal(nothing), "Rejected 400 invalid-input");
    scene.later(MINUTE);
    assert_eq!(scene.sandbox.audit().payees, 120_000);
}

async fn is_paid_what_lay_in_her_wallet(scene: &Scene, lee: &UserId) {
    let payout = CreatePayout::new(by_default(lee, 5_000));
    let empty = scene.dots.run(payout.clone()).await;
    // A reused key is refused here as well; but no process can have sent this fresh key before, so the refusal proves
    // that nothing was paid.
    assert_eq!(refusal(empty), "Rejected 400 transaction-insufficient-funds");
    let fee = CreateTransferRequest::new(Cents::new(-5_000), lee.clone());
    scene.dots.run(CreateTransfer::new(fee)).await.unwrap();
    let sent = scene.dots.run(payout.clone()).await.unwrap();
    assert_eq!((&sent.status, sent.amount), (&TransferStatus::Pending, Cents::new(-5_000)));
    assert_eq!(refusal(scene.dots.run(payout).await), "Unknown 409 invalid-transaction");
    scene.later(MINUTE);
    let arrived = scene.dots.run(GetTransfer::new(sent.id.clone())).await.unwrap();
    assert_eq!(arrived.status, TransferStatus::Completed);
    assert_eq!(scene.wallet(lee).await, Cents::ZERO);
}

async fn loses_nothing_when_a_payout_comes_back(scene: &Scene, lee: &UserId) {
    let funded = by_default(lee, 9_000).fund(true).tax_exempt(true);
    let sent = scene.dots.run(CreatePayout::new(funded)).await.unwrap();
    assert_eq!((sent.transactions.len(), scene.sandbox.balance()), (2, FUNDS - 134_000));
    let route = format!("transfers/{}/fail", sent.id);
    scene.happens("PayPal sends the money back", &route, Value::Null).await;
    let failed = scene.dots.run(GetTransfer::new(sent.id.clone())).await.unwrap();
    assert_eq!((&failed.status, failed.transactions.len()), (&TransferStatus::Failed, 4));
    scene.later(MINUTE);
    assert_eq!(scene.sandbox.balance(), FUNDS - 125_000);
}

fn by_default(lee: &UserId, cents: i64) -> CreatePayoutRequest {
    CreatePayoutRequest::new(lee.clone(), Cents::new(cents), CreatePayoutRequestPlatform::Default)
}
