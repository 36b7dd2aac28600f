//! The keys that this process has sent, as far as they say what a refusal proves.

use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU64;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use dots_api::IdempotencyKey;

use crate::clock::Moment;

/// How many keys are remembered whose calls were answered; those in doubt are all remembered.
const ANSWERED: usize = 10_000;

/// The books of all accounts that this process has made clients of.
static BOOKS: LazyLock<Mutex<HashMap<String, Arc<Doubts>>>> = LazyLock::new(Mutex::default);

/// Remembers the keys of one account that were sent.
///
/// A refusal is proof that nothing was paid only if no earlier send of the same key can have paid. All clients of an
/// account share one book, because a program that makes a client per request asks again through another client.
#[derive(Debug, Default)]
pub(crate) struct Doubts(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    entries: HashMap<IdempotencyKey, Entry>,
    /// The keys whose calls were answered, oldest first.
    answered: VecDeque<IdempotencyKey>,
    /// Fresh keys up to this serial may have been sent and forgotten.
    forgotten: Option<NonZeroU64>,
}

#[derive(Debug)]
struct Entry {
    first_sent: Moment,
    under_way: usize,
    end: End,
}

/// A send of a key that is under way; when it is dropped, the book keeps what was last marked.
#[derive(Debug)]
pub(crate) struct Sending {
    book: Arc<Doubts>,
    key: IdempotencyKey,
    first_sent: Moment,
    was_sent_before: bool,
    is_first: bool,
    end: End,
}

/// How the sends of a key came out so far; what is known later counts for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// None of them did anything.
    NothingDone,
    /// One of them may have been carried out.
    InDoubt,
    /// An answer says what was done.
    Answered,
}

impl Doubts {
    /// Returns the book of an account at a base URL.
    pub(crate) fn of(base_url: &str, client_id: &str) -> Arc<Self> {
        Arc::clone(whole(&BOOKS).entry(format!("{client_id}\n{base_url}")).or_default())
    }

    /// Notes that a call with this key is about to leave.
    pub(crate) fn sending(self: &Arc<Self>, key: IdempotencyKey, now: Moment) -> Sending {
        let mut book = whole(&self.0);
        let was_sent_before = book.entries.contains_key(&key);
        let is_first = !was_sent_before && key.serial() > book.forgotten;
        let new = Entry { first_sent: now, under_way: 0, end: End::NothingDone };
        let entry = book.entries.entry(key).or_insert(new);
        entry.under_way += 1;
        let first_sent = entry.first_sent;
        Sending { book: Arc::clone(self), key, first_sent, was_sent_before, is_first, end: End::NothingDone }
    }
}

impl Sending {
    /// Says whether an earlier send of the key, or one that is under way elsewhere, may have been carried out.
    pub(crate) const fn was_sent_before(&self) -> bool {
        self.was_sent_before
    }

    /// Says whether it is certain that nobody has sent the key before.
    pub(crate) const fn is_first(&self) -> bool {
        self.is_first
    }

    /// Returns when the key was first sent, as far as this process knows.
    pub(crate) const fn first_sent(&self) -> &Moment {
        &self.first_sent
    }

    /// Says how the send has come out so far.
    pub(crate) const fn mark(&mut self, end: End) {
        self.end = end;
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        whole(&self.book.0).close(self.key, self.end);
    }
}

impl Book {
    fn close(&mut self, key: IdempotencyKey, end: End) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        entry.under_way = entry.under_way.saturating_sub(1);
        let is_newly_answered = end == End::Answered && entry.end < end;
        entry.end = entry.end.max(end);
        if entry.under_way == 0 && entry.end == End::NothingDone {
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
        if let Some(oldest) = self.answered.pop_front() {
            self.entries.remove(&oldest);
            self.forgotten = self.forgotten.max(oldest.serial());
        }
    }
}

/// Locks a value; it is whole after every step, so a panic elsewhere leaves nothing half-done in it.
fn whole<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{ANSWERED, Arc, Doubts, End, IdempotencyKey, Moment};
    use crate::clock::SystemClock;

    fn sent(book: &Arc<Doubts>, key: IdempotencyKey, end: End) -> (bool, bool) {
        let mut sending = book.sending(key, Moment::of(&SystemClock));
        sending.mark(end);
        (sending.was_sent_before(), sending.is_first())
    }

    #[test]
    fn only_a_fresh_key_can_be_the_first_of_its_kind() {
        let (book, key) = (Arc::<Doubts>::default(), IdempotencyKey::fresh());
        let read: IdempotencyKey = IdempotencyKey::fresh().to_string().parse().unwrap();
        assert_eq!(sent(&book, key, End::NothingDone), (false, true));
        assert_eq!(sent(&book, read, End::NothingDone), (false, false));
        // Nothing was done: it is as if the key had never been sent.
        assert_eq!(sent(&book, key, End::InDoubt), (false, true));
        assert_eq!(sent(&book, key, End::NothingDone), (true, false));
    }

    #[test]
    fn a_key_that_was_forgotten_is_not_taken_for_a_new_one() {
        let (book, early, first) =
            (Arc::<Doubts>::default(), IdempotencyKey::fresh(), IdempotencyKey::fresh());
        sent(&book, first, End::Answered);
        for _ in 0..ANSWERED {
            sent(&book, IdempotencyKey::fresh(), End::Answered);
        }
        assert_eq!(sent(&book, first, End::NothingDone), (false, false));
        assert_eq!(sent(&book, early, End::NothingDone), (false, false));
        assert_eq!(sent(&book, IdempotencyKey::fresh(), End::NothingDone), (false, true));
        assert!(super::whole(&book.0).entries.len() <= ANSWERED);
    }

    #[test]
    fn two_sends_side_by_side_are_each_others_doubt() {
        let (book, key) = (Arc::<Doubts>::default(), IdempotencyKey::fresh());
        let now = Moment::of(&SystemClock);
        let (one, other) = (book.sending(key, now), book.sending(key, now));
        assert_eq!([one.was_sent_before(), other.was_sent_before()], [false, true]);
        drop((one, other));
        assert_eq!(sent(&book, key, End::NothingDone), (false, true));
    }
}
