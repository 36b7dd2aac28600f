//! One call: lease its key, wait for admission, send, retry where that is safe and may help, and say what came of it.

use std::borrow::Cow;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use dots_api::key_record::{self, KeyHistory};
use dots_api::{Client, IdempotencyKey, Operation, OperationMeta, Response};

use crate::call_stats::CallStats;
use crate::deadline::{Deadline, First, first_of};
use crate::engine::admission::{Admissions, HeldBy, Hold, Permit};
use crate::engine::attempt::{self, FailedAttempt};
use crate::engine::give_up::GiveUp;
#[cfg(feature = "tracing")]
use crate::engine::trace;
use crate::error::{Advice, Error, ErrorKind, Outcome};
use crate::policy::clock::{Clock, Moment};
use crate::policy::key_registry::{Age, EarlierSends, KeyLease, KeyRefusal, KeyRegistry, Keys, Origin};
use crate::policy::retry::{Attempt, Budget, Effect, Remaining, RetryKind, RetryPolicy, Signal, decide};
use crate::reply::Reply;
use crate::runtime::Needs;

/// A key must have this much of its window left when it is sent, beside the time that the attempt may take.
const WINDOW_MARGIN: Duration = Duration::from_secs(60);

/// An attempt that is not the first, or that had to wait, does not begin with less time than this: cut short, it would
/// turn what is certain into a doubt.
const SHORTEST_ATTEMPT: Duration = Duration::from_secs(1);

/// Makes calls: what a client is below its face.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub client: Client,
    pub policy: RetryPolicy,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// What the caller knows of earlier sends of the key by other processes.
    pub earlier: Option<EarlierSends>,
    /// Where the keys are sent to, and for which app.
    pub origin: Origin,
    pub shared: Arc<Shared>,
}

/// What all clones of a client have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub clock: Arc<dyn Clock>,
    pub registry: Arc<KeyRegistry>,
    pub origin: Origin,
    pub budget: Budget,
    pub admissions: Admissions,
    pub random: Mutex<fastrand::Rng>,
    pub needs: Needs,
}

/// What a call sends: an operation, as the same bytes each time.
pub(crate) trait Payload<O: Operation>: Sync {
    /// Returns the operation.
    fn operation(&self) -> &O;

    /// Sends it once.
    fn send(
        &self,
        client: &Client,
    ) -> impl Future<Output = Result<Response<O::Output>, dots_api::ClientError>> + Send;
}

impl<O: Operation> Payload<O> for O {
    fn operation(&self) -> &O {
        self
    }

    fn send(
        &self,
        client: &Client,
    ) -> impl Future<Output = Result<Response<O::Output>, dots_api::ClientError>> + Send {
        Operation::send(self, client)
    }
}

/// A call that goes on.
struct Call<'a> {
    caller: &'a Caller,
    operation: &'static OperationMeta,
    keys: Option<Keys>,
    began: Moment,
    /// The time, as it was after the last wait.
    now: Moment,
    /// The time of waits that the clock has not seen.
    unseen: Duration,
    attempts: u32,
    lease: Option<KeyLease>,
    retried: Option<RetryKind>,
    /// The error that the call ends with if it cannot go on.
    last: Option<Error>,
}

impl Caller {
    /// Sends an operation, and again as the policy says.
    ///
    /// Dropping the future at any point leaves nothing but a note that its key is in doubt, if a request may have left.
    pub(crate) fn run<O: Operation, P: Payload<O>>(
        &self,
        payload: &P,
    ) -> impl Future<Output = Result<Reply<O::Output>, Error>> + Send {
        let attempts = self.attempts(payload);
        #[cfg(feature = "tracing")]
        let attempts = trace::call(O::META, payload.operation().idempotency_key(), &self.client, attempts);
        attempts
    }

    /// Creates the error of an operation that is invalid, so that its call does not begin.
    pub(crate) fn refused(
        &self,
        operation: &'static OperationMeta,
        key: Option<IdempotencyKey>,
        why: String,
    ) -> Error {
        let keys = key.map(|own| Keys { own, items: Vec::new() });
        let outcome = match keys {
            Some(keys) if self.may_be_done(&keys, operation) => Outcome::Unknown,
            _ => Outcome::NotSent,
        };
        Error::new(outcome, why).of_kind(ErrorKind::InvalidInput).of(operation, key)
    }

    /// Whether an earlier call, or one that goes on, may have carried an operation out under one of the keys.
    fn may_be_done(&self, keys: &Keys, operation: &OperationMeta) -> bool {
        self.earlier.is_some_and(EarlierSends::may_have_paid)
            || self.shared.registry.may_be_done(keys, self.origin, operation.id)
    }

