//! The operations of a document, and what each takes and answers, by method and path without the names in braces.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::place::Place;
use super::shape::{Reader, Shape};
use super::source::{EVENT, Source};
use crate::problem::Problems;
use crate::regen::index::{self, Index, Operation};
use crate::regen::pointer::Pointer;

/// The operations of a document.
#[derive(Debug, Default)]
pub(super) struct Api {
    /// By method and path; a webhook by its event.
    pub(super) operations: BTreeMap<String, Call>,
    /// The addresses of the servers.
    pub(super) servers: BTreeSet<String>,
}

/// An operation, or a webhook.
#[derive(Debug)]
pub(super) struct Call {
    /// Its name in the report: `GET /v2/users/{user_id}`.
    pub(super) title: String,
    /// Its operation id.
    pub(super) id: String,
    /// Whether it is a webhook.
    pub(super) is_event: bool,
    /// Where it stands.
    pub(super) place: Place,
    /// Facts of the operation itself: tag, credentials, deprecated.
    pub(super) facts: BTreeMap<String, Value>,
    /// The parameters: by their place in the path, or by kind and name.
    pub(super) parameters: BTreeMap<String, Parameter>,
    /// The body.
    pub(super) body: Option<Body>,
    /// The answers, by status.
    pub(super) answers: BTreeMap<String, Answer>,
}

/// A parameter, or a header of an answer.
#[derive(Debug)]
pub(super) struct Parameter {
    /// Its name in the report: `query limit`.
    pub(super) title: String,
    /// Whether it must be sent.
    pub(super) required: bool,
    /// How it is written.
    pub(super) facts: BTreeMap<String, Value>,
    /// Its schema.
    pub(super) shape: Shape,
}

/// A body.
#[derive(Debug)]
pub(super) struct Body {
    /// Where it stands.
    pub(super) place: Place,
    /// Whether it must be sent.
    pub(super) required: bool,
    /// The schemas, by media type.
    pub(super) content: BTreeMap<String, Shape>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    /// Where it stands.
    pub(super) place: Place,
    /// The schemas, by media type.
    pub(super) content: BTreeMap<String, Shape>,
    /// The headers.
    pub(super) headers: BTreeMap<String, Parameter>,
}

impl Api {
    /// Reads the operations of a document.
    ///
    /// # Errors
    /// Returns a problem if the document explodes when its references are written out.
    pub(super) fn of(source: &Source) -> Result<Self, Problems> {
        let index = Index::new(&source.value);
        let read = Read { source, index: &index, reader: Reader::new(source) };
        let servers = source.value.get("servers").and_then(Value::as_array).into_iter().flatten();
        let servers = servers.filter_map(|it| index::text(it, "url")).map(str::to_owned).collect();
        let operations = index.operations.iter().map(|it| (key(it), read.call(it))).collect();
        if !read.reader.is_whole() {
            let fix = "look at the references that lead to one another in it";
            return Err(Problems::one(
                &*source.file,
                "the document is endless when its references are written out",
                fix,
            ));
        }
        Ok(Self { operations, servers })
    }

    /// Takes the webhooks of another document.
    pub(super) fn take_events(&mut self, other: Self) {
        self.operations.extend(other.operations.into_iter().filter(|(_, call)| call.is_event));
    }

    /// Tells whether there are webhooks.
    pub(super) fn has_events(&self) -> bool {
        self.operations.values().any(|call| call.is_event)
    }
}

/// The name by which operations of two documents are the same.
pub(super) fn key(operation: &Operation<'_>) -> String {
    match operation.path.strip_prefix(EVENT) {
        Some(event) => format!("{EVENT}{event}"),
        None => format!("{} {}", operation.method.to_uppercase(), without_names(operation.path)),
    }
}

/// A path without the names in its braces and without a slash at its end.
fn without_names(path: &str) -> String {
    let parts = path.trim_end_matches('/').split('/');
    parts.map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

/// The name of an operation in the report.
pub(super) fn title(operation: &Operation<'_>) -> String {
    match operation.path.strip_prefix(EVENT) {
        Some(event) => format!("webhook {event}"),
        None => format!("{} {}", operation.method.to_uppercase(), operation.path),
    }
}

struct Read<'a> {
    source: &'a Source,
    index: &'a Index<'a>,
    reader: Reader<'a>,
}

impl<'a> Read<'a> {
    fn call(&self, operation: &Operation<'a>) -> Call {
        let title = title(operation);
        let is_event = operation.path.starts_with(EVENT);
        let body = operation.value.get("requestBody").and_then(|it| self.index.resolve(it));
        let body = body.map(|body| Body {
            place: self.source.place(&operation.pointer.key("requestBody")),
            required: body.get("required") == Some(&Value::Bool(true)),
            content: self.content(body, &operation.pointer.key("requestBody"), &format!("{title} request")),
        });
        // How a webhook is acknowledged is not part of the API.
        let answers = if is_event { BTreeMap::new() } else { self.answers(operation, &title) };
        Call {
            id: index::text(operation.value, "operationId").unwrap_or_default().to_owned(),
            is_event,
            place: self.source.place(&operation.pointer),
            facts: if is_event { BTreeMap::new() } else { self.facts(operation) },
            parameters: self.parameters(operation),
            body,
            answers,
            title,
        }
    }

