//! One operation of the document: its path, parameters, body and answers.

use hyper::{Method, StatusCode};
use serde_json::{Map, Value};

use super::{
    ListSchema, SpecError, Validator,
    document::resolve,
    schemas::Schemas,
    shape::{self, Shape},
};

/// One operation: how it is addressed, what it takes and what it may answer.
#[derive(Debug)]
pub(crate) struct Operation {
    /// The position of the operation in the document.
    pub(crate) number: u16,
    pub(crate) id: String,
    /// The first tag of the operation.
    pub(crate) tag: String,
    pub(crate) method: Method,
    pub(crate) segments: Vec<Segment>,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) idempotency: Idempotency,
    pub(crate) pagination: Pagination,
    answers: Vec<Answer>,
}

impl Operation {
    /// Returns what the document says about an answer with this status: for the exact status, or else for its class.
    pub(crate) fn answer(&self, status: StatusCode) -> Option<&Answer> {
        let exact = self.answers.iter().find(|answer| answer.status == StatusRange::Exact(status.as_u16()));
        let class =
            || self.answers.iter().find(|answer| answer.status == StatusRange::Class(status.as_u16() / 100));
        exact.or_else(class)
    }

    /// Returns every answer that the document lists.
    #[cfg(test)]
    pub(crate) fn answers(&self) -> impl Iterator<Item = &Answer> {
        self.answers.iter()
    }

    /// Returns the first status that the document lists for success.
    pub(crate) fn success(&self) -> StatusCode {
        let exact = self.answers.iter().filter_map(|answer| match answer.status {
            StatusRange::Exact(status) => StatusCode::from_u16(status).ok(),
            StatusRange::Class(_) => None,
        });
        exact.filter(StatusCode::is_success).min().unwrap_or(StatusCode::OK)
    }

    /// Whether the operation can change nothing.
    pub(crate) fn is_safe(&self) -> bool {
        self.method.is_safe()
    }

    /// Returns the names of the path parameters, in their order.
    pub(crate) fn path_parameters(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Parameter(name) => Some(name.as_str()),
            Segment::Literal(_) => None,
        })
    }
}

/// A segment of a path template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Literal(String),
    Parameter(String),
}

/// A parameter outside the body.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) location: Location,
    pub(crate) required: bool,
    pub(crate) kind: ValueKind,
    pub(crate) schema: Validator,
}

/// Where a parameter is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    Path,
    Query,
    Header,
}

/// The type that the text of a parameter is parsed as before it is validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Text,
    Number,
    Boolean,
}

/// The body of a request.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) required: bool,
    pub(crate) media_type: String,
    pub(crate) schema: Validator,
    /// The default values of fields that the sender leaves out.
    pub(crate) defaults: Map<String, Value>,
}

/// What a repeated idempotency key does, by `x-idempotency`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Idempotency {
    /// The operation takes no key.
    Unkeyed,
    /// A repeat returns what the key created.
    ReturnsExisting,
    /// A repeat is refused.
    RejectsDuplicate,
    /// The operation takes a key, and no page says what a repeat does.
    Unspecified,
}

/// How a list is paginated, by `x-pagination`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pagination {
    None,
    Cursor,
}

/// An answer that the document lists.
#[derive(Debug)]
pub(crate) struct Answer {
    status: StatusRange,
    /// `None` when the document shows no body.
    pub(crate) schema: Option<Validator>,
    /// The schema in two parts, when it is that of a list.
    pub(crate) list: Option<ListSchema>,
    /// `None` when the document shows no body.
    pub(crate) shape: Option<Shape>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StatusRange {
    Exact(u16),
    Class(u16),
}

/// Parses every operation of one path.
pub(super) fn read_all(
    document: &Value,
    path: &str,
    item: &Value,
    requests: &Schemas,
    answers: &Schemas,
) -> Result<Vec<Operation>, SpecError> {
    let reader = Reader { document, path, item, requests, answers };
    let item = item.as_object().ok_or_else(|| reader.error("is not an object"))?;
    let methods = item.iter().filter_map(|(key, value)| Some((method(key)?, value)));
    methods.map(|(method, value)| reader.operation(method, value)).collect()
}

/// Parses one path item, with what every step needs.
struct Reader<'d> {
    document: &'d Value,
    path: &'d str,
    item: &'d Value,
    requests: &'d Schemas,
    answers: &'d Schemas,
}

