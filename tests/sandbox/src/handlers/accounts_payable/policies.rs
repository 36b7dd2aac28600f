//! Approval policies: which payables need which approvals.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    approval_steps::Steps,
    staff::{self, Person},
};
use crate::{
    handlers::resources,
    http::Refusal,
    plan::{Decision, Plan},
    state::{Kind, Label, Object, State},
    validation::Call,
};

#[derive(Deserialize)]
struct CreatePolicy {
    description: Option<String>,
    payable_conditions: Vec<PayableConditionInput>,
    approval_conditions: Vec<ApprovalConditionInput>,
}

#[derive(Deserialize)]
struct PayableConditionInput {
    #[serde(rename = "type")]
    kind: ConditionKind,
    value: Option<Value>,
    comparator: Option<Comparator>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ConditionKind {
    Amount,
    VendorId,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Comparator {
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = "==")]
    Equal,
    #[serde(rename = ">=")]
    AtLeast,
}

#[derive(Deserialize)]
struct ApprovalConditionInput {
    approver_list: Vec<i64>,
    num_approvals_required: usize,
}

/// A condition on the payable.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum PayableCondition {
    Amount { value: i64, comparator: Comparator },
    VendorId { value: Uuid },
}

/// The required approvals.
#[derive(Debug, Serialize, Deserialize)]
struct ApprovalCondition {
    approver_list: Vec<Approver>,
    num_approvals_required: usize,
}

/// An approver of a policy.
#[derive(Debug, Serialize, Deserialize)]
struct Approver {
    id: i64,
    name: String,
}

impl PayableCondition {
    fn holds(&self, payable: &Object) -> bool {
        match self {
            Self::VendorId { value } => payable.id_in("ap_vendor_id") == Some(*value),
            Self::Amount { value, comparator } => {
                payable.field("amount").as_i64().is_some_and(|amount| match comparator {
                    Comparator::AtMost => amount <= *value,
                    Comparator::Equal => amount == *value,
                    Comparator::AtLeast => amount >= *value,
                })
            }
        }
    }
}

pub(super) fn create(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let request: CreatePolicy = call.body()?;
    let conditions = request.payable_conditions.iter().enumerate();
    let conditions = conditions.map(|(number, input)| payable_condition(call, state, number, input));
    let conditions = conditions.collect::<Result<Vec<_>, _>>()?;
    let approvals = request.approval_conditions.iter().enumerate();
    let approvals = approvals.map(|(number, input)| approval_condition(number, input));
    let approvals = approvals.collect::<Result<Vec<_>, _>>()?;

    let mut plan = Plan::new(call, state);
    let mut policy = resources::draft(Kind::ApprovalPolicy, call, &mut plan)?;
    policy.fields.clear();
    policy.set("active", true);
    policy.set("description", request.description);
    policy.set("payable_conditions", json!(conditions));
    policy.set("approval_conditions", json!(approvals));
    policy.set("priority", last_priority(call.app, state));
    let reply = resources::show(call, state, &policy, format!("created approval policy {}", policy.id));
    plan.put(policy);
    Ok(plan.answer(reply))
}

pub(super) fn set_priority(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let mut policy = resources::find(Kind::ApprovalPolicy, call, state)?.clone();
    let priority = call.field("priority").and_then(Value::as_i64);
    let priority = priority.ok_or_else(|| Refusal::invalid("`priority` must be a whole number"))?;
    policy.set("priority", priority);
    let reply = resources::show(call, state, &policy, format!("updated approval policy {}", policy.id));
    let mut plan = Plan::new(call, state);
    plan.put(policy);
    Ok(plan.answer(reply))
}

/// Returns the approvals that a payable needs: those of the first matching policy by priority, the lowest number first.
/// Without a matching policy, any one approver is enough.
pub(super) fn steps(payable: &Object, state: &State) -> Steps {
    let mut policies: Vec<&Object> = of_app(payable.app, state).collect();
    // A stable sort: of equals the oldest comes first.
    policies.sort_by_key(|policy| priority(policy));
    let mut steps = Steps::default();
    match policies.into_iter().find(|policy| covers(policy, payable)) {
        None => steps.add(staff::approvers(), 1),
        Some(policy) => {
            for group in read::<ApprovalCondition>(policy, "approval_conditions") {
                let people = group.approver_list.iter().filter_map(|approver| staff::find(approver.id));
                steps.add(people, group.num_approvals_required);
            }
        }
    }
    steps
}

