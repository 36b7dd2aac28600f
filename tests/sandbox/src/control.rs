//! The control API, `/_sandbox/…`: routes of the sandbox's own, beside the Dots API and without credentials.
//!
//! Control requests are not recorded. The routes answer only when `Host` names this machine: otherwise a page from
//! elsewhere, open in a browser on this machine, could move money through a host name that resolves to it.

mod faults;
pub(crate) mod links;
mod webhooks;

use std::time::Duration;

use hyper::{Method, StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    handlers,
    http::{Incoming, JSON, Refusal, Reply, check_origin},
    options::{OptionsPatch, parse_duration},
    plan::Plan,
    simulator::Simulator,
    spec,
    state::{Kind, State},
};

/// The prefix of every control path.
const PREFIX: &str = "/_sandbox/";

/// Answers one request; the parameters are the segments of the path that stand where the route has `*`.
type RouteHandler = fn(&Simulator, &Incoming, &[&str]) -> Result<Reply, Refusal>;

/// The routes: method, and path below the prefix. `*` stands for one segment.
const ROUTES: &[(Method, &str, RouteHandler)] = &[
    (Method::GET, "audit", audit),
    (Method::GET, "balance", balance),
    (Method::GET, "clock", clock),
    (Method::POST, "clock", advance),
    (Method::POST, "flows/*/complete", complete_step),
    (Method::GET, "files/*", payable_file),
    (Method::GET, "faults", faults::list),
    (Method::POST, "faults", faults::inject),
    (Method::DELETE, "faults", faults::clear_all),
    (Method::DELETE, "faults/*", faults::clear_one),
    (Method::POST, "faults/*/release", faults::release),
    (Method::POST, "commit-late", faults::commit_late),
    (Method::GET, "openapi.json", document),
    (Method::GET, "options", options),
    (Method::POST, "options", change_options),
    (Method::POST, "payables/*/fail", fail_payable),
    (Method::POST, "links/*/claim", links::claim),
    (Method::POST, "links/*/fail-delivery", links::fail_delivery),
    (Method::POST, "links/*/fail-funding", links::fail_funding),
    (Method::POST, "links/*/reverse", links::reverse),
    (Method::POST, "payout-requests/*/approve", links::approve),
    (Method::POST, "payout-requests/*/reject", links::reject),
    (Method::GET, "routes", routes),
    (Method::GET, "transcript", transcript),
    (Method::POST, "transfers/*/fail", fail_transfer),
    (Method::POST, "kyb-flows/*/*/complete", complete_kyb_flow),
    (Method::GET, "webhooks", webhooks::list),
    (Method::POST, "webhooks", webhooks::add),
    (Method::GET, "webhooks/deliveries", webhooks::deliveries),
    (Method::POST, "webhooks/emit", webhooks::emit),
    (Method::GET, "webhooks/events", webhooks::samples),
    (Method::GET, "webhooks/misbehave", webhooks::faults),
    (Method::POST, "webhooks/misbehave", webhooks::misbehave),
    (Method::DELETE, "webhooks/misbehave", webhooks::behave),
    (Method::DELETE, "webhooks/*", webhooks::remove),
    (Method::POST, "webhooks/*/secrets", webhooks::change_secrets),
];

/// Whether a request is for the control API.
pub(crate) fn is_for(incoming: &Incoming) -> bool {
    incoming.path.starts_with(PREFIX) || incoming.path == PREFIX.trim_end_matches('/')
}

/// Whether there is a route with this method and this path below the prefix.
pub(crate) fn offers(method: &Method, path: &str) -> bool {
    ROUTES.iter().any(|(own, route, _)| own == method && match_path(route, path).is_some())
}

/// Answers a control request.
pub(crate) fn answer(simulator: &Simulator, incoming: &Incoming) -> Reply {
    local(incoming).and_then(|()| route(simulator, incoming)).unwrap_or_else(Reply::from)
}

fn route(simulator: &Simulator, incoming: &Incoming) -> Result<Reply, Refusal> {
    let path = incoming.path.strip_prefix(PREFIX).unwrap_or_default();
    let fitting: Vec<_> = ROUTES
        .iter()
        .filter_map(|(method, route, handler)| Some((method, handler, match_path(route, path)?)))
        .collect();
    if fitting.is_empty() {
        return Err(Refusal::missing(format!("the sandbox has no `{}`", incoming.path)));
    }
    let allowed: Vec<&str> = fitting.iter().map(|(method, ..)| method.as_str()).collect();
    let refusal = || Refusal::method(&incoming.method, &incoming.path, allowed.join(", "));
    let found = fitting.iter().find(|(method, ..)| **method == incoming.method);
    let (_, handler, params) = found.ok_or_else(refusal)?;
    handler(simulator, incoming, params)
}

/// Matches a path against a route, and returns the segments where the route has `*`.
fn match_path<'p>(route: &str, path: &'p str) -> Option<Vec<&'p str>> {
    let (wanted, found): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    if wanted.len() != found.len() {
        return None;
    }
    let mut params = Vec::new();
    for (wanted, found) in wanted.into_iter().zip(found) {
        match wanted {
            "*" if !found.is_empty() => params.push(found),
            _ if wanted == found => {}
            _ => return None,
        }
    }
    Some(params)
}

/// Refuses foreign host names, and forms that a page from elsewhere could send.
fn local(incoming: &Incoming) -> Result<(), Refusal> {
    check_origin(incoming)?;
    let content_type = incoming.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = content_type.is_some_and(|text| text.starts_with("application/json"));
    if incoming.method != Method::GET && !incoming.body.is_empty() && !is_json {
        return Err(Refusal::media_type("the sandbox's own routes take `application/json`"));
    }
    Ok(())
}

