//! Which messages are being handled, and which were.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// Remembers which messages are being handled, and which were.
///
/// A message comes again when an answer was lost or came late, when somebody resends it by hand, and when somebody who
/// recorded it sends it within the tolerance. Svix, by default, tries for some 28 hours, so keep ids for 72 hours at
/// least.
///
/// | [`note`](Self::note) says | do | and answer |
/// |---|---|---|
/// | [`Seen::New`] | act on it; then [`done`](Self::done), or [`forget`](Self::forget) if that failed | 200, or 503 |
/// | [`Seen::InProgress`] | nothing | 503: it comes again, and finds out how the other ended |
/// | [`Seen::Duplicate`] | nothing | 200: any other answer makes it come once more |
/// | an error | nothing | 503 |
///
/// A 200 for what is under way would lose the event if the one that handles it failed: its sender has heard that all is
/// well.
///
/// # When a handler dies
/// A handler that panics says neither `done` nor `forget`, and neither does one that its server drops because the
/// sender has hung up. Its message would be refused until the sender no longer tries. So what has been under way for
/// longer than [`GIVEN_UP_AFTER`] counts as forgotten: the next `note` says `New`. That is safe where two things are
/// true, and a store cannot see to either:
/// - No handler works for longer than that. Dots waits 15 seconds for an answer (references/webhooks), so give what a
///   handler awaits a timeout below that; slow work belongs into a queue that outlives the process, and what is in
///   there is `done`.
/// - What a handler does may happen twice, as it may have died between its effect and `done`. To ask Dots for an object
///   and to move a record of your own along may; a payment may not, unless its key is derived of something that stays
///   the same, or the effect shares a transaction with the id as below.
///
/// # In a database
/// Memory is lost at a restart, and each process has its own. Where an event moves money, or anything else that must
/// not happen twice, note the id in the transaction of its effect, so that both happen or neither does:
///
/// ```sql
/// BEGIN;
/// SET LOCAL lock_timeout = '10s';  -- when it is over, another handler has the id: answer 503
/// INSERT INTO seen_webhook (id, at) VALUES ($1, now()) ON CONFLICT (id) DO NOTHING;
/// -- no row inserted: roll back, answer 200, done
/// UPDATE payout SET …;
/// COMMIT;
/// DELETE FROM seen_webhook WHERE at < now() - interval '72 hours';  -- now and then
/// ```
///
/// Such a transaction needs neither `done` nor `forget`, nor a time after which it is given up. While it is open, the
/// same `INSERT` elsewhere waits for it; committed, it is seen again; rolled back, also by a crash, it was never there.
///
/// Where the effect is out of the database's reach, a column says how far a message has come:
///
/// ```sql
/// INSERT INTO seen_webhook (id, at, done) VALUES ($1, now(), false) ON CONFLICT (id) DO UPDATE SET at = now()
///     WHERE NOT seen_webhook.done AND seen_webhook.at < now() - interval '5 minutes';
/// -- one row changed: New; none: SELECT done FROM seen_webhook WHERE id = $1 tells Duplicate from InProgress
/// UPDATE seen_webhook SET done = true WHERE id = $1;  -- done
/// DELETE FROM seen_webhook WHERE id = $1;             -- forget
/// ```
///
/// The trait is for stores that answer without being awaited, such as SQLite or memory. It is no more than these
/// statements; a store that has to be awaited needs the statements and not the trait.
pub trait SeenEvents {
    /// What can go wrong; [`Infallible`](std::convert::Infallible) where nothing can.
    type Error;

    /// Notes the id of a message unless it is there, in one step: of two calls at once, one gets [`Seen::New`].
    ///
    /// Give it the `now` that the message was verified with: that has been compared with the clock of the sender.
    ///
    /// # Errors
    /// Returns an error when the id could be neither found nor noted. Answer 503 then, and the message comes again.
    fn note(&self, id: &str, now: SystemTime) -> Result<Seen, Self::Error>;

    /// Notes that all has been done about a message, so that it is [`Seen::Duplicate`] from now on.
    ///
    /// An id that is not under way stays as it is.
    ///
    /// # Errors
    /// Returns an error when that could not be noted. Answer 503 then: the message comes again, and after
    /// [`GIVEN_UP_AFTER`] it is handled once more.
    fn done(&self, id: &str) -> Result<(), Self::Error>;

    /// Forgets an id, because what should have been done about the message failed and it has to come again.
    ///
    /// # Errors
    /// Returns an error when the id could not be removed.
    fn forget(&self, id: &str) -> Result<(), Self::Error>;
}

