//! Lenient parsing: undocumented answers are read, and survive a round trip.

use dots_api::{
    Adjustment1099, Cents, ListPayoutLinks, PayoutLink, PayoutLinkStatus, SendPayoutRequest, Timestamp,
    Transfer, TransferStatus, TransferType, User, UserStatus,
};
use dots_api_ext::{Error, Outcome};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::sample::{Filling, Optional, operations};
use crate::support::wire::{Answer, Wire};
use crate::support::world::{KEY, client_of, everything_shown};

fn read<T: DeserializeOwned>(json: &Value) -> T {
    serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{error}: {json}"))
}

/// Reads a value, writes it, and checks that nothing was lost or changed.
fn assert_round_trip<T: DeserializeOwned + Serialize>(json: &Value) -> T {
    let value: T = read(json);
    assert_eq!(&serde_json::to_value(&value).unwrap(), json);
    value
}

/// Adds fields to an object; they replace existing ones.
fn with(mut object: Value, more: &Value) -> Value {
    object.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    object
}

fn link(more: &Value) -> Value {
    with(json!({ "id": KEY, "amount": 1000, "status": "created" }), more)
}

fn transfer(more: &Value) -> Value {
    with(json!({ "id": KEY, "amount": -1000, "status": "completed" }), more)
}

/// Changes every object in a JSON value, inner ones first.
fn change_objects(value: &mut Value, change: fn(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| change_objects(item, change)),
        Value::Object(object) => {
            object.values_mut().for_each(|item| change_objects(item, change));
            change(object);
        }
        _ => {}
    }
}

/// Reads an answer of each of the 82 operations.
async fn assert_all_read(filling: Filling, change: fn(&mut serde_json::Map<String, Value>)) {
    for operation in operations() {
        let mut answer = operation.answer(filling);
        change_objects(&mut answer, change);
        let result = operation.read(&operation.request(Filling::MINIMAL), &answer).await;
        result.unwrap_or_else(|error| panic!("{operation:?}: {}: {answer}", everything_shown(&error)));
    }
}

/// Lists payout links at a server that gives this answer.
async fn page_error(body: &str) -> Error {
    let wire = Wire::start([Answer::json("200 OK", body)]).await;
    let error = client_of(&wire.url()).run(ListPayoutLinks::new()).await.unwrap_err();
    assert_eq!(wire.requests().len(), 1);
    error
}

#[tokio::test]
async fn every_answer_is_read_with_every_field() {
    assert_all_read(Filling::FULL, |_| {}).await;
}

#[tokio::test]
async fn every_answer_is_read_without_the_fields_that_may_be_missing() {
    assert_all_read(Filling::MINIMAL, |_| {}).await;
}

#[tokio::test]
async fn every_answer_is_read_with_null_in_the_fields_that_may_be_missing() {
    assert_all_read(Filling { optional: Optional::Null, ..Filling::MINIMAL }, |_| {}).await;
}

#[tokio::test]
async fn every_answer_is_read_with_fields_that_nobody_knows() {
    assert_all_read(Filling::FULL, |object| {
        // An empty object is a map whose keys are data, such as the fees by rail.
        if !object.is_empty() {
            object.insert("brand_new".to_owned(), json!({ "deep": [1, null, "x"] }));
            object.insert("1".to_owned(), Value::Null);
        }
    })
    .await;
}

#[test]
fn a_link_a_transfer_and_a_user_are_read_when_everything_optional_is_null() {
    for name in ["payee", "delivery", "created", "link", "memo", "metadata", "flow_id", "claimed_user_id"] {
        let read: PayoutLink = read(&link(&json!({ name: null })));
        assert_eq!(read, self::read(&link(&json!({}))));
    }
    for name in
        ["created", "external_data", "metadata", "payout_link_id", "status_history", "transactions", "type"]
    {
        let read: Transfer = read(&transfer(&json!({ name: null })));
        assert_eq!(read, self::read(&transfer(&json!({}))));
    }
    for name in
        ["email", "phone_number", "wallet", "compliance", "payout_options_exclude_list", "1099_adjustment"]
    {
        let read: User = read(&json!({ "id": KEY, name: null }));
        assert_eq!(read, self::read(&json!({ "id": KEY })));
    }
}

