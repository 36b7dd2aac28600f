//! A research firm thanks participants of a study with links: one whose answer is lost and which has to be delivered
//! five times, one that is canceled in time, one that expires, and one that is funded by bank debit.

use dots_api::{
    CancelPayoutLink, Cents, CreatePayoutLink, CreatePayoutLinkRequest, DeliveryMethod, FlowStep,
    FundingSource, GetPayoutLink, LinkDeliveryInput, LinkPayeeInput, LinkStepOptions, ListPayoutLinks,
    PayoutLink, PayoutLinkId, PayoutLinkStatus, RedeliverPayoutLink,
};
use dots_api_ext::Outcome;
use dots_sandbox::Fault;
use serde_json::json;

use super::scene::{DAY, FUNDS, MINUTE, Scene, refusal};

const IDAS_PHONE: &str = "2025550120";
const MAXS_PHONE: &str = "2025550121";

#[tokio::test]
async fn every_link_pays_its_payee_or_gives_the_money_back() {
    super::assert_told("payout-links", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens().await;
    let idas = ida_finds_the_fifth_message(&scene).await;
    ida_claims_and_it_is_too_late_to_cancel(&scene, &idas).await;
    max_drops_out_in_time(&scene).await;
    nobody_wants_the_third_one(&scene).await;
    the_fourth_one_is_paid_by_debit(&scene).await;
    reads_the_list_to_its_end(&scene).await;
    assert_eq!((scene.sandbox.paid(IDAS_PHONE), scene.sandbox.paid(MAXS_PHONE)), (5_000, 4_000));
    assert_eq!(scene.sandbox.balance(), FUNDS - 5_000);
    scene.ends().await
}

fn thanks(cents: i64, phone_number: &str) -> CreatePayoutLinkRequest {
    let payee =
        LinkPayeeInput::new().country_code("1".parse().unwrap()).phone_number(phone_number.parse().unwrap());
    let by_sms = LinkDeliveryInput::new().method(DeliveryMethod::Sms).message("Thank you for taking part.");
    CreatePayoutLinkRequest::new(Cents::new(cents)).payee(payee).delivery(by_sms).memo("Study 9")
}

async fn ida_finds_the_fifth_message(scene: &Scene) -> PayoutLinkId {
    let redirect = LinkStepOptions::new(FlowStep::Redirect).redirect_url("https://example.com/done");
    let request = CreatePayoutLink::new(thanks(5_000, IDAS_PHONE).additional_steps(vec![redirect.into()]));
    scene.sandbox.inject(Fault::Reset).on("create_payout_link");
    let lost = scene.dots.run(request.clone()).await.unwrap_err();
    assert_eq!((lost.outcome(), lost.status()), (Outcome::Unknown, None));
    // The answer was lost, so the firm sends it again with the same key.
    let link = scene.dots.run(request).await.unwrap();
    assert_eq!((link.http_status(), &link.status), (201, &PayoutLinkStatus::Created));
    assert_eq!((link.idempotency_key(), scene.sandbox.balance()), (lost.idempotency_key(), FUNDS - 5_000));

    scene.later(MINUTE);
    assert_eq!(status(scene, &link.id).await, PayoutLinkStatus::Delivered);
    for _ in 0..4 {
        let sent = scene.dots.run(RedeliverPayoutLink::new(link.id.clone())).await.unwrap();
        assert_eq!(
            (sent.redelivered, &sent.payout_link.status),
            (Some(true), &PayoutLinkStatus::DeliveryPending)
        );
        scene.later(MINUTE);
    }
    let sixth = scene.dots.run(RedeliverPayoutLink::new(link.id.clone())).await.unwrap();
    assert_eq!((sixth.redelivered, &sixth.payout_link.status), (Some(false), &PayoutLinkStatus::Delivered));
    link.id.clone()
}

async fn ida_claims_and_it_is_too_late_to_cancel(scene: &Scene, link: &PayoutLinkId) {
    let route = format!("links/{link}/claim");
    let max = json!({ "country_code": "1", "phone_number": MAXS_PHONE, "method": "venmo" });
    let why = scene.cannot_happen("Max tries to claim Ida's link", &route, max).await;
    assert!(why.contains("not that of the payee"), "{why}");
    let ida = json!({ "country_code": "1", "phone_number": IDAS_PHONE, "method": "venmo" });
    scene.happens("Ida claims the link, by Venmo", &route, ida).await;
    let claimed = scene.dots.run(GetPayoutLink::new(link.clone())).await.unwrap();
    assert_eq!(claimed.status, PayoutLinkStatus::Claimed);
    assert!(claimed.claimed_user_id.is_some() && claimed.transfer_id.is_some());
    let canceled = scene.dots.run(CancelPayoutLink::new(link.clone())).await;
    assert_eq!(refusal(canceled), "Rejected 400 invalid-transaction");
    scene.later(MINUTE);
    assert_eq!(scene.sandbox.audit().payees, 5_000);
}

async fn max_drops_out_in_time(scene: &Scene) {
    let link = scene.dots.run(CreatePayoutLink::new(thanks(3_000, MAXS_PHONE))).await.unwrap();
    assert_eq!(scene.sandbox.paid(MAXS_PHONE), 3_000);
    let canceled = scene.dots.run(CancelPayoutLink::new(link.id.clone())).await.unwrap();
    assert_eq!((&canceled.id, &canceled.status), (&link.id, &PayoutLinkStatus::Canceled));
    let again = scene.dots.run(CancelPayoutLink::new(link.id.clone())).await;
    assert_eq!(refusal(again), "Rejected 400 invalid-transaction");
    assert_eq!((scene.sandbox.paid(MAXS_PHONE), scene.sandbox.balance()), (0, FUNDS - 5_000));
}

async fn nobody_wants_the_third_one(scene: &Scene) {
    let plain = CreatePayoutLinkRequest::new(Cents::new(2_000));
    let link = scene.dots.run(CreatePayoutLink::new(plain)).await.unwrap();
    assert_eq!((&link.status, scene.sandbox.balance()), (&PayoutLinkStatus::Delivered, FUNDS - 7_000));
    scene.later(30 * DAY);
    assert_eq!(status(scene, &link.id).await, PayoutLinkStatus::Expired);
    let late = scene.dots.run(RedeliverPayoutLink::new(link.id.clone())).await;
    assert_eq!(refusal(late), "Rejected 400 invalid-transaction");
    assert_eq!(scene.sandbox.balance(), FUNDS - 5_000);
}

async fn the_fourth_one_is_paid_by_debit(scene: &Scene) {
    let by_debit = thanks(4_000, MAXS_PHONE).funding_source(FundingSource::Ach);
    let link = scene.dots.run(CreatePayoutLink::new(by_debit)).await.unwrap();
    assert_eq!((link.http_status(), &link.status), (202, &PayoutLinkStatus::FundsPending));
    assert_eq!((scene.sandbox.paid(MAXS_PHONE), scene.sandbox.balance()), (0, FUNDS - 5_000));
    scene.later(4 * DAY);
    assert_eq!(status(scene, &link.id).await, PayoutLinkStatus::Delivered);
}

async fn reads_the_list_to_its_end(scene: &Scene) {
    let mut read: Vec<PayoutLink> = Vec::new();
    loop {
        let mut next = ListPayoutLinks::new().limit(3);
        next.starting_after = read.last().map(|link| link.id.clone());
        let page = scene.dots.run(next).await.unwrap().into_inner();
        read.extend(page.data);
        if !page.has_more {
            break;
        }
    }
    let amounts: Vec<i64> = read.iter().map(|link| link.amount.get()).collect();
    assert_eq!(amounts, [4_000, 2_000, 3_000, 5_000]);
}

async fn status(scene: &Scene, link: &PayoutLinkId) -> PayoutLinkStatus {
    scene.dots.run(GetPayoutLink::new(link.clone())).await.unwrap().into_inner().status
}
