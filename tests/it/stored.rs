//! Requests that a program stores and sends again: verbatim, to the server and account they are for, and each paid once.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use dots_api::{
    CreatePayout, CreatePayoutBatch, CreatePayoutLink, CreateTransfer, SendPayout, SendPayoutRequest, UserId,
};
use dots_api_ext::{
    BatchItem, Cents, Clock, Dots, DotsBuilder, EarlierSends, Environment, Evidence, IdempotencyKey, Keyed,
    LinkDelivery, Outcome, Payee, PayoutMethod, PayoutRail, Prepared, REFERENCE_NAMESPACE, RetryPolicy,
    StoredRequest,
};
use dots_sandbox::Sandbox;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::clock::TestClock;
use crate::support::mini::{Fault, Mini};
use crate::support::world::{KEY, TEN_DOLLARS, phone, somebody};

const HOUR: Duration = Duration::from_secs(3_600);

/// A client of another process than all others, for a Dots in memory at an address of its own.
fn builder(mini: &Mini, host: &str) -> DotsBuilder {
    Dots::builder()
        .credentials("pk_dev_sandbox", "sk_dev_sandbox")
        .environment(at(host))
        .transport(mini.clone())
        .retry(RetryPolicy::none())
        .as_another_process()
}

fn at(host: &str) -> Environment {
    format!("https://{host}.example/api").parse().unwrap()
}

fn user() -> UserId {
    KEY.parse().unwrap()
}

fn outcome<T>(result: &Result<T, dots_api_ext::Error>) -> Option<Outcome> {
    result.as_ref().err().map(dots_api_ext::Error::outcome)
}

#[tokio::test]
async fn a_request_of_each_operation_goes_out_byte_for_byte_and_pays_once() {
    let sandbox = Sandbox::start().await.unwrap();
    let dots = || {
        let environment: Environment = sandbox.url().parse().unwrap();
        let dots = Dots::builder().credentials("pk_dev_sandbox", "sk_dev_sandbox").environment(environment);
        dots.as_another_process().retry(RetryPolicy::none()).build().unwrap()
    };
    async fn twice<O: Keyed>(call: Prepared<O>, dots: impl Fn() -> Dots, sandbox: &Sandbox) {
        let stored = call.into_stored().unwrap();
        // As a column of a table gives it back.
        let text = serde_json::to_string(&stored).unwrap();
        let read: StoredRequest = serde_json::from_str(&text).unwrap();
        assert_eq!((&read, read.to_string()), (&stored, stored.to_string()));
        for sends in [EarlierSends::Never, EarlierSends::sent(stored.made_at(), Outcome::Unknown)] {
            let before = sandbox.requests().len();
            let _ = dots().with_earlier(sends).send_stored::<O>(&read).await;
            let request = &sandbox.requests()[before];
            assert_eq!(request.body, read.body());
            assert!(request.path.ends_with(O::META.path), "{}", request.path);
        }
    }
    let here = dots();
    let jo = here.create_user("Jo", "Doe", "jo@example.com", dots_api_ext::Phone::new("1", "2025550140"));
    let jo = jo.await.unwrap().id.clone();
    here.add_payout_method(&jo, PayoutMethod::VenmoHandle("jo-doe".to_owned())).await.unwrap();
    twice(here.send_payout(TEN_DOLLARS, somebody()).reference("a"), dots, &sandbox).await;
    twice(here.create_payout_link(TEN_DOLLARS, LinkDelivery::Sms(phone())), dots, &sandbox).await;
    twice(here.transfer_to_user(&jo, TEN_DOLLARS).reference("b"), dots, &sandbox).await;
    twice(here.pay_from_wallet(&jo, TEN_DOLLARS, PayoutRail::Default), dots, &sandbox).await;
    let item = BatchItem::new(&jo, TEN_DOLLARS, PayoutRail::Default).reference("c");
    twice(here.create_payout_batch([item]).reference("d"), dots, &sandbox).await;
    // The payout and the link; what the transfer put into the wallet, which the batch finds empty.
    assert_eq!((sandbox.paid("2025550139"), sandbox.paid(jo.as_str())), (2_000, 1_000));
}

