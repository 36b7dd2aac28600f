//! Denial: whether the body of an answer with the status of a success says that it is none.

use std::fmt;
use std::sync::LazyLock;

use dots_api::read_again::twice;
use memchr::memmem::Finder;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// What stands in every body that may say so, also with a capital letter; an escape may stand for any of them.
static SIGNS: LazyLock<[Finder<'static>; 3]> =
    LazyLock::new(|| [Finder::new("uccess"), Finder::new("rror"), Finder::new(r"\u00")]);

/// Whether a body says that the request was not carried out, or is none of Dots.
///
/// `has_content` says whether the operation's page shows a body.
pub(super) fn denies(body: &[u8], has_content: bool) -> bool {
    if is_page(body) {
        return true;
    }
    let text = body.trim_ascii();
    if has_content && !SIGNS.iter().any(|sign| sign.find(body).is_some()) {
        return false;
    }
    match twice(text, |text| serde_json::from_slice::<Said>(text)) {
        Ok(said) => said.denies || said.has_error && !said.confirms || !has_content && said.is_false,
        // A sentence may be all that an operation without content says; cut JSON is none.
        Err(_) => !has_content && matches!(text.first(), Some(b'{' | b'[')),
    }
}

/// Whether a text is HTML or XML, as a gateway writes it, and no JSON.
fn is_page(body: &[u8]) -> bool {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    text.trim_ascii_start().first() == Some(&b'<')
}

/// What an answer says of itself, at its top and in the object `data`. A field that comes twice counts twice.
#[derive(Default)]
struct Said {
    /// `success` has a value other than true.
    denies: bool,
    /// `success` is true.
    confirms: bool,
    has_error: bool,
    /// The whole answer is `false`.
    is_false: bool,
}

impl Said {
    fn note(&mut self, name: &str, value: &Value) {
        let is_empty = matches!(value, Value::Null | Value::Bool(false))
            || value.as_str().is_some_and(str::is_empty)
            || value.as_array().is_some_and(Vec::is_empty);
        match name {
            "success" => {
                let is_true =
                    *value == true || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"));
                self.confirms |= is_true;
                self.denies |= !is_true && !value.is_null();
            }
            _ => self.has_error |= !is_empty,
        }
    }

    fn add(&mut self, other: &Self) {
        self.denies |= other.denies;
        self.has_error |= other.has_error;
    }
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// Reads the few fields that count and skips all others.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Said;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("json")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Said, A::Error> {
        let mut said = Said::default();
        while let Some(name) = fields.next_key::<String>()? {
            let name = name.to_ascii_lowercase();
            match name.as_str() {
                "success" | "error" | "errors" | "error_code" => said.note(&name, &fields.next_value()?),
                "data" => said.add(&fields.next_value()?),
                _ => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(said)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Said, A::Error> {
        while rows.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Said::default())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Said, E> {
        Ok(Said { is_false: !value, ..Said::default() })
    }

    fn visit_unit<E>(self) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_str<E>(self, _: &str) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_u64<E>(self, _: u64) -> Result<Said, E> {
        Ok(Said::default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Said, E> {
        Ok(Said::default())
    }
}

#[cfg(test)]
mod tests;
