//! The cross check: an answer about another payment is not a success, whatever its status. It runs for every operation
//! whose request names an amount or a person that the answer repeats.

use dots_api_ext::{Cents, Error, IdempotencyKey, Outcome, Payee};
use serde_json::{Value, json};

use crate::support::sample::{AnyOperation, Filling, operations};
use crate::support::wire::{Answer, Wire};
use crate::support::world::{KEY, PHONE, TEN_DOLLARS, client_of, somebody};

/// An id, a number and an address that no request names.
const OTHER_ID: &str = "11111111-2222-4333-8444-555555555555";
const OTHER_NUMBER: &str = "2025550140";

/// Where a request names the payee, where the answer does, and the value of another payee.
const RECIPIENTS: [(&str, &str, &str); 6] = [
    ("/body/user_id", "/claimed_user_id", OTHER_ID),
    ("/body/user_id", "/user_id", OTHER_ID),
    ("/body/user_id", "/user/id", OTHER_ID),
    ("/body/payee/phone_number", "/payee/phone_number", OTHER_NUMBER),
    ("/body/payee/country_code", "/payee/country_code", "44"),
    ("/body/payee/email", "/payee/email", "al@example.com"),
];

/// Runs an operation with a complete sample request and answer, with one part of the answer changed.
async fn answered_with(operation: &AnyOperation, part: &str, value: Value) -> Result<(), Error> {
    let (request, mut answer) = (operation.request(Filling::FULL), operation.answer(Filling::FULL));
    for (asked, said, _) in RECIPIENTS {
        if let Some((asked, said)) = request.pointer(asked).zip(answer.pointer_mut(said)) {
            said.clone_from(asked);
        }
    }
    *answer.pointer_mut(part).unwrap() = value;
    answer["id"] = id_asked_for(operation.meta.path, &request).unwrap_or(json!(KEY));
    let wire = Wire::start([Answer::json("200 OK", answer.to_string())]).await;
    let outcome = operation.run(&client_of(&wire.url()), &request).await;
    assert_eq!(wire.requests().len(), 1, "{operation:?}");
    outcome
}

#[tokio::test]
async fn another_amount_is_no_success_of_any_operation_that_names_one() {
    let mut named = Vec::new();
    for operation in operations() {
        let (request, answer) = (operation.request(Filling::FULL), operation.answer(Filling::FULL));
        let Some(amount) = request.pointer("/body/amount").and_then(Value::as_i64) else { continue };
        if answer.pointer("/amount").is_none() {
            continue;
        }
        named.push(operation.meta.id);
        answered_with(&operation, "/amount", json!(amount)).await.unwrap();
        let outcome = answered_with(&operation, "/amount", json!(amount + 1)).await;
        let Err(error) = outcome else { panic!("{operation:?} takes another amount for its own") };
        assert_eq!((error.outcome(), error.status()), (Outcome::Unknown, Some(200)), "{operation:?}");
        assert!(error.to_string().contains(&format!("another amount than `{amount}`")), "{error}");
        assert!(error.may_have_moved_money() && error.body().is_some(), "{error}");
    }
    assert_eq!(
        named,
        [
            "create_organization_transfer",
            "create_payable",
            "create_payment",
            "create_payout",
            "create_payout_link",
            "create_transfer",
            "deposit_app_funds",
            "send_payout",
            "submit_payout_request",
            "update_payable",
            "withdraw_app_funds",
        ]
    );
}

#[tokio::test]
async fn another_recipient_is_no_success_of_any_operation_that_pays_somebody() {
    let mut compared = 0;
    for operation in operations() {
        let (request, answer) = (operation.request(Filling::FULL), operation.answer(Filling::FULL));
        if request.pointer("/body/amount").is_none() {
            continue;
        }
        for (asked, said, other) in RECIPIENTS {
            if request.pointer(asked).is_none() || answer.pointer(said).is_none() {
                continue;
            }
            compared += 1;
            let error = answered_with(&operation, said, json!(other)).await.unwrap_err();
            assert_eq!(error.outcome(), Outcome::Unknown, "{operation:?} {said}");
            assert!(error.to_string().contains("another recipient"), "{error}");
            assert!(!error.to_string().contains(&format!("`{other}`")), "{error}");
        }
    }
    // Two operations create links, one requests one, and three move a user's money.
    assert_eq!(compared, 3 + 4 + 3 + 3);
}

#[tokio::test]
async fn a_transfer_that_goes_the_other_way_is_no_success() {
    let answer = |cents: i64| {
        Answer::json("201 Created", format!(r#"{{"id":"t1","amount":"{cents}","status":"completed"}}"#))
    };
    let user = OTHER_ID.parse().unwrap();
    let wire = Wire::start([answer(1_000), answer(-1_000)]).await;
    let dots = client_of(&wire.url());
    let error = dots.transfer_to_user(&user, TEN_DOLLARS).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert!(error.to_string().contains("goes the other way"), "{error}");
    assert_eq!(dots.transfer_to_user(&user, TEN_DOLLARS).await.unwrap().amount, Cents::new(-1_000));
}

#[tokio::test]
async fn the_key_of_another_batch_is_no_success() {
    let batch = |key: IdempotencyKey| {
        Answer::json("201 Created", format!(r#"{{"id":"b1","status":"created","idempotency_key":"{key}"}}"#))
    };
    let (key, other) = (IdempotencyKey::fresh(), IdempotencyKey::fresh());
    let odd = Answer::json("201 Created", r#"{"id":"b1","status":"created","idempotency_key":"batch-zz"}"#);
    let wire = Wire::start([batch(other), batch(key), odd]).await;
    let dots = client_of(&wire.url());
    let user = OTHER_ID.parse().unwrap();
    let item = dots_api_ext::BatchItem::new(&user, TEN_DOLLARS, dots_api_ext::PayoutRail::Default);
    let error = dots.create_payout_batch([item.clone()]).with_idempotency_key(key).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    assert!(error.to_string().contains("another idempotency key"), "{error}");
    for _ in 0..2 {
        dots.create_payout_batch([item.clone()]).with_idempotency_key(key).await.unwrap();
    }
}

#[tokio::test]
async fn a_number_that_is_written_another_way_is_the_same_person() {
    for (code, number) in [("1", "(202) 555-0139"), ("+1", "12025550139"), ("1", "0139"), ("", PHONE)] {
        let payee = json!({ "country_code": code, "phone_number": number });
        let answer = json!({ "id": "l1", "amount": 1000, "status": "created", "payee": payee });
        let wire = Wire::start([Answer::json("201 Created", answer.to_string())]).await;
        client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    }
}

#[tokio::test]
async fn the_same_number_in_another_country_is_somebody_else() {
    let answer = json!({
        "id": "l1", "amount": 1000, "status": "created",
        "payee": { "country_code": "44", "phone_number": PHONE },
    });
    let wire = Wire::start([Answer::json("201 Created", answer.to_string())]).await;
    let error = client_of(&wire.url()).send_payout(TEN_DOLLARS, Payee::phone("1", PHONE)).await.unwrap_err();
    assert_eq!((error.outcome(), wire.requests().len()), (Outcome::Unknown, 1));
}

/// The id in the path of an operation that ends in one.
fn id_asked_for(path: &str, request: &Value) -> Option<Value> {
    let name = path.rsplit('/').next()?.strip_prefix('{')?.strip_suffix('}')?;
    request.get(name).cloned()
}
