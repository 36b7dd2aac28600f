//! Redaction: no `Debug` shows a secret or personal data.

use std::collections::BTreeSet;

use dots_api::{
    AddPayoutMethodRequest, AddPayoutMethodRequestPlatform, CreatePayableFromFile, CreateUserRequest,
    CreateUserRequestFields, DashboardUserId, PhonePayee, SendPayoutRequest, VerifyUserRequest, WebhookEvent,
};
use dots_api_ext::{Dots, Metadata, Payee};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::canaries::{CANARIES, CANARY, CANARY_DAY};
use crate::support::sample::{Filling, Optional, events, operations};
use crate::support::wire::{Answer, Wire, nobody};
use crate::support::world::{PHONE, TEN_DOLLARS, client_of, everything_shown, somebody};

/// Puts a canary into metadata, and into every untyped value.
const OWN_DATA: Filling = Filling {
    optional: Optional::Present,
    text: |name, _| ["metadata", "meta"].contains(&name).then(|| json!(CANARY)),
};

fn holds_canary(text: &str) -> bool {
    text.contains(CANARY) || text.contains(CANARY_DAY)
}

fn assert_hidden(what: &str, shown: &str) {
    assert!(!holds_canary(shown), "{what}: {shown}");
}

/// Fills every operation and formats it with `Debug`: the ids of those that hold a canary, and of those that show it.
fn requests(filling: Filling) -> (Vec<&'static str>, Vec<&'static str>) {
    let (mut hold, mut show) = (Vec::new(), Vec::new());
    for operation in operations() {
        let request = operation.request(filling);
        hold.extend(holds_canary(&request.to_string()).then_some(operation.meta.id));
        show.extend(holds_canary(&operation.debug(&request)).then_some(operation.meta.id));
    }
    (hold, show)
}

/// The same for the answers.
async fn answers(filling: Filling) -> (Vec<&'static str>, Vec<&'static str>) {
    let (mut hold, mut show) = (Vec::new(), Vec::new());
    for operation in operations() {
        let answer = operation.answer(filling);
        let shown = operation.read(&operation.request(Filling::MINIMAL), &answer).await.unwrap();
        hold.extend(holds_canary(&answer.to_string()).then_some(operation.meta.id));
        show.extend(holds_canary(&shown).then_some(operation.meta.id));
    }
    (hold, show)
}

#[test]
fn no_operation_shows_what_its_sensitive_fields_hold() {
    let (hold, show) = requests(CANARIES);
    assert_eq!(show, <[&str; 0]>::default());
    assert!(hold.contains(&"send_payout") && hold.len() >= 15, "{hold:?}");
}

#[test]
fn no_operation_shows_the_values_of_your_own_data() {
    let (hold, show) = requests(OWN_DATA);
    assert_eq!(show, <[&str; 0]>::default());
    assert!(hold.contains(&"send_payout") && hold.len() > 10, "{hold:?}");
}

#[tokio::test]
async fn no_answer_shows_what_its_sensitive_fields_hold() {
    let (hold, show) = answers(CANARIES).await;
    assert_eq!(show, <[&str; 0]>::default());
    assert!(hold.contains(&"get_user") && hold.len() > 15, "{hold:?}");
}

#[tokio::test]
async fn no_answer_shows_the_values_of_your_own_data() {
    let (hold, show) = answers(OWN_DATA).await;
    assert_eq!(show, <[&str; 0]>::default());
    assert!(hold.contains(&"get_user") && hold.len() > 15, "{hold:?}");
}

#[test]
fn no_event_shows_what_its_sensitive_fields_hold_or_your_own_data() {
    for filling in [CANARIES, OWN_DATA] {
        let mut hold = 0;
        for (name, payload) in events(filling) {
            hold += usize::from(holds_canary(&payload.to_string()));
            let event = WebhookEvent::from(payload);
            assert_hidden(&name, &format!("{event:?} {event:#?}"));
            assert!(!matches!(event, WebhookEvent::Unknown(_)), "{name}");
        }
        assert!(hold >= 5, "{hold} payloads hold a canary");
    }
}

#[tokio::test]
async fn no_error_shows_what_was_sent() {
    let wire = Wire::start([Answer::html("502 Bad Gateway", "<html>")]).await;
    let nobody = nobody();
    for operation in operations() {
        let request = operation.request(CANARIES);
        for url in [&wire.url(), &nobody] {
            // A single client would stop sending after so many failures.
            let error = operation.run(&client_of(url), &request).await.unwrap_err();
            assert_hidden(operation.meta.id, &everything_shown(&error));
        }
    }
    assert_eq!(wire.requests().len(), 82);
}

#[tokio::test]
async fn no_error_shows_what_was_answered() {
    let mut errors = Vec::new();
    for operation in operations() {
        let answer = spoilt(&operation.answer(CANARIES));
        let result = operation.read(&operation.request(Filling::MINIMAL), &answer).await;
        if let Err(error) = result {
            assert_hidden(operation.meta.id, &everything_shown(&error));
            errors.extend(holds_canary(&answer.to_string()).then_some(operation.meta.id));
        }
    }
    // The others have only text in their answers, or canaries in fields that are left out where they are odd.
    assert!(errors.contains(&"list_users") && errors.len() >= 14, "{} errors: {errors:?}", errors.len());
}

