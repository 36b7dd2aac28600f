//! Calls that hung, were shut out or took the program with them: no call waits for what only its caller can move, and
//! none outlives its deadline. Found from outside, with others like them.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use dots_api::{Exchange, GetOrganization, ListPayoutLinks, ListTransfers, Request, Response, Transport};
use dots_api_ext::{
    Alarm, Clock, Dots, DotsBuilder, Environment, Error, IdempotencyKey, Outcome, RetryPolicy, blocking,
};
use dots_sandbox::Sandbox;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use http::{HeaderMap, StatusCode};
use tokio::runtime::{Builder, Runtime};

use crate::support::clock::TestClock;
use crate::support::mini::Mini;
use crate::support::wire::{Answer, Wire};
use crate::support::world::{KEY, PHONE, TEN_DOLLARS, builder_for, client_of, key, somebody};

const SECOND: Duration = Duration::from_secs(1);

fn builder(transport: impl Transport + 'static) -> DotsBuilder {
    Dots::builder()
        .credentials("pk_dev_sandbox", "sk_dev_sandbox")
        .environment("https://shut-out.example/api".parse::<Environment>().unwrap())
        .transport(transport)
}

/// Answers payouts, but for the first, as a Dots does that fails for one of many.
#[derive(Clone, Debug, Default)]
struct FailsOnce {
    seen: Arc<AtomicUsize>,
    /// Whether the first is not answered at all.
    loses: bool,
}

impl Transport for FailsOnce {
    fn send(&self, request: Request) -> Exchange<'_> {
        Box::pin(async move {
            let is_first = self.seen.fetch_add(1, Ordering::Relaxed) == 0;
            tokio::task::yield_now().await;
            let answer = |status, body: String| Ok(Response::new(status, HeaderMap::new(), body.into()));
            match (is_first, request.operation.method.is_safe()) {
                (true, _) if self.loses => Err("the answer was lost".into()),
                (true, _) => answer(StatusCode::INTERNAL_SERVER_ERROR, r#"{"success":false}"#.to_owned()),
                (_, true) => answer(StatusCode::OK, r#"{"data":[],"has_more":false}"#.to_owned()),
                (_, false) => answer(
                    StatusCode::CREATED,
                    format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#),
                ),
            }
        })
    }
}

/// A look-up in the loop body, while the other payouts are in flight and not polled.
#[tokio::test(start_paused = true)]
async fn a_call_in_the_body_of_a_buffered_stream_waits_for_no_other() {
    for loses in [false, true] {
        let dots =
            builder(FailsOnce { loses, ..FailsOnce::default() }).retry(RetryPolicy::none()).build().unwrap();
        let began = tokio::time::Instant::now();
        let payouts = (0..60).map(|_| dots.send_payout(TEN_DOLLARS, somebody()).send());
        let mut payouts = futures_util::stream::iter(payouts).buffer_unordered(20);
        let mut paid = 0;
        while let Some(payout) = payouts.next().await {
            match payout {
                Ok(_) => paid += 1,
                Err(error) => {
                    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
                    dots.run(ListPayoutLinks::new()).await.unwrap();
                }
            }
        }
        assert_eq!(paid, 59);
        assert!(began.elapsed() <= 10 * SECOND, "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_with_a_key_that_an_unpolled_future_has_ends_in_time() {
    let silent = Silent;
    let dots = builder(silent).retry(RetryPolicy::none()).timeout(60 * SECOND).build().unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody());
    let mut in_flight = FuturesUnordered::new();
    in_flight.push(payout.clone().send());
    // It leaves, and is polled no more.
    poll_fn(|context| {
        assert!(in_flight.poll_next_unpin(context).is_pending());
        Poll::Ready(())
    })
    .await;
    let began = Instant::now();
    let again = payout.retry(RetryPolicy::none().deadline(Duration::from_millis(300))).await.unwrap_err();
    assert_eq!(again.outcome(), Outcome::Unknown, "{again}");
    assert!(began.elapsed() < 20 * SECOND);
}

/// Never answers.
#[derive(Debug)]
struct Silent;

impl Transport for Silent {
    fn send(&self, _: Request) -> Exchange<'_> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn no_call_outlives_its_deadline_whatever_its_transport_does() {
    let dots = builder(Silent).timeout(Duration::from_millis(20)).build().unwrap();
    let error = dots.with_retry(RetryPolicy::none()).send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.attempts()), (Outcome::Unknown, 1), "{error}");
    let policy = RetryPolicy::standard().deadline(Duration::from_millis(50));
    let error = dots.with_retry(policy).send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
}

/// Fails every read, and carries out every payout.
#[derive(Clone, Debug, Default)]
struct OneIsBroken(Arc<AtomicUsize>);

impl Transport for OneIsBroken {
    fn send(&self, request: Request) -> Exchange<'_> {
        Box::pin(async move {
            if request.operation.method.is_safe() {
                let body = Bytes::from_static(br#"{"success":false,"message":"broken"}"#);
                return Ok(Response::new(StatusCode::INTERNAL_SERVER_ERROR, HeaderMap::new(), body));
            }
            self.0.fetch_add(1, Ordering::Relaxed);
            let body = format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#);
            Ok(Response::new(StatusCode::CREATED, HeaderMap::new(), body.into()))
        })
    }
}

