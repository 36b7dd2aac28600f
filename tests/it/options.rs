//! Per-call options affect only their own call, and every call that takes a key has one.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use dots_api::AppId;
use dots_api_ext::{BatchItem, LinkDelivery, Outcome, PayoutRail, RetryPolicy};
use dots_sandbox::{Fault, ReceivedRequest, When};
use http::{HeaderName, HeaderValue, header};
use serde_json::Value;

use crate::support::wire::{Answer, Wire};
use crate::support::world::{
    PHONE, TEN_DOLLARS, client_of, last_body, phone, refused_unsent, sandbox, somebody, user,
};

#[tokio::test]
async fn headers_of_one_call_are_not_those_of_the_next() {
    let (sandbox, dots) = sandbox().await;
    let app: AppId = sandbox.app_id().parse().unwrap();
    dots.create_user("Jo", "Doe", "jo@example.com", phone())
        .app(&app)
        .user_ip(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)))
        .header(HeaderName::from_static("x-trace"), HeaderValue::from_static("t-1"))
        .await
        .unwrap();
    dots.create_user("Al", "Roe", "al@example.com", phone()).await.unwrap();
    let headers = |index: usize| {
        let requests = sandbox.requests();
        let value = |name| {
            requests[index].headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        };
        ["api-app-id", "dots-user-ip", "x-trace"].map(value)
    };
    assert_eq!(headers(0), [Some(app.to_string()), Some("192.0.2.7".into()), Some("t-1".into())]);
    assert_eq!(headers(1), [None, None, None]);
}

#[tokio::test]
async fn one_call_may_be_asked_again_though_its_client_never_does() {
    let (sandbox, dots) = sandbox().await;
    let thrice = RetryPolicy::standard().initial_backoff(Duration::ZERO, Duration::ZERO);
    sandbox.inject(Fault::Reset).on("send_payout").when(When::After).times(2);
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).retry(thrice);
    assert_eq!(payout.await.unwrap().attempts(), 3);
    sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    assert_eq!(dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err().attempts(), 1);
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (2_000, 2));
}

#[tokio::test]
async fn one_call_may_have_less_time_than_its_client_gives() {
    let wire = Wire::start([Answer::Silence]).await;
    let payout = client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody());
    // Long enough for the slowest machine to send the request, and far less than the client's minute.
    let error = payout.timeout(Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert_eq!(wire.requests().len(), 1);
}

/// In made-up time, which passes when nothing else can happen.
#[tokio::test(start_paused = true)]
async fn a_call_that_has_less_time_than_its_client_is_over_in_that_time() {
    let wire = Wire::start([Answer::Silence]).await;
    let began = tokio::time::Instant::now();
    let payout = client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody());
    let error = payout.timeout(Duration::from_secs(2)).await.unwrap_err();
    let took = began.elapsed();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(wire.requests().len() <= 1);
}

#[tokio::test]
async fn a_call_that_takes_a_key_carries_one_though_none_was_set() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let rail = PayoutRail::Venmo;
    let mut keys = vec![dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap().idempotency_key()];
    keys.push(dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Link).await.unwrap().idempotency_key());
    keys.push(dots.transfer_to_user(&user, TEN_DOLLARS).await.unwrap().idempotency_key());
    keys.push(dots.transfer_from_user(&user, TEN_DOLLARS).await.unwrap().idempotency_key());
    keys.push(dots.pay_from_wallet(&user, TEN_DOLLARS, rail.clone()).fund().await.unwrap().idempotency_key());
    let items = [BatchItem::new(&user, TEN_DOLLARS, rail)];
    keys.push(dots.create_payout_batch(items).await.unwrap().idempotency_key());
    let sent: BTreeSet<_> = sandbox.requests().iter().skip(1).map(key_in).collect();
    assert_eq!(sent, keys.into_iter().map(|key| key.unwrap().to_string()).collect());
    let batch = last_body(&sandbox);
    assert_ne!(batch["items"][0]["idempotency_key"], batch["idempotency_key"]);
    assert_eq!(sent.len(), 6);
}

fn key_in(request: &ReceivedRequest) -> String {
    let body: Value = serde_json::from_str(&request.body).unwrap();
    body["idempotency_key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_option_that_cannot_be_is_refused_unsent() {
    let (sandbox, dots) = sandbox().await;
    let value = HeaderValue::from_static("Basic canary");
    let call = dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Link).header(header::AUTHORIZATION, value);
    let error = refused_unsent(call.clone()).await;
    assert!(error.to_string().contains("could not add the header `authorization`"), "{error}");
    assert_eq!(error.idempotency_key(), call.clone().into_operation().ok().map(|op| op.body.idempotency_key));
    assert!(!format!("{call:?}{error:?}").contains("canary"));
    // Dots may answer with any text as an id, but a header cannot hold every text.
    let app: AppId = serde_json::from_str(r#""a\r\nX: y""#).unwrap();
    refused_unsent(dots.send_payout(TEN_DOLLARS, somebody()).app(&app)).await;
    assert_eq!(sandbox.requests(), []);
}
