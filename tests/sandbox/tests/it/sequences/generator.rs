//! The generator of random requests that are likely to mean something: about objects that exist, at the edges of what
//! is allowed, and now and then invalid.

use serde_json::{Value, json};

use super::random::Random;
use crate::support::{
    connection::Message,
    id_pool::Pool,
    schema::{Document, Operation},
    values::{Source, fill},
};

/// The bodies of control routes with an id in their path, by the last segment; the others take none.
const CONTROL_BODIES: [(&str, &str); 4] = [
    ("complete", r#"{"step":"manage-payouts"}"#),
    ("complete", r#"{"step":"compliance"}"#),
    ("fail", r#"{"reason":"no such account"}"#),
    ("claim", "{}"),
];

/// Options that may change at any time.
const OPTIONS: [&str; 7] = [
    r#"{"key_repeat":"documented"}"#,
    r#"{"key_repeat":"replay"}"#,
    r#"{"key_repeat":"return-existing"}"#,
    r#"{"key_repeat":"reject"}"#,
    r#"{"key_changed_body":"refuse"}"#,
    r#"{"store_errors":"all"}"#,
    r#"{"tidy_bodies":true}"#,
];

/// A control route.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
}

/// The next step of a sequence.
pub(crate) enum Step<'d> {
    Operation(&'d Operation<'d>, Message),
    Control(Message),
}

/// Draws the steps.
pub(crate) struct Generator<'d> {
    pub(crate) document: &'static Document,
    pub(crate) operations: &'d [Operation<'d>],
    pub(crate) routes: &'d [Route],
    pub(crate) pool: Pool,
    pub(crate) random: Random,
    pub(crate) keys: Vec<String>,
}

impl<'d> Generator<'d> {
    /// Draws the next step; the balance is that of the wallet, whose edges are worth trying.
    pub(crate) fn step(&mut self, balance: i64) -> Step<'d> {
        if self.random.percent(12)
            && let Some(message) = self.control()
        {
            return Step::Control(message);
        }
        let operations = self.operations;
        let mut operation = draw(&mut self.random, operations);
        // Half of the reads and deletions are drawn again, so that there is more to read.
        if matches!(operation.method.as_str(), "GET" | "DELETE") && self.random.percent(50) {
            operation = draw(&mut self.random, operations);
        }
        Step::Operation(operation, self.message(operation, balance))
    }

    fn message(&mut self, operation: &'d Operation<'d>, balance: i64) -> Message {
        let rate = self.random.one(&[0, 20, 50, 95]);
        let Self { document, pool, random, keys, .. } = self;
        let path = pool.path(operation.path, &mut |count| (!random.percent(4)).then(|| random.below(count)));
        let mut message = Message::new(operation, path);
        let mut source = Drawn { random, pool, keys, balance, rate, list: operation.path };
        let mut query = Vec::new();
        for parameter in &operation.parameters {
            let wanted = match parameter.place {
                "query" => parameter.required || source.random.percent(20),
                "header" => parameter.name == "Api-App-Id" && source.random.percent(8),
                _ => false,
            };
            if wanted {
                let field = parameter.name.to_lowercase().replace('-', "_");
                let value = fill(document, parameter.schema, &field, &mut source);
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned).replace(' ', "+");
                match parameter.place {
                    "query" => query.push(format!("{}={text}", parameter.name)),
                    _ => message = message.header(parameter.name, &text),
                }
            }
        }
        if !query.is_empty() {
            message.path = format!("{}?{}", message.path, query.join("&"));
        }
        let Some(body) = operation.body else { return message };
        let value = fill(document, body.schema, "", &mut source);
        if body.is_json() { message.json(&value) } else { message.form(&value) }
    }

    /// Draws a control request: the clock, an option, or a route about an object that exists.
    fn control(&mut self) -> Option<Message> {
        let random = &mut self.random;
        let plain =
            |path: &str| Message { method: "POST".to_owned(), path: path.to_owned(), ..Message::default() };
        if random.percent(40) {
            let seconds = random.one(&[1, 60, 3_600, 86_400, 30 * 86_400]);
            return Some(plain("clock").json(&json!({ "seconds": seconds })));
        }
        if random.percent(5) {
            let body: Value = serde_json::from_str(random.one(&OPTIONS)).unwrap();
            return Some(plain("options").json(&body));
        }
        let about: Vec<&Route> = self.routes.iter().filter(|route| route.path.contains("/*")).collect();
        let route = (!about.is_empty()).then(|| random.one(&about))?;
        let (collection, rest) = route.path.split_once("/*").unwrap();
        let ids = self.pool.collection(collection);
        let id = (!ids.is_empty()).then(|| random.one(&ids))?;
        let path = format!("{collection}/{id}{rest}");
        let message = Message { method: route.method.clone(), ..plain(&path) };
        let verb = rest.trim_start_matches('/');
        let bodies: Vec<&str> =
            CONTROL_BODIES.iter().filter(|(name, _)| *name == verb).map(|(_, body)| *body).collect();
        if bodies.is_empty() {
            return Some(message);
        }
        Some(message.json(&serde_json::from_str(random.one(&bodies)).unwrap()))
    }
}