#[tokio::test]
async fn one_broken_operation_shuts_no_payout_out() {
    let (broken, clock) = (OneIsBroken::default(), TestClock::default());
    let dots = builder(broken.clone()).clock(clock.clone()).build().unwrap();
    let mut refused = 0;
    for half in 0..7_200_u32 {
        clock.advance(SECOND / 2);
        for read in 0..2 {
            let error = match read {
                0 => dots.run(GetOrganization::new()).await.unwrap_err(),
                _ => dots.run(ListTransfers::new()).await.unwrap_err(),
            };
            if error.outcome() == Outcome::NotSent {
                refused += 1;
                // It says what was seen of this operation, and not that Dots does not answer.
                let text = error.to_string();
                assert!(text.contains("it failed `") && text.contains("in a row"), "{text}");
            }
        }
        if half % 60 == 0 {
            dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
        }
    }
    assert_eq!(broken.0.load(Ordering::Relaxed), 120);
    assert!(refused > 10_000, "{refused}");
}

#[test]
fn clients_of_one_client_on_runtimes_of_their_own_do_not_wait_for_one_another() {
    let world = Runtime::new().unwrap();
    let sandbox = world.block_on(Sandbox::start()).unwrap();
    let dots = client_of(&sandbox.url());
    let (one, other) = (blocking::Dots::new(dots.clone()), blocking::Dots::new(dots.clone()));
    let current = || Builder::new_current_thread().enable_all().build().unwrap();
    let runtimes = [current(), current(), Runtime::new().unwrap()];
    for _ in 0..3 {
        // First those that nothing drives between their calls.
        for runtime in &runtimes {
            runtime.block_on(dots.send_payout(TEN_DOLLARS, somebody()).send()).unwrap();
        }
        for blocking in [&one, &other] {
            blocking.wait(blocking.send_payout(TEN_DOLLARS, somebody())).unwrap();
        }
    }
    // More runtimes than there are pools, each used once and gone.
    for _ in 0..40 {
        current().block_on(dots.send_payout(TEN_DOLLARS, somebody()).send()).unwrap();
    }
    assert_eq!((sandbox.paid(PHONE), sandbox.links()), (55_000, 55));
}

#[test]
fn what_one_thread_does_between_two_rows_stops_no_other() {
    let world = Runtime::new().unwrap();
    let sandbox = world.block_on(Sandbox::start()).unwrap();
    let dots = blocking::Dots::new(client_of(&sandbox.url()));
    for _ in 0..5 {
        dots.wait(dots.send_payout(TEN_DOLLARS, somebody())).unwrap();
    }
    for within in [false, true] {
        let (sender, receiver) = mpsc::sync_channel(1);
        let reader = dots.clone();
        let reads = thread::spawn(move || {
            if within {
                reader.block_on(async |dots| {
                    let mut links = dots.list(ListPayoutLinks::new()).items();
                    while let Some(link) = links.next().await.transpose()? {
                        sender.send(link).unwrap();
                    }
                    Ok::<_, Error>(())
                })
            } else {
                reader.iter(reader.list(ListPayoutLinks::new()).items()).try_for_each(|link| {
                    sender.send(link?).unwrap();
                    Ok(())
                })
            }
        });
        // The channel is full while this thread calls the same client.
        for link in receiver {
            dots.wait(dots.fetch_payout_link(&link.id)).unwrap();
        }
        reads.join().unwrap().unwrap();
    }
    assert_eq!(sandbox.links(), 5);
}

/// A clock that panics when it is asked for the nth time.
#[derive(Debug)]
struct Panics {
    after: AtomicUsize,
}

impl Panics {
    fn tick(&self) {
        let tick = |left: usize| left.checked_sub(1);
        let ticked = self.after.fetch_update(Ordering::Relaxed, Ordering::Relaxed, tick);
        assert!(ticked.is_ok(), "the clock is broken, and stays so");
    }
}

impl Clock for Panics {
    fn now(&self) -> SystemTime {
        self.tick();
        SystemTime::UNIX_EPOCH + 1_000_000 * SECOND
    }

    fn elapsed(&self) -> Duration {
        self.tick();
        SECOND
    }

    fn sleep(&self, _: Duration) -> Alarm<'_> {
        self.tick();
        Box::pin(std::future::ready(()))
    }
}

#[test]
fn a_clock_that_panics_ends_the_call_and_not_the_program() {
    let mut ended = 0;
    for after in 1..60 {
        let mini = Mini::default();
        let clock = Panics { after: AtomicUsize::new(after) };
        let dots = builder(mini.clone()).clock(clock).build().unwrap();
        let key = IdempotencyKey::fresh();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let paid = catch_unwind(AssertUnwindSafe(|| {
            let payout = dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key);
            runtime.block_on(payout.send())
        }));
        ended += usize::from(paid.is_err());
        // Other clients go on, and know the key if it was sent.
        let other = builder(mini.clone()).build().unwrap();
        let again =
            runtime.block_on(other.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key).send());
        assert!(again.is_ok() || mini.payments() == 1, "{again:?}");
        assert_eq!(mini.payments(), 1, "{after}");
    }
    assert!(ended > 2, "{ended}");
}

