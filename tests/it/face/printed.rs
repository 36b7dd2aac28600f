//! Printed: what waits to be sent shows on one line which operation goes where, under which key, and no personal data.

use std::time::Duration;

use dots_api_ext::{BatchItem, Cents, Dots, Environment, Metadata, Payee, PayoutRail, RetryPolicy};

use crate::support::world::{KEY, PHONE, TEN_DOLLARS, key, sandbox, somebody};

fn dots() -> Dots {
    Dots::builder().credentials("pk_dev_example", "sk_dev_example").build().unwrap()
}

#[tokio::test]
async fn the_key_that_is_shown_is_the_key_that_is_sent() {
    let (sandbox, dots) = sandbox().await;
    let by_reference = dots.send_payout(TEN_DOLLARS, somebody()).reference("invoice-881");
    let by_key = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    let fresh = dots.send_payout(TEN_DOLLARS, somebody());
    // A key that is set after a reference takes its place, and the other way round.
    let changed = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key()).reference("a");
    for call in [by_reference, by_key, fresh, changed] {
        let shown = format!("{call:?}");
        call.await.unwrap();
        let body: serde_json::Value = serde_json::from_str(&sandbox.requests().last().unwrap().body).unwrap();
        let sent = body["idempotency_key"].as_str().unwrap();
        assert!(shown.ends_with(&format!("key {sent})")) && shown.lines().count() == 1, "{shown}");
        assert_eq!(shown.matches("key ").count(), 1, "{shown}");
    }
    assert_eq!(sandbox.paid(PHONE), 4_000);
}

#[test]
fn one_line_says_what_goes_where() {
    let app = "5cd1d05a-8ae7-4d78-9d3c-8f05e0c0b1d2".parse().unwrap();
    let payout = dots().send_payout(TEN_DOLLARS, somebody());
    let shown = format!("{:?}", payout.clone().with_idempotency_key(key()));
    assert_eq!(shown, format!("Prepared(send_payout, sandbox, key {KEY})"));
    let shown = format!("{:#?}", payout.app(&app).reference("a \"b\"\n"));
    assert!(shown.starts_with("Prepared(send_payout, sandbox, app 5cd1d05a-"), "{shown}");
    assert!(shown.contains(r#"reference "a \"b\"\n", invalid: "#) && !shown.contains('\n'), "{shown}");
    let invalid = format!("{:?}", dots().send_payout(Cents::ZERO, somebody()));
    assert_eq!(
        invalid,
        "Prepared(send_payout, sandbox, invalid: the amount must be above zero, not `0` cents)"
    );
    let fetch = format!("{:?}", dots().fetch_user(&KEY.parse().unwrap()));
    assert_eq!(fetch, "Prepared(get_user, sandbox)");
}

#[test]
fn no_text_of_a_call_shows() {
    let canary = "canary";
    let call = dots()
        .send_payout(TEN_DOLLARS, Payee::phone("1", "55512345678"))
        .memo(canary)
        .message(canary)
        .metadata(Metadata::from_iter([("a", canary)]))
        .reference("invoice-881");
    let item = BatchItem::new(&KEY.parse().unwrap(), TEN_DOLLARS, PayoutRail::Default);
    let batch = dots().create_payout_batch([item.metadata(Metadata::from_iter([("a", canary)]))]);
    let shown =
        format!("{call:?} {call:#?} {batch:?} {:?}", dots().look_up(call.clone().into_operation().unwrap()));
    assert!(!shown.contains("55512345678") && !shown.contains(canary), "{shown}");
    assert!(shown.contains("LookingUp(send_payout, sandbox)"), "{shown}");
}

#[test]
fn settings_are_read_back() {
    let app: dots_api::AppId = KEY.parse().unwrap();
    let policy = RetryPolicy::none().deadline(Duration::from_secs(9)).key_window(Duration::from_secs(60));
    let builder = Dots::builder().credentials("pk_dev_example", "sk_dev_example");
    for text in ["sandbox", "production", "https://example.com/api", "http://127.0.0.1:4010/api"] {
        let environment: Environment = text.parse().unwrap();
        let dots = builder.clone().environment(environment.clone()).app_id(app.clone()).retry(policy.clone());
        let dots = dots.timeout(Duration::from_secs(5)).build().unwrap();
        assert_eq!((dots.environment(), dots.environment().to_string()), (environment, text.to_owned()));
        assert_eq!((dots.app_id(), dots.timeout()), (Some(&app), Duration::from_secs(5)));
        let settings = dots.retry_policy().settings();
        assert_eq!((settings.attempts, settings.deadline), (1, Duration::from_secs(9)));
        assert_eq!((settings.key_window, dots.retry_policy()), (Duration::from_secs(60), &policy));
        assert_eq!(dots.with_timeout(Duration::from_secs(6)).timeout(), Duration::from_secs(6));
        assert!(format!("{dots:?}").starts_with(&format!("Dots({text}")), "{dots:?}");
    }
}

#[test]
fn a_lookup_fails_with_an_error_of_its_own() {
    let error = Dots::from_variables(|_| {
        let number: u8 = "no number".parse()?;
        Ok(Some(number.to_string()))
    });
    let error = error.unwrap_err();
    assert_eq!(error.to_string(), "could not read `DOTS_CLIENT_ID`: invalid digit found in string");
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.is::<std::num::ParseIntError>());
}
