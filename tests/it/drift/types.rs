//! Every generated type, as JSON Schema without prose.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use dots_api::{ApiError, Operation, OperationVisitor, WebhookEvent, visit_operations};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use xtask::regen::write::FOLDER;

use super::{assert_snapshot, pretty, root};

/// The snapshot of types that several tags use.
const COMMON: &str = "common";

/// The snapshot of webhook payloads.
const WEBHOOKS: &str = "webhooks";

#[test]
fn every_type_is_the_one_in_its_snapshot() {
    for (tag, types) in types_by_tag() {
        assert_snapshot(&format!("types-{tag}"), &pretty(&types));
    }
}

#[test]
fn no_generated_type_is_missing_from_the_snapshots() {
    let names: BTreeSet<String> =
        definitions().into_values().flat_map(|found| found.into_iter().map(|(name, _)| name)).collect();
    let missing: Vec<String> = generated_types().into_iter().filter(|name| !names.contains(name)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn prose_is_left_out_and_fields_named_like_prose_stay() {
    let types = types_by_tag();
    for (tag, types) in &types {
        assert_eq!(prose(types, ""), Vec::<String>::new(), "{tag}");
    }
    let link = &types[COMMON]["types"]["PayoutLink"]["properties"];
    assert!(link.get("description").is_some(), "`description` of a payout link is a field: {link:#}");
}

/// Lists the remaining prose: texts under the keys that JSON Schema reserves for it.
fn prose(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match (name.as_str(), value) {
                ("title" | "description", Value::String(_)) => vec![format!("{at}/{name}")],
                _ => prose(value, &format!("{at}/{name}")),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(|item| prose(item, at)).collect(),
        _ => Vec::new(),
    }
}

/// The contents of the snapshots: the input and output of each operation, and the types that they use.
fn types_by_tag() -> BTreeMap<&'static str, Value> {
    let definitions = definitions();
    let mut users: BTreeMap<&str, usize> = BTreeMap::new();
    for name in definitions.values().flat_map(Map::keys) {
        *users.entry(name).or_default() += 1;
    }
    let mut filed: BTreeMap<&'static str, Map<String, Value>> = BTreeMap::new();
    for (tag, definitions) in &definitions {
        for (name, schema) in definitions {
            let place = if users[name.as_str()] == 1 { tag } else { COMMON };
            filed.entry(place).or_default().insert(name.clone(), schema.clone());
        }
    }
    let mut operations = Schemas::of_all_operations().operations;
    let mut contents = |tag, types| match operations.remove(tag) {
        Some(operations) => json!({ "operations": operations, "types": types }),
        None => json!({ "types": types }),
    };
    filed.into_iter().map(|(tag, types)| (tag, contents(tag, types))).collect()
}

/// The types that each tag needs, by name.
fn definitions() -> BTreeMap<&'static str, Map<String, Value>> {
    let schemas = Schemas::of_all_operations();
    schemas
        .generators
        .into_iter()
        .map(|(tag, mut generator)| (tag, generator.take_definitions(true)))
        .collect()
}

/// Collects schemas, one generator per tag.
#[derive(Default)]
struct Schemas {
    generators: BTreeMap<&'static str, SchemaGenerator>,
    operations: BTreeMap<&'static str, Map<String, Value>>,
}

impl Schemas {
    fn of_all_operations() -> Self {
        let mut schemas = Self::default();
        visit_operations(&mut schemas);
        // The runtime reads it from every error answer, so no operation names it.
        schemas.generator(COMMON).subschema_for::<ApiError>();
        // Nor does any operation name the payloads of webhooks.
        schemas.generator(WEBHOOKS).subschema_for::<WebhookEvent>();
        schemas
    }

    fn generator(&mut self, tag: &'static str) -> &mut SchemaGenerator {
        self.generators.entry(tag).or_insert_with(|| {
            SchemaSettings::default().with_transform(RecursiveTransform(without_prose)).into_generator()
        })
    }
}

impl OperationVisitor for Schemas {
    fn visit<O>(&mut self)
    where
        O: Operation + Serialize + DeserializeOwned + JsonSchema,
        O::Output: JsonSchema,
    {
        let generator = self.generator(O::META.tag);
        let (takes, gives) = (generator.subschema_for::<O>(), generator.subschema_for::<O::Output>());
        let operations = self.operations.entry(O::META.tag).or_default();
        operations.insert(O::META.id.to_owned(), json!({ "takes": takes, "gives": gives }));
    }
}

fn without_prose(schema: &mut Schema) {
    schema.remove("title");
    schema.remove("description");
}

/// The names of the types in the generated files.
fn generated_types() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(root().join(FOLDER)).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in text.lines().map(str::trim_start) {
            let Some(rest) = line.strip_prefix("pub struct ").or(line.strip_prefix("pub enum ")) else {
                continue;
            };
            names.extend(rest.split([' ', '(', ';']).next().map(str::to_owned));
        }
    }
    assert!(names.len() > 200, "the generated files were not read: {names:?}");
    // The required fields of another type are an argument, and go over no wire.
    let is_argument = |name: &String| name.strip_suffix("Fields").is_some_and(|whole| names.contains(whole));
    names.iter().filter(|name| !is_argument(name)).cloned().collect()
}
