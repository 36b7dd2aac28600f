//! Idempotency keys: fresh, parsed or derived, with the serial numbers of fresh ones.

mod given_away;

use std::cmp::Ordering;
use std::fmt::{self, Debug, Display};
use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;
use std::str::FromStr;
use std::sync::atomic::{self, AtomicU64};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

pub(crate) use given_away::begin_sending;

use super::schema::named_schema;
use super::text::{self, Excerpt};

/// An idempotency key: identifies one intent to move money, so that Dots can tell a retry from a second payment.
///
/// Dots remembers a key for 24 hours. After a lost answer retry with the same key, and create a new one only for a new
/// intent: a retry with a new key can pay twice.
///
/// A key is a UUID, written with hyphens in lower case. It is never the nil UUID, which all callers who forgot to set a
/// key would share.
///
/// A key that leaves the program as a text or as a UUID, by `Display`, [`as_uuid`](Self::as_uuid), `Uuid::from` or
/// `serde`, may be sent by another process, so it is [given away](Self::serial); one that `Debug` shows is not.
///
/// # Examples
/// ```
/// use dots_api::IdempotencyKey;
///
/// let key = IdempotencyKey::fresh();
/// let from_the_ledger: IdempotencyKey = key.to_string().parse()?;
/// assert_eq!(from_the_ledger, key);
/// assert!("payout_17".parse::<IdempotencyKey>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct IdempotencyKey {
    uuid: Uuid,
    /// The serial number among the fresh keys of this process; `None` for any other key.
    serial: Option<NonZeroU64>,
}

/// The number of fresh keys that this process has created.
static MADE: AtomicU64 = AtomicU64::new(0);

impl IdempotencyKey {
    /// The length of a UUID with hyphens; its other notations have other lengths.
    const TEXT_LEN: usize = 36;

    /// Creates a random key (UUID version 4) for a new intent.
    ///
    /// # Panics
    /// Panics when the operating system provides no random bytes. A key that is not random would be worse.
    #[must_use]
    pub fn fresh() -> Self {
        let serial = NonZeroU64::new(MADE.fetch_add(1, atomic::Ordering::Relaxed).wrapping_add(1));
        Self { uuid: Uuid::new_v4(), serial }
    }

    /// Derives a key (UUID version 8) from a digest: the same digest always gives the same key.
    ///
    /// The UUID's version and variant replace six of the 128 bits.
    ///
    /// # Examples
    /// ```
    /// use dots_api::IdempotencyKey;
    ///
    /// let key = IdempotencyKey::from_digest([0xab; 16]);
    /// assert_eq!(key.to_string(), "abababab-abab-8bab-abab-abababababab");
    /// ```
    #[must_use]
    pub const fn from_digest(digest: [u8; 16]) -> Self {
        Self { uuid: uuid::Builder::from_custom_bytes(digest).into_uuid(), serial: None }
    }

    /// Creates a key from a UUID of any version.
    ///
    /// # Errors
    /// Returns an error for the nil UUID.
    pub fn from_uuid(uuid: Uuid) -> Result<Self, IdempotencyKeyError> {
        if uuid.is_nil() { Err(IdempotencyKeyError(Kind::Nil)) } else { Ok(Self { uuid, serial: None }) }
    }

    /// Returns the key as a UUID, which gives it away: whatever stores it may send it too.
    #[must_use]
    pub fn as_uuid(&self) -> &Uuid {
        self.give_away()
    }

    /// Returns the UUID to code that stores it nowhere, and does not give it away.
    #[doc(hidden)]
    #[must_use]
    pub const fn inner(&self) -> Uuid {
        self.uuid
    }

    /// Returns the serial number among the [`fresh`](Self::fresh) keys of this process, counted from one; a copy keeps
    /// it.
    ///
    /// A key that was deserialized, parsed or derived has no serial number: another process may have sent it before,
    /// which is impossible for a fresh key. Nor has a fresh key that a program has given away, with all its copies: it was
    /// written as a text, taken as a UUID or serialized, alone or in a request, and whatever stores it may send it too.
    /// The serial number is not part of equality and is never serialized.
    #[must_use]
    pub fn serial(&self) -> Option<NonZeroU64> {
        self.serial.filter(|serial| !given_away::holds(*serial))
    }

    /// Takes the serial number from the key and its copies, because another process may send it from now on; not while
    /// the client writes a request, which leaves for Dots alone. All that leaves the program passes here.
    fn give_away(&self) -> &Uuid {
        self.serial.filter(|_| !given_away::is_sending()).into_iter().for_each(given_away::add);
        &self.uuid
    }
}

impl PartialEq for IdempotencyKey {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl Eq for IdempotencyKey {}

impl PartialOrd for IdempotencyKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for IdempotencyKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl Hash for IdempotencyKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl Default for IdempotencyKey {
    /// Creates a [fresh](IdempotencyKey::fresh) key, a different one on each call.
    ///
    /// A request gets its key here once, when it is built, and keeps it when it is cloned or sent again.
    fn default() -> Self {
        Self::fresh()
    }
}

impl Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(self.give_away(), f)
    }
}

/// Gives nothing away: a key is not kept in this form, which is not read back, and a `dbg!` or a log line that changed
/// the verdict on a payment would be worse than a person who copies a key out of a log.
impl Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdempotencyKey({})", self.uuid)
    }
}

impl FromStr for IdempotencyKey {
    type Err = IdempotencyKeyError;

