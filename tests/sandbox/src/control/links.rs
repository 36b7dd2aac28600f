//! What payees, banks and dashboard users do with payout links and payout requests.

use hyper::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    handlers::{
        claims::{self, Claimant, Withdrawal},
        link_lifecycle, payout_link_body, payout_requests,
    },
    http::{Incoming, Refusal, Reply},
    plan::Plan,
    simulator::{Simulator, World},
    state::{Change, Kind, Link, Object, State},
};

/// Claims a link for the owner of this phone number; an unknown number becomes a user.
///
/// # Errors
/// Refuses a link that cannot be claimed, and then changes nothing.
pub(crate) fn claim_for(world: &mut World, id: Uuid, claimant: &Claimant) -> Result<(), Refusal> {
    let link = world.state.links.find(&id).cloned();
    let link = link.ok_or_else(|| Refusal::missing(format!("there is no payout link `{id}`")))?;
    claims::check(&world.state, &link, claimant)?;
    if claims::user_of(&world.state, &link, claimant).is_none() {
        let mut plan = Plan::of(link.app, &world.state);
        claims::sign_up(&mut plan, &link, claimant);
        let changes = plan.into_changes();
        carry_out(world, changes);
    }
    let mut plan = Plan::of(link.app, &world.state);
    let user = claims::user_of(&world.state, &link, claimant);
    let user = user.ok_or_else(|| Refusal::violation("a user who signed up is not there"))?;
    let rail = claimant.method.as_deref().or_else(|| claims::default_rail(user));
    let cents = claimant.amount.unwrap_or(link.amount);
    claims::pay(&mut plan, link, user, rail.map(|rail| Withdrawal { rail, cents }))?;
    let changes = plan.into_changes();
    carry_out(world, changes);
    Ok(())
}

pub(super) fn claim(simulator: &Simulator, incoming: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    let claimant: Claimant = incoming.json()?;
    let mut world = simulator.world();
    let id = find_link(&world.state, params)?.id;
    claim_for(&mut world, id, &claimant)?;
    show_link(&world.state, params)
}

pub(super) fn reverse(simulator: &Simulator, _: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    change_link(simulator, params, claims::reverse)
}

pub(super) fn fail_delivery(simulator: &Simulator, _: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    change_link(simulator, params, link_lifecycle::fail_delivery)
}

/// Why a debit failed; the body is optional.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    reason: Option<String>,
}

pub(super) fn fail_funding(
    simulator: &Simulator,
    incoming: &Incoming,
    params: &[&str],
) -> Result<Reply, Refusal> {
    let failure: Failure = if incoming.body.is_empty() { Failure::default() } else { incoming.json()? };
    change_link(simulator, params, |plan, link| {
        link_lifecycle::fail_funding(plan, link, failure.reason.as_deref())
    })
}

pub(super) fn approve(simulator: &Simulator, _: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    decide(simulator, params, payout_requests::approve)
}

pub(super) fn reject(simulator: &Simulator, _: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    decide(simulator, params, payout_requests::reject)
}

fn change_link(
    simulator: &Simulator,
    params: &[&str],
    change: impl FnOnce(&mut Plan<'_>, Link) -> Result<(), Refusal>,
) -> Result<Reply, Refusal> {
    let mut world = simulator.world();
    let link = find_link(&world.state, params)?.clone();
    let mut plan = Plan::of(link.app, &world.state);
    change(&mut plan, link)?;
    let changes = plan.into_changes();
    carry_out(&mut world, changes);
    show_link(&world.state, params)
}

fn decide(
    simulator: &Simulator,
    params: &[&str],
    change: fn(&mut Plan<'_>, Object) -> Result<(), Refusal>,
) -> Result<Reply, Refusal> {
    let mut world = simulator.world();
    let object = find_request(&world.state, params)?.clone();
    let mut plan = Plan::of(object.app, &world.state);
    change(&mut plan, object)?;
    let changes = plan.into_changes();
    carry_out(&mut world, changes);
    let body = payout_requests::body(find_request(&world.state, params)?, &world.state);
    Ok(Reply::json(StatusCode::OK, &body, ""))
}

/// Applies the changes of a plan; an unbalanced ledger would be a mistake of the sandbox.
fn carry_out(world: &mut World, changes: Vec<Change>) {
    if let Err(error) = world.state.apply(changes) {
        world.violations.push(format!("a control route unbalanced the ledger: {error}"));
    }
}

fn find_link<'s>(state: &'s State, params: &[&str]) -> Result<&'s Link, Refusal> {
    let text = params.first().copied().unwrap_or_default();
    let link = Uuid::try_parse(text).ok().and_then(|id| state.links.find(&id));
    link.ok_or_else(|| Refusal::missing(format!("there is no payout link `{text}`")))
}

fn show_link(state: &State, params: &[&str]) -> Result<Reply, Refusal> {
    let body = payout_link_body(find_link(state, params)?, state);
    Ok(Reply::json(StatusCode::OK, &body, ""))
}

fn find_request<'s>(state: &'s State, params: &[&str]) -> Result<&'s Object, Refusal> {
    let text = params.first().copied().unwrap_or_default();
    let object = Uuid::try_parse(text).ok().and_then(|id| state.objects.find(Kind::PayoutRequest, &id));
    object.ok_or_else(|| Refusal::missing(format!("there is no payout request `{text}`")))
}