#[tokio::test]
async fn a_program_that_crashes_after_any_step_pays_each_row_once() {
    // The first program dies before the send, after a lost answer, or before it has written the answer down.
    for (host, fault) in [("unsent", None), ("lost", Some(Fault::Lost)), ("answered", Some(Fault::None))] {
        let mini = Mini::default();
        let row = builder(&mini, host).build().unwrap().send_payout(TEN_DOLLARS, somebody());
        let row = row.reference("invoice-881").into_stored().unwrap().to_string();
        if let Some(fault) = fault {
            mini.faults([fault]);
            let sent = builder(&mini, host).build().unwrap().with_earlier(EarlierSends::Never);
            let _ = sent.send_stored::<SendPayout>(&row.parse().unwrap()).await;
        }
        let again = builder(&mini, host).build().unwrap();
        again.send_stored::<SendPayout>(&row.parse().unwrap()).await.unwrap();
        assert_eq!(mini.paid(), 1_000, "{host}");
    }
}

#[tokio::test]
async fn a_request_that_was_made_long_ago_is_sent_only_if_it_was_certainly_never_sent() {
    let (mini, clock) = (Mini::default(), TestClock::default());
    let dots = builder(&mini, "old").clock(clock.clone()).build().unwrap();
    let row = dots.send_payout(TEN_DOLLARS, somebody()).into_stored().unwrap();
    mini.faults([Fault::Lost]);
    dots.send_stored::<SendPayout>(&row).await.unwrap_err();
    clock.advance(HOUR * 30);
    mini.advance(HOUR * 30);
    // Dots has forgotten it by now, and so has this process.
    let later = builder(&mini, "old").clock(clock.clone()).build().unwrap();
    let refused = later.send_stored::<SendPayout>(&row).await;
    assert_eq!(outcome(&refused), Some(Outcome::Unknown));
    assert_eq!((mini.payments(), mini.requests()), (1, 1));
    // Another row of the same age, of which the table says that it was never sent.
    let unsent = StoredRequest::of(&at("old"), &operation("2025550140"), clock.now() - HOUR * 30).unwrap();
    assert_eq!(outcome(&later.send_stored::<SendPayout>(&unsent).await), Some(Outcome::Unknown));
    let later = builder(&mini, "old").clock(clock).build().unwrap();
    later.with_earlier(EarlierSends::Never).send_stored::<SendPayout>(&unsent).await.unwrap();
    assert_eq!(mini.payments(), 2);
}

fn operation(phone: &str) -> SendPayout {
    let payee = dots_api::PhonePayee::new("1".parse().unwrap(), phone.parse().unwrap());
    SendPayout::new(SendPayoutRequest::new(TEN_DOLLARS).payee(payee))
}

#[tokio::test]
async fn a_refusal_of_a_transfer_proves_that_nothing_moved_only_if_nobody_has_sent_it() {
    let mini = Mini::default();
    let dots = builder(&mini, "refused").build().unwrap();
    let row = |reference: &str| {
        dots.transfer_to_user(&user(), TEN_DOLLARS).reference(reference).into_stored().unwrap()
    };
    mini.faults([Fault::Refused, Fault::Refused, Fault::Refused]);
    let never = dots.with_earlier(EarlierSends::Never);
    assert_eq!(outcome(&never.send_stored::<CreateTransfer>(&row("a")).await), Some(Outcome::Rejected));
    assert_eq!(outcome(&dots.send_stored::<CreateTransfer>(&row("b")).await), Some(Outcome::Unknown));
    let known = dots.with_earlier(EarlierSends::sent(SystemTime::now(), Outcome::Unknown));
    assert_eq!(outcome(&known.send_stored::<CreateTransfer>(&row("c")).await), Some(Outcome::Unknown));
    assert_eq!(mini.payments(), 0);
}

