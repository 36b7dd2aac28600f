//! Dots in memory, as unkind as its documentation allows: keys are unique in an account, or in the app that it acts for,
//! and known for 24 hours of true time. `send_payout` and `create_payout_link` answer a known key with the first answer; every other operation refuses
//! it with a plain 400, as it refuses any bad request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use dots_api::{Exchange, Request, Response, Transport};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

/// How long a key is known.
const KNOWN_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Dots, and everything that it has paid. Clones are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mini(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// True time, whatever the clocks of clients say.
    now: Duration,
    keys: HashMap<Key, (Duration, Value)>,
    payments: Vec<Value>,
    /// What happens to the answers of the next requests, in order.
    faults: Vec<Fault>,
    requests: usize,
}

/// An app, and a key of it.
type Key = (Option<String>, String);

/// What happens to one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// It is carried out, and its answer is lost.
    Lost,
    /// It is refused for what it asks, before anything is carried out.
    Refused,
    /// Nothing.
    None,
}

impl Mini {
    /// Lets true time go by.
    pub(crate) fn advance(&self, time: Duration) {
        self.state().now += time;
    }

    /// Sets what happens to the next requests, in order.
    pub(crate) fn faults(&self, faults: impl IntoIterator<Item = Fault>) {
        self.state().faults = faults.into_iter().collect();
    }

    /// How many payments were made.
    pub(crate) fn payments(&self) -> usize {
        self.state().payments.len()
    }

    /// How many cents were paid.
    pub(crate) fn paid(&self) -> i64 {
        self.state().payments.iter().map(|payment| payment["amount"].as_i64().unwrap().abs()).sum()
    }

    /// How many requests arrived.
    pub(crate) fn requests(&self) -> usize {
        self.state().requests
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn answer(&mut self, request: &Request) -> Option<(StatusCode, Value)> {
        self.requests += 1;
        let fault = if self.faults.is_empty() { Fault::None } else { self.faults.remove(0) };
        if request.operation.method.is_safe() {
            return Some((StatusCode::OK, json!({ "data": [], "has_more": false })));
        }
        if fault == Fault::Refused {
            return Some((StatusCode::BAD_REQUEST, refusal()));
        }
        let body: Value = serde_json::from_slice(request.body.as_deref().unwrap_or(b"{}")).unwrap();
        let returns_existing = ["send_payout", "create_payout_link"].contains(&request.operation.id);
        let items = body["items"].as_array().cloned().unwrap_or_default();
        let (now, app) =
            (self.now, request.headers.get("api-app-id").map(|app| app.to_str().unwrap().to_owned()));
        let known = |keys: &HashMap<Key, (Duration, Value)>, key: &Value| {
            let (first, answer) = keys.get(&(app.clone(), key.as_str()?.to_owned()))?;
            (now - *first < KNOWN_FOR).then(|| answer.clone())
        };
        if let Some(first) = known(&self.keys, &body["idempotency_key"]) {
            let answer = if returns_existing {
                (StatusCode::CREATED, first)
            } else {
                (StatusCode::BAD_REQUEST, refusal())
            };
            return (fault != Fault::Lost).then_some(answer);
        }
        let mut answer = body.clone();
        answer["id"] = json!(format!("p{}", self.payments.len()));
        answer["status"] = json!("created");
        if items.is_empty() {
            self.payments.push(answer.clone());
        }
        for item in items {
            // An item that Dots knows fails by itself, in its own row.
            if known(&self.keys, &item["idempotency_key"]).is_none() {
                self.payments.push(item.clone());
                self.remember(&app, &item["idempotency_key"], &item);
            }
        }
        self.remember(&app, &body["idempotency_key"], &answer);
        (fault != Fault::Lost).then_some((StatusCode::CREATED, answer))
    }

    fn remember(&mut self, app: &Option<String>, key: &Value, answer: &Value) {
        let now = self.now;
        if let Some(key) = key.as_str() {
            self.keys.insert((app.clone(), key.to_owned()), (now, answer.clone()));
        }
    }
}

fn refusal() -> Value {
    json!({ "success": false, "message": "no" })
}

impl Transport for Mini {
    fn send(&self, request: Request) -> Exchange<'_> {
        Box::pin(async move {
            let Some((status, body)) = self.state().answer(&request) else {
                return Err("the answer was lost".into());
            };
            Ok(Response::new(status, HeaderMap::new(), Bytes::from(body.to_string())))
        })
    }
}
