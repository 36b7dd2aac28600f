//! The tag `apps`: the apps of the organization, each with a wallet that pays.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Entry, Handler, app_compliance, app_funds, app_settings, digits, resources, transfers};
use crate::{
    http::Refusal,
    plan::{Decision, Plan},
    state::{Kind, Object, State},
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[
    ("list_apps", Handler::custom(list_apps)),
    ("create_app", Handler::custom(create_app)),
    ("get_app", Handler::custom(get_app)),
    ("get_app_compliance", Handler::custom(app_compliance::get_app_compliance)),
    ("set_app_compliance", Handler::custom(app_compliance::set_app_compliance)),
    ("get_app_ach_account", Handler::custom(get_app_ach_account)),
    ("set_app_ach_account", Handler::custom(set_app_ach_account)),
    ("deposit_app_funds", Handler::custom(app_funds::deposit_app_funds).showing(transfers::show_existing)),
    ("withdraw_app_funds", Handler::custom(app_funds::withdraw_app_funds).showing(transfers::show_existing)),
    ("create_app_kyb_flow", Handler::custom(app_compliance::create_app_kyb_flow)),
    ("change_app_settings", Handler::custom(app_settings::change_app_settings)),
];

/// The bank account of an app; its numbers are checked, and all but the last four digits are dropped.
#[derive(Deserialize)]
struct AchAccount {
    account_number: String,
    routing_number: String,
    account_type: String,
}

fn list_apps(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let page = resources::page(Kind::App, call, state)?;
    let rows = page.rows.into_iter().map(|app| body(app, state)).collect();
    Ok(Decision::unchanged(resources::page_reply(call, state, rows, page.has_more, "app")))
}

fn create_app(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let mut plan = Plan::new(call, state);
    let mut app = resources::draft(Kind::App, call, &mut plan)?;
    app.app = app.id;
    app.keep(&["name", "metadata"]);
    app.set("status", "created");
    let reply = resources::reply(call, state, body(&app, state), format!("created app {}", app.id));
    plan.emit("app.updated", json!({ "app_id": app.id }));
    plan.put(app);
    Ok(plan.answer(reply))
}

fn get_app(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let app = resources::find(Kind::App, call, state)?;
    let note = format!("wallet {} cents", state.wallet(app.id));
    Ok(Decision::unchanged(resources::reply(call, state, body(app, state), note)))
}

/// An app as answers show it. Amounts are text here, as the document has them, and in cents, as everywhere.
fn body(app: &Object, state: &State) -> Value {
    let mut app_body = resources::body(app);
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

fn get_app_ach_account(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let app = resources::find(Kind::App, call, state)?;
    let account = app.field("ach_account").clone();
    if account.is_null() {
        return Err(Refusal::missing(format!("the app `{}` has no bank account", app.id)));
    }
    Ok(Decision::unchanged(resources::reply(call, state, account, format!("bank account of app {}", app.id))))
}

fn set_app_ach_account(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let mut app = resources::find(Kind::App, call, state)?.clone();
    let account: AchAccount = call.body()?;
    digits::exact("account_number", &account.account_number, 7..=20)?;
    digits::exact("routing_number", &account.routing_number, 9..=9)?;
    let hidden = account.account_number.len().saturating_sub(4);
    let mask: String = account.account_number.chars().skip(hidden).collect();
    let account = json!({ "mask": mask, "name": format!("{} account", account.account_type) });
    app.set("ach_account", account.clone());
    let reply = resources::reply(call, state, account, format!("bank account of app {}", app.id));
    let mut plan = Plan::of(app.id, state);
    plan.emit("app.updated", json!({ "app_id": app.id }));
    plan.put(app);
    Ok(plan.answer(reply))
}
