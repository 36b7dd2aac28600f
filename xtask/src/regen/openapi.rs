//! OpenAPI validation: the document deserializes as openapiv3's types, and an error names the smallest wrong part.
//!
//! openapiv3 uses untagged enums, whose errors name no place ("data did not match any variant of untagged enum
//! ReferenceOr"). So the whole document is read once. If that fails, its parts are read one by one, innermost first,
//! until one of them fails.

use openapiv3::{OpenAPI, Operation, Parameter, PathItem, ReferenceOr, RequestBody, Response, Schema};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::index::Index;
use super::pointer::Pointer;
use crate::problem::Problems;

/// Validates `document` by reading all of it.
///
/// # Errors
/// Returns a problem for each of the smallest parts that cannot be read.
pub fn validate(document: &Value) -> Result<(), Problems> {
    let Err(error) = read::<OpenAPI>(document) else { return Ok(()) };
    let mut faults = blame(document);
    if faults.is_empty() {
        faults.push((Pointer::root(), error));
    }
    let mut problems = Problems::none();
    for (pointer, message) in faults {
        problems.add(pointer, format!("not OpenAPI: {message}"), "write it as OpenAPI 3.0.3 says");
    }
    Err(problems)
}

/// Finds the smallest parts that cannot be read: a broken property also breaks its schema, its operation and the
/// document.
fn blame(document: &Value) -> Vec<(Pointer, String)> {
    let index = Index::new(document);
    let schemas = index.schemas.iter().filter_map(|it| fault::<Schema>(&it.pointer, it.value));
    let parameters = index.parameters().filter_map(|(at, value)| fault::<Parameter>(&at, value));
    let bodies = index.bodies().filter_map(|(at, value)| fault::<RequestBody>(&at, value));
    let responses = index.responses().filter_map(|(at, value)| fault::<Response>(&at, value));
    let operations = index.operations.iter().filter_map(|it| fault_plain::<Operation>(&it.pointer, it.value));
    let items = index.path_items.iter().filter_map(|(at, value)| fault_plain::<PathItem>(at, value));
    let sections = document.as_object().into_iter().flatten().filter_map(|(key, value)| section(key, value));
    let faults = schemas.chain(parameters).chain(bodies).chain(responses).chain(operations).chain(items);
    let faults: Vec<_> = faults.chain(sections).collect();
    let is_within = |inner: &Pointer, outer: &Pointer| {
        inner.as_str().strip_prefix(outer.as_str()).is_some_and(|rest| rest.starts_with('/'))
    };
    let is_smallest = |at: &Pointer| !faults.iter().any(|(other, _)| is_within(other, at));
    faults.iter().filter(|(at, _)| is_smallest(at)).cloned().collect()
}

/// Reads a part that may be a reference.
fn fault<T: DeserializeOwned>(pointer: &Pointer, value: &Value) -> Option<(Pointer, String)> {
    // Reading the plain type instead of `ReferenceOr` keeps the error message.
    if value.get("$ref").is_some() {
        return fault_plain::<ReferenceOr<T>>(pointer, value);
    }
    fault_plain::<T>(pointer, value)
}

/// Reads a part that is never a reference.
fn fault_plain<T: DeserializeOwned>(pointer: &Pointer, value: &Value) -> Option<(Pointer, String)> {
    read::<T>(value).err().map(|message| (pointer.clone(), message))
}

/// Reads one section at the top level of the document.
fn section(key: &str, value: &Value) -> Option<(Pointer, String)> {
    let pointer = Pointer::root().key(key);
    match key {
        "info" => fault_plain::<openapiv3::Info>(&pointer, value),
        "servers" => fault_plain::<Vec<openapiv3::Server>>(&pointer, value),
        "paths" => fault_plain::<openapiv3::Paths>(&pointer, value),
        "components" => fault_plain::<openapiv3::Components>(&pointer, value),
        "security" => fault_plain::<Vec<openapiv3::SecurityRequirement>>(&pointer, value),
        "tags" => fault_plain::<Vec<openapiv3::Tag>>(&pointer, value),
        _ => None,
    }
}

/// Reads a value as `T`; of an error, only the message is kept.
fn read<T: DeserializeOwned>(value: &Value) -> Result<T, String> {
    serde_json::from_value::<T>(value.clone()).map_err(|error| error.to_string())
}