/// Says whether a message was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seen {
    /// It is new, or was given up: act on it, then say that it is done or forget it.
    New,
    /// It was noted before, and nobody has said how that ended: do nothing and answer 503, so that it comes again.
    InProgress,
    /// It was done before: answer 200 and do nothing.
    Duplicate,
}

/// How long a message may be under way before it counts as given up: five minutes, twenty times what Dots waits for an
/// answer.
pub const GIVEN_UP_AFTER: Duration = Duration::from_secs(5 * 60);

/// How long ids are kept at least.
const KEEP: Duration = Duration::from_secs(72 * 60 * 60);

/// Remembers message ids in memory, a bounded number of them for 72 hours.
///
/// An id takes some 200 bytes. When all places are taken by ids that are younger than 72 hours, new messages are
/// refused rather than old ids dropped: a message that comes again later is repairable, an effect that happens twice
/// may not be. Choose a capacity above what you hear of in 72 hours.
///
/// # Examples
/// ```
/// use std::time::SystemTime;
///
/// use dots_api_ext::webhook::{MemorySeenEvents, Seen, SeenEvents};
///
/// # fn main() -> Result<(), dots_api_ext::webhook::SeenEventsFull> {
/// let seen = MemorySeenEvents::with_capacity(100_000);
/// assert_eq!(seen.note("msg_1", SystemTime::now())?, Seen::New);
/// assert_eq!(seen.note("msg_1", SystemTime::now())?, Seen::InProgress);
///
/// seen.done("msg_1")?;
/// assert_eq!(seen.note("msg_1", SystemTime::now())?, Seen::Duplicate);
/// # Ok(()) }
/// ```
pub struct MemorySeenEvents {
    capacity: usize,
    keep: Duration,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    ids: HashMap<Arc<str>, (SystemTime, Stage)>,
    /// The same ids, in the order in which they were noted.
    order: VecDeque<(SystemTime, Arc<str>)>,
}

/// How far a message has come.
#[derive(Clone, Copy)]
enum Stage {
    InProgress,
    Done,
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

    fn book(&self) -> MutexGuard<'_, Book> {
        // Nothing that changes the book panics half-way, so a poisoned one is whole.
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SeenEvents for MemorySeenEvents {
    type Error = SeenEventsFull;

    fn note(&self, id: &str, now: SystemTime) -> Result<Seen, SeenEventsFull> {
        let mut book = self.book();
        book.drop_older(now, self.keep);
        match book.ids.get(id).copied() {
            Some((_, Stage::Done)) => return Ok(Seen::Duplicate),
            Some((since, Stage::InProgress)) if !is_older(since, now, GIVEN_UP_AFTER) => {
                return Ok(Seen::InProgress);
            }
            Some((_, Stage::InProgress)) => book.forget(id),
            None => {}
        }
        if book.ids.len() >= self.capacity {
            return Err(SeenEventsFull { capacity: self.capacity });
        }
        let id: Arc<str> = id.into();
        book.ids.insert(Arc::clone(&id), (now, Stage::InProgress));
        book.order.push_back((now, id));
        Ok(Seen::New)
    }

    fn done(&self, id: &str) -> Result<(), SeenEventsFull> {
        if let Some((_, stage)) = self.book().ids.get_mut(id) {
            *stage = Stage::Done;
        }
        Ok(())
    }

    fn forget(&self, id: &str) -> Result<(), SeenEventsFull> {
        self.book().forget(id);
        Ok(())
    }
}

impl Book {
    fn forget(&mut self, id: &str) {
        if self.ids.remove(id).is_none() {
            return;
        }
        // What fails was noted a moment ago, so it is found near the end.
        if let Some(place) = self.order.iter().rposition(|(_, known)| **known == *id) {
            self.order.remove(place);
        }
    }

    /// Drops what is older than `keep`, but nothing that was noted after something younger: a clock that was set back,
    /// and then right again, makes nothing old.
    fn drop_older(&mut self, now: SystemTime, keep: Duration) {
        let mut place = 0;
        while let Some((at, id)) = self.order.get(place) {
            if *at > now {
                // The clock was ahead, and how old this is nobody knows; it must not keep what came after it.
                place += 1;
            } else if is_older(*at, now, keep) {
                self.ids.remove(id);
                self.order.remove(place);
            } else {
                return;
            }
        }
    }
}

/// Tells whether more than `span` has passed; a clock that was set back makes everything young.
fn is_older(at: SystemTime, now: SystemTime, span: Duration) -> bool {
    now.duration_since(at).is_ok_and(|age| age > span)
}

impl fmt::Debug for MemorySeenEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.book().ids.len();
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
        write!(f, "could not note a message id: all `{}` places are taken by recent ones", self.capacity)
    }
}

impl std::error::Error for SeenEventsFull {}
