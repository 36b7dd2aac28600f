//! Compares the model with the document: what typify lost, or reads otherwise, is an error with its place.

use std::collections::BTreeMap;

use serde_json::Value;
use syn::Type;

use super::kinds;
use super::model::{Call, Field, Model, Presence, Struct, Union};
use crate::problem::Problems;
use crate::regen::lower::{self, Lowered};
use crate::regen::scalars;

/// What to do about something that typify makes otherwise.
const FIX: &str = "write it in another way, or teach `regen::lower` to simplify it";

/// Finds what is missing in the model, and takes the types of fields and arguments from the document.
pub(super) fn verify(model: &mut Model, lowered: &Lowered) -> Result<(), Problems> {
    let mut problems = Problems::none();
    let schemas = lowered.document.pointer("/components/schemas").and_then(Value::as_object);
    for (name, schema) in schemas.into_iter().flatten() {
        if scalars::is_scalar(name) || lowered.enums.contains_key(name) {
            continue;
        }
        let place = lowered.place(name);
        if let Some(variants) = schema.get("oneOf").and_then(Value::as_array) {
            match model.unions.iter_mut().find(|it| it.name == name.as_str()) {
                Some(made) => union(made, variants, &place, &mut problems),
                None => problems.add(place, format!("typify made no union of `{name}`"), FIX),
            }
        } else {
            match model.structs.iter_mut().find(|it| it.name == name.as_str()) {
                Some(made) => {
                    structure(made, schema, &place, &mut problems);
                    clearing(made, lowered, &place, &mut problems);
                }
                None => problems.add(place, format!("typify made no struct of `{name}`"), FIX),
            }
        }
    }
    model.structs.retain(|it| schemas.is_some_and(|all| all.contains_key(&it.name.to_string())));
    model.unions.retain(|it| schemas.is_some_and(|all| all.contains_key(&it.name.to_string())));
    calls(model, lowered, &mut problems);
    problems.or(())
}

/// Compares the fields of a struct with the properties of its schema, and puts them into the document's order.
fn structure(made: &mut Struct, schema: &Value, place: &str, problems: &mut Problems) {
    let mut found: BTreeMap<String, Field> =
        made.fields.drain(..).map(|field| (field.wire.clone(), field)).collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    for (wire, property) in properties.into_iter().flatten() {
        let at = format!("{place}/properties/{}", crate::regen::pointer::escape(wire));
        match found.remove(wire) {
            Some(field) => made.fields.extend(typed(field, property, &at, problems)),
            None => problems.add(at, format!("typify made no field of the property `{wire}`"), FIX),
        }
    }
    let rest = schema.get("additionalProperties").filter(|it| it.is_object());
    for (_, field) in found {
        match rest.filter(|_| field.presence == Presence::Flat) {
            Some(_) => {
                let kind = kinds::of(&serde_json::json!({ "type": "object", "additionalProperties": rest }));
                made.fields.push(Field { kind, ..field });
            }
            None => {
                problems.add(place, format!("typify made the field `{}` of no property", field.name), FIX)
            }
        }
    }
    if rest.is_some() && properties.is_some() && !made.fields.iter().any(|it| it.presence == Presence::Flat) {
        problems.add(place, "typify lost the additional properties", FIX);
    }
}

/// Refuses a mark that says that null clears a field which no request can leave out.
fn clearing(made: &Struct, lowered: &Lowered, place: &str, problems: &mut Problems) {
    for field in made.fields.iter().filter(|field| field.presence != Presence::Clearable) {
        let facts = lowered.fields.get(&(made.name.to_string(), field.wire.clone()));
        if facts.is_some_and(|facts| facts.null_clears) {
            problems.add(
                format!("{place}/properties/{}/x-null-clears", crate::regen::pointer::escape(&field.wire)),
                "`x-null-clears` here would have no effect: it is for optional fields of requests",
                "remove it, or take the field out of `required`",
            );
        }
    }
}

/// The field with the type that the document gives it.
fn typed(field: Field, schema: &Value, place: &str, problems: &mut Problems) -> Option<Field> {
    let kind = kinds::of(schema);
    if !kinds::agree(&field.kind, &kind) {
        problems.add(place, differs(&field.kind, &kind), FIX);
        return None;
    }
    Some(Field { kind: kinds::boxed(&field.kind, &kind), ..field })
}

