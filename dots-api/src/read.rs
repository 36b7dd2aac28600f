//! How generated types read what the document does not promise.

use serde::{Deserialize, Deserializer};

/// Reads a null as an empty value: Dots writes either for "none".
pub(crate) fn null_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
