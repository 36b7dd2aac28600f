//! Idempotency keys: what a repeat gets, in every reading of the documentation.

use crate::{
    handlers::Handler,
    http::{Refusal, Reply},
    options::{KeyChangedBody, KeyRefusal, KeyRepeat, KeyScope, KeyTtlFrom, StoreErrors},
    plan::Decision,
    spec::Idempotency,
    state::{Change, KeyLookup, KeyRecord, Scope, State, StoredAnswer, fingerprint},
    validation::Call,
};

/// Returns the scope of a request's key, if it has one.
pub(super) fn scope(call: &Call<'_>, state: &State) -> Option<Scope> {
    Some(state.key_scope(call.app, call.operation.number, call.key()?, call.whole()))
}

/// Answers a request whose key is known. Returns nothing when the key is new or the request has none.
pub(super) fn known(call: &Call<'_>, handler: &Handler, state: &State) -> Option<Decision> {
    let scope = scope(call, state)?;
    let record = state.key_record(&scope)?;
    let reading = repeat(call, state);
    if reading == KeyRepeat::PayAgain {
        return None;
    }
    let mut decision = Decision::unchanged(answer(call, handler, state, record, reading));
    // The first answer of another operation need not be one of this operation.
    decision.is_foreign = record.operation != call.operation.number;
    if state.options.key_ttl_from == KeyTtlFrom::LastUse {
        let seen = KeyRecord { at: state.clock.now(), ..record.clone() };
        decision.changes.push(Change::Remember { scope, seen: Box::new(seen) });
    }
    Some(decision)
}

/// Answers a request whose key has this record, in a reading that does not pay again.
fn answer(
    call: &Call<'_>,
    handler: &Handler,
    state: &State,
    record: &KeyRecord,
    reading: KeyRepeat,
) -> Reply {
    let changed = fingerprint(call.whole()) != record.fingerprint;
    if changed && state.options.key_changed_body == KeyChangedBody::Refuse {
        return Refusal::invalid("`idempotency_key` was used before with another body").into();
    }
    let replayed = || {
        let StoredAnswer { status, content_type, body } = record.answer.as_deref()?.clone();
        Some(Reply::bytes(status, content_type, body, "the first answer again"))
    };
    let refused = || refusal(state.options.key_refusal).into();
    match reading {
        KeyRepeat::Reject => refused(),
        KeyRepeat::ReturnExisting => {
            let existing = record.made.and_then(|made| handler.existing(call, state, made));
            existing.or_else(replayed).unwrap_or_else(refused)
        }
        // An answer from before the option was set was not stored. What the key made comes closest to it.
        KeyRepeat::Documented | KeyRepeat::Replay | KeyRepeat::PayAgain => {
            replayed().or_else(|| handler.existing(call, state, record.made?)).unwrap_or_else(refused)
        }
    }
}

/// The refusal of a repeated key.
fn refusal(shape: KeyRefusal) -> Refusal {
    let known = "`idempotency_key` was used before";
    match shape {
        KeyRefusal::Conflict => Refusal::known_key(known),
        KeyRefusal::ConflictPlain => Refusal::known_key(known).without_code(),
        KeyRefusal::Busy => Refusal::busy(known),
        KeyRefusal::Plain => Refusal::invalid("the request was not carried out").without_code(),
        KeyRefusal::InvalidInput => Refusal::invalid(known),
        KeyRefusal::InvalidTransaction => Refusal::conflict(known),
        KeyRefusal::Unprocessable => Refusal::unprocessable(known).without_code(),
    }
}

/// Returns the change that remembers the key of a decided request. Returns nothing when the request has no key, or its
/// outcome is not stored.
pub(super) fn remember(
    call: &Call<'_>,
    handler: &Handler,
    state: &State,
    decided: &Decision,
    key: KeyLookup,
) -> Option<Change> {
    let scope = scope(call, state)?;
    let status = decided.reply.status;
    let stored = match state.options.store_errors {
        StoreErrors::None => status.is_success(),
        StoreErrors::ServerErrors => status.is_success() || status.is_server_error(),
        StoreErrors::All => true,
    };
    let is_shown = handler.can_show_existing() && decided.made.is_some();
    let wanted = match repeat(call, state) {
        // Another operation, which shares the key, may have another reading.
        _ if state.options.key_scope != KeyScope::Operation => true,
        KeyRepeat::Documented | KeyRepeat::Replay => true,
        // A refusal is stored whole: it made nothing that could be shown instead.
        KeyRepeat::ReturnExisting => !is_shown,
        KeyRepeat::Reject | KeyRepeat::PayAgain => false,
    };
    let reply = &decided.reply;
    let kept = || StoredAnswer { status, content_type: reply.content_type, body: reply.body.clone() };
    let at = match state.options.key_ttl_from {
        KeyTtlFrom::Commit | KeyTtlFrom::LastUse => state.clock.now(),
        KeyTtlFrom::Arrival => key.arrived,
    };
    let record = KeyRecord {
        at,
        fingerprint: fingerprint(call.whole()),
        operation: call.operation.number,
        made: decided.made,
        answer: wanted.then(|| Box::new(kept())),
    };
    stored.then(|| Change::Remember { scope, seen: Box::new(record) })
}

/// Returns the reading that applies to an operation.
fn repeat(call: &Call<'_>, state: &State) -> KeyRepeat {
    match (state.key_repeat(&call.operation.id), call.operation.idempotency) {
        (KeyRepeat::Documented, Idempotency::ReturnsExisting) => KeyRepeat::ReturnExisting,
        (KeyRepeat::Documented, Idempotency::RejectsDuplicate) => KeyRepeat::Reject,
        // references/idempotency gives every repeat of a key the first answer.
        (KeyRepeat::Documented, Idempotency::Unspecified | Idempotency::Unkeyed) => KeyRepeat::Replay,
        (reading, _) => reading,
    }
}
