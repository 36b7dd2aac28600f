//! A volunteer requests travel expenses twice: the train is approved, the plane rejected.

use dots_api::{
    Cents, GetPayoutLink, GetPayoutRequest, ListPayoutRequests, PayoutLinkStatus, PayoutRequest,
    PayoutRequestStatus, PhonePayee, SubmitPayoutRequest, SubmitPayoutRequestRequest,
};
use serde_json::{Value, json};

use super::scene::{FUNDS, MINUTE, Scene, refusal};

const KIMS_PHONE: &str = "2025550122";

#[tokio::test]
async fn what_is_approved_is_paid_and_what_is_rejected_is_not() {
    super::assert_told("payout-requests", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens().await;
    let train = asks_for(&scene, 4_500, "Train to the spring meeting").await;
    let plane = asks_for(&scene, 61_000, "Plane to the same meeting").await;
    asks_for_nothing(&scene).await;
    assert_eq!((scene.sandbox.links(), scene.sandbox.balance()), (0, FUNDS));
    somebody_decides(&scene, &train, &plane).await;
    is_paid_for_the_train(&scene, &train).await;
    assert_eq!((scene.sandbox.paid(KIMS_PHONE), scene.sandbox.balance()), (4_500, FUNDS - 4_500));
    scene.ends().await
}

async fn asks_for(scene: &Scene, cents: i64, memo: &str) -> PayoutRequest {
    let kim = PhonePayee::new("1".parse().unwrap(), KIMS_PHONE.parse().unwrap());
    let body = SubmitPayoutRequestRequest::new(Cents::new(cents)).payee(kim).memo(memo);
    let request = scene.dots.run(SubmitPayoutRequest::new(body)).await.unwrap();
    assert_eq!((&request.status, request.memo.as_deref()), (&PayoutRequestStatus::Created, Some(memo)));
    assert_eq!(request.payout_link, None);
    request.into_inner()
}

async fn asks_for_nothing(scene: &Scene) {
    let nobody = SubmitPayoutRequestRequest::new(Cents::new(100));
    let refused = scene.dots.run(SubmitPayoutRequest::new(nobody)).await;
    assert_eq!(refusal(refused), "Rejected 400 invalid-input");
}

async fn somebody_decides(scene: &Scene, train: &PayoutRequest, plane: &PayoutRequest) {
    let route = |request: &PayoutRequest, answer: &str| format!("payout-requests/{}/{answer}", request.id);
    scene.happens("somebody approves the train", &route(train, "approve"), Value::Null).await;
    scene.happens("somebody rejects the plane", &route(plane, "reject"), Value::Null).await;
    let after_all = route(plane, "approve");
    let late = scene.cannot_happen("somebody approves the plane after all", &after_all, Value::Null).await;
    assert!(late.ends_with("is decided already"), "{late}");

    let first = scene.dots.run(ListPayoutRequests::new().limit(1)).await.unwrap();
    assert_eq!((&first.data[0].status, first.has_more), (&PayoutRequestStatus::Rejected, true));
    let older = ListPayoutRequests::new().starting_after(plane.id.clone());
    let older = scene.dots.run(older).await.unwrap();
    assert_eq!((&older.data[0].id, older.has_more), (&train.id, false));
}

async fn is_paid_for_the_train(scene: &Scene, train: &PayoutRequest) {
    let approved = scene.dots.run(GetPayoutRequest::new(train.id.clone())).await.unwrap();
    assert_eq!(approved.status, PayoutRequestStatus::Approved);
    let link = approved.payout_link.as_ref().unwrap();
    assert_eq!((link.amount, link.memo.as_deref()), (train.amount, train.memo.as_deref()));
    scene.later(MINUTE);
    let kim = json!({ "country_code": "1", "phone_number": KIMS_PHONE, "method": "cash_app" });
    scene.happens("Kim claims the link, by Cash App", &format!("links/{}/claim", link.id), kim).await;
    scene.later(MINUTE);
    let link = scene.dots.run(GetPayoutLink::new(link.id.clone())).await.unwrap();
    assert_eq!((&link.status, scene.sandbox.audit().payees), (&PayoutLinkStatus::Claimed, 4_500));
}
