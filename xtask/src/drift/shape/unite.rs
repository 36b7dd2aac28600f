//! Several schemas as one: all of them (`allOf`), or any of them (`oneOf`, `anyOf`).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Shape;

/// Adds what another schema says as well.
pub(in crate::drift) fn and(shape: &mut Shape, other: Shape) {
    if other.circle && shape.says_nothing() {
        shape.circle = true;
    }
    shape.kinds = match (shape.kinds.is_empty(), other.kinds.is_empty()) {
        (true, _) => other.kinds,
        (_, true) => std::mem::take(&mut shape.kinds),
        _ => both_kinds(&shape.kinds, &other.kinds),
    };
    shape.nullable |= other.nullable;
    for (key, value) in other.facts {
        match shape.facts.get_mut(&key) {
            None => drop(shape.facts.insert(key, value)),
            Some(own) if *own == value => {}
            Some(own) => *own = both_facts(&key, own, &value),
        }
    }
    shape.rules.extend(other.rules);
    shape.required.extend(other.required);
    for (name, field) in other.fields {
        match shape.fields.get_mut(&name) {
            Some(own) => and(own, field),
            None => drop(shape.fields.insert(name, field)),
        }
    }
    for (own, inner) in [(&mut shape.items, other.items), (&mut shape.others, other.others)] {
        match (own.as_mut(), inner) {
            (Some(own), Some(inner)) => and(own, *inner),
            (None, Some(inner)) => *own = Some(inner),
            _ => {}
        }
    }
    shape.variants.extend(other.variants);
}

/// The types that both lists allow.
fn both_kinds(one: &BTreeSet<String>, other: &BTreeSet<String>) -> BTreeSet<String> {
    let is_in = |kind: &str, list: &BTreeSet<String>| {
        list.contains(kind) || (kind == "integer" && list.contains("number"))
    };
    let kinds: BTreeSet<String> =
        one.union(other).filter(|kind| is_in(kind, one) && is_in(kind, other)).cloned().collect();
    // Types that contradict each other are both told.
    if kinds.is_empty() { one.union(other).cloned().collect() } else { kinds }
}

/// Two facts of one key, of which both hold.
fn both_facts(key: &str, own: &Value, other: &Value) -> Value {
    match (own, other) {
        (Value::Array(own), Value::Array(other)) if key == "enum" => {
            own.iter().filter(|it| other.contains(it)).cloned().collect()
        }
        _ => either(own, other),
    }
}