/// An executor of one's own: no tokio anywhere.
fn run_by_hand<T>(futures: Vec<Pin<Box<dyn Future<Output = T> + Send + '_>>>) -> Vec<T> {
    struct Unpark(thread::Thread, AtomicBool);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.1.store(true, Ordering::Release);
            self.0.unpark();
        }
    }
    let woken = Arc::new(Unpark(thread::current(), AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&woken));
    let mut context = Context::from_waker(&waker);
    let mut pending: VecDeque<_> = futures.into();
    let mut done = Vec::new();
    while !pending.is_empty() {
        while !woken.1.swap(false, Ordering::AcqRel) {
            thread::park();
        }
        for _ in 0..pending.len() {
            let mut future = pending.pop_front().unwrap();
            match future.as_mut().poll(&mut context) {
                Poll::Ready(value) => done.push(value),
                Poll::Pending => pending.push_back(future),
            }
        }
    }
    done
}

/// Answers after it was polled a few times, and needs no runtime.
#[derive(Clone, Debug, Default)]
struct ByHand(Mini, Arc<Mutex<usize>>);

impl Transport for ByHand {
    fn send(&self, request: Request) -> Exchange<'_> {
        let mut left = 3;
        Box::pin(async move {
            poll_fn(|context| {
                context.waker().wake_by_ref();
                *self.1.lock().unwrap() += 1;
                left -= 1;
                if left == 0 { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            self.0.send(request).await
        })
    }
}

#[test]
fn a_hand_made_executor_needs_no_tokio() {
    let transport = ByHand::default();
    let dots = builder(transport.clone()).clock(TestClock::default()).build().unwrap();
    // Two calls with one key at once, and more first calls than are admitted while nothing is known of Dots.
    let twice = dots.send_payout(TEN_DOLLARS, somebody());
    let answers = run_by_hand(vec![twice.clone().send(), twice.send()]);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let other = builder(transport.clone()).clock(TestClock::default()).build().unwrap();
    let many = (0..50).map(|_| other.send_payout(TEN_DOLLARS, somebody()).send()).collect();
    let answers = run_by_hand(many);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(transport.0.payments(), 51);
}

#[test]
fn what_is_missing_of_a_runtime_is_said_and_nothing_is_sent() {
    let world = Runtime::new().unwrap();
    let sandbox = world.block_on(Sandbox::start()).unwrap();
    let pay = |dots: &Dots| dots.send_payout(TEN_DOLLARS, somebody()).send();
    let mini = Mini::default();
    let (network, by_clock) = (client_of(&sandbox.url()), builder(mini.clone()).build().unwrap());
    let bare = Builder::new_current_thread().build().unwrap();
    let timers = Builder::new_current_thread().enable_time().build().unwrap();
    let sockets = Builder::new_current_thread().enable_io().build().unwrap();
    let errors = [
        (run_by_hand(vec![pay(&network)]).remove(0), "no tokio runtime"),
        (run_by_hand(vec![pay(&by_clock)]).remove(0), "no tokio runtime"),
        (bare.block_on(pay(&network)), "`enable_time`"),
        (bare.block_on(pay(&by_clock)), "`enable_time`"),
        (sockets.block_on(pay(&network)), "`enable_time`"),
        (timers.block_on(pay(&network)), "`enable_io`"),
    ];
    for (result, missing) in errors {
        let error = result.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
        assert!(error.to_string().contains(missing), "{error}");
    }
    timers.block_on(pay(&by_clock)).unwrap();
    assert_eq!((sandbox.requests().len(), mini.payments()), (0, 1));
}

#[test]
fn a_payout_that_may_have_been_made_is_not_denied_where_there_is_no_runtime() {
    let world = Runtime::new().unwrap();
    let wire = world.block_on(Wire::start([Answer::cut("")]));
    let payout = client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    let lost = world.block_on(payout.clone().send()).unwrap_err();
    let missing = run_by_hand(vec![payout.send()]).remove(0).unwrap_err();
    assert_eq!((lost.outcome(), missing.outcome()), (Outcome::Unknown, Outcome::Unknown), "{missing}");
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_breaker_that_is_open_says_how_many_requests_were_not_answered() {
    let wire = Wire::start([Answer::cut("")]).await;
    let dots = builder_for(&wire.url()).clock(TestClock::default()).build().unwrap();
    let mut last = None;
    while last.as_ref().is_none_or(|error: &Error| error.outcome() != Outcome::NotSent) {
        last = Some(dots.run(GetOrganization::new()).await.unwrap_err());
    }
    let text = last.unwrap().to_string();
    assert!(text.contains("the last `20` requests got no answer"), "{text}");
    assert_eq!(wire.requests().len(), 20);
}
