//! The fault matrix: every fault of the sandbox against every kind of operation, judged by how often the money moved.
//!
//! Some faults are lies that no client can detect: a 401 or a 429 *after* the operation was carried out, and a
//! complete, readable success without it. If the former were in doubt, every wrong credential would be. These faults
//! are played as well. They must not cause a double payment, and the test counts each one; earlier faults of the same
//! case are no excuse.

mod cases;
mod judge;
mod kinds;
mod payroll;
mod script;
mod worlds;

use std::sync::Arc;
use std::time::Duration;

use dots_api_ext::{Dots, Error, Outcome, RetryPolicy};
use dots_sandbox::{KeyInflight, KeyRefusal, KeyRepeat, Sandbox, StoreErrors};

use self::cases::{Case, FAULTS, every_case, sequences};
use self::judge::{Tally, Trial, shown};
use self::kinds::{FUNDS, KEYED, Kind, Run};
use self::script::{Script, settle};
use crate::support::world::builder_for;

/// The timeout of an attempt whose answer never comes.
const PATIENCE: Duration = Duration::from_millis(150);

/// The timeout of an attempt whose answer comes, on the slowest machine.
const ENOUGH: Duration = Duration::from_secs(30);

/// Longer than Dots remembers a key.
const A_DAY_AND_MORE: Duration = Duration::from_secs(25 * 60 * 60);

/// Longer than any `Retry-After` that the client honors.
const A_WHILE: Duration = Duration::from_secs(600);

/// How Dots treats idempotency keys in a world.
#[derive(Clone, Copy, Debug)]
struct Keys {
    repeat: KeyRepeat,
    refusal: KeyRefusal,
    inflight: KeyInflight,
    store_errors: StoreErrors,
}

const DOCUMENTED: Keys = Keys {
    repeat: KeyRepeat::Documented,
    refusal: KeyRefusal::Conflict,
    inflight: KeyInflight::Wait,
    store_errors: StoreErrors::None,
};

/// Plays cases of one kind in one world, one after the other.
struct Stage {
    kind: Kind,
    keys: Keys,
    policy: RetryPolicy,
    sandbox: Arc<Sandbox>,
}

impl Stage {
    async fn new(kind: Kind, keys: Keys, policy: RetryPolicy) -> Self {
        let builder = Sandbox::builder().funds(FUNDS).key_repeat(keys.repeat).key_inflight(keys.inflight);
        let builder = builder.store_errors(keys.store_errors).key_refusal(keys.refusal);
        let sandbox = builder.start().await.unwrap();
        Self { kind, keys, policy, sandbox: Arc::new(sandbox) }
    }

    /// Plays all cases, and fails the test with the list of those that went wrong.
    async fn play_all(self, cases: impl Iterator<Item = Case>) -> Tally {
        let (mut tally, mut wrong) = (Tally::default(), Vec::new());
        for case in cases {
            if let Err(what) = self.play(&case, &mut tally).await {
                wrong.push(what);
            }
        }
        println!("{:?}, {:?}: {tally:?}", self.kind, self.keys);
        let count = format!("{} of {} cases went wrong with {:?}", wrong.len(), tally.cases, self.keys);
        assert!(wrong.is_empty(), "{count}:\n{}", wrong.join("\n"));
        assert!(self.sandbox.audit().balanced);
        // Dropping the sandbox fails the test if one of its own answers broke the document.
        tally
    }

    /// Plays one case in a shared world, and judges it by what changed.
    async fn play(&self, case: &Case, tally: &mut Tally) -> Result<(), String> {
        let (kind, sandbox) = (self.kind, &self.sandbox);
        let played = kind.prepare(sandbox).await;
        let before = kind.count(sandbox).await;
        let script = Script::new(sandbox, case, kind.operation());
        let patience = if case.is_silent() { PATIENCE } else { ENOUGH };
        let builder = builder_for(&sandbox.url()).retry(self.policy.clone()).timeout(patience);
        let dots = builder.clock(script.clone()).jitter_seed(case.seed).build().unwrap();
        let result = (played.run)(dots.clone()).await;
        let met = script.end();
        self.all_is_carried_out().await;
        let trial = Trial {
            kind,
            case,
            met: &met,
            unfired: &script.unfired(),
            result: &result,
            happened: kind.count(sandbox).await - before,
            truth: &played.truth,
            keys_race: self.keys.inflight == KeyInflight::Race,
        };
        tally.judge(&trial)?;
        if !kind.is_keyed() {
            return Ok(());
        }
        let is_unknown = result.as_ref().is_err_and(|error| error.outcome() == Outcome::Unknown);
        let dots = dots.with_timeout(ENOUGH);
        // Half of the cases in doubt wait until Dots has forgotten the key.
        if is_unknown && tally.unknown.is_multiple_of(2) {
            script.advance(A_DAY_AND_MORE);
            return self.asks_too_late(&trial, &played.run, dots).await;
        }
        script.advance(A_WHILE);
        self.asks_again(&trial, &played.run, dots).await
    }