#[test]
fn null_in_an_inner_object_is_read() {
    let nothing = json!({ "first_name": null, "email": null, "country_code": null, "phone_number": null });
    let link: PayoutLink = read(&link(&json!({ "payee": nothing, "delivery": { "method": null } })));
    assert!(link.payee.is_some_and(|payee| payee.email.is_none() && payee.phone_number.is_none()));
}

#[test]
fn a_value_that_no_list_knows_is_kept_and_written_back() {
    for text in ["teleported", "", "Created", "créé"] {
        let read: PayoutLink = assert_round_trip(&link(&json!({ "status": text })));
        assert_eq!(read.status, PayoutLinkStatus::Unknown(text.to_owned()));
    }
    let more = json!({ "status": "pondering", "type": "gift", "status_history": [], "transactions": [] });
    let transfer: Transfer = assert_round_trip(&transfer(&more));
    assert_eq!(transfer.status, TransferStatus::Unknown("pondering".to_owned()));
    assert_eq!(transfer.type_, Some(TransferType::Unknown("gift".to_owned())));
    let user: User = assert_round_trip(
        &json!({ "id": KEY, "status": "asleep", "payout_options_exclude_list": ["barter"] }),
    );
    assert_eq!(user.status, Some(UserStatus::Unknown("asleep".to_owned())));
}

#[tokio::test]
async fn every_text_of_an_answer_may_be_a_value_that_no_list_knows() {
    for operation in operations() {
        let known = operation.answer(Filling::FULL).to_string();
        let unknown = Filling { text: |_, schema| open_value(schema), ..Filling::FULL };
        let answer = operation.answer(unknown);
        let result = operation.read(&operation.request(Filling::MINIMAL), &answer).await;
        result.unwrap_or_else(|error| panic!("{operation:?}: {}: {answer}", everything_shown(&error)));
        assert!(!known.contains("brand_new_value"));
    }
}

/// A value that the document does not list, for a text without a format of its own.
fn open_value(schema: &Value) -> Option<Value> {
    (schema["format"].is_null() && schema["pattern"].is_null()).then(|| json!("brand_new_value"))
}

#[test]
fn an_amount_is_read_from_every_form_in_which_dots_writes_one() {
    for (amount, cents) in [
        (json!(1000), 1_000),
        (json!(-1000), -1_000),
        (json!("-1000"), -1_000),
        (json!("1000.0000000000"), 1_000),
        (json!(1000.0), 1_000),
        (json!("0"), 0),
        (json!("1000.00"), 1_000),
        (json!(i64::MAX), i64::MAX),
    ] {
        let read: Transfer = read(&transfer(&json!({ "amount": amount })));
        assert_eq!(read.amount, Cents::new(cents), "{amount}");
        assert_eq!(serde_json::to_value(&read).unwrap()["amount"], cents);
    }
}

#[test]
fn a_fraction_of_a_cent_is_an_error_that_says_so() {
    for amount in [json!("10.005"), json!(10.5), json!("-0.01"), json!(1e-3)] {
        let error = serde_json::from_value::<Transfer>(transfer(&json!({ "amount": amount }))).unwrap_err();
        assert!(error.to_string().contains("a cent cannot be divided"), "{error}");
    }
    let error = "10.005".parse::<Cents>().unwrap_err();
    assert!(
        error.to_string().contains("could not read `10.005` as cents: a cent cannot be divided"),
        "{error}"
    );
}

#[test]
fn an_amount_that_is_no_amount_is_an_error() {
    for amount in
        [json!("1,000"), json!("ten"), json!(""), json!("1e3"), json!(true), json!(u64::MAX), json!({})]
    {
        let result = serde_json::from_value::<Transfer>(transfer(&json!({ "amount": amount })));
        assert!(result.is_err(), "{amount}");
    }
}

