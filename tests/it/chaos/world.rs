//! An unkind Dots in memory, and the ledger by which everything is judged.
//!
//! Keys are unique in an account and known for 24 hours of true time. `send_payout` and `create_payout_link` answer a
//! known key with the first answer; what the others do is a rule of each program, and a key of another operation is
//! refused by all. A request is carried out when it
//! arrives, whether or not anybody still waits for the answer.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use dots_api::{Exchange, Request, Response, Transport};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::gate::{Gate, Gates};
use super::mishap::{Kind, Mishap, Wait, Words};
use super::time::Time;

/// How long a key is known.
const KNOWN_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Names the call and the client of a request, as `call/gate`.
pub(super) const CALL: HeaderName = HeaderName::from_static("x-call");

/// What operations do with keys that are known, where no page says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    Refused400,
    Refused409,
    Returned,
}

/// Dots. Clones are one.
#[derive(Clone, Debug)]
pub(super) struct World {
    time: Time,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    known: Known,
    servers: HashMap<String, Account>,
    mishaps: HashMap<u64, VecDeque<Mishap>>,
    on_the_way: Vec<Letter>,
    answers: HashMap<u64, (u16, Value)>,
    attempts: u64,
    gates: Gates,
}

/// What Dots knows at one server.
#[derive(Debug, Default)]
struct Account {
    /// When each was first carried out, by which operation, and the answer.
    keys: HashMap<String, (Duration, &'static str, Value)>,
    ledger: Vec<Payment>,
    batches: Vec<(String, String)>,
}

/// Something that was paid.
#[derive(Clone, Debug)]
pub(super) struct Payment {
    pub(super) intent: String,
    pub(super) id: String,
    pub(super) amount: i64,
    /// The call that it was paid by.
    pub(super) call: u64,
    pub(super) event: u64,
    pub(super) paid: Duration,
    /// No client can see that it was paid.
    pub(super) is_hidden: bool,
}

/// A request on its way.
#[derive(Debug)]
struct Letter {
    attempt: u64,
    call: u64,
    server: String,
    operation: &'static str,
    body: Value,
    mishap: Mishap,
    event: u64,
    due: Duration,
}

impl World {
    pub(super) fn new(time: &Time, known: Known) -> Self {
        let state = State {
            known,
            servers: HashMap::new(),
            mishaps: HashMap::new(),
            on_the_way: Vec::new(),
            answers: HashMap::new(),
            attempts: 0,
            gates: Gates::default(),
        };
        Self { time: time.clone(), state: Arc::new(Mutex::new(state)) }
    }

    /// Says what happens to the requests of a call, in order.
    pub(super) fn expect(&self, call: u64, mishaps: &[Mishap]) {
        self.state().mishaps.insert(call, mishaps.iter().cloned().collect());
    }

    /// Returns everything that was paid at all servers, once everything has arrived.
    pub(super) fn ledger(&self) -> Vec<Payment> {
        let mut state = self.state();
        state.settle(Duration::MAX);
        state.servers.values().flat_map(|account| account.ledger.iter().cloned()).collect()
    }

    /// Whether the batch of this id was made for an intent.
    pub(super) fn has_batch(&self, intent: &str, id: &str) -> bool {
        let state = self.state();
        let mut batches = state.servers.values().flat_map(|account| &account.batches);
        batches.any(|(of, known)| of == intent && known == id)
    }

    pub(super) fn attempts(&self) -> u64 {
        self.state().attempts
    }

    /// What a client has met at this server so far.
    pub(super) fn gate(&self, gate: u64) -> Gate {
        self.state().gates.of(gate).clone()
    }

    /// Tells true time of all that has happened.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn leaves(&self, request: &Request) -> Attempt {
        let now = self.time.truly();
        let event = self.time.event();
        let (call, gate) = sender(request);
        let mut state = self.state();
        state.attempts += 1;
        let mishap = state.mishaps.get_mut(&call).and_then(VecDeque::pop_front).unwrap_or(Mishap::FINE);
        let attempt = state.attempts;
        let body = serde_json::from_slice(request.body.as_deref().unwrap_or(b"{}")).unwrap();
        state.on_the_way.push(Letter {
            attempt,
            call,
            server: request.url.host_str().unwrap_or_default().trim_end_matches('.').to_owned(),
            operation: request.operation.id,
            body,
            mishap: mishap.clone(),
            event,
            due: now + mishap.arrives,
        });
        state.settle(now);
        drop(state);
        let operation = request.operation.id;
        Attempt { world: self.clone(), number: attempt, gate, operation, mishap, is_answered: false }
    }
}

/// A request whose answer somebody waits for.
struct Attempt {
    world: World,
    number: u64,
    gate: u64,
    operation: &'static str,
    mishap: Mishap,
    is_answered: bool,
}

