//! URL-encoded form data.

use std::collections::BTreeMap;

use hyper::header::CONTENT_TYPE;
use percent_encoding::percent_decode_str;

use crate::http::{Incoming, Refusal};

/// The content type of a form without files.
const FORM: &str = "application/x-www-form-urlencoded";

/// The fields of a form; surrounding spaces are removed from their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// Parses the body of a request; an empty body is an empty form, whatever its type.
    ///
    /// # Errors
    /// Refuses a body of another type, and one that is not UTF-8.
    pub(super) fn read(incoming: &Incoming) -> Result<Self, Refusal> {
        let content_type = incoming.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !incoming.body.is_empty() && !content_type.is_some_and(|text| text.starts_with(FORM)) {
            return Err(Refusal::media_type(format!("the sandbox's pages take `{FORM}`")));
        }
        let text = std::str::from_utf8(&incoming.body);
        let text = text.map_err(|_| Refusal::invalid("the form is not UTF-8"))?;
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        pairs.map(pair).collect::<Result<_, _>>().map(Self)
    }

    /// Returns a field; empty text when it is missing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Returns the fields that are not empty.
    pub(super) fn filled(&self) -> impl Iterator<Item = (&str, &str)> {
        let fields = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        fields.filter(|(_, value)| !value.is_empty())
    }
}

fn pair(pair: &str) -> Result<(String, String), Refusal> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    Ok((decoded(name)?, decoded(value)?.trim().to_owned()))
}

fn decoded(text: &str) -> Result<String, Refusal> {
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8();
    decoded.map(std::borrow::Cow::into_owned).map_err(|_| Refusal::invalid("the form is not UTF-8"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use bytes::Bytes;
    use hyper::{HeaderMap, Method, header::HeaderValue};

    use super::*;

    fn read(body: &'static str, content_type: &'static str) -> Result<Form, Refusal> {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
        let (path, body) = ("/flow/1".to_owned(), Bytes::from_static(body.as_bytes()));
        Form::read(&Incoming { method: Method::POST, path, query: None, headers, body })
    }

    #[test]
    fn fields_are_decoded_and_trimmed() {
        let form = read("name=+J%C3%B6+%26+Co+&empty=&flag", FORM).unwrap();
        assert_eq!((form.text("name"), form.text("empty"), form.text("none")), ("Jö & Co", "", ""));
        assert_eq!(form.filled().collect::<Vec<_>>(), [("name", "Jö & Co")]);
    }

    #[test]
    fn another_type_and_broken_text_are_refused() {
        read("{}", "text/plain").unwrap_err();
        read("name=%ff", FORM).unwrap_err();
        assert_eq!(read("", "text/plain").unwrap(), Form::default());
    }
}
