//! Which messages were handled already.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// Remembers the ids of the messages that were handled.
///
/// A message comes again when an answer was lost, when somebody resends it by hand, and when somebody who recorded it
/// sends it within the tolerance. Svix, by default, tries for some 28 hours, so keep ids for 72 hours at least.
///
/// On [`Seen::Again`], answer 200 and do nothing: any other answer makes the message come once more.
///
/// # In a database
/// Memory is lost at a restart, and each process has its own. Where an event moves money, or anything else that must
/// not happen twice, note the id in the transaction of its effect, so that both happen or neither does:
///
/// ```sql
/// BEGIN;
/// INSERT INTO seen_webhook (id, at) VALUES ($1, now()) ON CONFLICT (id) DO NOTHING;
/// -- no row inserted: roll back, answer 200, done
/// UPDATE payout SET …;
/// COMMIT;
/// DELETE FROM seen_webhook WHERE at < now() - interval '72 hours';  -- now and then
/// ```
///
/// The trait is for stores that answer without being awaited, such as SQLite or memory. It is no more than that one
/// statement; a store that has to be awaited needs the statement and not the trait.
pub trait SeenEvents {
    /// What can go wrong; [`Infallible`](std::convert::Infallible) where nothing can.
    type Error;

    /// Notes the id of a message unless it is there, in one step: of two calls at once, one gets [`Seen::First`].
    ///
    /// # Errors
    /// Returns an error when the id could be neither found nor noted. Answer 503 then, and the message comes again.
    fn note(&self, id: &str, now: SystemTime) -> Result<Seen, Self::Error>;

    /// Forgets an id, because what should have been done about the message failed and it has to come again.
    ///
    /// A store that notes ids in the transaction of their effects rolls back instead.
    ///
    /// # Errors
    /// Returns an error when the id could not be removed.
    fn forget(&self, id: &str) -> Result<(), Self::Error>;
}

/// Says whether a message was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seen {
    /// It is new: act on it.
    First,
    /// It was noted before: answer 200 and do nothing.
    Again,
}

/// How long ids are kept at least.
const KEEP: Duration = Duration::from_secs(72 * 60 * 60);

/// Remembers message ids in memory, a bounded number of them for 72 hours.
///
/// An id takes some 200 bytes. When all places are taken by ids that are younger than 72 hours, new messages are
/// refused rather than old ids dropped: a message that comes again later is repairable, an effect that happens twice may
/// not be. Choose a capacity above what you hear of in 72 hours.
///
/// # Examples
/// ```
/// use std::time::SystemTime;
///
/// use dots_api_ext::webhook::{MemorySeenEvents, Seen, SeenEvents};
///
/// # fn main() -> Result<(), dots_api_ext::webhook::SeenEventsFull> {
/// let seen = MemorySeenEvents::with_capacity(100_000);
/// assert_eq!(seen.note("msg_1", SystemTime::now())?, Seen::First);
/// assert_eq!(seen.note("msg_1", SystemTime::now())?, Seen::Again);
/// # Ok(()) }
/// ```
pub struct MemorySeenEvents {
    capacity: usize,
    keep: Duration,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    ids: HashMap<Arc<str>, SystemTime>,
    /// In the order in which they were noted, forgotten ones included.
    order: VecDeque<(SystemTime, Arc<str>)>,
}

impl MemorySeenEvents {
    /// Makes room for so many ids.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { capacity, keep: KEEP, book: Mutex::default() }
    }

    /// Keeps ids for longer than 72 hours; a shorter time changes nothing.
    #[must_use]
    pub fn keep(self, keep: Duration) -> Self {
        Self { keep: keep.max(KEEP), ..self }
    }
}

impl SeenEvents for MemorySeenEvents {
    type Error = SeenEventsFull;

    fn note(&self, id: &str, now: SystemTime) -> Result<Seen, SeenEventsFull> {
        // Nothing in here panics half-way, so a poisoned book is a whole one.
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        book.drop_older(now, self.keep);
        if book.ids.contains_key(id) {
            return Ok(Seen::Again);
        }
        if book.order.len() >= self.capacity {
            return Err(SeenEventsFull { capacity: self.capacity });
        }
        let id: Arc<str> = id.into();
        book.ids.insert(Arc::clone(&id), now);
        book.order.push_back((now, id));
        Ok(Seen::First)
    }

    fn forget(&self, id: &str) -> Result<(), SeenEventsFull> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner).ids.remove(id);
        Ok(())
    }
}

impl Book {
    /// Drops what is older than `keep`; a clock that was set back makes everything young.
    fn drop_older(&mut self, now: SystemTime, keep: Duration) {
        while let Some((at, id)) = self.order.front() {
            let is_old = now.duration_since(*at).is_ok_and(|age| age > keep);
            if !is_old {
                return;
            }
            // A forgotten id may have been noted again since.
            if self.ids.get(id) == Some(at) {
                self.ids.remove(id);
            }
            self.order.pop_front();
        }
    }
}

impl fmt::Debug for MemorySeenEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.book.lock().unwrap_or_else(PoisonError::into_inner).ids.len();
        f.debug_struct("MemorySeenEvents").field("ids", &count).field("capacity", &self.capacity).finish()
    }
}

/// Says that no further message id can be noted; answer 503, and the message comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenEventsFull {
    capacity: usize,
}

impl fmt::Display for SeenEventsFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "could not note a message id: all {} places are taken by recent ones", self.capacity)
    }
}

impl std::error::Error for SeenEventsFull {}
