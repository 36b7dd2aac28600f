//! Step 4, lower: reduces the document to what progenitor generates well, and keeps the rest beside it as facts.
//!
//! progenitor and typify turn bounds into number types, patterns into newtypes with a regex engine, every inline enum
//! into a type of its own, and header parameters into arguments. That would make a worse client. So this step removes
//! them from the document and keeps them in [`Lowered`]. From there the shape passes write documentation, JSON Schema
//! attributes, enums, redaction and the table of operations.

mod enums;
pub(crate) mod events;
mod facts;
mod marks;
mod operations;
mod reach;

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;
use serde_json::{Map, Value, json};

use super::names;
use super::normal::Normal;
use super::scalars::{SCALARS, is_scalar};
use crate::problem::Problems;

pub(crate) use enums::EnumFacts;
pub(crate) use events::EventFacts;
pub(crate) use facts::{FieldFacts, in_words};
pub(crate) use operations::OperationFacts;

/// The mark of a lowered schema that may be null, which progenitor does not read.
pub(crate) const NULL: &str = "x-null";

/// The schema of an error's body. The handwritten runtime reads it, so no operation needs to name it.
const ERROR_SCHEMA: &str = "ApiError";

/// The lowered document, and what was removed from it.
#[derive(Debug, Default)]
pub(crate) struct Lowered {
    /// The document for progenitor.
    pub document: Value,
    /// The operations, by id.
    pub operations: BTreeMap<String, OperationFacts>,
    /// The enums, by type name.
    pub enums: BTreeMap<String, EnumFacts>,
    /// The names of the enums that tell the parts of a union apart.
    pub tags_of_unions: BTreeSet<String>,
    /// The names that `x-type` gives, and where each was first seen.
    pub marked: BTreeMap<String, String>,
    /// The webhook payloads; the form that the document shows comes first.
    pub events: Vec<EventFacts>,
    /// The description of each schema, by name.
    pub schemas: BTreeMap<String, String>,
    /// The facts of each property, by schema and name.
    pub fields: BTreeMap<(String, String), FieldFacts>,
    /// The description of each tag, in the document's order.
    pub tags: Vec<(String, String)>,
    /// Schemas that a request can carry.
    pub in_requests: BTreeSet<String>,
    /// Schemas that an answer can carry.
    pub in_answers: BTreeSet<String>,
    /// Schemas that no operation and no webhook reaches.
    pub dropped: Vec<String>,
    /// Where each schema stands in the document that was checked.
    pub places: BTreeMap<String, String>,
}

impl Lowered {
    /// The lowered schema of the body (`/requestBody`) or the answer (`/responses/2XX`) of an operation.
    pub(crate) fn content(&self, id: &str, pointer: &str) -> Option<&Value> {
        let paths = self.document.get("paths")?.as_object()?;
        let mut operations = paths.values().filter_map(Value::as_object).flat_map(|item| item.values());
        let operation = operations.find(|it| it.get("operationId").and_then(Value::as_str) == Some(id))?;
        operation.pointer(pointer)?.get("content")?.as_object()?.values().next()?.get("schema")
    }

    /// The place of a schema in the document that was checked.
    pub(crate) fn place(&self, schema: &str) -> String {
        self.places.get(schema).cloned().unwrap_or_else(|| format!("/components/schemas/{schema}"))
    }
}

/// Lowers a document in its normal form.
pub(crate) fn lower(normal: Normal) -> Result<Lowered, Problems> {
    let Normal { mut document, places } = normal;
    let mut lowered = Lowered { tags: tags(&document), places, ..Lowered::default() };
    let mut problems = Problems::none();

    operations::lower(&mut document, &mut lowered, &mut problems);
    let mut schemas = match document.pointer_mut("/components/schemas").map(Value::take) {
        Some(Value::Object(schemas)) => schemas,
        _ => Map::new(),
    };
    let payloads = events::lower(&mut schemas, &mut lowered);
    reach::keep_reachable(&document, &payloads, &mut schemas, &mut lowered);
    lowered.tags_of_unions = enums::tags(&document, &schemas);
    marks::refuse_unread(&schemas, &lowered, &mut problems);
    lower_schemas(&mut schemas, &mut lowered, &mut problems);
    lower_parameters(&mut document, &mut lowered, &mut problems);
    for (name, pointer) in &lowered.marked {
        if !is_scalar(name) && !lowered.enums.contains_key(name) {
            problems.add(
                format!("{pointer}/x-type"),
                format!("`{name}` is neither a scalar of dots-api nor an enum of the document"),
                "correct its spelling; xtask/src/regen/scalars.rs lists the scalars",
            );
        }
    }
    add_stubs(&mut schemas, &lowered);
    let components = json!({ "schemas": schemas });
    if let Some(root) = document.as_object_mut() {
        root.insert("components".to_owned(), components);
        root.remove("tags");
    }
    lowered.document = document;
    if problems.is_empty() { Ok(lowered) } else { Err(problems) }
}

