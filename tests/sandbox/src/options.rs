//! Options: what the documentation leaves open, as settings that can change while the sandbox runs.

mod duration;
mod keys;
mod webhooks;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) use duration::parse_duration;
use duration::{duration, friendly};
pub(crate) use keys::KeyRepeats;
pub use keys::{
    KeyChangedBody, KeyInflight, KeyRefusal, KeyRepeat, KeyRepeatFor, KeyScope, KeyTtlFrom, StoreErrors,
};
pub use webhooks::{WebhookClock, WebhookEventKey, WebhookForm};
pub(crate) use webhooks::{WebhookSettings, WebhookSettingsPatch};

/// How long Dots remembers a key ([references/idempotency]).
///
/// [references/idempotency]: https://docs.dots.dev/references/idempotency
pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a payout link can be claimed; Dots does not document a time.
pub(crate) const LINK_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The settings of a running sandbox.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Options {
    pub(crate) key_repeat: KeyRepeat,
    /// The readings of single operations.
    pub(crate) key_repeat_for: KeyRepeats,
    pub(crate) key_refusal: KeyRefusal,
    pub(crate) key_scope: KeyScope,
    pub(crate) key_ttl_from: KeyTtlFrom,
    pub(crate) key_inflight: KeyInflight,
    pub(crate) key_changed_body: KeyChangedBody,
    #[serde(serialize_with = "friendly")]
    pub(crate) key_ttl: Duration,
    /// How long a funded payout link can be claimed.
    #[serde(serialize_with = "friendly")]
    pub(crate) link_ttl: Duration,
    pub(crate) store_errors: StoreErrors,
    /// Whether bodies follow the document exactly, without the quirks of real bodies.
    pub(crate) tidy_bodies: bool,
    /// Whether a field that the document does not name is refused in every body.
    pub(crate) refuse_unknown_fields: bool,
    /// How long a request that can change something waits before it is committed, in real time.
    #[serde(serialize_with = "friendly")]
    pub(crate) commit_delay: Duration,
    /// How many exchanges are kept.
    pub(crate) record_limit: usize,
    /// The opening balance of the organization's wallet, in cents.
    pub(crate) organization_funds: i64,
    /// Whether apps may have a table of payout fees.
    pub(crate) payout_fee_table: bool,
    /// The settings of webhook deliveries.
    pub(crate) webhooks: WebhookSettings,
    /// Whether answers are checked against the document before they are sent.
    pub(crate) validate_answers: bool,
}

/// The settings that a request to `/_sandbox/options` changes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OptionsPatch {
    key_repeat: Option<KeyRepeat>,
    pub(crate) key_repeat_for: Option<KeyRepeats>,
    key_refusal: Option<KeyRefusal>,
    key_scope: Option<KeyScope>,
    key_ttl_from: Option<KeyTtlFrom>,
    key_inflight: Option<KeyInflight>,
    key_changed_body: Option<KeyChangedBody>,
    #[serde(default, deserialize_with = "duration")]
    key_ttl: Option<Duration>,
    #[serde(default, deserialize_with = "duration")]
    link_ttl: Option<Duration>,
    store_errors: Option<StoreErrors>,
    tidy_bodies: Option<bool>,
    refuse_unknown_fields: Option<bool>,
    #[serde(default, deserialize_with = "duration")]
    commit_delay: Option<Duration>,
    record_limit: Option<usize>,
    payout_fee_table: Option<bool>,
    webhooks: Option<WebhookSettingsPatch>,
    validate_answers: Option<bool>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            key_repeat: KeyRepeat::default(),
            key_repeat_for: KeyRepeats::default(),
            key_refusal: KeyRefusal::default(),
            key_scope: KeyScope::default(),
            key_ttl_from: KeyTtlFrom::default(),
            key_inflight: KeyInflight::default(),
            key_changed_body: KeyChangedBody::default(),
            key_ttl: DAY,
            link_ttl: LINK_TTL,
            store_errors: StoreErrors::default(),
            tidy_bodies: false,
            refuse_unknown_fields: false,
            commit_delay: Duration::ZERO,
            record_limit: 10_000,
            organization_funds: 0,
            payout_fee_table: true,
            webhooks: WebhookSettings::default(),
            validate_answers: true,
        }
    }
}

impl Options {
    /// Applies the settings that the patch names, and leaves the others.
    pub(crate) fn patch(&mut self, patch: &OptionsPatch) {
        let old = self.clone();
        *self = Self {
            key_repeat: patch.key_repeat.unwrap_or(old.key_repeat),
            key_repeat_for: patch.key_repeat_for.clone().unwrap_or(old.key_repeat_for),
            key_refusal: patch.key_refusal.unwrap_or(old.key_refusal),
            key_scope: patch.key_scope.unwrap_or(old.key_scope),
            key_ttl_from: patch.key_ttl_from.unwrap_or(old.key_ttl_from),
            key_inflight: patch.key_inflight.unwrap_or(old.key_inflight),
            key_changed_body: patch.key_changed_body.unwrap_or(old.key_changed_body),
            key_ttl: patch.key_ttl.unwrap_or(old.key_ttl),
            link_ttl: patch.link_ttl.unwrap_or(old.link_ttl),
            store_errors: patch.store_errors.unwrap_or(old.store_errors),
            tidy_bodies: patch.tidy_bodies.unwrap_or(old.tidy_bodies),
            refuse_unknown_fields: patch.refuse_unknown_fields.unwrap_or(old.refuse_unknown_fields),
            commit_delay: patch.commit_delay.unwrap_or(old.commit_delay),
            record_limit: patch.record_limit.unwrap_or(old.record_limit),
            organization_funds: old.organization_funds,
            payout_fee_table: patch.payout_fee_table.unwrap_or(old.payout_fee_table),
            webhooks: old.webhooks.patched(patch.webhooks),
            validate_answers: patch.validate_answers.unwrap_or(old.validate_answers),
        };
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may stop at the first surprise")]

    use super::*;

    #[test]
    fn a_patch_changes_what_it_names_and_leaves_the_rest() {
        let mut options = Options::default();
        let patch = r#"{ "key_repeat": "reject", "key_ttl": "1h 30m", "store_errors": "5xx" }"#;
        options.patch(&serde_json::from_str(patch).unwrap());
        assert_eq!(options.key_repeat, KeyRepeat::Reject);
        assert_eq!(options.key_ttl, Duration::from_secs(90 * 60));
        assert_eq!(options.store_errors, StoreErrors::ServerErrors);
        assert_eq!(options.key_inflight, KeyInflight::Wait);
        let shown = serde_json::to_value(&options).unwrap();
        assert_eq!((&shown["key_repeat"], &shown["key_ttl"]), (&"reject".into(), &"1h 30m".into()));
    }

    #[test]
    fn a_length_of_time_is_neither_negative_nor_nonsense() {
        assert_eq!(parse_duration("24h"), Ok(DAY));
        assert!(parse_duration("-1h").is_err());
        assert!(parse_duration("soon").is_err());
        assert!(serde_json::from_str::<OptionsPatch>(r#"{ "key_til": "1h" }"#).is_err());
    }
}