    async fn attempts<O: Operation, P: Payload<O>>(&self, payload: &P) -> Result<Reply<O::Output>, Error> {
        let operation = payload.operation();
        let mut call = Call::new(self, operation);
        call.take_keys().await?;
        loop {
            let pause = {
                let (client, permit, timeout) = call.turn().await?;
                let exchange = call.while_known(payload.send(&client));
                let answer = if self.shared.needs.network {
                    // Its time is taken where what has begun to come back is not lost when it is over.
                    exchange.await
                } else {
                    Deadline::new(self.shared.clock.alarm(timeout)).within(exchange).await.flatten()
                };
                match call.hear(operation, answer, permit) {
                    ControlFlow::Break(result) => return result,
                    ControlFlow::Continue(pause) => pause,
                }
            };
            call.rest(pause, std::future::pending()).await;
        }
    }
}

impl Shared {
    fn now(&self) -> Moment {
        let (day, elapsed) = (self.clock.now(), self.clock.elapsed());
        let steady = if self.origin.machine.is_none() { elapsed } else { key_record::steady() };
        Moment { day, elapsed, steady }
    }

    /// Returns a random time between half of the longest and all of it.
    #[cfg(any(feature = "all-tags", feature = "_outbox-store"))]
    pub(crate) fn part_of(&self, longest: Duration) -> Duration {
        let half = longest / 2;
        let most = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
        half.saturating_add(Duration::from_nanos(self.random().u64(0..=most)))
    }

    fn random(&self) -> MutexGuard<'_, fastrand::Rng> {
        // It is whole after every step.
        self.random.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Call<'a> {
    fn new<O: Operation>(caller: &'a Caller, operation: &O) -> Self {
        let keys = operation.idempotency_key().map(|own| Keys { own, items: operation.item_keys() });
        let now = caller.shared.now();
        let (began, attempts, lease, retried, last) = (now, 0, None, None, None);
        let unseen = Duration::ZERO;
        Self { caller, operation: O::META, keys, began, now, unseen, attempts, lease, retried, last }
    }

    fn key(&self) -> Option<IdempotencyKey> {
        self.keys.as_ref().map(|keys| keys.own)
    }

    /// Leases the keys for this call alone, after the call that has them.
    async fn take_keys(&mut self) -> Result<(), Error> {
        let shared = &*self.caller.shared;
        if let Some(missing) = shared.needs.missing() {
            return Err(self.give_up(GiveUp::Runtime(missing)));
        }
        let Some(keys) = &self.keys else { return Ok(()) };
        loop {
            let ended = shared.registry.ended();
            let now = self.now;
            let lease =
                shared.registry.lease(keys, self.caller.origin, self.operation.id, now, self.caller.earlier);
            let refusal = match lease {
                Ok(lease) => {
                    self.lease = Some(lease);
                    return Ok(());
                }
                Err(refusal) => refusal,
            };
            let left = self.deadline_left();
            let KeyRefusal::InFlight(until) = refusal else { return Err(self.give_up(GiveUp::Key(refusal))) };
            if left.is_zero() {
                return Err(self.give_up(GiveUp::Key(refusal)));
            }
            // Another call takes real time, whatever the clock says.
            let wait = until.saturating_sub(now.steady).min(left);
            first_of(ended, shared.clock.alarm(wait)).await;
            self.now = shared.now();
            if wait == left && self.now.steady.saturating_sub(now.steady) >= left {
                return Err(self.give_up(GiveUp::Key(refusal)));
            }
        }
    }

    /// Waits for a turn; returns the client to send with, and how long the attempt may take.
    async fn turn(&mut self) -> Result<(Cow<'a, Client>, Permit<'a>, Duration), Error> {
        loop {
            // A key that must not be sent again needs no turn.
            if self.key_time_left().is_zero() {
                return Err(self.give_up(self.too_old()));
            }
            let (permit, had_to_wait) = self.admission().await?;
            let left = self.time_left();
            let is_cut_short = (had_to_wait || self.attempts > 0) && left < self.shortest_attempt();
            if left.is_zero() || is_cut_short {
                let is_old = self.key_time_left().is_zero();
                return Err(self.give_up(if is_old { self.too_old() } else { GiveUp::NoTime }));
            }
            let timeout = left.min(self.caller.timeout);
            if !self.leaves(timeout) {
                // This call was not polled for so long that another one has the key.
                self.lease = None;
                self.take_keys().await?;
                continue;
            }
            let client = if timeout < self.caller.timeout {
                Cow::Owned(self.caller.client.clone().with_timeout(timeout))
            } else {
                Cow::Borrowed(&self.caller.client)
            };
            return Ok((client, permit, timeout));
        }
    }