/// Puts each canary in place of a value that is not text, where it cannot be parsed.
fn spoilt(answer: &Value) -> Value {
    match answer {
        Value::Object(object) => object.iter().map(|(name, value)| (name.clone(), spoilt(value))).collect(),
        Value::Array(items) => items.iter().map(spoilt).collect(),
        Value::Bool(_) | Value::Number(_) => json!(CANARY),
        other => other.clone(),
    }
}

#[tokio::test]
async fn the_words_of_dots_show_in_the_text_of_an_error_and_its_body_does_not() {
    let body = json!({ "success": false, "message": "no such user", "phone_number": CANARY, "ssn": CANARY });
    let wire = Wire::start([Answer::json("400 Bad Request", body.to_string())]).await;
    let error = client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_hidden("send_payout", &everything_shown(&error));
    assert!(error.to_string().contains("no such user"));
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn nothing_shows_the_page_on_which_the_money_is_collected() {
    let sandbox = dots_sandbox::Sandbox::start().await.unwrap();
    let dots = client_of(&sandbox.url());
    let paid = dots.send_payout(TEN_DOLLARS, somebody()).memo(CANARY).message(CANARY).await.unwrap();
    let link = paid.link.clone().unwrap();
    let page = dots.run(dots_api::ListPayoutLinks::new()).await.unwrap();
    let shown = format!("{paid:?} {paid:#?} {:?} {page:?} {:?}", paid.evidence(), page.data[0]);
    assert_hidden("payout link", &shown);
    assert!(!shown.contains(&link) && shown.contains("link: ***"), "{shown}");
    assert_eq!(sandbox.links(), 1);
}

#[test]
fn a_payout_that_waits_to_be_sent_shows_no_phone_number_and_no_own_data() {
    let dots: Dots = client_of("http://127.0.0.1:1/api");
    let payout = dots
        .send_payout(TEN_DOLLARS, Payee::phone("1", CANARY))
        .memo(CANARY)
        .message(CANARY)
        .metadata(Metadata::from_iter([("name", CANARY)]));
    assert_hidden("payout", &format!("{payout:?} {payout:#?} {:?}", payout.clone().into_operation()));
    assert_hidden("payee", &format!("{:?} {:#?}", Payee::phone("1", CANARY), Payee::phone("1", CANARY)));
}

#[test]
fn debug_says_that_a_hidden_value_is_there() {
    let body = AddPayoutMethodRequest::new(AddPayoutMethodRequestPlatform::Ach).account_number(CANARY);
    let shown = format!("{body:?}");
    assert!(shown.contains("account_number: ***") && shown.contains("routing_number: None"), "{shown}");
}

#[test]
fn the_types_that_people_hold_show_nothing() {
    let (code, number) = ("1".parse().unwrap(), PHONE.parse().unwrap());
    let payee = PhonePayee::new(code, number);
    let user = CreateUserRequest::new(CreateUserRequestFields {
        first_name: "Jo".into(),
        last_name: "Doe".into(),
        email: CANARY.into(),
        country_code: "1".parse().unwrap(),
        phone_number: PHONE.parse().unwrap(),
    });
    let upload = CreatePayableFromFile::new(DashboardUserId::new(7), CANARY.as_bytes().to_vec());
    let shown = format!(
        "{payee:?} {:?} {user:?} {:?} {upload:?}",
        SendPayoutRequest::new(TEN_DOLLARS).payee(payee.clone()),
        VerifyUserRequest::new(CANARY)
    );
    assert_hidden("types", &shown);
    let bytes = format!("{:?}", CANARY.as_bytes());
    assert!(!shown.contains(PHONE) && !shown.contains(&bytes), "{shown}");
}

#[test]
fn the_canaries_are_planted_in_every_kind_of_field() {
    let mut planted = BTreeSet::new();
    for operation in operations() {
        for value in [operation.request(CANARIES), operation.answer(CANARIES)] {
            names_of_canaries("", &value, &mut planted);
        }
    }
    let names = Vec::from_iter(planted);
    let lines: Vec<String> = names.chunks(8).map(|names| names.join(" ")).collect();
    assert_snapshot!(lines.join("\n"), @r"
    account_number ach_account_number ach_routing_number cash_tag contact_email created_by_email date_of_birth dob
    ein email file file_url foreign_tax_id handle line1 line2
    line_1 line_2 line_3 link memo phone phone_number postcode
    routing_number ssn tin token url zip
    ");
}

fn names_of_canaries(name: &str, value: &Value, planted: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            object.iter().for_each(|(name, value)| names_of_canaries(name, value, planted));
        }
        Value::Array(items) => items.iter().for_each(|item| names_of_canaries(name, item, planted)),
        Value::String(text) if holds_canary(text) => {
            planted.insert(name.to_owned());
        }
        _ => {}
    }
}
