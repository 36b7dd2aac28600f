//! The document's schemas, read a second time and in another way than the sandbox does, so that one misreading cannot
//! hide itself.

use std::{collections::BTreeMap, sync::LazyLock};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{Timestamp, civil};
use serde_json::Value;

use super::example::document;

/// The document with its overlay.
pub(crate) struct Document {
    root: Value,
}

/// The direction in which a value is sent; answers are allowed a few quirks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    In,
    Out,
}

/// One operation of the document.
pub(crate) struct Operation<'d> {
    pub(crate) id: &'d str,
    pub(crate) method: String,
    pub(crate) path: &'d str,
    pub(crate) parameters: Vec<Parameter<'d>>,
    pub(crate) body: Option<Body<'d>>,
    /// The schema of the answer for each successful status; `None` where the document shows no body.
    pub(crate) answers: BTreeMap<u16, Option<&'d Value>>,
}

/// A parameter outside the body.
pub(crate) struct Parameter<'d> {
    pub(crate) name: &'d str,
    pub(crate) place: &'d str,
    pub(crate) required: bool,
    pub(crate) schema: &'d Value,
}

/// The body of a request.
#[derive(Clone, Copy)]
pub(crate) struct Body<'d> {
    pub(crate) media_type: &'d str,
    pub(crate) required: bool,
    pub(crate) schema: &'d Value,
}

impl Body<'_> {
    pub(crate) fn is_json(&self) -> bool {
        self.media_type == "application/json"
    }
}

impl Document {
    /// The embedded document, parsed once.
    pub(crate) fn embedded() -> &'static Self {
        static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document { root: document() });
        &DOCUMENT
    }

    pub(crate) fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.root["paths"].as_object().unwrap();
        let operations = paths.iter().flat_map(|(path, item)| {
            let item = item.as_object().unwrap();
            let named = item.iter().filter(|(_, part)| part["operationId"].is_string());
            named.map(move |(method, part)| self.operation(path, method, part))
        });
        operations.collect()
    }

    fn operation<'d>(&'d self, path: &'d str, method: &str, part: &'d Value) -> Operation<'d> {
        let body = part["requestBody"].as_object().map(|body| {
            let (media_type, media) = body["content"].as_object().unwrap().iter().next().unwrap();
            Body { media_type, required: body["required"] == true, schema: &media["schema"] }
        });
        let answers = part["responses"].as_object().unwrap().iter();
        let answers = answers.filter_map(|(status, answer)| {
            let schema = &self.resolve(answer).0["content"]["application/json"]["schema"];
            let status = status.parse().ok().filter(|status| (200..300).contains(status))?;
            Some((status, Some(schema).filter(|schema| !schema.is_null())))
        });
        Operation {
            id: part["operationId"].as_str().unwrap(),
            method: method.to_uppercase(),
            path,
            parameters: self.parameters(part),
            body,
            answers: answers.collect(),
        }
    }

    fn parameters<'d>(&'d self, operation: &'d Value) -> Vec<Parameter<'d>> {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let read = |parameter| {
            let (parameter, _) = self.resolve(parameter);
            Parameter {
                name: parameter["name"].as_str().unwrap(),
                place: parameter["in"].as_str().unwrap(),
                required: parameter["required"] == true,
                schema: &parameter["schema"],
            }
        };
        parameters.map(read).collect()
    }

    /// Follows references; returns their target and the name of the last component on the way.
    pub(crate) fn resolve<'d>(&'d self, mut part: &'d Value) -> (&'d Value, Option<&'d str>) {
        let mut name = None;
        while let Some(reference) = part["$ref"].as_str() {
            name = reference.rsplit('/').next();
            part = self.root.pointer(reference.trim_start_matches('#')).unwrap();
        }
        (part, name)
    }

    /// Returns the schemas that a value must match, all or one of them: references and compositions, flattened.
    pub(crate) fn parts<'d>(&'d self, schema: &'d Value) -> Vec<&'d Value> {
        let (schema, _) = self.resolve(schema);
        let composed = ["allOf", "oneOf", "anyOf"].iter().filter_map(|keyword| schema[*keyword].as_array());
        let inner = composed.flatten().flat_map(|part| self.parts(part));
        std::iter::once(schema).chain(inner).collect()
    }

    /// Whether the document allows a value for this schema.
    pub(crate) fn allows(&self, schema: &Value, value: &Value, way: Way) -> bool {
        let (schema, _) = self.resolve(schema);
        if value.is_null() && schema["nullable"] == true {
            return true;
        }
        let fits = |part: &&Value| self.allows(part, value, way);
        let all = |keyword: &str| {
            schema[keyword].as_array().is_none_or(|parts| parts.iter().all(|part| fits(&part)))
        };
        let count = |keyword: &str| Some(schema[keyword].as_array()?.iter().filter(fits).count());
        all("allOf")
            && count("oneOf").is_none_or(|count| count == 1)
            && count("anyOf").is_none_or(|count| count > 0)
            && (is_decimal(schema, value, way) || (has_type(schema, value) && in_bounds(schema, value)))
            && schema["enum"].as_array().is_none_or(|values| values.contains(value))
            && value.as_str().is_none_or(|text| is_text(schema, text, way))
            && value.as_array().is_none_or(|items| self.allows_items(schema, items, way))
            && value.as_object().is_none_or(|_| self.allows_fields(schema, value, way))
    }

    fn allows_items(&self, schema: &Value, items: &[Value], way: Way) -> bool {
        let count = items.len() as u64;
        let unique = || items.iter().enumerate().all(|(place, item)| !items[..place].contains(item));
        schema["minItems"].as_u64().is_none_or(|least| count >= least)
            && schema["maxItems"].as_u64().is_none_or(|most| count <= most)
            && (schema["uniqueItems"] != true || unique())
            && (schema["items"].is_null()
                || items.iter().all(|item| self.allows(&schema["items"], item, way)))
    }

    fn allows_fields(&self, schema: &Value, value: &Value, way: Way) -> bool {
        let required = schema["required"].as_array().into_iter().flatten();
        let fields = value.as_object().unwrap();
        required.into_iter().all(|name| fields.contains_key(name.as_str().unwrap()))
            && fields.iter().all(|(name, value)| {
                let (own, others) = (&schema["properties"][name], &schema["additionalProperties"]);
                if own.is_null() {
                    *others != false && (!others.is_object() || self.allows(others, value, way))
                } else {
                    self.allows(own, value, way)
                }
            })
    }
}