    /// Waits until the request is admitted; says whether that took a wait.
    async fn admission(&mut self) -> Result<(Permit<'a>, bool), Error> {
        let shared: &'a Shared = &self.caller.shared;
        let mut place = None;
        let mut had_to_wait = false;
        loop {
            let (now, news) = (self.now.elapsed, shared.admissions.news());
            let Err(Hold { by, until }) = shared.admissions.turn(now, self.operation.id, place.is_some())
            else {
                return Ok((shared.admissions.permit(self.now, self.operation.id), had_to_wait));
            };
            let (wait, room) = (until.saturating_sub(now), self.room());
            let wait = match by {
                HeldBy::Pacer | HeldBy::Doubt if wait <= room => wait,
                // News may come before the time does.
                HeldBy::Doubt if !room.is_zero() => room,
                _ => return Err(self.give_up(GiveUp::Held(by, wait))),
            };
            had_to_wait = true;
            place.get_or_insert_with(|| {
                shared.admissions.enter(now, self.operation.id, now.saturating_add(wait))
            });
            self.rest(wait, news).await;
        }
    }

    /// Waits for so long, or for news; keeps the lease meanwhile.
    async fn rest(&mut self, time: Duration, news: impl Future<Output = ()> + Unpin) {
        let shared = &self.caller.shared;
        self.keep_lease(time);
        let before = self.now.elapsed;
        let rested = first_of(shared.clock.sleep(time), news).await;
        self.now = shared.now();
        // A clock that stands still must not make a call that never ends.
        if matches!(rested, First::One(())) && self.now.elapsed <= before {
            self.unseen = self.unseen.saturating_add(time);
        }
    }

    /// Returns for how long the call may wait and still make an attempt.
    fn room(&self) -> Duration {
        self.time_left().saturating_sub(self.shortest_attempt())
    }

    /// Notes that an attempt leaves now that may take so long; nothing if another call has the key by now.
    fn leaves(&mut self, time: Duration) -> bool {
        let (now, until) = (self.now, self.now.steady.saturating_add(time));
        let leaves = self.lease.as_mut().is_none_or(|lease| lease.leaves(now, until));
        self.attempts += u32::from(leaves);
        leaves
    }

    /// Makes the lease last for so long.
    fn keep_lease(&self, time: Duration) {
        if let Some(lease) = &self.lease {
            lease.renew(self.now.steady.saturating_add(time));
        }
    }

    fn effect(&self) -> Effect {
        if self.operation.method.is_safe() { Effect::Reads } else { Effect::Writes }
    }

    /// Returns what is known of the keys; where there are none, each call is the first.
    fn history(&self) -> KeyHistory {
        self.lease.as_ref().map_or(KeyHistory::Never, KeyLease::history)
    }

    /// Whether this call, an earlier one or another may have carried the operation out.
    fn may_be_done(&self) -> bool {
        self.keys.as_ref().is_some_and(|keys| self.caller.may_be_done(keys, self.operation))
    }

    /// Returns the least time with which an attempt may begin that is not the first, or that had to wait.
    fn shortest_attempt(&self) -> Duration {
        SHORTEST_ATTEMPT.min(self.caller.timeout).min(self.caller.policy.settings().deadline / 4)
    }

    /// Returns the time until the call must be over.
    fn time_left(&self) -> Duration {
        self.deadline_left().min(self.key_time_left())
    }

    fn deadline_left(&self) -> Duration {
        self.caller.policy.settings().deadline.saturating_sub(self.took())
    }

    fn took(&self) -> Duration {
        self.now.elapsed.saturating_sub(self.began.elapsed).saturating_add(self.unseen)
    }

    /// Drives an exchange while its key may be sent; nothing comes of it after that.
    ///
    /// A task that was not polled for a day, or a machine that slept, must not go on to send a key that Dots has
    /// forgotten.
    async fn while_known<T>(&self, exchange: impl Future<Output = T>) -> Option<T> {
        let shared = &self.caller.shared;
        let (mut exchange, mut is_begun) = (pin!(exchange), false);
        poll_fn(move |context| {
            let is_late = || matches!(self.age(shared.now()), Some(Age::Of(age)) if age >= RetryPolicy::LONGEST_KEY_WINDOW);
            if std::mem::replace(&mut is_begun, true) && is_late() {
                return Poll::Ready(None);
            }
            exchange.as_mut().poll(context).map(Some)
        })
        .await
    }

    fn too_old(&self) -> GiveUp {
        if self.age(self.now) == Some(Age::Unknown) { GiveUp::KeyOfUnknownAge } else { GiveUp::KeyTooOld }
    }

    fn age(&self, now: Moment) -> Option<Age> {
        self.lease.as_ref().and_then(|lease| lease.age(now))
    }

