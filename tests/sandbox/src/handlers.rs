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
mod digits;
mod flows;
pub(crate) mod link_lifecycle;
mod list;
mod organizations;
mod payee;
mod payment_customers;
mod payments;
mod payout_batches;
pub(crate) mod payout_links;
pub(crate) mod payout_requests;
mod payouts;
mod resources;
mod settlement;
mod transactions;
mod transfer_batches;
mod transfers;
mod user_payouts;
mod users;
mod views;

use std::{collections::HashMap, sync::LazyLock};

use uuid::Uuid;

use crate::{
    http::{Refusal, Reply},
    plan::{Decision, Plan},
    state::{Kind, State, Task},
    validation::Call,
};

use resources::Verb;
pub(crate) use resources::missing;
pub(crate) use views::{event_payload, payout_link_body};

/// What the routes beside the API do to payables.
pub(crate) use accounts_payable::{fail as fail_payable, show_file as show_payable_file};
pub(crate) use app_compliance::complete_kyb_flow;
pub(crate) use flows::complete as complete_flow_step;
pub(crate) use settlement::fail as fail_transfer;

/// Decides about one request.
pub(crate) type HandlerFn = fn(&Call<'_>, &State) -> Result<Decision, Refusal>;

/// Answers with what a known key made, as it is now; nothing when it is gone.
type ShowExisting = fn(&Call<'_>, &State, Uuid) -> Option<Reply>;

/// Does what an earlier request planned for later.
type TaskFn = fn(&mut Plan<'_>, Uuid) -> Result<(), Refusal>;

/// An operation and how it is played.
type Entry = (&'static str, Handler);

/// A task and what it does to the object that it is about.
type TaskEntry = (&'static str, TaskFn);

const TABLES: [&[Entry]; 14] = [
    accounts_payable::HANDLERS,
    apps::HANDLERS,
    flows::HANDLERS,
    organizations::HANDLERS,
    payment_customers::HANDLERS,
    payments::HANDLERS,
    payout_batches::HANDLERS,
    payout_links::HANDLERS,
    payout_requests::HANDLERS,
    payouts::HANDLERS,
    transactions::HANDLERS,
    transfer_batches::HANDLERS,
    transfers::HANDLERS,
    users::HANDLERS,
];

/// What `Plan::later` can name, one line per task.
const TASKS: &[TaskEntry] = &[
    (accounts_payable::SETTLE, accounts_payable::settle),
    ("payout_link.deliver", link_lifecycle::deliver),
    ("payout_link.expire", link_lifecycle::expire),
    ("payout_link.fund", link_lifecycle::fund),
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
pub(crate) struct Handler {
    implementation: Implementation,
    show_existing: Option<ShowExisting>,
}

#[derive(Clone, Copy, Debug)]
enum Implementation {
    Resource(Verb, Kind),
    Custom(HandlerFn),
}

impl Handler {
    /// Plain storage; see `resources`.
    const fn resource(verb: Verb, kind: Kind) -> Self {
        Self { implementation: Implementation::Resource(verb, kind), show_existing: None }
    }

    /// A handler with rules of its own.
    pub(crate) const fn custom(handler: HandlerFn) -> Self {
        Self { implementation: Implementation::Custom(handler), show_existing: None }
    }

    /// How a known key is answered with what it made.
    const fn showing(self, show: ShowExisting) -> Self {
        Self { implementation: self.implementation, show_existing: Some(show) }
    }

    /// Decides about a request.
    pub(crate) fn decide(&self, call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
        match self.implementation {
            Implementation::Resource(verb, kind) => resources::perform(verb, kind, call, state),
            Implementation::Custom(handler) => handler(call, state),
        }
    }

    /// Answers with what a known key made.
    pub(crate) fn existing(&self, call: &Call<'_>, state: &State, made: Uuid) -> Option<Reply> {
        self.show_existing?(call, state, made)
    }

    /// Whether a known key can be answered without the first answer.
    pub(crate) fn can_show_existing(&self) -> bool {
        self.show_existing.is_some()
    }
}

/// Returns how an operation is played; none for an operation that is not played yet.
pub(crate) fn find(operation_id: &str) -> Option<&'static Handler> {
    static HANDLERS: LazyLock<HashMap<&'static str, &'static Handler>> =
        LazyLock::new(|| TABLES.into_iter().flatten().map(|(id, handler)| (*id, handler)).collect());
    HANDLERS.get(operation_id).copied()
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
mod tests;
