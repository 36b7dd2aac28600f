//! The tag `payouts`: money to a person whose phone number or user id is known.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Play, Row, payee};
use crate::{
    check::Call,
    engine,
    plan::{Decision, Plan},
    reply::{Refusal, Reply},
    state::{Account, AccountingData, Contact, Delivery, DeliveryMethod, Kind, Link, LinkStatus, State},
};

pub(super) const PLAYS: &[Row] = &[("send_payout", Play::rule(send_payout).again(again))];

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
    pub(super) fn of(link: &'l Link, state: &State) -> Self {
        Self {
            id: link.id,
            created: engine::style(state).time(link.created),
            link: state.page(link.flow_id),
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

fn send_payout(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let request: SendPayout = call.body()?;
    let amount = affordable(call, state)?;
    if request.user_id.is_none() && request.payee.is_none() {
        return Err(Refusal::invalid("one of `user_id` and `payee` is required"));
    }
    let payee = payee::find(call, state, request.user_id, request.payee)?;
    let delivery =
        Delivery { method: DeliveryMethod::Link, email: None, country_code: None, phone_number: None };
    let mut plan = Plan::new(call, state);
    let mut link = new_link(&mut plan, amount, request.user_id, payee, delivery, request.terms);
    link.message = message(call);
    let body = SentPayout::of(&link, state);
    let reply = Reply::json(StatusCode::CREATED, &body, format!("created link {}", link.id));
    add(&mut plan, link)?;
    Ok(plan.answer(reply))
}

/// Shows the link that a known key made.
fn again(_: &Call<'_>, state: &State, id: Uuid) -> Option<Reply> {
    let body = SentPayout::of(state.links.find(&id)?, state);
    Some(Reply::json(StatusCode::CREATED, &body, format!("existing link {id}")))
}

/// Reads the amount and looks into the wallet.
pub(super) fn affordable(call: &Call<'_>, state: &State) -> Result<i64, Refusal> {
    let amount = call.field("amount").and_then(Value::as_i64);
    let amount =
        amount.ok_or_else(|| Refusal::invalid("`amount` must be whole cents, written without a fraction"))?;
    if amount <= 0 {
        return Err(Refusal::invalid("`amount` must be greater than 0"));
    }
    let wallet = state.wallet(call.app);
    if amount > wallet {
        return Err(Refusal::insufficient_funds(format!(
            "`amount` is {amount} and the wallet holds {wallet} cents"
        )));
    }
    Ok(amount)
}

/// Makes the link that the state would hold next.
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
        message: None,
    }
}

/// Reads the text that goes to the payee with the link.
pub(super) fn message(call: &Call<'_>) -> Option<String> {
    call.field("delivery")?.get("message")?.as_str().map(str::to_owned)
}

/// Adds a link: its money leaves the wallet and stays on the way until somebody claims it.
pub(super) fn add(plan: &mut Plan<'_>, link: Link) -> Result<(), Refusal> {
    plan.pay(Account::App(link.app), Account::Links(link.app), link.amount)?;
    plan.made(link.id);
    plan.put_link(link);
    Ok(())
}