impl Attempt {
    async fn answer(mut self, reads: bool) -> Result<Response<Bytes>, dots_api::TransportError> {
        let time = self.world.time.clone();
        let Mishap { kind, arrives, takes } = self.mishap.clone();
        match kind {
            Kind::Silent { .. } => return std::future::pending().await,
            Kind::Lost { .. } => {
                time.wait(takes).await;
                return Err("the connection was lost".into());
            }
            _ => time.wait(arrives.max(takes)).await,
        }
        let (status, body, wait) = match kind {
            Kind::Answer { status, words, wait, .. } => (status, words.text().to_owned(), wait),
            _ if reads => (200, r#"{"data":[],"has_more":false}"#.to_owned(), Wait::None),
            Kind::Bent { bend, .. } => {
                let (status, answer) = self.dots_says();
                let body = if status == 201 { bend.apply(answer) } else { answer.to_string() };
                (status, body, Wait::None)
            }
            _ => {
                let (status, answer) = self.dots_says();
                (status, answer.to_string(), Wait::None)
            }
        };
        let mut headers = HeaderMap::new();
        if let Wait::Text(text) = wait {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
        }
        self.is_answered = true;
        let is_fine = matches!(kind, Kind::Fine);
        self.note(Some((status, wait != Wait::None, is_fine)));
        Ok(Response::new(StatusCode::from_u16(status).unwrap(), headers, Bytes::from(body)))
    }

    fn dots_says(&self) -> (u16, Value) {
        let mut state = self.world.state();
        state.settle(self.world.time.truly());
        state.answers.remove(&self.number).unwrap_or((500, json!({})))
    }

    fn note(&self, answer: Option<(u16, bool, bool)>) {
        let now = self.world.time.steady();
        self.world.state().gates.of(self.gate).hear(self.operation, answer, now);
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if !self.is_answered {
            self.note(None);
        }
    }
}

impl State {
    /// Carries out what has arrived by then.
    fn settle(&mut self, now: Duration) {
        if self.on_the_way.is_empty() {
            return;
        }
        let (mut due, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.on_the_way).into_iter().partition(|letter| letter.due <= now);
        self.on_the_way = rest;
        due.sort_by_key(|letter| (letter.due, letter.event));
        for letter in due {
            let (number, answer) = (letter.attempt, self.carry_out(letter));
            self.answers.insert(number, answer);
        }
    }

    fn carry_out(&mut self, letter: Letter) -> (u16, Value) {
        let account = self.servers.entry(letter.server.clone()).or_default();
        let key = letter.body["idempotency_key"].as_str().unwrap_or_default().to_owned();
        if !letter.mishap.commits() {
            return (201, letter.echo("none"));
        }
        if key.is_empty() {
            return (200, json!({}));
        }
        let refusal: Value = serde_json::from_str(Words::Dots.text()).unwrap();
        if let Some((by, first)) = account.known(&key, letter.due) {
            let returns = ["send_payout", "create_payout_link"].contains(&letter.operation);
            return match self.known {
                _ if by != letter.operation => (400, refusal),
                _ if returns => (201, first),
                Known::Returned => (201, first),
                Known::Refused400 => (400, refusal),
                Known::Refused409 => (409, refusal),
            };
        }
        let id = format!("id-{}", letter.attempt);
        let answer = letter.echo(&id);
        match letter.body["items"].as_array() {
            None => account.ledger.push(letter.payment(&id, &letter.body)),
            Some(items) => {
                account.batches.push((intent(&letter.body), id.clone()));
                for item in items {
                    let key = item["idempotency_key"].as_str().unwrap_or_default();
                    // An item that Dots knows fails by itself, in its own row.
                    if account.known(key, letter.due).is_none() {
                        account.ledger.push(letter.payment(&id, item));
                        let known = (letter.due, letter.operation, item.clone());
                        account.keys.insert(key.to_owned(), known);
                    }
                }
            }
        }
        account.keys.insert(key, (letter.due, letter.operation, answer.clone()));
        (201, answer)
    }
}

impl Account {
    fn known(&self, key: &str, at: Duration) -> Option<(&'static str, Value)> {
        let (first, by, answer) = self.keys.get(key)?;
        (at.saturating_sub(*first) < KNOWN_FOR).then(|| (*by, answer.clone()))
    }
}

impl Letter {
    /// What Dots says of a request that it has carried out.
    fn echo(&self, id: &str) -> Value {
        let mut answer = self.body.clone();
        answer["id"] = json!(id);
        answer["status"] = json!("created");
        answer
    }

    fn payment(&self, id: &str, body: &Value) -> Payment {
        Payment {
            intent: intent(body),
            id: id.to_owned(),
            amount: body["amount"].as_i64().unwrap_or_default(),
            call: self.call,
            event: self.event,
            paid: self.due,
            is_hidden: self.mishap.hides(),
        }
    }
}

/// What a payment is for, which its metadata says.
fn intent(body: &Value) -> String {
    body["metadata"]["intent"].as_str().unwrap_or_default().to_owned()
}

fn sender(request: &Request) -> (u64, u64) {
    let text = request.headers.get(CALL).and_then(|value| value.to_str().ok()).unwrap_or("0/0");
    let (call, gate) = text.split_once('/').unwrap_or_default();
    (call.parse().unwrap_or_default(), gate.parse().unwrap_or_default())
}

impl Transport for World {
    fn send(&self, request: Request) -> Exchange<'_> {
        Box::pin(async move {
            let attempt = self.leaves(&request);
            attempt.answer(request.operation.method.is_safe()).await
        })
    }
}
