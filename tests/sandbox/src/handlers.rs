//! What each operation does, one file per tag of the document.
//!
//! A handler reads the state and decides; it changes nothing. What it decides is checked against the document first,
//! and carried out only then. Each file begins with its table: which operations it plays, and how.

mod accounts_payable;
mod app_compliance;
mod app_funds;
mod app_settings;
mod apps;
pub(crate) mod claims;
mod flows;
pub(crate) mod link_life;
mod list;
mod organizations;
mod payee;
mod payment_customers;
mod payments;
mod payout_batches;
pub(crate) mod payout_links;
pub(crate) mod payout_requests;
mod payouts;
mod settlement;
mod transactions;
mod transfer_batches;
mod transfers;
mod user_payouts;
mod users;

use std::{collections::HashMap, sync::LazyLock};

use uuid::Uuid;

use crate::{
    check::Call,
    plan::{Decision, Plan},
    reply::{Refusal, Reply},
    resources::{self, Verb},
    state::{Kind, State, Task},
};

/// What the routes beside the API do to payables.
pub(crate) use accounts_payable::{fail as fail_payable, show_file as show_payable_file};
pub(crate) use app_compliance::complete_kyb_flow;
pub(crate) use flows::complete as complete_flow_step;
pub(crate) use settlement::fail as fail_transfer;

/// Decides about one request.
pub(crate) type Handler = fn(&Call<'_>, &State) -> Result<Decision, Refusal>;

/// Answers with what a known key made, as it is now; nothing when it is gone.
type Again = fn(&Call<'_>, &State, Uuid) -> Option<Reply>;

/// Does what an earlier request planned for later.
type TaskHandler = fn(&mut Plan<'_>, Uuid) -> Result<(), Refusal>;

/// An operation and how it is played.
type Row = (&'static str, Play);

/// A task and what it does to the object that it is about.
type TaskRow = (&'static str, TaskHandler);

const TABLES: [&[Row]; 14] = [
    accounts_payable::PLAYS,
    apps::PLAYS,
    flows::PLAYS,
    organizations::PLAYS,
    payment_customers::PLAYS,
    payments::PLAYS,
    payout_batches::PLAYS,
    payout_links::PLAYS,
    payout_requests::PLAYS,
    payouts::PLAYS,
    transactions::PLAYS,
    transfer_batches::PLAYS,
    transfers::PLAYS,
    users::PLAYS,
];

/// What `Plan::later` can name, one line per task.
const TASKS: &[TaskRow] = &[
    (accounts_payable::SETTLE, accounts_payable::settle),
    ("payout_link.deliver", link_life::deliver),
    ("payout_link.expire", link_life::expire),
    ("payout_link.fund", link_life::fund),
    ("payout_link.settle", claims::settle),
    ("user.tax_check", users::end_tax_check),
    ("app.approve", app_compliance::approve),
    ("payout_batch.process", payout_batches::process),
    ("payout_batch.pay", payout_batches::pay),
    ("payout_batch.complete", payout_batches::complete),
    ("transfer.settle", settlement::settle),
    ("transfer_batch.process", transfer_batches::process),
];

/// How an operation is played.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Play {
    how: How,
    again: Option<Again>,
}

#[derive(Clone, Copy, Debug)]
enum How {
    Plain(Verb, Kind),
    Rule(Handler),
}

impl Play {
    /// Plain storage; see `resources`.
    const fn plain(verb: Verb, kind: Kind) -> Self {
        Self { how: How::Plain(verb, kind), again: None }
    }

    /// A handler with rules of its own.
    pub(crate) const fn rule(handler: Handler) -> Self {
        Self { how: How::Rule(handler), again: None }
    }

    /// How a known key is answered with what it made.
    const fn again(self, again: Again) -> Self {
        Self { how: self.how, again: Some(again) }
    }

    /// Decides about a request.
    pub(crate) fn decide(&self, call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
        match self.how {
            How::Plain(verb, kind) => resources::perform(verb, kind, call, state),
            How::Rule(handler) => handler(call, state),
        }
    }

    /// Answers with what a known key made.
    pub(crate) fn existing(&self, call: &Call<'_>, state: &State, made: Uuid) -> Option<Reply> {
        self.again?(call, state, made)
    }

    /// Whether a known key can be answered without the first answer.
    pub(crate) fn shows_again(&self) -> bool {
        self.again.is_some()
    }
}

/// Returns how an operation is played; none for an operation that is not played yet.
pub(crate) fn find(operation_id: &str) -> Option<&'static Play> {
    static PLAYS: LazyLock<HashMap<&'static str, &'static Play>> =
        LazyLock::new(|| TABLES.into_iter().flatten().map(|(id, play)| (*id, play)).collect());
    PLAYS.get(operation_id).copied()
}

/// Plans what a task does now.
///
/// # Errors
/// Refuses what is not possible any more; then nothing happens.
pub(crate) fn run_task(task: Task, plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let handler = TASKS.iter().find(|(name, _)| *name == task.name);
    let (_, handler) = handler.ok_or_else(|| Refusal::missing(format!("no task `{}`", task.name)))?;
    handler(plan, task.id)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;
    use crate::spec::Spec;

    #[test]
    fn every_line_of_every_table_belongs_to_an_operation_of_the_document() {
        let spec = Spec::embedded().unwrap();
        // The tables name their operations in text, so one that the document renames would silently not be played.
        let played = spec.operations.iter().filter(|operation| find(&operation.id).is_some());
        assert_eq!(played.count(), TABLES.into_iter().flatten().count());
    }
}
