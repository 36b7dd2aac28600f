//! The key registry: a client knows which of its keys are in doubt, and a refusal does not remove the doubt.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, SystemTime};

use dots_api::{Exchange, PayoutLink, Request, Response, Transport};
use dots_api_ext::{
    Alarm, BatchItem, CallFuture, Clock, Dots, Error, IdempotencyKey, Outcome, PayoutRail, Reply, RetryPolicy,
};
use http::{HeaderMap, StatusCode};

use crate::support::clock::TestClock;
use crate::support::mini::{Fault, Mini};
use crate::support::wire::{Answer, Wire};
use crate::support::world::{
    FULL_WALLET, KEY, TEN_DOLLARS, builder_for, client_of, key, sandbox, somebody, user,
};

const REFUSED: &str = r#"{"success":false,"message":"insufficient funds"}"#;

/// The connection breaks after the request was read: the payout may have been made.
fn lost() -> Answer {
    Answer::cut("")
}

fn refused() -> Answer {
    Answer::json("400 Bad Request", REFUSED)
}

fn made() -> Answer {
    Answer::json("201 Created", format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#))
}

async fn deliver(dots: &Dots, key: IdempotencyKey) -> Result<(), Outcome> {
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key);
    payout.await.map(drop).map_err(|error| error.outcome())
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_stays_unknown() {
    let wire = Wire::start([lost(), refused()]).await;
    let dots = client_of(&wire.url());
    assert_eq!(deliver(&dots, key()).await, Err(Outcome::Unknown));
    assert_eq!(deliver(&dots, key()).await, Err(Outcome::Unknown));
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn a_refused_connection_after_a_lost_answer_stays_unknown() {
    let wire = Wire::start([lost()]).await;
    let dots = client_of(&wire.url());
    assert_eq!(deliver(&dots, key()).await, Err(Outcome::Unknown));
    drop(wire);
    assert_eq!(deliver(&dots, key()).await, Err(Outcome::Unknown));
}

#[tokio::test]
async fn the_clones_of_a_client_share_their_doubts() {
    let wire = Wire::start([lost(), refused()]).await;
    let dots = client_of(&wire.url());
    assert_eq!(deliver(&dots.clone(), key()).await, Err(Outcome::Unknown));
    assert_eq!(deliver(&dots, key()).await, Err(Outcome::Unknown));
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn another_client_of_the_account_knows_the_doubt() {
    let wire = Wire::start([lost(), refused()]).await;
    assert_eq!(deliver(&client_of(&wire.url()), key()).await, Err(Outcome::Unknown));
    assert_eq!(deliver(&client_of(&wire.url()), key()).await, Err(Outcome::Unknown));
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_settles_the_doubt_and_a_later_refusal_does_not_undo_it() {
    let wire = Wire::start([lost(), made(), refused()]).await;
    let dots = client_of(&wire.url());
    assert_eq!(deliver(&dots, key()).await, Err(Outcome::Unknown));
    assert_eq!(deliver(&dots, key()).await, Ok(()));
    // A payout stays paid, whatever the answer to a later send of the key.
    assert_eq!(deliver(&dots, key()).await, Err(Outcome::Unknown));
    assert_eq!(wire.requests().len(), 3);
}

#[tokio::test]
async fn the_doubt_about_one_key_says_nothing_about_another() {
    let wire = Wire::start([lost(), refused()]).await;
    let dots = client_of(&wire.url());
    assert_eq!(deliver(&dots, key()).await, Err(Outcome::Unknown));
    assert_eq!(deliver(&dots, IdempotencyKey::fresh()).await, Err(Outcome::Rejected));
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn a_call_that_is_dropped_on_its_way_leaves_its_key_in_doubt() {
    let wire = Wire::start([Answer::Silence, refused()]).await;
    let dots = client_of(&wire.url());
    tokio::select! {
        outcome = deliver(&dots, key()) => panic!("nobody answered, and yet: {outcome:?}"),
        () = one_request(&wire) => {}
    }
    assert_eq!(deliver(&dots, key()).await, Err(Outcome::Unknown));
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn a_doubt_outlives_an_open_circuit_breaker() {
    let wire = Wire::start([lost()]).await;
    let dots = client_of(&wire.url());
    assert_eq!(deliver(&dots, key()).await, Err(Outcome::Unknown));
    while deliver(&dots, IdempotencyKey::fresh()).await != Err(Outcome::NotSent) {}
    let requests = wire.requests().len();
    assert_eq!(deliver(&dots, key()).await, Err(Outcome::Unknown));
    assert_eq!(wire.requests().len(), requests);
}

#[tokio::test]
async fn a_refusal_that_came_first_is_no_evidence_of_a_payment() {
    let wire = Wire::start([refused()]).await;
    let dots = client_of(&wire.url());
    for _ in 0..3 {
        // Another process may have sent the key before; this one has lost no answer.
        let transfer = dots.transfer_to_user(&user_id(), TEN_DOLLARS).reference("march");
        let error = transfer.await.unwrap_err();
        assert_eq!((error.outcome(), error.is_probably_paid()), (Outcome::Unknown, false), "{error}");
    }
}

#[tokio::test]
async fn a_conflict_over_something_in_use_is_no_evidence_of_a_payment() {
    let body = r#"{"success":false,"message":"busy","error_code":"resource-busy"}"#;
    let wire = Wire::start([lost(), Answer::json("409 Conflict", body)]).await;
    let dots = client_of(&wire.url());
    for is_retryable in [true, true, true] {
        let error = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key()).await.unwrap_err();
        assert_eq!((error.outcome(), error.is_probably_paid()), (Outcome::Unknown, false), "{error}");
        assert_eq!(error.is_retryable(), is_retryable);
    }
}

#[tokio::test]
async fn one_key_is_under_way_once_at_a_time() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let transfer = dots.transfer_to_user(&user, TEN_DOLLARS);
    let (one, other) = tokio::join!(transfer.clone().into_future(), transfer.into_future());
    // The first one was made; Dots refused the other because of its key, and neither call says that nothing was paid.
    let (made, refused) = if one.is_ok() { (one, other) } else { (other, one) };
    let refused = refused.unwrap_err();
    assert_eq!((refused.outcome(), refused.is_probably_paid()), (Outcome::Unknown, true), "{refused}");
    assert_eq!(made.unwrap().amount.get(), -1_000);
    assert_eq!(FULL_WALLET - sandbox.balance(), 1_000);
}

#[tokio::test]
async fn fifty_calls_with_one_key_at_once_pay_once_and_deny_nothing() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let transfer = dots.transfer_to_user(&user, TEN_DOLLARS);
    let calls: Vec<_> = (0..50).map(|_| tokio::spawn(transfer.clone().into_future())).collect();
    let mut made = 0;
    for call in calls {
        match call.await.unwrap() {
            Ok(_) => made += 1,
            Err(error) => assert_eq!(error.outcome(), Outcome::Unknown, "{error}"),
        }
    }
    assert_eq!((made, FULL_WALLET - sandbox.balance()), (1, 1_000));
}

/// A server that the first request reaches a second later than the ones after it, and that refuses a reused key as
/// create_transfer does, like any bad request.
#[derive(Clone, Debug, Default)]
struct Overtaking {
    sent: Arc<AtomicU32>,
    made: Arc<AtomicU32>,
}

impl Transport for Overtaking {
    fn send(&self, _: Request) -> Exchange<'_> {
        let is_first = self.sent.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move {
            if is_first {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            let is_known = self.made.fetch_max(1, Ordering::Relaxed) > 0;
            let (status, body) = if is_known {
                (StatusCode::BAD_REQUEST, REFUSED)
            } else {
                (StatusCode::CREATED, r#"{"id":"t1","amount":-1000,"status":"created"}"#)
            };
            Ok(Response::new(status, HeaderMap::new(), body.into()))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_overtaken_by_another_with_its_key_denies_nothing() {
    let world = Overtaking::default();
    let dots = builder_for("http://127.0.0.1:1/api").transport(world.clone()).build().unwrap();
    let transfer = dots.transfer_to_user(&user_id(), TEN_DOLLARS);
    let (one, other) = tokio::join!(transfer.clone().send(), transfer.send());
    for outcome in [one, other] {
        assert_ne!(outcome.map_err(|error| error.outcome()).err(), Some(Outcome::Rejected));
    }
    assert_eq!((world.sent.load(Ordering::Relaxed), world.made.load(Ordering::Relaxed)), (2, 1));
}

/// A Dots that looks for the key when a request arrives, and remembers it when it has paid a second later.
#[derive(Clone, Debug, Default)]
struct Slow {
    known: Arc<Mutex<Vec<IdempotencyKey>>>,
    paid: Arc<AtomicU32>,
}

impl Transport for Slow {
    fn send(&self, request: Request) -> Exchange<'_> {
        Box::pin(async move {
            let key = request.idempotency_key.unwrap();
            let is_known = self.known.lock().unwrap().contains(&key);
            tokio::time::sleep(Duration::from_secs(1)).await;
            if !is_known {
                self.known.lock().unwrap().push(key);
                self.paid.fetch_add(1, Ordering::Relaxed);
            }
            let link = format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#);
            Ok(Response::new(StatusCode::CREATED, HeaderMap::new(), link.into()))
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_dots_that_is_slow_to_remember_a_key_never_sees_it_twice_at_once() {
    let slow = Slow::default();
    let clients = ["https://slow.example/api", "https://slow.example:443/api/"];
    let [one, other] = clients.map(|url| builder_for(url).transport(slow.clone()).build().unwrap());
    let payout = one.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    let (first, second, third) =
        tokio::join!(one.run(payout.clone()), one.run(payout.clone()), other.run(payout.clone()));
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!(slow.paid.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_deadline_comes_before_the_lease_of_its_key_ends_is_sent_when_the_key_is_free() {
    let slow = Slow::default();
    let dots = builder_for("https://hasty.example/api").transport(slow.clone()).build().unwrap();
    let patient = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    let hasty = patient.clone().retry(RetryPolicy::default().deadline(Duration::from_secs(20)));
    let (first, second) = tokio::join!(patient.into_future(), hasty.into_future());
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    assert_eq!(slow.paid.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_call_that_waits_for_its_key_gives_up_at_its_deadline_and_denies_nothing() {
    let wire = Wire::start([Answer::Silence]).await;
    let dots = client_of(&wire.url());
    let patient = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    let hasty = patient.clone().retry(RetryPolicy::none().deadline(Duration::from_millis(20)));
    tokio::select! {
        outcome = patient.into_future() => panic!("nobody answered, and yet: {outcome:?}"),
        error = async { one_request(&wire).await; hasty.await.unwrap_err() } => {
            assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 0), "{error}");
            assert!(error.is_retryable() && error.to_string().contains("is in flight"), "{error}");
        }
    }
    assert_eq!(wire.requests().len(), 1);
}

fn user_id() -> dots_api::UserId {
    KEY.parse().unwrap()
}

/// Waits until a request has arrived.
async fn one_request(wire: &Wire) {
    while wire.requests().is_empty() {
        tokio::task::yield_now().await;
    }
}

/// Carries out the first request and never answers it.
#[derive(Clone, Debug)]
struct LosesTheFirst(Mini);

impl Transport for LosesTheFirst {
    fn send(&self, request: Request) -> Exchange<'_> {
        let is_first = self.0.requests() == 0;
        Box::pin(async move {
            let answer = self.0.send(request).await;
            if is_first { std::future::pending().await } else { answer }
        })
    }
}

/// A clock that stands still.
#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_720_701_093)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> Alarm<'_> {
        Box::pin(std::future::pending())
    }
}

/// A call that is polled by whoever wakes it, at once: it sees what is there at that moment.
struct Eager {
    call: Mutex<CallFuture<PayoutLink>>,
    result: Mutex<Option<Result<Reply<PayoutLink>, Error>>>,
}

impl Wake for Eager {
    fn wake(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        let polled = self.call.lock().unwrap().as_mut().poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(result) = polled {
            *self.result.lock().unwrap() = Some(result);
        }
    }
}

#[test]
fn a_call_that_waits_for_its_key_is_woken_when_all_is_noted() {
    let mini = Mini::default();
    mini.faults([Fault::None, Fault::Refused]);
    let transport = LosesTheFirst(mini.clone());
    let dots = builder_for("https://woken.example/api").transport(transport).clock(Still).build().unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody());
    let mut first = payout.clone().send();
    assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let second = Arc::new(Eager { call: Mutex::new(payout.send()), result: Mutex::default() });
    Arc::clone(&second).wake();
    assert_eq!(mini.requests(), 1);
    // The first call is given up, which wakes the second: it has the key, and knows that it is in doubt.
    drop(first);
    let result = second.result.lock().unwrap().take().expect("the key is free");
    assert_eq!(result.unwrap_err().outcome(), Outcome::Unknown);
    assert_eq!((mini.payments(), mini.requests()), (1, 2));
}

#[tokio::test]
async fn a_process_that_can_remember_no_more_keys_sends_no_new_one() {
    let mini = Mini::default();
    let builder = builder_for("https://full.example/api").transport(mini.clone()).as_another_process();
    let dots = builder.build().unwrap();
    let known = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    dots.run(known.clone()).await.unwrap();
    // A process that a test makes up remembers 65,536 keys.
    for _ in 0..14 {
        let items = (0..5_000).map(|_| BatchItem::new(&user_id(), TEN_DOLLARS, PayoutRail::Default));
        dots.create_payout_batch(items).await.unwrap();
    }
    let paid = mini.payments();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert!(error.to_string().contains("remembers no more"), "{error}");
    // What it remembers can be asked for again.
    dots.run(known).await.unwrap();
    assert_eq!(mini.payments(), paid);
}

#[tokio::test]
async fn a_key_among_many_is_remembered_when_dots_has_forgotten_it() {
    let (mini, clock) = (Mini::default(), TestClock::default());
    let builder = builder_for("https://many.example/api").transport(mini.clone()).clock(clock.clone());
    let dots = builder.build().unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    dots.run(payout.clone()).await.unwrap();
    for _ in 0..4 {
        let items = (0..5_000).map(|_| BatchItem::new(&user_id(), TEN_DOLLARS, PayoutRail::Default));
        dots.create_payout_batch(items).await.unwrap();
    }
    clock.advance(Duration::from_secs(25 * 60 * 60));
    mini.advance(Duration::from_secs(25 * 60 * 60));
    assert_eq!(dots.run(payout).await.unwrap_err().outcome(), Outcome::Unknown);
    assert_eq!((mini.payments(), mini.requests()), (20_001, 5));
}
