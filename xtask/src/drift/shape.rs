//! What a schema says, in one form: references inlined with the keys beside them, `allOf` merged, variants united, one
//! notion of null, bounds of both versions of OpenAPI.
//!
//! Each part knows the definition that says it, so that a difference in `transfer` is told once and not eleven times.

mod told;
pub(super) mod unite;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::place::Place;
use super::rules;
use super::source::Source;
use crate::regen::index::split_reference;
use crate::regen::pointer::{Pointer, unescape};

/// Keys that are prose or say nothing of the wire.
const PROSE: &[&str] =
    &["description", "title", "summary", "example", "examples", "externalDocs", "$comment", "xml"];

/// How many schemas one document may be written out to: a document that explodes must not take the memory.
const MOST: usize = 400_000;

/// How deep schemas are written out.
const DEEPEST: usize = 48;

/// What a schema says.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    /// Where it stands.
    pub(super) place: Option<Place>,
    /// The place where it is used: `Transaction.transfer`.
    pub(super) seat: String,
    /// The definition that says what it is: `Transfer`, or the seat where it is written out.
    pub(super) target: String,
    /// Whether the seat adds nothing to the definition.
    pub(super) pure: bool,
    /// Whether it is written out further up, or no longer written out.
    pub(super) circle: bool,
    /// The JSON types; empty for any.
    pub(super) kinds: BTreeSet<String>,
    /// Whether it may be null.
    pub(super) nullable: bool,
    /// Other facts by key: format, enum, bounds, default.
    pub(super) facts: BTreeMap<String, Value>,
    /// Rules between fields.
    pub(super) rules: BTreeSet<String>,
    /// The fields of an object.
    pub(super) fields: BTreeMap<String, Shape>,
    /// The names of the fields that are required.
    pub(super) required: BTreeSet<String>,
    /// The items of a list.
    pub(super) items: Option<Box<Shape>>,
    /// The values of a map.
    pub(super) others: Option<Box<Shape>>,
    /// The kinds of objects of a union, if there are several.
    pub(super) variants: Vec<Shape>,
}

/// Reads the schemas of a document.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    source: &'a Source,
    left: Cell<usize>,
}

/// The way to a schema: where it stands, where it is used, and the definitions around it.
#[derive(Clone)]
struct Way {
    at: Pointer,
    seat: String,
    stack: Vec<String>,
    depth: usize,
}

