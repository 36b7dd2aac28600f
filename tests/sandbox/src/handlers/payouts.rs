//! The tag `payouts`: money to a person whose phone number or user id is known.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Decision, payee, payout_links};
use crate::{
    check::Call,
    reply::{Refusal, Reply},
    state::{AccountingData, Change, Contact, Delivery, DeliveryMethod, Link, LinkStatus, State},
};

/// The fields of a send-payout request that the sandbox acts on.
#[derive(Deserialize)]
struct SendPayout {
    user_id: Option<Uuid>,
    payee: Option<Contact>,
    #[serde(flatten)]
    terms: Terms,
}

/// What both ways of making a link say about it.
#[derive(Deserialize)]
pub(super) struct Terms {
    #[serde(default)]
    tax_exempt: bool,
    metadata: Option<Value>,
    memo: Option<String>,
    description: Option<String>,
    #[serde(default)]
    accounting_data: AccountingData,
}

/// The answer of send-payout: the fields of its page, all of them, and no others.
#[derive(Serialize)]
pub(super) struct SentPayout<'l> {
    id: Uuid,
    created: String,
    link: String,
    amount: i64,
    status: LinkStatus,
    payee: &'l Contact,
    delivery: &'l Delivery,
    tax_exempt: bool,
    /// Nobody claims a link yet.
    claimed_user_id: Option<Uuid>,
    flow_id: Uuid,
    metadata: Option<&'l Value>,
}

impl<'l> SentPayout<'l> {
    pub(super) fn of(link: &'l Link) -> Self {
        Self {
            id: link.id,
            created: link.created.to_string(),
            // The reserved domain resolves nowhere, so that nobody takes this page for a real one.
            link: format!("https://my.dots-sandbox.invalid/flow/{}", link.flow_id),
            amount: link.amount,
            status: link.status,
            payee: &link.payee,
            delivery: &link.delivery,
            tax_exempt: link.tax_exempt,
            claimed_user_id: None,
            flow_id: link.flow_id,
            metadata: link.metadata.as_ref(),
        }
    }
}

pub(super) fn send_payout(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let show = |link: &Link, note: String| Reply::json(StatusCode::CREATED, &SentPayout::of(link), note);
    if let Some(link) = payout_links::existing(call, state) {
        return Ok(Decision::unchanged(show(link, format!("existing link {}", link.id))));
    }
    let request: SendPayout = call.body()?;
    let amount = affordable(call, state)?;
    if request.user_id.is_none() && request.payee.is_none() {
        return Err(Refusal::invalid("one of `user_id` and `payee` is required"));
    }
    let payee = payee::find(state, request.user_id, request.payee)?;
    let delivery =
        Delivery { method: DeliveryMethod::Link, email: None, country_code: None, phone_number: None };
    let link = new_link(state, amount, request.user_id, payee, delivery, request.terms);
    let reply = show(&link, format!("created link {}", link.id));
    Ok(Decision { change: add(call, link), reply })
}

/// Reads the amount and looks into the wallet.
pub(super) fn affordable(call: &Call<'_>, state: &State) -> Result<i64, Refusal> {
    let amount = call.field("amount").and_then(Value::as_i64);
    let amount =
        amount.ok_or_else(|| Refusal::invalid("`amount` must be whole cents, written without a fraction"))?;
    if amount <= 0 {
        return Err(Refusal::invalid("`amount` must be greater than 0"));
    }
    if amount > state.wallet() {
        let wallet = state.wallet();
        return Err(Refusal::insufficient_funds(format!(
            "`amount` is {amount} and the wallet holds {wallet} cents"
        )));
    }
    Ok(amount)
}

/// Makes the link that the state would hold next.
pub(super) fn new_link(
    state: &State,
    amount: i64,
    user_id: Option<Uuid>,
    payee: Contact,
    delivery: Delivery,
    terms: Terms,
) -> Link {
    let number = state.links.next_number();
    Link {
        id: state.ids.link(number),
        flow_id: state.ids.flow(number),
        created: state.clock.now(),
        amount,
        status: LinkStatus::Created,
        user_id,
        payee,
        delivery,
        tax_exempt: terms.tax_exempt,
        metadata: terms.metadata,
        memo: terms.memo,
        description: terms.description,
        accounting_data: terms.accounting_data,
    }
}

/// The change that adds a link and remembers the key that asked for it.
pub(super) fn add(call: &Call<'_>, link: Link) -> Change {
    let key = call.key().map(|key| (call.operation.id.clone(), key));
    Change::AddLink { link: Box::new(link), key }
}
