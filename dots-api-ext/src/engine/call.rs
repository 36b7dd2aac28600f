//! One call: send the operation, ask again where that is safe and may help, and say what came of it.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use dots_api::{Client, IdempotencyKey, Operation, OperationMeta, Response};

use crate::engine::attempt::FailedAttempt;
use crate::engine::trace;
use crate::error::{Course, Error, Outcome};
use crate::policy::circuit_breaker::{self, Gate, Lesson, Turn};
use crate::policy::clock::{Clock, Moment};
use crate::policy::cross_check;
use crate::policy::key_registry::{Doubts, End, Past, Sending};
use crate::policy::retry::{
    Budget, Case, Class, Earlier, Effect, Ending, Limits, Next, Refusal, RetryPolicy, decide,
};
use crate::reply::{Passage, Reply};

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
    /// When another program first sent the key, if the caller knows of that.
    pub first_sent: Option<SystemTime>,
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
    /// The note of the key, which no other call sends meanwhile.
    sending: Option<Sending>,
    /// A send of the key, of this call or of another, may have been carried out.
    is_in_doubt: bool,
    /// What a refusal may be the echo of.
    earlier: Earlier,
    retried: Option<Class>,
    /// The error that the call ends with if it cannot go on.
    last: Option<Error>,
}

/// Why a call cannot go on.
#[derive(Clone, Copy)]
enum GiveUp {
    /// Dots is busy, and no turn comes in time; one would come after this long.
    Busy(Duration),
    /// Dots is down, and may be asked again after this long.
    Down(Duration),
    /// Requests are under way that Dots has not answered.
    Unanswered,
    /// Another call of this process is sending the same key.
    KeyUnderWay,
    /// The key was sent too long ago.
    KeyTooOld,
    /// The call's time is over.
    NoTime,
}

impl Caller {
    /// Sends an operation, and again as the policy says.
    ///
    /// Dropping the future at any point leaves nothing but a note that its key is in doubt, if a request may have left.
    pub(crate) fn run<O: Operation>(
        &self,
        operation: &O,
    ) -> impl Future<Output = Result<Reply<O::Output>, Error>> + Send {
        trace::call(O::META, operation.idempotency_key(), &self.shared.server, self.attempts(operation))
    }

    async fn attempts<O: Operation>(&self, operation: &O) -> Result<Reply<O::Output>, Error> {
        let mut call = Call::new(self, O::META, operation.idempotency_key());
        call.take_key().await?;
        loop {
            let (client, passage) = call.turn().await?;
            call.leave();
            let failed = match operation.send(&client).await {
                Ok(answer) => match cross_check::mismatch(operation, &answer.value) {
                    None => return Ok(call.reply(answer, passage)),
                    Some(difference) => FailedAttempt::by_difference(answer, difference),
                },
                Err(error) => FailedAttempt::of(error, self.shared.clock.now()),
            };
            let pause = call.judge(failed, passage)?;
            self.shared.clock.sleep(pause).await;
        }
    }
}

impl<'a> Call<'a> {
    fn new(caller: &'a Caller, operation: &'static OperationMeta, key: Option<IdempotencyKey>) -> Self {
        let began = Moment::of(&*caller.shared.clock);
        let (sending, retried, last, attempts, is_in_doubt) = (None, None, None, 0, false);
        let earlier = Earlier::None;
        Self { caller, operation, key, began, attempts, sending, is_in_doubt, earlier, retried, last }
    }

    /// Takes the key for this call alone, after the call that has it, and what is known of it.
    ///
    /// Two requests with one key at once are what no page of Dots speaks of.
    async fn take_key(&mut self) -> Result<(), Error> {
        let Some(key) = self.key else { return Ok(()) };
        let doubts = &self.caller.shared.doubts;
        let before = self.caller.first_sent.map(|at| self.began.at(at));
        let mut ended = None;
        let sending = loop {
            if let Some(sending) = doubts.begin(key, self.began, before) {
                break sending;
            }
            match ended.take() {
                None => ended = Some(doubts.ended()),
                // What is waited for is another call of this process, which takes real time whatever the clock says.
                Some(ended) => {
                    if tokio::time::timeout(self.time_left(), ended).await.is_err() {
                        self.is_in_doubt = true;
                        return Err(self.give_up(GiveUp::KeyUnderWay));
                    }
                }
            }
        };
        (self.is_in_doubt, self.earlier) = match sending.past() {
            Past::New | Past::Unheard => (false, Earlier::None),
            Past::Sent(_, End::NothingDone) => (false, Earlier::None),
            Past::Sent(_, End::Unproven) => (true, Earlier::Refused),
            Past::Sent(_, End::InDoubt | End::Answered) | Past::Forgotten => (true, Earlier::Lost),
        };
        self.sending = Some(sending);
        Ok(())
    }

