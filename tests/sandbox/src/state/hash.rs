//! A hasher for ids: ids are random already, so they need less mixing than the standard library gives to any text.
//!
//! A client that chose colliding ids or keys would slow the sandbox down, and only for itself.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// A map keyed by ids, or by combinations of ids and numbers.
pub(crate) type IdMap<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// Mixes words with one multiplication each.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdHasher(u64);

impl IdHasher {
    fn mix(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // A multiplication carries upwards only; the shift brings the high bits down again.
        self.0 = mixed ^ (mixed >> 32);
    }
}

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let word = chunk.iter().fold(0, |word: u64, byte| word << 8 | u64::from(*byte));
            self.mix(word);
        }
    }

    fn write_u16(&mut self, number: u16) {
        self.mix(number.into());
    }

    fn write_u64(&mut self, number: u64) {
        self.mix(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.mix(u64::try_from(number).unwrap_or(u64::MAX));
    }

    fn write_isize(&mut self, number: isize) {
        self.mix(number.unsigned_abs().try_into().unwrap_or(u64::MAX));
    }

    fn finish(&self) -> u64 {
        // A hash map uses the first bits and the last.
        self.0.wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(26)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        hash::{BuildHasher as _, BuildHasherDefault},
    };

    use uuid::Uuid;

    use super::*;

    #[test]
    fn ids_that_differ_in_one_bit_fall_apart() {
        let build = BuildHasherDefault::<IdHasher>::default();
        let ids = (0..128).map(|bit| Uuid::from_u128(1 << bit)).chain((0..1_000).map(Uuid::from_u128));
        let ids: HashSet<Uuid> = ids.collect();
        let hashes: HashSet<u64> = ids.iter().map(|id| build.hash_one(id)).collect();
        let first_bits: HashSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        let last_bits: HashSet<u64> = hashes.iter().map(|hash| hash % 128).collect();
        assert_eq!((hashes.len(), first_bits.len(), last_bits.len()), (ids.len(), 128, 128));
    }
}
