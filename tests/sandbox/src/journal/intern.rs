//! Interned text: names that the program knows, read back from a file.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize as _, Deserializer};

/// A name that the program knows, such as that of an event. Types that are read from a file do not call it `&str`,
/// because serde would then borrow it from the file.
pub(crate) type Interned = &'static str;

/// Reads a name. There are a few dozen names, and each is kept for as long as the program runs.
pub(crate) fn intern<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Interned, D::Error> {
    static NAMES: Mutex<BTreeSet<Interned>> = Mutex::new(BTreeSet::new());
    let text = String::deserialize(deserializer)?;
    // A panic elsewhere leaves the names as they are.
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(text.as_str()) {
        return Ok(known);
    }
    let new: Interned = text.leak();
    names.insert(new);
    Ok(new)
}
