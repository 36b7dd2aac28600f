//! What a store of the outbox does: it keeps rows, and writes each change of one together with its log.

use dots_api::{Cents, IdempotencyKey};
use uuid::Uuid;

use super::delivery::Delivery;
use super::event::{Event, Illegal, Step};
use super::row::{Now, Row, Rules, State, Time};
use super::step::step;
use crate::evidence::Evidence;

/// A payout to be planned: who it is for the store, and its exact request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The business key, unique for ever in its store.
    pub reference: String,
    /// The run that it belongs to, if any.
    pub run: Option<String>,
    /// The id of the operation, such as `send_payout`.
    pub operation: String,
    /// The amount.
    pub cents: Cents,
    /// Tells one payment from another: the operation, the cents and who is paid.
    pub fingerprint: Uuid,
    /// The key of its first generation.
    pub key: IdempotencyKey,
    /// The text form of its request, which names people.
    pub request: String,
}

/// A payout as a store keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What was planned; the key and the request are those of the newest generation.
    pub entry: Entry,
    /// What became of it.
    pub row: Row,
    /// The id of what Dots made.
    pub object_id: Option<String>,
    /// What became of the money of that.
    pub delivery: Option<Delivery>,
    /// When the row last changed.
    pub changed_at: Time,
    /// What is known of the last attempt, in words without people's data.
    pub note: Option<String>,
}

/// What is written into the log beside an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// Who decided it, if a person did.
    pub actor: Option<String>,
    /// Why, or what is known of an attempt; never people's data.
    pub reason: Option<String>,
    /// The id of what Dots made.
    pub object_id: Option<String>,
    /// What is known of the call, if one was made.
    pub evidence: Option<Box<Evidence>>,
    /// What became of the money of what Dots made.
    pub delivery: Option<Delivery>,
    /// What a new generation is sent with, if the event makes one.
    pub next: Option<Next>,
}

/// What a new generation is sent with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// Its key.
    pub key: IdempotencyKey,
    /// The text form of its request.
    pub request: String,
    /// Its amount.
    pub cents: Cents,
    /// Its fingerprint.
    pub fingerprint: Uuid,
}

/// Which rows to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Those that may be sent at a time.
    Due(Time),
    /// Those that the lists should be read for.
    Doubtful,
    /// Those in a state.
    In(State),
    /// Those that a person has to see: in review, held, or with an alarm.
    ForAPerson,
    /// Those that were never sent, and wait for nothing but a time of their plan that is later than this one.
    PlannedAfter(Time),
}

/// Keeps the rows of an outbox. Every method that writes has written durably, or within a transaction that ends
/// durably before a caller acts on it.
pub trait Store {
    /// Why a store cannot do what it is asked.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Writes a new row; returns the known one, unchanged, if there is one of its reference.
    ///
    /// # Errors
    /// Returns an error if nothing is certain to have been written.
    fn insert(&mut self, entry: &Entry, row: &Row) -> Result<Option<Record>, Self::Error>;

    /// Reads a row.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read.
    fn load(&mut self, reference: &str) -> Result<Option<Record>, Self::Error>;

    /// Writes a changed row and a line of the log, both or none.
    ///
    /// # Errors
    /// Returns an error if nothing is certain to have been written.
    fn save(&mut self, record: &Record, before: State, event: &str, note: &Note) -> Result<(), Self::Error>;

    /// Lists the references of rows, in the order of their references, at most so many, after one of them.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read.
    fn list(&mut self, wanted: Wanted, after: &str, limit: u32) -> Result<Vec<String>, Self::Error>;

    /// Finds another payout with the same fingerprint that was or may have been sent since a time.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read.
    fn alike(&mut self, entry: &Entry, since: Time) -> Result<Option<String>, Self::Error>;

    /// Counts the rows and sums their cents, by state.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read.
    fn totals(&mut self) -> Result<Vec<(State, u64, i64)>, Self::Error>;

    /// Lets an event happen to a row: reads it, steps, and writes the result.
    ///
    /// # Errors
    /// Returns an error if nothing is certain to have been written.
    fn apply(
        &mut self,
        reference: &str,
        event: Event,
        note: &Note,
        now: Now,
        rules: &Rules,
    ) -> Result<Applied, Self::Error> {
        match self.load(reference)? {
            Some(record) => self.apply_to(record, event, note, now, rules),
            None => Ok(Applied::Missing),
        }
    }

    /// Lets an event happen to a row that was read in the same transaction: steps, and writes the result.
    ///
    /// # Errors
    /// Returns an error if nothing is certain to have been written.
    fn apply_to(
        &mut self,
        mut record: Record,
        event: Event,
        note: &Note,
        now: Now,
        rules: &Rules,
    ) -> Result<Applied, Self::Error> {
        let before = record.row.clone();
        let step = match step(&before, event, now, rules) {
            Ok(step) => step,
            Err(why) => return Ok(Applied::Illegal(why, Box::new(record))),
        };
        // A generation that was found has a request already; one that is to be sent needs its own.
        if step.row.generation > before.generation && step.row.paid.is_none() {
            let Some(next) = &note.next else {
                return Ok(Applied::Illegal(Illegal::NoRequest, Box::new(record)));
            };
            (record.entry.key, record.entry.request) = (next.key, next.request.clone());
            (record.entry.cents, record.entry.fingerprint) = (next.cents, next.fingerprint);
        }
        if step.row.paid != before.paid {
            record.object_id = note.object_id.clone().or(record.object_id);
        }
        // It speaks of one object: of the one that the row is settled by.
        if let Some(next) = note.delivery
            && note.object_id == record.object_id
            && record.delivery.is_none_or(|now| now.can_become(next))
        {
            record.delivery = Some(next);
        }
        record.note = note.reason.clone().or(record.note);
        (record.row, record.changed_at) = (step.row.clone(), now.latest());
        self.save(&record, before.state, event.name(), note)?;
        Ok(Applied::Done(step, Box::new(record)))
    }
}

/// What came of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It is written.
    Done(Step, Box<Record>),
    /// It cannot happen to the row, which is unchanged.
    Illegal(Illegal, Box<Record>),
    /// There is no such row.
    Missing,
}

impl Event {
    /// Names the event in the log, such as `claimed`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Claim => "claimed",
            Self::Answered { .. } => "answered",
            Self::HandedBack { .. } => "handed_back",
            Self::LeaseEnded { .. } => "lease_ended",
            Self::Found { .. } => "found",
            Self::FoundOther { .. } => "found_other_amount",
            Self::FoundTwice => "found_twice",
            Self::NotSeen { .. } => "not_seen",
            Self::Hold => "held",
            Self::Release { .. } => "released",
            Self::Cancel => "cancelled",
            Self::Correct { .. } => "corrected",
            Self::PayAgain { .. } => "paid_again",
            Self::PayElsewhere => "paid_elsewhere",
            Self::GiveUp => "given_up",
            Self::Restored => "restored",
            Self::Rotated => "rotated",
            Self::ClockWasAhead => "clock_was_ahead",
        }
    }
}
