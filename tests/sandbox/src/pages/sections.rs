//! The live sections of the operator's page.

use serde_json::Value;

use super::{
    fields::submit,
    format::{dollars, moment, plain, short, shortened},
    html::{Element, Html, tag},
    layout::FILES,
    table::{Cells, table},
};
use crate::{
    control,
    handlers::event_payload,
    simulator::{Exchange, Record},
    state::{Account, Contact, Kind, Link, LinkStatus, Object, State, Transfer, TransferStatus},
};

/// How many rows a section shows, newest first.
const ROWS: usize = 20;

/// How many requests are shown.
const REQUESTS: usize = 50;

/// Begins a section that the script replaces when it changes.
pub(super) fn part(id: &'static str, title: &'static str) -> Element {
    let heading = format!("{id}-title");
    let title = tag("h2").set("id", &heading).with(title);
    tag("section").set("id", id).flag("data-live", true).set("aria-labelledby", heading).with(title)
}

/// The time by the sandbox's clock.
pub(super) fn now(state: &State) -> Html {
    let text = tag("p").set("id", "now").class("now").flag("data-live", true);
    text.with(moment(state.clock.now())).with(" UTC").into()
}

/// The balances.
pub(super) fn money(state: &State) -> Html {
    let ledger = &state.ledger;
    let apps: Vec<_> = state.objects.all(Kind::App).map(|app| app.id).collect();
    let of_apps = |account: fn(uuid::Uuid) -> Account| {
        apps.iter().map(|app| ledger.balance(account(*app))).fold(0, i64::saturating_add)
    };
    let (wallets, links) = (of_apps(Account::App), of_apps(Account::Links));
    let (rails, payees) = (of_apps(Account::Rails), of_apps(Account::Payees));
    let others = [Account::Organization, Account::Bank, Account::Fees].map(|account| ledger.balance(account));
    // The sum over all accounts is zero, so the users hold what the others lack.
    let known = others.into_iter().chain([wallets, links, rails, payees]).fold(0, i64::saturating_add);
    let figures = [
        ("Wallet", wallets),
        ("In links", links),
        ("Users", known.saturating_neg()),
        ("On the way", rails),
        ("Paid out", payees),
    ];
    let figure = |(name, cents): (&'static str, i64)| {
        tag("div").with(tag("dt").with(name)).with(tag("dd").with(dollars(cents)))
    };
    let list = tag("dl").class("figures").with(figures.into_iter().map(figure).collect::<Html>());
    part("money", "Money").with(list).into()
}

/// The last requests.
pub(super) fn requests(record: &Record) -> Html {
    let rows: Vec<Html> = record.latest().take(REQUESTS).map(|(number, row)| request(number, row)).collect();
    let none = tag("p").class("none").with("No request has come in yet.");
    let list: Html =
        if rows.is_empty() { none.into() } else { tag("ol").class("requests").with(rows).into() };
    part("requests", "Requests").with(list).into()
}

fn request(number: usize, exchange: &Exchange) -> Html {
    let request = &exchange.request;
    let query = request.query.as_deref().map(|query| format!("?{query}"));
    let path = format!("{}{}", request.path, query.unwrap_or_default());
    let tone = if exchange.status.is_success() { "good" } else { "bad" };
    let id = format!("request-{number}");
    let summary = tag("summary")
        .set("id", format!("{id}-line"))
        .with(tag("span").class("method").with(request.method.as_str()))
        .with(" ")
        .with(tag("code").class("path").with(shortened(&path)))
        .with(" ")
        .with(badge(exchange.status.as_str(), tone))
        .with(" ")
        .with(tag("span").class("note").with(shortened(&exchange.note)));
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    let text = format!("{} {path}\n{}\n{}", request.method, headers.collect::<String>(), request.body);
    let details = tag("details").set("id", id).with(summary).with(tag("pre").with(text));
    tag("li").with(details).into()
}

