//! Random edits of the real document: each changes the surface of the API, is refused, or is prose.

use std::path::Path;
use std::thread;

use serde_json::{Value, json};
use xtask::regen::{self, fingerprint, merged};

/// How many edits are tried.
const EDITS: u64 = 24;

#[test]
fn each_random_edit_moves_the_surface_or_is_refused_or_is_prose() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let document: Value = serde_json::from_str(&merged::merged(root, merged::Form::Whole).unwrap()).unwrap();
    let before = facts(&regen::client_of(&document).unwrap().surface);
    let document = &document;
    let before = &before;
    let counts: Vec<[usize; 3]> = thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|half| {
                scope.spawn(move || {
                    (0..EDITS / 2).map(|nth| try_edit(document, before, nth * 2 + half)).collect()
                })
            })
            .collect();
        let results: Vec<Vec<[usize; 3]>> =
            workers.into_iter().map(|worker| worker.join().unwrap()).collect();
        results.concat()
    });
    let sum = |index: usize| counts.iter().map(|count| count[index]).sum::<usize>();
    let (moved, refused, prose) = (sum(0), sum(1), sum(2));
    assert!(moved > 5 && refused > 0 && prose > 0, "{moved} moved, {refused} refused, {prose} prose");
}

/// The surface without the fingerprint of the document.
fn facts(surface: &str) -> String {
    surface.lines().filter(|line| !line.starts_with("document: ")).flat_map(|line| [line, "\n"]).collect()
}

/// Makes one edit, and counts whether it moved the surface, was refused, or was prose.
fn try_edit(document: &Value, before: &str, seed: u64) -> [usize; 3] {
    let mut edited = document.clone();
    let what = edit(&mut edited, seed);
    if fingerprint::of(&edited) == fingerprint::of(document) {
        return [0, 0, 1];
    }
    match regen::client_of(&edited) {
        Err(problems) => {
            assert!(
                problems.iter().all(|it| !it.pointer.is_empty() && !it.fix.is_empty()),
                "{what}: {problems}"
            );
            [0, 1, 0]
        }
        Ok(generated) => {
            assert_ne!(facts(&generated.surface), before, "`{what}` moved nothing");
            [1, 0, 0]
        }
    }
}

/// Edits one property of one schema, and says how.
fn edit(document: &mut Value, seed: u64) -> String {
    let mut random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17);
    let mut below = |limit: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((random >> 33) % limit as u64).unwrap()
    };
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    let names: Vec<String> = schemas
        .iter()
        .filter(|(_, it)| it["properties"].as_object().is_some_and(|it| it.len() > 1))
        .map(|(name, _)| name.clone())
        .collect();
    let name = names[below(names.len())].clone();
    let schema = &mut schemas[&name];
    // The mark `x-event` tells the event of a payload, whatever its `event` says.
    let wires = schema["properties"].as_object().unwrap().keys().filter(|wire| *wire != "event");
    let wires: Vec<String> = wires.cloned().collect();
    let wire = wires[below(wires.len())].clone();
    let kind = below(7);
    let properties = schema["properties"].as_object_mut().unwrap();
    match kind {
        0 => properties[&wire]["description"] = json!("Better prose."),
        1 => drop(properties.remove(&wire)),
        2 => drop(properties.insert("another".to_owned(), json!({ "type": "string" }))),
        3 => {
            let other = if properties[&wire]["type"] == "string" { "integer" } else { "string" };
            properties[&wire]["type"] = json!(other);
        }
        4 => {
            let old = properties.remove(&wire).unwrap();
            properties.insert(format!("{wire}_renamed"), old);
        }
        5 => {
            let is_null = properties[&wire].get("nullable") == Some(&json!(true));
            properties[&wire]["nullable"] = json!(!is_null);
        }
        _ => {
            let required = schema.as_object_mut().unwrap().entry("required").or_insert(json!([]));
            let list = required.as_array_mut().unwrap();
            match list.iter().position(|it| *it == json!(wire)) {
                Some(at) => drop(list.remove(at)),
                None => list.push(json!(wire)),
            }
        }
    }
    format!("edit {kind} of {name}.{wire}")
}