fn draw<'d>(random: &mut Random, operations: &'d [Operation<'d>]) -> &'d Operation<'d> {
    &operations[random.below(operations.len())]
}

/// Draws the values of one request.
struct Drawn<'s> {
    random: &'s mut Random,
    pool: &'s Pool,
    keys: &'s mut Vec<String>,
    balance: i64,
    /// The percentage of optional fields that are sent.
    rate: u64,
    /// The list that cursors belong to.
    list: &'s str,
}

impl Drawn<'_> {
    fn uuid(&mut self) -> String {
        let (high, low) = (self.random.next(), self.random.next());
        let id = uuid::Uuid::from_u64_pair(high, low);
        uuid::Builder::from_bytes(id.into_bytes()).with_version(uuid::Version::Random).into_uuid().to_string()
    }

    fn key(&mut self) -> String {
        if !self.keys.is_empty() && self.random.percent(25) {
            return self.keys[self.random.below(self.keys.len())].clone();
        }
        let key = self.uuid();
        self.keys.push(key.clone());
        key
    }

    fn amount(&mut self) -> i64 {
        let balance = self.balance;
        let edges =
            [balance, balance.saturating_add(1), balance.saturating_sub(1), i64::MAX, i64::MIN, 0, -1, -100];
        match self.random.below(4) {
            0 => self.random.one(&edges),
            1 => -i64::try_from(self.random.below(1_000)).unwrap(),
            _ => i64::try_from(1 + self.random.below(1_000)).unwrap(),
        }
    }

    fn id(&mut self, field: &str) -> Option<String> {
        let pool = self.pool;
        let ids = match field {
            "starting_after" | "ending_before" => pool.collection(self.list),
            _ => pool.ids(field),
        };
        let known = !ids.is_empty() && !self.random.percent(5);
        known.then(|| self.random.one(&ids).to_owned())
    }
}

impl Source for Drawn<'_> {
    fn wants(&mut self, _: &str) -> bool {
        self.random.percent(self.rate)
    }

    fn choose(&mut self, count: usize) -> usize {
        self.random.below(count)
    }

    fn special(&mut self, field: &str, schema: &Value) -> Option<Value> {
        if (schema["nullable"] == true && self.random.percent(5)) || self.random.below(500) == 0 {
            return Some(Value::Null);
        }
        let kind = schema["type"].as_str();
        match (field, kind) {
            ("idempotency_key", _) => Some(json!(self.key())),
            ("amount" | "refill_amount" | "refill_threshold", Some("integer" | "number")) => {
                Some(json!(self.amount()))
            }
            ("limit", _) => Some(json!(self.random.below(101))),
            ("status", Some("string")) if schema["enum"].is_null() => {
                Some(json!(self.random.one(&["created", "pending", "completed", "failed"])))
            }
            (_, Some("string")) => match self.id(field) {
                Some(id) => Some(json!(id)),
                None if schema["format"] == "uuid" => Some(json!(self.uuid())),
                None => None,
            },
            (_, Some("integer" | "number")) => Some(json!(self.id(field)?.parse::<i64>().ok()?)),
            _ => None,
        }
    }
}