/// The payout links and their statuses.
pub(super) fn links(state: &State) -> Html {
    let rows = state.links.iter().rev().take(ROWS).map(|link| link_row(link, state)).collect();
    let headings = ["Link", "Made", "Payee", "For", "Amount", "State", "Page"];
    let table = table("Payout links", &headings, rows, "No link has been made yet.");
    part("links", "Payout links").with(table).into()
}

fn link_row(link: &Link, state: &State) -> Cells {
    let tone = match link.status {
        LinkStatus::Claimed => "good",
        LinkStatus::Canceled | LinkStatus::Expired | LinkStatus::Reversed | LinkStatus::Failed => "bad",
        LinkStatus::FundsPending
        | LinkStatus::Created
        | LinkStatus::DeliveryPending
        | LinkStatus::Sent
        | LinkStatus::Delivered
        | LinkStatus::DeliveryFailed => "open",
    };
    let page = tag("a")
        .set("href", format!("{}{}", super::FLOW, link.flow_id))
        .set("id", format!("open-{}", link.id))
        .set("aria-label", format!("Open the page of link {}", shortened(&link.id.to_string())))
        .with("Open");
    vec![
        short(link.id),
        moment(link.created),
        payee(link, state).into(),
        link.memo.as_deref().unwrap_or("–").into(),
        dollars(link.amount).into(),
        badge(&plain(link.status.as_str()), tone),
        page.into(),
    ]
}

/// Returns the payee: the user whom the request named, or else the contact data.
fn payee(link: &Link, state: &State) -> String {
    let user = link.user_id.and_then(|id| state.users.find(&id));
    if let Some(user) = user {
        return format!("{} {}", user.first_name, user.last_name);
    }
    let Contact { first_name, last_name, email, country_code, phone_number } = link.payee.clone();
    let name: Vec<String> = [first_name, last_name].into_iter().flatten().collect();
    let phone = country_code.zip(phone_number).map(|(country, phone)| format!("+{country} {phone}"));
    let named = Some(name.join(" ")).filter(|name| !name.is_empty());
    named.or(phone).or(email).unwrap_or_else(|| "anyone who opens it".to_owned())
}

/// The last transfers.
pub(super) fn transfers(state: &State) -> Html {
    let rows =
        state.transfers.iter().rev().take(ROWS).map(|transfer| transfer_row(transfer, state)).collect();
    let headings = ["Transfer", "Made", "Type", "User", "Amount", "State"];
    let table = table("Transfers", &headings, rows, "No transfer has been made yet.");
    part("transfers", "Transfers").with(table).into()
}

fn transfer_row(transfer: &Transfer, state: &State) -> Cells {
    let tone = match transfer.status {
        TransferStatus::Completed => "good",
        TransferStatus::Failed | TransferStatus::Reversed | TransferStatus::Canceled => "bad",
        TransferStatus::Created | TransferStatus::Flagged | TransferStatus::Pending => "open",
    };
    let user = transfer.user_id.map(|id| account(Account::User(id), state));
    vec![
        short(transfer.id),
        moment(transfer.created),
        transfer.kind.as_str().into(),
        user.unwrap_or_else(|| "–".to_owned()).into(),
        dollars(transfer.amount).into(),
        badge(transfer.status.as_str(), tone),
    ]
}

/// The last movements of money, those without a transfer included.
pub(super) fn movements(state: &State) -> Html {
    let row = |(number, movement): (usize, &crate::state::Movement)| -> Cells {
        let way = format!("{} → {}", account(movement.from, state), account(movement.to, state));
        vec![number.to_string().into(), way.into(), dollars(movement.amount).into()]
    };
    let rows = state.ledger.latest().take(ROWS).map(row).collect();
    let table = table("Movements of money", &["No.", "From → to", "Amount"], rows, "No money has moved yet.");
    part("movements", "Movements").with(table).into()
}

