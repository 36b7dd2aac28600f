//! Tests: which side of a call takes which amounts.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{
    Cents, ChangeAppSettingsRequest, CreatePayoutBatchRequest, CreateTransferRequest, Operation as _,
    PayoutBatchItem, PayoutBatchItemResult, PayoutLink, PolicyValue, SendPayoutRequest, Transfer,
    TransferPage,
};

const KEY: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

fn read<T: DeserializeOwned>(json: Value) -> Result<T, String> {
    serde_json::from_value(json).map_err(|error| error.to_string())
}

#[test]
fn a_body_of_the_callers_own_takes_integers_of_cents_alone() {
    let payout = |amount: Value| {
        read::<SendPayoutRequest>(json!({ "amount": amount, "idempotency_key": KEY })).map(|it| it.amount)
    };
    assert_eq!(payout(json!(1_999)), Ok(Cents::new(1_999)));
    for amount in [json!("19.99"), json!("1999"), json!("10.0000"), json!(19.99), json!(10.0), json!(true)] {
        let error = payout(amount.clone()).err();
        assert!(error.as_ref().is_some_and(|error| error.contains("cents")), "{amount}: {error:?}");
    }
    let message = payout(json!("19.99")).err();
    let expected = "could not read the text `19.99` as cents: write an integer, such as `1999` for $19.99";
    assert_eq!(message.as_deref(), Some(expected));
    let transfer = json!({ "amount": "-1000", "user_id": KEY, "idempotency_key": KEY });
    assert!(read::<CreateTransferRequest>(transfer).is_err());
}

#[test]
fn an_answer_is_read_with_amounts_in_every_form() {
    for amount in [json!(-1_000), json!("-1000"), json!("-1000.0000000000"), json!(-1000.0)] {
        let transfer = read::<Transfer>(json!({ "id": KEY, "amount": amount, "status": "created" }));
        assert_eq!(transfer.map(|it| it.amount), Ok(Cents::new(-1_000)), "{amount}");
    }
    let link = |more: Value| {
        let mut link = json!({ "id": KEY, "amount": "1000", "status": "created" });
        link.as_object_mut()
            .into_iter()
            .for_each(|it| drop(it.insert("original_amount".into(), more.clone())));
        read::<PayoutLink>(link).map(|it| (it.amount, it.original_amount))
    };
    assert_eq!(link(json!("900.0")), Ok((Cents::new(1_000), Some(Cents::new(900)))));
    assert_eq!(link(Value::Null), Ok((Cents::new(1_000), None)));
    assert!(link(json!("ten")).is_err());
}

#[test]
fn a_type_of_both_sides_is_lenient_only_where_an_answer_reaches_it() {
    let item = |amount: Value| {
        json!({
            "amount": amount, "idempotency_key": KEY, "fund": true, "platform": "ach", "user_id": KEY,
        })
    };
    let own = |amount: Value| {
        let body = json!({ "items": [item(amount.clone())], "idempotency_key": KEY });
        (read::<CreatePayoutBatchRequest>(body).is_ok(), read::<PayoutBatchItem>(item(amount)).is_ok())
    };
    assert_eq!(own(json!(1_000)), (true, true));
    for amount in [json!("1000"), json!("1000.0000"), json!(1000.0)] {
        assert_eq!(own(amount.clone()), (false, false), "{amount}");
        let result = json!({ "request": item(amount) });
        let stored = read::<PayoutBatchItemResult>(result).map(|it| it.request.map(|item| item.amount));
        assert_eq!(stored, Ok(Some(Cents::new(1_000))));
    }
    let settings = json!({ "refill_amount": "1000" });
    assert!(read::<ChangeAppSettingsRequest>(settings.clone()).is_err());
    let answered = crate::ChangeAppSettings::read(settings.to_string().as_bytes());
    assert_eq!(answered.ok().and_then(|it| it.refill_amount), Some(Cents::new(1_000)));
    assert!(
        read::<ChangeAppSettingsRequest>(settings).is_err(),
        "an answer that was read leaves nothing behind"
    );
}

#[test]
fn a_stored_operation_reads_as_it_was_written() {
    let stored = crate::SendPayout::new(SendPayoutRequest::new(Cents::new(1_000)));
    let json = serde_json::to_value(&stored).ok();
    assert_eq!(json.and_then(|json| serde_json::from_value(json).ok()), Some(stored));
}

#[test]
fn a_list_that_does_not_say_whether_it_goes_on_is_asked_for_more() {
    let more = |json: Value| read::<TransferPage>(json).map(|page| page.has_more);
    assert_eq!(more(json!({ "data": [], "has_more": null })), Ok(true));
    assert_eq!(more(json!({ "data": [], "has_more": false })), Ok(false));
    assert!(more(json!({ "data": [] })).is_err());
    for odd in [r#""no""#, "1", "{}"] {
        let page = format!(r#"{{"data":[],"has_more":{odd}}}"#);
        let read = crate::read_again::twice(page.as_bytes(), crate::ListTransfers::read);
        assert!(read.is_err(), "{odd} is no end mark, and is not left out either");
    }
}

#[test]
fn amounts_in_lists_maps_and_behind_null_are_read_as_in_an_answer() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Answer {
        #[serde(default, deserialize_with = "super::money_or_default")]
        list: Vec<Cents>,
        #[serde(default, deserialize_with = "super::money")]
        map: Option<std::collections::BTreeMap<String, Cents>>,
        #[serde(default, deserialize_with = "super::money_or_null")]
        cleared: Option<Option<Cents>>,
        #[serde(deserialize_with = "super::money")]
        policy: PolicyValue,
    }
    let answer = |json: Value| read::<Answer>(json);
    let one = Cents::new(1);
    assert_eq!(
        answer(json!({ "list": ["1", 1.0], "map": { "a": "1" }, "cleared": "1", "policy": 1.0 })),
        Ok(Answer {
            list: vec![one, one],
            map: Some(std::iter::once(("a".to_owned(), one)).collect()),
            cleared: Some(Some(one)),
            policy: one.into(),
        })
    );
    let bare = answer(json!({ "list": null, "cleared": null, "policy": "v1" }));
    assert_eq!(bare.map(|it| (it.list.len(), it.map, it.cleared)), Ok((0, None, Some(None))));
    assert!(answer(json!({ "policy": 1, "list": ["ten"] })).is_err());
}