fn audit(simulator: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &simulator.world().state.ledger.audit(), ""))
}

fn balance(simulator: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    let world = simulator.world();
    let app = world.state.ids.app();
    let body =
        json!({ "app_id": app, "wallet": world.state.wallet(app), "paid_out": world.state.paid_out(app) });
    Ok(Reply::json(StatusCode::OK, &body, ""))
}

fn clock(simulator: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    let now = simulator.world().state.clock.now().to_string();
    Ok(Reply::json(StatusCode::OK, &json!({ "now": now }), ""))
}

/// How far the clock goes forward: `{"seconds": 60}` or `{"advance": "24h"}`.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Advance {
    Seconds(u64),
    Advance(String),
}

fn advance(simulator: &Simulator, incoming: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    let duration = match incoming.json()? {
        Advance::Seconds(seconds) => Duration::from_secs(seconds),
        Advance::Advance(text) => parse_duration(&text).map_err(Refusal::invalid)?,
    };
    simulator.advance(duration);
    clock(simulator, incoming, params)
}

/// The step that the user of a flow has finished.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FinishedStep {
    step: String,
}

fn complete_step(simulator: &Simulator, incoming: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    let FinishedStep { step } = incoming.json()?;
    let text = params.first().copied().unwrap_or_default();
    let mut world = simulator.world();
    let flow = Uuid::try_parse(text).ok().and_then(|id| world.state.objects.find(Kind::Flow, &id));
    let flow = flow.ok_or_else(|| handlers::missing(Kind::Flow, text))?;
    let mut plan = Plan::of(flow.app, &world.state);
    let flow = handlers::complete_flow_step(&mut plan, flow.id, &step)?;
    let changes = plan.into_changes();
    world.state.apply(changes).map_err(Refusal::violation)?;
    let body = json!({ "id": flow.id, "steps": flow.field("steps"), "completed_steps": flow.field("completed_steps") });
    Ok(Reply::json(StatusCode::OK, &body, ""))
}

fn options(simulator: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &simulator.world().state.options, ""))
}

fn change_options(simulator: &Simulator, incoming: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    let patch: OptionsPatch = incoming.json()?;
    let keyless =
        patch.key_repeat_for.iter().flatten().find(|(operation, _)| !simulator.spec.takes_key(operation));
    if let Some((operation, _)) = keyless {
        return Err(Refusal::invalid(format!("no operation that takes a key has the id `{operation}`")));
    }
    simulator.world().state.options.patch(&patch);
    options(simulator, incoming, params)
}

/// Shows the document that the sandbox holds both sides to: Dots', with our corrections and marks.
fn document(_: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::bytes(StatusCode::OK, JSON, spec::merged().as_bytes().to_vec(), ""))
}

/// Lists every route.
fn routes(_: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    let routes = ROUTES.iter().map(|(method, path, _)| json!({ "method": method.as_str(), "path": path }));
    Ok(Reply::json(StatusCode::OK, &routes.collect::<Vec<_>>(), ""))
}

fn transcript(simulator: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::text(StatusCode::OK, &format!("{}\n", simulator.transcript()), ""))
}

/// Makes the payment of a payable fail, as when a bank returns the money.
fn fail_payable(simulator: &Simulator, _: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    let mut world = simulator.world();
    let decision = handlers::fail_payable(&world.state, params.first().copied().unwrap_or_default())?;
    if let Err(error) = world.state.apply(decision.changes) {
        world.violations.push(format!("a payment that failed unbalanced the ledger: {error}"));
    }
    Ok(decision.reply)
}

/// Shows a file that is attached to a payable.
fn payable_file(simulator: &Simulator, _: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    handlers::show_payable_file(&simulator.world().state, params.first().copied().unwrap_or_default())
}

/// Makes a pending transfer fail; its money goes back.
fn fail_transfer(simulator: &Simulator, _: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    let text = params.first().copied().unwrap_or_default();
    let app = |state: &State, id: &Uuid| Some(state.transfers.find(id)?.app);
    let found = Uuid::try_parse(text).ok().and_then(|id| Some((id, app(&simulator.world().state, &id)?)));
    let (id, app) = found.ok_or_else(|| Refusal::missing(format!("there is no transfer `{text}`")))?;
    apply_by_hand(simulator, app, |plan| handlers::fail_transfer(plan, id))?;
    Ok(Reply::json(StatusCode::OK, &json!({ "id": id, "status": "failed" }), ""))
}

/// Completes the newest business verification flow of an app; the sandbox has no page for it.
fn complete_kyb_flow(simulator: &Simulator, _: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    let [app, number] = params else { return Err(Refusal::missing("there is no such kyb flow")) };
    let id = Uuid::try_parse(app).map_err(|_| Refusal::missing(format!("there is no app `{app}`")))?;
    apply_by_hand(simulator, id, |plan| handlers::complete_kyb_flow(plan, number))?;
    Ok(Reply::json(StatusCode::OK, &json!({ "app_id": id, "status": "approved" }), ""))
}

/// Applies what an employee of Dots or a bank would do, outside the API.
fn apply_by_hand(
    simulator: &Simulator,
    app: Uuid,
    decide: impl FnOnce(&mut Plan<'_>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let mut world = simulator.world();
    let mut plan = Plan::of(app, &world.state);
    decide(&mut plan)?;
    let changes = plan.into_changes();
    world.state.apply(changes).map_err(Refusal::violation)
}
