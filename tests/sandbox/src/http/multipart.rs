//! Multipart forms, `multipart/form-data` (RFC 7578), parsed from a complete body.

use percent_encoding::percent_decode_str;

use super::Refusal;

/// The most parts that a form may have.
const MOST_PARTS: usize = 16;

/// The most bytes that the headers of one part may have.
const HEAD_LIMIT: usize = 8 * 1024;

/// The longest boundary that RFC 2046 allows.
const BOUNDARY_LIMIT: usize = 70;

/// The parts of a form, in their order.
#[derive(Debug)]
pub(crate) struct Form<'b> {
    parts: Vec<Part<'b>>,
}

/// One field of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'b> {
    pub(crate) name: String,
    /// The file name that the sender gives; `None` for a field that is not a file.
    pub(crate) file_name: Option<String>,
    pub(crate) content: &'b [u8],
}

impl Part<'_> {
    /// Returns the content as text; `None` when it is not UTF-8.
    pub(crate) fn text(&self) -> Option<&str> {
        std::str::from_utf8(self.content).ok()
    }
}

impl<'b> Form<'b> {
    /// Parses a form; the content type names the boundary between its parts.
    ///
    /// # Errors
    /// Refuses a content type without a boundary, and a body that is not a well-formed form.
    pub(crate) fn read(content_type: &str, body: &'b [u8]) -> Result<Self, Refusal> {
        let boundary = boundary(content_type)?;
        let (first, next) = (format!("--{boundary}"), format!("\r\n--{boundary}"));
        // Text before the first boundary is a preamble, and is ignored.
        let begun = body.strip_prefix(first.as_bytes()).or_else(|| Some(split(body, next.as_bytes())?.1));
        let mut rest = begun.ok_or_else(|| malformed("does not hold its boundary"))?;
        let mut parts = Vec::new();
        while !rest.starts_with(b"--") {
            if parts.len() == MOST_PARTS {
                return Err(malformed("has too many parts"));
            }
            let line = unpadded(rest).strip_prefix(b"\r\n");
            let (head, content) = head(line.ok_or_else(|| malformed("has a boundary inside a line"))?)?;
            let (content, after) =
                split(content, next.as_bytes()).ok_or_else(|| malformed("ends inside a part"))?;
            parts.push(part(head, content)?);
            rest = after;
        }
        Ok(Self { parts })
    }

    /// Returns the one part with a name.
    ///
    /// # Errors
    /// Refuses a form that lacks the part, and one that has it twice.
    pub(crate) fn part(&self, name: &str) -> Result<&Part<'b>, Refusal> {
        let mut found = self.parts.iter().filter(|part| part.name == name);
        match (found.next(), found.next()) {
            (Some(part), None) => Ok(part),
            (Some(_), Some(_)) => Err(Refusal::invalid(format!("`{name}` is given twice"))),
            (None, _) => Err(Refusal::invalid(format!("`{name}` is required"))),
        }
    }
}

/// Removes the blanks that may follow a boundary.
fn unpadded(line: &[u8]) -> &[u8] {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    line.get(blanks..).unwrap_or_default()
}

fn malformed(what: &str) -> Refusal {
    Refusal::invalid(format!("the form {what}"))
}

/// Splits bytes at the first occurrence of a separator.
fn split<'b>(bytes: &'b [u8], at: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let place = bytes.windows(at.len().max(1)).position(|window| window == at)?;
    let (before, found) = bytes.split_at_checked(place)?;
    Some((before, found.get(at.len()..)?))
}

/// Splits a part into its headers and its content; a part may have no headers.
fn head(part: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    if let Some(content) = part.strip_prefix(b"\r\n") {
        return Ok((&[], content));
    }
    let near = part.get(..HEAD_LIMIT).unwrap_or(part);
    let (head, _) =
        split(near, b"\r\n\r\n").ok_or_else(|| malformed("has a part whose headers do not end"))?;
    let content = part.get(head.len().saturating_add(4)..).unwrap_or_default();
    Ok((head, content))
}

fn boundary(content_type: &str) -> Result<String, Refusal> {
    let rest = content_type.split_once(';').map(|(_, rest)| rest).unwrap_or_default();
    let found = parameters(rest).and_then(|found| value_of(&found, "boundary"));
    let fits = |boundary: &String| (1..=BOUNDARY_LIMIT).contains(&boundary.len());
    found.filter(fits).ok_or_else(|| {
        Refusal::invalid(format!("`Content-Type` must have a `boundary` of 1 to {BOUNDARY_LIMIT} characters"))
    })
}

fn part<'b>(head: &[u8], content: &'b [u8]) -> Result<Part<'b>, Refusal> {
    let head = std::str::from_utf8(head).map_err(|_| malformed("has headers that are not UTF-8"))?;
    let headers = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let mut dispositions =
        headers.filter(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"));
    let unnamed = || malformed("has a part without `Content-Disposition: form-data` and a `name`");
    let (_, disposition) = dispositions.next().ok_or_else(unnamed)?;
    let (kind, rest) = disposition.split_once(';').ok_or_else(unnamed)?;
    let found = parameters(rest).filter(|_| kind.trim().eq_ignore_ascii_case("form-data"));
    let found = found.ok_or_else(unnamed)?;
    // Some clients write names beyond ASCII in the form of RFC 8187, and leave the plain form out.
    let extended = value_of(&found, "filename*").and_then(|value| extended(&value));
    let file_name = extended.or_else(|| value_of(&found, "filename"));
    Ok(Part { name: value_of(&found, "name").ok_or_else(unnamed)?, file_name, content })
}

fn extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, text) = rest.split_once('\'')?;
    let text = percent_decode_str(text).decode_utf8().ok()?;
    charset.eq_ignore_ascii_case("utf-8").then(|| text.into_owned())
}

fn value_of(parameters: &[(String, String)], name: &str) -> Option<String> {
    parameters.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone())
}

/// Parses `name=value; name="value"`, the parameters of a header.
fn parameters(text: &str) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=')?;
        let (value, after) = value(after.trim_start())?;
        found.push((name.trim().to_ascii_lowercase(), value));
        let after = after.trim_start();
        rest = if after.is_empty() { after } else { after.strip_prefix(';')?.trim_start() };
    }
    Some(found)
}

/// Parses a value, in quotes or not, and returns the rest of the text.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, rest) = text.split_at_checked(text.find(';').unwrap_or(text.len()))?;
        return Some((value.trim_end().to_owned(), rest));
    };
    let (mut value, mut chars) = (String::new(), quoted.chars());
    loop {
        match chars.next()? {
            '"' => return Some((value, chars.as_str())),
            // A backslash before any other character is part of a Windows path.
            '\\' if chars.as_str().starts_with(['"', '\\']) => value.extend(chars.next()),
            other => value.push(other),
        }
    }
}

#[cfg(test)]
mod tests;
