//! The sandbox's own routes, `/_sandbox/…`: outside the API, without credentials, for whoever runs it.
//!
//! They are not part of the record. Only a `Host` that is this machine is answered, so that a page from elsewhere,
//! open in a browser on the same machine, cannot move money about under a name that leads here.

use std::time::Duration;

use hyper::{
    Method, StatusCode,
    header::{CONTENT_TYPE, HOST},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use crate::{
    check::Incoming,
    options::{OptionsPatch, parse_duration},
    reply::{Refusal, Reply},
    stage::Stage,
};

/// What stands before every path.
const PREFIX: &str = "/_sandbox/";

/// Answers one request; the texts are what stands in the path where the route has `*`.
type Control = fn(&Stage, &Incoming, &[&str]) -> Result<Reply, Refusal>;

/// The routes, by method and path below the prefix; `*` stands for one segment.
const ROUTES: &[(Method, &str, Control)] = &[
    (Method::GET, "audit", audit),
    (Method::GET, "balance", balance),
    (Method::GET, "clock", clock),
    (Method::POST, "clock", advance),
    (Method::GET, "options", options),
    (Method::POST, "options", change_options),
    (Method::GET, "routes", routes),
    (Method::GET, "transcript", transcript),
];

/// Whether a request is for the sandbox itself and not for the API.
pub(crate) fn is_for(incoming: &Incoming) -> bool {
    incoming.path.starts_with(PREFIX) || incoming.path == PREFIX.trim_end_matches('/')
}

/// Answers a request for the sandbox itself.
pub(crate) fn answer(stage: &Stage, incoming: &Incoming) -> Reply {
    local(incoming).and_then(|()| route(stage, incoming)).unwrap_or_else(Reply::from)
}

fn route(stage: &Stage, incoming: &Incoming) -> Result<Reply, Refusal> {
    let path = incoming.path.strip_prefix(PREFIX).unwrap_or_default();
    let fitting: Vec<_> = ROUTES
        .iter()
        .filter_map(|(method, route, control)| Some((method, control, fit(route, path)?)))
        .collect();
    if fitting.is_empty() {
        return Err(Refusal::missing(format!("the sandbox has no `{}`", incoming.path)));
    }
    let allowed: Vec<&str> = fitting.iter().map(|(method, ..)| method.as_str()).collect();
    let refusal = || Refusal::method(&incoming.method, &incoming.path, allowed.join(", "));
    let found = fitting.iter().find(|(method, ..)| **method == incoming.method);
    let (_, control, texts) = found.ok_or_else(refusal)?;
    control(stage, incoming, texts)
}

/// Lays a path over a route and returns what stands where the route has `*`.
fn fit<'p>(route: &str, path: &'p str) -> Option<Vec<&'p str>> {
    let (wanted, found): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    if wanted.len() != found.len() {
        return None;
    }
    let mut texts = Vec::new();
    for (wanted, found) in wanted.into_iter().zip(found) {
        match wanted {
            "*" if !found.is_empty() => texts.push(found),
            _ if wanted == found => {}
            _ => return None,
        }
    }
    Some(texts)
}

/// Refuses names that only lead here, and forms that a page from elsewhere could send.
fn local(incoming: &Incoming) -> Result<(), Refusal> {
    let host = incoming.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if !["127.0.0.1", "localhost", "[::1]"].contains(&name) {
        return Err(Refusal::forbidden("the sandbox's own routes answer to 127.0.0.1 and localhost alone"));
    }
    let content_type = incoming.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = content_type.is_some_and(|text| text.starts_with("application/json"));
    if incoming.method != Method::GET && !incoming.body.is_empty() && !is_json {
        return Err(Refusal::media_type("the sandbox's own routes take `application/json`"));
    }
    Ok(())
}

/// Reads the body of a control request.
fn read<T: DeserializeOwned>(incoming: &Incoming) -> Result<T, Refusal> {
    serde_json::from_slice(&incoming.body)
        .map_err(|error| Refusal::invalid(format!("the body cannot be used: {error}")))
}

fn audit(stage: &Stage, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &stage.world().state.ledger.audit(), ""))
}

fn balance(stage: &Stage, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    let world = stage.world();
    let app = world.state.ids.app();
    let body =
        json!({ "app_id": app, "wallet": world.state.wallet(app), "paid_out": world.state.paid_out(app) });
    Ok(Reply::json(StatusCode::OK, &body, ""))
}

fn clock(stage: &Stage, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    let now = stage.world().state.clock.now().to_string();
    Ok(Reply::json(StatusCode::OK, &json!({ "now": now }), ""))
}

/// How far the clock goes forward: `{"seconds": 60}` or `{"advance": "24h"}`.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Advance {
    Seconds(u64),
    Advance(String),
}

fn advance(stage: &Stage, incoming: &Incoming, texts: &[&str]) -> Result<Reply, Refusal> {
    let duration = match read(incoming)? {
        Advance::Seconds(seconds) => Duration::from_secs(seconds),
        Advance::Advance(text) => parse_duration(&text).map_err(Refusal::invalid)?,
    };
    stage.advance(duration);
    clock(stage, incoming, texts)
}

fn options(stage: &Stage, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &stage.world().state.options, ""))
}

fn change_options(stage: &Stage, incoming: &Incoming, texts: &[&str]) -> Result<Reply, Refusal> {
    let patch: OptionsPatch = read(incoming)?;
    stage.world().state.options.patch(&patch);
    options(stage, incoming, texts)
}

/// Lists every route there is, so that nobody has to read them somewhere else.
fn routes(_: &Stage, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    let routes = ROUTES.iter().map(|(method, path, _)| json!({ "method": method.as_str(), "path": path }));
    Ok(Reply::json(StatusCode::OK, &routes.collect::<Vec<_>>(), ""))
}

fn transcript(stage: &Stage, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::text(StatusCode::OK, &format!("{}\n", stage.transcript()), ""))
}
