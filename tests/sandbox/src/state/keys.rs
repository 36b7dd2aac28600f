//! The idempotency keys of the last day.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use uuid::Uuid;

/// How long a key is known (references/idempotency).
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Which key made which link. A key belongs to the operation that took it: the same key elsewhere is another one.
#[derive(Debug, Default)]
pub(super) struct Keys {
    seen: HashMap<(String, Uuid), Seen>,
}

#[derive(Debug)]
struct Seen {
    link: Uuid,
    at: Timestamp,
}

impl Keys {
    pub(super) fn find(&self, operation: &str, key: Uuid, now: Timestamp) -> Option<Uuid> {
        let seen = self.seen.get(&(operation.to_owned(), key))?;
        (now.duration_since(seen.at).unsigned_abs() < LIFETIME).then_some(seen.link)
    }

    /// Remembers a key from now on; an expired one starts anew.
    pub(super) fn remember(&mut self, operation: String, key: Uuid, link: Uuid, at: Timestamp) {
        self.seen.insert((operation, key), Seen { link, at });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_for_a_day_and_for_its_operation_alone() {
        let (key, link, start) = (Uuid::from_u128(1), Uuid::from_u128(2), Timestamp::UNIX_EPOCH);
        let mut keys = Keys::default();
        keys.remember("send_payout".to_owned(), key, link, start);
        let last = Timestamp::constant(24 * 60 * 60 - 1, 999_999_999);
        assert_eq!(keys.find("send_payout", key, start), Some(link));
        assert_eq!(keys.find("send_payout", key, last), Some(link));
        assert_eq!(keys.find("send_payout", key, Timestamp::constant(24 * 60 * 60, 0)), None);
        assert_eq!(keys.find("create_payout_link", key, start), None);
    }
}
