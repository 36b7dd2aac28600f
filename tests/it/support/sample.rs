//! Sample instances of any operation, answer and event, made from their JSON Schemas.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use dots_api::{
    Client, Exchange, IdempotencyKey, Operation, OperationMeta, OperationVisitor, Request, Response,
    Transport, WebhookEvent,
};
use dots_api_ext::{Dots, Error};
use http::{HeaderMap, StatusCode};
use schemars::{JsonSchema, Schema, schema_for};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// How to fill a sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filling {
    /// The value of optional fields.
    pub(crate) optional: Optional,
    /// Returns the text of a field by its name, or `None` for the simplest that fits.
    pub(crate) text: fn(&str, &Value) -> Option<Value>,
}

/// The value of optional fields.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Optional {
    Absent,
    Null,
    Present,
}

impl Filling {
    /// Required fields only.
    pub(crate) const MINIMAL: Self = Self { optional: Optional::Absent, text: |_, _| None };

    /// All fields.
    pub(crate) const FULL: Self = Self { optional: Optional::Present, text: |_, _| None };
}

/// One operation of the API, with the type of its value hidden.
pub(crate) struct AnyOperation {
    pub(crate) meta: &'static OperationMeta,
    request: Schema,
    answer: Schema,
    acts: Arc<dyn Acts>,
}

/// Returns all operations of the API.
pub(crate) fn operations() -> Vec<AnyOperation> {
    struct Collector(Vec<AnyOperation>);
    impl OperationVisitor for Collector {
        fn visit<O>(&mut self)
        where
            O: Operation + Serialize + DeserializeOwned + JsonSchema,
            O::Output: JsonSchema,
        {
            let (request, answer) = (schema_for!(O), schema_for!(O::Output));
            let acts = Arc::new(ActsOf::<O>(std::marker::PhantomData));
            self.0.push(AnyOperation { meta: O::META, request, answer, acts });
        }
    }
    let mut collector = Collector(Vec::new());
    dots_api::visit_operations(&mut collector);
    collector.0
}

/// Returns the payload of each form of each event, by the name of the event.
pub(crate) fn events(filling: Filling) -> Vec<(String, Value)> {
    let schema = schema_for!(WebhookEvent);
    let sampler = Sampler::new(&schema, filling);
    let forms = schema.as_value()["oneOf"].as_array().unwrap().iter();
    let payloads = forms.map(|form| {
        // Next to the reference there is only the name.
        let name = form["properties"]["event"]["const"].as_str().unwrap();
        let mut payload = sampler.value("", &json!({ "$ref": form["$ref"] }));
        payload["event"] = json!(name);
        (name.to_owned(), payload)
    });
    payloads.collect()
}

impl AnyOperation {
    /// An instance of the operation, as JSON. Its key is its own: no two operations send one.
    pub(crate) fn request(&self, filling: Filling) -> Value {
        let mut request = Sampler::new(&self.request, filling).root();
        set_keys(&mut request, &json!(self.key()));
        request
    }

    /// The idempotency key of its instances.
    pub(crate) fn key(&self) -> String {
        let mut digest = [0; 16];
        for (byte, place) in self.meta.id.bytes().zip((0..16).cycle()) {
            digest[place] = u8::wrapping_add(u8::wrapping_mul(digest[place], 31), byte);
        }
        IdempotencyKey::from_digest(digest).to_string()
    }

    /// An instance of its answer, as JSON.
    pub(crate) fn answer(&self, filling: Filling) -> Value {
        Sampler::new(&self.answer, filling).root()
    }

    /// The `Debug` of the operation in this JSON.
    pub(crate) fn debug(&self, operation: &Value) -> String {
        self.acts.debug(operation.clone())
    }

    /// Runs the operation in this JSON.
    pub(crate) async fn run(&self, dots: &Dots, operation: &Value) -> Result<(), Error> {
        self.acts.run(dots.clone(), operation.clone()).await
    }

    /// Reads an answer and shows it, and the request before it, in `Debug`.
    pub(crate) async fn read(
        &self,
        operation: &Value,
        answer: &Value,
    ) -> Result<String, dots_api::ClientError> {
        let canned = Arc::new(Canned(answer.to_string().into()));
        let client = Client::with_transport("http://127.0.0.1/api", canned)?;
        self.acts.send(client, operation.clone()).await
    }
}

/// Replaces each idempotency key in a request.
fn set_keys(value: &mut Value, key: &Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == "idempotency_key" { value.clone_from(key) } else { set_keys(value, key) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| set_keys(item, key)),
        _ => {}
    }
}

type Pending<T> = Pin<Box<dyn Future<Output = T> + Send>>;

trait Acts {
    fn debug(&self, operation: Value) -> String;
    fn run(&self, dots: Dots, operation: Value) -> Pending<Result<(), Error>>;
    fn send(&self, client: Client, operation: Value) -> Pending<Result<String, dots_api::ClientError>>;
}

struct ActsOf<O>(std::marker::PhantomData<O>);

fn parsed<O: Operation + DeserializeOwned>(operation: Value) -> O {
    let text = operation.to_string();
    serde_json::from_value(operation).unwrap_or_else(|error| panic!("{}: {error}: {text}", O::META.id))
}

impl<O: Operation + DeserializeOwned> Acts for ActsOf<O> {
    fn debug(&self, operation: Value) -> String {
        let operation: O = parsed(operation);
        format!("{operation:?}\n{operation:#?}")
    }

