//! The keys that this process has sent, as far as they say what a refusal proves.

mod serials;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use dots_api::IdempotencyKey;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use self::serials::Serials;
use crate::policy::clock::Moment;

/// How many keys are remembered whose calls were answered; those in doubt are all remembered, since forgetting one
/// could pay twice, and the gate keeps their number small.
const ANSWERED: usize = 100_000;

/// The books of all accounts that this process has made clients of.
static BOOKS: LazyLock<Mutex<HashMap<String, Arc<Doubts>>>> = LazyLock::new(Mutex::default);

/// Remembers the keys of one account that were sent, and lets one call at a time send a key.
///
/// A refusal is proof that nothing was paid only if no other send of the same key can have paid. All clients of an
/// account share one book, because a program that makes a client per request asks again through another client.
#[derive(Debug, Default)]
pub(crate) struct Doubts {
    book: Mutex<Book>,
    /// Tells those who wait that a send has ended.
    ended: Notify,
}

#[derive(Debug, Default)]
struct Book {
    entries: HashMap<IdempotencyKey, Entry>,
    /// The keys whose calls were answered, oldest first.
    answered: VecDeque<IdempotencyKey>,
    /// The fresh keys among those that were answered long ago.
    forgotten: Serials,
}

#[derive(Debug)]
struct Entry {
    first_sent: Moment,
    is_under_way: bool,
    end: End,
}

/// A send of a key that is under way; when it is dropped, the book keeps what was last marked.
#[derive(Debug)]
pub(crate) struct Sending {
    book: Arc<Doubts>,
    key: IdempotencyKey,
    past: Past,
    end: End,
}

/// What is known of a key when a call is about to send it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Past {
    /// Nobody can have sent it: it was made in this process, which has not.
    New,
    /// This process has not sent it in a way that did anything, as far as it remembers; somebody else may have.
    Unheard,
    /// This process has sent it, first at this moment, and that came out like this.
    Sent(Moment, End),
    /// This process has sent it so long ago, or so many calls ago, that nothing more is known.
    Forgotten,
}

/// How the sends of a key came out so far; what is known later counts for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// None of them did anything.
    NothingDone,
    /// One of them was refused, and the refusal proves nothing, because somebody else may have sent the key before.
    Unproven,
    /// One of them may have been carried out.
    InDoubt,
    /// An answer says what was done.
    Answered,
}

impl Doubts {
    /// Returns the book of an account at a base URL.
    pub(crate) fn of(base_url: &str, client_id: &str) -> Arc<Self> {
        let name = format!("{client_id}\n{}", base_url.trim_end_matches('/'));
        Arc::clone(whole(&BOOKS).entry(name).or_default())
    }

    /// Notes that a call with this key is about to leave; nothing while another one is under way.
    ///
    /// `before` is when somebody else first sent the key, if the caller knows of that.
    pub(crate) fn begin(
        self: &Arc<Self>,
        key: IdempotencyKey,
        now: Moment,
        before: Option<Moment>,
    ) -> Option<Sending> {
        let past = whole(&self.book).open(key, now, before)?;
        Some(Sending { book: Arc::clone(self), key, past, end: End::NothingDone })
    }

    /// Waits until a send has ended; to be called before [`begin`](Self::begin), so that no end is missed.
    pub(crate) fn ended(&self) -> Notified<'_> {
        self.ended.notified()
    }
}

impl Sending {
    /// Returns what was known of the key when this send began.
    pub(crate) const fn past(&self) -> Past {
        self.past
    }

    /// Says how the send has come out so far.
    pub(crate) const fn mark(&mut self, end: End) {
        self.end = end;
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        whole(&self.book.book).close(self.key, self.end);
        self.book.ended.notify_waiters();
    }
}

impl Entry {
    /// Takes in that somebody else has sent the key, first at this moment.
    fn hear_of(&mut self, before: Option<Moment>) {
        if let Some(before) = before {
            self.first_sent = self.first_sent.earlier(before);
            self.end = self.end.max(End::InDoubt);
        }
    }
}

impl Book {
    fn open(&mut self, key: IdempotencyKey, now: Moment, before: Option<Moment>) -> Option<Past> {
        if let Some(entry) = self.entries.get_mut(&key) {
            if entry.is_under_way {
                return None;
            }
            entry.is_under_way = true;
            entry.hear_of(before);
            return Some(Past::Sent(entry.first_sent, entry.end));
        }
        if let Some(first_sent) = before {
            let entry = Entry { first_sent, is_under_way: true, end: End::InDoubt };
            self.entries.insert(key, entry);
            return Some(Past::Sent(first_sent, End::InDoubt));
        }
        self.entries.insert(key, Entry { first_sent: now, is_under_way: true, end: End::NothingDone });
        Some(match key.serial() {
            None => Past::Unheard,
            Some(serial) if self.forgotten.contains(serial) => Past::Forgotten,
            Some(_) => Past::New,
        })
    }