fn covers(policy: &Object, payable: &Object) -> bool {
    let conditions: Vec<PayableCondition> = read(policy, "payable_conditions");
    conditions.iter().all(|condition| condition.holds(payable))
}

fn of_app(app: Uuid, state: &State) -> impl Iterator<Item = &Object> {
    state.objects.with(Kind::ApprovalPolicy, Label::app(app))
}

fn priority(policy: &Object) -> i64 {
    policy.field("priority").as_i64().unwrap_or(i64::MAX)
}

/// Returns the priority of a new policy, which comes after all others.
fn last_priority(app: Uuid, state: &State) -> i64 {
    of_app(app, state).map(priority).max().map_or(1, |last| last.saturating_add(1))
}

/// Reads what [`create`] has stored.
fn read<'p, T: Deserialize<'p>>(policy: &'p Object, field: &str) -> Vec<T> {
    Vec::deserialize(policy.field(field)).unwrap_or_default()
}

/// Checks a condition on the payable: an amount needs a comparator, and a vendor must not have one
/// ([apireference/accounts-payable/create-an-approval-policy]).
///
/// [apireference/accounts-payable/create-an-approval-policy]: https://docs.dots.dev/apireference/accounts-payable/create-an-approval-policy
fn payable_condition(
    call: &Call<'_>,
    state: &State,
    number: usize,
    input: &PayableConditionInput,
) -> Result<PayableCondition, Refusal> {
    let at = |field: &str| format!("`payable_conditions.{number}.{field}`");
    let value = input.value.as_ref();
    let value = value.ok_or_else(|| Refusal::invalid(format!("{} is required", at("value"))))?;
    match (input.kind, input.comparator) {
        (ConditionKind::Amount, Some(comparator)) => {
            let whole = || Refusal::invalid(format!("{} must be a whole number of cents", at("value")));
            Ok(PayableCondition::Amount { value: value.as_i64().ok_or_else(whole)?, comparator })
        }
        (ConditionKind::Amount, None) => {
            Err(Refusal::invalid(format!("{} is required when `type` is `amount`", at("comparator"))))
        }
        (ConditionKind::VendorId, None) => {
            let id = value.as_str().and_then(|text| Uuid::try_parse(text).ok());
            let id = id.ok_or_else(|| Refusal::invalid(format!("{} must be a UUID", at("value"))))?;
            let vendor = state.objects.find(Kind::Vendor, &id).filter(|vendor| vendor.app == call.app);
            let missing = || Refusal::missing(format!("{}: there is no such vendor", at("value")));
            vendor.map(|_| PayableCondition::VendorId { value: id }).ok_or_else(missing)
        }
        (ConditionKind::VendorId, Some(_)) => {
            Err(Refusal::invalid(format!("{} goes with `type` `amount` only", at("comparator"))))
        }
    }
}

/// Checks a group of approvers: all of them may approve, and there are enough of them.
fn approval_condition(number: usize, input: &ApprovalConditionInput) -> Result<ApprovalCondition, Refusal> {
    let list = format!("`approval_conditions.{number}.approver_list`");
    let people = input.approver_list.iter().map(|id| staff::find(*id)).collect::<Option<Vec<_>>>();
    let people =
        people.ok_or_else(|| Refusal::missing(format!("{list}: there is no such dashboard user")))?;
    if !people.iter().all(|person| person.approves()) {
        return Err(Refusal::invalid(format!("{list} names a person whose role may not approve payables")));
    }
    let distinct: HashSet<i64> = people.iter().map(|person| person.id).collect();
    if input.num_approvals_required > distinct.len() {
        let required = format!("`approval_conditions.{number}.num_approvals_required`");
        return Err(Refusal::invalid(format!("{required} is more than {list} can give")));
    }
    let approver = |person: &Person| Approver { id: person.id, name: person.name() };
    Ok(ApprovalCondition {
        approver_list: people.into_iter().map(approver).collect(),
        num_approvals_required: input.num_approvals_required,
    })
}
