//! The page of a flow without a payout link: its steps, each with a button where the sandbox can complete it.

use hyper::{Method, StatusCode};
use serde_json::Value;
use uuid::Uuid;

use super::{
    FLOW,
    fields::hidden,
    format::step_title,
    html::{Element, Html, tag},
    layout::{Audience, FILES, Page},
    sections::badge,
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
    let all = flow_steps(flow);
    let next = all.iter().position(|(_, is_done)| !is_done);
    let steps = all.iter().enumerate().map(|(place, (step, is_done))| {
        let form = (can_complete && !is_done).then(|| complete(flow, step, next == Some(place)));
        let title = tag("span").class("title").with(step_title(step));
        let state = if *is_done { badge("Done", "good") } else { badge("Open", "open") };
        tag("li").with(title).with(" ").with(state).with(form)
    });
    let app = state.objects.find(Kind::App, &flow.app).and_then(|app| app.text("name")).unwrap_or("An app");
    let (heading, text) = match next {
        Some(_) => {
            ("What is left to do", "The sandbox asks nothing in a step; it only notes that it is done.")
        }
        None => ("All done", "Every step is done. You can close this page."),
    };
    let card = tag("div")
        .class("card")
        .with(tag("h1").with(tag("span").class("payer").with(app)).with(" ").with(heading))
        .with(tag("p").with(text))
        .with(tag("ol").class("flow").with(steps.collect::<Html>()));
    Page::new(Audience::Payee, format!("{heading}, {app}"), card).reply()
}

/// The form that completes a step; only that of the next step stands out.
fn complete(flow: &Object, step: &str, is_next: bool) -> Element {
    let button =
        tag("button").set("type", "submit").with(format!("Complete {}", step_title(step).to_lowercase()));
    tag("form")
        .set("method", "post")
        .set("action", format!("{FILES}/forms/flows/{}/complete", flow.id))
        .with(hidden("step", step))
        .with(hidden("back", &format!("{FLOW}{}", flow.id)))
        .with(if is_next { button } else { button.class("small") })
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
        assert!(text.contains("Tax form</span> <span class=\"badge good\">Done</span></li>"), "{text}");
        assert!(text.contains("&lt;id&gt;</span> <span class=\"badge open\">Open</span>"), "{text}");
        assert_eq!(page(&state, "nothing").status, StatusCode::NOT_FOUND);
    }
}
