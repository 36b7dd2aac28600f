//! The handlers: what each operation does, one file per tag of the document.
//!
//! A handler reads the state and returns a decision: the changes, and the answer. It changes nothing itself; the
//! changes are applied once the answer has passed the document. Each file begins with its table: which operations it
//! handles, and how.

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

/// What the control API does to payables.
pub(crate) use accounts_payable::{fail as fail_payable, show_file as show_payable_file};
pub(crate) use app_compliance::complete_kyb_flow;
pub(crate) use flows::complete as complete_flow_step;
pub(crate) use settlement::fail as fail_transfer;

/// Decides one request.
pub(crate) type HandlerFn = fn(&Call<'_>, &State) -> Result<Decision, Refusal>;

/// Shows what a repeated key created, as it is now; nothing when it is gone.
type ShowExisting = fn(&Call<'_>, &State, Uuid) -> Option<Reply>;

/// Runs a task that an earlier request scheduled.
type TaskFn = fn(&mut Plan<'_>, Uuid) -> Result<(), Refusal>;

/// An operation and its handler.
type Entry = (&'static str, Handler);

/// A task, and what it does to its object.
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

/// The tasks that `Plan::later` can name.
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

/// The handler of one operation.
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
    /// A generic handler; see `resources`.
    const fn resource(verb: Verb, kind: Kind) -> Self {
        Self { implementation: Implementation::Resource(verb, kind), show_existing: None }
    }

    /// A handler with rules of its own.
    pub(crate) const fn custom(handler: HandlerFn) -> Self {
        Self { implementation: Implementation::Custom(handler), show_existing: None }
    }

    /// Sets how a repeat is shown what its key created.
    const fn showing(self, show: ShowExisting) -> Self {
        Self { implementation: self.implementation, show_existing: Some(show) }
    }

    /// Decides a request.
    pub(crate) fn decide(&self, call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
        match self.implementation {
            Implementation::Resource(verb, kind) => resources::perform(verb, kind, call, state),
            Implementation::Custom(handler) => handler(call, state),
        }
    }

    /// Shows what a repeated key created.
    pub(crate) fn existing(&self, call: &Call<'_>, state: &State, made: Uuid) -> Option<Reply> {
        self.show_existing?(call, state, made)
    }

    /// Whether a repeat can be answered without the stored answer.
    pub(crate) fn can_show_existing(&self) -> bool {
        self.show_existing.is_some()
    }
}

/// Returns the handler of an operation; nothing when the sandbox does not implement it.
pub(crate) fn find(operation_id: &str) -> Option<&'static Handler> {
    static HANDLERS: LazyLock<HashMap<&'static str, &'static Handler>> =
        LazyLock::new(|| TABLES.into_iter().flatten().map(|(id, handler)| (*id, handler)).collect());
    HANDLERS.get(operation_id).copied()
}

/// Plans the changes of a task.
///
/// # Errors
/// Refuses a task that is no longer possible; then nothing happens.
pub(crate) fn run_task(task: Task, plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let handler = TASKS.iter().find(|(name, _)| *name == task.name);
    let (_, handler) = handler.ok_or_else(|| Refusal::missing(format!("no task `{}`", task.name)))?;
    handler(plan, task.id)
}

#[cfg(test)]
mod tests;