    /// Returns the time in which the key may be sent again; the first send of a key is never late.
    fn key_time_left(&self) -> Duration {
        match self.age(self.now) {
            None => Duration::MAX,
            Some(Age::Unknown) => Duration::ZERO,
            Some(Age::Of(age)) => {
                let window = self.caller.policy.settings().key_window;
                let reserve = self.caller.timeout.min(self.deadline_left()).saturating_add(WINDOW_MARGIN);
                window.saturating_sub(age.saturating_add(reserve.min(window / 2)))
            }
        }
    }

    /// Takes what came of an attempt; goes on with the pause before the next, or ends the call.
    fn hear<O: Operation>(
        &mut self,
        operation: &O,
        answer: Option<Result<Response<O::Output>, dots_api::ClientError>>,
        permit: Permit<'_>,
    ) -> ControlFlow<Result<Reply<O::Output>, Error>, Duration> {
        self.now = self.caller.shared.now();
        let failed = match answer {
            None => FailedAttempt::timed_out(),
            Some(Ok(answer)) => match attempt::objection(operation, &answer) {
                None => return ControlFlow::Break(Ok(self.reply(answer, permit))),
                Some(objection) => FailedAttempt::not_believed(answer, &objection),
            },
            Some(Err(error)) => FailedAttempt::of(error, self.effect(), self.now.day),
        };
        match self.judge(failed, permit) {
            Ok(pause) => ControlFlow::Continue(pause),
            Err(error) => ControlFlow::Break(Err(error)),
        }
    }

    /// Learns from an attempt that failed; returns the pause before the retry, or the error that ends the call.
    fn judge(&mut self, failed: FailedAttempt, permit: Permit<'_>) -> Result<Duration, Error> {
        let FailedAttempt { end, error, retry_after } = failed;
        let (shared, policy) = (&self.caller.shared, &self.caller.policy);
        let retry_after = retry_after.map(|wait| wait.min(policy.settings().max_retry_after));
        permit.returns(end.facts().signal, retry_after, self.now.elapsed);
        let (effect, idempotency, history) = (self.effect(), self.operation.idempotency, self.history());
        let attempt = Attempt { effect, idempotency, end, history, retry_after };
        let remaining = Remaining {
            attempts: self.attempts,
            tokens: shared.budget.tokens(),
            time: self.room(),
            random: shared.random().u64(..),
        };
        let decision = decide(&attempt, &remaining, policy);
        if let Some(lease) = &mut self.lease {
            lease.settle(decision.history);
        }
        let advice = Advice {
            is_retryable: decision.is_retryable,
            is_probably_paid: decision.is_evidence,
            retry_after,
        };
        let kind = error.known_kind().unwrap_or(end.kind(error.status()));
        let error = self.finished(error.with_outcome(decision.outcome).with_advice(advice).of_kind(kind));
        let retry = decision.retry.filter(|(kind, _)| shared.budget.spend(*kind));
        #[cfg(feature = "tracing")]
        trace::failed(self.attempts, &error, retry.map(|(_, pause)| pause));
        let Some((kind, pause)) = retry else { return Err(error) };
        (self.retried, self.last) = (Some(kind), Some(error));
        Ok(pause)
    }

    /// Ends a call that cannot go on: with the error of its last attempt, or with one that says why it was not sent.
    fn give_up(&mut self, reason: GiveUp) -> Error {
        let (kind, advice, why) = reason.facts(self.operation.id);
        if let Some(last) = self.last.take() {
            // Another call may have paid with the key meanwhile.
            let outcome = if self.may_be_done() { Outcome::Unknown } else { last.outcome() };
            return self.finished(last.with_outcome(outcome).stopped(advice));
        }
        // The other call may be carried out, and so may what the caller tells of.
        let may_be_elsewhere =
            matches!(reason, GiveUp::Key(KeyRefusal::InFlight(_) | KeyRefusal::ClocksDiffer));
        let is_in_doubt = may_be_elsewhere || self.may_be_done();
        let outcome = if is_in_doubt { Outcome::Unknown } else { Outcome::NotSent };
        self.finished(Error::new(outcome, why).of_kind(kind).with_advice(advice))
    }

    fn finished(&self, error: Error) -> Error {
        error.after(self.stats()).of(self.operation, self.key())
    }

    fn stats(&self) -> CallStats {
        CallStats { attempts: self.attempts, took: self.took() }
    }

    fn reply<T>(&mut self, answer: Response<T>, permit: Permit<'_>) -> Reply<T> {
        let shared = &self.caller.shared;
        permit.returns(Signal::Works, None, self.now.elapsed);
        shared.budget.earn(self.retried);
        #[cfg(feature = "tracing")]
        trace::answered(self.attempts, answer.status);
        let may_be_repeat = self.key().is_some() && self.history() > KeyHistory::Never;
        if let Some(lease) = self.lease.take() {
            lease.end(KeyHistory::Answered);
        }
        Reply::new(answer, self.operation, self.key(), self.stats(), may_be_repeat)
    }
}
