//! `/_sandbox/webhooks`: endpoints, faults, events by hand and the log, over HTTP.

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{WebhookEndpoint, WebhookError, WebhookFaultScript, Webhooks};
use crate::{
    check::Incoming,
    control::read,
    reply::{Refusal, Reply},
    stage::Stage,
};

impl From<WebhookError> for Refusal {
    fn from(error: WebhookError) -> Self {
        if error.is_unknown() { Self::missing(error.to_string()) } else { Self::invalid(error.to_string()) }
    }
}

/// `GET webhooks`: the endpoints, with their secrets.
pub(crate) fn list(stage: &Stage, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &Webhooks::new(stage).list(), ""))
}

/// `POST webhooks`: adds an endpoint.
pub(crate) fn add(stage: &Stage, incoming: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    let asked: WebhookEndpoint = read(incoming)?;
    Ok(Reply::json(StatusCode::CREATED, &Webhooks::new(stage).add(asked)?, ""))
}

/// `DELETE webhooks/*`: removes an endpoint.
pub(crate) fn remove(stage: &Stage, incoming: &Incoming, texts: &[&str]) -> Result<Reply, Refusal> {
    Webhooks::new(stage).remove(texts.first().copied().unwrap_or_default())?;
    list(stage, incoming, texts)
}

/// New secrets for an endpoint.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    secrets: Vec<String>,
}

/// `POST webhooks/*/secrets`: changes the secrets of an endpoint.
pub(crate) fn change_secrets(stage: &Stage, incoming: &Incoming, texts: &[&str]) -> Result<Reply, Refusal> {
    let Secrets { secrets } = read(incoming)?;
    let id = texts.first().copied().unwrap_or_default();
    Ok(Reply::json(StatusCode::OK, &Webhooks::new(stage).change_secrets(id, secrets)?, ""))
}

/// `GET webhooks/deliveries`: the last attempts.
pub(crate) fn deliveries(stage: &Stage, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &Webhooks::new(stage).deliveries(), ""))
}

/// `GET webhooks/events`: the names of the events, each with a payload.
pub(crate) fn samples(stage: &Stage, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &Webhooks::new(stage).samples(), ""))
}

/// An event by hand; without a payload, the sample's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Emitted {
    event: String,
    payload: Option<Value>,
}

/// `POST webhooks/emit`: raises an event.
pub(crate) fn emit(stage: &Stage, incoming: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    let Emitted { event, payload } = read(incoming)?;
    let sample = || stage.spec.event(&event).map(|event| event.sample.clone()).unwrap_or_default();
    let payload = payload.unwrap_or_else(sample);
    Webhooks::new(stage).emit(&event, payload.clone())?;
    Ok(Reply::json(StatusCode::OK, &json!({ "event": event, "payload": payload }), ""))
}

/// `GET webhooks/misbehave`: the faults that are still to happen.
pub(crate) fn faults(stage: &Stage, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &Webhooks::new(stage).faults(), ""))
}

/// `POST webhooks/misbehave`: lets deliveries go wrong.
pub(crate) fn misbehave(stage: &Stage, incoming: &Incoming, texts: &[&str]) -> Result<Reply, Refusal> {
    let script: WebhookFaultScript = read(incoming)?;
    Webhooks::new(stage).misbehave(script)?;
    faults(stage, incoming, texts)
}

/// `DELETE webhooks/misbehave`: forgets the faults that are still to happen.
pub(crate) fn behave(stage: &Stage, incoming: &Incoming, texts: &[&str]) -> Result<Reply, Refusal> {
    Webhooks::new(stage).behave();
    faults(stage, incoming, texts)
}
