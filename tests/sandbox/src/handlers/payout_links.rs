//! The tag `payout-links`: links that a payee opens to be paid.

use std::borrow::Cow;

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{
    Entry, Handler, link_lifecycle,
    list::list,
    payee,
    payouts::{self, Terms},
    views::{FundingSource, PayoutLink, written},
};
use crate::{
    http::{Refusal, Reply},
    plan::{Decision, Plan},
    state::{Contact, Delivery, DeliveryMethod, Link, LinkStatus, State},
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[
    ("create_payout_link", Handler::custom(create_payout_link).showing(show_existing)),
    ("list_payout_links", Handler::custom(list_payout_links)),
    ("get_payout_link", Handler::custom(get_payout_link)),
    ("cancel_payout_link", Handler::custom(cancel_payout_link)),
    ("redeliver_payout_link", Handler::custom(redeliver_payout_link)),
];

/// The most times that a link is delivered ([apireference/payout-links/redeliver-payout-link]).
///
/// [apireference/payout-links/redeliver-payout-link]: https://docs.dots.dev/apireference/payout-links/redeliver-payout-link
const MOST_DELIVERIES: u32 = 5;

/// The fields of a create request that the sandbox acts on.
#[derive(Deserialize)]
struct CreatePayoutLink {
    user_id: Option<Uuid>,
    payee: Option<Contact>,
    #[serde(default)]
    delivery: DeliveryInput,
    #[serde(default)]
    funding_source: FundingSource,
}

#[derive(Default, Deserialize)]
struct DeliveryInput {
    #[serde(default)]
    method: DeliveryMethod,
}

fn create_payout_link(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let (request, terms): (CreatePayoutLink, Terms) = (call.body()?, call.body()?);
    let amount = match request.funding_source {
        FundingSource::DotsBalance => payouts::affordable(call, state)?,
        FundingSource::Ach => payouts::cents(call)?,
    };
    let payee = payee::find(call, state, request.user_id, request.payee)?;
    let delivery = deliver(request.delivery.method, &payee)?;
    let mut plan = Plan::new(call, state);
    let mut link = payouts::new_link(&mut plan, amount, request.user_id, payee, delivery, terms);
    link.message = payouts::message(call);
    match request.funding_source {
        FundingSource::DotsBalance => {
            link_lifecycle::open(&mut plan, &mut link)?;
            link_lifecycle::send(&mut plan, &mut link)?;
        }
        FundingSource::Ach => link_lifecycle::pull(&mut plan, &mut link)?,
    }
    let reply = show(state, made(&link), &link, format!("created link {}", link.id));
    plan.made(link.id);
    link_lifecycle::changed(&mut plan, &link);
    Ok(plan.answer(reply))
}

/// A payout link in a list: its cached text, or the link itself.
#[derive(Serialize)]
#[serde(untagged)]
enum ListedLink<'l> {
    Cached(Cow<'l, RawValue>),
    Fresh(PayoutLink<'l>),
}

fn list_payout_links(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    // A client that polls asks for the first page again and again. A client that walks the list sees every link once,
    // and caching the text of a million links would cost a gigabyte.
    let is_first = call.query("starting_after").is_none() && call.query("ending_before").is_none();
    list(call, state, &state.links, None, "link", |link, style| {
        if is_first {
            ListedLink::Cached(link.cached.get_or_write(style, || written(link, state)))
        } else {
            ListedLink::Fresh(PayoutLink::of(link, state))
        }
    })
}

fn get_payout_link(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let link = find(call, state)?;
    Ok(Decision::unchanged(show(state, StatusCode::OK, link, format!("link {}", link.id))))
}

fn cancel_payout_link(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let link = find(call, state)?;
    if link.status == LinkStatus::Canceled {
        return Err(Refusal::conflict(format!("the payout link `{}` is canceled already", link.id)));
    }
    let mut plan = Plan::new(call, state);
    let canceled = link_lifecycle::cancel(&mut plan, link.clone())?;
    let reply = show(state, StatusCode::OK, &canceled, format!("canceled link {}", link.id));
    Ok(plan.answer(reply))
}

/// The answer to a request for redelivery.
#[derive(Serialize)]
struct RedeliveredPayoutLink<'l> {
    payout_link: PayoutLink<'l>,
    redelivered: bool,
}

fn redeliver_payout_link(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let link = find(call, state)?;
    let answer = |link: &Link, redelivered: bool, note: String| {
        let body = RedeliveredPayoutLink { payout_link: PayoutLink::of(link, state), redelivered };
        Reply::json(StatusCode::OK, &body, note)
    };
    if !link.status.is_open() {
        let (id, status) = (link.id, link.status.as_str());
        return Err(Refusal::conflict(format!(
            "the payout link `{id}` is `{status}` and cannot be delivered"
        )));
    }
    // A link that is not sent anywhere, and one that is about to be sent, cannot be sent again.
    let has_gone =
        matches!(link.status, LinkStatus::Sent | LinkStatus::Delivered | LinkStatus::DeliveryFailed);
    if !(link.delivery.is_sent() && has_gone && link.deliveries < MOST_DELIVERIES) {
        return Ok(Decision::unchanged(answer(link, false, format!("link {} not redelivered", link.id))));
    }
    let mut plan = Plan::new(call, state);
    let link = link_lifecycle::send_again(&mut plan, link.clone())?;
    let reply = answer(&link, true, format!("redelivered link {}", link.id));
    Ok(plan.answer(reply))
}

/// Returns the status of the answer for a new link, whose money may still be pending.
fn made(link: &Link) -> StatusCode {
    match link.status {
        LinkStatus::FundsPending => StatusCode::ACCEPTED,
        LinkStatus::Created
        | LinkStatus::DeliveryPending
        | LinkStatus::Sent
        | LinkStatus::Delivered
        | LinkStatus::DeliveryFailed
        | LinkStatus::Claimed
        | LinkStatus::Canceled
        | LinkStatus::Expired
        | LinkStatus::Reversed
        | LinkStatus::Failed => StatusCode::CREATED,
    }
}

fn show(state: &State, status: StatusCode, link: &Link, note: String) -> Reply {
    Reply::json(status, &PayoutLink::of(link, state), note)
}

/// Shows the link that a repeated key created, as it is now; the body of the repeat does not matter.
fn show_existing(_: &Call<'_>, state: &State, id: Uuid) -> Option<Reply> {
    let link = state.links.find(&id)?;
    Some(show(state, made(link), link, format!("existing link {id}")))
}

fn find<'s>(call: &Call<'_>, state: &'s State) -> Result<&'s Link, Refusal> {
    let link = call.path_id("payout_link_id").and_then(|id| state.links.find(&id));
    let link = link.filter(|link| link.app == call.app);
    let id = call.path_text("payout_link_id");
    link.ok_or_else(|| Refusal::missing(format!("there is no payout link `{id}`")))
}

/// Returns the addresses that the delivery method needs.
fn deliver(method: DeliveryMethod, payee: &Contact) -> Result<Delivery, Refusal> {
    let (by_phone, by_email) = match method {
        DeliveryMethod::Link => (false, false),
        DeliveryMethod::Sms if payee.phone_number.is_none() => {
            return Err(Refusal::invalid("`payee.phone_number` is required when `delivery.method` is `sms`"));
        }
        DeliveryMethod::Email if payee.email.is_none() => {
            return Err(Refusal::invalid("`payee.email` is required when `delivery.method` is `email`"));
        }
        DeliveryMethod::Sms => (true, false),
        DeliveryMethod::Email => (false, true),
        DeliveryMethod::All => (true, true),
    };
    let when = |wanted: bool, address: &Option<String>| address.clone().filter(|_| wanted);
    Ok(Delivery {
        method,
        email: when(by_email, &payee.email),
        country_code: when(by_phone, &payee.country_code),
        phone_number: when(by_phone, &payee.phone_number),
    })
}
