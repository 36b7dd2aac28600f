//! A hash table of entries that are never taken out: 16 bytes each, and no more than 28 with all that is empty.

use super::entry;

/// Holds entries by the hash of their key; one key may have several, one for each place.
///
/// It probes linearly. Of a hash the highest 56 bits are kept, since the lowest eight name the shard that the table is.
pub(super) struct Table {
    /// A hash above an entry, or zero where there is room.
    slots: Vec<u128>,
    len: usize,
}

const ENTRY: u128 = (1 << entry::BITS) - 1;

impl Table {
    /// Creates an empty table, which takes no memory.
    pub(super) const fn new() -> Self {
        Self { slots: Vec::new(), len: 0 }
    }

    /// Returns how much memory the slots take.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u128>()
    }

    /// Returns the entries of a hash.
    pub(super) fn find(&self, hash: u64) -> impl Iterator<Item = u128> {
        let (before, after) = self.slots.split_at(self.start(hash));
        let slots = after.iter().chain(before).take_while(|slot| **slot != 0);
        slots.filter(move |slot| has_hash(**slot, hash)).map(|slot| slot & ENTRY)
    }

    /// Replaces an entry of a hash by what `change` makes of it, if it makes something; says whether it did.
    pub(super) fn replace(&mut self, hash: u64, change: impl Fn(u128) -> Option<u128>) -> bool {
        let start = self.start(hash);
        let (before, after) = self.slots.split_at_mut(start);
        let slots = after.iter_mut().chain(before).take_while(|slot| **slot != 0);
        for slot in slots.filter(|slot| has_hash(**slot, hash)) {
            if let Some(entry) = change(*slot & ENTRY) {
                *slot = joined(hash, entry);
                return true;
            }
        }
        false
    }

    /// Puts another entry in.
    pub(super) fn insert(&mut self, hash: u64, entry: u128) {
        // One slot in eight stays empty, so that a search ends.
        if (self.len + 1) * 8 > self.slots.len() * 7 {
            self.grow();
        }
        self.put(joined(hash, entry));
    }

    fn grow(&mut self) {
        let slots = vec![0; self.slots.len() + self.slots.len() / 2 + 8];
        let old = std::mem::replace(&mut self.slots, slots);
        self.len = 0;
        old.into_iter().filter(|slot| *slot != 0).for_each(|slot| self.put(slot));
    }

    fn put(&mut self, slot: u128) {
        let start = self.start(hash_of(slot));
        let (before, after) = self.slots.split_at_mut(start);
        if let Some(empty) = after.iter_mut().chain(before).find(|slot| **slot == 0) {
            *empty = slot;
            self.len += 1;
        }
    }

    /// Returns where the search for a hash begins.
    fn start(&self, hash: u64) -> usize {
        let slots = u128::try_from(self.slots.len()).unwrap_or_default();
        usize::try_from((u128::from(hash & !0xff) * slots) >> u64::BITS).unwrap_or_default()
    }
}

fn joined(hash: u64, entry: u128) -> u128 {
    u128::from(hash >> 8) << entry::BITS | entry
}

fn hash_of(slot: u128) -> u64 {
    u64::try_from(slot >> entry::BITS).unwrap_or_default() << 8
}

fn has_hash(slot: u128, hash: u64) -> bool {
    hash_of(slot) == hash & !0xff
}
