//! What a call tells a tracing subscriber: one span for the call, one event for each attempt.
//!
//! The names are those of OpenTelemetry for HTTP clients, and what is told is only what may stand in any log: the
//! operation, its template, the status, the idempotency key and what became of the call. No id, query, header or body is.

use std::time::Duration;

use dots_api::{Client, IdempotencyKey, OperationMeta};
use http::StatusCode;
use tracing::field::{self, Empty};
use tracing::{Instrument as _, Level, Span};

use crate::error::{Error, Outcome};
use crate::reply::Reply;

/// What the events and spans of this crate are told apart by.
const TARGET: &str = "dots_api_ext";

/// Puts a span around the attempts of a call, and notes in it what became of them.
pub(crate) async fn call<T>(
    operation: &'static OperationMeta,
    key: Option<IdempotencyKey>,
    client: &Client,
    attempts: impl Future<Output = Result<Reply<T>, Error>>,
) -> Result<Reply<T>, Error> {
    let span = span(operation, key, client);
    let outcome = attempts.instrument(span.clone()).await;
    match &outcome {
        Ok(reply) => {
            span.record("http.response.status_code", reply.http_status());
            note_resends(&span, reply.attempts());
        }
        Err(error) => {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", error_type(error).as_str());
            span.record("dots.outcome", error.outcome().as_str());
            if let Some(status) = error.status() {
                span.record("http.response.status_code", status);
            }
            note_resends(&span, error.attempts());
        }
    }
    outcome
}

/// Tells that an attempt was answered as it should be.
pub(crate) fn answered(attempts: u32, status: StatusCode) {
    tracing::event!(
        target: TARGET,
        Level::DEBUG,
        "http.response.status_code" = status.as_u16(),
        "http.request.resend_count" = attempts.saturating_sub(1),
        "answered"
    );
}

/// Tells that an attempt failed, and after what pause it is followed by another, if it is.
pub(crate) fn failed(attempts: u32, error: &Error, pause: Option<Duration>) {
    tracing::event!(
        target: TARGET,
        Level::WARN,
        "error.type" = error_type(error).as_str(),
        "dots.outcome" = error.outcome().as_str(),
        "http.response.status_code" = error.status(),
        "http.request.resend_count" = attempts.saturating_sub(1),
        "dots.pause_ms" = pause.map(|pause| u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)),
        "failed"
    );
}

fn span(operation: &'static OperationMeta, key: Option<IdempotencyKey>, client: &Client) -> Span {
    tracing::span!(
        target: TARGET,
        Level::INFO,
        "call",
        "otel.name" = format_args!("{} {}", operation.method, operation.path),
        "otel.kind" = "client",
        "otel.status_code" = Empty,
        "http.request.method" = operation.method.as_str(),
        "url.template" = operation.path,
        "server.address" = client.base_url().host_str().unwrap_or_default(),
        "server.port" = client.base_url().port_or_known_default(),
        "dots.operation" = operation.id,
        // As `Debug` does, a log shows a key and does not give it away.
        "dots.idempotency_key" = key.map(|key| field::display(key.inner())),
        "http.response.status_code" = Empty,
        "http.request.resend_count" = Empty,
        "error.type" = Empty,
        "dots.outcome" = Empty,
    )
}

/// The first request is no resend, and is not counted as one.
fn note_resends(span: &Span, attempts: u32) {
    if attempts > 1 {
        span.record("http.request.resend_count", attempts - 1);
    }
}

/// The status where it is the error, or else a word that tells how the call ended.
fn error_type(error: &Error) -> String {
    match error.status() {
        Some(status) if !(200..300).contains(&status) => status.to_string(),
        Some(_) => "unusable_answer".to_owned(),
        None if error.outcome() == Outcome::NotSent => Outcome::NotSent.to_string(),
        None => "no_answer".to_owned(),
    }
}
