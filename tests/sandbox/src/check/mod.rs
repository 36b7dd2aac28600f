//! Both sides against the document: what comes in before anything happens, what goes out before it leaves.

mod answer;
mod body;
mod explain;
mod parameters;

use std::collections::BTreeMap;

use bytes::Bytes;
use hyper::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    reply::Refusal,
    router,
    spec::{Idempotency, Operation, Spec},
};

pub(crate) use answer::answer;

/// A request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A request that the document allows.
#[derive(Clone, Debug)]
pub(crate) struct Call<'s> {
    pub(crate) operation: &'s Operation,
    path: BTreeMap<String, String>,
    query: BTreeMap<String, Value>,
    body: Value,
}

impl Call<'_> {
    /// Returns an id from the path; none when it is not shaped like an id, so that no row can have it.
    pub(crate) fn path_id(&self, name: &str) -> Option<Uuid> {
        Uuid::try_parse(self.path.get(name)?).ok()
    }

    /// Returns a value from the path as it was written.
    pub(crate) fn path_text(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// Returns a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&Value> {
        self.query.get(name)
    }

    /// Returns an id from the query.
    pub(crate) fn query_id(&self, name: &str) -> Option<Uuid> {
        Uuid::try_parse(self.query.get(name)?.as_str()?).ok()
    }

    /// Reads the body into the shape that a handler works with.
    ///
    /// # Errors
    /// Refuses what the document allows and the shape cannot hold, such as `10.0` for a whole number.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        T::deserialize(&self.body)
            .map_err(|error| Refusal::invalid(format!("the body cannot be used: {error}")))
    }

    /// Returns a field of the body as it came.
    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        self.body.get(name)
    }

    /// Returns the idempotency key, for an operation that takes one.
    pub(crate) fn key(&self) -> Option<Uuid> {
        match self.operation.idempotency {
            Idempotency::Unkeyed => None,
            Idempotency::ReturnsExisting | Idempotency::RejectsDuplicate | Idempotency::Unspecified => {
                Uuid::try_parse(self.body.get("idempotency_key")?.as_str()?).ok()
            }
        }
    }
}

/// Checks a request against everything that the document says about it.
///
/// # Errors
/// Refuses the request with a message that names the field.
pub(crate) fn request<'s>(spec: &'s Spec, incoming: &Incoming) -> Result<Call<'s>, Refusal> {
    let (operation, path) = router::route(spec, &incoming.method, &incoming.path)?;
    parameters::path(operation, &path)?;
    let query = parameters::query(operation, incoming.query.as_deref().unwrap_or_default())?;
    parameters::headers(operation, &incoming.headers)?;
    let body = body::read(operation, &incoming.headers, &incoming.body)?;
    Ok(Call { operation, path, query, body })
}
