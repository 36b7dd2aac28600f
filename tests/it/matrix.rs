//! Every fault of the sandbox against every kind of operation, judged by the world alone: how often the money moved.
//!
//! Some faults are lies that no client can see through: a 401 and a 429 that come *after* the operation was carried out,
//! and a whole, readable success that comes without it. Calling the first a doubt would make every wrong credential one.
//! They are played as well, must not pay twice, and are counted apart.

mod cases;
mod kinds;

use std::time::Duration;

use dots_api_ext::{Delivery, RetryPolicy};
use dots_sandbox::{Faults, KeyInflight, KeyRepeat, Sandbox};

use self::cases::{Case, every_case, sequences};
use self::kinds::{Kind, Played};
use crate::clock::TestClock;
use crate::world::builder_for;

/// How long an attempt may take here; a slow machine makes a doubt of an answer, which is no mistake.
const PATIENCE: Duration = Duration::from_millis(80);

/// What came of all cases, together.
#[derive(Debug, Default)]
struct Tally {
    cases: usize,
    paid: usize,
    rejected: usize,
    not_sent: usize,
    unknown: usize,
    lied_to: usize,
}

/// Plays one case in a world that others have used before, and judges it by what changed.
async fn play(kind: &Kind, sandbox: &Sandbox, case: &Case, tally: &mut Tally) -> Result<(), String> {
    let builder = builder_for(&sandbox.url()).retry(RetryPolicy::standard()).timeout(PATIENCE);
    let clock = TestClock::default();
    let dots = builder.clock(clock.clone()).jitter_seed(case.seed).build().unwrap();
    let Played { run, .. } = kind.prepare(sandbox).await;
    let before = kind.count(sandbox).await;
    case.arm(sandbox, kind.operation());
    let outcome = run(dots.clone()).await;
    sandbox.clear_faults();
    sandbox.commit_late();
    let happened = kind.count(sandbox).await - before;
    let wrong = |what: &str| {
        Err(format!(
            "{case:?} on {}: {what}, and it happened {happened} times: {}",
            kind.operation(),
            shown(&outcome)
        ))
    };
    tally.cases += 1;
    if happened > 1 || (kind.reads() && happened > 0) {
        return wrong("it was to happen once");
    }
    match outcome.as_ref().map_err(dots_api_ext::Error::delivery) {
        Ok(()) => {
            tally.paid += 1;
            if happened == 0 && case.makes_up_successes() {
                tally.lied_to += 1;
                return Ok(());
            }
            if happened != i64::from(!kind.reads()) {
                return wrong("it succeeded");
            }
        }
        Err(Delivery::Rejected) if happened > 0 && case.closes_doors_late() => tally.lied_to += 1,
        Err(Delivery::Rejected) => {
            tally.rejected += 1;
            if happened > 0 {
                return wrong("it was rejected");
            }
        }
        Err(Delivery::NotSent) => {
            tally.not_sent += 1;
            if happened > 0 {
                return wrong("it was not sent");
            }
        }
        Err(_) => tally.unknown += 1,
    }
    // Long enough for whatever `Retry-After` asked for.
    clock.advance(Duration::from_secs(600));
    settled(kind, sandbox, run(dots.with_timeout(Duration::from_secs(60))), before, case).await
}

/// Asks again, as everybody may who has a key, now that nothing goes wrong: the world must be as after one success.
async fn settled(
    kind: &Kind,
    sandbox: &Sandbox,
    again: kinds::Running,
    before: i64,
    case: &Case,
) -> Result<(), String> {
    if !kind.is_keyed() {
        return Ok(());
    }
    let outcome = tokio::select! {
        outcome = again => outcome,
        never = commits(sandbox) => match never {},
    };
    let happened = kind.count(sandbox).await - before;
    let is_known = outcome.as_ref().is_err_and(dots_api_ext::Error::is_probably_paid);
    if happened != 1 || !(outcome.is_ok() || is_known) {
        let what = format!(
            "{case:?} on {}: asked again, it happened {happened} times: {}",
            kind.operation(),
            shown(&outcome)
        );
        return Err(what);
    }
    Ok(())
}