/// Returns the name of an account on this page.
fn account(account: Account, state: &State) -> String {
    match account {
        Account::Organization => "Organization".to_owned(),
        Account::App(id) => {
            let name = state.objects.find(Kind::App, &id).and_then(|app| app.text("name"));
            format!("Wallet of {}", name.unwrap_or("an app"))
        }
        Account::User(id) => match state.users.find(&id) {
            Some(user) => format!("{} {}", user.first_name, user.last_name),
            None => "A deleted user".to_owned(),
        },
        Account::Links(_) => "Payout links".to_owned(),
        Account::Rails(_) => "On the way".to_owned(),
        Account::Payees(_) => "Paid out".to_owned(),
        Account::Bank => "Bank".to_owned(),
        Account::Fees => "Fees".to_owned(),
    }
}

/// The payout requests, with buttons for those that wait for a decision; nothing when the sandbox lacks the routes.
pub(super) fn payout_requests(state: &State) -> Option<Html> {
    if !control::offers(&hyper::Method::POST, "payout-requests/x/approve") {
        return None;
    }
    let rows = state.objects.all(Kind::PayoutRequest).rev().take(ROWS).map(payout_request).collect();
    let headings = ["Request", "Made", "For", "Amount", "State", "Decision"];
    let table = table("Payout requests", &headings, rows, "There are no payout requests yet.");
    Some(part("payout-requests", "Payout requests").with(table).into())
}

fn payout_request(object: &Object) -> Cells {
    let status = object.text("status").unwrap_or_default();
    let tone = match status {
        "approved" => "good",
        "rejected" => "bad",
        _ => "open",
    };
    let decide = |name: &'static str, title: &'static str| {
        let id = object.id;
        let label = format!("{title} payout request {}", shortened(&id.to_string()));
        let button = tag("button").set("type", "submit").class("small").set("aria-label", label);
        tag("form")
            .set("method", "post")
            .set("action", format!("{FILES}/forms/payout-requests/{id}/{name}"))
            .with(button.set("id", format!("{name}-{id}")).with(title))
    };
    let decision: Html = if status == "created" {
        tag("div").class("buttons").with(decide("approve", "Approve")).with(decide("reject", "Reject")).into()
    } else {
        "–".into()
    };
    vec![
        short(object.id),
        moment(object.created),
        object.text("memo").unwrap_or("–").into(),
        dollars(object.field("amount").as_i64().unwrap_or_default()).into(),
        badge(status, tone),
        decision,
    ]
}

/// The last events, as webhooks would send them.
pub(super) fn events(state: &State) -> Html {
    let first = state.outbox.next_number().saturating_sub(ROWS.try_into().unwrap_or(u64::MAX));
    let row = |event: &crate::state::Event| -> Cells {
        let about: Html = [
            tag("code").with(event.name).into(),
            " ".into(),
            Html::from(ids(&event_payload(&event.payload, state))),
        ]
        .into_iter()
        .collect();
        vec![event.number.to_string().into(), about, moment(event.at)]
    };
    let mut rows: Vec<Cells> = state.outbox.since(first).map(row).collect();
    rows.reverse();
    let table = table("Events", &["No.", "Event", "At"], rows, "Nothing has happened yet.");
    part("events", "Events").with(table).into()
}

/// Returns the fields of a payload that are ids, that of the object itself first.
fn ids(payload: &Value) -> String {
    let Some(fields) = payload.as_object() else { return String::new() };
    let others = fields.iter().filter(|(name, _)| name.ends_with("_id"));
    let own = fields.get_key_value("id").into_iter();
    let ids = own.chain(others).filter_map(|(name, id)| Some((name, id.as_str()?)));
    let texts: Vec<String> = ids.map(|(name, id)| format!("{name} {}", shortened(id))).collect();
    texts.join(", ")
}

/// A status in one or two words; the color only repeats it.
pub(super) fn badge(text: &str, tone: &'static str) -> Html {
    tag("span").set("class", format!("badge {tone}")).with(text).into()
}

/// A form for a control route, with one button.
pub(super) fn form(route: &'static str, inside: impl Into<Html>, button: &'static str) -> Html {
    let action = format!("{FILES}/forms/{route}");
    tag("form").set("method", "post").set("action", action).with(inside).with(submit(button)).into()
}