fn tags(document: &Value) -> Vec<(String, String)> {
    let text = |tag: &Value, key: &str| tag.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    document
        .get("tags")
        .and_then(Value::as_array)
        .map(|tags| tags.iter().map(|tag| (text(tag, "name"), text(tag, "description"))).collect())
        .unwrap_or_default()
}

fn lower_schemas(schemas: &mut Map<String, Value>, lowered: &mut Lowered, problems: &mut Problems) {
    for (name, schema) in schemas.iter_mut() {
        let description = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        lowered.schemas.insert(name.clone(), description.to_owned());
        let pointer = lowered.place(name);
        let stated: BTreeSet<String> = required(schema).map(str::to_owned).collect();
        if lowered.in_requests.contains(name) {
            require_key(schema);
        }
        let required_nulls = optional_when_null(schema);
        let is_of_requests = lowered.in_requests.contains(name) && !lowered.in_answers.contains(name);
        for (property, value) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let mut facts = FieldFacts::of(value);
            facts.required = stated.contains(property);
            facts.required_null = is_of_requests && required_nulls.contains(property);
            if names::is_key(property) {
                // Dots accepts a null; this client never sends one.
                if facts.constraints.iter().any(|(key, _)| *key == "nullable") {
                    facts.told.push_str("; null is never sent");
                }
                facts.constraints.retain(|(key, _)| *key != "nullable");
            }
            lowered.fields.insert((name.clone(), property.clone()), facts);
        }
        Lowering { lowered, problems, owner: name }.schema(schema, &pointer, name);
    }
}

/// The names of the properties that a schema requires.
fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// Makes the idempotency key of a request required: the client sends no payment without one.
fn require_key(schema: &mut Value) {
    let properties = schema.get("properties").and_then(Value::as_object);
    let key = properties.into_iter().flat_map(|it| it.keys()).find(|name| names::is_key(name)).cloned();
    let (Some(object), Some(key)) = (schema.as_object_mut(), key) else { return };
    let required = object.entry("required").or_insert_with(|| json!([]));
    if let Some(list) = required.as_array_mut().filter(|list| !list.contains(&json!(key))) {
        list.push(json!(key));
    }
}

/// Makes required fields that may be null optional, and returns them.
fn optional_when_null(schema: &mut Value) -> BTreeSet<String> {
    let nullable: BTreeSet<String> = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(name, value)| !names::is_key(name) && value.get("nullable") == Some(&json!(true)))
        .map(|(name, _)| name.clone())
        .collect();
    let mut required = BTreeSet::new();
    if let Some(list) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
        list.retain(|name| name.as_str().is_none_or(|name| !nullable.contains(name)));
    }
    nullable.into_iter().filter(|name| required.contains(name)).collect()
}

fn lower_parameters(document: &mut Value, lowered: &mut Lowered, problems: &mut Problems) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for item in paths.into_iter().flat_map(|paths| paths.values_mut()) {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
            lower_contents(operation, &id, lowered, problems);
            let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
            for (index, parameter) in parameters.into_iter().flatten().enumerate() {
                let path = lowered.operations.get(&id).map_or("", |facts| facts.path.as_str());
                let pointer =
                    format!("/paths/{}/{method}/parameters/{index}/schema", path.replace('/', "~1"));
                let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
                let Some(schema) = parameter.get_mut("schema") else { continue };
                let hint = format!("{}{}", id.to_upper_camel_case(), name.to_upper_camel_case());
                Lowering { lowered, problems, owner: &id }.schema(schema, &pointer, &hint);
                // progenitor derives the argument from the name, and the operation's facts keep what is sent.
                if let Some(parameter) = parameter.as_object_mut() {
                    parameter.insert("name".to_owned(), names::snake(&name).into());
                }
            }
        }
    }
}

