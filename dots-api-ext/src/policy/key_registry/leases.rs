//! Leases: the keys that calls are sending.

use std::collections::HashMap;
use std::time::Duration;

use dots_api::IdempotencyKey;
use dots_api::key_record::{KeyHistory, Place};
use foldhash::quality::RandomState;

use super::{Firsts, Origin};

/// How long a lease lasts beyond what it is taken for, so that an answer that comes at the last moment is in time.
const GRACE: Duration = Duration::from_secs(5);

/// Holds the leases of all keys. A key has one for each server.
#[derive(Debug, Default)]
pub(super) struct Leases {
    of: HashMap<IdempotencyKey, Vec<Lease>, RandomState>,
    count: u64,
}

/// The right of one call to send a key to a server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lease {
    pub number: u64,
    pub origin: Origin,
    pub operation: &'static str,
    /// When the lease ends by itself, by the machine's steady clock, whether or not its call is polled.
    pub expires: Duration,
    /// When its call first sent the key, and what came of that; in doubt while an attempt has not come back.
    pub sent: Option<(Firsts, KeyHistory)>,
}

impl Leases {
    /// Returns the lease of a key.
    pub(super) fn of(&self, key: &IdempotencyKey, origin: Origin) -> Option<Lease> {
        self.of.get(key)?.iter().find(|lease| lease.is_for(origin)).copied()
    }

    /// Returns the servers to which other calls have sent a key, and what came of that so far.
    pub(super) fn others(
        &self,
        key: &IdempotencyKey,
        number: u64,
    ) -> impl Iterator<Item = (Place, KeyHistory)> {
        let others = self.of.get(key).into_iter().flatten().filter(move |lease| lease.number != number);
        others.filter_map(|lease| lease.sent.map(|(_, history)| (lease.origin.own, history)))
    }

    /// Gives a lease of each key to one call, and returns its number.
    pub(super) fn begin<'a>(
        &mut self,
        keys: impl Iterator<Item = &'a IdempotencyKey>,
        origin: Origin,
        operation: &'static str,
        now: Duration,
    ) -> u64 {
        self.count += 1;
        let (number, expires) = (self.count, now.saturating_add(GRACE));
        for key in keys {
            self.of.entry(*key).or_default().push(Lease { number, origin, operation, expires, sent: None });
        }
        number
    }

    /// Changes the lease of a key; says whether it is still there.
    pub(super) fn change(
        &mut self,
        key: &IdempotencyKey,
        number: u64,
        change: impl FnOnce(&mut Lease),
    ) -> bool {
        let lease = self.of.get_mut(key).into_iter().flatten().find(|lease| lease.number == number);
        lease.map(change).is_some()
    }

    /// Ends the lease of a key, and returns what it was.
    pub(super) fn end(&mut self, key: &IdempotencyKey, number: u64) -> Option<Lease> {
        let leases = self.of.get_mut(key)?;
        let lease =
            leases.iter().position(|lease| lease.number == number).map(|place| leases.swap_remove(place));
        if leases.is_empty() {
            self.of.remove(key);
        }
        lease
    }
}

impl Lease {
    /// Makes the lease last until then, and a little longer.
    pub(super) fn last_until(&mut self, time: Duration) {
        self.expires = self.expires.max(time.saturating_add(GRACE));
    }

    fn is_for(&self, origin: Origin) -> bool {
        self.origin.own.may_be_server_of(origin.own)
    }
}
