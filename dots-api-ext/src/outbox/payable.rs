//! A payout of any operation: how it is sent, and what its answer proves.

use dots_api::read_again::twice;
use dots_api::{
    Cents, CreatePayout, CreatePayoutLink, CreateTransfer, IdempotencyKey, PayoutLink, SendPayout, Timestamp,
    Transfer,
};
use uuid::Uuid;

use super::event::Answer;
use super::mark::{self, Mark, Payable};
use super::row::Time;
use super::store::Next;
use crate::calls::prepared::Prepared;
use crate::calls::stored::StoredRequest;
use crate::dots::Dots;
use crate::error::{Error, ErrorCode, Outcome};
use crate::evidence::Evidence;
use crate::look_up::{LookUp, Match};
use crate::policy::cross_check::fingerprint;
use crate::policy::idempotency::REFERENCE_NAMESPACE;

/// Derives the key of a generation from that of the one before: the UUID version 5 over that key and the number.
pub(super) fn key_of(before: IdempotencyKey, generation: u32) -> Result<IdempotencyKey, String> {
    let name = format!("{before}\n{generation}");
    let key = Uuid::new_v5(&REFERENCE_NAMESPACE, name.as_bytes());
    IdempotencyKey::from_uuid(key).map_err(|error| error.to_string())
}

/// A payout of any operation, read from its stored request.
#[derive(Clone, Debug)]
pub(super) enum Payout {
    Send(SendPayout),
    Link(CreatePayoutLink),
    Pay(CreatePayout),
    Transfer(CreateTransfer),
}

/// Calls a generic function with the operation that a payout is.
macro_rules! each {
    ($payout:expr, $operation:ident => $what:expr) => {
        match $payout {
            Payout::Send($operation) => $what,
            Payout::Link($operation) => $what,
            Payout::Pay($operation) => $what,
            Payout::Transfer($operation) => $what,
        }
    };
}

impl Payout {
    /// Reads the request, for this client; refuses one that it would send elsewhere.
    pub(super) fn of(request: &StoredRequest, dots: &Dots) -> Result<Self, String> {
        match request.operation() {
            "send_payout" => request.operation_for(dots).map(Self::Send),
            "create_payout_link" => request.operation_for(dots).map(Self::Link),
            "create_payout" => request.operation_for(dots).map(Self::Pay),
            "create_transfer" => request.operation_for(dots).map(Self::Transfer),
            other => Err(format!("could not send the payout: the outbox does not make `{other}`")),
        }
    }

    /// Returns the amount.
    pub(super) fn cents(&self) -> Cents {
        each!(self, operation => operation.cents())
    }

    /// Computes again what tells it from another payment.
    pub(super) fn fingerprint(&self, body: &str) -> Uuid {
        each!(self, operation => fingerprint(operation, body))
    }

    /// Reads the mark that an outbox or a planner has written.
    pub(super) fn mark(&self) -> Option<Mark> {
        each!(self, operation => Mark::read(operation.body.metadata.as_ref()))
    }

    /// Writes the request of another generation.
    pub(super) fn next(self, dots: &Dots, key: IdempotencyKey, mark: &Mark) -> Result<Next, String> {
        each!(self, operation => next_of(operation, dots, key, mark))
    }

    /// Sends the request once.
    pub(super) async fn send(&self, dots: &Dots, request: &StoredRequest, now: Time) -> Sent {
        match self {
            Self::Send(operation) => send_as(operation, dots, request, now).await,
            Self::Link(operation) => send_as(operation, dots, request, now).await,
            Self::Pay(operation) => send_as(operation, dots, request, now).await,
            Self::Transfer(operation) => send_as(operation, dots, request, now).await,
        }
    }

    /// Whether a payout link that bears no mark may be this payout.
    pub(super) fn may_be_link(&self, link: &PayoutLink, since: Time) -> bool {
        match self {
            Self::Send(operation) => may_be(operation, link, since),
            Self::Link(operation) => may_be(operation, link, since),
            Self::Pay(_) | Self::Transfer(_) => false,
        }
    }

    /// Whether a transfer that bears no mark may be this payout.
    pub(super) fn may_be_transfer(&self, transfer: &Transfer, since: Time) -> bool {
        match self {
            Self::Pay(operation) => may_be(operation, transfer, since),
            Self::Transfer(operation) => may_be(operation, transfer, since),
            Self::Send(SendPayout { body, .. }) => {
                // Dots does not say whether a payout to a user with a saved method is a transfer.
                let is_same = body.user_id.is_some() && body.user_id == transfer.user_id;
                let amount = transfer.amount.get().unsigned_abs();
                is_same && amount == body.amount.get().unsigned_abs() && !is_older(transfer.created, since)
            }
            Self::Link(_) => false,
        }
    }
}

