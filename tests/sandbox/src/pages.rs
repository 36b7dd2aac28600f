//! The pages: the one on which a payee claims a link, and the dashboard of the operator.
//!
//! The server renders them; they need neither a network nor a script. They change things as any client does: through a
//! plan or through a control route.
//!
//! | path | shows |
//! |---|---|
//! | `/flow/<flow_id>` | the page that `link` in an answer names |
//! | `/_sandbox` | the operator's page |
//! | `/`, `/api` | where the operator's page and the API are |
//! | `/_sandbox/page/requests` | its list of requests alone, which reloads itself, for browsers without a script |
//! | `/_sandbox/page/live` | the live sections of the operator's page |
//! | `/_sandbox/page/forms/<route>` | forms for the control route of that name |

mod claim_wizard;
mod control_forms;
mod fault_panels;
mod fields;
mod flow;
mod form_data;
mod format;
mod html;
mod layout;
mod operator;
mod payee;
mod payout_methods;
mod sections;
mod table;

use hyper::{Method, StatusCode, header};

use crate::{
    http::{Incoming, Refusal, Reply, check_origin},
    simulator::Simulator,
};

/// The path of the operator's page.
const OPERATOR: &str = "/_sandbox";

/// The paths above everything, at which a person looks first.
const SIGNPOSTS: [&str; 2] = ["", "/api"];

/// The prefix of the path of a flow.
const FLOW: &str = "/flow/";

/// Whether a request is for a page.
pub(crate) fn is_for(incoming: &Incoming) -> bool {
    let path = incoming.path.trim_end_matches('/');
    SIGNPOSTS.contains(&path) || path == OPERATOR || path.starts_with(FLOW) || below_files(path).is_some()
}

/// Answers a request for a page; like control requests, it is not recorded.
pub(crate) fn answer(simulator: &Simulator, incoming: &Incoming) -> Reply {
    route(simulator, incoming).unwrap_or_else(Reply::from)
}

fn route(simulator: &Simulator, incoming: &Incoming) -> Result<Reply, Refusal> {
    check_origin(incoming)?;
    let path = incoming.path.trim_end_matches('/');
    if SIGNPOSTS.contains(&path) {
        return signpost(incoming);
    }
    if let Some(flow) = path.strip_prefix(FLOW) {
        allow(incoming, &[Method::GET, Method::HEAD, Method::POST])?;
        return Ok(payee::answer(simulator, incoming, flow));
    }
    let file = below_files(path).unwrap_or_default();
    if let Some(route) = file.strip_prefix("forms/") {
        allow(incoming, &[Method::POST])?;
        return Ok(control_forms::answer(simulator, incoming, route));
    }
    allow(incoming, &[Method::GET, Method::HEAD])?;
    match file {
        "" => Ok(operator::page(simulator)),
        "live" => Ok(operator::live(simulator)),
        "requests" => Ok(operator::requests(simulator)),
        "style.css" => Ok(layout::file("text/css; charset=utf-8", include_str!("pages/style.css"))),
        "live.js" => Ok(layout::file("text/javascript; charset=utf-8", include_str!("pages/live.js"))),
        _ => Err(Refusal::missing(format!("the sandbox has no page `{path}`"))),
    }
}

/// Sends a browser to the operator's page, and tells a client where the API begins.
fn signpost(incoming: &Incoming) -> Result<Reply, Refusal> {
    let accepts = incoming.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if incoming.method == Method::GET && accepts.is_some_and(|types| types.contains("text/html")) {
        let mut reply = Reply::empty(StatusCode::SEE_OTHER, "");
        reply.headers.push((header::LOCATION, OPERATOR.to_owned()));
        return Ok(reply);
    }
    let path = &incoming.path;
    Err(Refusal::missing(format!(
        "nothing is at `{path}`: the API's paths begin with `/api/v2/`, and `{OPERATOR}` shows what happens here"
    )))
}

/// Returns the path below the pages' own files.
fn below_files(path: &str) -> Option<&str> {
    path.strip_prefix(layout::FILES)?.strip_prefix('/')
}

fn allow(incoming: &Incoming, methods: &[Method]) -> Result<(), Refusal> {
    let allowed = || methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
    let refusal = || Refusal::method(&incoming.method, &incoming.path, allowed());
    methods.contains(&incoming.method).then_some(()).ok_or_else(refusal)
}
