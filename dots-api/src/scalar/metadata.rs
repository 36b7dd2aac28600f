//! The caller's own metadata on an object of Dots.

use std::fmt::{self, Debug, Display};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::schema::named_schema;

/// Your own data on an object of Dots: a text, or a JSON object.
///
/// Dots stores and returns it without interpreting it. Do not put secrets into it. An answer may hold any other JSON
/// here, which is read without an error and written back unchanged.
///
/// `Debug` prints only the kind and the keys, since the values may be personal data. `Display` prints everything.
///
/// # Examples
/// ```
/// use dots_api::Metadata;
///
/// let metadata = Metadata::from_iter([("order", "A-1002"), ("run", "2024-07")]);
/// assert_eq!(metadata.get("order"), Some(&"A-1002".into()));
/// assert_eq!(format!("{metadata:?}"), r#"Metadata({"order", "run"})"#);
/// assert_eq!(Metadata::text("order A-1002").as_text(), Some("order A-1002"));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Metadata(Value);

impl Metadata {
    /// Creates metadata from a plain text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self(Value::String(text.into()))
    }

    /// Creates metadata from a JSON object; [`from_iter`](FromIterator::from_iter) creates it from keys and values.
    #[must_use]
    pub const fn object(object: Map<String, Value>) -> Self {
        Self(Value::Object(object))
    }

    /// Returns the value of `key`, if this is an object that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Returns the text, if this is a text.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        self.0.as_str()
    }

    /// Returns the object, if this is an object.
    #[must_use]
    pub const fn as_object(&self) -> Option<&Map<String, Value>> {
        match &self.0 {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// Returns the metadata as JSON.
    #[must_use]
    pub const fn as_value(&self) -> &Value {
        &self.0
    }

    /// Converts the metadata into JSON.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.0
    }
}

impl Display for Metadata {
    /// Writes a text unchanged, and anything else as JSON on one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::String(text) => f.write_str(text),
            value => Display::fmt(value, f),
        }
    }
}

impl Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::Object(object) => f.debug_tuple("Metadata").field(&Keys(object)).finish(),
            Value::String(text) => write!(f, "Metadata(text, {} bytes)", text.len()),
            value => write!(f, "Metadata({})", kind(value)),
        }
    }
}

struct Keys<'a>(&'a Map<String, Value>);

impl Debug for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

impl FromStr for Metadata {
    type Err = MetadataError;

    /// Parses a text that starts with `{` as a JSON object, and any other as plain text.
    ///
    /// # Errors
    /// Returns an error for a text that starts with `{` and is not a JSON object; use [`Metadata::text`] for such a
    /// text.
    fn from_str(text: &str) -> Result<Self, MetadataError> {
        if !text.starts_with('{') {
            return Ok(Self::text(text));
        }
        text.parse().map(Self).map_err(|source| MetadataError(Kind::NotJson(source)))
    }
}

impl From<&str> for Metadata {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Metadata {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<Map<String, Value>> for Metadata {
    fn from(object: Map<String, Value>) -> Self {
        Self::object(object)
    }
}

impl TryFrom<Value> for Metadata {
    type Error = MetadataError;

    fn try_from(value: Value) -> Result<Self, MetadataError> {
        match value {
            Value::String(_) | Value::Object(_) => Ok(Self(value)),
            value => Err(MetadataError(Kind::WrongKind(kind(&value)))),
        }
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self::object(entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self)
    }
}

named_schema!(
    Metadata,
    schemars::json_schema!({
        "description": "The caller's own data: a text, or an object of keys and values.",
        "type": ["string", "object"]
    })
);

/// The error of a value that is not metadata; it does not repeat the value.
///
/// # Examples
/// ```
/// use dots_api::Metadata;
///
/// let error = Metadata::try_from(serde_json::json!([1, 2])).unwrap_err();
/// assert_eq!(error.to_string(), "could not use a json array as metadata: expected text or an object");
/// ```
#[derive(Debug)]
pub struct MetadataError(Kind);

#[derive(Debug)]
enum Kind {
    WrongKind(&'static str),
    NotJson(serde_json::Error),
}

impl Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::WrongKind(kind) => {
                write!(f, "could not use a json {kind} as metadata: expected text or an object")
            }
            Kind::NotJson(_) => f.write_str("could not read metadata that starts with `{` as a json object"),
        }
    }
}

