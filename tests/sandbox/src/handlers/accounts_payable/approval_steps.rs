//! The approval steps of a payable, and their progress.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{history::Act, staff::Person};
use crate::{http::Refusal, state::Object};

/// All approvals that one payable needs, in any order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Steps(Vec<Step>);

/// One group of approvers.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Step {
    completed: bool,
    completed_timestamp: Option<String>,
    num_approvals_required: usize,
    user_approvals: Vec<Approval>,
}

/// One approver, and whether they have approved.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Approval {
    user_id: i64,
    name: String,
    approval_given: bool,
    approval_comment: Option<String>,
    /// The document allows no null here, so the field is left out until there is a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approval_timestamp: Option<String>,
}

impl Steps {
    /// Reads the steps of a payable.
    pub(super) fn of(payable: &Object) -> Self {
        // Should the steps be unreadable, there are none, and without steps a payable cannot be approved: the safe
        // side.
        Self::deserialize(payable.field("approval_steps")).unwrap_or_default()
    }

    /// Writes the steps into a payable.
    pub(super) fn keep(&self, payable: &mut Object) {
        payable.set("approval_steps", json!(self));
    }

    /// Adds a group of approvers, of whom this many must approve.
    pub(super) fn add(&mut self, people: impl IntoIterator<Item = &'static Person>, required: usize) {
        let approval = |person: &Person| Approval {
            user_id: person.id,
            name: person.name(),
            approval_given: false,
            approval_comment: None,
            approval_timestamp: None,
        };
        self.0.push(Step {
            completed: false,
            completed_timestamp: None,
            num_approvals_required: required,
            user_approvals: people.into_iter().map(approval).collect(),
        });
    }

    /// Whether every step has the approvals that it needs.
    pub(super) fn are_completed(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|step| step.completed)
    }

    /// Checks that a person is an approver.
    ///
    /// # Errors
    /// Refuses a person who is in no step with 403.
    pub(super) fn ask(&self, person: &Person) -> Result<(), Refusal> {
        let mut asked = self.0.iter().flat_map(|step| &step.user_approvals);
        let is_asked = asked.any(|approval| approval.user_id == person.id);
        is_asked
            .then_some(())
            .ok_or_else(|| Refusal::forbidden("`acting_user_id` is not among the approvers of this payable"))
    }

    /// Records an approval in every step that names the approver.
    ///
    /// # Errors
    /// Refuses a person who is not an approver, and one who has approved already.
    pub(super) fn approve(&mut self, act: &Act<'_>) -> Result<(), Refusal> {
        self.ask(act.person)?;
        let theirs = |approval: &&mut Approval| approval.user_id == act.person.id;
        for step in &mut self.0 {
            for approval in step.user_approvals.iter_mut().filter(theirs) {
                if approval.approval_given {
                    return Err(Refusal::conflict("`acting_user_id` has approved this payable already"));
                }
                approval.approval_given = true;
                approval.approval_comment = act.comment.map(str::to_owned);
                approval.approval_timestamp = Some(act.at.to_string());
            }
            let given = step.user_approvals.iter().filter(|approval| approval.approval_given).count();
            if !step.completed && given >= step.num_approvals_required {
                step.completed = true;
                step.completed_timestamp = Some(act.at.to_string());
            }
        }
        Ok(())
    }
}
