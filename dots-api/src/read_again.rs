//! A second, lossy reading of JSON: what stands in the way of an answer is left out, where no money depends on it.
//!
//! A payout that was made must not become an error because half an emoji stands in its memo.

use std::ops::Range;

use serde_json::error::Category;

use crate::read::END_MARK;

/// How many values are left out of one text, at most.
const MOST: usize = 100;

/// Reads JSON, and once more with what is odd in it mended or left out, if it cannot be read as it is.
///
/// | odd | becomes |
/// |---|---|
/// | a byte order mark | nothing |
/// | half of a surrogate pair, such as `\ud83d` alone, and what is not UTF-8 | U+FFFD |
/// | a value of another type, where null would do | null |
///
/// No amount is left out, no row of a list, and nothing that holds an id or an amount.
///
/// # Errors
/// Returns the error of the first reading when the second fails too.
pub fn twice<T>(
    json: &[u8],
    parse: impl Fn(&[u8]) -> Result<T, serde_json::Error>,
) -> Result<T, serde_json::Error> {
    let first = match parse(json) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let mut text = mended(json);
    for _ in 0..MOST {
        let error = match parse(&text) {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        match odd_value(&text, &error) {
            Some(odd) => text = with_null(&text, odd),
            None => return Err(first),
        }
    }
    Err(first)
}

/// Puts null in the place of a value.
fn with_null(json: &[u8], value: Range<usize>) -> Vec<u8> {
    let (before, after) = (json.get(..value.start), json.get(value.end..));
    [before.unwrap_or_default(), b"null", after.unwrap_or_default()].concat()
}

/// Takes the byte order mark away, and replaces what is not UTF-8 and the halves of surrogate pairs.
fn mended(json: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(json);
    let json = text.strip_prefix('\u{feff}').unwrap_or(&text).as_bytes();
    let mut mended = Vec::with_capacity(json.len());
    let mut rest = json;
    while let Some((byte, after)) = rest.split_first() {
        let length = match surrogate(rest) {
            // A pair is one character.
            Some(0xd800..=0xdbff) if matches!(rest.get(6..).and_then(surrogate), Some(0xdc00..=0xdfff)) => 12,
            Some(0xd800..=0xdfff) => {
                mended.extend_from_slice(b"\\ufffd");
                rest = rest.get(6..).unwrap_or_default();
                continue;
            }
            // What follows a backslash belongs to it.
            _ if *byte == b'\\' && !after.is_empty() => 2,
            _ => 1,
        };
        let (whole, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        mended.extend_from_slice(whole);
        rest = after;
    }
    mended
}

/// The code unit of an escape at the beginning of a text.
fn surrogate(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The place of the value that an error is about, if it may be left out.
fn odd_value(json: &[u8], error: &serde_json::Error) -> Option<Range<usize>> {
    // An amount and the end mark of a list are never left out: their types say in the error what they are.
    let text = error.to_string();
    if error.classify() != Category::Data || text.contains("cents") || text.contains(END_MARK) {
        return None;
    }
    let lines = json.split_inclusive(|byte| *byte == b'\n').take(error.line().saturating_sub(1));
    let at = lines.map(<[u8]>::len).sum::<usize>() + error.column();
    let mut around = members_around(json, at);
    let odd = around.pop()?;
    let value = json.get(odd.clone())?;
    if value != b"null" {
        return (!is_list(value) && !holds_money(value)).then_some(odd);
    }
    // Null will not do: the whole that it is a part of is left out.
    let whole = around.pop()?;
    let value = json.get(whole.clone())?;
    (!is_list(value) && !holds_money(value)).then_some(whole)
}

fn is_list(value: &[u8]) -> bool {
    value.starts_with(b"[")
}

/// Whether an object holds what money is told by. The words are those of the document.
fn holds_money(value: &[u8]) -> bool {
    let has = |word: &[u8]| value.windows(word.len()).any(|window| window == word);
    value.starts_with(b"{") && [&b"\"id\""[..], b"amount", b"balance"].into_iter().any(has)
}

/// The places of the values around a position, from the outermost to the innermost, each the value of a member: what
/// is an item of a list is not among them, and neither is what is within one, seen from outside.
fn members_around(json: &[u8], at: usize) -> Vec<Range<usize>> {
    let mut scan = Scan { json, position: 0, depth: 0, at, around: Vec::new() };
    scan.value(true);
    scan.around.reverse();
    scan.around
}

/// How deep values may lie in one another: as deep as serde reads.
const DEPTH: usize = 128;

/// Walks through JSON. Serde has read it up to the odd value; what follows may be broken, and then nothing is found or
/// the next reading fails.
struct Scan<'a> {
    json: &'a [u8],
    position: usize,
    depth: usize,
    at: usize,
    /// The innermost first.
    around: Vec<Range<usize>>,
}

impl Scan<'_> {
    /// Walks through one value, which is that of a member or an item of a list.
    fn value(&mut self, is_item: bool) {
        self.blanks();
        let start = self.position;
        self.depth += 1;
        match self.peek() {
            _ if self.depth > DEPTH => self.position = self.json.len(),
            Some(b'{') => self.object(),
            Some(b'[') => self.list(),
            Some(b'"') => self.text(),
            _ => self.skip_while(|byte| !b",]} \t\r\n".contains(&byte)),
        }
        self.depth -= 1;
        // A row is never left out.
        if !is_item && (start..=self.position).contains(&self.at) {
            self.around.push(start..self.position);
        }
    }

    fn object(&mut self) {
        self.position += 1;
        loop {
            self.blanks();
            match self.peek() {
                Some(b'"') => {
                    self.text();
                    self.skip_while(|byte| byte != b':');
                    self.position += 1;
                    self.value(false);
                }
                Some(b',') => self.position += 1,
                _ => break self.position += 1,
            }
        }
    }

    fn list(&mut self) {
        self.position += 1;
        loop {
            self.blanks();
            match self.peek() {
                Some(b',') => self.position += 1,
                Some(b']' | b'}') | None => break self.position += 1,
                _ => self.value(true),
            }
        }
    }

    fn text(&mut self) {
        self.position += 1;
        while let Some(byte) = self.peek() {
            self.position += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
    }

    fn blanks(&mut self) {
        self.skip_while(|byte| b" \t\r\n".contains(&byte));
    }

    fn skip_while(&mut self, skips: impl Fn(u8) -> bool) {
        while self.peek().is_some_and(&skips) {
            self.position += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.json.get(self.position).copied()
    }
}

#[cfg(test)]
mod tests;