impl Way {
    fn inner(&self, key: &str, seat: String) -> Self {
        Self { at: self.at.key(key), seat, stack: self.stack.clone(), depth: self.depth + 1 }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source, left: Cell::new(MOST) }
    }

    /// Tells whether all was written out.
    pub(super) fn is_whole(&self) -> bool {
        self.left.get() > 0
    }

    /// Reads the schema at a place; `seat` names the place where it is used.
    pub(super) fn read(&self, value: &Value, at: &Pointer, seat: &str) -> Shape {
        let way = Way { at: at.clone(), seat: seat.to_owned(), stack: Vec::new(), depth: 0 };
        self.schema(value, &way)
    }

    fn schema(&self, value: &Value, way: &Way) -> Shape {
        let mut shape = Shape {
            place: Some(self.source.place(&way.at)),
            seat: way.seat.clone(),
            target: way.seat.clone(),
            ..Shape::default()
        };
        self.left.set(self.left.get().saturating_sub(1));
        if way.depth > DEEPEST || !self.is_whole() {
            shape.circle = true;
            return shape;
        }
        let Some(fields) = value.as_object() else {
            if value != &Value::Bool(true) {
                shape.facts.insert("schema".to_owned(), value.clone());
            }
            return shape;
        };
        if let Some(only) = sole_reference(fields) {
            let mut shape = self.reference(only, way);
            shape.pure = true;
            return shape;
        }
        self.keywords(&mut shape, fields, way);
        unite::infer(&mut shape);
        shape
    }

    /// Reads the definition that a reference leads to.
    fn reference(&self, reference: &str, way: &Way) -> Shape {
        let found = split_reference(reference).and_then(|(section, name)| {
            let name = unescape(name);
            let at = Pointer::root().key("components").key(section).key(&name);
            Some((self.source.value.get("components")?.get(section)?.get(&name)?, at, name))
        });
        let Some((value, at, name)) = found else {
            let facts = BTreeMap::from([("$ref".to_owned(), Value::from(reference))]);
            let place = Some(self.source.place(&way.at));
            return Shape {
                place,
                seat: way.seat.clone(),
                target: way.seat.clone(),
                facts,
                ..Shape::default()
            };
        };
        if way.stack.contains(&name) {
            let seat = way.seat.clone();
            return Shape { seat, target: name, circle: true, ..Shape::default() };
        }
        let mut stack = way.stack.clone();
        stack.push(name.clone());
        let mut shape = self.schema(value, &Way { at, seat: name, stack, depth: way.depth + 1 });
        shape.seat.clone_from(&way.seat);
        shape
    }

    fn keywords(&self, shape: &mut Shape, fields: &Map<String, Value>, way: &Way) {
        let mut parts = Vec::new();
        for (key, value) in fields.iter().filter(|(key, _)| !is_prose(key)) {
            match (key.as_str(), value) {
                ("$ref", Value::String(reference)) => {
                    parts.push(self.reference(reference, way));
                }
                ("type", Value::String(kind)) => add_kind(shape, kind),
                ("type", Value::Array(kinds)) => {
                    kinds.iter().filter_map(Value::as_str).for_each(|kind| add_kind(shape, kind));
                }
                ("nullable", Value::Bool(nullable)) => shape.nullable |= nullable,
                ("enum", Value::Array(values)) => unite::set_values(shape, values),
                ("const", value) => unite::set_values(shape, std::slice::from_ref(value)),
                ("properties", Value::Object(properties)) => self.properties(shape, properties, way),
                ("required", Value::Array(names)) => {
                    shape.required.extend(names.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                ("items" | "additionalProperties", value) => self.inside(shape, key, value, way),
                ("allOf", Value::Array(all)) => {
                    let way = way.inner("allOf", way.seat.clone());
                    parts.extend(self.parts(all, &way));
                }
                ("oneOf" | "anyOf", Value::Array(any)) => self.union(shape, key, any, way),
                ("if" | "then" | "else", _) => {}
                ("not", value) => drop(shape.rules.insert(format!("not: {}", rules::condition(value)))),
                (key, value) => unite::set_fact(shape, key, value),
            }
        }
        self.conditional(shape, fields, way);
        unite::bounds(shape, fields);
        let is_wrapper = parts.len() == 1;
        for part in parts {
            if is_wrapper {
                shape.target.clone_from(&part.target);
            }
            unite::and(shape, part);
        }
    }

    /// Reads the items of a list, or what stands under other names in an object.
    fn inside(&self, shape: &mut Shape, key: &str, value: &Value, way: &Way) {
        match (key, value) {
            ("items", value) => {
                let way = way.inner(key, format!("{}[]", way.seat));
                shape.items = Some(Box::new(self.schema(value, &way)));
            }
            (_, Value::Bool(true)) => {}
            (_, Value::Bool(false)) => drop(shape.facts.insert("closed".to_owned(), true.into())),
            (_, value) => {
                let way = way.inner(key, format!("{}{{}}", way.seat));
                let others = self.schema(value, &way);
                shape.others = (!others.says_nothing()).then(|| Box::new(others));
            }
        }
    }

    fn properties(&self, shape: &mut Shape, properties: &Map<String, Value>, way: &Way) {
        let at = way.at.key("properties");
        for (name, value) in properties {
            let seat = format!("{}.{name}", way.seat);
            let way = Way { at: at.key(name), seat, stack: way.stack.clone(), depth: way.depth + 1 };
            shape.fields.insert(name.clone(), self.schema(value, &way));
        }
    }

    fn parts(&self, parts: &[Value], way: &Way) -> Vec<Shape> {
        let part = |(index, value): (usize, &Value)| {
            self.schema(value, &Way { at: way.at.index(index), ..way.clone() })
        };
        parts.iter().enumerate().map(part).collect()
    }

    /// Unites the variants of a union; those that only require something are rules.
    fn union(&self, shape: &mut Shape, key: &str, any: &[Value], way: &Way) {
        let way = way.inner(key, way.seat.clone());
        let is_rule = |it: &&Value| {
            it.as_object()
                .is_some_and(|it| it.keys().all(|key| key == "required" || is_prose(key)) && !it.is_empty())
        };
        if any.iter().any(|it| is_rule(&it)) {
            let rules: Vec<String> = any.iter().map(rules::condition).collect();
            shape.rules.insert(format!(
                "{}: {}",
                if key == "oneOf" { "one of" } else { "any of" },
                rules.join("; ")
            ));
        }
        let mut conditional = Vec::new();
        let mut plain = Vec::new();
        for (index, part) in any.iter().enumerate().filter(|(_, it)| !is_rule(it)) {
            let way = Way { at: way.at.index(index), ..way.clone() };
            match part.as_object().filter(|it| it.contains_key("if")) {
                Some(fields) => {
                    let mut branch =
                        Shape { seat: way.seat.clone(), target: way.seat.clone(), ..Shape::default() };
                    self.keywords(&mut branch, fields, &way);
                    conditional.push(branch);
                }
                None => plain.push(self.schema(part, &way)),
            }
        }
        if let Some(branches) = unite::or(conditional) {
            unite::and(shape, unite::without_required(branches));
        }
        unite::variants(shape, plain);
    }

    /// Takes the fields that a condition brings, none of them required, and the condition as a rule.
    fn conditional(&self, shape: &mut Shape, fields: &Map<String, Value>, way: &Way) {
        let Some(condition) = fields.get("if") else { return };
        let mut rule = format!("if {}", rules::condition(condition));
        let mut branches = Vec::new();
        for (key, word) in [("then", "then"), ("else", "else")] {
            let Some(branch) = fields.get(key) else { continue };
            rule = format!("{rule} {word} {}", rules::condition(branch));
            branches.push(self.schema(branch, &way.inner(key, way.seat.clone())));
        }
        shape.rules.insert(rule);
        if let Some(branches) = unite::or(branches) {
            let mut branches = unite::without_required(branches);
            // What a branch says of several fields together is in the rule.
            branches.rules.clear();
            unite::and(shape, branches);
        }
    }
}

impl Shape {
    /// Tells whether any value is right.
    pub(super) fn says_nothing(&self) -> bool {
        self.kinds.is_empty()
            && self.facts.is_empty()
            && self.fields.is_empty()
            && self.items.is_none()
            && self.others.is_none()
            && self.variants.is_empty()
            && self.rules.is_empty()
            && self.required.is_empty()
            && !self.circle
    }
}

/// The reference of a schema that says nothing else.
fn sole_reference(fields: &Map<String, Value>) -> Option<&str> {
    let mut solid = fields.iter().filter(|(key, _)| !is_prose(key));
    let (key, value) = solid.next()?;
    if solid.next().is_some() {
        return None;
    }
    match (key.as_str(), value) {
        ("$ref", Value::String(reference)) => Some(reference),
        ("allOf", Value::Array(parts)) => match parts.as_slice() {
            [Value::Object(only)] => sole_reference(only),
            _ => None,
        },
        _ => None,
    }
}

/// Tells whether a key says nothing of the wire.
fn is_prose(key: &str) -> bool {
    PROSE.contains(&key) || key.starts_with("x-")
}

fn add_kind(shape: &mut Shape, kind: &str) {
    if kind == "null" {
        shape.nullable = true;
    } else {
        shape.kinds.insert(kind.to_owned());
    }
}
