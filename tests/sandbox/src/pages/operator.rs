//! The operator's page (a dashboard): the whole state of the sandbox at a glance, with controls.

use super::{
    fault_panels::FaultPanels,
    html::{Html, tag},
    layout::{Audience, FILES, Page, fragment},
    sections,
};
use crate::{
    http::Reply,
    simulator::{Simulator, World},
};

/// The whole page.
pub(super) fn page(simulator: &Simulator) -> Reply {
    let panels = FaultPanels::read(simulator);
    let world = &*simulator.world();
    let mut main = Html::default();
    main.push(header(world));
    main.push(violations(world));
    main.push(sections::money(&world.state));
    let column = |parts: Html| tag("div").class("column").with(parts);
    // What is watched comes first, on a small screen too; what is done once stands beside it.
    let mut beside = clock();
    beside.push(panels.faults());
    beside.push(aside(world, &panels));
    main.push(tag("div").class("columns").with(column(watched(world))).with(column(beside)));
    let page = Page::new(Audience::Operator, "Dots sandbox", main);
    Page { live: true, ..page }.reply()
}

/// The parts that the script keeps up to date.
pub(super) fn live(simulator: &Simulator) -> Reply {
    let panels = FaultPanels::read(simulator);
    let world = &*simulator.world();
    let mut parts = sections::now(&world.state);
    parts.push(sections::money(&world.state));
    parts.push(panels.armed());
    parts.push(watched(world));
    parts.push(aside(world, &panels));
    fragment(&parts)
}

/// The requests alone, on a page that reloads itself.
pub(super) fn requests(simulator: &Simulator) -> Reply {
    let back = tag("p").with(tag("a").set("href", super::OPERATOR).with("Back to everything"));
    let heading = tag("h1").with("Requests, every two seconds");
    let list = sections::requests(&simulator.world().record);
    let main: Html = [heading.into(), back.into(), list].into_iter().collect();
    let page = Page::new(Audience::Operator, "Requests to the Dots sandbox", main);
    Page { reload: Some("2"), ..page }.reply()
}

/// The requests, and what they made.
fn watched(world: &World) -> Html {
    let state = &world.state;
    let mut parts = sections::requests(&world.record);
    parts.push(sections::links(state));
    parts.push(sections::payout_requests(state));
    parts.push(sections::transfers(state));
    parts
}

/// What followed from it.
fn aside(world: &World, panels: &FaultPanels) -> Html {
    let state = &world.state;
    let mut parts = sections::events(state);
    parts.push(panels.deliveries());
    parts.push(sections::movements(state));
    parts
}

fn header(world: &World) -> Html {
    let audit = world.state.ledger.audit();
    let counted = format!("{} movements recounted", audit.movements);
    let audit = if audit.balanced {
        [sections::badge("Balanced", "good"), " ".into(), counted.into()]
    } else {
        [sections::badge("Unbalanced", "bad"), " ".into(), audit.errors.join("; ").into()]
    };
    let button =
        tag("button").set("type", "button").set("id", "live-switch").class("small").flag("hidden", true);
    let watch = tag("noscript")
        .with(tag("a").set("href", format!("{FILES}/requests")).with("Watch the requests without a script"));
    let live = tag("p")
        .class("live")
        .with(tag("span").set("id", "live-state").set("role", "status"))
        .with(" ")
        .with(button.with("Pause"))
        .with(watch);
    tag("header")
        .with(tag("h1").with("Dots sandbox"))
        .with(sections::now(&world.state))
        .with(tag("p").class("audit").set("id", "audit").with(audit.into_iter().collect::<Html>()))
        .with(live)
        .into()
}

fn clock() -> Html {
    let steps = [("1m", "1 minute"), ("1h", "1 hour"), ("24h", "1 day"), ("720h", "30 days")];
    let step = |(value, title): (&'static str, &'static str)| {
        let button = tag("button").set("type", "submit").class("small").set("name", "advance");
        button.set("value", value).with(title)
    };
    let quick = tag("form")
        .set("method", "post")
        .set("action", format!("{FILES}/forms/clock"))
        .class("buttons")
        .with(steps.into_iter().map(step).collect::<Html>());
    let other = tag("div")
        .class("field")
        .with(tag("label").set("for", "advance").with("Another time, such as 90s or 2h 30m"))
        .with(
            tag("input")
                .set("type", "text")
                .set("id", "advance")
                .set("name", "advance")
                .set("autocomplete", "off")
                .flag("required", true),
        );
    tag("section")
        .set("id", "clock")
        .set("aria-labelledby", "clock-title")
        .with(tag("h2").set("id", "clock-title").with("Move the clock forward"))
        .with(quick)
        .with(sections::form("clock", other, "Move"))
        .into()
}

fn violations(world: &World) -> Html {
    if world.violations.is_empty() {
        return Html::default();
    }
    let rows: Vec<_> = world.violations.iter().map(|violation| tag("li").with(violation.as_str())).collect();
    tag("section")
        .class("violations")
        .set("role", "alert")
        .with(tag("h2").with("Mistakes of the sandbox itself"))
        .with(tag("ul").with(rows))
        .into()
}
