//! Values: phone numbers and amounts as people write them; value types are compared, hashed and kept in maps.

use std::collections::HashSet;

use dots_api_ext::{
    Address, Cents, Environment, ErrorKind, LinkDelivery, Outcome, Payee, PayoutMethod, PayoutRail, Phone,
    W8benForm, W8benSigner, W9Form,
};
use serde::{Deserialize, Serialize};

use crate::support::world::{KEY, PHONE, sandbox};

/// What a service of a user's own takes.
#[derive(Serialize, Deserialize)]
struct Pay {
    to: Phone,
    dollars: String,
}

#[tokio::test]
async fn a_body_with_a_whole_phone_number_and_dollars_pays_what_it_says() {
    let (sandbox, dots) = sandbox().await;
    let body = r#"{"to":"+12025550139","dollars":"19.99"}"#;
    let pay: Pay = serde_json::from_str(body).unwrap();
    assert_eq!(serde_json::to_string(&pay).unwrap(), body);
    dots.send_payout(Cents::from_dollars(&pay.dollars).unwrap(), pay.to).await.unwrap();
    dots.send_payout(Cents::new(1), Payee::e164("+12025550139").unwrap()).await.unwrap();
    for odd in [r#""2025550139""#, r#""+1 2025550139""#, "12025550139", "null", "[]"] {
        let error = serde_json::from_str::<Phone>(odd).unwrap_err().to_string();
        assert!(error.contains("+12025550139") || error.contains("only digits"), "{odd}: {error}");
    }
    assert!(serde_json::to_string(&Phone::new("1", "2")).is_err());
    assert_eq!(sandbox.paid(PHONE), 2_000);
}

#[test]
fn no_error_about_a_number_repeats_it() {
    for text in ["+1 202 777 0139", "2027770139", "+12027770139999", "+9992027770139"] {
        let error = Phone::from_e164(text).unwrap_err();
        let json = serde_json::from_value::<Phone>(text.into()).unwrap_err();
        assert!(!format!("{error} {error:?} {json} {json:?}").contains("777"), "{text}");
    }
    let number = serde_json::from_str::<Phone>("12027770139").unwrap_err();
    assert!(!number.to_string().contains("777"), "{number}");
}

#[test]
fn value_types_are_kept_in_sets() {
    fn kept<T: Eq + std::hash::Hash + Clone>(one: &T, other: &T) {
        assert_eq!(HashSet::from([one.clone(), one.clone(), other.clone()]).len(), 2);
    }
    let day = || "1990-01-31".parse().unwrap();
    let address = || Address::new("1 Main Street", "Springfield", "62701", "US").state("IL");
    kept(&Phone::new("1", PHONE), &Phone::new("44", PHONE));
    kept(&Payee::e164("+12025550139").unwrap(), &Payee::user(KEY.parse().unwrap()));
    kept(&LinkDelivery::Link, &LinkDelivery::Sms(Phone::new("1", PHONE)));
    kept(&PayoutMethod::paypal("jo@example.com"), &PayoutMethod::VenmoHandle("jo".to_owned()));
    kept(&PayoutRail::Default, &PayoutRail::Venmo);
    kept(&address(), &address().line_2("Floor 2"));
    kept(
        &W9Form::business("Doe Ltd", "900112222", address()),
        &W9Form::individual("Jo", "Doe", day(), "9", address()),
    );
    let form =
        |name: &str| W8benForm::new(name, "DE", day(), address(), W8benSigner::new("Jo", "jo@example.com"));
    kept(&form("Jo"), &form("Al"));
    kept(&Environment::Sandbox, &"https://example.com/api".parse().unwrap());
    kept(&Outcome::Unknown, &Outcome::Rejected);
    kept(&ErrorKind::Timeout, &ErrorKind::Connect);
}

#[test]
fn the_crates_of_its_signatures_come_with_it() {
    use dots_api::http::StatusCode as RawStatus;
    use dots_api_ext::http::StatusCode;
    // With the feature `rustls-no-provider` alone.
    use dots_api_ext::rustls::crypto::ring::default_provider;
    use dots_api_ext::uuid::Uuid;

    let status: StatusCode = RawStatus::CREATED;
    let uuid: Uuid = KEY.parse::<dots_api::IdempotencyKey>().unwrap().into();
    let builder = dots_api_ext::Dots::builder().credentials("pk", "sk");
    let dots = builder.crypto_provider(default_provider().into()).build();
    assert_eq!((status.as_u16(), uuid.to_string().as_str(), dots.is_ok()), (201, KEY, true));
}
