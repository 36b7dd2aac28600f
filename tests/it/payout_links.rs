//! Payout links: a link pays once, and only if it can be claimed.

use dots_api::{DeliveryMethod, FundingSource, Metadata, PayoutFeeParty, PayoutLinkStatus};
use dots_api_ext::{LinkDelivery, Outcome};
use insta::assert_snapshot;
use serde_json::json;

use crate::support::operator::claims;
use crate::support::world::{
    FULL_WALLET, KEY, PHONE, TEN_DOLLARS, key, last_body, phone, refused_unsent, sandbox, user,
};

#[tokio::test]
async fn each_delivery_brings_what_it_needs_and_no_more() {
    let (sandbox, dots) = sandbox().await;
    let email = "jo@example.com".to_owned();
    for (delivery, method, payee) in [
        (LinkDelivery::Link, "link", None),
        (LinkDelivery::Sms(phone()), "sms", Some(json!({ "country_code": "1", "phone_number": PHONE }))),
        (LinkDelivery::Email(email.clone()), "email", Some(json!({ "email": email }))),
        (
            LinkDelivery::all(phone(), &email),
            "all",
            Some(json!({ "country_code": "1", "phone_number": PHONE, "email": email })),
        ),
    ] {
        let link = dots.create_payout_link(TEN_DOLLARS, delivery).await.unwrap();
        let body = last_body(&sandbox);
        assert_eq!((&body["delivery"], body.get("payee")), (&json!({ "method": method }), payee.as_ref()));
        assert_eq!(link.delivery.as_ref().unwrap().method.as_ref().map(DeliveryMethod::as_str), Some(method));
    }
    assert_eq!((sandbox.links(), sandbox.balance()), (4, FULL_WALLET - 4_000));
}

#[tokio::test]
async fn every_option_goes_over_the_wire() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Sms(phone()))
        .message("Thank you for March.")
        .memo("Invoice 881")
        .description("cost center 7")
        .payee_name("Jo", "Doe")
        .for_user(&user)
        .funding_source(FundingSource::DotsBalance)
        .metadata(Metadata::from_iter([("invoice", "881")]))
        .tax_exempt(true)
        .payout_fee_party(PayoutFeeParty::Platform)
        .with_idempotency_key(key())
        .await
        .unwrap();
    let expected = json!({
        "amount": 1000,
        "delivery": { "method": "sms", "message": "Thank you for March." },
        "memo": "Invoice 881",
        "description": "cost center 7",
        "payee": { "country_code": "1", "phone_number": PHONE, "first_name": "Jo", "last_name": "Doe" },
        "user_id": user,
        "funding_source": "dots_balance",
        "metadata": { "invoice": "881" },
        "tax_exempt": true,
        "payout_fee_party": "platform",
        "idempotency_key": KEY,
    });
    assert_eq!(last_body(&sandbox), expected);
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn a_message_with_a_link_that_goes_to_nobody_is_not_sent() {
    let (sandbox, dots) = sandbox().await;
    let link = dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Link).message("Thank you for March.");
    let error = refused_unsent(link).await;
    assert!(error.to_string().contains("carries no message"), "{error}");
    assert_eq!((sandbox.links(), sandbox.balance()), (0, FULL_WALLET));
}

#[tokio::test]
async fn a_link_that_is_asked_for_twice_is_made_once() {
    let (sandbox, dots) = sandbox().await;
    let link = dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Sms(phone())).reference("invoice-881");
    let first = link.clone().await.unwrap();
    let second = link.await.unwrap();
    assert_eq!(first.id, second.id);
    assert_snapshot!(sandbox.transcript(), @r"
    POST /v2/payout-links key=[k1] -> 201 created link [l1]
    POST /v2/payout-links key=[k1] -> 201 existing link [l1]
    ");
    assert_eq!((sandbox.links(), sandbox.balance()), (1, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn a_link_is_made_delivered_again_read_and_claimed() {
    let (sandbox, dots) = sandbox().await;
    let link = dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Sms(phone())).await.unwrap();
    sandbox.advance(std::time::Duration::from_secs(60));
    let again = dots.redeliver_payout_link(&link.id).await.unwrap();
    assert_eq!((again.redelivered, &again.payout_link.id), (Some(true), &link.id));
    claims(&sandbox, &link.id, PHONE).await;
    let link = dots.fetch_payout_link(&link.id).await.unwrap();
    assert_eq!(link.status, PayoutLinkStatus::Claimed);
    assert_eq!((sandbox.paid(PHONE), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn a_canceled_link_gives_its_money_back() {
    let (sandbox, dots) = sandbox().await;
    let link = dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Link).await.unwrap();
    let canceled = dots.cancel_payout_link(&link.id).await.unwrap();
    assert_eq!(canceled.status, PayoutLinkStatus::Canceled);
    let error = dots.cancel_payout_link(&link.id).await.unwrap_err();
    assert_eq!((error.outcome(), error.status()), (Outcome::Rejected, Some(400)));
    assert_eq!((sandbox.links(), sandbox.balance()), (1, FULL_WALLET));
}