    fn facts(&self, operation: &Operation<'_>) -> BTreeMap<String, Value> {
        let mut facts = BTreeMap::new();
        if let Some(tags) = operation.value.get("tags") {
            facts.insert("tag".to_owned(), tags.clone());
        }
        if operation.value.get("deprecated") == Some(&Value::Bool(true)) {
            facts.insert("deprecated".to_owned(), true.into());
        }
        let own = operation.value.get("security");
        let security = own.or_else(|| self.source.value.get("security")).and_then(Value::as_array);
        let schemes = security.into_iter().flatten().filter_map(Value::as_object);
        let mut schemes: Vec<String> = schemes
            .map(|scheme| scheme.keys().map(|name| self.scheme(name)).collect::<Vec<_>>().join(" and "))
            .collect();
        schemes.sort();
        facts.insert("credentials".to_owned(), schemes.into());
        facts
    }

    /// What a security scheme is, whatever its name.
    fn scheme(&self, name: &str) -> String {
        let scheme = self.source.value.pointer("/components/securitySchemes").and_then(|it| it.get(name));
        let Some(scheme) = scheme else { return format!("unknown scheme {name}") };
        let words = ["type", "scheme", "in", "name"].into_iter().filter_map(|key| index::text(scheme, key));
        words.collect::<Vec<_>>().join(" ").to_lowercase()
    }

    fn parameters(&self, operation: &Operation<'a>) -> BTreeMap<String, Parameter> {
        let names = index::parameter_names(operation.path).unwrap_or_default();
        let all = self.index.parameters_of(operation);
        let parameters = all.iter().map(|(at, value)| {
            let (kind, name) = (
                index::text(value, "in").unwrap_or_default(),
                index::text(value, "name").unwrap_or_default(),
            );
            let key = match (kind, names.iter().position(|it| *it == name)) {
                ("path", Some(position)) => format!("path {position}"),
                ("header", _) => format!("header {}", name.to_lowercase()),
                _ => format!("{kind} {name}"),
            };
            (key, self.parameter(value, at, format!("{kind} {name}"), kind))
        });
        parameters.collect()
    }

    fn parameter(&self, value: &Value, at: &Pointer, title: String, kind: &str) -> Parameter {
        let style = index::text(value, "style").unwrap_or(match kind {
            "query" | "cookie" => "form",
            _ => "simple",
        });
        let explode = value.get("explode").and_then(Value::as_bool).unwrap_or(style == "form");
        let mut facts = BTreeMap::from([
            ("style".to_owned(), Value::from(style)),
            ("explode".to_owned(), Value::from(explode)),
        ]);
        for key in ["deprecated", "allowReserved", "allowEmptyValue"] {
            if value.get(key) == Some(&Value::Bool(true)) {
                facts.insert(key.to_owned(), true.into());
            }
        }
        let shape = match value.get("schema") {
            Some(schema) => self.reader.read(schema, &at.key("schema"), &title),
            None => self.content(value, at, &title).into_values().next().unwrap_or_default(),
        };
        let required = value.get("required") == Some(&Value::Bool(true));
        Parameter { title, required: required || kind == "path", facts, shape }
    }

    fn answers(&self, operation: &Operation<'a>, title: &str) -> BTreeMap<String, Answer> {
        let responses = index::entries(&operation.pointer, operation.value, "responses");
        let answers = responses
            .filter(|(at, _)| !at.as_str().rsplit('/').next().is_some_and(|it| it.starts_with("x-")));
        let answers = answers.map(|(at, value)| {
            let status = at.as_str().rsplit('/').next().unwrap_or_default().to_uppercase();
            let value = self.index.resolve(value).unwrap_or(value);
            let seat = format!("{title} response {status}");
            let headers = index::entries(&at, value, "headers").map(|(at, value)| {
                let name = at.as_str().rsplit('/').next().unwrap_or_default().to_lowercase();
                let value = self.index.resolve(value).unwrap_or(value);
                (name.clone(), self.parameter(value, &at, format!("{seat} header {name}"), "header"))
            });
            let answer = Answer {
                place: self.source.place(&at),
                content: self.content(value, &at, &seat),
                headers: headers.collect(),
            };
            (status, answer)
        });
        answers.collect()
    }

    /// The schemas of a body or an answer by media type; a media type without a schema says nothing.
    fn content(&self, holder: &Value, at: &Pointer, seat: &str) -> BTreeMap<String, Shape> {
        let content = holder.get("content").and_then(Value::as_object);
        let media = content.into_iter().flatten().map(|(kind, media)| {
            let at = at.key("content").key(kind).key("schema");
            let name = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
            let seat = if name == "application/json" { seat.to_owned() } else { format!("{seat} {name}") };
            let mut shape = match media.get("schema") {
                Some(schema) => self.reader.read(schema, &at, &seat),
                None => Shape { target: seat.clone(), seat, ..Shape::default() },
            };
            if let Some(encoding) = media.get("encoding") {
                let encoding = crate::regen::fingerprint::without_prose(encoding);
                shape.facts.insert("encoding".to_owned(), encoding);
            }
            (name, shape)
        });
        media.collect()
    }
}
