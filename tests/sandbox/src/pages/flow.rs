//! The page of a flow without a payout link: its steps, each with a button where the sandbox can complete it.

use hyper::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use super::{
    FLOW,
    fields::{hidden, submit},
    format::plain,
    html::{Html, tag},
    layout::{Audience, FILES, Page},
};
use crate::{
    control,
    http::Reply,
    state::{Kind, Object, State},
};

/// The page of a flow without a payout link, or of an unknown flow.
pub(super) fn page(state: &State, id: &str) -> Reply {
    let flow = Uuid::try_parse(id).ok().and_then(|id| state.objects.find(Kind::Flow, &id));
    let Some(flow) = flow else {
        let text =
            "Nothing is here under this address. Please check the link, or ask the sender for a new one.";
        let card = tag("div").class("card").with(tag("h1").with("No such link")).with(tag("p").with(text));
        return Page::new(Audience::Payee, "No such link", card).status(StatusCode::NOT_FOUND).reply();
    };
    let route = format!("flows/{}/complete", flow.id);
    let can_complete = control::offers(&Method::POST, &route);
    let steps = flow_steps(flow).into_iter().map(|(step, is_done)| {
        let button = (can_complete && !is_done).then(|| {
            let back = format!("{}{}", FLOW, flow.id);
            let label = format!("Complete {}", plain(&step));
            tag("form")
                .set("method", "post")
                .set("action", format!("{FILES}/forms/{route}"))
                .with(hidden("step", &step))
                .with(hidden("back", &back))
                .with(submit(&label))
        });
        tag("li").with(plain(&step)).with(is_done.then_some(": completed")).with(button)
    });
    let text = "These are the steps of this flow. The sandbox asks nothing in them; it only notes that they are done.";
    let card = tag("div")
        .class("card")
        .with(tag("h1").with("A flow"))
        .with(tag("p").with(text))
        .with(tag("ol").class("flow").with(steps.collect::<Html>()));
    Page::new(Audience::Payee, "A flow", card).reply()
}

/// Returns the names of a flow's steps, and whether each is completed.
fn flow_steps(flow: &Object) -> Vec<(String, bool)> {
    let name =
        |step: &Value| step.as_str().or_else(|| step.get("name")?.as_str()).unwrap_or_default().to_owned();
    let list = |field: &str| flow.field(field).as_array().into_iter().flatten().map(name).collect::<Vec<_>>();
    let done = list("completed_steps");
    list("steps").into_iter().map(|step| (step.clone(), done.contains(&step))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use serde_json::json;

    use super::*;
    use crate::{options::Options, plan::Plan};

    #[test]
    fn a_flow_shows_its_steps_and_which_are_completed() {
        let mut state = State::new(1, 0, Options::default());
        let app = state.ids.app();
        let mut plan = Plan::of(app, &state);
        let id = plan.id(Kind::Flow);
        let fields = serde_json::Map::from_iter([
            ("steps".to_owned(), json!(["compliance", { "name": "<id>" }])),
            ("completed_steps".to_owned(), json!(["compliance"])),
        ]);
        plan.put(Object { kind: Kind::Flow, id, app, owner: None, created: plan.now(), fields });
        let changes = plan.into_changes();
        state.apply(changes).unwrap();
        let shown = page(&state, &id.to_string());
        let text = String::from_utf8(shown.body).unwrap();
        assert_eq!(shown.status, StatusCode::OK);
        assert!(text.contains("<li>compliance: completed</li>") && text.contains("<li>&lt;id&gt;"), "{text}");
        assert_eq!(page(&state, "nothing").status, StatusCode::NOT_FOUND);
    }
}