fn differs(typify: &Type, document: &Type) -> String {
    format!("typify reads it as `{}`, and it is `{}`", kinds::shown(typify), kinds::shown(document))
}

/// Compares the variants of a union with the parts of its schema.
fn union(made: &mut Union, variants: &[Value], place: &str, problems: &mut Problems) {
    if made.variants.len() != variants.len() {
        let what = format!("typify made {} of the {} parts", made.variants.len(), variants.len());
        problems.add(place, what, "keep parts that differ, each once");
        return;
    }
    let mut seen: Vec<Type> = Vec::new();
    for (index, ((_, kind), schema)) in made.variants.iter_mut().zip(variants).enumerate() {
        let wanted = kinds::of(schema);
        if seen.contains(&wanted) {
            problems.add(
                format!("{place}/oneOf/{index}"),
                format!("two parts of the union are both `{}`", kinds::shown(&wanted)),
                "keep one of them",
            );
        }
        seen.push(wanted.clone());
        if kinds::agree(kind, &wanted) {
            *kind = kinds::boxed(kind, &wanted);
        } else {
            problems.add(format!("{place}/oneOf/{index}"), differs(kind, &wanted), FIX);
        }
    }
}

/// Compares the arguments and answers of calls with the operations.
fn calls(model: &mut Model, lowered: &Lowered, problems: &mut Problems) {
    let mut operations = BTreeMap::new();
    let paths = lowered.document.get("paths").and_then(Value::as_object);
    for item in paths.into_iter().flat_map(|paths| paths.values()).filter_map(Value::as_object) {
        for operation in item.values() {
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
            operations.insert(id, operation);
        }
    }
    for (id, facts) in lowered.operations.iter().filter(|(_, facts)| !facts.hand_written) {
        let place =
            format!("/paths/{}/{}", crate::regen::pointer::escape(&facts.path), facts.method.to_lowercase());
        let call = model.calls.iter_mut().find(|call| call.id == *id);
        match (call, operations.get(id.as_str())) {
            (Some(made), Some(operation)) => arguments(made, operation, facts, &place, problems),
            _ => problems.add(
                place,
                format!("progenitor made no call for `{id}`"),
                "give the operation a snake-case id that is not a keyword, and that no other operation has",
            ),
        }
    }
}

fn arguments(
    call: &mut Call,
    operation: &Value,
    facts: &lower::OperationFacts,
    place: &str,
    problems: &mut Problems,
) {
    let parameters: Vec<&Value> =
        operation.get("parameters").and_then(Value::as_array).into_iter().flatten().collect();
    let mut wanted: Vec<(String, Option<&Value>)> = Vec::new();
    for wire in facts.wires() {
        let name = crate::regen::names::snake(wire);
        let parameter = parameters.iter().find(|it| it.get("name").and_then(Value::as_str) == Some(&name));
        wanted.push((wire.to_owned(), parameter.and_then(|it| it.get("schema"))));
    }
    if operation.get("requestBody").is_some() {
        wanted.push(("body".to_owned(), content(operation.get("requestBody"))));
    }
    for argument in std::mem::take(&mut call.arguments) {
        let Some(at) = wanted.iter().position(|(wire, _)| *wire == argument.wire) else {
            problems.add(place, format!("progenitor made the argument `{}` of nothing", argument.name), FIX);
            continue;
        };
        if let (_, Some(schema)) = wanted.remove(at) {
            call.arguments.extend(typed(argument, schema, place, problems));
        }
    }
    for (wire, _) in wanted {
        problems.add(place, format!("progenitor made no argument of `{wire}`"), FIX);
    }
    let answer = operation.pointer("/responses/2XX").and_then(|it| content(Some(it)));
    let output = answer.map_or_else(|| syn::parse_quote!(()), kinds::of);
    if kinds::agree(&call.output, &output) {
        call.output = output;
    } else {
        problems.add(format!("{place}/responses"), differs(&call.output, &output), FIX);
    }
}

/// The schema of a body or an answer.
fn content(holder: Option<&Value>) -> Option<&Value> {
    holder?.get("content")?.as_object()?.values().next()?.get("schema")
}
