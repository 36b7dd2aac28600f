//! Labels for list filters: 64-bit hashes, small enough for a million rows.

use uuid::Uuid;

/// One property of a row, such as "belongs to user X" or "is completed".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Label(u64);

impl Label {
    /// Returns the label of a field with a value; equal labels are equal for every list.
    pub(crate) fn of(field: &str, value: &str) -> Self {
        // FNV-1a with a separator that no field contains; 64 bits keep a million values apart.
        let bytes = field.bytes().chain([0]).chain(value.bytes());
        Self(bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        }))
    }

    /// Returns the label of everything that belongs to an app.
    pub(crate) fn app(id: Uuid) -> Self {
        Self::id(1, id)
    }

    /// Returns the label of everything that belongs to a user.
    pub(crate) fn user(id: Uuid) -> Self {
        Self::id(2, id)
    }

    /// Returns the label of everything that another object owns, such as a vendor's bank accounts.
    pub(crate) fn owner(id: Uuid) -> Self {
        Self::id(3, id)
    }

    fn id(field: u64, id: Uuid) -> Self {
        let (high, low) = id.as_u64_pair();
        Self((high ^ low.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31) ^ field)
    }
}
