//! Panels for faults and webhooks, built from the answers of their control routes. Without the route there is no panel.

use bytes::Bytes;
use hyper::{HeaderMap, Method, header::HOST, header::HeaderValue};
use serde_json::Value;

use super::{
    OPERATOR,
    fields::{Field, Input, hidden},
    format::moment,
    html::{Element, Html, tag},
    layout::FILES,
    sections::{badge, form, part},
    table::{Cells, table},
};
use crate::{control, http::Incoming, simulator::Simulator};

/// How many deliveries are shown, newest first.
const ROWS: usize = 20;

/// The answers of the control routes.
#[derive(Debug)]
pub(super) struct FaultPanels {
    faults: Option<Value>,
    deliveries: Option<Value>,
}

impl FaultPanels {
    /// Asks the control routes; the caller must not hold the lock on the world.
    pub(super) fn read(simulator: &Simulator) -> Self {
        Self { faults: ask(simulator, "faults"), deliveries: ask(simulator, "webhooks/deliveries") }
    }

    /// The armed faults, each with a button that clears it, and a button that clears all, drawn ones included.
    pub(super) fn armed(&self) -> Option<Html> {
        let told = self.faults.as_ref()?;
        let rows: Vec<Cells> = list(told.get("faults")?).iter().map(fault_row).collect();
        let drawn = told.get("drawn").filter(|drawn| !drawn.is_null());
        let all_off =
            (!rows.is_empty() || drawn.is_some()).then(|| switch_off("", off("all", "Switch all off")));
        let headings = ["Fault", "When", "On", "Times", "Fired", "Off"];
        // With a draw in progress, "no fault is on" would be wrong.
        let none = if drawn.is_some() { "No fault was switched on by its name." } else { "No fault is on." };
        let table = table("Faults that are on", &headings, rows, none);
        let part = tag("div").set("id", "faults-armed").flag("data-live", true);
        Some(part.with(table).with(drawn.map(drawn_faults)).with(all_off).into())
    }

    /// The armed faults, and a form for another one.
    pub(super) fn faults(&self) -> Option<Html> {
        let armed = self.armed()?;
        let names = tag("datalist").set("id", "fault-names");
        let names =
            names.with(NAMES.map(|name| tag("option").set("value", name)).into_iter().collect::<Html>());
        let fields = [FAULT, ON, TIMES]
            .map(|field| field.show(if field.name == "times:number" { "1" } else { "" }, &[]));
        let fields =
            tag("div").class("row").with(fields.into_iter().collect::<Html>()).with(WHEN.show("", &[]));
        let section = tag("section").set("id", "faults").set("aria-labelledby", "faults-title");
        let title = tag("h2").set("id", "faults-title").with("Faults");
        Some(section.with(title).with(armed).with(names).with(form("faults", fields, "Switch on")).into())
    }

    /// The last webhook deliveries.
    pub(super) fn deliveries(&self) -> Option<Html> {
        let deliveries = list(self.deliveries.as_ref()?);
        let rows = deliveries.iter().rev().take(ROWS).map(delivery_row).collect();
        let headings = ["No.", "At", "Event", "To", "Attempt", "Outcome"];
        let table = table("Webhook deliveries", &headings, rows, "No webhook has been delivered yet.");
        Some(part("deliveries", "Webhooks").with(table).into())
    }
}

const FAULT: Field = Field {
    name: "fault",
    label: "Fault",
    hint: "Such as reset or 503:html",
    input: Input::Suggested("fault-names"),
    autocomplete: "off",
};

const ON: Field = Field {
    name: "on",
    label: "On",
    hint: "Operation, tag or path; or all",
    input: Input::Text,
    autocomplete: "off",
};

const TIMES: Field = Field {
    name: "times:number",
    label: "Times",
    hint: "A number",
    input: Input::Number,
    autocomplete: "off",
};

const WHEN: Field = Field {
    name: "when",
    label: "When",
    hint: "It is carried out",
    input: Input::Choice(&[("", "As usual"), ("before", "Before"), ("after", "After")]),
    autocomplete: "off",
};

