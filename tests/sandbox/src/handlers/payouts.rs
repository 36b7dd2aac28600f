//! The tag `payouts`: money to a person whose phone number or user id is known.

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{
    Entry, Handler,
    claims::{self, Withdrawal},
    flows, link_lifecycle, payee, transfers, user_payouts,
    views::SentPayout,
};
use crate::{
    http::{Refusal, Reply},
    plan::{Decision, Plan},
    state::{Account, AccountingData, CachedText, Contact, Delivery, Funding, Kind, Link, LinkStatus, State},
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[
    ("create_payout", Handler::custom(user_payouts::create_payout).showing(transfers::show_existing)),
    ("send_payout", Handler::custom(send_payout).showing(show_existing)),
];

/// The fields of a send-payout request that the sandbox acts on.
#[derive(Deserialize)]
struct SendPayout {
    user_id: Option<Uuid>,
    payee: Option<Contact>,
}

/// The terms that both ways of creating a link accept.
#[derive(Deserialize)]
pub(super) struct Terms {
    #[serde(default)]
    tax_exempt: bool,
    metadata: Option<Value>,
    memo: Option<String>,
    description: Option<String>,
    #[serde(default)]
    accounting_data: AccountingData,
    #[serde(default)]
    additional_steps: Vec<Value>,
}

impl Terms {
    /// Terms without any further fields.
    pub(super) fn plain(metadata: Option<Value>, memo: Option<String>) -> Self {
        let (accounting_data, additional_steps) = (AccountingData::default(), Vec::new());
        Self { tax_exempt: false, metadata, memo, description: None, accounting_data, additional_steps }
    }
}

fn send_payout(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let (request, terms): (SendPayout, Terms) = (call.body()?, call.body()?);
    let amount = affordable(call, state)?;
    if request.user_id.is_none() && request.payee.is_none() {
        return Err(Refusal::invalid("one of `user_id` and `payee` is required"));
    }
    let payee = payee::find(call, state, request.user_id, request.payee)?;
    let known = claims::known(state, call.app, request.user_id, &payee);
    let payee = known.map_or(payee, |(user, _)| Contact::of(user));
    let mut plan = Plan::new(call, state);
    let mut link = new_link(&mut plan, amount, request.user_id, payee, Delivery::by_hand(), terms);
    link.message = message(call);
    plan.made(link.id);
    let (link, note) = match known {
        Some((user, rail)) => {
            plan.pay(Account::App(link.app), Account::Links(link.app), link.amount)?;
            let link = claims::pay(&mut plan, link, user, Some(Withdrawal { rail, cents: amount }))?;
            let note = format!("paid user {} with link {}", user.id, link.id);
            (link, note)
        }
        None => {
            let note = format!("created link {}", link.id);
            (opened(&mut plan, link)?, note)
        }
    };
    let reply = Reply::json(StatusCode::CREATED, &SentPayout::of(&link, state), note);
    Ok(plan.answer(reply))
}

/// Opens a link that stays `created` until it is claimed, as on the page of send-payout.
fn opened(plan: &mut Plan<'_>, mut link: Link) -> Result<Link, Refusal> {
    link_lifecycle::open(plan, &mut link)?;
    link_lifecycle::changed(plan, &link);
    Ok(link)
}

/// Shows the link that a repeated key created.
fn show_existing(_: &Call<'_>, state: &State, id: Uuid) -> Option<Reply> {
    let body = SentPayout::of(state.links.find(&id)?, state);
    Some(Reply::json(StatusCode::CREATED, &body, format!("existing link {id}")))
}

/// Reads the amount, and checks that the wallet can pay it.
pub(super) fn affordable(call: &Call<'_>, state: &State) -> Result<i64, Refusal> {
    let amount = cents(call)?;
    let wallet = state.wallet(call.app);
    if amount > wallet {
        return Err(Refusal::insufficient_funds(format!(
            "`amount` is {amount} and the wallet holds {wallet} cents"
        )));
    }
    Ok(amount)
}

/// Reads the amount.
pub(super) fn cents(call: &Call<'_>) -> Result<i64, Refusal> {
    let amount = call.field("amount").and_then(Value::as_i64);
    let amount =
        amount.ok_or_else(|| Refusal::invalid("`amount` must be whole cents, written without a fraction"))?;
    if amount <= 0 {
        return Err(Refusal::invalid("`amount` must be greater than 0"));
    }
    Ok(amount)
}

/// Builds a new link, not yet funded.
pub(super) fn new_link(
    plan: &mut Plan<'_>,
    amount: i64,
    user_id: Option<Uuid>,
    payee: Contact,
    delivery: Delivery,
    terms: Terms,
) -> Link {
    Link {
        id: plan.id(Kind::Link),
        app: plan.app(),
        flow_id: plan.id(Kind::LinkFlow),
        transfer_id: plan.id(Kind::LinkTransfer),
        created: plan.now(),
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
        funding: Funding::Balance,
        deliveries: 0,
        next_step: None,
        expires: None,
        claim: None,
        message: None,
        additional_steps: terms.additional_steps.iter().map(flows::step_name).map(str::to_owned).collect(),
        cached: CachedText::default(),
    }
}

/// Reads the message that the payee gets with the link.
pub(super) fn message(call: &Call<'_>) -> Option<String> {
    call.field("delivery")?.get("message")?.as_str().map(str::to_owned)
}
