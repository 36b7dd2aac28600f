//! Keys that leave the program: whatever has one as a text or a UUID may send it, so a refusal is no proof any more.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use dots_api::{
    Client, CreateTransfer, CreateTransferRequest, Exchange, Operation, Request, Response, SendPayout,
    Transport,
};
use dots_api_ext::uuid::Uuid;
use dots_api_ext::{
    BatchItem, Dots, DotsBuilder, Environment, Error, IdempotencyKey, Outcome, PayoutRail, RetryPolicy,
    StoredRequest,
};
use http::{HeaderMap, StatusCode};

use crate::support::clock::TestClock;
use crate::support::listener::Listener;
use crate::support::mini::{Fault, Mini};
use crate::support::world::{KEY, TEN_DOLLARS, somebody};

fn url(host: &str) -> String {
    format!("https://{host}.example/api")
}

fn builder(transport: impl Transport + 'static, host: &str) -> DotsBuilder {
    Dots::builder()
        .credentials("pk_dev_sandbox", "sk_dev_sandbox")
        .environment(url(host).parse::<Environment>().unwrap())
        .transport(transport)
        .retry(RetryPolicy::none())
}

fn raw(mini: &Mini, host: &str) -> Client {
    Client::with_transport(&url(host), Arc::new(mini.clone())).unwrap()
}

fn outcome<T>(result: Result<T, Error>) -> Option<Outcome> {
    result.err().map(|error| error.outcome())
}

fn in_body(json: &[u8]) -> IdempotencyKey {
    serde_json::from_slice::<CreateTransferRequest>(json).unwrap().idempotency_key
}

/// Takes the key out of the program, and reads it as another process does.
type Way = fn(&CreateTransfer, &Client) -> IdempotencyKey;

const WAYS: [(&str, Way); 8] = [
    ("serde", |transfer, _| in_body(&serde_json::to_vec(&transfer.body).unwrap())),
    ("display", |transfer, _| transfer.body.idempotency_key.to_string().parse().unwrap()),
    ("format", |transfer, _| format!("{:>36}", transfer.body.idempotency_key).parse().unwrap()),
    ("as-uuid", |transfer, _| (*transfer.body.idempotency_key.as_uuid()).try_into().unwrap()),
    ("into-uuid", |transfer, _| Uuid::from(transfer.body.idempotency_key).try_into().unwrap()),
    ("copy", |transfer, _| transfer.idempotency_key().unwrap().to_string().parse().unwrap()),
    ("request", |transfer, raw| in_body(&transfer.request(raw).unwrap().body.unwrap())),
    ("stored", |transfer, _| {
        let stored = StoredRequest::of(&Environment::Sandbox, transfer, SystemTime::now()).unwrap();
        in_body(stored.body().as_bytes())
    }),
];

#[tokio::test]
async fn a_refusal_of_a_fresh_key_that_has_left_the_program_proves_nothing() {
    let mut verdicts = Vec::new();
    for (host, way) in WAYS {
        let mini = Mini::default();
        let here = builder(mini.clone(), host).build().unwrap();
        let there = builder(mini.clone(), host).as_another_process().build().unwrap();
        let transfer = here.transfer_to_user(&KEY.parse().unwrap(), TEN_DOLLARS).into_operation().unwrap();
        let row = way(&transfer, &raw(&mini, host));
        assert_eq!(row, transfer.body.idempotency_key, "{host}");
        let elsewhere = there.transfer_to_user(&KEY.parse().unwrap(), TEN_DOLLARS);
        elsewhere.with_idempotency_key(row).await.unwrap();
        verdicts.push((host, outcome(here.run(transfer).await), mini.payments()));
    }
    // It was paid, though this program was refused.
    assert_eq!(verdicts, WAYS.map(|(host, _)| (host, Some(Outcome::Unknown), 1)));
}

/// A Dots whose lists have one row, a batch under another key.
#[derive(Clone, Debug)]
struct OneRow(Mini);

impl Transport for OneRow {
    fn send(&self, request: Request) -> Exchange<'_> {
        if !request.operation.method.is_safe() {
            return self.0.send(request);
        }
        let row = format!(r#"{{"id":"b1","status":"created","idempotency_key":"{KEY}"}}"#);
        let list = Bytes::from(format!(r#"{{"data":[{row}],"has_more":false}}"#));
        Box::pin(async { Ok(Response::new(StatusCode::OK, HeaderMap::new(), list)) })
    }
}

#[tokio::test]
async fn a_key_that_is_only_shown_looked_up_and_sent_to_dots_stays_in_the_program() {
    let (mini, listener) = (Mini::default(), Listener::start());
    let dots = builder(OneRow(mini.clone()), "shown").build().unwrap();
    let item = BatchItem::new(&KEY.parse().unwrap(), TEN_DOLLARS, PayoutRail::Default);
    let batch = dots.create_payout_batch([item]);
    let key = format!("{batch:?}");
    let batch = batch.into_operation().unwrap();
    let keys = format!("{batch:?} {:?}", batch.body.idempotency_key);
    mini.faults([Fault::Refused; 2]);
    // Each time it was certainly not carried out, whatever was shown after the time before.
    for _ in 0..2 {
        dots.look_up(batch.clone()).await.unwrap();
        let error = dots.run(batch.clone()).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Rejected, "{key} {keys} {error} {error:?}");
    }
    let told = listener.heard_of("dots_api_ext");
    assert!(told.contains("dots.idempotency_key="), "{told}");
    assert_eq!((mini.payments(), mini.requests()), (0, 2));
}

#[tokio::test]
async fn a_request_that_the_caller_has_built_is_known_when_it_is_sent() {
    let mini = Mini::default();
    let (raw, dots) = (raw(&mini, "built"), builder(mini.clone(), "built").clock(TestClock::default()));
    let dots = dots.build().unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    raw.fetch(payout.request(&raw), SendPayout::read).await.unwrap();
    mini.advance(Duration::from_secs(25 * 60 * 60));
    // Dots has forgotten the key, and the clock of this client cannot say how old it is.
    assert_eq!(outcome(dots.run(payout).await), Some(Outcome::Unknown));
    assert_eq!((mini.payments(), mini.requests()), (1, 1));
}