/// Carries out what was put off, as soon as it is.
async fn commits(sandbox: &Sandbox) -> std::convert::Infallible {
    loop {
        sandbox.commit_late();
        tokio::task::yield_now().await;
    }
}

fn shown(outcome: &Result<(), dots_api_ext::Error>) -> String {
    outcome.as_ref().map_or_else(ToString::to_string, |()| "success".to_owned())
}

async fn play_all(kind: Kind, sandbox: Sandbox, cases: impl Iterator<Item = Case>) -> Tally {
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    for case in cases {
        if let Err(what) = play(&kind, &sandbox, &case, &mut tally).await {
            wrong.push(what);
        }
    }
    println!("{}: {tally:?}", kind.operation());
    assert!(
        wrong.is_empty(),
        "{} of {} cases went wrong:\n{}",
        wrong.len(),
        tally.cases,
        wrong.iter().take(5).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(sandbox.audit().balanced);
    sandbox.shutdown().await;
    tally
}

async fn every_fault_on(kind: Kind) {
    let tally =
        play_all(kind, Sandbox::builder().funds(1_000_000_000).start().await.unwrap(), every_case()).await;
    assert!(tally.cases > 150 && tally.paid > 10 && tally.not_sent > 1, "{tally:?}");
    assert_eq!(tally.unknown > 20, tally.cases > 0, "{tally:?}");
}

#[tokio::test]
async fn every_fault_on_an_operation_that_answers_known_keys() {
    every_fault_on(Kind::SendPayout).await;
}

#[tokio::test]
async fn every_fault_on_an_operation_that_refuses_known_keys() {
    every_fault_on(Kind::CreateTransfer).await;
}

#[tokio::test]
async fn every_fault_on_an_operation_that_takes_no_key() {
    every_fault_on(Kind::SubmitPayoutRequest).await;
}

#[tokio::test]
async fn every_fault_on_a_read() {
    every_fault_on(Kind::GetPayoutLink).await;
}

/// Faults one after the other, drawn from seeds, under every reading of a repeated key.
#[tokio::test]
async fn sequences_of_faults_under_every_reading_of_a_known_key() {
    for (reading, repeat) in
        [KeyRepeat::Documented, KeyRepeat::Replay, KeyRepeat::ReturnExisting, KeyRepeat::Reject]
            .into_iter()
            .enumerate()
    {
        for inflight in [KeyInflight::Wait, KeyInflight::Conflict] {
            for kind in [Kind::SendPayout, Kind::CreateTransfer] {
                let sandbox =
                    Sandbox::builder().funds(1_000_000_000).key_repeat(repeat).key_inflight(inflight);
                let first = u64::try_from(reading).unwrap() * 1_000;
                play_all(kind, sandbox.start().await.unwrap(), sequences(first, 40)).await;
            }
        }
    }
}

/// Payouts of many people through a Dots that fails most of the time: each is paid once.
#[tokio::test]
async fn a_payroll_through_a_storm_pays_everybody_once() {
    for seed in 1..=20 {
        let faults = Faults::seeded(seed).rate(0.7);
        let sandbox = Sandbox::builder().faults(faults).start().await.unwrap();
        let builder = builder_for(&sandbox.url()).retry(RetryPolicy::standard());
        let dots = builder.clock(TestClock::default()).jitter_seed(seed).build().unwrap();
        for person in 0..20_u32 {
            let payee = dots_api_ext::Payee::phone("1", format!("20255501{person:02}"));
            let payout = dots.send_payout(dots_api_ext::Cents::new(1_000), payee).into_operation().unwrap();
            let mut rounds = 0;
            while let Err(error) = dots.run(payout.clone()).await {
                rounds += 1;
                assert!(rounds < 200, "seed {seed}: {error}");
            }
        }
        assert_eq!(sandbox.links(), 20, "seed {seed}: {}", sandbox.transcript());
        sandbox.clear_faults();
        sandbox.shutdown().await;
    }
}
