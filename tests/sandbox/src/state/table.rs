//! A table of one kind of row: found by id, listed newest first, filtered by label.

use std::{collections::BTreeSet, hash::Hash, ops::Range};

use jiff::Timestamp;
use uuid::Uuid;

use super::{hash::IdMap, label::Label};

/// What a table needs to know about its rows.
pub(crate) trait Row {
    /// The type of the row's id.
    type Id: Copy + Eq + Hash + std::fmt::Debug;

    fn id(&self) -> Self::Id;

    /// When the row was created; rows are added in this order.
    fn created(&self) -> Timestamp;

    /// What lists can be filtered by.
    fn labels(&self) -> Vec<Label>;
}

/// The rows in the order in which they were added.
#[derive(Clone, Debug)]
pub(crate) struct Table<T: Row> {
    /// By position; a removed row leaves its position empty.
    rows: Vec<Option<Box<T>>>,
    /// How many rows there are.
    count: usize,
    /// The position of every row that was ever added. A removed row keeps its position, so that a list can go on from a
    /// cursor that names it.
    places: IdMap<T::Id, u64>,
    /// The positions of the rows with a label, so that a filter never visits other rows.
    index: BTreeSet<(Label, u64)>,
}

/// Where a page of a list begins.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Cursor<I = Uuid> {
    /// At the first row.
    #[default]
    Start,
    /// After this row.
    StartingAfter(I),
    /// Such that the page ends just before this row.
    EndingBefore(I),
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    #[default]
    NewestFirst,
    OldestFirst,
}

/// Which rows to list.
#[derive(Clone, Debug)]
pub(crate) struct Query<I = Uuid> {
    pub(crate) cursor: Cursor<I>,
    pub(crate) limit: usize,
    pub(crate) order: Order,
    /// The labels that every row must have; the rarest first, because its index is walked and the others are compared.
    pub(crate) labels: Vec<Label>,
    /// When the rows were created; the start is included, the end is not.
    pub(crate) made: Range<Timestamp>,
}

/// A page of a list, in the order of the query.
#[derive(Debug)]
pub(crate) struct Page<'s, T> {
    pub(crate) rows: Vec<&'s T>,
    /// Whether the list goes on in the direction of the query.
    pub(crate) has_more: bool,
}

/// The cursor names a row that was never in the list.
#[derive(Debug)]
pub(crate) struct UnknownCursor;

impl<I> Query<I> {
    /// Returns the query for the first rows, newest first, without a filter.
    pub(crate) fn first(limit: usize) -> Self {
        Self {
            cursor: Cursor::Start,
            limit,
            order: Order::NewestFirst,
            labels: Vec::new(),
            made: Timestamp::MIN..Timestamp::MAX,
        }
    }
}

