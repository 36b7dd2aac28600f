//! What each operation does, one file per tag of the document.
//!
//! A handler reads the state and decides; it changes nothing. What it decides is checked against the document first,
//! and carried out only then.

mod apps;
mod list;
mod payee;
mod payout_links;
mod payouts;
mod users;

use crate::{
    check::Call,
    reply::{Refusal, Reply},
    state::{Change, State},
};

/// Decides about one request.
pub(crate) type Handler = fn(&Call<'_>, &State) -> Result<Decision, Refusal>;

/// What a request changes, and what is answered when it has.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) change: Change,
    pub(crate) reply: Reply,
}

impl Decision {
    /// An answer that changes nothing.
    fn unchanged(reply: Reply) -> Self {
        Self { change: Change::Nothing, reply }
    }
}

/// Returns the handler of an operation; none for an operation that is not played yet.
pub(crate) fn find(operation_id: &str) -> Option<Handler> {
    Some(match operation_id {
        "create_user" => users::create_user,
        "list_users" => users::list_users,
        "get_user" => users::get_user,
        "update_user" => users::update_user,
        "delete_user" => users::delete_user,
        "send_payout" => payouts::send_payout,
        "create_payout_link" => payout_links::create_payout_link,
        "list_payout_links" => payout_links::list_payout_links,
        "get_payout_link" => payout_links::get_payout_link,
        "cancel_payout_link" => payout_links::cancel_payout_link,
        "get_app" => apps::get_app,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use super::*;
    use crate::spec::Spec;

    #[test]
    fn every_handler_belongs_to_an_operation_of_the_document() {
        let spec = Spec::embedded().unwrap();
        // The match names its operations in text, so one that the document renames would silently stop being played.
        let played = spec.operations.iter().filter(|operation| find(&operation.id).is_some());
        assert_eq!(played.count(), 11);
    }
}
