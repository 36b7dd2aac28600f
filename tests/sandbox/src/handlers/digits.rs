//! Validation of fields that must be digits.

use std::ops::RangeInclusive;

use crate::http::Refusal;

/// Checks that a text is exactly this many digits; the document's patterns are not anchored and allow other text around
/// them.
pub(super) fn exact(field: &str, text: &str, lengths: RangeInclusive<usize>) -> Result<(), Refusal> {
    if lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let (least, most) = (lengths.start(), lengths.end());
    let wanted = if least == most { least.to_string() } else { format!("{least} to {most}") };
    Err(Refusal::invalid(format!("`{field}` must be {wanted} digits")))
}

/// Checks that a text, if there is one, is digits and not too many of them.
pub(super) fn at_most(field: &str, text: Option<&str>, most: usize) -> Result<(), Refusal> {
    match text {
        Some(text)
            if text.is_empty() || text.len() > most || !text.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Err(Refusal::invalid(format!("`{field}` must be 1 to {most} digits, without a plus or spaces")))
        }
        _ => Ok(()),
    }
}
