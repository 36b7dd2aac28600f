//! The fresh keys that another process may have: they have left the program as a text or as a UUID, for a store or for a
//! queue.

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

/// While it lives, what this thread writes is a request.
pub(crate) struct Sending {
    before: bool,
}

/// Begins to write a request.
pub(crate) fn begin_sending() -> Sending {
    Sending { before: IS_SENDING.replace(true) }
}

impl Drop for Sending {
    fn drop(&mut self) {
        IS_SENDING.set(self.before);
    }
}

fn place(serial: NonZeroU64) -> (usize, u64) {
    (usize::try_from(serial.get() / 64).unwrap_or(usize::MAX), 1 << (serial.get() % 64))
}

fn words() -> MutexGuard<'static, Vec<u64>> {
    // It is whole after every step.
    GIVEN_AWAY.lock().unwrap_or_else(PoisonError::into_inner)
}