/// Suggested names; the route accepts more.
const NAMES: [&str; 12] = [
    "reset",
    "no-answer",
    "cut",
    "late-commit",
    "slow-drip",
    "429",
    "500",
    "503:html",
    "409",
    "401",
    "other-shape",
    "wrong-amount",
];

fn fault_row(fault: &Value) -> Cells {
    let id = text(fault, "id");
    let mut cells: Cells =
        ["fault", "when", "on", "times"].map(|name| text(fault, name).into()).into_iter().collect();
    let is_spent = fault.get("fired").is_some_and(|fired| Some(fired) == fault.get("times"));
    let (spent, fired) = (if is_spent { ", spent" } else { "" }, text(fault, "fired"));
    cells.push(format!("{fired}{spent}").into());
    let label = format!("Switch {} off", text(fault, "fault"));
    cells.push(switch_off(&format!("/{id}"), off(&id, "Off").set("aria-label", label)));
    cells
}

fn off(id: &str, title: &'static str) -> Element {
    tag("button").set("type", "submit").class("small").set("id", format!("fault-off-{id}")).with(title)
}

/// A form that clears one fault, or all of them.
fn switch_off(below: &str, button: Element) -> Html {
    let form = tag("form").set("method", "post").set("action", format!("{FILES}/forms/faults{below}"));
    form.with(hidden("_method", "delete")).with(button).into()
}

/// The draw in progress, which does not fit into a table.
fn drawn_faults(drawn: &Value) -> Html {
    let [seed, rate, fired] = ["seed", "rate", "fired"].map(|name| text(drawn, name));
    let said = format!("Drawn from seed {seed}, for {rate} of all requests: {fired} so far.");
    tag("p").class("drawn").with(said).into()
}

fn delivery_row(delivery: &Value) -> Cells {
    let outcome = text(delivery, "outcome");
    let tone = match outcome.as_str() {
        "accepted" => "good",
        "underway" => "open",
        _ => "bad",
    };
    let [number, at, event, url, attempt, status] =
        ["number", "at", "event", "url", "attempt", "status"].map(|name| text(delivery, name));
    let at = at.parse().map_or_else(|_| at.into(), moment);
    let outcome = badge(format!("{outcome} {status}").trim_end(), tone);
    vec![number.into(), at, event.into(), url.into(), attempt.into(), outcome]
}

/// Asks a control route as a program on this machine would.
fn ask(simulator: &Simulator, route: &str) -> Option<Value> {
    if !control::offers(&Method::GET, route) {
        return None;
    }
    let headers = HeaderMap::from_iter([(HOST, HeaderValue::from_static("localhost"))]);
    let path = format!("{OPERATOR}/{route}");
    let incoming = Incoming { method: Method::GET, path, query: None, headers, body: Bytes::new() };
    let reply = control::answer(simulator, &incoming);
    serde_json::from_slice(&reply.body).ok().filter(|_| reply.status.is_success())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Returns a field as text, whatever its type.
fn text(value: &Value, name: &str) -> String {
    match value.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use serde_json::json;

    use super::*;

    #[test]
    fn faults_and_deliveries_are_shown_as_their_routes_tell_them() {
        let fault = json!({ "id": 7, "fault": "<reset>", "when": "after", "on": "send_payout", "times": 2, "fired": 1 });
        let delivery = json!({
            "number": 3, "at": "2026-01-01T00:00:00Z", "event": "flow.updated", "url": "http://127.0.0.1:1/",
            "attempt": 1, "outcome": "refused", "status": 500,
        });
        let faults = Some(json!({ "faults": [fault], "drawn": null }));
        let panels = FaultPanels { faults, deliveries: Some(json!([delivery])) };
        let (faults, deliveries) = (panels.faults().unwrap(), panels.deliveries().unwrap());
        assert!(faults.as_str().contains("&lt;reset&gt;"), "{}", faults.as_str());
        assert!(faults.as_str().contains("action=\"/_sandbox/page/forms/faults/7\""), "{}", faults.as_str());
        assert!(deliveries.as_str().contains("<span class=\"badge bad\">refused 500</span>"));
    }

    #[test]
    fn without_their_routes_there_are_no_panels() {
        let panels = FaultPanels { faults: None, deliveries: None };
        assert!(panels.armed().is_none() && panels.faults().is_none() && panels.deliveries().is_none());
    }
}
