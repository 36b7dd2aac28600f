//! Payouts that are planned without an API key, and sent by a program that has one.

use std::time::SystemTime;

use dots_api::{PhonePayee, SendPayout, SendPayoutRequest};
use dots_api_ext::outbox::{Decision, Outbox, OutboxError, Planned, Planner, State};
use dots_api_ext::{Cents, Environment, StoredRequest};
use dots_sandbox::{Fault, When};
use serde_json::Value;

use super::{World, by};
use crate::support::world::PHONE;

fn payout(cents: i64) -> SendPayout {
    let payee = PhonePayee::new("1".parse().unwrap(), PHONE.parse().unwrap());
    SendPayout::new(SendPayoutRequest::new(Cents::new(cents)).payee(payee))
}

fn planned(world: &World, reference: &str, cents: i64) -> Planned {
    Planner::new("main account", world.dots.environment()).plan(reference, payout(cents)).unwrap()
}

#[tokio::test]
async fn a_planned_payout_is_paid_once_and_found_by_its_mark() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let text = planned(&world, "invoice-881", 1_000).to_string();
    for _ in 0..2 {
        outbox.accept(&text.parse().unwrap()).await.unwrap();
    }
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    assert!(outbox.work().await.unwrap().is_done());
    let other = planned(&world, "invoice-881", 2_000);
    let error = outbox.accept(&other).await.unwrap_err();
    assert!(matches!(error, OutboxError::OtherPayout { .. }), "{error}");
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn a_planned_payout_and_one_whose_reference_looks_the_same_are_one() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    outbox.accept(&planned(&world, "cafe\u{301}", 1_000)).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    world.advance(48);
    let again = outbox.pay_once("caf\u{e9}", world.payout()).await.unwrap();
    assert_eq!(again.status().state, State::Settled);
    let text = planned(&world, "caf\u{e9}", 1_000).to_string().replace("caf\u{e9}", "cafe\u{301}");
    let error = text.parse::<Planned>().unwrap_err();
    assert!(error.to_string().contains("normalization form C"), "{error}");
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn a_payout_for_another_account_or_place_is_refused() {
    let world = World::new().await;
    let outbox = Outbox::create_for(world.file(), "second account", &world.dots).await.unwrap();
    let error = outbox.accept(&planned(&world, "invoice-881", 1_000)).await.unwrap_err();
    assert!(error.to_string().contains("main account"), "{error}");
    let elsewhere =
        Planner::new("second account", Environment::Production).plan("invoice-881", payout(1_000)).unwrap();
    let error = outbox.accept(&elsewhere).await.unwrap_err();
    assert!(error.to_string().contains("for the server"), "{error}");
    assert!(outbox.totals().await.unwrap().is_empty());
    assert_eq!((world.posts(), world.paid()), (0, 0));
}

#[tokio::test]
async fn a_text_that_was_changed_is_refused() {
    let world = World::new().await;
    let text = planned(&world, "invoice-881", 1_000).to_string();
    for (from, to) in [
        ("\"planned\":1", "\"planned\":2"),
        ("\"reference\":\"invoice-881\"", "\"reference\":\"invoice-882\""),
        ("\"account\":\"main account\"", "\"account\":\"another\""),
        ("\"cents\":", "\"more\":1,\"cents\":"),
        ("2025550139", "2025550140"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        assert!(changed.parse::<Planned>().is_err(), "{from}");
    }
    // The amount is read from the request.
    let outbox = world.outbox().await;
    let cheap: Planned = text.replacen("\"cents\":1000", "\"cents\":1", 1).parse().unwrap();
    assert_eq!(outbox.accept(&cheap).await.unwrap().cents, Cents::new(1_000));
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn a_key_that_another_reference_has_is_refused() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let first = planned(&world, "invoice-881", 1_000);
    outbox.accept(&first).await.unwrap();
    let second = planned(&world, "invoice-882", 1_000);
    let mut body: SendPayoutRequest = serde_json::from_str(second.request().body()).unwrap();
    body.idempotency_key = first.idempotency_key();
    let request =
        StoredRequest::of(&world.dots.environment(), &SendPayout::new(body), SystemTime::now()).unwrap();
    let mut text: Value = serde_json::from_str(&second.to_string()).unwrap();
    text["request"] = request.to_string().into();
    let error = text.to_string().parse::<Planned>().unwrap_err();
    assert!(error.to_string().contains("its key"), "{error}");
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (1, 1_000));
}

#[tokio::test]
async fn many_payouts_are_decided_alike() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    world.sandbox.inject(Fault::Reset).on("send_payout").when(When::Before).times(3);
    for cents in [1_000, 2_000, 3_000] {
        outbox.plan(format!("invoice-{cents}"), world.pays(Cents::new(cents))).await.unwrap();
    }
    outbox.work().await.unwrap();
    world.advance(25);
    assert_eq!(outbox.work().await.unwrap().count(State::Review), 3);
    let review = outbox.review().await.unwrap();
    assert!(review.iter().all(|status| status.deadline.is_some()), "{review:?}");
    let before = world.sandbox.requests().len();
    let references: Vec<String> = review.into_iter().map(|status| status.reference).collect();
    let decided = outbox.decide_all(references, Decision::PayAgain, by()).await.unwrap();
    assert!(decided.iter().all(|(_, result)| result.is_ok()), "{decided:?}");
    // One reading of two lists for all three.
    assert_eq!(world.sandbox.requests().len() - before, 2);
    let decided = outbox.decide_all(["invoice-1000", "invoice-9"], Decision::GiveUp, by()).await.unwrap();
    assert!(matches!(decided[0].1, Err(OutboxError::Illegal { .. })), "{decided:?}");
    assert!(matches!(decided[1].1, Err(OutboxError::UnknownReference(_))), "{decided:?}");
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (6, 6_000));
}
