//! Options of webhooks, where the sources differ.

use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::duration::{duration, friendly};

/// Which webhook bodies name their event, in `event`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookEventKey {
    /// All bodies.
    #[default]
    Present,
    /// All bodies but those whose example on the page lacks it ([references/webhooks]).
    ///
    /// [references/webhooks]: https://docs.dots.dev/references/webhooks
    AsDocumented,
    /// No body.
    Missing,
}

/// The form of a webhook body, where the sources show two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookForm {
    /// `payout_link.updated` carries the whole link.
    #[default]
    Newer,
    /// `payout_link.updated` carries the id alone, `payout_link.paid_out` lacks the withdrawn amount and the method,
    /// and `user.updated.id_verified` is spelled `user.updated.ide_verified` ([references/webhooks]).
    ///
    /// [references/webhooks]: https://docs.dots.dev/references/webhooks
    Older,
}

/// Which clock stamps a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum WebhookClock {
    /// The machine's clock, so that a receiver that refuses old deliveries accepts them.
    #[default]
    Wall,
    /// The sandbox's clock, so that the same calls give the same bytes.
    Sandbox,
}

/// The settings of deliveries.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct WebhookSettings {
    pub(crate) event_key: WebhookEventKey,
    pub(crate) form: WebhookForm,
    pub(crate) clock: WebhookClock,
    /// How long a receiver may take to answer, in real time.
    #[serde(serialize_with = "friendly")]
    pub(crate) timeout: Duration,
}

/// The settings that a request to `/_sandbox/options` changes.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookSettingsPatch {
    event_key: Option<WebhookEventKey>,
    form: Option<WebhookForm>,
    clock: Option<WebhookClock>,
    #[serde(default, deserialize_with = "duration")]
    timeout: Option<Duration>,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            event_key: WebhookEventKey::default(),
            form: WebhookForm::default(),
            clock: WebhookClock::default(),
            timeout: Duration::from_secs(15),
        }
    }
}

impl WebhookSettings {
    /// Returns the settings with those that the patch names.
    pub(crate) fn patched(self, patch: Option<WebhookSettingsPatch>) -> Self {
        let patch = patch.unwrap_or_default();
        Self {
            event_key: patch.event_key.unwrap_or(self.event_key),
            form: patch.form.unwrap_or(self.form),
            clock: patch.clock.unwrap_or(self.clock),
            timeout: patch.timeout.unwrap_or(self.timeout),
        }
    }
}
