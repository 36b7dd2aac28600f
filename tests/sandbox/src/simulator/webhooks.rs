//! The way in: what a test and the control routes do with webhooks.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Simulator;
use crate::{
    plan::Plan,
    webhooks::{
        Delivery, Webhook, WebhookEndpoint, WebhookError, WebhookFaultScript, check_payload, find_event,
    },
};

/// The webhooks of a running sandbox; see [`Sandbox::webhooks`](crate::Sandbox::webhooks).
#[derive(Clone, Copy, Debug)]
pub struct Webhooks<'s> {
    simulator: &'s Simulator,
}

/// Adds the endpoints that are not there yet: one that a state file brought along goes on as it was.
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

    /// Adds an endpoint, which hears of everything that happens from now on.
    ///
    /// # Errors
    /// Returns an error for an address that is not of this machine, a secret that is none, an event that the document
    /// does not have and an app that does not exist.
    pub fn add(&self, endpoint: impl Into<WebhookEndpoint>) -> Result<Webhook, WebhookError> {
        self.simulator.read_events();
        let world = &mut *self.simulator.world();
        world.dispatcher.add(&endpoint.into(), &world.state, &self.simulator.spec)
    }

    /// Returns the endpoints, oldest first.
    pub fn list(&self) -> Vec<Webhook> {
        self.simulator.world().dispatcher.show()
    }

    /// Removes an endpoint, and what was still to be delivered to it.
    ///
    /// # Errors
    /// Returns an error when there is none with this id.
    pub fn remove(&self, id: &str) -> Result<(), WebhookError> {
        self.simulator.world().dispatcher.remove(id)
    }

    /// Changes the secrets of an endpoint; several of them sign together, until the old one is left out.
    ///
    /// # Errors
    /// Returns an error when there is no such endpoint, and for a secret that is none.
    pub fn change_secrets<I>(&self, id: &str, secrets: I) -> Result<Webhook, WebhookError>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let secrets: Vec<String> = secrets.into_iter().map(Into::into).collect();
        let world = &mut *self.simulator.world();
        world.dispatcher.change_secrets(id, &secrets, &world.state)
    }

    /// Lets deliveries go wrong; see [`WebhookFault`](crate::WebhookFault).
    ///
    /// # Errors
    /// Returns an error for an event that the document does not have.
    pub fn misbehave(&self, fault: impl Into<WebhookFaultScript>) -> Result<(), WebhookError> {
        self.simulator.world().dispatcher.add_fault(fault.into(), &self.simulator.spec)
    }

    /// Forgets every fault that was asked for and has not happened.
    pub fn behave(&self) {
        self.simulator.world().dispatcher.clear_faults();
    }

    /// Returns the faults that were asked for and have not happened.
    pub fn faults(&self) -> Vec<WebhookFaultScript> {
        self.simulator.world().dispatcher.faults().to_vec()
    }

    /// Returns the last attempts to deliver, oldest first, those under way included.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.simulator.world().dispatcher.deliveries().cloned().collect()
    }

    /// Returns the names of the events, and for each a payload as the document has it.
    pub fn samples(&self) -> Map<String, Value> {
        let events = self.simulator.spec.events.iter();
        events.map(|event| (event.name.clone(), event.sample.clone())).collect()
    }

    /// Raises an event by hand, as if it had happened; nothing else changes.
    ///
    /// # Errors
    /// Returns an error for an event that the document does not have, and for a payload that its schema does not allow.
    pub fn emit(&self, event: &str, payload: impl Serialize) -> Result<(), WebhookError> {
        let (name, schema) = find_event(&self.simulator.spec, event)?;
        let unreadable = |error: serde_json::Error| WebhookError::payload(event, error.to_string());
        let mut payload = serde_json::to_value(payload).map_err(unreadable)?;
        if let Some(fields) = payload.as_object_mut() {
            // Both depend on the endpoint and on the settings, and are added there.
            fields.remove("event");
            fields.remove("api_app_id");
        }
        check_payload(schema, &payload)?;
        let world = &mut *self.simulator.world();
        let mut plan = Plan::of(world.state.ids.app(), &world.state);
        plan.emit(name, payload);
        // An event moves no money, so nothing can be out of balance.
        let changes = plan.into_changes();
        let _ = world.state.apply(changes);
        Ok(())
    }
}
