//! A schema in a few words, which name everything that it says.

use serde_json::Value;

use super::Shape;
use crate::drift::source::hex;
use crate::drift::value;

/// Longer descriptions are shortened, and a hash stands for the rest.
const LONGEST: usize = 160;

impl Shape {
    /// The schema in a few words; what is left out changes the hash at the end.
    pub(in crate::drift) fn told(&self) -> String {
        let whole = self.words();
        if whole.chars().count() <= LONGEST {
            return whole;
        }
        let begin: String = whole.chars().take(LONGEST - 40).collect();
        let begin = begin.rsplit_once(' ').map_or(begin.as_str(), |(begin, _)| begin);
        let hash: String = hex(whole.as_bytes()).chars().take(12).collect();
        format!("{begin} … (sha256 {hash})")
    }

    fn words(&self) -> String {
        if self.circle {
            return format!("({})", self.target.rsplit('.').next().unwrap_or_default());
        }
        let mut words: Vec<String> = Vec::new();
        let kinds: Vec<&str> = self.kinds.iter().map(String::as_str).collect();
        words.push(if kinds.is_empty() { "any".to_owned() } else { kinds.join("|") });
        if self.nullable {
            words.push("or null".to_owned());
        }
        for (key, fact) in &self.facts {
            words.push(match fact {
                Value::Bool(true) => key.clone(),
                fact => format!("{key}({})", value::render(fact)),
            });
        }
        words.extend(self.rules.iter().map(|rule| format!("rule({rule})")));
        if let Some(items) = &self.items {
            words.push(format!("of [{}]", items.words()));
        }
        if let Some(others) = &self.others {
            words.push(format!("with values {{{}}}", others.words()));
        }
        if !self.fields.is_empty() {
            let fields: Vec<String> =
                self.fields.iter().map(|(name, field)| self.field(name, field)).collect();
            words.push(format!("{{{}}}", fields.join(", ")));
        }
        let missing: Vec<&str> = self
            .required
            .iter()
            .filter(|name| !self.fields.contains_key(*name))
            .map(String::as_str)
            .collect();
        if !missing.is_empty() {
            words.push(format!("requires {}", missing.join(", ")));
        }
        words.extend(self.variants.iter().map(|variant| format!("| {}", variant.words())));
        words.join(" ")
    }

    fn field(&self, name: &str, field: &Self) -> String {
        let duty = if self.required.contains(name) { " required" } else { "" };
        format!("{name}:{duty} {}", field.words())
    }
}
