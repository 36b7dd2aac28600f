//! Durations in settings, read from text such as `24h` and written the same way.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize as _;

/// Reads a duration such as `24h` or `1h 30m`.
///
/// # Errors
/// Returns an error for text that is not a duration, and for a negative one.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let none = |_| format!("`{text}` is not a time such as `24h` or `1h 30m`");
    let read = text.parse::<SignedDuration>().map_err(none)?;
    Duration::try_from(read).map_err(|_| format!("`{text}` is negative"))
}

pub(super) fn duration<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| parse_duration(&text)).transpose().map_err(serde::de::Error::custom)
}

pub(super) fn friendly<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let signed = SignedDuration::try_from(*duration).unwrap_or(SignedDuration::MAX);
    serializer.serialize_str(&format!("{signed:#}"))
}
