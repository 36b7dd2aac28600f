//! Cycle detection: finds in constant memory that a list repeats itself.

/// Observes the cursors that pages are requested with, and keeps one of them (Brent's algorithm).
///
/// The kept cursor is replaced after 1, 2, 4, 8, … pages, so it will eventually lie inside any cycle and be kept for
/// longer than the cycle is. A cycle is found before it has been traversed four times.
#[derive(Debug)]
pub(super) struct Cycle<Id> {
    kept: Option<Id>,
    pages_since: u64,
    pages_kept_for: u64,
}

impl<Id: Clone + PartialEq> Cycle<Id> {
    /// Starts with the cursor of the first page, if it has one.
    pub(super) fn new(start: Option<Id>) -> Self {
        Self { kept: start, pages_since: 0, pages_kept_for: 1 }
    }

    /// Records the cursor of the next page, and says whether it was used before.
    pub(super) fn closes_with(&mut self, id: &Id) -> bool {
        if self.kept.as_ref() == Some(id) {
            return true;
        }
        self.pages_since = self.pages_since.saturating_add(1);
        if self.kept.is_none() || self.pages_since >= self.pages_kept_for {
            self.kept = Some(id.clone());
            self.pages_since = 0;
            self.pages_kept_for = self.pages_kept_for.saturating_mul(2);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::Cycle;

    /// How many pages are requested before the cycle is found, when `tail` rows lead into a cycle of `length` rows.
    fn pages_until_found(tail: u64, length: u64) -> u64 {
        let mut cycle = Cycle::new(None);
        let row = |page: u64| if page < tail { page } else { tail + (page - tail) % length };
        (0..).find(|page| cycle.closes_with(&row(*page))).unwrap()
    }

    #[test]
    fn every_circle_is_found_before_it_has_been_gone_round_four_times() {
        for tail in 0..200 {
            for length in 1..200 {
                let pages = pages_until_found(tail, length);
                let bound = 4 * length + 2 * tail.max(1);
                assert!(pages <= bound, "tail {tail}, length {length}: {pages} pages");
            }
        }
    }

    #[test]
    fn a_row_that_follows_itself_is_found_at_once() {
        assert_eq!((pages_until_found(0, 1), pages_until_found(5, 1)), (1, 7));
    }

    #[test]
    fn a_list_without_a_circle_is_never_taken_for_one() {
        let mut cycle = Cycle::new(Some(0));
        assert!(!(1..1_000_000).any(|row| cycle.closes_with(&row)));
    }
}
