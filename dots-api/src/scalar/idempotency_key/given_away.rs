//! The fresh keys that another process may have: a program has serialized them, for a store or for a queue.

use std::cell::Cell;
use std::num::NonZeroU64;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One bit for each serial number.
static GIVEN_AWAY: Mutex<Vec<u64>> = Mutex::new(Vec::new());

thread_local! {
    /// The client writes a request on this thread.
    static IS_SENDING: Cell<bool> = const { Cell::new(false) };
}

/// Notes that another process may have the key.
pub(super) fn add(serial: NonZeroU64) {
    let (word, bit) = place(serial);
    let mut words = words();
    if words.len() <= word {
        words.resize(word.saturating_add(1), 0);
    }
    words.get_mut(word).into_iter().for_each(|word| *word |= bit);
}

/// Whether another process may have the key.
pub(super) fn holds(serial: NonZeroU64) -> bool {
    let (word, bit) = place(serial);
    words().get(word).is_some_and(|word| word & bit != 0)
}

/// Whether the client is writing a request, which leaves this process for Dots alone.
pub(super) fn is_sending() -> bool {
    IS_SENDING.get()
}

/// Writes a request.
pub(crate) fn while_sending<T>(write: impl FnOnce() -> T) -> T {
    let was_sending = IS_SENDING.replace(true);
    let written = write();
    IS_SENDING.set(was_sending);
    written
}

fn place(serial: NonZeroU64) -> (usize, u64) {
    (usize::try_from(serial.get() / 64).unwrap_or(usize::MAX), 1 << (serial.get() % 64))
}

fn words() -> MutexGuard<'static, Vec<u64>> {
    // It is whole after every step.
    GIVEN_AWAY.lock().unwrap_or_else(PoisonError::into_inner)
}
