//! OpenAPI validation: authenticates a request, routes it and checks it against the document; checks the answer, too.

mod answer;
mod body;
mod checked_rows;
mod credentials;
mod explain;
mod parameters;
mod router;

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::{
    http::{Incoming, Refusal},
    spec::{Idempotency, Operation, Spec},
};

pub(crate) use answer::{answer, answer_beyond};
pub(crate) use checked_rows::CheckedRows;
pub use credentials::Credentials;
pub(crate) use credentials::authenticate;
pub(crate) use explain::explain;
pub(crate) use router::{PREFIX, route};

/// A valid request for an operation.
#[derive(Clone, Debug)]
pub(crate) struct Call<'s> {
    pub(crate) operation: &'s Operation,
    /// The app that acts: the one in `Api-App-Id`, or else the sandbox's first.
    pub(crate) app: Uuid,
    /// The raw body; a form is not parsed any further.
    pub(crate) bytes: Bytes,
    /// The content type of the body.
    pub(crate) content_type: String,
    path: BTreeMap<String, String>,
    query: BTreeMap<String, Value>,
    body: Value,
}

impl Call<'_> {
    /// Returns an id from the path; `None` when the text is not shaped like an id, so that no row can have it.
    pub(crate) fn path_id(&self, name: &str) -> Option<Uuid> {
        Uuid::try_parse(self.path.get(name)?).ok()
    }

    /// Returns a path parameter as text.
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

    /// Deserializes the body into the type that a handler works with.
    ///
    /// # Errors
    /// Refuses what the document allows and the type cannot hold, such as `10.0` for a whole number.
    pub(crate) fn body<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        T::deserialize(&self.body)
            .map_err(|error| Refusal::invalid(format!("the body cannot be used: {error}")))
    }

    /// Returns a field of the body as it arrived.
    pub(crate) fn field(&self, name: &str) -> Option<&Value> {
        self.body.get(name)
    }

    /// Returns the whole body as it arrived; null when there is none.
    pub(crate) fn whole(&self) -> &Value {
        &self.body
    }

    /// Returns the body with the document's defaults, and without its idempotency key.
    pub(crate) fn filled(&self) -> Map<String, Value> {
        let mut fields = self.operation.body.as_ref().map(|body| body.defaults.clone()).unwrap_or_default();
        fields.extend(self.body.as_object().cloned().unwrap_or_default());
        fields.remove("idempotency_key");
        fields
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

/// Validates a request against everything that the document says about it.
///
/// # Errors
/// Refuses the request with a message that names the field.
pub(crate) fn request<'s>(spec: &'s Spec, incoming: &Incoming, first_app: Uuid) -> Result<Call<'s>, Refusal> {
    let (operation, path) = route(spec, &incoming.method, &incoming.path)?;
    parameters::path(operation, &path)?;
    let query = parameters::query(operation, incoming.query.as_deref().unwrap_or_default())?;
    parameters::headers(operation, &incoming.headers)?;
    let body = body::read(operation, &incoming.headers, &incoming.body)?;
    let header = |name: &str| incoming.headers.get(name)?.to_str().ok();
    let app = header("api-app-id").and_then(|app| Uuid::try_parse(app).ok()).unwrap_or(first_app);
    let content_type = header("content-type").unwrap_or_default().to_owned();
    Ok(Call { operation, app, bytes: incoming.body.clone(), content_type, path, query, body })
}
