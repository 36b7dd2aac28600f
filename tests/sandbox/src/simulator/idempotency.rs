//! Idempotency keys: what a repeat gets, in every reading of the documentation.

use crate::{
    handlers::Handler,
    http::{Refusal, Reply},
    options::{KeyChangedBody, KeyRepeat, StoreErrors},
    plan::Decision,
    spec::Idempotency,
    state::{Change, KeyRecord, Scope, State, StoredAnswer, fingerprint},
    validation::Call,
};

/// Answers a request whose key is known. Returns nothing when the key is new or the request has none.
pub(crate) fn known(call: &Call<'_>, handler: &Handler, state: &State) -> Option<Reply> {
    let record = state.key_record(&call.scope()?)?;
    let changed = fingerprint(call.whole()) != record.fingerprint;
    if changed && state.options.key_changed_body == KeyChangedBody::Refuse {
        return Some(Refusal::invalid("`idempotency_key` was used before with another body").into());
    }
    let replayed = || {
        let StoredAnswer { status, content_type, body } = record.answer.as_deref()?.clone();
        Some(Reply::bytes(status, content_type, body, "the first answer again"))
    };
    let refused = || Refusal::known_key("`idempotency_key` was used before").into();
    match repeat(call, state) {
        KeyRepeat::Reject => Some(refused()),
        // An answer from before the option was set was not stored. What the key made comes closest to it.
        KeyRepeat::Documented | KeyRepeat::Replay => {
            Some(replayed().or_else(|| handler.existing(call, state, record.made?)).unwrap_or_else(refused))
        }
        KeyRepeat::ReturnExisting => {
            let existing = record.made.and_then(|made| handler.existing(call, state, made));
            Some(existing.or_else(replayed).unwrap_or_else(refused))
        }
    }
}

/// Returns the change that remembers the key of a decided request. Returns nothing when the request has no key, or its
/// outcome is not stored.
pub(crate) fn remember(
    call: &Call<'_>,
    handler: &Handler,
    state: &State,
    decided: &Decision,
) -> Option<Change> {
    let scope: Scope = call.scope()?;
    let status = decided.reply.status;
    let stored = match state.options.store_errors {
        StoreErrors::None => status.is_success(),
        StoreErrors::ServerErrors => status.is_success() || status.is_server_error(),
        StoreErrors::All => true,
    };
    let is_shown = handler.can_show_existing() && decided.made.is_some();
    let wanted = match repeat(call, state) {
        KeyRepeat::Documented | KeyRepeat::Replay => true,
        // A refusal is stored whole: it made nothing that could be shown instead.
        KeyRepeat::ReturnExisting => !is_shown,
        KeyRepeat::Reject => false,
    };
    let reply = &decided.reply;
    let kept = || StoredAnswer { status, content_type: reply.content_type, body: reply.body.clone() };
    let record = KeyRecord {
        at: state.clock.now(),
        fingerprint: fingerprint(call.whole()),
        made: decided.made,
        answer: wanted.then(|| Box::new(kept())),
    };
    stored.then(|| Change::Remember { scope, seen: Box::new(record) })
}

/// Returns the reading that applies to an operation.
fn repeat(call: &Call<'_>, state: &State) -> KeyRepeat {
    match (state.options.key_repeat, call.operation.idempotency) {
        (KeyRepeat::Documented, Idempotency::ReturnsExisting) => KeyRepeat::ReturnExisting,
        (KeyRepeat::Documented, Idempotency::RejectsDuplicate) => KeyRepeat::Reject,
        // references/idempotency gives every repeat of a key the first answer.
        (KeyRepeat::Documented, Idempotency::Unspecified | Idempotency::Unkeyed) => KeyRepeat::Replay,
        (reading, _) => reading,
    }
}
