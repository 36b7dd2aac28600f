//! What an outbox says of a payout.

use std::time::SystemTime;

use dots_api::Cents;

use super::delivery::Delivery;
use super::row::{Alarm, Rules, State, Why};
use super::store::Record;

/// What is known of one payout.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The business key.
    pub reference: String,
    /// The run that it belongs to, if any.
    pub run: Option<String>,
    /// The id of the operation, such as `send_payout`.
    pub operation: String,
    /// The amount.
    pub cents: Cents,
    /// Where it stands.
    pub state: State,
    /// Why it needs a person, in review.
    pub why: Option<Why>,
    /// What a person has to hear of at once.
    pub alarm: Option<Alarm>,
    /// Counts the keys that it was given, from 0.
    pub generation: u32,
    /// The id of what Dots made.
    pub object_id: Option<String>,
    /// What became of its money, as far as Dots was asked; see [`Outbox::refresh`](super::Outbox::refresh).
    pub delivery: Option<Delivery>,
    /// When it last changed.
    pub changed_at: SystemTime,
    /// When it is sent at the earliest.
    pub not_before: SystemTime,
    /// Until when its key may be sent, while it is open. What is in doubt after that goes to review.
    pub deadline: Option<SystemTime>,
    /// Whether it may be paid although it is not called so.
    pub may_be_paid: bool,
    /// What is known of the last attempt, or why it is held; without people's data.
    pub note: Option<String>,
}

impl Status {
    pub(super) fn of(record: Record, rules: &Rules) -> Self {
        let may_be_paid = record.row.may_be_paid();
        let is_open = !record.row.state.is_final();
        let deadline = is_open.then(|| record.row.planned_at.after(rules.window).as_system_time());
        Self {
            reference: record.entry.reference,
            run: record.entry.run,
            operation: record.entry.operation,
            cents: record.entry.cents,
            state: record.row.state,
            why: record.row.why,
            alarm: record.row.alarm,
            generation: record.row.generation,
            object_id: record.object_id,
            delivery: record.delivery,
            changed_at: record.changed_at.as_system_time(),
            not_before: record.row.not_before.as_system_time(),
            deadline,
            may_be_paid,
            note: record.note,
        }
    }
}

/// What became of a payout that was asked for; the outcome is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a payout may be pending or refused"]
pub enum Payment {
    /// It is paid: by this call, by an earlier one, or before a crash.
    Settled(Settled),
    /// Dots refused it, and nothing was paid. Correct or cancel it under its reference.
    Rejected(Status),
    /// It is not known yet, or is held for a person. It goes on with the next call, and with `work`.
    Pending(Status),
    /// A person has cancelled it, paid it in another way, or given it up.
    Ended(Status),
}

/// A payout that is paid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settled {
    /// What is known of it.
    pub status: Status,
    /// Whether it was already paid before this call.
    pub was_paid_before: bool,
}

impl Payment {
    pub(super) fn of(status: Status, was_paid_before: bool) -> Self {
        match status.state {
            State::Settled => Self::Settled(Settled { status, was_paid_before }),
            State::Rejected => Self::Rejected(status),
            State::Held | State::Planned | State::InFlight | State::Unknown | State::Review => {
                Self::Pending(status)
            }
            State::Cancelled | State::PaidElsewhere | State::GivenUp => Self::Ended(status),
        }
    }

    /// Returns what is known of it.
    #[must_use]
    pub const fn status(&self) -> &Status {
        match self {
            Self::Settled(settled) => &settled.status,
            Self::Rejected(status) | Self::Pending(status) | Self::Ended(status) => status,
        }
    }
}
