//! Deduplication of webhook deliveries: which messages are being handled, and which were.
//!
//! # Why there are three states
//! `SeenEvents` distinguishes new, in progress and done. A message that is delivered again while it is in progress is
//! answered with 503, and with 200 only when it is done. A message that has been in progress for five minutes counts as
//! given up. The sender delivers again until it receives a 200. With two states, a message whose handler is slow would
//! be delivered again and answered with 200 because it was seen, and would be lost if its first handler then failed.
//!
//! Considered: recording a message only when it is done. Two concurrent deliveries would then both have their effect.
//!
//! # Why a full store refuses
//! `MemorySeenEvents` refuses a new message when it is full of ids younger than 72 hours, and the sender delivers the
//! message again. Dropping the oldest id instead would let a message take effect twice, at the worst moment: under load.
//!
//! Considered: a least-recently-used cache, which every framework has and which forgets silently.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// Remembers which messages are being handled, and which were.
///
/// A message is delivered again when an answer was lost or late, when a person resends it by hand, and when an attacker
/// replays it within the tolerance. Svix retries for about 28 hours by default, so keep ids for at least 72 hours.
///
/// | [`note`](Self::note) returns | do | and answer |
/// |---|---|---|
/// | [`Seen::New`] | handle it; then call [`done`](Self::done), or [`forget`](Self::forget) if handling failed | 200, or 503 |
/// | [`Seen::InProgress`] | nothing | 503: it is delivered again, when the first handler has finished or failed |
/// | [`Seen::Duplicate`] | nothing | 200: any other answer causes another delivery |
/// | an error | nothing | 503 |
///
/// A 200 for a message in progress would lose the event if its handler failed afterwards, because the sender does not
/// retry after a 200.
///
/// # When a handler dies
/// A handler that panics calls neither `done` nor `forget`, and neither does one that the server drops because the
/// sender closed the connection. Its message would be answered with 503 until the sender stops retrying. So a message
/// that has been in progress for longer than [`GIVEN_UP_AFTER`] counts as forgotten: the next `note` returns `New`.
/// That is safe under two conditions, which a store cannot enforce:
/// - No handler runs for longer than that. Dots waits 15 seconds for an answer ([references/webhooks]), so give whatever
///   a handler awaits a shorter timeout. Put slow work into a durable queue; once it is queued, the message is `done`.
/// - The effect of a handler is idempotent, as the handler may have died between the effect and `done`. Fetching an
///   object from Dots and updating your own record is idempotent. A payment is not, unless its idempotency key is
///   derived from something that stays the same, or the effect shares a transaction with the id as below.
///
/// # In a database
/// Memory is lost at a restart, and each process has its own. If the effect moves money or must not happen twice for
/// another reason, insert the id in the transaction of the effect, so that both happen or neither does:
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
/// Such a transaction needs neither `done` nor `forget` nor a timeout. While it is open, the same `INSERT` in another
/// transaction blocks. After a commit the id is a duplicate; after a rollback or a crash it was never inserted.
///
/// If the effect is outside the database, a column holds the progress of the message:
///
/// ```sql
/// INSERT INTO seen_webhook (id, at, done) VALUES ($1, now(), false) ON CONFLICT (id) DO UPDATE SET at = now()
///     WHERE NOT seen_webhook.done AND seen_webhook.at < now() - interval '5 minutes';
/// -- one row changed: New; none: SELECT done FROM seen_webhook WHERE id = $1 tells Duplicate from InProgress
/// UPDATE seen_webhook SET done = true WHERE id = $1;  -- done
/// DELETE FROM seen_webhook WHERE id = $1;             -- forget
/// ```
///
/// The trait is for synchronous stores, such as memory or SQLite. For an asynchronous database driver there is
/// [`AsyncSeenEvents`](super::AsyncSeenEvents); [`handle_once`](super::handle_once) takes both.
///
/// [references/webhooks]: https://docs.dots.dev/references/webhooks
pub trait SeenEvents {
    /// The error of the store; [`Infallible`](std::convert::Infallible) if it cannot fail.
    type Error;

    /// Records the id of a message unless it is present, atomically: of two concurrent calls, one gets [`Seen::New`].
    ///
    /// Pass the `now` that the message was verified with, since verification has compared it with the sender's clock.
    ///
    /// # Errors
    /// Returns an error when the id could be neither found nor recorded. Answer 503 then, and the message is delivered
    /// again.
    fn note(&self, id: &str, now: SystemTime) -> Result<Seen, Self::Error>;

