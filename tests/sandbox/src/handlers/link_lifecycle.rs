//! The life cycle of a payout link until it is claimed: funded, delivered, returned.
//!
//! created → `delivery_pending` → sent → delivered or `delivery_failed` → claimed, with the sandbox's clock. Where the
//! documentation gives no times, these are times that a test can step through.

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use super::{
    transfers,
    views::{self},
};
use crate::{
    http::Refusal,
    plan::{NewTransfer, Plan},
    state::{Account, Funding, Link, LinkStatus, TransactionKind, Transfer, TransferKind, TransferStatus},
};

/// How long a link waits before it is sent, and how long sending takes.
const SENDING: Duration = Duration::from_secs(1);

/// How long a link that was sent takes to arrive.
const ARRIVING: Duration = Duration::from_secs(5);

/// How long a bank debit takes.
const DEBIT: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Changes the status of a link.
///
/// # Errors
/// Refuses a status that may not follow the current one.
pub(super) fn advance(link: &mut Link, next: LinkStatus) -> Result<(), Refusal> {
    let status = link.status;
    if !status.may_become(next) {
        let (id, from, to) = (link.id, status.as_str(), next.as_str());
        return Err(Refusal::conflict(format!(
            "the payout link `{id}` is `{from}` and cannot become `{to}`"
        )));
    }
    link.status = next;
    link.next_step = None;
    Ok(())
}

/// Funds a new link; from now on it can be claimed, for as long as the options say.
///
/// # Errors
/// Refuses when the wallet holds less.
pub(super) fn open(plan: &mut Plan<'_>, link: &mut Link) -> Result<(), Refusal> {
    plan.pay(Account::App(link.app), Account::Links(link.app), link.amount)?;
    let ttl = plan.state().options.link_ttl;
    link.expires = Some(plan.state().after(ttl));
    plan.later(ttl, "payout_link.expire", link.id);
    Ok(())
}

/// Sends an open link for the first time. A link that is sent nowhere is delivered at once ([guides/payout-links]).
///
/// # Errors
/// Refuses a link that is being delivered already.
///
/// [guides/payout-links]: https://docs.dots.dev/guides/payout-links
pub(super) fn send(plan: &mut Plan<'_>, link: &mut Link) -> Result<(), Refusal> {
    if !link.delivery.is_sent() {
        return advance(link, LinkStatus::Delivered);
    }
    link.deliveries = 1;
    step_after(plan, link, SENDING);
    Ok(())
}

/// Sends a link again.
///
/// # Errors
/// Refuses a link that can no longer be claimed, and one that is about to be sent.
pub(super) fn send_again(plan: &mut Plan<'_>, mut link: Link) -> Result<Link, Refusal> {
    advance(&mut link, LinkStatus::DeliveryPending)?;
    link.deliveries = link.deliveries.saturating_add(1);
    step_after(plan, &mut link, SENDING);
    changed(plan, &link);
    Ok(link)
}

/// Takes the delivery of a link one step further.
pub(super) fn deliver(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    // A step from before a redelivery is no longer due.
    let due = plan.state().links.find(&id).filter(|link| link.next_step == Some(plan.now()));
    let Some(mut link) = due.cloned() else { return Ok(()) };
    match link.status {
        LinkStatus::Created => {
            advance(&mut link, LinkStatus::DeliveryPending)?;
            step_after(plan, &mut link, SENDING);
        }
        LinkStatus::DeliveryPending => {
            advance(&mut link, LinkStatus::Sent)?;
            step_after(plan, &mut link, ARRIVING);
            plan.emit_link("payout_link.sent", &link, json!({}));
        }
        LinkStatus::Sent => advance(&mut link, LinkStatus::Delivered)?,
        LinkStatus::FundsPending
        | LinkStatus::Delivered
        | LinkStatus::DeliveryFailed
        | LinkStatus::Claimed
        | LinkStatus::Canceled
        | LinkStatus::Expired
        | LinkStatus::Reversed
        | LinkStatus::Failed => return Ok(()),
    }
    changed(plan, &link);
    Ok(())
}

/// Makes the delivery in progress fail.
///
/// # Errors
/// Refuses a link that is not being delivered.
pub(crate) fn fail_delivery(plan: &mut Plan<'_>, mut link: Link) -> Result<(), Refusal> {
    advance(&mut link, LinkStatus::DeliveryFailed)?;
    changed(plan, &link);
    Ok(())
}