#[test]
fn a_time_is_read_from_every_form_in_which_dots_writes_one() {
    let time: Timestamp = "2024-07-11T21:10:30Z".parse().unwrap();
    for text in [
        "2024-07-11T21:10:30",
        "2024-07-11T21:10:30Z",
        "2024-07-11T21:10:30.000000",
        "2024-07-11T23:10:30+02:00",
        "Thu, 11 Jul 2024 21:10:30 GMT",
    ] {
        let link: PayoutLink = read(&link(&json!({ "created": text })));
        assert_eq!(link.created, Some(time), "{text}");
        assert_eq!(serde_json::to_value(&link).unwrap()["created"], "2024-07-11T21:10:30Z");
    }
}

#[test]
fn a_list_that_may_be_null_is_read_as_an_empty_one() {
    let read: Transfer = read(&transfer(&json!({ "status_history": null, "transactions": null })));
    assert_eq!((read.status_history.len(), read.transactions.len()), (0, 0));
}

#[tokio::test]
async fn a_page_without_its_rows_is_an_error_and_never_an_empty_last_page() {
    for body in [
        "{}",
        r#"{"has_more":false}"#,
        r#"{"data":null,"has_more":false}"#,
        r#"{"success":false,"message":"no"}"#,
        r#"{"data":{},"has_more":false}"#,
        "[]",
        "null",
    ] {
        let error = page_error(body).await;
        assert_eq!((error.outcome(), error.status()), (Outcome::Unknown, Some(200)), "{body}");
        assert_eq!(error.body(), Some(body.as_bytes()));
    }
}

#[tokio::test]
async fn a_page_that_does_not_say_whether_more_follows_is_an_error() {
    for body in [r#"{"data":[]}"#, r#"{"data":[],"has_more":"no"}"#] {
        assert_eq!(page_error(body).await.status(), Some(200), "{body}");
    }
}

#[tokio::test]
async fn every_list_that_is_cut_into_pages_needs_its_rows() {
    let pages = operations().into_iter().filter(|it| it.meta.pagination == dots_api::Pagination::Cursor);
    let mut count = 0;
    for operation in pages {
        let result =
            operation.read(&operation.request(Filling::MINIMAL), &json!({ "has_more": false })).await;
        assert!(result.is_err(), "{operation:?}");
        count += 1;
    }
    assert!(count >= 10, "{count}");
}

#[test]
fn a_1099_adjustment_of_a_new_form_is_kept_as_it_came() {
    for adjustment in [
        json!({ "form": "1099-MISC", "year": 2027, "boxes": { "1": 100, "3": 200 } }),
        json!({ "form": "1099-NEC", "year": 2026, "amount": 5, "note": "an unknown key" }),
        json!([1, 2]),
        json!("none"),
    ] {
        let json =
            json!({ "id": KEY, "payout_options_exclude_list": [], "1099_adjustment": adjustment.clone() });
        let user: User = assert_round_trip(&json);
        assert_eq!(user.adjustment_1099, Some(Adjustment1099::Unknown(adjustment)));
    }
    let known = json!({ "form": "1099-NEC", "year": 2026, "amount": 5 });
    assert!(matches!(assert_round_trip(&known), Adjustment1099::Nec(_)));
}

#[test]
fn a_closed_request_body_refuses_a_key_that_the_document_does_not_list() {
    let body = json!({ "amount": 1000, "idempotency_key": KEY });
    assert!(serde_json::from_value::<SendPayoutRequest>(body.clone()).is_ok());
    for key in ["amont", "currency", "Amount", ""] {
        let error = serde_json::from_value::<SendPayoutRequest>(with(body.clone(), &json!({ key: 1 })));
        let message = error.unwrap_err().to_string();
        assert!(message.contains(&format!("unknown field `{key}`")), "{message}");
    }
}

#[test]
fn a_stored_request_without_its_key_is_refused_rather_than_given_a_new_one() {
    for body in [json!({ "amount": 1000 }), json!({ "amount": 1000, "idempotency_key": null })] {
        assert!(serde_json::from_value::<SendPayoutRequest>(body).is_err());
    }
}

#[test]
fn a_time_in_a_form_that_nobody_knows_is_left_out_and_the_payout_is_read() {
    let body = json!({ "id": "l1", "amount": 1000, "status": "created", "created": "yesterday" });
    let link: PayoutLink = serde_json::from_value(body).unwrap();
    assert!(link.created.is_none());
    assert_eq!(link.amount, Cents::new(1_000));
}
