//! Validation of path, query and header parameters.

use std::{collections::BTreeMap, net::IpAddr};

use hyper::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::explain::explain;
use crate::{
    http::Refusal,
    spec::{Location, Operation, Pagination, Parameter, ValueKind},
};

/// Validates the path parameters.
pub(super) fn path(operation: &Operation, values: &BTreeMap<String, String>) -> Result<(), Refusal> {
    for parameter in at(operation, Location::Path) {
        if let Some(text) = values.get(&parameter.name) {
            value(parameter, text)?;
        }
    }
    Ok(())
}

/// Validates and parses the query. An unknown parameter is refused: a typo would otherwise be a filter that silently
/// does nothing.
pub(super) fn query(operation: &Operation, text: &str) -> Result<BTreeMap<String, Value>, Refusal> {
    let mut values = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, text) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, text) = (decode(name)?, decode(text)?);
        let parameter = at(operation, Location::Query).find(|parameter| parameter.name == name);
        let parameter = parameter.ok_or_else(|| {
            Refusal::invalid(format!("`{name}` is not a query parameter of `{}`", operation.id))
        })?;
        if values.insert(name, value(parameter, &text)?).is_some() {
            return Err(Refusal::invalid(format!("`{}` stands in the query more than once", parameter.name)));
        }
    }
    let missing = at(operation, Location::Query)
        .find(|parameter| parameter.required && !values.contains_key(&parameter.name));
    if let Some(parameter) = missing {
        return Err(Refusal::invalid(format!("`{}` is required in the query", parameter.name)));
    }
    let both = ["starting_after", "ending_before"].iter().all(|name| values.contains_key(*name));
    if both && operation.pagination == Pagination::Cursor {
        return Err(Refusal::invalid("`starting_after` and `ending_before` exclude each other"));
    }
    Ok(values)
}

/// Validates the headers that the operation documents; all others pass.
pub(super) fn headers(operation: &Operation, headers: &HeaderMap) -> Result<(), Refusal> {
    for parameter in at(operation, Location::Header) {
        let Some(header) = headers.get(&parameter.name) else {
            if parameter.required {
                return Err(Refusal::invalid(format!("the header `{}` is required", parameter.name)));
            }
            continue;
        };
        let text = header.to_str();
        let text =
            text.map_err(|_| Refusal::invalid(format!("the header `{}` is not text", parameter.name)))?;
        value(parameter, text)?;
        // The document says "text" and means an IP address.
        if parameter.name == "Dots-User-IP" && text.parse::<IpAddr>().is_err() {
            return Err(Refusal::invalid("`Dots-User-IP` must be an IPv4 or IPv6 address"));
        }
    }
    Ok(())
}

fn at(operation: &Operation, location: Location) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().filter(move |parameter| parameter.location == location)
}

/// Parses a parameter as its schema's type, and validates it.
fn value(parameter: &Parameter, text: &str) -> Result<Value, Refusal> {
    let value = match parameter.kind {
        ValueKind::Text => None,
        // Only plain digits: `1e1` and `10.0` are the same number in JSON, but do not belong in a limit.
        ValueKind::Number => text.parse::<i64>().ok().map(Value::from),
        ValueKind::Boolean => text.parse::<bool>().ok().map(Value::from),
    };
    // Text that does not parse as the type stays text, and the schema names the right type.
    let value = value.unwrap_or_else(|| Value::from(text));
    explain(&parameter.schema, &value, &parameter.name)
        .map_or(Ok(value), |message| Err(Refusal::invalid(message)))
}

fn decode(text: &str) -> Result<String, Refusal> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8();
    decoded.map(std::borrow::Cow::into_owned).map_err(|_| Refusal::invalid("the query is not UTF-8"))
}