/// Both values, in one order.
fn either(own: &Value, other: &Value) -> Value {
    let mut all: Vec<Value> = match own {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    if !all.contains(other) {
        all.push(other.clone());
    }
    all.sort_by_key(Value::to_string);
    all.into()
}

/// Unites schemas of which any may hold.
pub(in crate::drift) fn or(shapes: Vec<Shape>) -> Option<Shape> {
    let mut shapes = shapes.into_iter();
    let mut all = shapes.next()?;
    for shape in shapes {
        unite(&mut all, shape);
    }
    Some(all)
}

fn unite(all: &mut Shape, other: Shape) {
    if all.kinds.is_empty() != other.kinds.is_empty() {
        // A schema of any type among others.
        all.facts.insert("variant of any type".to_owned(), true.into());
    }
    all.kinds.extend(other.kinds);
    all.nullable |= other.nullable;
    for (key, value) in other.facts {
        match all.facts.get_mut(&key) {
            None => drop(all.facts.insert(key, value)),
            Some(own) if *own == value => {}
            Some(Value::Array(own)) if key == "enum" => {
                own.extend(value.as_array().into_iter().flatten().cloned());
                own.sort_by_key(Value::to_string);
                own.dedup();
            }
            Some(own) => *own = either(own, &value),
        }
    }
    all.rules.extend(other.rules);
    all.required = all.required.intersection(&other.required).cloned().collect();
    for (name, field) in other.fields {
        match all.fields.get_mut(&name) {
            Some(own) => unite(own, field),
            None => drop(all.fields.insert(name, field)),
        }
    }
    for (own, inner) in [(&mut all.items, other.items), (&mut all.others, other.others)] {
        match (own.as_mut(), inner) {
            (Some(own), Some(inner)) => unite(own, *inner),
            (None, Some(inner)) => *own = Some(inner),
            _ => {}
        }
    }
    all.variants.extend(other.variants);
}

/// Removes the duty of fields that only a condition brings.
pub(super) fn without_required(mut shape: Shape) -> Shape {
    shape.required.clear();
    shape
}

/// Adds the variants of a union: one object at most becomes part of the schema, several stay apart.
pub(super) fn variants(shape: &mut Shape, plain: Vec<Shape>) {
    let is_object =
        |it: &Shape| it.kinds.contains("object") || !it.fields.is_empty() || !it.variants.is_empty();
    let (nulls, plain): (Vec<_>, Vec<_>) = plain.into_iter().partition(|it| it.nullable && it.says_nothing());
    shape.nullable |= !nulls.is_empty();
    let (mut objects, scalars): (Vec<_>, Vec<_>) = plain.into_iter().partition(is_object);
    if scalars.is_empty() && objects.len() == 1 {
        if let Some(only) = objects.pop() {
            shape.target.clone_from(&only.target);
            and(shape, only);
        }
        return;
    }
    let is_several = objects.len() > 1;
    let mut united = or(scalars).unwrap_or_default();
    if is_several {
        united.kinds.insert("object".to_owned());
        united.nullable |= objects.iter().any(|it| it.nullable);
        united.variants.extend(objects);
    } else if let Some(object) = objects.pop() {
        let required = object.required.clone();
        unite(&mut united, object);
        united.required.extend(required);
    }
    // A union beside `type` narrows it; the types of the variants are the types.
    and(shape, united);
}

/// Adds a list of values; null is not a value.
pub(super) fn set_values(shape: &mut Shape, values: &[Value]) {
    let mut own: Vec<Value> = values.iter().filter(|it| !it.is_null()).cloned().collect();
    shape.nullable |= own.len() < values.len();
    own.sort_by_key(Value::to_string);
    own.dedup();
    shape.facts.insert("enum".to_owned(), own.into());
}

/// Adds a fact that has no form of its own; what is the default anyhow says nothing.
pub(super) fn set_fact(shape: &mut Shape, key: &str, value: &Value) {
    let is_bound = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].contains(&key);
    let is_default = match key {
        "deprecated" | "readOnly" | "writeOnly" | "uniqueItems" | "nullable" => value == &Value::Bool(false),
        "minLength" | "minItems" | "minProperties" => value == &Value::from(0),
        "default" => value.is_null(),
        "properties" => value.as_object().is_some_and(Map::is_empty),
        _ => false,
    };
    if is_bound || is_default {
        return;
    }
    let value = match value {
        Value::String(format) if key == "format" => format.to_ascii_lowercase().into(),
        other => crate::regen::fingerprint::without_prose(other),
    };
    shape.facts.insert(key.to_owned(), value);
}

/// Adds the bounds, which the versions of OpenAPI write in two ways; for integers an exclusive bound is the next number.
pub(super) fn bounds(shape: &mut Shape, fields: &Map<String, Value>) {
    let is_integer = shape.kinds.iter().all(|kind| kind == "integer") && !shape.kinds.is_empty();
    for (key, exclusive, sign, step) in
        [("minimum", "exclusiveMinimum", ">", 1), ("maximum", "exclusiveMaximum", "<", -1)]
    {
        let bound = fields.get(key);
        let (bound, is_exclusive) = match fields.get(exclusive) {
            Some(Value::Bool(is_exclusive)) => (bound, *is_exclusive),
            Some(limit) if bound.is_none() => (Some(limit), true),
            Some(limit) => {
                unite_bound(shape, exclusive, limit.clone());
                (bound, false)
            }
            None => (bound, false),
        };
        let Some(bound) = bound else { continue };
        let next = bound.as_i64().filter(|_| is_integer).and_then(|bound| bound.checked_add(step));
        let value = match (is_exclusive, next) {
            (false, _) => bound.clone(),
            (true, Some(next)) => next.into(),
            (true, None) => format!("{sign} {bound}").into(),
        };
        unite_bound(shape, key, value);
    }
}

fn unite_bound(shape: &mut Shape, key: &str, value: Value) {
    shape.facts.insert(key.to_owned(), value);
}

/// Writes what is said twice once, and tells the type from what only one type has.
pub(super) fn infer(shape: &mut Shape) {
    if shape.kinds.contains("number") {
        shape.kinds.remove("integer");
    }
    let only = shape.facts.get("enum").and_then(Value::as_array).filter(|values| values.len() == 1);
    if only.is_some_and(|values| values.first() == shape.facts.get("default")) {
        // The only value is the default of itself.
        shape.facts.remove("default");
    }
    if !shape.kinds.is_empty() {
        return;
    }
    if !shape.fields.is_empty() || shape.others.is_some() {
        shape.kinds.insert("object".to_owned());
    }
    if shape.items.is_some() {
        shape.kinds.insert("array".to_owned());
    }
    for value in shape.facts.get("enum").and_then(Value::as_array).into_iter().flatten() {
        let kind = match value {
            Value::String(_) => "string",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::Array(_) => "array",
            _ => "object",
        };
        shape.kinds.insert(kind.to_owned());
    }
}
