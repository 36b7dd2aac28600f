//! Records every operation: synthesised, given to a client, and captured by the transport.

use std::sync::{Arc, Mutex, PoisonError};

use dots_api::{
    Client, ClientError, Exchange, IdempotencyKey, Operation, OperationMeta, OperationVisitor, Request,
    Transport, visit_operations,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::synthesis::{Extent, value_of};

/// The base URL of the recorded requests; its path proves that every operation keeps the base.
const BASE: &str = "https://dots.example/api";

/// One operation value and its recorded requests.
pub(super) struct Recorded {
    pub(super) operation: &'static OperationMeta,
    pub(super) extent: Extent,
    /// The JSON that the value was deserialized from.
    pub(super) written: Value,
    /// The JSON that the value serializes to.
    pub(super) read_back: Value,
    /// The key that the value returns.
    pub(super) key: Option<IdempotencyKey>,
    /// The request, and the request of sending the same value again.
    pub(super) first: Request,
    pub(super) second: Request,
}

impl Recorded {
    /// The path below the base URL.
    pub(super) fn path(&self) -> &str {
        self.first.url.path().strip_prefix("/api").expect("every request is below the base URL")
    }

    /// The body, if it is JSON.
    pub(super) fn json(&self) -> Option<Value> {
        serde_json::from_slice(self.first.body.as_ref()?).ok()
    }
}

/// Records every operation, once with all fields and once with the required ones.
pub(super) fn recorded() -> Vec<Recorded> {
    let mut visitor = Visitor { runtime: Runtime::new().unwrap(), recorded: Vec::new() };
    visit_operations(&mut visitor);
    visitor.recorded
}

struct Visitor {
    runtime: Runtime,
    recorded: Vec<Recorded>,
}

impl OperationVisitor for Visitor {
    fn visit<O>(&mut self)
    where
        O: Operation + Serialize + DeserializeOwned + JsonSchema,
        O::Output: JsonSchema,
    {
        let schema = SchemaGenerator::default().into_root_schema_for::<O>().to_value();
        for extent in [Extent::AllFields, Extent::RequiredFields] {
            self.recorded.push(self.record::<O>(extent, value_of(&schema, extent)));
        }
    }
}

impl Visitor {
    fn record<O: Operation + Serialize + DeserializeOwned>(
        &self,
        extent: Extent,
        written: Value,
    ) -> Recorded {
        let value: O = serde_json::from_value(written.clone())
            .unwrap_or_else(|error| panic!("{} cannot be read from {written:#}: {error}", O::META.id));
        Recorded {
            operation: O::META,
            extent,
            written,
            read_back: serde_json::to_value(&value).unwrap(),
            key: value.idempotency_key(),
            first: self.request_of(&value),
            second: self.request_of(&value.clone()),
        }
    }

    fn request_of<O: Operation>(&self, value: &O) -> Request {
        let recorder = Arc::new(Recorder::default());
        let client = Client::with_transport(BASE, Arc::clone(&recorder) as Arc<dyn Transport>).unwrap();
        let outcome = self.runtime.block_on(value.send(&client));
        assert!(matches!(outcome, Err(ClientError::Transport { .. })), "{}: {outcome:?}", O::META.id);
        let mut requests = recorder.requests.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(requests.len(), 1, "{} sends one request", O::META.id);
        requests.remove(0)
    }
}

/// A transport that keeps requests and answers none.
#[derive(Debug, Default)]
struct Recorder {
    requests: Mutex<Vec<Request>>,
}

impl Transport for Recorder {
    fn send(&self, request: Request) -> Exchange<'_> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        Box::pin(async { Err("recorded, not sent".into()) })
    }
}
