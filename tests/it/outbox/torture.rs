//! A share of what `cargo xtask sim` and `cargo xtask torture` do for hours, and proof that each would notice a loss.

use std::env;
use std::time::Duration;

use dots_torture::bad_disk::{self, Disk};
use dots_torture::kill9::{Kind, Program, Settings};
use dots_torture::sim::Bug;
use dots_torture::{corrupt, kill9, order, power_cut, sim, speed};

/// This program again, which finds its job in the environment.
fn program() -> Program {
    let arguments = ["--exact", "outbox::torture::the_program_that_is_killed", "--nocapture"];
    Program { file: env::current_exe().unwrap(), arguments: arguments.map(str::to_owned).to_vec() }
}

/// What the others start; without a job it does nothing.
#[test]
fn the_program_that_is_killed() {
    dots_torture::was_a_job().unwrap();
}

#[test]
fn simulated_worlds_end_well() {
    let report = sim::run(0..10_000, None);
    assert!(report.is_well(), "{:?}", report.wrong);
    assert!(report.ended.iter().all(|(state, count)| state.is_final() || *count == 0));
    assert_eq!((report.seeds, report.violations, report.unfinished), (10_000, 0, 0));
}

/// The bugs that few worlds suffice for; `cargo xtask torture bugs` takes them all.
#[test]
fn simulated_worlds_notice_a_rule_that_is_taken_away() {
    let overlooked: Vec<Bug> = Bug::ALL
        .into_iter()
        .filter(|bug| bug.shows_soon())
        .filter(|bug| sim::first_violation(0..10_000, *bug).is_none())
        .collect();
    assert_eq!(overlooked, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_again_and_again_pays_everybody_once() {
    let longest = Duration::from_millis(500);
    let settings = Settings { kind: Kind::Kill9, payouts: 60, kills: 12, seed: 7, longest };
    let outcome = kill9::run(settings, program()).await.unwrap();
    assert!(outcome.verdict.is_well(), "{outcome:?}");
    assert_eq!(outcome.verdict.settled + outcome.verdict.review, 60, "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_goes_on_with_old_copies_pays_everybody_once() {
    let longest = Duration::from_millis(500);
    let settings = Settings { kind: Kind::Restore, payouts: 60, kills: 24, seed: 5, longest };
    let outcome = kill9::run(settings, program()).await.unwrap();
    assert!(outcome.verdict.is_well() && outcome.restores > 0, "{outcome:?}");
    assert_eq!(outcome.verdict.settled + outcome.verdict.review, 60, "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_request_leaves_its_claim_is_in_the_file() {
    let outcome = order::run(30, 1).await.unwrap();
    assert!(outcome.requests >= 30, "{outcome:?}");
    assert_eq!(outcome.claimed, outcome.requests);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn after_a_power_cut_no_claim_and_no_told_outcome_is_missing() {
    if !power_cut::has_strace() {
        println!("not run: `strace` is not installed");
        return;
    }
    let cut = power_cut::run(8, 1, true, program()).await.unwrap();
    assert!(cut.requests >= 8 && cut.told >= 2 && cut.images > 50, "{cut:?}");
    // Without the syncs of the log, which is what `synchronous=NORMAL` leaves out, claims are lost.
    let control = power_cut::run(8, 1, false, program()).await.unwrap();
    assert!(control.missing > 0, "{control:?}");
    assert_eq!((cut.unopened, cut.missing), (0, 0), "{:?}", cut.first);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_call_waits_for_the_disk_twice() {
    if !power_cut::has_strace() {
        println!("not run: `strace` is not installed");
        return;
    }
    let (calls, syncs) = speed::syncs(6, &program()).await.unwrap();
    // One more than twice is the last commit of them all.
    assert!(syncs <= 14, "{syncs} syncs of {calls} calls");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_program_and_pays_nobody_twice() {
    let mut stopped = 0;
    for blocks in [400, 600, 800] {
        let outcome = bad_disk::run(Disk::Full(blocks), 40, program()).await.unwrap();
        assert!(outcome.verdict.is_well() && outcome.verdict.settled == 40, "{outcome:?}");
        stopped += usize::from(outcome.said.is_some());
    }
    assert!(stopped > 0, "no disk was full");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_cannot_be_written_stops_the_program_before_it_pays() {
    let outcome = bad_disk::run(Disk::ReadOnly, 5, program()).await.unwrap();
    let said = outcome.said.clone().unwrap_or_default();
    if said.contains("unshare") || said.contains("mount:") {
        println!("not run: only root can mount a folder");
        return;
    }
    assert!(said.contains("could not open the outbox") || said.contains("File(Io"), "{said}");
    assert_eq!((outcome.made, outcome.verdict.settled), (0, 5), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_bit_is_noticed_and_pays_no_other_person() {
    let outcome = corrupt::run(200, 1).await.unwrap();
    assert!(outcome.refused > 0, "{outcome:?}");
    assert_eq!((outcome.panics, outcome.paid_wrong, outcome.silently_wrong), (0, 0, 0), "{outcome:?}");
}
