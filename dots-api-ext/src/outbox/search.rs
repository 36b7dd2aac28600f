//! A breadth-first search through everything that can happen to one payout, over the real [`step`](super::step::step).
//!
//! - [`world`]: Dots, the row, two workers, the clocks, and their moves
//! - [`bugs`]: rules that are removed, to see that the search notices
//!
//! Times are ticks: a key may be sent for 6, Dots knows it for 8, a lease lasts 2, and a request that was given up is
//! carried out up to 1 later and shows up to 1 after that.

mod bugs;
mod moves;
mod world;

use self::bugs::Bug;
use self::moves::{Chances, Move};
use self::world::World;

/// What a search came to.
#[derive(Debug)]
struct Searched {
    worlds: usize,
    /// The first violation, and the moves that lead there.
    violation: Option<(&'static str, Vec<Move>)>,
}

/// How many worlds are visited: all of them in the long runs of `cargo xtask ci`, else those that are reached first.
fn most() -> usize {
    if std::env::var_os("DOTS_LONG_RUNS").is_some() { usize::MAX } else { 40_000 }
}

/// Visits the worlds that can be reached, with fewest moves first, until one violates what must always hold.
fn search(chances: Chances, bug: Option<Bug>, most: usize) -> Searched {
    let start = World::new(chances);
    let mut places = foldhash::HashMap::from_iter([(start.clone(), 0)]);
    let mut reached = vec![(start, None)];
    let mut next = 0;
    while let Some((world, _)) = reached.get(next).filter(|_| next < most).cloned() {
        for (what, after) in world.moves(bug) {
            if places.contains_key(&after) {
                continue;
            }
            let violation = after.violation();
            places.insert(after.clone(), reached.len());
            reached.push((after, Some((next, what))));
            if let Some(why) = violation {
                return Searched { worlds: reached.len(), violation: Some((why, way(&reached))) };
            }
        }
        next += 1;
        assert!(reached.len() < 3_000_000, "the chances are too many");
    }
    Searched { worlds: reached.len(), violation: None }
}

/// The moves that lead to the world that was reached last.
fn way(reached: &[(World, Option<(usize, Move)>)]) -> Vec<Move> {
    let mut moves = Vec::new();
    let mut at = reached.len() - 1;
    while let Some((before, what)) = reached[at].1 {
        moves.push(what);
        at = before;
    }
    moves.reverse();
    moves
}

/// Two workers, lost answers, late commits and listings.
const USUAL: Chances = Chances { writes: 2, faults: 2, ends: 13, ..Chances::NONE };
/// The same, with one fault less, while the lists are read slowly.
const SLOW: Chances = Chances { faults: 1, slow_readings: 1, ..USUAL };
/// The usual, at an operation that refuses a key that it knows.
const REFUSING: Chances = Chances { refuses_known: true, ..USUAL };
/// The clock of the store is set back.
const SKEWED: Chances = Chances { set_back: 4, ..USUAL };
/// A person decides to pay again.
const AGAIN: Chances = Chances { writes: 3, faults: 2, pay_again: 1, ends: 17, ..Chances::NONE };
/// A copy from the past is restored.
const RESTORED: Chances = Chances { writes: 2, faults: 1, restores: 1, ends: 12, ..Chances::NONE };
/// Restored, at an operation that refuses a key that it knows.
const RESTORED_REFUSING: Chances = Chances { refuses_known: true, ..RESTORED };

/// A copy that knows nothing of the payout is restored, and it is planned again.
const PLANNED_AGAIN: Chances = Chances { writes: 2, faults: 1, plans_again: 1, ends: 12, ..Chances::NONE };
/// The API key is rotated.
const ROTATED: Chances = Chances { writes: 2, faults: 1, rotations: 1, ends: 12, ..Chances::NONE };
/// Twice, every list that is read at a moment leaves something out, and a person decides to pay again.
const GAPS: Chances = Chances {
    writes: 2,
    faults: 1,
    pay_again: 1,
    gaps: 2,
    ends: 7,
    slow_readings: 2,
    reads_after: 6,
    ..Chances::NONE
};
/// A copy from the past is restored, and once a list leaves something out.
const RESTORED_GAP: Chances = Chances { gaps: 1, ..RESTORED };
/// A copy is restored, perhaps before the payout is due.
const NOT_DUE: Chances = Chances { due_after: 7, gaps: 1, ends: 14, ..RESTORED };
/// All clocks are ahead until they are set right.
const AHEAD: Chances = Chances { writes: 2, faults: 2, ahead: 6, ends: 20, ..Chances::NONE };
/// A copy from the past is restored, perhaps after the clocks were set right. The lists leave nothing out: where the wrong
/// time has come before the copy is opened, no clock tells that it was wrong, and a reading with a gap is believed.
const AHEAD_RESTORED: Chances = Chances { ahead: 7, ends: 14, ..RESTORED };
/// The same with a gap, in which the rule is missed that was taken away.
const AHEAD_RESTORED_GAP: Chances = Chances { ahead: 7, ends: 14, ..RESTORED_GAP };
/// Both: the API key is rotated when a copy was restored.
const RESTORED_ROTATED: Chances = Chances { rotations: 1, ..RESTORED };

/// Sees that no path pays twice or denies a payment; a test each, since they run side by side.
macro_rules! no_path {
    ($($name:ident: $chances:expr;)+) => {
        mod no_path_pays_twice_or_denies_a_payment {
            use super::*;
            $(
                #[test]
                fn $name() {
                    let searched = search($chances, None, most());
                    assert_eq!(searched.violation, None, "{} worlds", searched.worlds);
                }
            )+
        }
    };
}
no_path! {
    usually: USUAL;
    when_lists_are_slow: SLOW;
    where_known_keys_are_refused: REFUSING;
    when_a_clock_is_set_back: SKEWED;
    when_clocks_that_were_ahead_are_set_right: AHEAD;
    when_a_copy_is_restored_after_clocks_were_set_right: AHEAD_RESTORED;
    when_a_person_pays_again: AGAIN;
    when_a_copy_is_restored: RESTORED;
    when_a_copy_is_restored_and_known_keys_are_refused: RESTORED_REFUSING;
    when_a_restored_copy_plans_it_again: PLANNED_AGAIN;
    when_the_api_key_is_rotated: ROTATED;
    when_a_copy_is_restored_and_the_api_key_rotated: RESTORED_ROTATED;
    when_lists_leave_something_out: GAPS;
    when_a_copy_is_restored_and_a_list_leaves_something_out: RESTORED_GAP;
    when_a_copy_is_restored_before_it_is_due: NOT_DUE;
}

#[test]
fn each_rule_that_is_removed_is_missed() {
    let mut overlooked = Vec::new();
    for (bug, chances) in bugs::ALL {
        if search(chances, Some(bug), usize::MAX).violation.is_none() {
            overlooked.push(bug);
        }
    }
    assert_eq!(overlooked, []);
}
