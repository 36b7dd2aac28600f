//! The sending of one attempt over HTTP.

use std::{pin::pin, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Method, Request,
    client::conn::http1,
    header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};

use super::{
    DeliveryOutcome, WebhookFault,
    attempt::{Attempt, AttemptResult},
    signature,
    target::Target,
};
use crate::options::WebhookClock;

/// How much of an answer's body is read, so that the receiver is not cut off.
const ANSWER_LIMIT: usize = 64 * 1024;

/// How old a stale delivery is.
const STALE: Duration = Duration::from_secs(60 * 60);

/// Makes an attempt, within the timeout of the settings.
pub(crate) async fn send(attempt: &Attempt) -> AttemptResult {
    let now = match attempt.settings.clock {
        WebhookClock::Wall => Timestamp::now(),
        WebhookClock::Sandbox => attempt.due,
    };
    let headers = headers(attempt, now);
    let body = body(attempt);
    if attempt.fault == Some(WebhookFault::Lose) {
        return AttemptResult { headers, body, outcome: DeliveryOutcome::Lost, status: None };
    }
    let answered =
        timeout(attempt.settings.timeout, post(&attempt.endpoint.target, &headers, body.clone())).await;
    let (outcome, status) = match answered {
        Ok(Some(status)) if (200..300).contains(&status) => (DeliveryOutcome::Accepted, Some(status)),
        Ok(Some(status)) => (DeliveryOutcome::Refused, Some(status)),
        Ok(None) => (DeliveryOutcome::Unreachable, None),
        Err(_) => (DeliveryOutcome::TimedOut, None),
    };
    AttemptResult { headers, body, outcome, status }
}

/// Returns the three headers of the signature, in each family that the endpoint asked for.
fn headers(attempt: &Attempt, now: Timestamp) -> Vec<(String, String)> {
    let (id, secrets, body) = (&attempt.message.id, &attempt.endpoint.secrets, &attempt.message.body);
    let is = |fault| attempt.fault == Some(fault);
    let age = if is(WebhookFault::StaleTimestamp) { STALE } else { Duration::ZERO };
    let timestamp = now.checked_sub(age).unwrap_or(now).as_second();
    let sign = if is(WebhookFault::TamperedSignature) { signature::forged } else { signature::header };
    let mut values = vec![("id", id.clone()), ("timestamp", timestamp.to_string())];
    if !is(WebhookFault::Unsigned) {
        values.push(("signature", sign(secrets, id, timestamp, body)));
    }
    let prefixes = attempt.endpoint.headers.prefixes().iter();
    prefixes
        .flat_map(|prefix| {
            values.iter().map(move |(name, value)| (format!("{prefix}-{name}"), value.clone()))
        })
        .collect()
}

/// Returns the body that was signed, or the body that a fault tampered with.
fn body(attempt: &Attempt) -> Bytes {
    if attempt.fault != Some(WebhookFault::TamperedBody) {
        return attempt.message.body.clone();
    }
    let mut body: Value = serde_json::from_slice(&attempt.message.body).unwrap_or_default();
    if let Some(fields) = body.as_object_mut() {
        fields.insert("tampered".to_owned(), json!(true));
    }
    Bytes::from(body.to_string())
}

/// Sends a request and returns the status of the answer; `None` when there was no answer.
async fn post(target: &Target, headers: &[(String, String)], body: Bytes) -> Option<u16> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(&target.path)
        .header(HOST, &target.host)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, concat!("dots-sandbox/", env!("CARGO_PKG_VERSION")))
        .header(CONNECTION, "close");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Full::new(body)).ok()?;
    let stream = connect(target).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let mut exchange = pin!(async move {
        let answer = sender.send_request(request).await.ok()?;
        let status = answer.status().as_u16();
        // The status alone decides; a body that breaks off or never ends changes nothing.
        let _ = Limited::new(answer.into_body(), ANSWER_LIMIT).collect().await;
        Some(status)
    });
    tokio::select! {
        biased;
        status = &mut exchange => status,
        // The connection may end before its last answer is read.
        _ = connection => exchange.await,
    }
}

async fn connect(target: &Target) -> Option<TcpStream> {
    for address in &target.addresses {
        if let Ok(stream) = TcpStream::connect(address).await {
            return Some(stream);
        }
    }
    None
}
