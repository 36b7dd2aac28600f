//! Runs progenitor and typify in a thread of their own: their panics become errors, with the smallest part of the
//! document that causes them.

use std::collections::{BTreeMap, BTreeSet};
use std::panic;
use std::sync::Once;
use std::thread;

use serde_json::{Map, Value, json};

use crate::problem::Problems;
use crate::regen::lower::Lowered;
use crate::regen::normal;

/// The name of the thread, by which the panic hook knows it.
const THREAD: &str = "progenitor";

/// The stack of the thread: typify recurses into the document.
const STACK: usize = 64 << 20;

/// Generates the code of a lowered document, as text.
///
/// # Errors
/// Returns the smallest part that alone makes `run` fail.
pub(super) fn generate(
    lowered: &Lowered,
    run: fn(&Value, &[&str]) -> Result<String, String>,
) -> Result<String, Problems> {
    let enums: Vec<&str> = lowered.enums.keys().map(String::as_str).collect();
    let run = |document: &Value| contained(|| run(document, &enums));
    let why = match run(&lowered.document) {
        Ok(code) => return Ok(code),
        Err(why) => why,
    };
    let (place, why) = blame(lowered, &run).unwrap_or_else(|| (String::new(), why));
    Err(Problems::one(
        place,
        format!("the generator failed here: {why}"),
        "write it in another way with an overlay action, and give `regen::check` a check that refuses it",
    ))
}

/// Runs in a thread of its own, and returns the message of a panic as an error.
fn contained(run: impl FnOnce() -> Result<String, String> + Send) -> Result<String, String> {
    silence_panics();
    thread::scope(|scope| {
        let thread = thread::Builder::new().name(THREAD.to_owned()).stack_size(STACK);
        let handle = thread.spawn_scoped(scope, run).map_err(|error| error.to_string())?;
        handle.join().unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            Err(format!("it panicked: {}", text.unwrap_or("without a message")))
        })
    })
}

/// Keeps panics of that thread from the terminal; they are reported as errors.
fn silence_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if thread::current().name() != Some(THREAD) {
                before(info);
            }
        }));
    });
}

/// Finds the smallest part that fails alone: a schema with what it refers to, or an operation.
fn blame(lowered: &Lowered, run: &impl Fn(&Value) -> Result<String, String>) -> Option<(String, String)> {
    let schemas = lowered.document.pointer("/components/schemas")?.as_object()?;
    let part = |paths: Value, names: &BTreeSet<String>| {
        let kept: Map<String, Value> =
            names.iter().filter_map(|name| Some((name.clone(), schemas.get(name)?.clone()))).collect();
        let mut document = lowered.document.clone();
        let root = document.as_object_mut()?;
        root.insert("paths".to_owned(), paths);
        root.insert("components".to_owned(), json!({ "schemas": kept }));
        run(&document).err()
    };
    let mut closures: Vec<(&String, BTreeSet<String>)> =
        schemas.iter().map(|(name, schema)| (name, closure(schemas, name, schema))).collect();
    closures.sort_by_key(|(name, names)| (names.len(), (*name).clone()));
    for (name, names) in closures {
        if let Some(why) = part(json!({}), &names) {
            return Some((lowered.place(name), why));
        }
    }
    let places: BTreeMap<&str, String> =
        lowered.operations.iter().map(|(id, facts)| (id.as_str(), facts.place())).collect();
    for (path, item) in lowered.document.get("paths")?.as_object()? {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let names = closure(schemas, "", operation);
            if let Some(why) = part(json!({ path: { method: operation } }), &names) {
                let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
                return Some((places.get(id).cloned().unwrap_or_default(), why));
            }
        }
    }
    None
}

/// The names of the schemas that a value refers to, transitively, and its own.
fn closure(schemas: &Map<String, Value>, name: &str, value: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::from([name.to_owned()]);
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        if let Some(target) = normal::target(value).filter(|target| !names.contains(*target)) {
            names.insert(target.to_owned());
            open.extend(schemas.get(target));
        }
        match value {
            Value::Object(fields) => open.extend(fields.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::{contained, generate};
    use crate::regen::lower::Lowered;
    use serde_json::{Value, json};

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        assert_eq!(contained(|| panic!("not {}", "yet")), Err("it panicked: not yet".to_owned()));
        assert_eq!(contained(|| Ok("code".to_owned())), Ok("code".to_owned()));
    }

    #[test]
    fn the_smallest_part_that_fails_is_named() {
        let document = json!({
            "paths": {},
            "components": { "schemas": {
                "A": { "properties": { "b": { "$ref": "#/components/schemas/B" } } },
                "B": { "properties": { "bad": {} } },
                "C": {},
            } },
        });
        let lowered = Lowered { document, ..Lowered::default() };
        fn run(document: &Value, _: &[&str]) -> Result<String, String> {
            assert!(!document.to_string().contains("bad"), "bad");
            Ok(String::new())
        }
        let error = generate(&lowered, run).map_err(|problems| problems.to_string());
        let expected = "/components/schemas/B: the generator failed here: it panicked: bad;";
        assert!(error.as_ref().is_err_and(|text| text.starts_with(expected)), "{error:?}");
    }
}