/// Expires a link that was not claimed in time.
pub(super) fn expire(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    let Some(link) = plan.state().links.find(&id).filter(|link| link.status.is_open()) else { return Ok(()) };
    give_back(plan, link.clone(), LinkStatus::Expired).map(|_| ())
}

/// Ends an unclaimed link; its money goes back to the wallet.
///
/// # Errors
/// Refuses a link that holds no money.
pub(super) fn give_back(plan: &mut Plan<'_>, mut link: Link, end: LinkStatus) -> Result<Link, Refusal> {
    advance(&mut link, end)?;
    plan.pay(Account::Links(link.app), Account::App(link.app), link.amount)?;
    changed(plan, &link);
    Ok(link)
}

/// Cancels a link, or the debit that is to fund it.
///
/// # Errors
/// Refuses a link that is claimed or has ended.
pub(super) fn cancel(plan: &mut Plan<'_>, mut link: Link) -> Result<Link, Refusal> {
    if link.status != LinkStatus::FundsPending {
        return give_back(plan, link, LinkStatus::Canceled);
    }
    advance(&mut link, LinkStatus::Canceled)?;
    if let Some(mut debit) = debit_of(plan, &link) {
        plan.advance(&mut debit, TransferStatus::Canceled)?;
        transfers::put(plan, debit, &[]);
    }
    changed(plan, &link);
    Ok(link)
}

/// Begins to pull the money of a link from a bank.
///
/// # Errors
/// Never refuses a new link.
pub(super) fn pull(plan: &mut Plan<'_>, link: &mut Link) -> Result<(), Refusal> {
    let mut debit = plan.transfer(NewTransfer {
        kind: TransferKind::Refill,
        user_id: None,
        amount: link.amount,
        organization: false,
        metadata: None,
    });
    debit.payout_link_id = Some(link.id);
    plan.advance(&mut debit, TransferStatus::Pending)?;
    link.funding = Funding::Ach(debit.id);
    link.status = LinkStatus::FundsPending;
    plan.later(DEBIT, "payout_link.fund", link.id);
    transfers::put(plan, debit, &[]);
    Ok(())
}

/// Completes the debit that funds a link, and sends the link.
pub(super) fn fund(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    let waiting = plan.state().links.find(&id).filter(|link| link.status == LinkStatus::FundsPending);
    let Some(mut link) = waiting.cloned() else { return Ok(()) };
    let Some(mut debit) = debit_of(plan, &link) else { return Ok(()) };
    let (kind, app) = (TransactionKind::Refill, Account::App(link.app));
    let row = plan.transact(&mut debit, kind, Account::Bank, app, link.amount)?;
    plan.advance(&mut debit, TransferStatus::Completed)?;
    transfers::put(plan, debit, &[row]);
    advance(&mut link, LinkStatus::Created)?;
    open(plan, &mut link)?;
    send(plan, &mut link)?;
    changed(plan, &link);
    Ok(())
}

/// Makes the debit that should fund a link fail.
///
/// # Errors
/// Refuses a link that is not waiting for a debit.
pub(crate) fn fail_funding(plan: &mut Plan<'_>, mut link: Link, reason: Option<&str>) -> Result<(), Refusal> {
    advance(&mut link, LinkStatus::Failed)?;
    let Some(mut debit) = debit_of(plan, &link) else { return Ok(()) };
    plan.advance(&mut debit, TransferStatus::Failed)?;
    let payload = json!({
        "payout_link": views::payout_link_body(&link, plan.state()),
        "funding_transfer_id": debit.id,
        "amount": link.amount,
        "memo": link.memo,
        "status": "failed",
        "reason": reason,
    });
    transfers::put(plan, debit, &[]);
    plan.emit("payout_link.failed", payload);
    changed(plan, &link);
    Ok(())
}

/// Returns the transfer that funds a link.
fn debit_of(plan: &Plan<'_>, link: &Link) -> Option<Transfer> {
    match link.funding {
        Funding::Ach(id) => plan.state().transfers.find(&id).cloned(),
        Funding::Balance => None,
    }
}

fn step_after(plan: &mut Plan<'_>, link: &mut Link, time: Duration) {
    link.next_step = Some(plan.state().after(time));
    plan.later(time, "payout_link.deliver", link.id);
}

/// Puts a changed link, and emits its event.
pub(super) fn changed(plan: &mut Plan<'_>, link: &Link) {
    plan.emit_link("payout_link.updated", link, json!({}));
    plan.put_link(link.clone());
}