impl std::error::Error for MetadataError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::NotJson(source) => Some(source),
            Kind::WrongKind(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use serde_json::{Value, json};

    use super::Metadata;

    #[test]
    fn a_text_that_opens_a_brace_is_an_object_and_any_other_is_text() {
        let object = r#"{"order":"A-1002"}"#.parse::<Metadata>().ok();
        assert_eq!(object, Some(Metadata::from_iter([("order", "A-1002")])));
        for text in ["", "order A-1002", "[1]", "null", " {}", "17"] {
            assert_eq!(text.parse().ok(), Some(Metadata::text(text)), "{text}");
        }
    }

    #[test]
    fn a_broken_object_is_refused_with_its_cause() {
        let deep = r#"{"a":"#.repeat(100_000);
        for text in ["{", "{}}", "{order: 1}", r#"{"a":1e400}"#, &deep] {
            let error = text.parse::<Metadata>().err();
            assert!(error.is_some_and(|error| error.source().is_some()), "{}", text.len());
        }
    }

    #[test]
    fn only_text_and_objects_are_taken_from_a_value() {
        for value in [json!("x"), json!({}), json!({"a": [1, null]})] {
            assert_eq!(Metadata::try_from(value.clone()).map(Metadata::into_value).ok(), Some(value));
        }
        for value in [json!(null), json!(true), json!(1), json!([])] {
            assert!(Metadata::try_from(value.clone()).is_err(), "{value}");
        }
    }

    #[test]
    fn any_json_of_an_answer_makes_the_round_trip() {
        for json in [r#""x""#, "{}", r#"{"a":{"b":[1,null,-2.5]}}"#, "[1]", "null", "true", "17"] {
            let metadata: Option<Metadata> = serde_json::from_str(json).map(Metadata::from_json).ok();
            assert_eq!(
                metadata.and_then(|metadata| serde_json::to_string(&metadata).ok()).as_deref(),
                Some(json)
            );
        }
    }

    impl Metadata {
        /// Reads as an answer does; `Option<Metadata>` would turn `null` into `None` first.
        fn from_json(value: Value) -> Self {
            serde_json::from_value(value).unwrap_or_else(|_| Self::text("unreadable"))
        }
    }

    #[test]
    fn debug_prints_the_kind_and_the_keys_and_no_value() {
        let object = Metadata::from_iter([("order", json!("secret")), ("run", json!({"name": "secret"}))]);
        assert_eq!(format!("{object:?}"), r#"Metadata({"order", "run"})"#);
        assert_eq!(format!("{:?}", Metadata::text("twelve bytes")), "Metadata(text, 12 bytes)");
        assert_eq!(format!("{:?}", Metadata::from_json(json!([1]))), "Metadata(array)");
        assert_eq!(format!("{:?}", Metadata::from_json(json!(null))), "Metadata(null)");
    }

    #[test]
    fn display_prints_what_is_there() {
        assert_eq!(Metadata::from("plain").to_string(), "plain");
        assert_eq!(Metadata::from_iter([("a", 1), ("b", 2)]).to_string(), r#"{"a":1,"b":2}"#);
    }

    #[test]
    fn each_kind_gives_itself_and_nothing_else() {
        let object = Metadata::from_iter([("a", 1)]);
        assert_eq!((object.get("a"), object.get("b")), (Some(&json!(1)), None));
        assert_eq!((object.as_text(), object.as_object().map(serde_json::Map::len)), (None, Some(1)));
        let text = Metadata::text("a");
        assert_eq!((text.as_text(), text.as_object(), text.get("a")), (Some("a"), None, None));
        assert_eq!(text.as_value(), &json!("a"));
    }
}
