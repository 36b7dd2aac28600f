//! A pool of ids from answers, so that later requests can name objects that exist.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::schema::{Document, Operation};

/// The collections of objects that operations on other paths show, too, by the names of their schemas.
const COLLECTIONS: [(&str, &str); 3] = [
    ("PayoutLink", "/v2/payout-links"),
    ("Transfer", "/v2/transfers"),
    ("Payable", "/v2/accounts-payable/payables"),
];

/// Fields whose names differ from the parameters that they name.
const ALIASES: [(&str, &str); 3] =
    [("account_id", "/payout-methods"), ("acting_user_id", "/approvers"), ("approver_list", "/approvers")];

/// An id that nothing has.
pub(crate) const UNKNOWN: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

/// The objects that exist, by the path template of their collection; each with the values of all its path parameters,
/// its own id last.
#[derive(Clone)]
pub(crate) struct Pool {
    /// The templates of single objects, and the names of their parameters.
    collections: BTreeMap<String, String>,
    /// Parameters that are numbers; all others are UUIDs.
    numbers: BTreeSet<String>,
    objects: BTreeMap<String, Vec<Vec<String>>>,
    known: BTreeSet<(String, String)>,
}

impl Pool {
    pub(crate) fn new(operations: &[Operation<'_>]) -> Self {
        let mut collections = BTreeMap::new();
        for operation in operations {
            for (start, _) in operation.path.match_indices("/{") {
                let name = operation.path[start + 2..].split('}').next().unwrap();
                collections.insert(operation.path[..start].to_owned(), name.to_owned());
            }
        }
        let parameters = operations.iter().flat_map(|operation| &operation.parameters);
        let numbers = parameters.filter(|parameter| parameter.schema["type"] == "integer");
        let numbers = numbers.map(|parameter| parameter.name.to_owned()).collect();
        Self { collections, numbers, objects: BTreeMap::new(), known: BTreeSet::new() }
    }

    /// Adds an object that was not in an answer.
    pub(crate) fn add(&mut self, collection: &str, owners: &[String], id: &str) {
        if self.known.insert((collection.to_owned(), id.to_owned())) {
            let values = owners.iter().cloned().chain([id.to_owned()]).collect();
            self.objects.entry(collection.to_owned()).or_default().push(values);
        }
    }

    /// Collects the ids in an answer; `path` is the path of the request.
    pub(crate) fn learn(
        &mut self,
        document: &Document,
        operation: &Operation<'_>,
        path: &str,
        status: u16,
        body: &Value,
    ) {
        let Some(Some(schema)) = operation.answers.get(&status) else { return };
        let owners = parameters(operation.path, path);
        let is_elsewhere = operation.path.starts_with("/v2/organization-transfers");
        walk(document, schema, body, &mut |name, object| {
            let id = &object["id"];
            let Some(id) = id.as_str().map(str::to_owned).or_else(|| Some(id.as_u64()?.to_string())) else {
                return;
            };
            let fixed = COLLECTIONS.iter().find(|(component, _)| Some(*component) == name && !is_elsewhere);
            match fixed {
                Some((_, collection)) => self.add(collection, &[], &id),
                // An object inside another one has no path of its own.
                None if is_row(object, body) => self.add(operation.path, &owners, &id),
                None => {}
            }
        });
    }

    /// Fills in a path template; `pick` chooses one of this many objects, or none.
    pub(crate) fn path(&self, template: &str, pick: &mut dyn FnMut(usize) -> Option<usize>) -> String {
        let mut collections: Vec<&str> =
            template.match_indices("/{").map(|(start, _)| &template[..start]).collect();
        let count = collections.len();
        let mut values: Vec<String> = Vec::new();
        while let Some(collection) = collections.pop() {
            let objects = self.objects.get(collection).map_or(&[][..], Vec::as_slice);
            if let Some(chosen) = Some(objects.len()).filter(|count| *count > 0).and_then(&mut *pick) {
                values = objects[chosen].clone();
                break;
            }
        }
        debug_assert!(values.len() <= count);
        let mut values = values.into_iter();
        let unknown = |name: &str| if self.numbers.contains(name) { "999999" } else { UNKNOWN }.to_owned();
        let segments = template.split('/').map(|segment| {
            match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
                Some(name) => values.next().unwrap_or_else(|| unknown(name)),
                None => segment.to_owned(),
            }
        });
        segments.collect::<Vec<_>>().join("/")
    }

    /// Returns the ids that a field with this name may hold.
    pub(crate) fn ids(&self, field: &str) -> Vec<&str> {
        let alias = ALIASES.iter().find(|(name, _)| *name == field);
        let fits = |collection: &str| match alias {
            Some((_, end)) => collection.ends_with(end),
            None => self.collections.get(collection).is_some_and(|name| is_called(field, name)),
        };
        let objects =
            self.objects.iter().filter(|(collection, _)| fits(collection)).flat_map(|(_, objects)| objects);
        objects.map(|values| values.last().unwrap().as_str()).collect()
    }

    /// Returns the ids in a collection, by its path or the last piece of it.
    pub(crate) fn collection(&self, name: &str) -> Vec<&str> {
        let fits = |path: &str| path == name || path.rsplit('/').next() == Some(name);
        let objects = self.objects.iter().filter(|(path, _)| fits(path)).flat_map(|(_, objects)| objects);
        objects.map(|values| values.last().unwrap().as_str()).collect()
    }
}

/// Whether a field's name fits a parameter's, as `ap_vendor_id` fits `vendor_id` and `customer_id` fits
/// `payment_customer_id`.
fn is_called(field: &str, parameter: &str) -> bool {
    field == parameter
        || field.ends_with(&format!("_{parameter}"))
        || (field.ends_with("_id") && parameter.ends_with(&format!("_{field}")))
}

/// Whether an object is the answer itself or a row of it.
fn is_row(object: &Value, body: &Value) -> bool {
    let rows = body["data"].as_array().or(body.as_array());
    std::ptr::eq(object, body) || rows.is_some_and(|rows| rows.iter().any(|row| std::ptr::eq(row, object)))
}

/// Returns the values of a path's parameters.
fn parameters(template: &str, path: &str) -> Vec<String> {
    let segments = template.split('/').zip(path.split('?').next().unwrap().split('/'));
    segments.filter(|(segment, _)| segment.starts_with('{')).map(|(_, value)| value.to_owned()).collect()
}

/// Visits every object of an answer with the name of its schema.
pub(crate) fn walk<'v>(
    document: &Document,
    schema: &Value,
    value: &'v Value,
    visit: &mut dyn FnMut(Option<&str>, &'v Value),
) {
    let (schema, name) = document.resolve(schema);
    if value.is_object() {
        visit(name, value);
    }
    for keyword in ["allOf", "oneOf", "anyOf"] {
        for part in schema[keyword].as_array().into_iter().flatten() {
            walk(document, part, value, visit);
        }
    }
    for item in value.as_array().into_iter().flatten() {
        walk(document, &schema["items"], item, visit);
    }
    for (field, value) in value.as_object().into_iter().flatten() {
        if !schema["properties"][field].is_null() {
            walk(document, &schema["properties"][field], value, visit);
        }
    }
}
