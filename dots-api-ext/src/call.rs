//! One call: send the operation, ask again where that is safe and may help, and say what came of it.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dots_api::{Client, IdempotencyKey, Operation, OperationMeta, Response};

use crate::attempt::Failed;
use crate::clock::{Clock, Moment};
use crate::doubt::{Doubts, End, Sending};
use crate::echo;
use crate::error::{Course, Delivery, Error};
use crate::gate::{Gate, Lesson, Turn};
use crate::receipt::{Passage, Receipt};
use crate::retry::{Budget, Case, Class, Effect, Ending, Limits, Next, Refusal, RetryPolicy, decide};
use crate::trace;

/// A key must have this much of its window left when it is sent, beside the time that the attempt may take.
const WINDOW_MARGIN: Duration = Duration::from_secs(60);

/// Makes calls: what a client is below its face.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub client: Client,
    pub policy: RetryPolicy,
    /// How long one attempt may take.
    pub timeout: Duration,
    pub shared: Arc<Shared>,
}

/// What all clones of a client have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    pub clock: Arc<dyn Clock>,
    pub doubts: Arc<Doubts>,
    pub budget: Budget,
    pub gate: Gate,
    pub random: Mutex<fastrand::Rng>,
    pub server: trace::Server,
}

/// A call that is under way.
struct Call<'a> {
    caller: &'a Caller,
    operation: &'static OperationMeta,
    key: Option<IdempotencyKey>,
    began: Moment,
    attempts: u32,
    /// The note of the key, from the first attempt on.
    sending: Option<Sending>,
    /// An attempt of this call may have been carried out.
    is_in_doubt: bool,
    retried: Option<Class>,
    /// The error that the call ends with if it cannot go on.
    last: Option<Error>,
}

impl Caller {
    /// Sends an operation, and again as the policy says.
    ///
    /// Dropping the future at any point leaves nothing but a note that its key is in doubt, if a request may have left.
    pub(crate) fn run<O: Operation>(
        &self,
        operation: &O,
    ) -> impl Future<Output = Result<Receipt<O::Output>, Error>> + Send {
        trace::call(O::META, operation.idempotency_key(), &self.shared.server, self.attempts(operation))
    }

    async fn attempts<O: Operation>(&self, operation: &O) -> Result<Receipt<O::Output>, Error> {
        let mut call = Call::new(self, O::META, operation.idempotency_key());
        loop {
            let client = call.turn().await?;
            let left = call.leave();
            let failed = match operation.send(&client).await {
                Ok(answer) => match echo::mismatch(operation, &answer.value) {
                    None => return Ok(call.receipt(answer, left)),
                    Some(difference) => Failed::by_difference(answer, difference),
                },
                Err(error) => Failed::of(error, self.shared.clock.now()),
            };
            let pause = call.judge(failed, left)?;
            self.shared.clock.sleep(pause).await;
        }
    }
}

impl<'a> Call<'a> {
    fn new(caller: &'a Caller, operation: &'static OperationMeta, key: Option<IdempotencyKey>) -> Self {
        let began = Moment::of(&*caller.shared.clock);
        let (sending, retried, last) = (None, None, None);
        Self { caller, operation, key, began, attempts: 0, sending, is_in_doubt: false, retried, last }
    }

