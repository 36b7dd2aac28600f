//! The record of idempotency keys: every key that this process has handed to a transport, where, when, and what came
//! of it.
//!
//! It answers two questions: can anybody have sent this key before, and how long ago did this process send it? A key is
//! never dropped. Forgetting one would matter most when Dots has forgotten it too, since then sending it pays twice. So
//! an entry is 16 bytes, and a record with [`CAPACITY`] entries is full.
//!
//! [`Client`](crate::Client) notes each key that it sends and refuses none. `dots-api-ext` notes for its own clients,
//! because it knows how a call ended, and refuses what could pay twice.

mod entry;
mod machine;
mod sender;
mod table;

use std::collections::HashMap;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use foldhash::quality::RandomState;

use crate::IdempotencyKey;
use entry::{Entry, OPERATIONS, PLACES};
use table::Table;

pub use machine::{first_send_now, steady};
pub(crate) use sender::Sender;
pub use sender::server;

/// How many entries there may be: one for each key and place that it was sent to.
///
/// As many take about 900 MB.
pub const CAPACITY: usize = 1 << 25;

/// How many parts the record has. Each has a lock of its own, and when one grows it stops nobody for long.
const SHARDS: usize = 256;

/// The place that stands for all that found no number of their own.
const ANY_PLACE: u16 = PLACES - 1;

/// The app of calls for none.
const NO_APP: u64 = 0;

/// The operation that stands for several of them.
const SEVERAL: u8 = OPERATIONS - 1;

/// Remembers the keys that were handed to a transport.
pub struct KeyRecord {
    shards: Box<[Mutex<Table>]>,
    hasher: RandomState,
    names: Mutex<Names>,
    len: AtomicUsize,
    capacity: usize,
}

/// The names that entries hold as numbers.
#[derive(Default)]
struct Names {
    servers: Vec<Box<str>>,
    /// A server, a clock and an app.
    places: Vec<(u16, u64, u64)>,
    /// The numbers of the places: a platform may have thousands of apps.
    numbers: HashMap<(u16, u64, u64), u16, RandomState>,
    operations: Vec<&'static str>,
}

/// A server that keys are sent to, the app that an organization acts for there, and the clock by which the times of its
/// entries are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    number: u16,
    server: u16,
    app: u64,
}

/// What is known of the sends of a key, in the order in which it counts for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyHistory {
    /// Nobody can have sent it: it is fresh, or it was sent by this process and provably did nothing.
    Never,
    /// This process has not sent it in a way that did anything. Another process may have.
    Unheard,
    /// It was refused, and the refusal proves nothing, because another process may have sent it before.
    Unproven,
    /// One of its sends may have been carried out.
    InDoubt,
    /// An answer says what was done.
    Answered,
}

/// The time of a first send, in seconds: of a clock that never goes back, and of the time of day since 1970.
///
/// The two are kept apart, each the earliest that was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FirstSend {
    /// By the clock that never goes back.
    pub steady: i64,
    /// By the time of day.
    pub day: i64,
}

/// What is known of the sends of a key to one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Where it was sent.
    pub place: Place,
    /// The operation that sent it; none if several have.
    pub operation: Option<&'static str>,
    /// When it was first sent; none if that cannot be told any more.
    pub first: Option<FirstSend>,
    /// What came of it.
    pub history: KeyHistory,
}

impl KeyRecord {
    /// The number of the machine's clock.
    pub const MACHINE: u64 = 0;