fn is_decimal(schema: &Value, value: &Value, way: Way) -> bool {
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    way == Way::Out && schema["x-decimal-text"] == true && value.as_str().is_some_and(is_number)
}

fn has_type(schema: &Value, value: &Value) -> bool {
    match schema["type"].as_str() {
        None => true,
        Some("string") => value.is_string(),
        Some("integer") => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some(other) => panic!("the document has a type `{other}` that this test does not know"),
    }
}

fn in_bounds(schema: &Value, value: &Value) -> bool {
    let Some(number) = value.as_f64() else { return true };
    let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
    least.is_none_or(|least| number > least || (number == least && schema["exclusiveMinimum"] != true))
        && most.is_none_or(|most| number < most || (number == most && schema["exclusiveMaximum"] != true))
}

fn is_text(schema: &Value, text: &str, way: Way) -> bool {
    let length = text.chars().count() as u64;
    schema["minLength"].as_u64().is_none_or(|least| length >= least)
        && schema["maxLength"].as_u64().is_none_or(|most| length <= most)
        && schema["pattern"].as_str().is_none_or(|pattern| matches(pattern, text))
        && schema["format"].as_str().is_none_or(|format| {
            let zoneless = way == Way::Out && schema["x-zoneless"] == true;
            has_format(format, text) || (zoneless && text.parse::<civil::DateTime>().is_ok())
        })
}

/// The document's patterns all ask for digits: `[0-9]{9}`, `^[0-9]{1,3}$`.
fn matches(pattern: &str, text: &str) -> bool {
    let (inner, anchored) = match pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$')) {
        Some(inner) => (inner, true),
        None => (pattern, false),
    };
    let counts = inner.strip_prefix("[0-9]{").and_then(|rest| rest.strip_suffix('}'));
    let counts = counts.unwrap_or_else(|| panic!("the pattern `{pattern}` is new to this test"));
    let (least, most) = counts.split_once(',').unwrap_or((counts, counts));
    let (least, most) = (least.parse::<usize>().unwrap(), most.parse::<usize>().unwrap());
    if anchored {
        return text.chars().all(|sign| sign.is_ascii_digit()) && (least..=most).contains(&text.len());
    }
    text.split(|sign: char| !sign.is_ascii_digit()).any(|digits| digits.len() >= least)
}

fn has_format(format: &str, text: &str) -> bool {
    match format {
        "uuid" => text.len() == 36 && uuid::Uuid::try_parse(text).is_ok(),
        "date" => text.parse::<civil::Date>().is_ok() && text.len() == 10,
        "date-time" => text.parse::<Timestamp>().is_ok(),
        "email" => text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
        "uri" => text.split_once(':').is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.is_empty()),
        "base64" => STANDARD.decode(text).is_ok(),
        "http-date" => text.ends_with(" GMT"),
        "binary" => true,
        other => panic!("the format `{other}` is new to this test"),
    }
}
