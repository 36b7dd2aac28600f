//! The idempotency keys that were used.

use std::{io, time::Duration};

use hyper::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Kind;
use super::hash::IdMap;
use crate::journal::{self, Interned};

/// The scope of a key: its app and its operation. The same key in another scope is another key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Scope {
    pub(crate) app: Uuid,
    /// The number of the operation in the document.
    pub(crate) operation: u16,
    pub(crate) key: Uuid,
}

impl Scope {
    /// The scope of a key of an item of a batch: numbered from the end, where no operation has a number.
    pub(crate) fn item(app: Uuid, batch: Kind, key: Uuid) -> Self {
        Self { app, operation: u16::MAX - batch as u16, key }
    }
}

/// When a request's key is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyLookup {
    AtCommit,
    /// At arrival, when the key was not known: the request does not wait for others with the same key.
    Skipped,
}

/// What is remembered about a key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    pub(crate) at: Timestamp,
    /// Identifies the body.
    pub(crate) fingerprint: u64,
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
        let scope = Scope { app: Uuid::from_u128(1), operation: 3, key: Uuid::from_u128(2) };
        let start = Timestamp::UNIX_EPOCH;
        let mut keys = Keys::default();
        keys.remember(scope, KeyRecord { at: start, fingerprint: 0, made: None, answer: None });
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