    /// Waits for a turn, and returns the client to send with.
    async fn turn(&mut self) -> Result<Cow<'a, Client>, Error> {
        let shared = &self.caller.shared;
        loop {
            match shared.gate.turn(shared.clock.elapsed()) {
                Turn::Now => break,
                Turn::After(wait) if wait < self.time_left() => {
                    shared.clock.sleep(wait).await;
                    if !shared.gate.is_paused(shared.clock.elapsed()) {
                        break;
                    }
                }
                Turn::After(wait) => {
                    return Err(self.give_up(wait, "Dots is busy, and no turn comes in time"));
                }
                Turn::Closed(wait) => {
                    return Err(
                        self.give_up(wait, "Dots has not answered for a while, and nothing more is sent")
                    );
                }
            }
        }
        if self.sending.is_none() {
            // A key counts as sent from the call's beginning on, which is never too late.
            self.sending = self.key.map(|key| shared.doubts.sending(key, self.began));
        }
        if self.key_time_left().is_zero() {
            return Err(
                self.give_up(Duration::ZERO, "its idempotency key was sent too long ago to be sent again")
            );
        }
        let left = self.time_left();
        if left.is_zero() {
            return Err(self.give_up(Duration::ZERO, "no time is left to send it"));
        }
        Ok(if left < self.caller.timeout {
            Cow::Owned(self.caller.client.clone().with_timeout(left))
        } else {
            Cow::Borrowed(&self.caller.client)
        })
    }

    /// Notes that an attempt leaves now.
    fn leave(&mut self) -> Duration {
        let now = self.caller.shared.clock.elapsed();
        self.attempts += 1;
        self.caller.shared.gate.leaves(now);
        self.mark(End::InDoubt);
        now
    }

    fn mark(&mut self, end: End) {
        if let Some(sending) = &mut self.sending {
            sending.mark(end);
        }
    }

    /// Returns the time until the call must be over.
    fn time_left(&self) -> Duration {
        let spent = self.caller.shared.clock.elapsed().saturating_sub(self.began.elapsed());
        self.caller.policy.deadline.saturating_sub(spent).min(self.key_time_left())
    }

    /// Returns the time in which the key may be sent again; the first send of a key is never late.
    fn key_time_left(&self) -> Duration {
        let Some(sending) =
            self.sending.as_ref().filter(|sending| self.attempts > 0 || sending.was_sent_before())
        else {
            return Duration::MAX;
        };
        // No age means that the clock was set back, and the key may be any age.
        let age = sending.first_sent().age(&Moment::of(&*self.caller.shared.clock)).unwrap_or(Duration::MAX);
        let reserve = self.caller.timeout.saturating_add(WINDOW_MARGIN);
        self.caller.policy.key_window.saturating_sub(age.saturating_add(reserve))
    }

    /// Learns from an attempt that failed; returns the pause before the next one, or the error that ends the call.
    fn judge(&mut self, failed: Failed, left: Duration) -> Result<Duration, Error> {
        let Failed { ending, error, retry_after } = failed;
        let shared = &self.caller.shared;
        let retry_after = retry_after.map(|wait| wait.min(self.caller.policy.longest_retry_after));
        if let Some(lesson) = lesson(ending, retry_after) {
            shared.gate.learn(lesson, left, shared.clock.elapsed());
        }
        let case = Case {
            effect: if self.operation.method.is_safe() { Effect::Reads } else { Effect::Writes },
            idempotency: self.operation.idempotency,
            ending,
            in_doubt: self.is_in_doubt || self.sending.as_ref().is_some_and(Sending::was_sent_before),
            is_first_send: self.sending.as_ref().is_some_and(Sending::is_first),
            retry_after,
        };
        let limits = Limits {
            attempts: self.attempts,
            tokens: shared.budget.tokens(),
            time: self.time_left(),
            random: shared.random.lock().unwrap_or_else(PoisonError::into_inner).u64(..),
        };
        let decision = decide(&case, &limits, &self.caller.policy);
        self.is_in_doubt |= decision.delivery == Delivery::Unknown;
        self.mark(if self.is_in_doubt { End::InDoubt } else { End::NothingDone });
        let course = Course {
            attempts: self.attempts,
            is_retryable: decision.is_retryable,
            is_probably_paid: decision.is_evidence,
            retry_after,
        };
        let error = error.with_delivery(decision.delivery).after(course).of(self.operation, self.key);
        match decision.next {
            Next::AskAgain { class, pause } if shared.budget.spend(class) => {
                trace::failed(self.attempts, &error, Some(pause));
                self.retried = Some(class);
                self.last = Some(error);
                Ok(pause)
            }
            Next::AskAgain { .. } | Next::Stop => {
                trace::failed(self.attempts, &error, None);
                Err(error)
            }
        }
    }

    /// Ends a call that cannot go on: with the error of its last attempt, or with one that says why it was not sent.
    fn give_up(&mut self, wait: Duration, why: &'static str) -> Error {
        if let Some(last) = self.last.take() {
            return last;
        }
        let in_doubt = self.sending.as_ref().is_some_and(Sending::was_sent_before);
        // The note of an earlier send stays; this one did nothing.
        self.mark(End::NothingDone);
        let delivery = if in_doubt { Delivery::Unknown } else { Delivery::NotSent };
        let retry_after = Some(wait).filter(|wait| !wait.is_zero());
        let course = Course { is_retryable: !wait.is_zero(), retry_after, ..Course::default() };
        Error::new(delivery, why).after(course).of(self.operation, self.key)
    }

    fn receipt<T>(mut self, answer: Response<T>, left: Duration) -> Receipt<T> {
        let shared = &self.caller.shared;
        let now = shared.clock.elapsed();
        shared.gate.learn(Lesson::Works, left, now);
        shared.budget.earn(self.retried);
        trace::answered(self.attempts, answer.status);
        self.mark(End::Answered);
        let passage = Passage {
            attempts: self.attempts,
            took: now.saturating_sub(self.began.elapsed()),
            may_be_repeat: self.is_in_doubt
                || self.sending.as_ref().is_some_and(|sending| !sending.is_first()),
        };
        Receipt::new(answer, self.key, passage)
    }
}

/// What the end of an attempt tells about Dots; nothing where it tells about this machine or the request.
fn lesson(ending: Ending, retry_after: Option<Duration>) -> Option<Lesson> {
    match ending {
        Ending::Unsendable => None,
        Ending::NoConnection | Ending::NoAnswer | Ending::Unreadable => Some(Lesson::Fails),
        Ending::OtherPayment => Some(Lesson::Works),
        Ending::Refused(refusal) => match refusal {
            Refusal::TooMany | Refusal::Unavailable => Some(Lesson::Busy(retry_after.unwrap_or_default())),
            Refusal::Failed | Refusal::NotNow => Some(Lesson::Fails),
            Refusal::AtTheDoor
            | Refusal::Conflict
            | Refusal::Hopeless
            | Refusal::Elsewhere
            | Refusal::Plain => Some(Lesson::Works),
        },
    }
}