    /// Returns the record of this process.
    #[must_use]
    pub fn of_this_process() -> &'static Arc<Self> {
        static RECORD: LazyLock<Arc<KeyRecord>> =
            LazyLock::new(|| Arc::new(KeyRecord::with_capacity(CAPACITY)));
        &RECORD
    }

    /// Creates an empty record, as another process would have it.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Table::new())).collect();
        let (hasher, names, len) = (RandomState::default(), Mutex::default(), AtomicUsize::new(0));
        Self { shards, hasher, names, len, capacity }
    }

    /// Returns the place that is a server and a clock; `clock` is [`MACHINE`](Self::MACHINE) or another's.
    pub fn place(&self, server: &str, clock: u64) -> Place {
        let names = &mut *whole(&self.names);
        let server = number_of(&mut names.servers, |name| **name == *server, || server.into());
        Place { number: names.number((server, clock, NO_APP)), server, app: NO_APP }
    }

    /// Returns the place that is the same server and clock for an app; the same place where no number is left for it.
    #[must_use]
    pub fn place_of_app(&self, place: Place, app: &str) -> Place {
        let app = self.hasher.hash_one(app);
        let names = &mut *whole(&self.names);
        let Some((server, clock, _)) = names.places.get(usize::from(place.number)).copied() else {
            return place;
        };
        let number = names.number((server, clock, app));
        if number == ANY_PLACE { place } else { Place { number, server, app } }
    }

    /// Notes that a key was sent, and what came of it. What is noted later is added: the earliest times stay, and the
    /// history that counts for more.
    ///
    /// There is room for it also in a record that [is full](Self::is_full): what was sent has to be noted.
    pub fn note(&self, key: &IdempotencyKey, sent: Sent) {
        let hash = self.hash(key);
        let operation = sent.operation.map_or(SEVERAL, |name| self.operation(name));
        let mut shard = whole(self.shard(hash));
        let merged = |bits| {
            let entry = Entry::from_bits(bits);
            let operation = if entry.operation == operation { operation } else { SEVERAL };
            let first = FirstSend::earliest(entry.first, sent.first);
            let history = entry.history.max(sent.history);
            (entry.place == sent.place.number).then(|| Entry { operation, first, history, ..entry }.to_bits())
        };
        if shard.replace(hash, merged) {
            return;
        }
        let entry = Entry { place: sent.place.number, operation, first: sent.first, history: sent.history };
        shard.insert(hash, entry.to_bits());
        self.len.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns what is known of the sends of a key, place by place.
    #[must_use]
    pub fn sends(&self, key: &IdempotencyKey) -> Vec<Sent> {
        let hash = self.hash(key);
        let entries: Vec<Entry> = whole(self.shard(hash)).find(hash).map(Entry::from_bits).collect();
        if entries.is_empty() {
            return Vec::new();
        }
        let names = whole(&self.names);
        let sent = |entry: Entry| Sent {
            place: names.place(entry.place),
            operation: names.operations.get(usize::from(entry.operation)).copied(),
            first: entry.first,
            history: entry.history,
        };
        entries.into_iter().map(sent).collect()
    }

    /// Says whether the record holds as many entries as it should: then no key is sent that it does not hold.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.len.load(Ordering::Relaxed) >= self.capacity
    }

    fn hash(&self, key: &IdempotencyKey) -> u64 {
        self.hasher.hash_one(key.inner())
    }

    fn shard(&self, hash: u64) -> &Mutex<Table> {
        let [index, ..] = hash.to_le_bytes();
        // A byte names one of 256 shards, so the spare table is never reached.
        static SPARE: Mutex<Table> = Mutex::new(Table::new());
        self.shards.get(usize::from(index)).unwrap_or(&SPARE)
    }

    /// Returns the number of an operation.
    fn operation(&self, name: &'static str) -> u8 {
        let operations = &mut whole(&self.names).operations;
        let index = operations.iter().position(|known| *known == name).unwrap_or_else(|| {
            operations.push(name);
            operations.len() - 1
        });
        u8::try_from(index).unwrap_or(SEVERAL).min(SEVERAL)
    }
}

impl fmt::Debug for KeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRecord").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

impl FirstSend {
    /// Returns a moment of two clocks: one that never goes back, and the time of day.
    #[must_use]
    pub fn at(steady: Duration, day: SystemTime) -> Self {
        let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        let day = match day.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => seconds(since),
            Err(before) => -seconds(before.duration()),
        };
        Self { steady: seconds(steady), day }
    }

    /// Returns the earlier time by each clock; none if one of the two cannot be told.
    #[must_use]
    pub fn earliest(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (one, other) = one.zip(other)?;
        Some(Self { steady: one.steady.min(other.steady), day: one.day.min(other.day) })
    }
}

impl Place {
    /// Returns the number of the server.
    #[must_use]
    pub const fn server(self) -> u16 {
        self.server
    }

    /// Says whether two places are for one app, or both for none.
    #[must_use]
    pub const fn is_for_app_of(self, other: Self) -> bool {
        self.app == other.app
    }

    /// Says whether two places may be one server: they are, or one of them stands for all without a number.
    #[must_use]
    pub const fn may_be_server_of(self, other: Self) -> bool {
        self.server == other.server || self.server == ANY_PLACE || other.server == ANY_PLACE
    }
}

impl Names {
    fn place(&self, number: u16) -> Place {
        let unnumbered = (ANY_PLACE, 0, NO_APP);
        let (server, _, app) = self.places.get(usize::from(number)).copied().unwrap_or(unnumbered);
        Place { number, server, app }
    }

    /// Returns the number of a place, which it gets if it has none and there is one left.
    fn number(&mut self, place: (u16, u64, u64)) -> u16 {
        let next = u16::try_from(self.places.len()).unwrap_or(ANY_PLACE);
        match self.numbers.get(&place) {
            Some(number) => *number,
            None if next >= ANY_PLACE => ANY_PLACE,
            None => {
                self.places.push(place);
                self.numbers.insert(place, next);
                next
            }
        }
    }
}

/// Returns the number of a name, which it gets if it has none and there is one left.
fn number_of<T>(names: &mut Vec<T>, is_it: impl Fn(&T) -> bool, name: impl FnOnce() -> T) -> u16 {
    let index = names.iter().position(is_it).unwrap_or_else(|| {
        let next = names.len();
        if next < usize::from(ANY_PLACE) {
            names.push(name());
        }
        next
    });
    u16::try_from(index).unwrap_or(ANY_PLACE)
}

/// Locks a value; it is whole after every step, so a panic elsewhere leaves nothing half-done in it.
fn whole<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
