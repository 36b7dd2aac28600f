//! The tag `apps`: the apps of the organization, each with a wallet that pays.

use serde_json::{Value, json};

use super::{Play, Row};
use crate::{
    check::Call,
    engine,
    plan::Decision,
    reply::Refusal,
    state::{Kind, Object, State},
};

pub(super) const PLAYS: &[Row] = &[("get_app", Play::rule(get_app))];

fn get_app(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let app = engine::find(Kind::App, call, state)?;
    let note = format!("wallet {} cents", state.wallet(app.id));
    Ok(Decision::unchanged(engine::reply(call, state, body(app, state), note)))
}

/// An app as answers show it. Amounts are text here, as the document has them, and cents, as everywhere.
fn body(app: &Object, state: &State) -> Value {
    let mut app_body = engine::body(app);
    if let Some(fields) = app_body.as_object_mut() {
        let metrics = json!({
            "wallet_balance": state.wallet(app.id).to_string(),
            "money_out": state.paid_out(app.id).to_string(),
            "connected_users": state.connected_users(app.id),
        });
        fields.insert("metrics".to_owned(), metrics);
    }
    app_body
}
