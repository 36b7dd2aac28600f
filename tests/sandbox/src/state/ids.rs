//! Deterministic ids: they look random, and the same seed and the same calls give the same ids.

use uuid::{Builder, Uuid};

use super::Kind;

/// Derives the id of every object from the seed, the kind and its number within the kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ids {
    seed: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The id of the first app.
    pub(crate) fn app(self) -> Uuid {
        self.id(Kind::App, 0)
    }

    /// The id of the object of a kind with this number.
    pub(crate) fn id(self, kind: Kind, number: u64) -> Uuid {
        Builder::from_random_bytes(self.bytes(kind as u64, number)).into_uuid()
    }

    /// Bytes for anything else that must repeat with the seed; the first series belong to the kinds.
    pub(crate) fn bytes(self, series: u64, number: u64) -> [u8; 16] {
        let high = mix(self.seed ^ mix(series));
        let bits = (u128::from(mix(high ^ number)) << 64) | u128::from(mix(high.wrapping_add(mix(number))));
        bits.to_be_bytes()
    }
}

/// The finalizer of SplitMix64: a bijection that hides the order of its inputs.
pub(crate) fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_version_4_and_repeat_with_the_seed_alone() {
        let id = Ids::new(1).id(Kind::Link, 0);
        assert_eq!(id.get_version_num(), 4);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(id, Ids::new(1).id(Kind::Link, 0));
        assert_ne!(id, Ids::new(2).id(Kind::Link, 0));
    }

    #[test]
    fn no_two_objects_share_an_id() {
        let ids = Ids::new(1);
        let drawn: HashSet<Uuid> = (0..10_000).flat_map(|n| Kind::ALL.map(|kind| ids.id(kind, n))).collect();
        assert_eq!(drawn.len(), 180_000);
    }
}
