//! HTML with escaping: text gets in only as text.
//!
//! Memos, names and paths come from requests. `From` is the only way in for them, and it escapes. Markup comes from
//! [`tag`] alone, with names and constants of this program.

use std::fmt::Write as _;

/// Markup. Text cannot become markup without being escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Html(String);

impl Html {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Appends markup.
    pub(super) fn push(&mut self, next: impl Into<Self>) {
        self.0.push_str(&next.into().0);
    }
}

impl From<&str> for Html {
    fn from(text: &str) -> Self {
        Self(escaped(text))
    }
}

impl From<String> for Html {
    fn from(text: String) -> Self {
        Self(escaped(&text))
    }
}

impl<T: Into<Self>> From<Option<T>> for Html {
    fn from(one: Option<T>) -> Self {
        one.map(Into::into).unwrap_or_default()
    }
}

impl<T: Into<Self>> From<Vec<T>> for Html {
    fn from(many: Vec<T>) -> Self {
        many.into_iter().collect()
    }
}

impl<T: Into<Self>> FromIterator<T> for Html {
    fn from_iter<I: IntoIterator<Item = T>>(many: I) -> Self {
        let mut all = Self::default();
        many.into_iter().for_each(|one| all.push(one));
        all
    }
}

impl From<Element> for Html {
    fn from(element: Element) -> Self {
        let Element { tag, attributes, inside } = element;
        if VOID.contains(&tag) {
            return Self(format!("<{tag}{attributes}>"));
        }
        Self(format!("<{tag}{attributes}>{}</{tag}>", inside.0))
    }
}

/// Elements without content and without an end tag.
const VOID: [&str; 4] = ["br", "input", "link", "meta"];

/// An element that is being built.
#[derive(Clone, Debug)]
pub(super) struct Element {
    tag: &'static str,
    attributes: String,
    inside: Html,
}

/// Begins an element.
pub(super) fn tag(tag: &'static str) -> Element {
    Element { tag, attributes: String::new(), inside: Html::default() }
}

impl Element {
    /// Sets an attribute.
    pub(super) fn set(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        // Writing to a string does not fail.
        let _ = write!(self.attributes, " {name}=\"{}\"", escaped(value.as_ref()));
        self
    }

    /// Sets an attribute without a value, if `is_set`.
    pub(super) fn flag(mut self, name: &'static str, is_set: bool) -> Self {
        if is_set {
            self.attributes.push(' ');
            self.attributes.push_str(name);
        }
        self
    }

    /// Sets the classes.
    pub(super) fn class(self, classes: &'static str) -> Self {
        self.set("class", classes)
    }

    /// Appends text or markup to the content.
    pub(super) fn with(mut self, next: impl Into<Html>) -> Self {
        self.inside.push(next);
        self
    }
}

/// Escapes text for content and for attributes in double quotes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // Browsers drop or replace these characters, but a request can hold them.
            '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}' => escaped.push('\u{fffd}'),
            // Characters that change the direction of text would let a memo rewrite the amount beside it.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_becomes_markup() {
        let hostile = r#"<script>alert("x")</script>&'"#;
        let html = Html::from(tag("p").set("title", hostile).with(hostile));
        assert_eq!(
            html.as_str(),
            "<p title=\"&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;\">\
             &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;</p>"
        );
    }

    #[test]
    fn markup_goes_into_markup_once_and_as_it_is() {
        let list = tag("ul").with(vec![tag("li").with("a & b"), tag("li").with(None::<&str>)]);
        assert_eq!(Html::from(list).as_str(), "<ul><li>a &amp; b</li><li></li></ul>");
        let input = tag("input").set("name", "code").flag("required", true).flag("disabled", false);
        assert_eq!(Html::from(input).as_str(), "<input name=\"code\" required>");
    }

    #[test]
    fn marks_that_hide_or_turn_text_are_shown_as_unknown() {
        assert_eq!(Html::from("a\0b\u{202e}c\nd").as_str(), "a\u{fffd}b\u{fffd}c\nd");
    }
}
