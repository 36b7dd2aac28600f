//! Configuration: errors name the missing or malformed setting, and show no secret.

use std::time::Duration;

use dots_api::AppId;
use dots_api_ext::{Dots, Environment, Error, LinkDelivery, Outcome, RetryPolicy};
use http::{HeaderName, HeaderValue};

use crate::support::wire::{Answer, Wire};
use crate::support::world::{KEY, TEN_DOLLARS, builder_for, client_of, everything_shown, somebody};

const ID: &str = "pk_dev_canary";
const SECRET: &str = "sk_canary_secret";

/// The pair of [`ID`] and [`SECRET`] in base64.
const PAIR: &str = "cGtfZGV2X2NhbmFyeTpza19jYW5hcnlfc2VjcmV0";

/// Creates a client from the two credentials and `changes`; an empty value removes the variable.
fn from_variables(changes: &[(&str, Option<&str>)]) -> Result<Dots, Error> {
    Dots::from_variables(|name| {
        let changed = changes.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let given = match name {
            "DOTS_CLIENT_ID" => Some(ID),
            "DOTS_API_KEY" => Some(SECRET),
            _ => None,
        };
        Ok(changed.unwrap_or(given).map(str::to_owned))
    })
}

/// Checks that the error names the setting before anything is sent, and shows none of `values`.
fn assert_refused(name: &str, value: Option<&str>) {
    let error = from_variables(&[(name, value)]).unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
    let shown = everything_shown(&error);
    assert!(error.to_string().contains(&format!("`{name}`")), "{value:?}: {shown}");
    assert!(!shown.contains(SECRET) && !shown.contains(PAIR), "{shown}");
    for part in ["canary", "hunter2", "example.com", "a/b"] {
        assert!(!shown.contains(part), "{value:?}: {shown}");
    }
}

#[test]
fn a_missing_or_malformed_client_id_is_named() {
    for value in
        [None, Some(""), Some(" "), Some("canary:x"), Some("canary\n"), Some("canary x"), Some("canaryé")]
    {
        assert_refused("DOTS_CLIENT_ID", value);
    }
}

#[test]
fn a_missing_or_malformed_api_key_is_named_and_not_shown() {
    for value in [
        None,
        Some(""),
        Some("\t"),
        Some("sk_canary\n"),
        Some("sk_canary\r\nX-Other: 1"),
        Some("sk canary"),
        Some("sk_canary\0"),
        Some("sk_canaryé"),
    ] {
        assert_refused("DOTS_API_KEY", value);
    }
}

#[test]
fn a_malformed_environment_is_named_and_not_shown() {
    for value in [
        "",
        "prod",
        "Production",
        "live",
        "hunter2",
        "http://example.com",
        "http://example.com/api",
        "https://jo:hunter2@example.com/api",
        "https://hunter2@example.com/api",
        "https://example.com/api?key=hunter2",
        "https://example.com/api#hunter2",
        "ftp://example.com",
        "https://",
    ] {
        assert_refused("DOTS_ENVIRONMENT", Some(value));
    }
}

#[test]
fn a_malformed_app_id_is_named_and_not_shown() {
    let long = "canary".repeat(20);
    for value in ["", "a/b", "canary id", "canary\r\nX: y", "..", long.as_str()] {
        assert_refused("DOTS_APP_ID", Some(value));
    }
}

#[test]
fn good_settings_make_a_client() {
    for environment in ["sandbox", "production", "https://example.com/api", "http://127.0.0.1:4010/api"] {
        let changes = [("DOTS_ENVIRONMENT", Some(environment)), ("DOTS_APP_ID", Some(KEY))];
        assert!(from_variables(&changes).is_ok(), "{environment}");
    }
}

#[test]
fn the_error_of_the_lookup_comes_through() {
    let lookup = |_: &str| Err("ftp://example.com".parse::<Environment>().unwrap_err().into());
    let error = Dots::from_variables(lookup).unwrap_err();
    assert!(error.to_string().contains("a URL must start with `https://`"), "{error}");
}

#[test]
fn a_builder_without_credentials_names_both() {
    let error = Dots::builder().build().unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert!(error.to_string().contains("`client_id` and `api_key`"), "{error}");
}

#[test]
fn a_builder_names_the_malformed_credential_in_its_own_words() {
    let error = Dots::builder().credentials(ID, "sk canary").build().unwrap_err();
    assert!(error.to_string().contains("`api_key`"), "{error}");
    let error = Dots::builder().credentials("pk:canary", SECRET).build().unwrap_err();
    assert!(error.to_string().contains("`client_id`") && !error.to_string().contains("canary"), "{error}");
}

