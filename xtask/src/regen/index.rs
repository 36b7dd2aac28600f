//! An index of the document: its operations, schemas and other parts, each with its JSON pointer.
//!
//! It reads the document as JSON and skips what has an unexpected shape, because no document may make the command
//! panic. [`openapi`](super::openapi) validates the document.

use serde_json::Value;

use crate::regen::pointer::{Pointer, unescape};

/// The methods that a path can have.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// How many references are followed in a row; more are a circle.
const MAX_HOPS: usize = 32;

/// A part of the document, with its place.
pub type Part<'a> = (Pointer, &'a Value);

/// The parts of a document.
#[derive(Debug)]
pub struct Index<'a> {
    /// The document.
    pub document: &'a Value,
    /// The path items.
    pub path_items: Vec<Part<'a>>,
    /// The operations of all paths.
    pub operations: Vec<Operation<'a>>,
    /// All schemas, including nested ones and references.
    pub schemas: Vec<Schema<'a>>,
}

/// An operation.
#[derive(Debug)]
pub struct Operation<'a> {
    /// Its place.
    pub pointer: Pointer,
    /// The path template.
    pub path: &'a str,
    /// The method, lower case.
    pub method: &'a str,
    /// The operation itself.
    pub value: &'a Value,
    /// The place of the path.
    pub item_pointer: Pointer,
    /// The path item, for the parameters that its operations share.
    pub item: &'a Value,
}

impl Operation<'_> {
    /// Tells whether the operation is handwritten, and so not generated.
    pub fn is_hand_written(&self) -> bool {
        self.value.get("x-hand-written") == Some(&Value::Bool(true))
    }
}

/// A schema.
#[derive(Debug)]
pub struct Schema<'a> {
    /// Its place.
    pub pointer: Pointer,
    /// The schema itself.
    pub value: &'a Value,
    /// The name, for a schema directly below `components/schemas`.
    pub component: Option<&'a str>,
    /// Whether it is one part of an `allOf`, which may name the properties of another part.
    pub in_all_of: bool,
}

impl<'a> Index<'a> {
    /// Finds the parts of a document.
    pub fn new(document: &'a Value) -> Self {
        let mut index =
            Self { document, path_items: Vec::new(), operations: Vec::new(), schemas: Vec::new() };
        index.find_operations();
        index.find_schemas();
        index
    }