    /// Retries with the same key, now without faults: the world must be as after one success.
    async fn asks_again(&self, trial: &Trial<'_>, run: &Run, dots: Dots) -> Result<(), String> {
        let before = self.kind.count(&self.sandbox).await;
        let again = tokio::select! {
            again = run(dots) => again,
            never = self.commits() => match never {},
        };
        let happened = trial.happened + self.kind.count(&self.sandbox).await - before;
        let is_told = again.as_ref().is_ok_and(|answered| answered.says == *trial.truth)
            || again.as_ref().is_err_and(|error| {
                error.is_probably_paid()
                    || (error.outcome() == Outcome::Unknown && !trial.has_lost_an_answer())
                    || self.is_misled(trial, error)
            });
        if happened == trial.happened.max(1) && is_told {
            return Ok(());
        }
        let again = shown(&again);
        Err(trial.wrong(&format!("retried, it happened {happened} times and was told: {again}; first")))
    }

    /// Where the refusal of a known key reads like that of a bad request, the client cannot know that the payment was
    /// made; it must not deny it either, unless a lie has denied it before.
    fn is_misled(&self, trial: &Trial<'_>, error: &Error) -> bool {
        let may_be_made = error.outcome() == Outcome::Unknown || trial.was_shown_the_door_late();
        self.keys.refusal != KeyRefusal::Conflict && may_be_made
    }

    /// Retries after Dots has forgotten the key: nothing more must happen.
    async fn asks_too_late(&self, trial: &Trial<'_>, run: &Run, dots: Dots) -> Result<(), String> {
        let before = self.kind.count(&self.sandbox).await;
        let late = run(dots).await;
        let more = self.kind.count(&self.sandbox).await - before;
        let stays_unknown = late.as_ref().is_err_and(|error| error.outcome() == Outcome::Unknown);
        if more == 0 && stays_unknown {
            return Ok(());
        }
        let late = shown(&late);
        Err(trial.wrong(&format!("asked too late it happened {more} times more: {late}; first")))
    }

    /// Waits until Dots has carried out all deferred operations.
    async fn all_is_carried_out(&self) {
        settle().await;
        while self.sandbox.commit_late() > 0 {
            settle().await;
        }
    }

    /// Carries out deferred operations at once.
    async fn commits(&self) -> std::convert::Infallible {
        loop {
            self.sandbox.commit_late();
            tokio::task::yield_now().await;
        }
    }
}

/// Plays every fault alone on one kind, and checks the counts: exactly where timing has no influence, at least this
/// often elsewhere.
async fn every_fault_on(kind: Kind, expected: Tally) {
    let tally = Stage::new(kind, DOCUMENTED, RetryPolicy::standard()).await.play_all(every_case()).await;
    let exact = Tally { paid: expected.paid, unknown: expected.unknown, ..tally };
    assert_eq!(exact, Tally { cases: 4 * FAULTS.len(), ..expected }, "{tally:?}");
    assert!(tally.paid >= expected.paid && tally.unknown >= expected.unknown, "{tally:?}");
}

/// The expected counts for operations that take a key: of the lies, 14 fake a success, and 9 refuse after the
/// operation, for good.
const WITH_A_KEY: Tally =
    Tally { paid: 50, unknown: 70, rejected: 9, not_sent: 2, lied_to: 14 + 9, raced: 0, cases: 0 };

#[tokio::test]
async fn every_fault_on_an_operation_that_answers_known_keys() {
    every_fault_on(Kind::SendPayout, Tally { paid: 80, ..WITH_A_KEY }).await;
}

#[tokio::test]
async fn every_fault_on_an_operation_that_refuses_known_keys() {
    every_fault_on(Kind::CreateTransfer, Tally { unknown: 100, ..WITH_A_KEY }).await;
}