#[test]
fn production_is_never_a_default() {
    assert_eq!(Environment::default(), Environment::Sandbox);
    let sandbox = "https://pls.senddotssandbox.com/api";
    assert_eq!(Environment::default().base_url(), sandbox);
    for dots in [from_variables(&[]).unwrap(), Dots::builder().credentials(ID, SECRET).build().unwrap()] {
        let shown = format!("{dots:?}");
        assert!(shown.contains("pls.senddotssandbox.com") && !shown.contains("api.dots.dev"), "{shown}");
    }
}

#[test]
fn production_is_had_by_its_name_alone() {
    let production: Environment = "production".parse().unwrap();
    assert_eq!(production, Environment::Production);
    assert_eq!(production.base_url(), "https://api.dots.dev/api");
}

#[test]
fn no_secret_shows_in_debug() {
    let environment: Environment = "https://example.com/api".parse().unwrap();
    let builder = Dots::builder().credentials(ID, SECRET).environment(environment.clone());
    let dots = builder.clone().build().unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody());
    for shown in [
        format!("{environment:?} {environment:#?}"),
        format!("{builder:?} {builder:#?}"),
        format!("{dots:?} {dots:#?}"),
        format!("{payout:?} {payout:#?}"),
    ] {
        assert!(!shown.contains(SECRET) && !shown.contains(PAIR) && !shown.contains("Basic"), "{shown}");
    }
}

#[tokio::test]
async fn the_credentials_that_were_set_are_the_ones_that_go_out() {
    let wire = Wire::start([Answer::json("401 Unauthorized", "")]).await;
    let dots = from_variables(&[("DOTS_ENVIRONMENT", Some(&wire.url()))]).unwrap();
    dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    let requests = wire.requests();
    assert_eq!(requests[0].header("authorization"), Some(format!("Basic {PAIR}").as_str()));
    assert_eq!(requests.len(), 1);
}

#[tokio::test]
async fn the_longest_times_that_there_are_can_be_set() {
    let forever = RetryPolicy::standard()
        .initial_backoff(Duration::ZERO, Duration::ZERO)
        .max_retry_after(Duration::MAX)
        .deadline(Duration::MAX);
    let busy =
        Answer::new("429 Too Many Requests", &["retry-after: 99999999999999999999"], r#"{"success":false}"#);
    let wire = Wire::start([Answer::json("500 Internal Server Error", ""), busy.clone(), busy]).await;
    let dots = builder_for(&wire.url()).timeout(Duration::MAX).retry(forever.clone()).build().unwrap();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    // An attempt without a timeout may take half of a key's window.
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 2));
    let once = dots.with_retry(forever.attempts(1));
    let error = once.create_payout_link(TEN_DOLLARS, LinkDelivery::Link).await.unwrap_err();
    assert_eq!(
        (error.outcome(), error.retry_after()),
        (Outcome::Rejected, Some(Duration::from_secs(u64::MAX)))
    );
    let error = dots.with_retry(RetryPolicy::none()).send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), wire.requests().len()), (Outcome::NotSent, 3), "{error}");
}

#[tokio::test]
async fn an_app_id_that_breaks_out_of_its_header_is_not_sent() {
    let wire = Wire::start([Answer::json("401 Unauthorized", "")]).await;
    let dots = client_of(&wire.url());
    for text in ["a\r\nX-Other: 1", "a\nb", "\0", "\u{7f}"] {
        // As an answer may hold it.
        let app: AppId = serde_json::from_value(text.into()).unwrap();
        let error = dots.with_app(&app).unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(builder_for(&wire.url()).app_id(app).build().is_err());
    }
    for name in ["authorization", "host", "content-length", "transfer-encoding", "accept-encoding"] {
        let name = HeaderName::from_static(name);
        assert_eq!(
            dots.with_header(name, HeaderValue::from_static("x")).unwrap_err().outcome(),
            Outcome::NotSent
        );
    }
    assert_eq!(wire.connections(), 0);
}

#[tokio::test]
async fn the_app_id_goes_out_when_it_is_set() {
    let wire = Wire::start([Answer::json("401 Unauthorized", "")]).await;
    let environment = ("DOTS_ENVIRONMENT", Some(wire.url()));
    let plain = from_variables(&[(environment.0, environment.1.as_deref())]).unwrap();
    let acting =
        from_variables(&[(environment.0, environment.1.as_deref()), ("DOTS_APP_ID", Some(KEY))]).unwrap();
    for dots in [&plain, &acting, &plain.with_app(&KEY.parse().unwrap()).unwrap()] {
        dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    }
    let sent: Vec<_> = wire.requests().iter().map(|it| it.header("api-app-id").map(str::to_owned)).collect();
    assert_eq!(sent, [None, Some(KEY.to_owned()), Some(KEY.to_owned())]);
}
