//! What happens to the money when a payee claims a link on the page.

use serde_json::json;
use uuid::Uuid;

use crate::{
    plan::Plan,
    reply::Refusal,
    stage::World,
    state::{Account, Link, LinkStatus},
};

/// Somebody who opened a link and proved a phone number.
#[derive(Clone, Debug, Default)]
pub(super) struct Claimant {
    pub(super) country_code: String,
    pub(super) phone_number: String,
    /// The rail to be paid on.
    pub(super) method: Option<String>,
    pub(super) email: Option<String>,
}

/// Claims a link for whoever has this phone number.
///
/// # Errors
/// Refuses what cannot be claimed, and then nothing has changed.
pub(super) fn claim_for(world: &mut World, id: Uuid, _claimant: &Claimant) -> Result<(), Refusal> {
    let link = world.state.links.find(&id).filter(|link| link.status.is_open());
    let link = link.ok_or_else(|| Refusal::conflict(format!("the payout link `{id}` cannot be claimed")))?;
    let mut plan = Plan::of(link.app, &world.state);
    plan.pay(Account::Links(link.app), Account::Payees(link.app), link.amount)?;
    plan.emit("payout_link.updated", json!({ "payout_link_id": link.id }));
    plan.put_link(Link { status: LinkStatus::Claimed, ..link.clone() });
    let changes = plan.into_changes();
    if let Err(error) = world.state.apply(changes) {
        world.violations.push(format!("a claim unbalanced the ledger: {error}"));
    }
    Ok(())
}