    /// Records that a message has been handled, so that it is [`Seen::Duplicate`] from now on.
    ///
    /// An id that is not in progress stays as it is.
    ///
    /// # Errors
    /// Returns an error when that could not be recorded. Answer 503 then: the message is delivered again, and after
    /// [`GIVEN_UP_AFTER`] it is handled again.
    fn done(&self, id: &str) -> Result<(), Self::Error>;

    /// Forgets an id, because handling the message failed and it has to be delivered again.
    ///
    /// # Errors
    /// Returns an error when the id could not be removed.
    fn forget(&self, id: &str) -> Result<(), Self::Error>;
}

/// Whether a message was seen before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Seen {
    /// The message is new, or its handler was given up: handle it, then call `done` or `forget`.
    New,
    /// Another handler has started on the message and has not finished: do nothing and answer 503, so that it is
    /// delivered again.
    InProgress,
    /// The message was handled before: do nothing and answer 200.
    Duplicate,
}

/// How long a message may be in progress before its handler counts as dead: five minutes, twenty times as long as Dots
/// waits for an answer.
pub const GIVEN_UP_AFTER: Duration = Duration::from_secs(5 * 60);

/// The minimum retention of ids.
const KEEP: Duration = Duration::from_secs(72 * 60 * 60);

/// A bounded in-memory store that keeps message ids for 72 hours.
///
/// An id takes about 200 bytes. When the store is full of ids younger than 72 hours, it refuses new messages and drops
/// no old id: a message that is delivered again later can be repaired, an effect that happens twice may not. Choose a
/// capacity above the number of messages that you receive in 72 hours.
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
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    ids: HashMap<Arc<str>, (SystemTime, Stage)>,
    /// The same ids, in the order in which they were recorded.
    order: VecDeque<(SystemTime, Arc<str>)>,
}

/// The progress of a message.
#[derive(Clone, Copy)]
enum Stage {
    InProgress,
    Done,
}

impl MemorySeenEvents {
    /// Creates a store for up to this many ids.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { capacity, keep: KEEP, entries: Mutex::default() }
    }

    /// Sets a longer retention than 72 hours; a shorter one has no effect.
    #[must_use]
    pub fn keep(self, keep: Duration) -> Self {
        Self { keep: keep.max(KEEP), ..self }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        // No change panics half-way, so a poisoned lock still guards consistent data.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SeenEvents for MemorySeenEvents {
    type Error = SeenEventsFull;

    fn note(&self, id: &str, now: SystemTime) -> Result<Seen, SeenEventsFull> {
        let mut entries = self.entries();
        entries.drop_older(now, self.keep);
        match entries.ids.get(id).copied() {
            Some((_, Stage::Done)) => return Ok(Seen::Duplicate),
            Some((since, Stage::InProgress)) if !is_older(since, now, GIVEN_UP_AFTER) => {
                return Ok(Seen::InProgress);
            }
            Some((_, Stage::InProgress)) => entries.forget(id),
            None => {}
        }
        if entries.ids.len() >= self.capacity {
            return Err(SeenEventsFull { capacity: self.capacity });
        }
        let id: Arc<str> = id.into();
        entries.ids.insert(Arc::clone(&id), (now, Stage::InProgress));
        entries.order.push_back((now, id));
        Ok(Seen::New)
    }

    fn done(&self, id: &str) -> Result<(), SeenEventsFull> {
        if let Some((_, stage)) = self.entries().ids.get_mut(id) {
            *stage = Stage::Done;
        }
        Ok(())
    }

    fn forget(&self, id: &str) -> Result<(), SeenEventsFull> {
        self.entries().forget(id);
        Ok(())
    }
}

impl Entries {
    fn forget(&mut self, id: &str) {
        if self.ids.remove(id).is_none() {
            return;
        }
        // A handler fails soon after its id was recorded, so the id is near the end.
        if let Some(place) = self.order.iter().rposition(|(_, known)| **known == *id) {
            self.order.remove(place);
        }
    }

    /// Drops ids older than `keep`, up to the first younger one, so that a clock that was set back and then corrected
    /// does not make ids look old.
    fn drop_older(&mut self, now: SystemTime, keep: Duration) {
        let mut place = 0;
        while let Some((at, id)) = self.order.get(place) {
            if *at > now {
                // The clock was ahead then, so the age of this id is unknown; it must not protect the ids after it.
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

/// Says whether more than `span` has passed; if the clock was set back, nothing is old.
fn is_older(at: SystemTime, now: SystemTime, span: Duration) -> bool {
    now.duration_since(at).is_ok_and(|age| age > span)
}

impl fmt::Debug for MemorySeenEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.entries().ids.len();
        f.debug_struct("MemorySeenEvents").field("ids", &count).field("capacity", &self.capacity).finish()
    }
}

/// The store is full; answer 503, and the message is delivered again.
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
