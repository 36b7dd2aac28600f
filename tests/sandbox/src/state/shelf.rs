//! A collection of one kind of object: found by id, walked newest first.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

/// Objects in the order in which they were added.
#[derive(Debug)]
pub(crate) struct Shelf<T> {
    rows: BTreeMap<u64, T>,
    /// The place of every object that ever was here. A removed one keeps its place, so that somebody who walks the
    /// list with it as a cursor goes on where it stood.
    places: HashMap<Uuid, u64>,
}

/// Where a page of a list begins.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cursor {
    /// With the newest object.
    Newest,
    /// With the next older one.
    StartingAfter(Uuid),
    /// So that it ends just before this one.
    EndingBefore(Uuid),
}

/// A page of a list, newest first.
#[derive(Debug)]
pub(crate) struct Page<'s, T> {
    pub(crate) rows: Vec<&'s T>,
    /// Whether the list goes on in the direction of the walk.
    pub(crate) has_more: bool,
}

/// The cursor names nothing that ever was in the list.
#[derive(Debug)]
pub(crate) struct UnknownCursor;

impl<T> Shelf<T> {
    /// Returns how many objects there have ever been, which is the number of the next one.
    pub(crate) fn next_number(&self) -> u64 {
        u64::try_from(self.places.len()).unwrap_or(u64::MAX)
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether an object with this id is here or has been.
    pub(crate) fn has_held(&self, id: &Uuid) -> bool {
        self.places.contains_key(id)
    }

    pub(crate) fn find(&self, id: &Uuid) -> Option<&T> {
        self.rows.get(self.places.get(id)?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows.values()
    }

    /// Returns one page of the objects that pass the filter.
    pub(crate) fn page(
        &self,
        cursor: Cursor,
        limit: usize,
        filter: impl Fn(&T) -> bool,
    ) -> Result<Page<'_, T>, UnknownCursor> {
        let place = |id| self.places.get(&id).copied().ok_or(UnknownCursor);
        // One row beyond the page tells whether there is more.
        let wanted = limit.saturating_add(1);
        let mut rows: Vec<&T> = match cursor {
            Cursor::Newest => self.rows.values().rev().filter(|row| filter(row)).take(wanted).collect(),
            Cursor::StartingAfter(id) => self
                .rows
                .range(..place(id)?)
                .rev()
                .map(|(_, row)| row)
                .filter(|row| filter(row))
                .take(wanted)
                .collect(),
            Cursor::EndingBefore(id) => {
                let newer = self.rows.range(place(id)?.saturating_add(1)..).map(|(_, row)| row);
                newer.filter(|row| filter(row)).take(wanted).collect()
            }
        };
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        if matches!(cursor, Cursor::EndingBefore(_)) {
            // They were gathered walking up; a list always reads newest first.
            rows.reverse();
        }
        Ok(Page { rows, has_more })
    }

    pub(super) fn add(&mut self, id: Uuid, row: T) {
        let place = self.next_number();
        self.places.insert(id, place);
        self.rows.insert(place, row);
    }

    pub(super) fn remove(&mut self, id: &Uuid) {
        if let Some(place) = self.places.get(id) {
            self.rows.remove(place);
        }
    }

    pub(super) fn find_mut(&mut self, id: &Uuid) -> Option<&mut T> {
        self.rows.get_mut(self.places.get(id)?)
    }
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), places: HashMap::new() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    fn id(number: u64) -> Uuid {
        Uuid::from_u128(u128::from(number))
    }

    fn shelf(numbers: std::ops::Range<u64>) -> Shelf<u64> {
        let mut shelf = Shelf::default();
        numbers.for_each(|number| shelf.add(id(number), number));
        shelf
    }

    fn page(shelf: &Shelf<u64>, cursor: Cursor, limit: usize) -> (Vec<u64>, bool) {
        let page = shelf.page(cursor, limit, |_| true).unwrap();
        (page.rows.into_iter().copied().collect(), page.has_more)
    }

    #[test]
    fn pages_read_newest_first_in_both_directions() {
        let shelf = shelf(0..5);
        assert_eq!(page(&shelf, Cursor::Newest, 2), (vec![4, 3], true));
        assert_eq!(page(&shelf, Cursor::StartingAfter(id(3)), 2), (vec![2, 1], true));
        assert_eq!(page(&shelf, Cursor::StartingAfter(id(1)), 2), (vec![0], false));
        assert_eq!(page(&shelf, Cursor::EndingBefore(id(0)), 2), (vec![2, 1], true));
        assert_eq!(page(&shelf, Cursor::EndingBefore(id(2)), 2), (vec![4, 3], false));
        assert_eq!(page(&shelf, Cursor::EndingBefore(id(4)), 2), (vec![], false));
    }

    #[test]
    fn a_page_that_is_exactly_full_has_no_more() {
        assert_eq!(page(&shelf(0..2), Cursor::Newest, 2), (vec![1, 0], false));
        assert_eq!(page(&shelf(0..0), Cursor::Newest, 2), (vec![], false));
    }

    #[test]
    fn a_removed_row_is_still_a_cursor() {
        let mut shelf = shelf(0..4);
        shelf.remove(&id(2));
        assert_eq!(page(&shelf, Cursor::StartingAfter(id(2)), 9), (vec![1, 0], false));
        assert_eq!(shelf.next_number(), 4);
        assert!(shelf.find(&id(2)).is_none());
        assert!(shelf.page(Cursor::StartingAfter(id(9)), 1, |_| true).is_err());
    }

    #[test]
    fn a_filter_neither_shortens_a_page_nor_invents_another() {
        let shelf = shelf(0..6);
        let even = shelf.page(Cursor::Newest, 2, |number| number % 2 == 0).unwrap();
        assert_eq!((even.rows, even.has_more), (vec![&4, &2], true));
        let last = shelf.page(Cursor::StartingAfter(id(2)), 2, |number| number % 2 == 0).unwrap();
        assert_eq!((last.rows, last.has_more), (vec![&0], false));
    }
}
