//! Operations: parameters, bodies and answers by reference are written out, and those of a path at each operation.

use serde_json::Value;

use crate::regen::index::METHODS;
use crate::regen::names;
use crate::regen::pointer::unescape;

/// Writes out what operations refer to, and leaves the paths nothing but operations.
pub(super) fn write_out(document: &mut Value) {
    let components = document.get("components").cloned().unwrap_or_default();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths.into_iter().flat_map(|paths| paths.values_mut()) {
        let shared = item.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
        let shared: Vec<Value> = shared.iter().map(|it| resolved(it, &components)).collect();
        let Some(item) = item.as_object_mut() else { continue };
        item.retain(|key, _| METHODS.contains(&key.as_str()));
        for operation in item.values_mut() {
            parameters(operation, &shared, &components);
            if let Some(id) = operation.get_mut("operationId") {
                *id = names::snake(id.as_str().unwrap_or_default()).into();
            }
            if let Some(body) = operation.get_mut("requestBody") {
                *body = resolved(body, &components);
            }
            let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
            for response in responses.into_iter().flat_map(|responses| responses.values_mut()) {
                *response = resolved(response, &components);
            }
        }
    }
}

/// Puts the parameters of the path before the operation's own, unless it has one in the same place.
fn parameters(operation: &mut Value, shared: &[Value], components: &Value) {
    let own = operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
    let own: Vec<Value> = own.iter().map(|it| resolved(it, components)).collect();
    let place = |it: &Value| (it.get("in").cloned(), it.get("name").cloned());
    let kept = shared.iter().filter(|shared| !own.iter().any(|own| place(own) == place(shared)));
    let all: Vec<Value> = kept.cloned().chain(own.iter().cloned()).collect();
    if let Some(operation) = operation.as_object_mut().filter(|_| !all.is_empty()) {
        operation.insert("parameters".to_owned(), all.into());
    }
}

/// Follows references of components. `check` refuses those that lead nowhere or in a circle.
fn resolved(value: &Value, components: &Value) -> Value {
    let mut value = value;
    while let Some(found) = value
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(crate::regen::index::split_reference)
        .and_then(|(section, name)| components.get(section)?.get(unescape(name)))
    {
        value = found;
    }
    value.clone()
}

/// The schemas of all parameters.
pub(super) fn parameter_schemas_mut(document: &mut Value) -> Vec<&mut Value> {
    let mut found = Vec::new();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let items = paths.into_iter().flat_map(|paths| paths.values_mut()).filter_map(Value::as_object_mut);
    for operation in items.flat_map(|item| item.values_mut()) {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        found.extend(parameters.into_iter().flatten().filter_map(|it| it.get_mut("schema")));
    }
    found
}