    fn close(&mut self, key: IdempotencyKey, end: End) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        entry.is_under_way = false;
        let is_newly_answered = end == End::Answered && entry.end < end;
        entry.end = entry.end.max(end);
        if entry.end == End::NothingDone {
            self.entries.remove(&key);
        } else if is_newly_answered {
            self.answered.push_back(key);
            self.forget_the_oldest();
        }
    }

    fn forget_the_oldest(&mut self) {
        if self.answered.len() <= ANSWERED {
            return;
        }
        let Some(oldest) = self.answered.pop_front() else { return };
        if self.entries.get(&oldest).is_some_and(|entry| entry.is_under_way) {
            // What this send comes to has to have a place.
            self.answered.push_back(oldest);
            return;
        }
        self.entries.remove(&oldest);
        if let Some(serial) = oldest.serial() {
            self.forgotten.insert(serial);
        }
    }
}

/// Locks a value; it is whole after every step, so a panic elsewhere leaves nothing half-done in it.
fn whole<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{ANSWERED, Arc, Doubts, End, IdempotencyKey, Moment, Past};
    use crate::policy::clock::SystemClock;

    fn sent(book: &Arc<Doubts>, key: IdempotencyKey, end: End) -> Past {
        let mut sending = book.begin(key, Moment::of(&SystemClock), None).unwrap();
        sending.mark(end);
        sending.past()
    }

    fn elsewhere() -> IdempotencyKey {
        IdempotencyKey::fresh().to_string().parse().unwrap()
    }

    #[test]
    fn what_is_known_of_a_key_only_grows() {
        let (book, key) = (Arc::<Doubts>::default(), elsewhere());
        assert!(matches!(sent(&book, key, End::NothingDone), Past::Unheard));
        assert!(matches!(sent(&book, key, End::Unproven), Past::Unheard));
        assert!(matches!(sent(&book, key, End::InDoubt), Past::Sent(_, End::Unproven)));
        assert!(matches!(sent(&book, key, End::NothingDone), Past::Sent(_, End::InDoubt)));
        assert!(matches!(sent(&book, key, End::Answered), Past::Sent(_, End::InDoubt)));
        assert!(matches!(sent(&book, key, End::InDoubt), Past::Sent(_, End::Answered)));
        assert!(matches!(sent(&book, key, End::NothingDone), Past::Sent(_, End::Answered)));
    }

    #[test]
    fn a_key_that_did_nothing_is_as_new_as_before() {
        let (book, key) = (Arc::<Doubts>::default(), IdempotencyKey::fresh());
        assert!(matches!(sent(&book, key, End::NothingDone), Past::New));
        assert!(matches!(sent(&book, key, End::NothingDone), Past::New));
    }

    #[test]
    fn a_key_that_was_forgotten_is_not_taken_for_a_new_one() {
        let (book, early, first) =
            (Arc::<Doubts>::default(), IdempotencyKey::fresh(), IdempotencyKey::fresh());
        sent(&book, first, End::Answered);
        for _ in 0..ANSWERED {
            sent(&book, IdempotencyKey::fresh(), End::Answered);
        }
        assert!(matches!(sent(&book, first, End::NothingDone), Past::Forgotten));
        // It was made before the forgotten one, and never sent.
        assert!(matches!(sent(&book, early, End::NothingDone), Past::New));
        assert!(super::whole(&book.book).entries.len() <= ANSWERED);
    }

    #[test]
    fn a_key_that_is_under_way_is_not_forgotten() {
        let (book, key) = (Arc::<Doubts>::default(), IdempotencyKey::fresh());
        sent(&book, key, End::Answered);
        let mut again = book.begin(key, Moment::of(&SystemClock), None).unwrap();
        for _ in 0..=ANSWERED {
            sent(&book, IdempotencyKey::fresh(), End::Answered);
        }
        again.mark(End::InDoubt);
        drop(again);
        assert!(matches!(sent(&book, key, End::NothingDone), Past::Sent(_, End::Answered)));
    }

    #[test]
    fn one_send_of_a_key_waits_for_the_other() {
        let (book, key) = (Arc::<Doubts>::default(), IdempotencyKey::fresh());
        let now = Moment::of(&SystemClock);
        let mut one = book.begin(key, now, None).unwrap();
        assert!(book.begin(key, now, None).is_none());
        one.mark(End::Answered);
        drop(one);
        assert!(matches!(sent(&book, key, End::NothingDone), Past::Sent(_, End::Answered)));
    }

    #[test]
    fn a_base_url_with_a_slash_at_its_end_is_the_same_place() {
        let of = |url| Doubts::of(url, "pk_dev_of_this_test");
        assert!(Arc::ptr_eq(&of("https://dots.example/api"), &of("https://dots.example/api/")));
    }
}