#[tokio::test]
async fn a_request_for_somebody_else_or_something_else_is_not_sent() {
    let mini = Mini::default();
    let dots = builder(&mini, "mine").build().unwrap();
    let row = dots.send_payout(TEN_DOLLARS, somebody()).into_stored().unwrap();
    let app = "app_a".parse().unwrap();
    let others = [
        builder(&mini, "other").build().unwrap(),
        builder(&mini, "mine").credentials("pk_other", "sk_other").build().unwrap(),
        dots.with_app(&app).unwrap(),
    ];
    for (sends, expected) in [
        (EarlierSends::Never, Outcome::NotSent),
        (EarlierSends::sent(SystemTime::now(), Outcome::Rejected), Outcome::NotSent),
        (EarlierSends::sent(SystemTime::now(), Outcome::Unknown), Outcome::Unknown),
    ] {
        for other in &others {
            let error = other.with_earlier(sends).send_stored::<SendPayout>(&row).await.unwrap_err();
            assert_eq!((error.outcome(), error.attempts()), (expected, 0), "{error}");
            assert_eq!(error.idempotency_key(), Some(row.idempotency_key()));
        }
        let here = dots.with_earlier(sends);
        assert_eq!(outcome(&here.send_stored::<CreatePayoutLink>(&row).await), Some(expected));
        assert_eq!(outcome(&here.send_stored::<CreatePayout>(&row).await), Some(expected));
        assert_eq!(outcome(&here.send_stored::<CreatePayoutBatch>(&row).await), Some(expected));
    }
    assert_eq!(mini.requests(), 0);
    // What the caller vouches for is sent, and so is the same server in another spelling.
    let rotated = builder(&mini, "MINE").credentials("pk_new", "sk_new").build().unwrap();
    rotated.send_stored::<SendPayout>(&row.clone().for_any_account()).await.unwrap();
    dots.send_stored::<SendPayout>(&row).await.unwrap();
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn a_text_that_was_changed_anywhere_is_refused_and_repeated_nowhere() {
    let mini = Mini::default();
    let dots = builder(&mini, "changed").build().unwrap();
    let payee = Payee::phone("1", "2025550139");
    let row = dots.send_payout(Cents::new(123_456), payee).memo("canary-memo").into_stored().unwrap();
    let text = row.to_string();
    assert_eq!(text.parse::<StoredRequest>().unwrap(), row);
    assert!(!text.contains('\n') && !text.contains("sk_dev") && !text.contains("pk_dev"));
    for place in 0..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[place] = if changed[place] == b'7' { b'8' } else { b'7' };
        let changed = String::from_utf8(changed).unwrap();
        let error = changed.parse::<StoredRequest>().unwrap_err();
        // What became of the payment is unknown.
        assert_eq!(error.outcome(), Outcome::Unknown, "{place}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
        let cut: String = text.chars().take(place).collect();
        assert!(cut.parse::<StoredRequest>().is_err());
    }
    for (from, to, says) in [
        ("\"stored_request\":1", "\"stored_request\":2", "version"),
        ("\"stored_request\":1", "\"stored_request\":\"1\"", "version"),
        ("{\"", "{\"priority\":1,\"", "changed"),
        ("123456", "999999", "changed"),
    ] {
        let error = text.replacen(from, to, 1).parse::<StoredRequest>().unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    assert!(!format!("{row:?}").contains("canary") && !format!("{row:?}").contains("2025550139"));
    // A database may write the same object in another order and with other spaces.
    let value: Value = serde_json::from_str(&text).unwrap();
    let pretty = serde_json::to_string_pretty(&value).unwrap();
    assert_eq!(pretty.parse::<StoredRequest>().unwrap(), row);
}

#[test]
fn a_fingerprint_tells_payments_apart_and_not_the_ways_to_write_them() {
    let of = |operation: &SendPayout| {
        StoredRequest::of(&Environment::Sandbox, operation, SystemTime::UNIX_EPOCH).unwrap().fingerprint()
    };
    let first = operation("2025550139");
    let mut same = operation("2025550139");
    same.body.memo = Some("another memo".to_owned());
    assert_ne!(first.body.idempotency_key, same.body.idempotency_key);
    assert_eq!(of(&first), of(&same));
    let mut more = operation("2025550139");
    more.body.amount = Cents::new(1_001);
    let others = [of(&more), of(&operation("2025550140"))];
    assert!(!others.contains(&of(&first)) && others[0] != others[1]);
}

/// Rows of outboxes hold these, and a payment whose fingerprint is another one tomorrow is another payment.
#[test]
fn a_fingerprint_is_what_stored_requests_have_had_since_the_first() {
    fn of<O: Keyed + DeserializeOwned>(body: &Value) -> (String, Uuid) {
        let operation: O = serde_json::from_value(json!({ "body": body })).unwrap();
        let stored = StoredRequest::of(&Environment::Sandbox, &operation, SystemTime::UNIX_EPOCH).unwrap();
        (stored.body().to_owned(), stored.fingerprint())
    }
    let phone = json!({ "country_code": "1", "phone_number": "2025550139" });
    let payee = json!({ "country_code": "44", "phone_number": "2025550139", "email": "Al@Example.com" });
    let send = json!({ "amount": 1000, "payee": phone, "memo": "any", "idempotency_key": KEY });
    let link =
        json!({ "amount": 1000, "user_id": KEY.to_uppercase(), "payee": payee, "idempotency_key": KEY });
    let pay = json!({ "amount": 1000, "user_id": KEY, "platform": "paypal", "idempotency_key": KEY });
    let transfer = json!({ "amount": -1000, "user_id": KEY, "idempotency_key": KEY });
    let found = [
        of::<SendPayout>(&send).1,
        of::<CreatePayoutLink>(&link).1,
        of::<CreatePayout>(&pay).1,
        of::<CreateTransfer>(&transfer).1,
    ];
    let known = [
        "5d866485-7843-522c-af2b-17896a8dcb40",
        "07ac5686-658f-519c-80bc-09e75bfe5520",
        "cdbdd249-16a8-5ec2-8a8d-e984088dc6df",
        "0601437f-d506-57a1-b7e2-2806b56f6e38",
    ];
    assert_eq!(found.map(|it| it.to_string()), known);
    let item =
        json!({ "user_id": KEY, "amount": 1000, "platform": "paypal", "fund": true, "idempotency_key": KEY });
    let (body, batch) = of::<CreatePayoutBatch>(&json!({ "items": [item], "idempotency_key": KEY }));
    let name = format!("1\ncreate_payout_batch\n{body}");
    assert_eq!(batch, Uuid::new_v5(&REFERENCE_NAMESPACE, name.as_bytes()));
}

#[tokio::test]
async fn evidence_survives_storage_and_says_what_the_call_said() {
    let mini = Mini::default();
    let dots = builder(&mini, "evidence").build().unwrap();
    mini.faults([Fault::Lost, Fault::None, Fault::Refused]);
    let row = dots.send_payout(TEN_DOLLARS, somebody()).into_stored().unwrap();
    let lost = dots.send_stored::<SendPayout>(&row).await.unwrap_err();
    let stored = |evidence: Evidence| {
        let text = serde_json::to_string(&evidence).unwrap();
        assert_eq!(serde_json::from_str::<Evidence>(&text).unwrap(), evidence);
        let more = text.replacen('{', "{\"newer\":1,", 1);
        assert!(serde_json::from_str::<Evidence>(&more).is_err());
        evidence
    };
    let evidence = stored(lost.evidence());
    assert_eq!(evidence.outcome, Some(Outcome::Unknown));
    assert_eq!(evidence.idempotency_key, Some(row.idempotency_key()));
    let paid = dots.send_stored::<SendPayout>(&row).await.unwrap();
    let evidence = stored(paid.evidence());
    assert_eq!((evidence.outcome, evidence.object_id.as_deref()), (None, Some(paid.id.as_str())));
    assert!(evidence.may_be_of_earlier_send && evidence.http_status == Some(201));
    assert_eq!(serde_json::from_slice::<Value>(paid.body()).unwrap()["id"], paid.id.as_str());
    let key: IdempotencyKey = evidence.idempotency_key.unwrap();
    assert_eq!((key, mini.payments()), (row.idempotency_key(), 1));
    let refused = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!(stored(refused.evidence()).outcome, Some(Outcome::Rejected));
}

/// Changes a stored request as another version of this crate could write it: with the checksum of what it holds.
fn rewritten(row: &StoredRequest, change: impl FnOnce(&mut BTreeMap<String, Value>)) -> String {
    let mut fields: BTreeMap<String, Value> = serde_json::from_str(&row.to_string()).unwrap();
    change(&mut fields);
    let version = fields.remove("stored_request").unwrap();
    fields.remove("checksum");
    let checksum = Uuid::new_v5(&REFERENCE_NAMESPACE, serde_json::to_string(&fields).unwrap().as_bytes());
    fields.extend([("checksum".to_owned(), json!(checksum)), ("stored_request".to_owned(), version)]);
    serde_json::to_string(&fields).unwrap()
}

#[tokio::test]
async fn a_body_that_this_version_would_write_otherwise_goes_out_byte_for_byte() {
    let sandbox = Sandbox::start().await.unwrap();
    let builder = Dots::builder().credentials("pk_dev_sandbox", "sk_dev_sandbox");
    let dots = builder.environment(sandbox.url().parse().unwrap()).build().unwrap();
    let row = dots.send_payout(TEN_DOLLARS, somebody()).reference("invoice-881").into_stored().unwrap();
    assert_eq!(rewritten(&row, |_| {}), row.to_string());
    let body: Value = serde_json::from_str(row.body()).unwrap();
    let body = serde_json::to_string_pretty(&body).unwrap();
    let text = rewritten(&row, |fields| drop(fields.insert("body".to_owned(), json!(body))));
    for _ in 0..2 {
        dots.send_stored::<SendPayout>(&text.parse().unwrap()).await.unwrap();
        assert_eq!(sandbox.requests().last().unwrap().body, body);
    }
    assert_eq!((sandbox.paid("2025550139"), sandbox.links()), (1_000, 1));
}

#[tokio::test]
async fn a_body_with_another_key_than_its_request_is_not_sent() {
    let mini = Mini::default();
    let dots = builder(&mini, "another-key").build().unwrap().with_earlier(EarlierSends::Never);
    let item = BatchItem::new(&user(), TEN_DOLLARS, PayoutRail::Default);
    let (row, batch) =
        (dots.send_payout(TEN_DOLLARS, somebody()), dots.create_payout_batch([item]).reference("b"));
    let (row, batch) = (row.into_stored().unwrap(), batch.into_stored().unwrap());
    let another = |fields: &mut BTreeMap<String, Value>| {
        fields.insert("idempotency_key".to_owned(), json!(IdempotencyKey::fresh()));
    };
    let others = |fields: &mut BTreeMap<String, Value>| {
        fields.insert("item_keys".to_owned(), json!([IdempotencyKey::fresh()]));
    };
    let sent = dots.send_stored::<SendPayout>(&rewritten(&row, another).parse().unwrap()).await;
    assert_eq!(outcome(&sent), Some(Outcome::NotSent));
    let sent = dots.send_stored::<CreatePayoutBatch>(&rewritten(&batch, others).parse().unwrap()).await;
    assert_eq!(outcome(&sent), Some(Outcome::NotSent));
    assert_eq!((mini.payments(), mini.requests()), (0, 0));
}

#[tokio::test]
async fn a_field_that_this_version_does_not_know_is_refused() {
    let mini = Mini::default();
    let dots = builder(&mini, "more-fields").build().unwrap();
    let row = dots.send_payout(TEN_DOLLARS, somebody()).into_stored().unwrap();
    for (name, value) in [("not_before", json!(1)), ("pays", json!(null)), ("a", json!({ "b": [] }))] {
        let text = rewritten(&row, |fields| drop(fields.insert(name.to_owned(), value.clone())));
        // What the field asks for would not be done.
        let error = text.parse::<StoredRequest>().unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert!(
            error.to_string().contains(&format!("this crate does not know its field `{name}`;")),
            "{error}"
        );
        let body = row.body().replacen('{', &format!("{{\"{name}\":{value},"), 1);
        let text = rewritten(&row, |fields| drop(fields.insert("body".to_owned(), json!(body))));
        let error = dots.send_stored::<SendPayout>(&text.parse().unwrap()).await.unwrap_err();
        assert!(error.to_string().contains(&format!("does not know its field `{name}`")), "{error}");
    }
    assert_eq!(mini.requests(), 0);
    dots.send_stored::<SendPayout>(&row).await.unwrap();
    assert_eq!(mini.payments(), 1);
}