    fn run(&self, dots: Dots, operation: Value) -> Pending<Result<(), Error>> {
        Box::pin(async move { dots.run::<O>(parsed(operation)).await.map(|_| ()) })
    }

    fn send(&self, client: Client, operation: Value) -> Pending<Result<String, dots_api::ClientError>> {
        Box::pin(async move {
            let answer = parsed::<O>(operation).send(&client).await?;
            Ok(format!("{:?}\n{:#?}\n{answer:?}", answer.value, answer.value))
        })
    }
}

/// Answers everything with the same bytes.
#[derive(Debug)]
struct Canned(Bytes);

impl Transport for Canned {
    fn send(&self, request: Request) -> Exchange<'_> {
        let shown = format!("{request:?}");
        assert!(shown.contains(request.operation.id), "{shown}");
        Box::pin(async { Ok(Response::new(StatusCode::OK, HeaderMap::new(), self.0.clone())) })
    }
}

/// Makes an instance of a schema.
struct Sampler<'a> {
    root: &'a Value,
    filling: Filling,
    depth: usize,
}

impl<'a> Sampler<'a> {
    fn new(schema: &'a Schema, filling: Filling) -> Self {
        Self { root: schema.as_value(), filling, depth: 0 }
    }

    /// Descends one object. A transfer has transactions, each of which has a transfer, so at this depth optional fields
    /// are left out.
    fn deeper(&self) -> Self {
        let depth = self.depth + 1;
        let optional = if depth > 5 { Optional::Absent } else { self.filling.optional };
        Self { root: self.root, filling: Filling { optional, ..self.filling }, depth }
    }

    fn root(&self) -> Value {
        self.value("", self.root)
    }

    /// Makes a value for the field `name`; keywords next to a reference count too.
    fn value(&self, name: &str, schema: &Value) -> Value {
        let schema = &self.resolved(schema);
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(values) = schema["enum"].as_array() {
            return values[0].clone();
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(choices) = schema[key].as_array() {
                let choice = choices.iter().find(|choice| choice["type"] != "null").unwrap();
                return self.value(name, &without(key, schema, choice));
            }
        }
        let types = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
        let text = || (self.filling.text)(name, schema).unwrap_or_else(|| text(schema));
        if types == [json!("string"), json!("object")] {
            // Metadata: some operations take the object alone.
            return json!({ "note": text() });
        }
        match types[0].as_str() {
            Some("object") => self.deeper().object(schema),
            Some("array") => self.array(name, schema),
            Some("null") => Value::Null,
            Some("boolean") => json!(true),
            Some("integer" | "number") => integer(schema),
            // Without a type any JSON is valid, so a text is too.
            _ => text(),
        }
    }

    fn resolved(&self, schema: &Value) -> Value {
        let mut resolved = Map::new();
        if let Some(reference) = schema["$ref"].as_str() {
            let target = self.root.pointer(reference.trim_start_matches('#')).unwrap();
            resolved = self.resolved(target).as_object().cloned().unwrap();
        }
        resolved.extend(schema.as_object().cloned().unwrap_or_default());
        resolved.remove("$ref");
        Value::Object(resolved)
    }

    fn object(&self, schema: &Value) -> Value {
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut object = Map::new();
        for (name, property) in properties {
            let value = match self.filling.optional {
                _ if required.contains(&json!(name)) => self.value(&name, &property),
                Optional::Present => self.value(&name, &property),
                Optional::Null => Value::Null,
                Optional::Absent => continue,
            };
            object.insert(name, value);
        }
        Value::Object(object)
    }

    fn array(&self, name: &str, schema: &Value) -> Value {
        let fewest = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
        let wanted = if self.filling.optional == Optional::Absent { fewest } else { fewest.max(1) };
        (0..wanted).map(|_| self.value(name, schema.get("items").unwrap_or(&Value::Null))).collect()
    }
}

/// One of the alternatives, merged with the keywords next to the list.
fn without(key: &str, schema: &Value, choice: &Value) -> Value {
    let mut merged = schema.as_object().cloned().unwrap();
    merged.remove(key);
    merged.extend(choice.as_object().cloned().unwrap());
    Value::Object(merged)
}

fn integer(schema: &Value) -> Value {
    let least = schema.get("minimum").and_then(Value::as_i64).unwrap_or(1);
    let above = schema.get("exclusiveMinimum").and_then(Value::as_i64).map_or(least, |bound| bound + 1);
    json!(least.max(above))
}

/// The simplest text that fits.
fn text(schema: &Value) -> Value {
    // A pattern has its number of digits in braces, as in `^[0-9]{9}$`.
    let pattern =
        schema["pattern"].as_str().and_then(|pattern| pattern.split_once('{')).map(|(_, rest)| rest);
    let count = pattern.and_then(|rest| rest.split([',', '}']).next()).and_then(|text| text.parse().ok());
    let shortest = count.or(schema["minLength"].as_u64()).unwrap_or(1);
    json!(match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => "3c90c3cc-0d44-4b50-8888-8dd25736052a".to_owned(),
        Some("date") => "1999-12-31".to_owned(),
        Some("date-time") => "2024-07-11T12:31:33Z".to_owned(),
        Some("email") => "jo@example.com".to_owned(),
        Some("uri" | "url") => "https://example.com/x".to_owned(),
        Some("byte" | "base64") => "JVBERg==".to_owned(),
        // Digits fit the patterns of phone numbers and everything without a pattern.
        _ => "1".repeat(usize::try_from(shortest).unwrap()),
    })
}

impl Debug for AnyOperation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.meta.id)
    }
}
