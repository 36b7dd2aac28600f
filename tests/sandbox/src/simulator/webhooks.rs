//! The handle on the webhooks of a running sandbox.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Simulator;
use crate::{
    plan::Plan,
    spec::Style,
    webhooks::{
        Delivery, Webhook, WebhookEndpoint, WebhookError, WebhookFaultScript, check_payload, find_event,
    },
};

/// The webhooks of a running sandbox; see [`Sandbox::webhooks`](crate::Sandbox::webhooks).
#[derive(Clone, Copy, Debug)]
pub struct Webhooks<'s> {
    simulator: &'s Simulator,
}

/// Adds the endpoints that do not exist yet; an endpoint from the state file goes on as it was.
///
/// # Errors
/// Refuses what [`Webhooks::add`] refuses.
pub(crate) fn add_missing(simulator: &Simulator, asked: Vec<WebhookEndpoint>) -> Result<(), WebhookError> {
    let webhooks = Webhooks::new(simulator);
    let mut there: Vec<String> = webhooks.list().into_iter().map(|webhook| webhook.url).collect();
    for endpoint in asked {
        match there.iter().position(|url| url == endpoint.url()) {
            Some(position) => drop(there.swap_remove(position)),
            None => drop(webhooks.add(endpoint)?),
        }
    }
    Ok(())
}

impl<'s> Webhooks<'s> {
    pub(crate) fn new(simulator: &'s Simulator) -> Self {
        Self { simulator }
    }

    /// Adds an endpoint, which receives the events from now on.
    ///
    /// # Errors
    /// Returns an error for an address on another machine, an invalid secret, an event that the document does not have,
    /// and an unknown app.
    pub fn add(&self, endpoint: impl Into<WebhookEndpoint>) -> Result<Webhook, WebhookError> {
        self.simulator.read_events();
        let world = &mut *self.simulator.world();
        world.dispatcher.add(&endpoint.into(), &world.state, &self.simulator.spec)
    }

    /// Returns the endpoints, oldest first.
    pub fn list(&self) -> Vec<Webhook> {
        self.simulator.world().dispatcher.show()
    }

    /// Removes an endpoint and its pending deliveries.
    ///
    /// # Errors
    /// Returns an error when no endpoint has this id.
    pub fn remove(&self, id: &str) -> Result<(), WebhookError> {
        self.simulator.world().dispatcher.remove(id)
    }

    /// Changes the secrets of an endpoint. All of them sign, so that a receiver can rotate from the old one to the new
    /// one.
    ///
    /// # Errors
    /// Returns an error for an unknown endpoint, and for an invalid secret.
    pub fn change_secrets<I>(&self, id: &str, secrets: I) -> Result<Webhook, WebhookError>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let secrets: Vec<String> = secrets.into_iter().map(Into::into).collect();
        let world = &mut *self.simulator.world();
        world.dispatcher.change_secrets(id, &secrets, &world.state)
    }

    /// Makes deliveries go wrong; see [`WebhookFault`](crate::WebhookFault).
    ///
    /// # Errors
    /// Returns an error for an event that the document does not have.
    pub fn misbehave(&self, fault: impl Into<WebhookFaultScript>) -> Result<(), WebhookError> {
        self.simulator.world().dispatcher.add_fault(fault.into(), &self.simulator.spec)
    }

    /// Clears every fault that has not fired.
    pub fn behave(&self) {
        self.simulator.world().dispatcher.clear_faults();
    }

    /// Returns the faults that have not fired.
    pub fn faults(&self) -> Vec<WebhookFaultScript> {
        self.simulator.world().dispatcher.faults().to_vec()
    }

    /// Returns the last delivery attempts, oldest first, those in progress included.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.simulator.world().dispatcher.deliveries().cloned().collect()
    }

    /// Returns the names of the events, each with a sample payload from the document, with the quirks of real bodies
    /// unless bodies are tidy.
    pub fn samples(&self) -> Map<String, Value> {
        let style = Style { tidy: self.simulator.world().state.options.tidy_bodies };
        let events = self.simulator.spec.events.iter();
        events.map(|event| (event.name.clone(), event.sample(style).clone())).collect()
    }

    /// Raises an event by hand; nothing else changes.
    ///
    /// # Errors
    /// Returns an error for an event that the document does not have, and for a payload that its schema does not allow.
    pub fn emit(&self, event: &str, payload: impl Serialize) -> Result<(), WebhookError> {
        let (name, schema) = find_event(&self.simulator.spec, event)?;
        let unreadable = |error: serde_json::Error| WebhookError::payload(event, error.to_string());
        let mut payload = serde_json::to_value(payload).map_err(unreadable)?;
        if let Some(fields) = payload.as_object_mut() {
            // Both depend on the endpoint and on the settings, and are added when the event is delivered.
            fields.remove("event");
            fields.remove("api_app_id");
        }
        check_payload(schema, &payload)?;
        let world = &mut *self.simulator.world();
        let mut plan = Plan::of(world.state.ids.app(), &world.state);
        plan.emit(name, payload);
        // An event moves no money, so the ledger stays balanced.
        let changes = plan.into_changes();
        let _ = world.state.apply(changes);
        Ok(())
    }
}
