//! The tag `apps`: the one app of the sandbox, whose wallet pays.

use hyper::StatusCode;
use serde::Serialize;
use uuid::Uuid;

use super::Decision;
use crate::{
    check::Call,
    reply::{Refusal, Reply},
    state::State,
};

#[derive(Serialize)]
struct App {
    id: Uuid,
    name: &'static str,
    status: &'static str,
    metrics: Metrics,
}

/// Amounts are text here, as the document has them, and cents, as everywhere.
#[derive(Serialize)]
struct Metrics {
    wallet_balance: String,
    money_out: String,
    connected_users: usize,
}

pub(super) fn get_app(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let id = state.ids.app();
    if call.path_id("app_id") != Some(id) {
        return Err(Refusal::missing(format!("there is no app `{}`", call.path_text("app_id"))));
    }
    let metrics = Metrics {
        wallet_balance: state.wallet().to_string(),
        money_out: state.paid_out().to_string(),
        connected_users: state.users.len(),
    };
    let app = App { id, name: "Dots sandbox", status: "approved", metrics };
    let note = format!("wallet {} cents", state.wallet());
    Ok(Decision::unchanged(Reply::json(StatusCode::OK, &app, note)))
}
