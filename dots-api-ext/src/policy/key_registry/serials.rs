//! Sets of serials, which are mostly neighbors.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

/// The most stretches that are told apart.
const MOST: usize = 10_000;

/// A set of serials, kept as the stretches that they make up: its size does not grow with their number.
///
/// Where there are too many stretches, the gap between the two lowest is filled, so that what was put in stays in.
#[derive(Debug, Default)]
pub(crate) struct Serials(BTreeMap<u64, u64>);

impl Serials {
    /// Puts a serial in.
    pub(crate) fn insert(&mut self, serial: NonZeroU64) {
        if self.contains(serial) {
            return;
        }
        let serial = serial.get();
        let first = match self.0.range(..serial).next_back() {
            Some((first, last)) if last.saturating_add(1) == serial => *first,
            _ => serial,
        };
        let last = self.0.remove(&serial.saturating_add(1)).unwrap_or(serial);
        self.0.insert(first, last);
        if self.0.len() > MOST {
            self.join_the_lowest();
        }
    }

    /// Says whether a serial was put in, or is taken for one.
    pub(crate) fn contains(&self, serial: NonZeroU64) -> bool {
        self.0.range(..=serial.get()).next_back().is_some_and(|(_, last)| serial.get() <= *last)
    }

    fn join_the_lowest(&mut self) {
        if let (Some((first, _)), Some((_, last))) = (self.0.pop_first(), self.0.pop_first()) {
            self.0.insert(first, last);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{MOST, NonZeroU64, Serials};

    fn of(serials: impl IntoIterator<Item = u64>) -> Serials {
        let mut set = Serials::default();
        serials.into_iter().filter_map(NonZeroU64::new).for_each(|serial| set.insert(serial));
        set
    }

    fn has(set: &Serials, serial: u64) -> bool {
        NonZeroU64::new(serial).is_some_and(|serial| set.contains(serial))
    }

    #[test]
    fn it_holds_what_was_put_in_and_nothing_else() {
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..200 {
            let serials: BTreeSet<u64> = (0..random.usize(..60)).map(|_| random.u64(1..80)).collect();
            let mut shuffled: Vec<u64> = serials.iter().copied().collect();
            random.shuffle(&mut shuffled);
            let set = of(shuffled);
            for serial in 1..100 {
                assert_eq!(has(&set, serial), serials.contains(&serial), "{serial} of {serials:?}");
            }
        }
    }

    #[test]
    fn neighbors_are_one_stretch() {
        assert_eq!(of(1..=1_000).0.len(), 1);
        assert_eq!(
            of([5, 3, 4, 1, u64::MAX]).0.into_iter().collect::<Vec<_>>(),
            [(1, 1), (3, 5), (u64::MAX, u64::MAX)]
        );
    }

    #[test]
    fn however_many_stretches_there_are_none_is_lost() {
        let odd = || (1..).step_by(2).take(3 * MOST);
        let set = of(odd());
        assert!(set.0.len() <= MOST);
        assert!(odd().all(|serial| has(&set, serial)));
        assert!(!has(&set, 6 * u64::try_from(MOST).unwrap() - 2));
    }
}