    /// The components of one section, such as `schemas`.
    pub fn components(
        &self,
        section: &'a str,
    ) -> impl Iterator<Item = (&'a str, Pointer, &'a Value)> + use<'a> {
        let place = Pointer::root().key("components").key(section);
        let names =
            self.document.get("components").and_then(|all| all.get(section)).and_then(Value::as_object);
        names.into_iter().flatten().map(move |(name, value)| (name.as_str(), place.key(name), value))
    }

    /// All parameters, references included.
    pub fn parameters(&self) -> impl Iterator<Item = Part<'a>> + '_ {
        let shared = self.path_items.iter().flat_map(|(at, item)| elements(at, item, "parameters"));
        let own = self.operations.iter().flat_map(|it| elements(&it.pointer, it.value, "parameters"));
        let components = self.components("parameters").map(|(_, at, value)| (at, value));
        components.chain(shared).chain(own)
    }

    /// All request bodies, references included.
    pub fn bodies(&self) -> impl Iterator<Item = Part<'a>> + '_ {
        let own = self.operations.iter().filter_map(|it| field(&it.pointer, it.value, "requestBody"));
        self.components("requestBodies").map(|(_, at, value)| (at, value)).chain(own)
    }

    /// All responses, references included.
    pub fn responses(&self) -> impl Iterator<Item = Part<'a>> + '_ {
        let own = self.operations.iter().flat_map(|it| entries(&it.pointer, it.value, "responses"));
        self.components("responses").map(|(_, at, value)| (at, value)).chain(own)
    }

    /// Resolves the references of a part; `None` if one leads nowhere.
    pub fn resolve(&self, value: &'a Value) -> Option<&'a Value> {
        let mut value = value;
        for _ in 0..MAX_HOPS {
            let Some(reference) = value.get("$ref") else { return Some(value) };
            let (section, name) = split_reference(reference.as_str()?)?;
            value = self.document.get("components")?.get(section)?.get(unescape(name))?;
        }
        None
    }

    /// The parameters that an operation takes: its own, and those of its path that it does not replace.
    pub fn parameters_of(&self, operation: &Operation<'a>) -> Vec<Part<'a>> {
        let own: Vec<_> = self.resolved(elements(&operation.pointer, operation.value, "parameters"));
        let shared = self.resolved(elements(&operation.item_pointer, operation.item, "parameters"));
        let is_replaced = |shared: &Value| own.iter().any(|(_, it)| identity(it) == identity(shared));
        let kept: Vec<_> = shared.into_iter().filter(|(_, it)| !is_replaced(it)).collect();
        kept.into_iter().chain(own).collect()
    }

    /// Resolves the reference of each part, and drops those that lead nowhere.
    fn resolved(&self, parts: impl Iterator<Item = Part<'a>>) -> Vec<Part<'a>> {
        parts.filter_map(|(at, value)| Some((at, self.resolve(value)?))).collect()
    }

    /// Finds the operations of all paths.
    fn find_operations(&mut self) {
        let paths = self.document.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            let item_pointer = Pointer::root().key("paths").key(path);
            for (method, value) in item.as_object().into_iter().flatten() {
                if METHODS.contains(&method.as_str()) {
                    let pointer = item_pointer.key(method);
                    let item_pointer = item_pointer.clone();
                    self.operations.push(Operation { pointer, path, method, value, item_pointer, item });
                }
            }
            self.path_items.push((item_pointer, item));
        }
    }

    /// Finds all schemas.
    fn find_schemas(&mut self) {
        let mut found = Vec::new();
        for (name, at, value) in self.components("schemas") {
            descend(Schema { pointer: at, value, component: Some(name), in_all_of: false }, &mut found);
        }
        let parameters = self.parameters().filter_map(|(at, value)| field(&at, value, "schema"));
        let contents = self.bodies().chain(self.responses()).flat_map(|(at, value)| {
            let media = entries(&at, value, "content").chain(entries(&at, value, "headers"));
            media.filter_map(|(at, value)| field(&at, value, "schema")).collect::<Vec<_>>()
        });
        for (pointer, value) in parameters.chain(contents) {
            descend(Schema { pointer, value, component: None, in_all_of: false }, &mut found);
        }
        self.schemas = found;
    }
}

/// Adds a schema and all schemas within it.
fn descend<'a>(schema: Schema<'a>, found: &mut Vec<Schema<'a>>) {
    let (at, value) = (schema.pointer.clone(), schema.value);
    found.push(schema);
    let singles = ["items", "additionalProperties", "not"];
    // `additionalProperties` may also be a boolean instead of a schema.
    let singles =
        singles.into_iter().filter_map(|key| field(&at, value, key)).filter(|(_, it)| it.is_object());
    let variants = ["oneOf", "anyOf"].into_iter().flat_map(|key| elements(&at, value, key));
    for (pointer, value) in entries(&at, value, "properties").chain(singles).chain(variants) {
        descend(Schema { pointer, value, component: None, in_all_of: false }, found);
    }
    for (pointer, value) in elements(&at, value, "allOf") {
        descend(Schema { pointer, value, component: None, in_all_of: true }, found);
    }
}

/// One field of an object.
pub fn field<'a>(at: &Pointer, value: &'a Value, key: &str) -> Option<Part<'a>> {
    Some((at.key(key), value.get(key)?))
}

/// The elements of an array that is a field of an object.
pub fn elements<'a>(at: &Pointer, value: &'a Value, key: &str) -> impl Iterator<Item = Part<'a>> + use<'a> {
    let at = at.key(key);
    let items = value.get(key).and_then(Value::as_array);
    items.into_iter().flatten().enumerate().map(move |(index, item)| (at.index(index), item))
}

/// The entries of an object that is a field of an object.
pub fn entries<'a>(at: &Pointer, value: &'a Value, key: &str) -> impl Iterator<Item = Part<'a>> + use<'a> {
    let at = at.key(key);
    let fields = value.get(key).and_then(Value::as_object);
    fields.into_iter().flatten().map(move |(name, value)| (at.key(name), value))
}

/// Splits `#/components/<section>/<name>`; other forms are refused by `references`.
pub fn split_reference(reference: &str) -> Option<(&str, &str)> {
    let (section, name) = reference.strip_prefix("#/components/")?.split_once('/')?;
    (!name.is_empty() && !name.contains('/')).then_some((section, name))
}

/// The identity of a parameter.
fn identity(parameter: &Value) -> (Option<&str>, Option<&str>) {
    (text(parameter, "in"), text(parameter, "name"))
}

/// A field of an object, if it is a string.
pub fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// The names in the braces of a path template; `None` if the braces do not match.
pub fn parameter_names(path: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        if before.contains('}') || name.is_empty() || name.contains(['{', '/']) {
            return None;
        }
        names.push(name);
        rest = after;
    }
    (!rest.contains('}')).then_some(names)
}

#[cfg(test)]
mod tests {
    use super::parameter_names;

    #[test]
    fn the_names_in_braces_are_found_and_broken_braces_are_not() {
        assert_eq!(parameter_names("/a/{b}/c/{d}"), Some(vec!["b", "d"]));
        assert_eq!(parameter_names("/a"), Some(Vec::new()));
        for broken in ["/{", "/}", "/{a", "/a}", "/{}", "/{a/b}", "/{a{b}}"] {
            assert_eq!(parameter_names(broken), None, "{broken}");
        }
    }
}