impl<T: Row> Table<T> {
    /// Returns how many rows were ever added, which is the number of the next one.
    pub(crate) fn next_number(&self) -> u64 {
        u64::try_from(self.places.len()).unwrap_or(u64::MAX)
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Whether a row with this id exists, or existed before it was removed.
    pub(crate) fn has_held(&self, id: &T::Id) -> bool {
        self.places.contains_key(id)
    }

    pub(crate) fn find(&self, id: &T::Id) -> Option<&T> {
        self.row(*self.places.get(id)?)
    }

    fn row(&self, place: u64) -> Option<&T> {
        self.rows.get(usize::try_from(place).ok()?)?.as_deref()
    }

    /// Returns the rows between two positions, oldest first, each with its position.
    fn between(&self, places: Range<u64>) -> impl DoubleEndedIterator<Item = (u64, &T)> {
        let end = places.end.min(self.next_number());
        (places.start..end).filter_map(|place| Some((place, self.row(place)?)))
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.iter().flatten().map(AsRef::as_ref)
    }

    /// Returns the rows with a label, oldest first, without visiting others.
    pub(crate) fn with(&self, label: Label) -> impl DoubleEndedIterator<Item = &T> {
        self.labeled(label, 0..u64::MAX)
    }

    /// Returns one page.
    pub(crate) fn page<'s>(&'s self, query: &Query<T::Id>) -> Result<Page<'s, T>, UnknownCursor> {
        let place = |id: &T::Id| self.places.get(id).copied().ok_or(UnknownCursor);
        // Whether the walk goes from old to new, and between which positions.
        let (upwards, mut places) = match (&query.cursor, query.order) {
            (Cursor::Start, order) => (order == Order::OldestFirst, 0..u64::MAX),
            (Cursor::StartingAfter(id), Order::NewestFirst) => (false, 0..place(id)?),
            (Cursor::EndingBefore(id), Order::NewestFirst) => (true, place(id)?.saturating_add(1)..u64::MAX),
            (Cursor::StartingAfter(id), Order::OldestFirst) => (true, place(id)?.saturating_add(1)..u64::MAX),
            (Cursor::EndingBefore(id), Order::OldestFirst) => (false, 0..place(id)?),
        };
        places.start = places.start.max(self.first_made_at(query.made.start));
        places.end = places.end.min(self.first_made_at(query.made.end));
        // One row beyond the page tells whether the list goes on.
        let wanted = query.limit.saturating_add(1);
        let mut rows: Vec<&'s T> = if upwards {
            self.wanted(query, places).take(wanted).collect()
        } else {
            self.wanted(query, places).rev().take(wanted).collect()
        };
        let has_more = rows.len() > query.limit;
        rows.truncate(query.limit);
        if matches!(query.cursor, Cursor::EndingBefore(_)) {
            // They were collected against the order; a page is always in its order.
            rows.reverse();
        }
        Ok(Page { rows, has_more })
    }

    fn wanted<'q, 's: 'q>(
        &'s self,
        query: &'q Query<T::Id>,
        places: Range<u64>,
    ) -> Box<dyn DoubleEndedIterator<Item = &'s T> + 'q> {
        if places.is_empty() {
            return Box::new(std::iter::empty());
        }
        let Some((rarest, others)) = query.labels.split_first() else {
            return Box::new(self.between(places).map(|(_, row)| row));
        };
        let walked = self.labeled(*rarest, places);
        if others.is_empty() {
            return Box::new(walked);
        }
        Box::new(walked.filter(|row| {
            let labels = row.labels();
            others.iter().all(|label| labels.contains(label))
        }))
    }

    fn labeled(&self, label: Label, places: Range<u64>) -> impl DoubleEndedIterator<Item = &T> + use<'_, T> {
        let found = self.index.range((label, places.start)..(label, places.end));
        found.filter_map(|(_, place)| self.row(*place))
    }

    /// Returns the first position whose row was created at this time or later; rows are in the order of their times.
    fn first_made_at(&self, time: Timestamp) -> u64 {
        if time == Timestamp::MIN {
            return 0;
        }
        if time == Timestamp::MAX {
            return u64::MAX;
        }
        let (mut low, mut high) = (0, self.next_number());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.between(middle..high).next() {
                Some((place, row)) if row.created() < time => low = place.saturating_add(1),
                _ => high = middle,
            }
        }
        low
    }

    /// Returns the slot at a position, which may be empty. Only more rows than can be counted have none.
    fn slot(&mut self, place: u64) -> Option<&mut Option<Box<T>>> {
        let place = usize::try_from(place).ok()?;
        if place >= self.rows.len() {
            self.rows.resize_with(place.saturating_add(1), || None);
        }
        self.rows.get_mut(place)
    }

    /// Adds a row at the end, or replaces the row with its id.
    pub(super) fn put(&mut self, row: T) {
        let next = self.next_number();
        let place = *self.places.entry(row.id()).or_insert(next);
        let labels = row.labels();
        let old = self.slot(place).and_then(|slot| slot.replace(Box::new(row)));
        self.count += usize::from(old.is_none());
        let old = old.map(|old| old.labels()).unwrap_or_default();
        if old == labels {
            return;
        }
        for label in old {
            self.index.remove(&(label, place));
        }
        self.index.extend(labels.into_iter().map(|label| (label, place)));
    }

    pub(super) fn remove(&mut self, id: &T::Id) {
        let Some(place) = self.places.get(id).copied() else { return };
        let Some(row) = self.slot(place).and_then(Option::take) else { return };
        self.count = self.count.saturating_sub(1);
        for label in row.labels() {
            self.index.remove(&(label, place));
        }
    }
}

impl<T: Row> Default for Table<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), count: 0, places: IdMap::default(), index: BTreeSet::new() }
    }
}

#[cfg(test)]
mod tests;
