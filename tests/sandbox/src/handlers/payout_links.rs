//! The tag `payout-links`: links that a payee opens to be paid.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Play, Row,
    list::list,
    payee,
    payouts::{self, SentPayout, Terms},
};
use crate::{
    check::Call,
    plan::{Decision, Plan},
    reply::{Refusal, Reply},
    state::{Account, AccountingData, Contact, Delivery, DeliveryMethod, Link, LinkStatus, State},
};

pub(super) const PLAYS: &[Row] = &[
    ("create_payout_link", Play::rule(create_payout_link).again(again)),
    ("list_payout_links", Play::rule(list_payout_links)),
    ("get_payout_link", Play::rule(get_payout_link)),
    ("cancel_payout_link", Play::rule(cancel_payout_link)),
];

/// The fields of a create request that the sandbox acts on.
#[derive(Deserialize)]
struct CreatePayoutLink {
    user_id: Option<Uuid>,
    payee: Option<Contact>,
    #[serde(default)]
    delivery: DeliveryInput,
    #[serde(default)]
    funding_source: FundingSource,
    #[serde(flatten)]
    terms: Terms,
}

#[derive(Default, Deserialize)]
struct DeliveryInput {
    #[serde(default)]
    method: DeliveryMethod,
}

/// Where the money of a link comes from.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum FundingSource {
    #[default]
    DotsBalance,
    Ach,
}

/// A payout link with every field that the link pages document.
#[derive(Serialize)]
struct PayoutLink<'l> {
    #[serde(flatten)]
    core: SentPayout<'l>,
    /// No transfer is made before a link is claimed.
    transfer_id: Option<Uuid>,
    memo: Option<&'l str>,
    description: Option<&'l str>,
    accounting_data: &'l AccountingData,
    funding_source: FundingSource,
}

impl<'l> PayoutLink<'l> {
    fn of(link: &'l Link, state: &State) -> Self {
        Self {
            core: SentPayout::of(link, state),
            transfer_id: None,
            memo: link.memo.as_deref(),
            description: link.description.as_deref(),
            accounting_data: &link.accounting_data,
            funding_source: FundingSource::DotsBalance,
        }
    }
}

fn create_payout_link(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let request: CreatePayoutLink = call.body()?;
    if request.funding_source == FundingSource::Ach {
        return Err(Refusal::not_played("the sandbox does not play `funding_source` `ach` yet"));
    }
    let amount = payouts::affordable(call, state)?;
    let payee = payee::find(call, state, request.user_id, request.payee)?;
    let delivery = deliver(request.delivery.method, &payee)?;
    let mut plan = Plan::new(call, state);
    let mut link = payouts::new_link(&mut plan, amount, request.user_id, payee, delivery, request.terms);
    link.message = payouts::message(call);
    let reply = show(state, StatusCode::CREATED, &link, format!("created link {}", link.id));
    payouts::add(&mut plan, link)?;
    Ok(plan.answer(reply))
}

fn list_payout_links(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    list(call, state, &state.links, None, "link", |link, _| PayoutLink::of(link, state))
}

fn get_payout_link(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let link = find(call, state)?;
    Ok(Decision::unchanged(show(state, StatusCode::OK, link, format!("link {}", link.id))))
}

fn cancel_payout_link(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let link = find(call, state)?;
    match link.status {
        LinkStatus::Canceled => {
            return Err(Refusal::conflict(format!("the payout link `{}` is canceled already", link.id)));
        }
        status if status.is_open() => {}
        status => {
            let status = status.as_str();
            return Err(Refusal::conflict(format!("the payout link `{}` is `{status}`", link.id)));
        }
    }
    let canceled = Link { status: LinkStatus::Canceled, ..link.clone() };
    let reply = show(state, StatusCode::OK, &canceled, format!("canceled link {}", link.id));
    let mut plan = Plan::new(call, state);
    plan.pay(Account::Links(link.app), Account::App(link.app), link.amount)?;
    plan.put_link(canceled);
    Ok(plan.answer(reply))
}

fn show(state: &State, status: StatusCode, link: &Link, note: String) -> Reply {
    Reply::json(status, &PayoutLink::of(link, state), note)
}

/// Shows the link that a known key made, as it is now; the body of the repeat plays no part in it.
fn again(_: &Call<'_>, state: &State, id: Uuid) -> Option<Reply> {
    Some(show(state, StatusCode::CREATED, state.links.find(&id)?, format!("existing link {id}")))
}

fn find<'s>(call: &Call<'_>, state: &'s State) -> Result<&'s Link, Refusal> {
    let link = call.path_id("payout_link_id").and_then(|id| state.links.find(&id));
    let link = link.filter(|link| link.app == call.app);
    let id = call.path_text("payout_link_id");
    link.ok_or_else(|| Refusal::missing(format!("there is no payout link `{id}`")))
}

/// Finds the addresses that the way of delivery needs.
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
