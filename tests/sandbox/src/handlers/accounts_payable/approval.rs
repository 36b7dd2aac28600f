//! The approval of a payable: submitted, canceled, approved, rejected.

use super::{
    approval_steps::Steps,
    history::{self, Action},
    payables, policies,
    staff::Right,
    status::Status,
};
use crate::{
    http::Refusal,
    plan::{Decision, Plan},
    state::State,
    validation::Call,
};

pub(super) fn cancel(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let (mut payable, act) = history::begin(call, state, Right::Prepare)?;
    history::advance(&mut payable, Status::Canceled, act.at)?;
    history::note(&mut payable, Action::Cancel, &act);
    history::finish(call, Plan::new(call, state), payable, "canceled")
}

pub(super) fn submit(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let (mut payable, act) = history::begin(call, state, Right::Prepare)?;
    history::advance(&mut payable, Status::SubmittedForApproval, act.at)?;
    // A payable that cannot be paid must not reach the approvers.
    payables::cents(&payable)?;
    payables::payee(&payable, state)?;
    policies::steps(&payable, state).keep(&mut payable);
    history::note(&mut payable, Action::SubmitForApproval, &act);
    history::finish(call, Plan::new(call, state), payable, "submitted")
}

pub(super) fn approve(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let (mut payable, act) = history::begin(call, state, Right::Approve)?;
    let mut approved = payable.clone();
    history::advance(&mut approved, Status::Approved, act.at)?;
    let mut steps = Steps::of(&payable);
    steps.approve(&act)?;
    let is_approved = steps.are_completed();
    if is_approved {
        payable = approved;
    }
    steps.keep(&mut payable);
    history::note(&mut payable, Action::Approve, &act);
    history::finish(
        call,
        Plan::new(call, state),
        payable,
        if is_approved { "approved" } else { "noted approval of" },
    )
}

pub(super) fn reject(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let (mut payable, act) = history::begin(call, state, Right::Approve)?;
    history::advance(&mut payable, Status::Rejected, act.at)?;
    Steps::of(&payable).ask(act.person)?;
    history::note(&mut payable, Action::Reject, &act);
    history::finish(call, Plan::new(call, state), payable, "rejected")
}