impl Reader<'_> {
    fn operation(&self, method: Method, value: &Value) -> Result<Operation, SpecError> {
        let id = value.get("operationId").and_then(Value::as_str);
        let id = id.ok_or_else(|| self.error(&format!("has no `operationId` at `{method}`")))?;
        Ok(Operation {
            number: 0,
            id: id.to_owned(),
            tag: value.pointer("/tags/0").and_then(Value::as_str).unwrap_or_default().to_owned(),
            method,
            segments: segments(self.path),
            parameters: self.parameters(value)?,
            body: self.body(value)?,
            idempotency: self.idempotency(value)?,
            pagination: self.pagination(value)?,
            answers: self.answers(value)?,
        })
    }

    /// Returns the parameters of the path and those of the operation.
    fn parameters(&self, operation: &Value) -> Result<Vec<Parameter>, SpecError> {
        let lists = [self.item, operation].into_iter().filter_map(|part| part.get("parameters")?.as_array());
        lists.flatten().map(|parameter| self.parameter(resolve(self.document, parameter)?)).collect()
    }

    fn parameter(&self, parameter: &Value) -> Result<Parameter, SpecError> {
        let name = parameter.get("name").and_then(Value::as_str);
        let name = name.ok_or_else(|| self.error("has a parameter without a name"))?;
        let location = match parameter.get("in").and_then(Value::as_str) {
            Some("path") => Location::Path,
            Some("query") => Location::Query,
            Some("header") => Location::Header,
            _ => return Err(self.error(&format!("has `{name}` in a place that the sandbox does not know"))),
        };
        let schema = parameter.get("schema").unwrap_or(&Value::Bool(true));
        let kind = match resolve(self.document, schema)?.get("type").and_then(Value::as_str) {
            Some("integer" | "number") => ValueKind::Number,
            Some("boolean") => ValueKind::Boolean,
            _ => ValueKind::Text,
        };
        let required = parameter.get("required") == Some(&Value::Bool(true));
        Ok(Parameter {
            name: name.to_owned(),
            location,
            required,
            kind,
            schema: self.requests.validator(schema)?,
        })
    }

    fn body(&self, operation: &Value) -> Result<Option<Body>, SpecError> {
        let Some(body) = operation.get("requestBody") else { return Ok(None) };
        let body = resolve(self.document, body)?;
        let (media_type, media) =
            first_media_type(body).ok_or_else(|| self.error("has a body without content"))?;
        let schema = media.get("schema").unwrap_or(&Value::Bool(true));
        let required = body.get("required") == Some(&Value::Bool(true));
        Ok(Some(Body {
            required,
            media_type: media_type.to_owned(),
            schema: self.requests.validator(schema)?,
            defaults: shape::defaults(self.document, schema)?,
        }))
    }

    fn answers(&self, operation: &Value) -> Result<Vec<Answer>, SpecError> {
        let responses = operation.get("responses").and_then(Value::as_object);
        responses.into_iter().flatten().map(|(status, response)| self.answer(status, response)).collect()
    }

    fn answer(&self, status: &str, response: &Value) -> Result<Answer, SpecError> {
        let range = match status.strip_suffix("XX") {
            Some(class) => class.parse().map(StatusRange::Class),
            None => status.parse().map(StatusRange::Exact),
        };
        let status = range.map_err(|_| self.error(&format!("has an answer with the status `{status}`")))?;
        let media = first_media_type(resolve(self.document, response)?).map(|(_, media)| media);
        let schema = media.and_then(|media| media.get("schema"));
        let shape = schema.map(|schema| Shape::of(self.document, schema)).transpose()?;
        let list = schema.map(|schema| ListSchema::read(self.document, schema, self.answers)).transpose()?;
        let schema = schema.map(|schema| self.answers.validator(schema)).transpose()?;
        Ok(Answer { status, schema, list: list.flatten(), shape })
    }

    fn idempotency(&self, operation: &Value) -> Result<Idempotency, SpecError> {
        match operation.get("x-idempotency").map(Value::as_str) {
            None => Ok(Idempotency::Unkeyed),
            Some(Some("returns-existing")) => Ok(Idempotency::ReturnsExisting),
            Some(Some("rejects-duplicate")) => Ok(Idempotency::RejectsDuplicate),
            Some(Some("unspecified")) => Ok(Idempotency::Unspecified),
            Some(_) => Err(self.error("has an `x-idempotency` that the sandbox does not know")),
        }
    }

    fn pagination(&self, operation: &Value) -> Result<Pagination, SpecError> {
        match operation.get("x-pagination").map(Value::as_str) {
            None | Some(Some("none")) => Ok(Pagination::None),
            Some(Some("cursor")) => Ok(Pagination::Cursor),
            Some(_) => Err(self.error("has an `x-pagination` that the sandbox does not know")),
        }
    }

    fn error(&self, what: &str) -> SpecError {
        SpecError::new(format!("the path `{}` {what}", self.path))
    }
}

/// The methods that OpenAPI allows as keys of a path; the other keys of a path item are not operations.
fn method(key: &str) -> Option<Method> {
    let known = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
    known.contains(&key).then(|| Method::from_bytes(key.to_ascii_uppercase().as_bytes()).ok()).flatten()
}

fn segments(path: &str) -> Vec<Segment> {
    let segment = |text: &str| match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(name) => Segment::Parameter(name.to_owned()),
        None => Segment::Literal(text.to_owned()),
    };
    path.split('/').skip(1).map(segment).collect()
}

/// The document gives one media type per body; several would make the answer's shape depend on `Accept`.
fn first_media_type(part: &Value) -> Option<(&str, &Value)> {
    part.get("content")?.as_object()?.iter().next().map(|(name, media)| (name.as_str(), media))
}
