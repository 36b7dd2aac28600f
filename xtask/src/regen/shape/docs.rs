//! Doc comments and JSON Schema attributes, from the document's descriptions and bounds.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value;

use super::model::Field;
use super::text;
use crate::citations;
use crate::regen::lower::FieldFacts;

/// Turns a description of the document into `///` lines.
pub(super) fn prose(text: &str) -> TokenStream {
    comment(&citations::linked(&linkless(text)))
}

/// Turns lines of an example into `///` lines, as they are.
pub(super) fn code(text: &str) -> TokenStream {
    let lines = if text.is_empty() { vec![""] } else { text.lines().collect() };
    let lines =
        lines.into_iter().map(|line| if line.is_empty() { String::new() } else { format!(" {line}") });
    quote!(#(#[doc = #lines])*)
}

/// Turns text of the generator, which may hold links, into `///` lines.
pub(super) fn comment(text: &str) -> TokenStream {
    let lines = text::wrapped(text).into_iter().map(|line| match line.as_str() {
        "" => line,
        line => format!(" {line}"),
    });
    quote!(#(#[doc = #lines])*)
}

/// The documentation of a setter: the first sentence of the field.
pub(super) fn setter(field: &Field, facts: Option<&FieldFacts>) -> TokenStream {
    let description = facts.map(|facts| facts.description.trim()).unwrap_or_default();
    match first_sentence(description) {
        "" => comment(&format!("Sets [`{0}`](Self::{0}).", field.name)),
        sentence => prose(sentence),
    }
}

/// The first sentence of a text: to a full stop outside of code that a space and a capital letter, or nothing, follows.
fn first_sentence(text: &str) -> &str {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let mut in_code = false;
    for (at, c) in paragraph.char_indices() {
        in_code ^= c == '`';
        let (sentence, rest) = paragraph.split_at(at + c.len_utf8());
        let goes_on = rest.strip_prefix(' ').and_then(|rest| rest.chars().next());
        let is_short = ["e.g.", "i.e."].iter().any(|short| sentence.ends_with(short));
        if c == '.' && !in_code && !is_short && goes_on.is_some_and(|next| next.is_uppercase() || next == '`')
        {
            return sentence;
        }
    }
    paragraph.trim_end()
}

/// The documentation of a field: its description, or else its name, then its bounds.
pub(super) fn field(wire: &str, facts: Option<&FieldFacts>) -> TokenStream {
    let description = facts.map(|facts| facts.description.trim()).filter(|text| !text.is_empty());
    let fallback = format!("The `{wire}`.");
    let text = description.unwrap_or(&fallback);
    let bounds = facts.map(|facts| bounds(facts, text)).unwrap_or_default();
    prose(&if bounds.is_empty() { text.to_owned() } else { format!("{text}\n\n{bounds}") })
}

/// The bounds and the default in words, unless the description says them.
fn bounds(facts: &FieldFacts, text: &str) -> String {
    let get = |key: &str| {
        facts.constraints.iter().find(|(name, _)| *name == key).map(|(_, value)| value.to_string())
    };
    let truthy = |key: &str| get(key).as_deref() == Some("true");
    let range = |low: Option<String>, high: Option<String>, what: &str| match (low, high) {
        (Some(low), Some(high)) if low == high => Some(format!("Exactly {low}{what}.")),
        (Some(low), Some(high)) => Some(format!("From {low} to {high}{what}.")),
        (Some(low), None) => Some(format!("At least {low}{what}.")),
        (None, Some(high)) => Some(format!("At most {high}{what}.")),
        (None, None) => None,
    };
    let number = if truthy("exclusiveMinimum") {
        get("minimum").map(|low| format!("More than {low}."))
    } else {
        range(get("minimum"), get("maximum"), "")
    };
    let lines = [
        number,
        range(get("minLength"), get("maxLength"), " characters"),
        range(get("minItems"), get("maxItems"), " items"),
        get("pattern").map(|pattern| format!("Matches `{}`.", pattern.trim_matches('"'))),
        get("default")
            .filter(|_| !text.contains("default"))
            .map(|value| format!("Dots takes `{value}` when it is left out.")),
        truthy("uniqueItems").then(|| "No item twice.".to_owned()),
    ];
    lines.into_iter().flatten().filter(|sentence| !says(text, sentence)).collect::<Vec<_>>().join(" ")
}

/// Tells whether a text already names every number of a sentence about bounds.
fn says(text: &str, sentence: &str) -> bool {
    let numbers = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !c.is_ascii_digit()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let wanted = numbers(sentence);
    !wanted.is_empty() && wanted.is_subset(&numbers(text))
}

/// The attributes that put the same facts into the type's JSON Schema.
pub(super) fn schema_attributes(facts: Option<&FieldFacts>) -> TokenStream {
    let pairs: Vec<TokenStream> = facts
        .map_or(&[][..], |facts| &facts.constraints)
        .iter()
        .filter_map(|(key, value)| {
            let (key, value) = modern(facts?, key, value)?;
            let value = literal(value)?;
            Some(quote!(extend(#key = #value)))
        })
        .collect();
    if pairs.is_empty() {
        return TokenStream::new();
    }
    quote!(#[cfg_attr(feature = "schemars", schemars(#(#pairs),*))])
}

/// OpenAPI 3.0 marks a bound as exclusive with a flag beside it; JSON Schema writes the bound under another name.
fn modern<'a>(
    facts: &'a FieldFacts,
    key: &'static str,
    value: &'a Value,
) -> Option<(&'static str, &'a Value)> {
    let get = |key: &str| facts.constraints.iter().find(|(name, _)| *name == key).map(|(_, value)| value);
    match key {
        "exclusiveMinimum" if *value == Value::Bool(true) => Some((key, get("minimum")?)),
        "exclusiveMaximum" if *value == Value::Bool(true) => Some((key, get("maximum")?)),
        "minimum" if get("exclusiveMinimum") == Some(&Value::Bool(true)) => None,
        "maximum" if get("exclusiveMaximum") == Some(&Value::Bool(true)) => None,
        _ => Some((key, value)),
    }
}

fn literal(value: &Value) -> Option<TokenStream> {
    match value {
        Value::Bool(value) => Some(quote!(#value)),
        Value::String(value) => Some(quote!(#value)),
        Value::Number(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

/// Escapes square and angle brackets, which rustdoc reads as links and tags.
pub(super) fn linkless(prose: &str) -> String {
    let mut text = String::with_capacity(prose.len());
    let mut in_code = false;
    for c in prose.chars() {
        match c {
            '`' => in_code = !in_code,
            '[' | ']' | '<' | '>' if !in_code => text.push('\\'),
            _ => {}
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::first_sentence;

    #[test]
    fn a_first_sentence_ends_outside_of_code_before_another_one() {
        for (text, first) in [
            ("One. Two.", "One."),
            ("One, e.g. `a. B`. Two.", "One, e.g. `a. B`."),
            ("All of v1.2 alone", "All of v1.2 alone"),
            ("One\ngoes on.\n\nTwo.", "One\ngoes on."),
            ("", ""),
        ] {
            assert_eq!(first_sentence(text), first);
        }
    }
}
