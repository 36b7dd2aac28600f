//! The dashboard users in whose name payables are handled; they are fixed.

use serde::Serialize;
use serde_json::{Value, json};

use crate::{handlers::resources, http::Refusal, plan::Decision, state::State, validation::Call};

/// A dashboard user.
#[derive(Debug, Serialize)]
pub(super) struct Person {
    pub(super) id: i64,
    first_name: &'static str,
    last_name: &'static str,
    username: &'static str,
    email: &'static str,
    phone_number: &'static str,
    pub(super) role: Role,
    scope: Scope,
}

/// The role of a dashboard user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    Admin,
    Viewer,
    Payer,
    ApApprover,
    ApCreator,
}

/// The scope of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Scope {
    Organization,
    App,
}

/// A right that a role may have over payables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// Create, submit and cancel.
    Prepare,
    /// Approve and reject.
    Approve,
    Pay,
}

/// The first three are those of the document's examples.
const STAFF: [Person; 6] = [
    Person {
        id: 17,
        first_name: "Ada",
        last_name: "Park",
        username: "ada",
        email: "ada@example.com",
        phone_number: "2025550117",
        role: Role::Admin,
        scope: Scope::Organization,
    },
    Person {
        id: 23,
        first_name: "Ben",
        last_name: "Cole",
        username: "ben",
        email: "ben@example.com",
        phone_number: "2025550123",
        role: Role::ApApprover,
        scope: Scope::App,
    },
    Person {
        id: 31,
        first_name: "Cleo",
        last_name: "Diaz",
        username: "cleo",
        email: "cleo@example.com",
        phone_number: "2025550131",
        role: Role::ApApprover,
        scope: Scope::App,
    },
    Person {
        id: 41,
        first_name: "Dan",
        last_name: "Eck",
        username: "dan",
        email: "dan@example.com",
        phone_number: "2025550141",
        role: Role::ApCreator,
        scope: Scope::App,
    },
    Person {
        id: 43,
        first_name: "Eva",
        last_name: "Fox",
        username: "eva",
        email: "eva@example.com",
        phone_number: "2025550143",
        role: Role::Payer,
        scope: Scope::App,
    },
    Person {
        id: 47,
        first_name: "Finn",
        last_name: "Gray",
        username: "finn",
        email: "finn@example.com",
        phone_number: "2025550147",
        role: Role::Viewer,
        scope: Scope::App,
    },
];

impl Role {
    /// Whether the role has a right; an admin has all of them, and a viewer has none.
    fn has(self, right: Right) -> bool {
        match self {
            Self::Admin => true,
            Self::Viewer => false,
            Self::Payer => right == Right::Pay,
            Self::ApApprover => right == Right::Approve,
            Self::ApCreator => right == Right::Prepare,
        }
    }

    /// The role as the API writes it.
    fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Viewer => "viewer",
            Self::Payer => "payer",
            Self::ApApprover => "ap_approver",
            Self::ApCreator => "ap_creator",
        }
    }
}

impl Right {
    /// The right as the end of a sentence.
    fn as_str(self) -> &'static str {
        match self {
            Self::Prepare => "prepare payables",
            Self::Approve => "approve payables",
            Self::Pay => "pay payables",
        }
    }
}

impl Person {
    /// The full name.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// Whether the person may approve and reject.
    pub(super) fn approves(&self) -> bool {
        self.role.has(Right::Approve)
    }
}

/// Finds a person by id.
pub(super) fn find(id: i64) -> Option<&'static Person> {
    STAFF.iter().find(|person| person.id == id)
}

/// Returns the people who may approve, in the order of their ids.
pub(super) fn approvers() -> impl Iterator<Item = &'static Person> {
    STAFF.iter().filter(|person| person.approves())
}

/// Finds the acting person, and checks the right.
///
/// # Errors
/// Refuses an unknown id with 404, and a role without the right with 403.
pub(super) fn acting(call: &Call<'_>, right: Right) -> Result<&'static Person, Refusal> {
    let id = call.field("acting_user_id").and_then(Value::as_i64);
    permitted(id.ok_or_else(not_whole)?, right)
}

/// Returns the refusal for an `acting_user_id` that is not a whole number.
pub(super) fn not_whole() -> Refusal {
    Refusal::invalid("`acting_user_id` must be a whole number")
}

/// Finds a person, and checks the right.
///
/// # Errors
/// Refuses an unknown id with 404, and a role without the right with 403.
pub(super) fn permitted(id: i64, right: Right) -> Result<&'static Person, Refusal> {
    let person =
        find(id).ok_or_else(|| Refusal::missing("`acting_user_id`: there is no such dashboard user"))?;
    if person.role.has(right) {
        return Ok(person);
    }
    let (role, right) = (person.role.as_str(), right.as_str());
    Err(Refusal::forbidden(format!("`acting_user_id` has the role `{role}` and may not {right}")))
}

pub(super) fn list_approvers(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let rows = approvers().map(|person| json!(person)).collect();
    Ok(Decision::unchanged(resources::page_reply(call, state, rows, false, "approver")))
}
