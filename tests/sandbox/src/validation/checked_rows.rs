//! The rows of lists that were found valid, so that a list that is read again costs little.

use std::{
    collections::HashSet,
    hash::BuildHasher as _,
    mem,
    sync::{Mutex, PoisonError},
};

use foldhash::{fast, quality};

/// How many rows are remembered twice over, in some ten bytes each.
const LIMIT: usize = 1 << 16;

/// Remembers rows by their bytes and by what they were a row of, so that nothing that is remembered becomes wrong: a row
/// that changes has other bytes. It has a lock of its own, which is free while a row is checked.
#[derive(Debug, Default)]
pub(crate) struct CheckedRows(Mutex<Generations>);

/// 128 bits of a row, of the operation and of the status: enough to tell a row from all others.
type Print = (u64, u64);

/// Two generations of rows: when the younger one is full, the older one is forgotten.
#[derive(Debug, Default)]
struct Generations {
    young: HashSet<Print, fast::FixedState>,
    old: HashSet<Print, fast::FixedState>,
}

impl CheckedRows {
    /// Whether all rows of an answer are valid. Only rows that were not before are checked.
    pub(crate) fn all(
        &self,
        operation: u16,
        status: u16,
        rows: &[&[u8]],
        is_valid: impl Fn(&[u8]) -> bool,
    ) -> bool {
        let prints: Vec<Print> = rows.iter().map(|row| print(operation, status, row)).collect();
        let known = self.locked(|rows| prints.iter().map(|print| rows.knows(print)).collect::<Vec<bool>>());
        let mut new = Vec::new();
        for ((row, print), is_known) in rows.iter().zip(prints).zip(known) {
            if is_known {
                continue;
            }
            if !is_valid(row) {
                return false;
            }
            new.push(print);
        }
        if !new.is_empty() {
            self.locked(|rows| new.into_iter().for_each(|print| rows.learn(print)));
        }
        true
    }

    fn locked<T>(&self, act: impl FnOnce(&mut Generations) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Generations {
    fn knows(&mut self, print: &Print) -> bool {
        if self.young.contains(print) {
            return true;
        }
        let is_old = self.old.contains(print);
        if is_old {
            self.learn(*print);
        }
        is_old
    }

    fn learn(&mut self, print: Print) {
        if self.young.len() >= LIMIT {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(print);
    }
}

fn print(operation: u16, status: u16, row: &[u8]) -> Print {
    let half = |seed| quality::FixedState::with_seed(seed).hash_one((operation, status, row));
    (half(0x9e37_79b9_7f4a_7c15), half(0xbf58_476d_1ce4_e5b9))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// How many rows are checked, and whether all are valid; a row that begins with `x` is not.
    fn check(checked: &CheckedRows, operation: u16, rows: &[&[u8]]) -> (usize, bool) {
        let count = Cell::new(0);
        let all = checked.all(operation, 200, rows, |row| {
            count.set(count.get() + 1);
            !row.starts_with(b"x")
        });
        (count.get(), all)
    }

    #[test]
    fn a_row_is_checked_once_for_each_operation_and_anew_when_it_changes() {
        let checked = CheckedRows::default();
        assert_eq!(check(&checked, 1, &[b"a", b"b"]), (2, true));
        assert_eq!(check(&checked, 1, &[b"b", b"a", b"c"]), (1, true));
        assert_eq!(check(&checked, 2, &[b"a"]), (1, true));
        assert_eq!(check(&checked, 1, &[b"a2"]), (1, true));
    }

    #[test]
    fn a_wrong_row_is_never_remembered() {
        let checked = CheckedRows::default();
        for _ in 0..3 {
            assert_eq!(check(&checked, 1, &[b"x", b"a"]), (1, false));
        }
    }

    #[test]
    fn rows_that_are_shown_stay_known_and_the_others_are_forgotten() {
        let checked = CheckedRows::default();
        let row = |number: usize| number.to_string().into_bytes();
        let shown = |number: usize| check(&checked, 1, &[&row(number)]).0;
        assert_eq!((shown(0), shown(1)), (1, 1));
        for number in 2..3 * LIMIT {
            shown(number);
            if number % 1_000 == 0 {
                assert_eq!(shown(0), 0, "after {number}");
            }
        }
        assert_eq!(shown(1), 1);
        let known = checked.locked(|rows| rows.young.len().max(rows.old.len()));
        assert!(known <= LIMIT, "{known}");
    }
}
