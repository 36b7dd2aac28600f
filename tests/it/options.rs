//! The options of one call reach that call alone.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use dots_api::AppId;
use dots_api_ext::{Delivery, LinkDelivery, RetryPolicy};
use dots_sandbox::{Fault, When};
use http::{HeaderName, HeaderValue, header};

use crate::wire::{Answer, Wire};
use crate::world::{PHONE, TEN_DOLLARS, client_of, phone, refused_unsent, sandbox, somebody};

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
    let once = RetryPolicy::standard().first_pauses(Duration::ZERO, Duration::ZERO);
    sandbox.inject(Fault::Reset).on("send_payout").when(When::After).times(2);
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).retry(once);
    assert_eq!(payout.clone().await.unwrap().attempts(), 3);
    sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    assert_eq!(dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err().attempts(), 1);
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (2_000, 2));
}

#[tokio::test]
async fn one_call_may_have_less_time_than_its_client_gives() {
    let wire = Wire::start([Answer::Silence]).await;
    let payout = client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody());
    let error = payout.timeout(Duration::from_millis(50)).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::Unknown);
    assert_eq!(wire.requests().len(), 1);
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
    // Dots may answer with any text for an id; a header does not take every text.
    let app: AppId = serde_json::from_str(r#""a\r\nX: y""#).unwrap();
    refused_unsent(dots.send_payout(TEN_DOLLARS, somebody()).app(&app)).await;
    assert_eq!(sandbox.requests(), []);
}