    /// Waits for a turn, and returns the client to send with.
    async fn turn(&mut self) -> Result<(Cow<'a, Client>, circuit_breaker::Passage<'a>), Error> {
        // A key that must not be sent again needs no turn.
        if self.key_time_left().is_zero() {
            return Err(self.give_up(GiveUp::KeyTooOld));
        }
        let (passage, had_to_wait) = self.pass().await?;
        let left = self.time_left();
        let least = if had_to_wait || self.attempts > 0 { self.shortest_attempt() } else { Duration::ZERO };
        if self.key_time_left().is_zero() || left.is_zero() || left < least {
            passage.turns_back();
            let is_old = self.key_time_left().is_zero();
            return Err(self.give_up(if is_old { GiveUp::KeyTooOld } else { GiveUp::NoTime }));
        }
        let client = if left < self.caller.timeout {
            Cow::Owned(self.caller.client.clone().with_timeout(left))
        } else {
            Cow::Borrowed(&self.caller.client)
        };
        Ok((client, passage))
    }

    /// Passes the gate; says whether that took a wait.
    async fn pass(&mut self) -> Result<(circuit_breaker::Passage<'a>, bool), Error> {
        let shared: &'a Shared = &self.caller.shared;
        let (mut place, mut news, mut had_to_wait) = (None, None, false);
        loop {
            let now = shared.clock.elapsed();
            let time = self.time_left().saturating_sub(self.shortest_attempt());
            match shared.gate.turn(now, place.is_some()) {
                Turn::Now => return Ok((shared.gate.passage(now, &*shared.clock), had_to_wait)),
                Turn::After(wait) if wait <= time => {
                    had_to_wait = true;
                    place.get_or_insert_with(|| shared.gate.place());
                    shared.clock.sleep(wait).await;
                }
                Turn::After(wait) => return Err(self.give_up(GiveUp::Busy(wait))),
                Turn::Closed(wait) => return Err(self.give_up(GiveUp::Down(wait))),
                Turn::Crowded => match news.take() {
                    None => news = Some(shared.gate.news()),
                    Some(news) => {
                        had_to_wait = true;
                        // As with keys: what is waited for takes real time.
                        if tokio::time::timeout(time, news).await.is_err() {
                            return Err(self.give_up(GiveUp::Unanswered));
                        }
                    }
                },
            }
        }
    }

    /// Notes that an attempt leaves now.
    fn leave(&mut self) {
        self.attempts += 1;
        self.mark(End::InDoubt);
    }

    fn mark(&mut self, end: End) {
        if let Some(sending) = &mut self.sending {
            sending.mark(end);
        }
    }

    /// Returns the least time with which an attempt may begin that is not the first, or that had to wait.
    fn shortest_attempt(&self) -> Duration {
        SHORTEST_ATTEMPT.min(self.caller.timeout).min(self.caller.policy.deadline / 4)
    }

    /// Returns the time until the call must be over.
    fn time_left(&self) -> Duration {
        self.deadline_left().min(self.key_time_left())
    }

    fn deadline_left(&self) -> Duration {
        let spent = self.caller.shared.clock.elapsed().saturating_sub(self.began.elapsed());
        self.caller.policy.deadline.saturating_sub(spent)
    }

    /// Returns the time in which the key may be sent again; the first send of a key is never late.
    fn key_time_left(&self) -> Duration {
        let first_sent = match self.sending.as_ref().map(Sending::past) {
            Some(Past::Sent(first_sent, _)) => first_sent,
            Some(Past::New | Past::Unheard) if self.attempts > 0 => self.began,
            Some(Past::New | Past::Unheard) | None => return Duration::MAX,
            Some(Past::Forgotten) => return Duration::ZERO,
        };
        // No age means that the clock was set back, and the key may be any age.
        let age = first_sent.age(&Moment::of(&*self.caller.shared.clock)).unwrap_or(Duration::MAX);
        let reserve = self.caller.timeout.min(self.deadline_left()).saturating_add(WINDOW_MARGIN);
        self.caller.policy.key_window.saturating_sub(age.saturating_add(reserve))
    }