/// Lowers the bodies and answers that are no reference: lists, maps and scalars.
fn lower_contents(operation: &mut Value, id: &str, lowered: &mut Lowered, problems: &mut Problems) {
    let hint = id.to_upper_camel_case();
    for (key, end) in [("requestBody", "Request"), ("responses", "Response")] {
        let Some(part) = operation.get_mut(key) else { continue };
        let holders: Vec<&mut Value> = match (key, part) {
            ("responses", Value::Object(all)) => all.values_mut().collect(),
            (_, body) => vec![body],
        };
        for holder in holders {
            let content = holder.get_mut("content").and_then(Value::as_object_mut);
            for schema in content.into_iter().flat_map(Map::values_mut).filter_map(|it| it.get_mut("schema"))
            {
                let facts = lowered.operations.get(id);
                let (path, method) =
                    facts.map_or(("", String::new()), |it| (&it.path, it.method.to_lowercase()));
                let pointer = format!("/paths/{}/{method}/{key}", path.replace('/', "~1"));
                let owner = format!("{hint}{end}");
                Lowering { lowered, problems, owner: &owner }.schema(schema, &pointer, &owner);
            }
        }
    }
}

/// Adds a placeholder schema for each type that is written by hand or by a shape pass, so that typify resolves its
/// name.
fn add_stubs(schemas: &mut Map<String, Value>, lowered: &Lowered) {
    for name in SCALARS.iter().map(|scalar| scalar.name).chain(lowered.enums.keys().map(String::as_str)) {
        schemas.insert(name.to_owned(), json!({ "type": "string" }));
    }
}

struct Lowering<'a> {
    lowered: &'a mut Lowered,
    problems: &'a mut Problems,
    owner: &'a str,
}

impl Lowering<'_> {
    /// Lowers one schema in place; `hint` names an enum that the overlay does not name.
    fn schema(&mut self, schema: &mut Value, pointer: &str, hint: &str) {
        let may_be_null = schema.get("nullable") == Some(&json!(true));
        self.plain(schema, pointer, hint);
        if let Some(object) = schema.as_object_mut().filter(|_| may_be_null) {
            object.insert(NULL.to_owned(), json!(true));
        }
    }

    fn plain(&mut self, schema: &mut Value, pointer: &str, hint: &str) {
        if let Some(name) = self.named_type(schema, pointer, hint) {
            *schema = json!({ "$ref": format!("#/components/schemas/{name}") });
            return;
        }
        if let Some(only) = single_reference(schema) {
            *schema = only;
            return;
        }
        let Some(object) = schema.as_object_mut() else { return };
        // Unknown properties are ignored in any case.
        let is_open = object.get("additionalProperties") == Some(&json!(true));
        if is_open && object.contains_key("properties") {
            object.remove("additionalProperties");
        }
        object.retain(|key, _| {
            matches!(
                key.as_str(),
                "$ref"
                    | "type"
                    | "properties"
                    | "required"
                    | "items"
                    | "additionalProperties"
                    | "oneOf"
                    | "anyOf"
                    | "allOf"
            )
        });
        for (name, property) in
            object.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
        {
            let hint = format!("{hint}{}", name.to_upper_camel_case());
            self.schema(property, &format!("{pointer}/properties/{}", name.replace('/', "~1")), &hint);
        }
        for key in ["items", "additionalProperties"] {
            if let Some(inner) = object.get_mut(key).filter(|inner| inner.is_object()) {
                self.schema(inner, &format!("{pointer}/{key}"), &format!("{hint}Item"));
            }
        }
        for key in ["oneOf", "anyOf", "allOf"] {
            let variants = object.get_mut(key).and_then(Value::as_array_mut);
            for (index, variant) in variants.into_iter().flatten().enumerate() {
                self.schema(variant, &format!("{pointer}/{key}/{index}"), &format!("{hint}Variant{index}"));
            }
        }
    }

    /// Finds the handwritten or named type of this schema.
    fn named_type(&mut self, schema: &Value, pointer: &str, hint: &str) -> Option<String> {
        if let Some(name) = schema.get("x-type").and_then(Value::as_str) {
            // Dots shows keys that are not UUIDs (guides/batch-payouts); they must not make an answer unreadable.
            let shown_key = name == "IdempotencyKey" && !self.lowered.in_requests.contains(self.owner);
            if !shown_key {
                self.lowered.marked.entry(name.to_owned()).or_insert_with(|| pointer.to_owned());
            }
            return (!shown_key).then(|| name.to_owned());
        }
        if schema.get("enum").is_some() {
            return enums::hoist(self.lowered, self.problems, schema, pointer, hint, self.owner);
        }
        match (schema.get("type")?.as_str()?, schema.get("format")?.as_str()?) {
            ("string", "date-time" | "http-date") => Some("Timestamp".to_owned()),
            ("string", "date") => Some("Date".to_owned()),
            _ => None,
        }
    }
}

/// The only part of an `allOf`, if it is a `$ref`; the `allOf` makes room for a description beside it.
fn single_reference(schema: &Value) -> Option<Value> {
    match schema.get("allOf")?.as_array()?.as_slice() {
        [only] if only.get("$ref").is_some() => Some(only.clone()),
        _ => None,
    }
}
