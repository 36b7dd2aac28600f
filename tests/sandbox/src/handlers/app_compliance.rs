//! The compliance information of an app, and the verification of its business (KYB).

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{digits, resources};
use crate::{
    http::{Refusal, Reply},
    plan::{Decision, Plan},
    state::{Kind, Object, State},
    validation::Call,
};

/// How long the page of a verification flow works ([apireference/apps/create-a-kyb-flow]).
///
/// [apireference/apps/create-a-kyb-flow]: https://docs.dots.dev/apireference/apps/create-a-kyb-flow
const KYB_TIME: Duration = Duration::from_secs(72 * 60 * 60);

/// How long the review of an app's information takes.
const REVIEW_TIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The fields with rules beyond the document.
#[derive(Deserialize)]
struct Compliance {
    company_info: CompanyInfo,
    directors: Vec<Director>,
}

#[derive(Deserialize)]
struct CompanyInfo {
    ein: String,
    ubo_count: usize,
}

#[derive(Deserialize)]
struct Director {
    address: Address,
    ssn: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    country: String,
}

pub(super) fn get_app_compliance(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let app = resources::find(Kind::App, call, state)?;
    let compliance = app.field("compliance");
    if compliance.is_null() {
        return Err(Refusal::missing(format!("the app `{}` has no compliance information", app.id)));
    }
    Ok(Decision::unchanged(show(call, app, compliance)))
}

pub(super) fn set_app_compliance(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let app = resources::find(Kind::App, call, state)?.clone();
    check(&call.body()?)?;
    let reply = show(call, &app, call.whole());
    let mut plan = Plan::of(app.id, state);
    store(&mut plan, app, call.whole().clone());
    Ok(plan.answer(reply))
}

/// Answers with the information as it was stored: its schema requires a director's `title` and does not list it, so a
/// projection to the listed fields would break it.
fn show(call: &Call<'_>, app: &Object, compliance: &Value) -> Reply {
    Reply::json(call.operation.success(), compliance, format!("compliance of app {}", app.id))
}

fn check(compliance: &Compliance) -> Result<(), Refusal> {
    digits::exact("company_info.ein", &compliance.company_info.ein, 9..=9)?;
    if compliance.company_info.ubo_count != compliance.directors.len() {
        return Err(Refusal::invalid("`company_info.ubo_count` must be the number of `directors`"));
    }
    for (place, director) in compliance.directors.iter().enumerate() {
        let field = format!("directors.{place}.ssn");
        match &director.ssn {
            Some(ssn) => digits::exact(&field, ssn, 9..=9)?,
            None if director.address.country == "US" => {
                return Err(Refusal::invalid(format!("`{field}` is required when the address is in the US")));
            }
            None => {}
        }
    }
    Ok(())
}

/// Stores the compliance information of an app; an app that was never reviewed goes into review.
pub(super) fn store(plan: &mut Plan<'_>, mut app: Object, compliance: Value) {
    app.set("compliance", compliance);
    if app.text("status") == Some("created") {
        app.set("status", "in_review");
        plan.later(REVIEW_TIME, "app.approve", app.id);
    }
    plan.emit("app.updated", json!({ "app_id": app.id }));
    plan.put(app);
}

/// Ends the review of an app.
pub(super) fn approve(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    let app = find(plan.state(), id)?.clone();
    if app.text("status") == Some("in_review") {
        set_approved(plan, app);
    }
    Ok(())
}

fn set_approved(plan: &mut Plan<'_>, mut app: Object) {
    app.set("status", "approved");
    plan.emit("app.updated", json!({ "app_id": app.id }));
    plan.put(app);
}

pub(super) fn create_app_kyb_flow(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let mut app = resources::find(Kind::App, call, state)?.clone();
    let number = app.field("kyb_flow").get("number").and_then(Value::as_u64).unwrap_or_default();
    let number = number.saturating_add(1);
    let expires_at = state.after(KYB_TIME).to_string();
    let body = json!({
        "url": format!("https://my.dots-sandbox.invalid/kyb/{}/{number}", app.id),
        "expires_at": expires_at,
        "status": "pending",
    });
    // An app has one flow at a time, so a new flow ends the one before it.
    app.set("kyb_flow", json!({ "number": number, "expires_at": expires_at }));
    let reply = resources::reply(call, state, body, format!("created kyb flow {number} of app {}", app.id));
    let mut plan = Plan::of(app.id, state);
    plan.put(app);
    Ok(plan.answer(reply))
}

/// Completes a verification flow in place of the business: the app is approved.
///
/// # Errors
/// Refuses a flow that a newer one has ended, a flow that has expired, and one that never existed.
pub(crate) fn complete_kyb_flow(plan: &mut Plan<'_>, number: &str) -> Result<(), Refusal> {
    let mut app = find(plan.state(), plan.app())?.clone();
    let flow = app.field("kyb_flow");
    let current = flow.get("number").and_then(Value::as_u64).map(|number| number.to_string());
    if current.as_deref() != Some(number) {
        return Err(Refusal::missing("this is not the app's newest kyb flow"));
    }
    let expires_at = flow.get("expires_at").and_then(Value::as_str).and_then(|text| text.parse().ok());
    if expires_at.is_none_or(|end: Timestamp| end <= plan.now()) {
        return Err(Refusal::conflict("this kyb flow has expired"));
    }
    // A flow can be completed once: only a later number counts from now on.
    app.set("kyb_flow", json!({ "number": number.parse::<u64>().unwrap_or_default() }));
    set_approved(plan, app);
    Ok(())
}

fn find(state: &State, id: Uuid) -> Result<&Object, Refusal> {
    let app = state.objects.find(Kind::App, &id);
    app.ok_or_else(|| resources::missing(Kind::App, &id.to_string()))
}