    /// Learns from an attempt that failed; returns the pause before the next one, or the error that ends the call.
    fn judge(
        &mut self,
        failed: FailedAttempt,
        passage: circuit_breaker::Passage<'_>,
    ) -> Result<Duration, Error> {
        let FailedAttempt { ending, error, retry_after } = failed;
        let (shared, policy) = (&self.caller.shared, &self.caller.policy);
        let retry_after = retry_after.map(|wait| wait.min(policy.max_retry_after));
        passage.comes_back(lesson(ending, retry_after));
        let case = self.case(ending, retry_after);
        let limits = Limits {
            attempts: self.attempts,
            tokens: shared.budget.tokens(),
            time: self.time_left().saturating_sub(self.shortest_attempt()),
            random: shared.random.lock().unwrap_or_else(PoisonError::into_inner).u64(..),
        };
        let decision = decide(&case, &limits, policy);
        self.remember(ending, decision.outcome);
        let course = Course {
            attempts: self.attempts,
            is_retryable: decision.is_retryable,
            is_probably_paid: decision.is_evidence,
            retry_after,
        };
        let error = error.with_outcome(decision.outcome).after(course).of(self.operation, self.key);
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

    fn case(&self, ending: Ending, retry_after: Option<Duration>) -> Case {
        Case {
            effect: if self.operation.method.is_safe() { Effect::Reads } else { Effect::Writes },
            idempotency: self.operation.idempotency,
            ending,
            in_doubt: self.is_in_doubt,
            earlier: self.earlier,
            is_first_send: self.is_first_send(),
            retry_after,
        }
    }

    /// Notes what an attempt leaves behind.
    fn remember(&mut self, ending: Ending, outcome: Outcome) {
        self.is_in_doubt |= outcome == Outcome::Unknown;
        self.earlier = self.earlier.max(ending.leaves());
        self.mark(match (self.is_in_doubt, self.earlier) {
            (false, _) => End::NothingDone,
            (true, Earlier::Lost) => End::InDoubt,
            (true, Earlier::Refused | Earlier::None) => End::Unproven,
        });
    }

    /// Whether it is certain that nobody has sent the key before this call.
    fn is_first_send(&self) -> bool {
        self.sending.as_ref().is_some_and(|sending| matches!(sending.past(), Past::New))
    }

    /// Ends a call that cannot go on: with the error of its last attempt, or with one that says why it was not sent.
    fn give_up(&mut self, reason: GiveUp) -> Error {
        let course = Course {
            attempts: self.attempts,
            is_retryable: !matches!(reason, GiveUp::KeyTooOld),
            retry_after: reason.wait(),
            ..Course::default()
        };
        if let Some(last) = self.last.take() {
            return last.stopped(course);
        }
        let outcome = if self.is_in_doubt { Outcome::Unknown } else { Outcome::NotSent };
        Error::new(outcome, reason.why()).after(course).of(self.operation, self.key)
    }

    fn reply<T>(mut self, answer: Response<T>, passage: circuit_breaker::Passage<'_>) -> Reply<T> {
        let shared = &self.caller.shared;
        let now = passage.comes_back(Lesson::Works);
        shared.budget.earn(self.retried);
        trace::answered(self.attempts, answer.status);
        self.mark(End::Answered);
        let passage = Passage {
            attempts: self.attempts,
            took: now.saturating_sub(self.began.elapsed()),
            may_be_repeat: self.is_in_doubt || (self.key.is_some() && !self.is_first_send()),
        };
        Reply::new(answer, self.key, passage)
    }
}

impl GiveUp {
    /// Says why nothing more is sent.
    const fn why(self) -> &'static str {
        match self {
            Self::Busy(_) => "Dots is busy, and no turn comes in time",
            Self::Down(_) => "Dots has not answered for a while, and nothing more is sent",
            Self::Unanswered => "Dots has not answered the requests before it, and nothing more is sent",
            Self::KeyUnderWay => "another call with its idempotency key is under way",
            Self::KeyTooOld => "its idempotency key was sent too long ago to be sent again",
            Self::NoTime => "no time is left to send it",
        }
    }

    /// Returns how long to wait before the next call, where that is known.
    const fn wait(self) -> Option<Duration> {
        match self {
            Self::Busy(wait) | Self::Down(wait) => Some(wait),
            Self::Unanswered | Self::KeyUnderWay | Self::KeyTooOld | Self::NoTime => None,
        }
    }
}

/// What the end of an attempt tells about Dots.
fn lesson(ending: Ending, retry_after: Option<Duration>) -> Lesson {
    match ending {
        // A shape that this client does not know is no outage, and a success that it does not count is none either.
        Ending::Unsendable | Ending::Unreadable => Lesson::Nothing,
        Ending::NoConnection | Ending::NoAnswer => Lesson::Fails(None),
        Ending::OtherPayment => Lesson::Works,
        Ending::Refused(refusal) => match refusal {
            Refusal::TooMany => Lesson::Busy(retry_after),
            Refusal::Failed | Refusal::NotNow | Refusal::Unavailable => Lesson::Fails(retry_after),
            Refusal::AtTheDoor
            | Refusal::Conflict
            | Refusal::InUse
            | Refusal::Hopeless
            | Refusal::Elsewhere
            | Refusal::Plain => Lesson::Works,
        },
    }
}
