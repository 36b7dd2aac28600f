//! `/_sandbox/webhooks`: endpoints, faults, events by hand and the delivery log.

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    http::{Incoming, Refusal, Reply},
    simulator::{Simulator, Webhooks},
    spec::Style,
    webhooks::{WebhookEndpoint, WebhookError, WebhookFaultScript},
};

impl From<WebhookError> for Refusal {
    fn from(error: WebhookError) -> Self {
        if error.is_unknown() { Self::missing(error.to_string()) } else { Self::invalid(error.to_string()) }
    }
}

/// `GET webhooks`: the endpoints, with their secrets.
pub(crate) fn list(simulator: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &Webhooks::new(simulator).list(), ""))
}

/// `POST webhooks`: adds an endpoint.
pub(crate) fn add(simulator: &Simulator, incoming: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    let asked: WebhookEndpoint = incoming.json()?;
    Ok(Reply::json(StatusCode::CREATED, &Webhooks::new(simulator).add(asked)?, ""))
}

/// `DELETE webhooks/*`: removes an endpoint.
pub(crate) fn remove(simulator: &Simulator, incoming: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    Webhooks::new(simulator).remove(params.first().copied().unwrap_or_default())?;
    list(simulator, incoming, params)
}

/// New secrets for an endpoint.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    secrets: Vec<String>,
}

/// `POST webhooks/*/secrets`: changes the secrets of an endpoint.
pub(crate) fn change_secrets(
    simulator: &Simulator,
    incoming: &Incoming,
    params: &[&str],
) -> Result<Reply, Refusal> {
    let Secrets { secrets } = incoming.json()?;
    let id = params.first().copied().unwrap_or_default();
    Ok(Reply::json(StatusCode::OK, &Webhooks::new(simulator).change_secrets(id, secrets)?, ""))
}

/// `GET webhooks/deliveries`: the last delivery attempts.
pub(crate) fn deliveries(simulator: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &Webhooks::new(simulator).deliveries(), ""))
}

/// `GET webhooks/events`: the names of the events, each with a payload.
pub(crate) fn samples(simulator: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &Webhooks::new(simulator).samples(), ""))
}

/// An event raised by hand; without a payload it carries the sample's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Emitted {
    event: String,
    payload: Option<Value>,
}

/// `POST webhooks/emit`: raises an event.
pub(crate) fn emit(simulator: &Simulator, incoming: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    let Emitted { event, payload } = incoming.json()?;
    let style = Style { tidy: simulator.world().state.options.tidy_bodies };
    let sample = || simulator.spec.event(&event).map(|event| event.sample(style).clone()).unwrap_or_default();
    let payload = payload.unwrap_or_else(sample);
    Webhooks::new(simulator).emit(&event, payload.clone())?;
    Ok(Reply::json(StatusCode::OK, &json!({ "event": event, "payload": payload }), ""))
}

/// `GET webhooks/misbehave`: the faults that have not fired.
pub(crate) fn faults(simulator: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &Webhooks::new(simulator).faults(), ""))
}

/// `POST webhooks/misbehave`: makes deliveries go wrong.
pub(crate) fn misbehave(
    simulator: &Simulator,
    incoming: &Incoming,
    params: &[&str],
) -> Result<Reply, Refusal> {
    let script: WebhookFaultScript = incoming.json()?;
    Webhooks::new(simulator).misbehave(script)?;
    faults(simulator, incoming, params)
}

/// `DELETE webhooks/misbehave`: clears the faults that have not fired.
pub(crate) fn behave(simulator: &Simulator, incoming: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    Webhooks::new(simulator).behave();
    faults(simulator, incoming, params)
}
