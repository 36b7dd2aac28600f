//! The settings of an app: excluded payout methods, the automatic refill, and the table of payout fees.

use serde_json::{Map, Value, json};

use super::resources;
use crate::{
    http::Refusal,
    plan::{Decision, Plan, order_refill},
    state::{Kind, State},
    validation::Call,
};

/// The field that holds the table of payout fees.
const FEES: &str = "customer_payout_fee_table";

/// Changes the settings that the request names, and leaves the others; a null clears the fee table.
pub(super) fn change_app_settings(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let mut app = resources::find(Kind::App, call, state)?.clone();
    check_fees(call, state)?;
    let mut settings = app.field("settings").as_object().cloned().unwrap_or_default();
    settings.extend(call.whole().as_object().cloned().unwrap_or_default());
    check_refill(&settings)?;
    let shown = Value::Object(settings);
    app.set("settings", shown.clone());
    let reply = resources::reply(call, state, shown, format!("settings of app {}", app.id));
    let mut plan = Plan::of(app.id, state);
    plan.emit("app.updated", json!({ "app_id": app.id }));
    order_refill(&mut plan, &mut app, None);
    plan.put(app);
    Ok(plan.answer(reply))
}

fn check_fees(call: &Call<'_>, state: &State) -> Result<(), Refusal> {
    let Some(table) = call.field(FEES) else { return Ok(()) };
    if !state.options.payout_fee_table {
        return Err(Refusal::forbidden(format!("`{FEES}`: payout fees are off for this app")));
    }
    for (rail, rule) in table.as_object().into_iter().flatten() {
        if rule.get("percent").and_then(Value::as_str).is_some_and(|text| !is_decimal(text)) {
            return Err(Refusal::invalid(format!("`{FEES}.{rail}.percent` must be decimal text")));
        }
    }
    Ok(())
}

/// Whether a text is a decimal number such as `0.02`.
fn is_decimal(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    }
}

/// Checks that a refill has an amount and a threshold.
fn check_refill(settings: &Map<String, Value>) -> Result<(), Refusal> {
    let active = settings.get("auto_refill_active") == Some(&Value::Bool(true));
    for name in ["refill_amount", "refill_threshold"] {
        match settings.get(name) {
            Some(cents) if cents.as_i64().is_none() => {
                return Err(Refusal::invalid(format!(
                    "`{name}` must be whole cents, written without a fraction"
                )));
            }
            None if active => {
                return Err(Refusal::invalid(format!("`{name}` is required for an automatic refill")));
            }
            Some(_) | None => {}
        }
    }
    Ok(())
}
