//! The idempotency keys that were used.

use std::{io, time::Duration};

use hyper::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Kind;
use super::hash::IdMap;
use crate::{
    journal::{self, Interned},
    options::KeyScope,
};

/// The scope of a key: its app and its operation, unless [`KeyScope`] says otherwise. The same key in another scope is
/// another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Scope {
    pub(crate) app: Uuid,
    /// The number of the operation in the document.
    pub(crate) operation: u16,
    pub(crate) key: Uuid,
    /// Identifies the body, where another body makes another key; otherwise 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) body: u64,
}

/// The number of no operation: the scope of keys that all operations share.
const ALL_OPERATIONS: u16 = u16::MAX;

impl Scope {
    /// The number of the items of a kind of batch: counted from the end, where no operation has a number.
    pub(crate) fn item(batch: Kind) -> u16 {
        ALL_OPERATIONS - 1 - batch as u16
    }

    /// The scope of a key that an operation uses for a body, in this reading.
    pub(super) fn new(app: Uuid, operation: u16, key: Uuid, body: u64, scope: KeyScope) -> Self {
        match scope {
            KeyScope::Operation => Self { app, operation, key, body },
            KeyScope::App => Self { app, operation: ALL_OPERATIONS, key, body },
            KeyScope::Organization => Self { app: Uuid::nil(), operation: ALL_OPERATIONS, key, body },
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// How a request's key is looked up, decided when the request arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyLookup {
    /// Whether the key is looked up at all. It is not when it was unknown at the arrival and the request does not wait
    /// for others with the same key.
    pub(crate) wanted: bool,
    /// When the request arrived.
    pub(crate) arrived: Timestamp,
}

/// What is remembered about a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    pub(crate) at: Timestamp,
    /// Identifies the body.
    pub(crate) fingerprint: u64,
    /// The number of the operation that used the key.
    #[serde(default)]
    pub(crate) operation: u16,
    /// The object that the request created.
    pub(crate) made: Option<Uuid>,
    /// The answer, when a repeat may need it; a million answers would be a gigabyte.
    pub(crate) answer: Option<Box<StoredAnswer>>,
}

/// An answer as it was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredAnswer {
    #[serde(with = "status")]
    pub(crate) status: StatusCode,
    #[serde(deserialize_with = "journal::intern")]
    pub(crate) content_type: Interned,
    #[serde(with = "text")]
    pub(crate) body: Vec<u8>,
}

/// Serializes a status as its number.
mod status {
    use hyper::StatusCode;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(status.as_u16())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<StatusCode, D::Error> {
        StatusCode::from_u16(u16::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Serializes a body as text.
mod text {
    use serde::{Deserialize as _, Deserializer, Serializer, ser::Error as _};

    pub(super) fn serialize<S: Serializer>(body: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(std::str::from_utf8(body).map_err(S::Error::custom)?)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        String::deserialize(deserializer).map(String::into_bytes)
    }
}

/// The keys by scope.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    records: IdMap<Scope, KeyRecord>,
}

impl Keys {
    /// Returns the record of a key that is younger than its time to live.
    pub(crate) fn find(&self, scope: &Scope, now: Timestamp, ttl: Duration) -> Option<&KeyRecord> {
        self.records.get(scope).filter(|record| now.duration_since(record.at).unsigned_abs() < ttl)
    }

    /// Remembers a key; an expired key starts anew.
    pub(super) fn remember(&mut self, scope: Scope, record: KeyRecord) {
        self.records.insert(scope, record);
    }
}

/// Identifies a body: FNV-1a over the body as JSON with sorted fields.
pub(crate) fn fingerprint(body: &serde_json::Value) -> u64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    // A body that was parsed from JSON serializes, and hashing cannot fail.
    let _ = serde_json::to_writer(&mut hash, body);
    hash.0
}

/// A writer that hashes its input.
struct Fnv(u64);

impl io::Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = bytes
            .iter()
            .fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;
    use crate::options::DAY;

    #[test]
    fn a_key_is_known_for_its_time_for_its_app_and_for_its_operation_alone() {
        let scope = Scope { app: Uuid::from_u128(1), operation: 3, key: Uuid::from_u128(2), body: 0 };
        let start = Timestamp::UNIX_EPOCH;
        let mut keys = Keys::default();
        let record = KeyRecord { at: start, fingerprint: 0, operation: 3, made: None, answer: None };
        keys.remember(scope, record);
        let last = Timestamp::constant(24 * 60 * 60 - 1, 999_999_999);
        assert!(keys.find(&scope, start, DAY).is_some());
        assert!(keys.find(&scope, last, DAY).is_some());
        assert!(keys.find(&scope, Timestamp::constant(24 * 60 * 60, 0), DAY).is_none());
        assert!(keys.find(&Scope { operation: 4, ..scope }, start, DAY).is_none());
        assert!(keys.find(&Scope { app: Uuid::from_u128(9), ..scope }, start, DAY).is_none());
    }

    #[test]
    fn two_spellings_of_one_body_are_one_body() {
        let read = |text: &str| fingerprint(&serde_json::from_str(text).unwrap());
        assert_eq!(read(r#"{"a":1,"b":2}"#), read(r#"{ "b": 2, "a": 1 }"#));
        assert_ne!(read(r#"{"a":1}"#), read(r#"{"a":2}"#));
    }
}
