//! The keys whose calls may have been carried out without anybody knowing.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use dots_api::IdempotencyKey;

use crate::clock::Moment;

/// The books of all accounts that this process has made clients of.
static BOOKS: LazyLock<Mutex<HashMap<String, Arc<Doubts>>>> = LazyLock::new(Mutex::default);

/// Remembers the keys of one account that are under way or in doubt.
///
/// A refusal is proof that nothing was paid only if no earlier send of the same key can have paid. All clients of an
/// account share one book, because a program that makes a client per request asks again through another client.
#[derive(Debug, Default)]
pub(crate) struct Doubts(Mutex<HashMap<IdempotencyKey, Entry>>);

#[derive(Debug)]
struct Entry {
    first_sent: Moment,
    under_way: usize,
    in_doubt: bool,
}

/// A send of a key that is under way; when it is dropped, the book keeps what was last marked.
#[derive(Debug)]
pub(crate) struct Sending {
    book: Arc<Doubts>,
    key: IdempotencyKey,
    first_sent: Moment,
    was_in_doubt: bool,
    end: End,
}

/// How a send came out, as far as the key is concerned.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// The answer says what was paid: no doubt is left.
    Answered,
    /// This send did nothing; what was in doubt before stays so.
    NothingDone,
    /// This send may have been carried out.
    InDoubt,
}

impl Doubts {
    /// Returns the book of an account at a base URL.
    pub(crate) fn of(base_url: &str, client_id: &str) -> Arc<Self> {
        Arc::clone(whole(&BOOKS).entry(format!("{client_id}\n{base_url}")).or_default())
    }

    /// Notes that a call with this key is about to leave.
    pub(crate) fn sending(self: &Arc<Self>, key: IdempotencyKey, now: Moment) -> Sending {
        let mut entries = whole(&self.0);
        let entry = entries.entry(key).or_insert(Entry { first_sent: now, under_way: 0, in_doubt: false });
        let (first_sent, was_in_doubt) = (entry.first_sent, entry.in_doubt || entry.under_way > 0);
        entry.under_way += 1;
        Sending { book: Arc::clone(self), key, first_sent, was_in_doubt, end: End::NothingDone }
    }
}

impl Sending {
    /// Says whether an earlier send of the key, or one that is under way elsewhere, may have been carried out.
    pub(crate) const fn was_in_doubt(&self) -> bool {
        self.was_in_doubt
    }

    /// Returns when the key was first sent, as far as this process knows.
    pub(crate) const fn first_sent(&self) -> &Moment {
        &self.first_sent
    }

    /// Says how the send has come out so far, which is what stays when it is dropped.
    pub(crate) const fn mark(&mut self, end: End) {
        self.end = end;
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let mut entries = whole(&self.book.0);
        let Some(entry) = entries.get_mut(&self.key) else { return };
        entry.under_way = entry.under_way.saturating_sub(1);
        match self.end {
            End::Answered => entry.in_doubt = false,
            End::NothingDone => {}
            End::InDoubt => entry.in_doubt = true,
        }
        if entry.under_way == 0 && !entry.in_doubt {
            entries.remove(&self.key);
        }
    }
}

/// Locks a map; it is whole after every step, so a panic elsewhere leaves nothing half-done in it.
fn whole<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
