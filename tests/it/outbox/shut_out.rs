//! One payout, one row or one setting shuts no other payout out.

use std::time::Duration;

use dots_api::{Exchange, Request, Response, SendPayout, Transport};
use dots_api_ext::outbox::{Outbox, Rules, Run, State, Stop};
use dots_api_ext::{Cents, Dots, Payee, Prepared};
use http::{HeaderMap, StatusCode};

use super::{World, by};
use crate::support::mini::Mini;
use crate::support::world::builder_for;

/// People by number, each with a phone of their own.
fn people(dots: &Dots, numbers: std::ops::Range<u32>) -> Vec<(String, Prepared<SendPayout>)> {
    let pays = |number: u32| {
        let phone = format!("20255{number:05}");
        (number.to_string(), dots.send_payout(Cents::new(1_000), Payee::phone("1", phone)))
    };
    numbers.map(pays).collect()
}

/// A Dots that answers a payout to some payees with 403.
#[derive(Clone, Debug)]
struct Forbids(Mini, &'static [&'static str]);

impl Transport for Forbids {
    fn send(&self, request: Request) -> Exchange<'_> {
        let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default()).into_owned();
        if !self.1.iter().any(|phone| body.contains(phone)) {
            return self.0.send(request);
        }
        let body = r#"{"success":false,"message":"the payee is blocked"}"#;
        Box::pin(async move { Ok(Response::new(StatusCode::FORBIDDEN, HeaderMap::new(), body.into())) })
    }
}

#[tokio::test]
async fn a_row_that_was_cancelled_shuts_no_other_out_on_the_next_night() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let run = || Run::new("2026-11").expect_total(3, Cents::new(3_000));
    outbox.plan_all(run(), people(&world.dots, 0..3)).await.unwrap();
    outbox.cancel("2026-11/1", by()).await.unwrap();
    let plan = outbox.plan_all(run(), people(&world.dots, 0..3)).await.unwrap();
    assert_eq!((plan.known, plan.total), (3, Cents::new(2_000)));
    let error = outbox.plan_all(run(), people(&world.dots, 0..2)).await.unwrap_err();
    assert!(error.to_string().contains("the list has `2` payouts of `2000` in all"), "{error}");
    outbox.work().await.unwrap();
    assert_eq!(world.sandbox.links(), 2);
}

#[tokio::test]
async fn rows_that_panic_stop_their_own_plan_alone() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    let client = world.dots.clone();
    let rows = (0..5).map(move |number: i64| {
        assert!(number < 3, "the fourth line cannot be read");
        let payee = Payee::phone("1", format!("20255{number:05}"));
        (number.to_string(), client.send_payout(Cents::new(1_000), payee))
    });
    let error = outbox.plan_all("2026-11", rows).await.unwrap_err();
    assert!(error.to_string().contains("panicked"), "{error}");
    assert!(outbox.totals().await.unwrap().is_empty());
    outbox.plan("invoice-881", world.payout()).await.unwrap();
    assert!(outbox.work().await.unwrap().is_done());
    assert_eq!(world.sandbox.links(), 1);
}

#[tokio::test]
async fn amounts_that_no_sum_can_hold_are_refused() {
    let world = World::new().await;
    let outbox = world.outbox().await;
    for amount in [i64::MAX, i64::MAX - 1, 1 << 53] {
        let error = outbox.plan(amount.to_string(), world.pays(Cents::new(amount))).await.unwrap_err();
        assert!(error.to_string().contains("above the limit per payout of `9007199254740991`"), "{error}");
    }
    for amount in [(1 << 53) - 1, (1 << 53) - 2] {
        outbox.plan(amount.to_string(), world.pays(Cents::new(amount))).await.unwrap();
        outbox.cancel(&amount.to_string(), by()).await.unwrap();
    }
    let done = outbox.work().await.unwrap();
    assert_eq!((done.count(State::Cancelled), world.posts()), (2, 0));
    assert!(outbox.tally(None).await.unwrap().ties_out());
}

#[tokio::test]
async fn rules_with_which_nothing_could_be_sent_are_not_taken() {
    let (long, none) = (Duration::from_secs(600), Duration::ZERO);
    let odd = [
        Rules { timeout: long, ..Rules::default() },
        Rules { timeout: Duration::MAX, lease: Duration::MAX, ..Rules::default() },
        Rules { lease: none, ..Rules::default() },
        Rules { window: none, ..Rules::default() },
    ];
    let world = World::new().await;
    let outbox = world.outbox().await;
    for (number, rules) in odd.into_iter().enumerate() {
        let outbox = outbox.with_rules(rules);
        outbox.plan(number.to_string(), people(&world.dots, 0..9).remove(number).1).await.unwrap();
        assert!(outbox.work().await.unwrap().is_done(), "{rules:?}");
        assert_eq!(world.posts(), number + 1, "{rules:?}");
    }
    assert_eq!(world.sandbox.links(), 4);
}

#[tokio::test]
async fn a_payee_for_whom_dots_says_403_shuts_nobody_else_out() {
    let (world, mini) = (World::new().await, Mini::default());
    let forbids = |phones| {
        let builder = builder_for("https://forbids.example/api").clock(world.clock.clone());
        builder.transport(Forbids(mini.clone(), phones)).build().unwrap()
    };
    let dots = forbids(&["2025500000"]);
    let outbox = Outbox::create(world.file(), &dots).await.unwrap();
    for night in 1..=3 {
        outbox.plan_all("2026-11", people(&dots, 0..4)).await.unwrap();
        let done = outbox.work().concurrency(1).await.unwrap();
        assert_eq!((done.stopped, done.attempts), (None, if night == 1 { 4 } else { 1 }));
        world.advance(24);
    }
    assert_eq!(mini.payments(), 3);
    outbox.close().await;
    // Where each is refused, it is the credentials.
    let dots = forbids(&["20255"]);
    let outbox = Outbox::open(world.file(), &dots).await.unwrap();
    outbox.plan_all("2026-12", people(&dots, 0..9)).await.unwrap();
    let done = outbox.work().concurrency(1).await.unwrap();
    assert_eq!((done.stopped, done.attempts), (Some(Stop::Credentials), 2));
    assert_eq!(mini.payments(), 3);
}