#[tokio::test]
async fn every_fault_on_an_operation_of_which_nobody_says_what_a_known_key_does() {
    every_fault_on(Kind::WithdrawAppFunds, Tally { paid: 80, ..WITH_A_KEY }).await;
}

#[tokio::test]
async fn every_fault_on_an_operation_that_takes_no_key() {
    let expected = Tally { paid: 25, unknown: 120, rejected: 14, lied_to: 14 + 14, ..WITH_A_KEY };
    every_fault_on(Kind::SubmitPayoutRequest, expected).await;
}

/// A read has nothing to compare its answer with: an amount that is wrong by a cent and an unknown status are believed.
#[tokio::test]
async fn every_fault_on_a_read() {
    let expected = Tally { paid: 90, unknown: 60, rejected: 18, lied_to: 8, ..WITH_A_KEY };
    every_fault_on(Kind::GetPayoutLink, expected).await;
}

/// The number of sequences in each world.
const SEQUENCES: u64 = 15;

/// Plays faults one after the other, drawn from seeds, on every operation with a key.
///
/// `lied_to` is the number of lies, and `raced` the number of cases with a race that no client could have won.
async fn sequences_with(repeat: KeyRepeat, first_seed: u64, lied_to: usize, raced: usize) {
    let mut sum = Tally::default();
    let inflight = [KeyInflight::Wait, KeyInflight::Conflict, KeyInflight::Race];
    let mut worlds = inflight.map(|inflight| Keys { repeat, inflight, ..DOCUMENTED }).to_vec();
    worlds.push(Keys { repeat, store_errors: StoreErrors::All, ..DOCUMENTED });
    for (first_seed, keys) in (first_seed..).step_by(100).zip(worlds) {
        for kind in KEYED {
            // One attempt for each fault, and one without a fault.
            let stage = Stage::new(kind, keys, RetryPolicy::standard().attempts(5)).await;
            sum.add(stage.play_all(sequences(first_seed, SEQUENCES)).await);
        }
    }
    let cases = 4 * KEYED.len() * usize::try_from(SEQUENCES).unwrap();
    assert_eq!((sum.cases, sum.lied_to, sum.raced), (cases, lied_to, raced), "{sum:?}");
    assert!(sum.paid >= 50 && sum.unknown >= 60, "{sum:?}");
}

#[tokio::test]
async fn sequences_of_faults_where_known_keys_do_what_is_documented() {
    sequences_with(KeyRepeat::Documented, 0, 12, 0).await;
}

#[tokio::test]
async fn sequences_of_faults_where_a_known_key_gets_its_first_answer() {
    sequences_with(KeyRepeat::Replay, 1_000, 15, 3).await;
}

#[tokio::test]
async fn sequences_of_faults_where_a_known_key_gets_what_it_made() {
    sequences_with(KeyRepeat::ReturnExisting, 2_000, 18, 0).await;
}

#[tokio::test]
async fn sequences_of_faults_where_a_known_key_is_refused() {
    sequences_with(KeyRepeat::Reject, 3_000, 33, 3).await;
}

/// A refusal of a known key that looks like that of a bad request, like that of a payment that failed, or like a moment
/// in which a retry helps: none of them may be taken for a payment that was not made.
#[tokio::test]
async fn sequences_of_faults_where_the_refusal_of_a_known_key_misleads() {
    let (mut sum, mut seed) = (Tally::default(), 4_000);
    let refusals = [
        KeyRefusal::Plain,
        KeyRefusal::InvalidInput,
        KeyRefusal::InvalidTransaction,
        KeyRefusal::Unprocessable,
        KeyRefusal::ConflictPlain,
        KeyRefusal::Busy,
    ];
    for refusal in refusals {
        for kind in KEYED {
            let keys = Keys { repeat: KeyRepeat::Reject, refusal, ..DOCUMENTED };
            let stage = Stage::new(kind, keys, RetryPolicy::standard().attempts(5)).await;
            sum.add(stage.play_all(sequences(seed, SEQUENCES)).await);
        }
        seed += 100;
    }
    let cases = refusals.len() * KEYED.len() * usize::try_from(SEQUENCES).unwrap();
    assert_eq!((sum.cases, sum.lied_to, sum.raced), (cases, 30, 0), "{sum:?}");
    assert!(sum.unknown >= 100, "{sum:?}");
}
