//! The tag `flows`: pages that lead a user through steps. A control request completes a step in place of the user.

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    Entry, Handler,
    resources::{self, Verb},
    users,
};
use crate::{
    http::Refusal,
    plan::{Decision, Plan},
    state::{Kind, Link, Object, State, User},
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[
    ("list_flows", Handler::resource(Verb::List, Kind::Flow)),
    ("create_flow", Handler::custom(create_flow)),
    ("get_flow", Handler::custom(get_flow)),
];

fn create_flow(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    users::check_named(call, state)?;
    let mut plan = Plan::new(call, state);
    let mut flow = resources::draft(Kind::Flow, call, &mut plan)?;
    let steps = flow.field("steps").as_array().cloned().unwrap_or_default();
    flow.set("steps", names(&steps)?);
    // No answer shows the options; the page of the flow may want them.
    flow.set("step_options", steps);
    flow.set("completed_steps", json!([]));
    flow.set("link", state.page(flow.id));
    flow.set("payout_link_id", Value::Null);
    flow.set("updated", flow.created.to_string());
    flow.set_default("user_id", Value::Null);
    flow.set_default("metadata", Value::Null);
    let reply = resources::show(call, state, &flow, format!("created flow {}", flow.id));
    plan.put(flow);
    Ok(plan.answer(reply))
}

fn get_flow(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let link = call.path_id("flow_id").and_then(|id| state.link_of_flow(id));
    match link.filter(|link| link.app == call.app) {
        Some(link) => {
            let note = format!("flow of link {}", link.id);
            Ok(Decision::unchanged(resources::reply(call, state, flow_of(link, state), note)))
        }
        None => resources::perform(Verb::Get, Kind::Flow, call, state),
    }
}

/// Returns the flow of a payout link: the additional steps, and the payout. A claim completes all of them.
fn flow_of(link: &Link, state: &State) -> Value {
    let mut steps: Vec<&str> = link.additional_steps.iter().map(String::as_str).collect();
    if !steps.contains(&"payout") {
        steps.push("payout");
    }
    let user_id = link.claim.as_ref().map(|claim| claim.user_id).or(link.user_id);
    json!({
        "id": link.flow_id,
        "created": link.created.to_string(),
        "user_id": user_id,
        "completed_steps": if link.claim.is_some() { steps.as_slice() } else { &[] },
        "steps": steps,
        "link": state.page(link.flow_id),
        "payout_link_id": link.id,
        "metadata": link.metadata,
    })
}

/// Returns the name of a step, which is a name or an object with options.
pub(super) fn step_name(step: &Value) -> &str {
    step.as_str().or_else(|| step.get("name")?.as_str()).unwrap_or_default()
}

/// Returns the names of the steps, and checks the options of each.
fn names(steps: &[Value]) -> Result<Vec<&str>, Refusal> {
    let mut names = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let name = step_name(step);
        // The document counts a name and an object with this name as two steps.
        if names.contains(&name) {
            return Err(Refusal::invalid(format!("`steps.{number}` is in `steps` already")));
        }
        check(name, step.as_object(), number)?;
        names.push(name);
    }
    Ok(names)
}

fn check(name: &str, options: Option<&Map<String, Value>>, number: usize) -> Result<(), Refusal> {
    let option = |name: &str| options.and_then(|options| options.get(name)?.as_str()).unwrap_or_default();
    let url = option("redirect_url").to_ascii_lowercase();
    match name {
        "pdf-form-fill" if option("template_id").trim().is_empty() => {
            Err(Refusal::invalid(format!("`steps.{number}.template_id` is required for `pdf-form-fill`")))
        }
        "redirect" if url.is_empty() => {
            Err(Refusal::invalid(format!("`steps.{number}.redirect_url` is required for `redirect`")))
        }
        _ if !url.is_empty() && !url.starts_with("http://") && !url.starts_with("https://") => {
            Err(Refusal::invalid(format!(
                "`steps.{number}.redirect_url` must begin with `http://` or `https://`"
            )))
        }
        _ => Ok(()),
    }
}

/// Completes a step of a flow in place of its user, and returns the flow.
///
/// # Errors
/// Refuses an unknown flow, a step that the flow does not have, and a step that is completed.
pub(crate) fn complete(plan: &mut Plan<'_>, id: Uuid, step: &str) -> Result<Object, Refusal> {
    let found = plan.state().objects.find(Kind::Flow, &id);
    let mut flow = found.cloned().ok_or_else(|| resources::missing(Kind::Flow, &id.to_string()))?;
    let is_in = |list: &Value| list.as_array().is_some_and(|list| list.iter().any(|name| name == step));
    if !is_in(flow.field("steps")) {
        return Err(Refusal::invalid("`step` is not one of the flow's steps"));
    }
    if is_in(flow.field("completed_steps")) {
        return Err(Refusal::conflict("`step` is completed already"));
    }
    let mut completed = flow.field("completed_steps").as_array().cloned().unwrap_or_default();
    completed.push(json!(step));
    flow.set("completed_steps", completed);
    flow.set("updated", plan.now().to_string());
    plan.emit("flow.updated", json!({ "flow_id": id, "metadata": flow.field("metadata") }));
    plan.put(flow.clone());
    let user = flow.id_in("user_id").and_then(|id| plan.state().users.find(&id));
    if let Some(user) = user {
        leave_traces(plan, user, step);
    }
    Ok(flow)
}

/// Records what two of the steps find out about a user; here both pass.
fn leave_traces(plan: &mut Plan<'_>, user: &User, step: &str) {
    let mut user = user.clone();
    match step {
        "id-verification" => {
            user.compliance.id_verified = true;
            users::tell(plan, "user.updated.id_verified", &user);
        }
        "background-check" => {
            user.compliance.background_check = Some(plan.now());
            users::tell(plan, "user.updated.background_check", &user);
        }
        // What the other steps ask for, an app submits with operations of its own.
        _ => return,
    }
    plan.put_user(user);
}
