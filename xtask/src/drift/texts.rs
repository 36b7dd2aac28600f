//! Hashes of what Dots writes in sentences: idempotency, limits and defaults live in prose.
//!
//! One hash for each operation, webhook and definition. The hashes are recorded; the sentences are Dots' and are not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::api;
use super::place::Place;
use super::source::{Source, hex};
use crate::regen::index::{Index, METHODS};
use crate::regen::pointer::Pointer;

/// Keys of prose.
const PROSE: [&str; 5] = ["description", "summary", "title", "example", "examples"];

/// Keys below which names stand, which may be spelt like prose.
const NAMED: [&str; 3] = ["properties", "patternProperties", "schemas"];

/// The texts of one operation or definition.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    /// The hash.
    pub(super) sha256: String,
    /// Where it stands.
    pub(super) place: Place,
    /// The definitions that it refers to.
    pub(super) refers: BTreeSet<String>,
}

/// Hashes the texts of a document by operation and by definition; the definitions get a prefix.
pub(super) fn of(source: &Source, prefix: &str) -> BTreeMap<String, Texts> {
    let index = Index::new(&source.value);
    let mut all = BTreeMap::new();
    for operation in &index.operations {
        // The texts as they were written: the translation drops those beside references.
        let raw = raw(source, &operation.pointer).unwrap_or(operation.value);
        let mut found = Collected { prefix, ..Collected::default() };
        found.collect(raw);
        for (key, shared) in operation.item.as_object().into_iter().flatten() {
            if !METHODS.contains(&key.as_str()) {
                found.keyed(key, shared);
            }
        }
        all.insert(api::title(operation), found.finish(source.place(&operation.pointer)));
    }
    for (section, parts) in source.raw.get("components").and_then(Value::as_object).into_iter().flatten() {
        for (name, part) in parts.as_object().into_iter().flatten() {
            let at = Pointer::root().key("components").key(section).key(name);
            let mut found = Collected { prefix, ..Collected::default() };
            found.collect(part);
            all.insert(format!("{prefix}{section}/{name}"), found.finish(source.place(&at)));
        }
    }
    all
}

/// A part of the document as it was written; webhooks stand elsewhere there.
fn raw<'a>(source: &'a Source, at: &Pointer) -> Option<&'a Value> {
    let text = at.as_str();
    let event = text.strip_prefix("/paths/webhook:").map(|rest| format!("/webhooks/{rest}"));
    source.raw.pointer(event.as_deref().unwrap_or(text))
}

/// The operations that refer to a definition, directly or through others.
pub(super) fn behind(texts: &BTreeMap<String, Texts>, definition: &str) -> BTreeSet<String> {
    let mut reached = BTreeSet::from([definition.to_owned()]);
    loop {
        let more: Vec<String> = texts
            .iter()
            .filter(|(name, it)| !reached.contains(*name) && !it.refers.is_disjoint(&reached))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            break;
        }
        reached.extend(more);
    }
    reached.into_iter().filter(|name| name.contains(' ')).collect()
}

#[derive(Default)]
struct Collected<'a> {
    prefix: &'a str,
    texts: Vec<String>,
    refers: BTreeSet<String>,
}

impl Collected<'_> {
    fn collect(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(key, value)| self.keyed(key, value)),
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            _ => {}
        }
    }

    fn keyed(&mut self, key: &str, value: &Value) {
        match value {
            Value::Object(names) if NAMED.contains(&key) => names.values().for_each(|it| self.collect(it)),
            Value::String(reference) if key == "$ref" => {
                let name = reference.strip_prefix("#/components/");
                self.refers.extend(name.map(|name| format!("{}{name}", self.prefix)));
            }
            value if PROSE.contains(&key) => {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let words: Vec<&str> = text.split_whitespace().collect();
                if !words.is_empty() {
                    self.texts.push(format!("{key}: {}", words.join(" ")));
                }
            }
            value => self.collect(value),
        }
    }

    /// The order in which texts stand, and how their lines are broken, says nothing.
    fn finish(mut self, place: Place) -> Texts {
        self.texts.sort();
        Texts { sha256: hex(self.texts.join("\n").as_bytes()), place, refers: self.refers }
    }
}