    /// Parses a UUID of any version, written with hyphens.
    ///
    /// # Errors
    /// Returns an error for the nil UUID and for any other notation. A UUID in braces, without hyphens or as a URN is
    /// refused, so that a key has exactly one text form.
    fn from_str(text: &str) -> Result<Self, IdempotencyKeyError> {
        match Uuid::try_parse(text) {
            Ok(uuid) if text.len() == Self::TEXT_LEN => Self::from_uuid(uuid),
            _ => Err(IdempotencyKeyError(Kind::NotAUuid(Excerpt::of(text)))),
        }
    }
}

impl TryFrom<Uuid> for IdempotencyKey {
    type Error = IdempotencyKeyError;

    fn try_from(uuid: Uuid) -> Result<Self, IdempotencyKeyError> {
        Self::from_uuid(uuid)
    }
}

impl From<IdempotencyKey> for Uuid {
    fn from(key: IdempotencyKey) -> Self {
        *key.give_away()
    }
}

impl Serialize for IdempotencyKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IdempotencyKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::read(deserializer, "a uuid as text")
    }
}

named_schema!(
    IdempotencyKey,
    schemars::json_schema!({
        "description": "A UUID that marks one intent to move money; the same for every retry of it.",
        "type": "string",
        "format": "uuid"
    })
);

/// The error of a text or a UUID that is not an idempotency key.
///
/// # Examples
/// ```
/// use dots_api::IdempotencyKey;
///
/// let error = "payout_17".parse::<IdempotencyKey>().unwrap_err();
/// assert!(error.to_string().starts_with("could not read `payout_17` as an idempotency key"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKeyError(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    NotAUuid(Excerpt),
    Nil,
}

impl Display for IdempotencyKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::NotAUuid(value) => {
                write!(f, "could not read {value} as an idempotency key: expected a uuid with hyphens")
            }
            Kind::Nil => f.write_str("could not use the nil uuid as an idempotency key: it marks no intent"),
        }
    }
}

impl std::error::Error for IdempotencyKeyError {}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::IdempotencyKey;

    const TEXT: &str = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

    #[test]
    fn a_uuid_of_any_version_is_read_and_written_in_lower_case() {
        for text in [TEXT, &TEXT.to_uppercase()] {
            let key: Result<IdempotencyKey, _> = text.parse();
            assert_eq!(key.as_ref().map(ToString::to_string).as_deref(), Ok(TEXT));
            assert_eq!(key.map(|key| serde_json::to_string(&key).ok()), Ok(Some(format!("\"{TEXT}\""))));
        }
        for version in ['1', '4', '5', '8', 'f'] {
            let text = TEXT.replace("-7e5f-", &format!("-{version}e5f-"));
            assert!(text.parse::<IdempotencyKey>().is_ok(), "{text}");
        }
    }

    #[test]
    fn a_text_that_is_no_hyphenated_uuid_is_refused() {
        let (simple, braced) = (TEXT.replace('-', ""), format!("{{{TEXT}}}"));
        for text in [
            "",
            "payout_17",
            "-",
            &simple,
            &braced,
            &format!("urn:uuid:{TEXT}"),
            &format!(" {TEXT}"),
            &TEXT.replace('a', "g"),
            &TEXT.replace('-', "_"),
            "\u{20ac}".repeat(12).as_str(),
            &"0".repeat(1 << 20),
        ] {
            assert!(text.parse::<IdempotencyKey>().is_err(), "{}", text.escape_debug());
            assert!(
                serde_json::from_value::<IdempotencyKey>(text.into()).is_err(),
                "{}",
                text.escape_debug()
            );
        }
    }

    #[test]
    fn nobody_gets_the_key_that_all_who_forget_it_would_share() {
        let message = "could not use the nil uuid as an idempotency key: it marks no intent".to_owned();
        let nil = Uuid::nil().to_string().parse::<IdempotencyKey>();
        assert_eq!(nil.map_err(|error| error.to_string()), Err(message));
        assert!(IdempotencyKey::from_uuid(Uuid::nil()).is_err());
        assert!(!IdempotencyKey::from_digest([0; 16]).as_uuid().is_nil());
    }

    #[test]
    fn a_fresh_key_is_random_and_a_derived_one_is_not() {
        assert_ne!(IdempotencyKey::fresh(), IdempotencyKey::default());
        assert_eq!(IdempotencyKey::fresh().as_uuid().get_version_num(), 4);
        assert_eq!(IdempotencyKey::from_digest([7; 16]), IdempotencyKey::from_digest([7; 16]));
        assert_eq!(IdempotencyKey::from_digest([7; 16]).as_uuid().get_version_num(), 8);
    }

    #[test]
    fn only_a_key_made_here_has_a_serial_and_its_text_is_the_same_key() {
        let key = IdempotencyKey::fresh();
        assert!(key.serial().is_some() && key.serial() < IdempotencyKey::fresh().serial());
        let read = key.to_string().parse::<IdempotencyKey>();
        assert_eq!(read.as_ref().map(|read| (read.serial(), *read == key)), Ok((None, true)));
        // It has left the program.
        assert_eq!(key.serial(), None);
        let both: std::collections::HashSet<_> = read.into_iter().chain([key]).collect();
        assert_eq!(both.len(), 1);
    }

    #[test]
    fn debug_prints_the_text() {
        let key: Result<IdempotencyKey, _> = TEXT.parse();
        assert_eq!(format!("{key:?}"), format!("Ok(IdempotencyKey({TEXT}))"));
    }
}
