//! A change tracker: which items a batch has, as far as its results show, and which of them were yielded.

use std::collections::HashMap;
use std::mem;

use dots_api::PayoutBatchItemResult;

use super::BatchItemStatus;

/// Remembers the items of a batch from one read to the next.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    /// By key; an item that an answer leaves out stays as it was.
    items: HashMap<Box<str>, Item>,
    /// The largest number of rows without a key in one answer.
    without_key: usize,
    /// The settled ones among them. They cannot be told from those of the next answer, so they are yielded at the end.
    held: Vec<PayoutBatchItemResult>,
}

#[derive(Debug, Default)]
struct Item {
    /// The result that it was last yielded with.
    given: Option<Settled>,
    is_open: bool,
}

/// A final result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Settled {
    Paid,
    Failed,
    TakenBack,
}

impl Settled {
    fn of(row: &PayoutBatchItemResult) -> Option<Self> {
        match BatchItemStatus::from(row) {
            BatchItemStatus::Paid { .. } => Some(Self::Paid),
            BatchItemStatus::Failed { .. } => Some(Self::Failed),
            BatchItemStatus::TakenBack { .. } => Some(Self::TakenBack),
            BatchItemStatus::Pending { .. } => None,
        }
    }
}

impl Tracker {
    /// Records an answer, and returns the rows to yield: those that are newly settled, or settled with another result.
    pub(super) fn enter(&mut self, rows: Vec<PayoutBatchItemResult>) -> Vec<PayoutBatchItemResult> {
        let (mut fresh, mut held, mut without_key) = (Vec::new(), Vec::new(), 0);
        for row in rows {
            let settled = Settled::of(&row);
            let Some(key) = row.idempotency_key.as_deref().filter(|key| !key.is_empty()) else {
                without_key += 1;
                held.extend(settled.map(|_| row));
                continue;
            };
            let is_news = self.item(key).is_news(settled);
            fresh.extend(is_news.then_some(row));
        }
        self.without_key = self.without_key.max(without_key);
        // An answer that is shorter than the one before has lost rows; their results still stand.
        if held.len() >= self.held.len() {
            self.held = held;
        }
        fresh
    }

    /// Takes the rows that were held back.
    pub(super) fn take_held(&mut self) -> Vec<PayoutBatchItemResult> {
        let held = mem::take(&mut self.held);
        self.without_key = self.without_key.saturating_sub(held.len());
        held
    }

    /// Says whether items exist and all are settled.
    pub(super) fn is_settled(&self) -> bool {
        self.items.len().saturating_add(self.without_key) > 0 && self.open() == 0
    }

    /// Returns how many items are not settled.
    pub(super) fn open(&self) -> usize {
        self.without_key.saturating_sub(self.held.len()).saturating_add(self.open_keys().count())
    }

    /// Returns the keys of the items that are not settled.
    pub(super) fn open_keys(&self) -> impl Iterator<Item = &str> {
        self.items.iter().filter(|(_, item)| item.is_open).map(|(key, _)| &**key)
    }

    fn item(&mut self, key: &str) -> &mut Item {
        self.items.entry(key.into()).or_default()
    }
}

impl Item {
    /// Records the item's result, and says whether to yield it.
    fn is_news(&mut self, settled: Option<Settled>) -> bool {
        self.is_open = settled.is_none();
        let is_news = settled.is_some() && settled != self.given;
        self.given = settled.or(self.given);
        is_news
    }
}
