//! Faults of deliveries: duplicated, reordered, tampered with, lost.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A way in which a delivery goes wrong.
///
/// It applies to one attempt. A receiver that refuses a false delivery gets the true one at the next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WebhookFault {
    /// The message arrives twice, under the same id.
    Duplicate,
    /// The message waits until the endpoint's next one has gone out, or for a minute of the sandbox's clock.
    Reorder,
    /// The body is changed after it was signed: the field `tampered` is added.
    TamperedBody,
    /// Every signature in the header has a wrong bit.
    TamperedSignature,
    /// The signature is right, and its timestamp is an hour old.
    StaleTimestamp,
    /// The header with the signature is missing.
    Unsigned,
    /// The message is never sent, and never retried.
    Lose,
}

impl WebhookFault {
    /// Limits the fault to events of this name.
    pub fn on(self, event: impl Into<String>) -> WebhookFaultScript {
        WebhookFaultScript { event: Some(event.into()), ..self.into() }
    }

    /// Applies the fault to this many deliveries.
    pub fn times(self, times: u32) -> WebhookFaultScript {
        WebhookFaultScript::from(self).times(times)
    }
}

/// Which of the next deliveries go wrong, and how; by default the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookFaultScript {
    fault: WebhookFault,
    #[serde(default)]
    event: Option<String>,
    #[serde(default = "once")]
    times: u32,
}

impl WebhookFaultScript {
    /// Sets how many deliveries go wrong.
    #[must_use]
    pub fn times(self, times: u32) -> Self {
        Self { times, ..self }
    }

    pub(super) fn event(&self) -> Option<&str> {
        self.event.as_deref()
    }
}

impl From<WebhookFault> for WebhookFaultScript {
    fn from(fault: WebhookFault) -> Self {
        Self { fault, event: None, times: once() }
    }
}

fn once() -> u32 {
    1
}

/// The faults that have not fired, in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub(super) struct PendingFaults(Vec<WebhookFaultScript>);

impl PendingFaults {
    pub(super) fn add(&mut self, script: WebhookFaultScript) {
        self.0.push(script);
    }

    pub(super) fn replace(&mut self, scripts: Vec<WebhookFaultScript>) {
        self.0 = scripts;
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn left(&self) -> &[WebhookFaultScript] {
        &self.0
    }

    /// Takes the fault for the next delivery of this event.
    pub(super) fn take(&mut self, event: &str) -> Option<WebhookFault> {
        self.0.retain(|script| script.times > 0);
        let fits = |script: &&mut WebhookFaultScript| script.event().is_none_or(|wanted| wanted == event);
        let script = self.0.iter_mut().find(fits)?;
        script.times = script.times.saturating_sub(1);
        let fault = script.fault;
        self.0.retain(|script| script.times > 0);
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_used_up_by_the_deliveries_that_it_names() {
        let mut faults = PendingFaults::default();
        faults.add(WebhookFault::Duplicate.on("transfer.failed").times(2));
        faults.add(WebhookFault::Lose.into());
        assert_eq!(faults.take("flow.updated"), Some(WebhookFault::Lose));
        assert_eq!(faults.take("flow.updated"), None);
        assert_eq!(faults.take("transfer.failed"), Some(WebhookFault::Duplicate));
        assert_eq!(faults.take("transfer.failed"), Some(WebhookFault::Duplicate));
        assert_eq!(faults.take("transfer.failed"), None);
        assert_eq!(faults.left(), []);
    }
}
