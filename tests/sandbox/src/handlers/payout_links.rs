//! The tag `payout-links`: links that a payee opens to be paid.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Decision,
    list::{PageBody, page},
    payee,
    payouts::{self, SentPayout, Terms},
};
use crate::{
    check::Call,
    reply::{Refusal, Reply},
    spec::Idempotency,
    state::{AccountingData, Change, Contact, Delivery, DeliveryMethod, Link, LinkStatus, State},
};

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
    fn of(link: &'l Link) -> Self {
        Self {
            core: SentPayout::of(link),
            transfer_id: None,
            memo: link.memo.as_deref(),
            description: link.description.as_deref(),
            accounting_data: &link.accounting_data,
            funding_source: FundingSource::DotsBalance,
        }
    }
}

pub(super) fn create_payout_link(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let show = |link: &Link, note: String| Reply::json(StatusCode::CREATED, &PayoutLink::of(link), note);
    if let Some(link) = existing(call, state) {
        return Ok(Decision::unchanged(show(link, format!("existing link {}", link.id))));
    }
    let request: CreatePayoutLink = call.body()?;
    if request.funding_source == FundingSource::Ach {
        return Err(Refusal::not_played("the sandbox does not play `funding_source` `ach` yet"));
    }
    let amount = payouts::affordable(call, state)?;
    let payee = payee::find(state, request.user_id, request.payee)?;
    let delivery = deliver(request.delivery.method, &payee)?;
    let link = payouts::new_link(state, amount, request.user_id, payee, delivery, request.terms);
    let reply = show(&link, format!("created link {}", link.id));
    Ok(Decision { change: payouts::add(call, link), reply })
}

pub(super) fn list_payout_links(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let body = PageBody::of(page(call, &state.links, |_| true)?, PayoutLink::of);
    let note = body.note("link");
    Ok(Decision::unchanged(Reply::json(StatusCode::OK, &body, note)))
}

pub(super) fn get_payout_link(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let link = find(call, state)?;
    let reply = Reply::json(StatusCode::OK, &PayoutLink::of(link), format!("link {}", link.id));
    Ok(Decision::unchanged(reply))
}

pub(super) fn cancel_payout_link(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let link = find(call, state)?;
    match link.status {
        LinkStatus::Created => {}
        LinkStatus::Canceled => {
            return Err(Refusal::conflict(format!("the payout link `{}` is canceled already", link.id)));
        }
    }
    let canceled = Link { status: LinkStatus::Canceled, ..link.clone() };
    let reply = Reply::json(StatusCode::OK, &PayoutLink::of(&canceled), format!("canceled link {}", link.id));
    Ok(Decision { change: Change::CancelLink(link.id), reply })
}

/// Returns the link that the request's key made, for an operation whose known keys answer with what they made.
///
/// The answer shows the link as it is now, and the body of the repeat plays no part in it.
pub(super) fn existing<'s>(call: &Call<'_>, state: &'s State) -> Option<&'s Link> {
    match call.operation.idempotency {
        Idempotency::ReturnsExisting => state.made_by(&call.operation.id, call.key()?),
        Idempotency::Unkeyed | Idempotency::RejectsDuplicate | Idempotency::Unspecified => None,
    }
}

fn find<'s>(call: &Call<'_>, state: &'s State) -> Result<&'s Link, Refusal> {
    let link = call.path_id("payout_link_id").and_then(|id| state.links.find(&id));
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
