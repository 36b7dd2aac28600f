//! The history of a payable: its status changes and who did what (an audit trail).

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    staff::{self, Person, Right},
    status::Status,
};
use crate::{
    handlers::resources,
    http::Refusal,
    plan::{Decision, Plan},
    state::{Kind, Object, State},
    validation::Call,
};

/// An action in the history of a payable.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Create,
    Cancel,
    SubmitForApproval,
    Approve,
    Reject,
    InitiatePayment,
    RetryPayment,
}

/// Who acts, when, and with which comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Act<'c> {
    pub(super) person: &'static Person,
    pub(super) comment: Option<&'c str>,
    pub(super) at: Timestamp,
}

/// Finds the payable that the path names, and the acting person.
///
/// # Errors
/// Refuses an unknown payable or person with 404, and a person without the right with 403.
pub(super) fn begin<'c>(
    call: &'c Call<'_>,
    state: &State,
    right: Right,
) -> Result<(Object, Act<'c>), Refusal> {
    let payable = resources::find(Kind::Payable, call, state)?.clone();
    let person = staff::acting(call, right)?;
    let comment = call.field("comment").and_then(Value::as_str);
    Ok((payable, Act { person, comment, at: state.clock.now() }))
}

/// Changes the status of a payable.
///
/// # Errors
/// Refuses a status that may not follow the current one.
pub(super) fn advance(payable: &mut Object, next: Status, at: Timestamp) -> Result<(), Refusal> {
    let status = Status::of(payable);
    if !status.may_become(next) {
        return Err(Refusal::conflict(format!(
            "the payable `{}` is `{}` and cannot become `{}`",
            payable.id,
            status.as_str(),
            next.as_str()
        )));
    }
    payable.set("status", next.as_str());
    payable.set("updated", at.to_string());
    push(payable, "status_history", json!({ "status": next, "timestamp": at.to_string() }));
    Ok(())
}

/// Records an action in the history of a payable.
pub(super) fn note(payable: &mut Object, action: Action, act: &Act<'_>) {
    let entry = json!({
        "action": action,
        "comment": act.comment,
        "timestamp": act.at.to_string(),
        "user_id": act.person.id,
        "user_name": act.person.name(),
        "user_role": act.person.role,
    });
    payable.set("updated", act.at.to_string());
    push(payable, "action_history", entry);
}

/// Adds an entry to one of the histories.
pub(super) fn push(payable: &mut Object, history: &str, entry: Value) {
    let entries = payable.fields.entry(history).or_insert_with(|| json!([]));
    if let Some(entries) = entries.as_array_mut() {
        entries.push(entry);
    }
}

/// Replaces the payable, and answers with it.
pub(super) fn finish(
    call: &Call<'_>,
    mut plan: Plan<'_>,
    payable: Object,
    what: &str,
) -> Result<Decision, Refusal> {
    let reply = resources::show(call, plan.state(), &payable, format!("{what} payable {}", payable.id));
    plan.put(payable);
    Ok(plan.answer(reply))
}
