//! Schemas that are no type of their own are written out where they are referred to, and null is said at each place.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Schemas, annotations, contents_mut, parts_mut, reference, target, wrapped_target};
use crate::problem::Problems;

/// Writes out aliases in schemas, bodies, answers and parameters.
pub(super) fn write_out(document: &mut Value, schemas: &mut Schemas, problems: &mut Problems) {
    let nullable = take_nullable(schemas);
    let aliases: Map<String, Value> = schemas
        .named
        .iter()
        .filter(|(_, schema)| is_alias(schema))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let pass = Pass { aliases: &aliases, nullable: &nullable };
    for name in aliases.keys() {
        if pass.is_circle(name) {
            problems.add(
                schemas.places.get(name).cloned().unwrap_or_default(),
                format!("`{name}` is a list or map of itself, for which Rust has no type"),
                "put an object between: a property of it may refer back",
            );
        }
    }
    if !problems.is_empty() {
        return;
    }
    schemas.named.retain(|name, _| !aliases.contains_key(name));
    for schema in schemas.named.values_mut() {
        pass.within(schema);
    }
    for (_, place, schema) in contents_mut(document) {
        pass.place(schema);
        if schema.get("nullable") == Some(&Value::Bool(true)) {
            let fix = "say `nullable` of a property of it, or remove it with an overlay action";
            problems.add(place, "a body or an answer that may be null as a whole", fix);
        }
    }
    for schema in super::operations::parameter_schemas_mut(document) {
        pass.place(schema);
    }
}

/// Takes the null out of schemas, and returns the names of those that took it; a union takes what its parts take.
fn take_nullable(schemas: &mut Schemas) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    loop {
        let takes_null = |schema: &Value| {
            let parts = schema.get("oneOf").and_then(Value::as_array).into_iter().flatten();
            let is_null = |it: &Value| it.get("nullable") == Some(&Value::Bool(true));
            let mut parts = parts.chain([schema]);
            parts.any(|it| is_null(it) || wrapped_target(it).is_some_and(|name| names.contains(name)))
        };
        let found: Vec<String> = schemas
            .named
            .iter()
            .filter(|(name, schema)| !names.contains(*name) && !is_alias(schema) && takes_null(schema))
            .map(|(name, _)| name.clone())
            .collect();
        if found.is_empty() {
            break;
        }
        names.extend(found);
    }
    for name in &names {
        let Some(schema) = schemas.named.get_mut(name) else { continue };
        let variants = schema.get_mut("oneOf").and_then(Value::as_array_mut);
        for part in variants.into_iter().flatten().filter_map(Value::as_object_mut) {
            part.remove("nullable");
        }
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("nullable");
            let values = schema.get_mut("enum").and_then(Value::as_array_mut);
            values.into_iter().for_each(|values| values.retain(|value| !value.is_null()));
        }
    }
    names
}

/// Tells whether a schema is no type of its own.
fn is_alias(schema: &Value) -> bool {
    let has = |key: &str| schema.get(key).is_some();
    let is_closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    let is_type = has("properties") || has("oneOf") || has("enum") || is_closed;
    has("x-type") || (!is_type && !["x-event", "x-event-form"].iter().any(|key| has(key)))
}

struct Pass<'a> {
    aliases: &'a Map<String, Value>,
    nullable: &'a BTreeSet<String>,
}

impl Pass<'_> {
    /// Tells whether an alias consists of itself.
    fn is_circle(&self, name: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![name.to_owned()];
        while let Some(next) = open.pop() {
            let Some(schema) = self.aliases.get(&next) else { continue };
            let mut found = Vec::new();
            references(schema, &mut found);
            if found.iter().any(|it| it == name) {
                return true;
            }
            open.extend(found.into_iter().filter(|it| seen.insert(it.clone())));
        }
        false
    }

    /// Writes out what stands within a schema.
    fn within(&self, schema: &mut Value) {
        for (_, _, part) in parts_mut(schema) {
            self.place(part);
        }
    }

    /// Writes out what stands in one place.
    fn place(&self, schema: &mut Value) {
        while let Some(alias) = wrapped_target(schema).and_then(|name| self.aliases.get(name)) {
            let mut written = alias.clone();
            if let Some(fields) = written.as_object_mut() {
                fields.extend(annotations(schema));
                let marks = schema.as_object().into_iter().flatten().filter(|(key, _)| key.starts_with("x-"));
                fields.extend(marks.map(|(key, value)| (key.clone(), value.clone())));
            }
            *schema = written;
        }
        if let Some(name) = wrapped_target(schema).filter(|name| self.nullable.contains(*name)) {
            let name = name.to_owned();
            let mut place = annotations(schema);
            place.insert("nullable".to_owned(), true.into());
            let marks = schema.as_object().into_iter().flatten().filter(|(key, _)| key.starts_with("x-"));
            let marks: Map<String, Value> = marks.map(|(key, value)| (key.clone(), value.clone())).collect();
            *schema = reference(&name, &place.into());
            schema.as_object_mut().into_iter().for_each(|it| it.extend(marks.clone()));
        }
        if wrapped_target(schema).is_none() {
            self.within(schema);
        }
    }
}

/// Collects the names that a schema refers to.
fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(fields) => {
            found.extend(target(schema).map(str::to_owned));
            fields.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}