fn may_be<O: LookUp>(operation: &O, row: &O::Output, since: Time) -> bool {
    operation.is_made_by(row) != Match::Different && !is_older(O::created(row), since)
}

/// Whether a row was certainly created before a time.
fn is_older(created: Option<Timestamp>, since: Time) -> bool {
    created.is_some_and(|created| created.unix_micros() / 1_000 < i64::try_from(since.0).unwrap_or(i64::MAX))
}

fn next_of<O: Payable>(
    mut operation: O,
    dots: &Dots,
    key: IdempotencyKey,
    mark: &Mark,
) -> Result<Next, String> {
    operation.set_key(key);
    mark.put(operation.metadata_mut())?;
    let cents = operation.cents();
    let request = Prepared::new(dots, Ok(operation)).into_stored().map_err(|error| error.to_string())?;
    let request = request.for_any_account();
    Ok(Next { key, cents, fingerprint: request.fingerprint(), request: request.to_string() })
}

/// What came of one attempt.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub answer: Answer,
    pub object_id: Option<String>,
    /// What is known, in words without people's data.
    pub note: Option<String>,
    /// What is known of the call, if one was made.
    pub evidence: Option<Box<Evidence>>,
    /// Why nothing else should be sent either.
    pub stop: Option<Stop>,
}

/// Why a worker stops before everything is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stop {
    /// Dots does not take the credentials: 401, or 403 for two payouts in a row.
    Credentials,
    /// The app's wallet is short of funds for a payout, or for what is due if it was checked. What comes after it is not
    /// sent though there may be enough for it: else a small payout would take what a larger one waits for. Hold that one
    /// to let the others go.
    Funds,
    /// The caller asked for it.
    Asked,
}

/// How long a row waits after an attempt that did nothing.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(5);

/// The same after a refusal with 403, which a person has to end.
const FORBIDDEN_PAUSE: std::time::Duration = std::time::Duration::from_secs(15 * 60);

async fn send_as<O: Payable>(operation: &O, dots: &Dots, request: &StoredRequest, now: Time) -> Sent {
    match dots.send_read(operation, request).await {
        Ok(reply) => {
            let evidence = Box::new(reply.evidence());
            let object_id = evidence.object_id.clone();
            if mark::is_of_another(operation, &reply) {
                let note =
                    Some("Dots answered with the payment of another reference or generation".to_owned());
                let (answer, evidence) = (Answer::Mismatch, Some(evidence));
                return Sent { answer, object_id: None, note, evidence, stop: None };
            }
            Sent { answer: Answer::Settled, object_id, note: None, evidence: Some(evidence), stop: None }
        }
        Err(error) => of_error(operation, &error, now),
    }
}

fn of_error<O: Payable>(operation: &O, error: &Error, now: Time) -> Sent {
    let pause = if error.status() == Some(403) { FORBIDDEN_PAUSE } else { PAUSE };
    let later = now.after(error.retry_after().unwrap_or(pause));
    let is_short = matches!(error.code(), Some(ErrorCode::TransactionInsufficientFunds));
    let stop = match error.status() {
        Some(401 | 403) => Some(Stop::Credentials),
        _ if is_short => Some(Stop::Funds),
        _ => None,
    };
    let answer = match error.outcome() {
        Outcome::NotSent => Answer::Nothing(later),
        Outcome::Rejected if stop.is_some() || error.status() == Some(429) => Answer::Nothing(later),
        Outcome::Rejected => Answer::Rejected,
        Outcome::Unknown if is_of_another(operation, error) => Answer::Mismatch,
        Outcome::Unknown if error.is_probably_paid() => Answer::KnownKey,
        Outcome::Unknown => Answer::Unknown(later),
    };
    // The message of Dots may name a person, so only the status and the code are kept.
    let code = error.code().map(|code| format!(", code `{code}`")).unwrap_or_default();
    let status = error.status().map_or_else(|| "no answer".to_owned(), |status| format!("status `{status}`"));
    let note = Some(format!("{}: {status}{code}", error.outcome()));
    let evidence = Evidence { error: None, ..error.evidence() };
    Sent { answer, object_id: None, note, evidence: Some(Box::new(evidence)), stop }
}

/// Whether a success came back that speaks of another payment.
fn is_of_another<O: Payable>(operation: &O, error: &Error) -> bool {
    let is_success = error.status().is_some_and(|status| (200..300).contains(&status));
    let body = error.body().filter(|_| is_success);
    let row = body.and_then(|body| twice(body, O::read).ok());
    row.is_some_and(|row| operation.is_made_by(&row) == Match::Different)
}
