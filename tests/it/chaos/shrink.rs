//! Makes a program that fails smaller, as long as it fails in the same way.

use super::judge::{Tally, Wrong, run_and_judge};
use super::mishap::Mishap;
use super::places::Places;
use super::program::{Call, Program, Step, Told, Twist, Way};

/// Runs no more programs than this for one report.
const MOST_RUNS: usize = 3_000;

/// Says what failed, with the smallest program found.
pub(super) fn report(program: &Program, wrongs: &[(Wrong, String)], places: &Places) -> String {
    let wrong = wrongs[0].0;
    let mut smallest = program.clone();
    let mut runs = 0;
    let mut fails = |candidate: &Program| {
        runs += 1;
        let wrongs = run_and_judge(candidate, places, &mut Tally::default());
        wrongs.iter().any(|(found, _)| *found == wrong)
    };
    while let Some(smaller) = smaller(&smallest).into_iter().find(|program| fails(program)) {
        smallest = smaller;
        if smallest.steps.is_empty() {
            break;
        }
    }
    assert!(runs < MOST_RUNS * 10, "the shrinking of a program does not end");
    let found = run_and_judge(&smallest, places, &mut Tally::default());
    let what: Vec<_> = found.iter().map(|(wrong, what)| format!("{wrong:?}: {what}")).collect();
    format!("{wrong:?} in the program of seed {}:\n{smallest:?}\n{}", program.seed, what.join("\n"))
}

/// Returns programs with one part less, the largest parts first.
fn smaller(program: &Program) -> Vec<Program> {
    let mut all = Vec::new();
    let count = program.steps.len();
    for size in [count / 2, count / 4, 1] {
        for start in (0..count).step_by(size.max(1)).filter(|_| size > 0) {
            let mut less = program.clone();
            less.steps.drain(start..(start + size).min(count));
            all.push(less);
        }
    }
    for (index, step) in program.steps.iter().enumerate() {
        for simpler in simpler(step) {
            let mut less = program.clone();
            less.steps[index] = simpler;
            all.push(less);
        }
    }
    all
}

fn simpler(step: &Step) -> Vec<Step> {
    let mut all = Vec::new();
    let mut vary = |change: &dyn Fn(&mut Step) -> bool| {
        let mut step = step.clone();
        if change(&mut step) {
            all.push(step);
        }
    };
    vary(&|step| match step {
        Step::Calls { jump, .. } => jump.take().is_some(),
        Step::Group { reads, .. } if *reads > 0 => {
            *reads = 0;
            true
        }
        Step::Reads { count, .. } if *count > 1 => {
            *count /= 2;
            true
        }
        _ => false,
    });
    let count = lists(&mut step.clone()).iter().map(|calls| calls.len()).sum::<usize>();
    for number in 0..count {
        vary(&|step| {
            let (list, index) = place(step, number);
            lists(step)[list].remove(index);
            true
        });
        for change in CHANGES {
            vary(&|step| {
                let (list, index) = place(step, number);
                change(&mut lists(step)[list][index])
            });
        }
    }
    all
}

/// The lists of calls of a step.
fn lists(step: &mut Step) -> Vec<&mut Vec<Call>> {
    match step {
        Step::Calls { calls, .. } => vec![calls],
        Step::Group { calls, bodies, .. } => vec![calls, bodies],
        _ => Vec::new(),
    }
}

/// Says which list holds a call, and where, by its number in all lists.
fn place(step: &mut Step, number: usize) -> (usize, usize) {
    let first = lists(step)[0].len();
    if number < first { (0, number) } else { (1, number - first) }
}

/// Makes a call plainer; says whether it was not yet.
type Change = fn(&mut Call) -> bool;

const CHANGES: [Change; 8] = [
    |call| call.mishaps.pop().is_some(),
    |call| call.limit.take().is_some(),
    |call| call.policy.take().is_some(),
    |call| call.timeout.take().is_some(),
    |call| std::mem::replace(&mut call.told, Told::Nothing) != Told::Nothing,
    |call| std::mem::replace(&mut call.twist, Twist::None) != Twist::None,
    |call| std::mem::replace(&mut call.way, Way::Send) != Way::Send,
    |call| {
        let plain = |mishap: &Mishap| mishap.arrives.is_zero() && mishap.takes.is_zero();
        let is_plain = call.mishaps.iter().all(plain);
        for mishap in &mut call.mishaps {
            *mishap = Mishap { kind: mishap.kind, ..Mishap::FINE };
        }
        !is_plain
    },
];
