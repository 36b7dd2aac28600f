//! Claims of payout links: the money goes from the link into the user's wallet, and from there over a rail to the
//! user's payout method.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::{digits, link_lifecycle, transfers};
use crate::{
    http::Refusal,
    plan::{NewTransfer, Plan},
    spec::is_email,
    state::{
        Account, Claim, Contact, ExternalData, Kind, Link, LinkStatus, State, TransactionKind, Transfer,
        TransferKind, TransferStatus, User,
    },
};

/// The rails that a user can be paid on ([apireference/users/update-a-user]).
///
/// [apireference/users/update-a-user]: https://docs.dots.dev/apireference/users/update-a-user
const RAILS: [&str; 8] = ["paypal", "venmo", "cash_app", "ach", "intl_bank", "airtm", "payoneer", "crypto"];

/// How long a payout takes on a rail.
const ON_THE_RAIL: Duration = Duration::from_secs(60);

/// A payee who opened a link and verified a phone number.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Claimant {
    pub(crate) country_code: String,
    pub(crate) phone_number: String,
    /// The rail to be paid on; by default the user's own. Without any, the money stays in the user's wallet.
    #[serde(default)]
    pub(crate) method: Option<String>,
    /// How much to be paid on the rail, in cents; by default all. The rest stays in the user's wallet.
    #[serde(default)]
    pub(crate) amount: Option<i64>,
    #[serde(default)]
    pub(crate) first_name: Option<String>,
    #[serde(default)]
    pub(crate) last_name: Option<String>,
    #[serde(default)]
    pub(crate) email: Option<String>,
}

/// Checks that this payee may claim this link.
///
/// # Errors
/// Refuses a link that cannot be claimed, or no longer; a link for another payee; and a rail that the user may not use.
pub(crate) fn check(state: &State, link: &Link, claimant: &Claimant) -> Result<(), Refusal> {
    digits::at_most("country_code", Some(&claimant.country_code), 3)?;
    digits::at_most("phone_number", Some(&claimant.phone_number), 20)?;
    if claimant.email.as_deref().is_some_and(|email| !is_email(email)) {
        return Err(Refusal::invalid("`email` must be an e-mail address"));
    }
    link_lifecycle::advance(&mut link.clone(), LinkStatus::Claimed)?;
    let phone = (Some(claimant.country_code.as_str()), Some(claimant.phone_number.as_str()));
    let named = (link.payee.country_code.as_deref(), link.payee.phone_number.as_deref());
    if named.1.is_some() && named != phone {
        return Err(Refusal::forbidden("`phone_number` is not that of the payee of this payout link"));
    }
    if claimant.amount.is_some_and(|amount| !(1..=link.amount).contains(&amount)) {
        return Err(Refusal::invalid(format!("`amount` must be 1 to {} cents", link.amount)));
    }
    let Some(method) = claimant.method.as_deref() else { return Ok(()) };
    if !RAILS.contains(&method) {
        return Err(Refusal::invalid(format!("`method` must be one of `{}`", RAILS.join("`, `"))));
    }
    match user_of(state, link, claimant) {
        Some(user) if !allows(user, method) => {
            Err(Refusal::invalid("`method` is on the `payout_options_exclude_list` of the user"))
        }
        _ => Ok(()),
    }
}

/// Finds the user who claims a link.
pub(crate) fn user_of<'s>(state: &'s State, link: &Link, claimant: &Claimant) -> Option<&'s User> {
    let named = link.user_id.and_then(|id| state.users.find(&id));
    named.or_else(|| by_phone(state, link.app, &claimant.country_code, &claimant.phone_number).next())
}

/// Creates a user for a payee whom the app does not know yet.
pub(crate) fn sign_up(plan: &mut Plan<'_>, link: &Link, claimant: &Claimant) {
    let said = |own: &Option<String>, named: &Option<String>, other: &str| {
        own.clone().or_else(|| named.clone()).unwrap_or_else(|| other.to_owned())
    };
    let address = format!("{}{}@example.com", claimant.country_code, claimant.phone_number);
    let user = User {
        first_name: said(&claimant.first_name, &link.payee.first_name, "Unnamed"),
        last_name: said(&claimant.last_name, &link.payee.last_name, "Payee"),
        email: said(&claimant.email, &link.payee.email, &address),
        country_code: claimant.country_code.clone(),
        phone_number: claimant.phone_number.clone(),
        ..User::unknown(plan.id(Kind::User), link.app, plan.now())
    };
    plan.emit("user.updated", json!({ "user_id": user.id, "metadata": null }));
    plan.put_user(user);
}

/// Finds the user who can be paid without a link: one who has chosen a rail.
pub(super) fn known<'s>(
    state: &'s State,
    app: Uuid,
    user_id: Option<Uuid>,
    payee: &Contact,
) -> Option<(&'s User, &'s str)> {
    let rail = |user: &'s User| Some((user, default_rail(user)?));
    match (user_id, payee.country_code.as_deref(), payee.phone_number.as_deref()) {
        (Some(id), ..) => state.users.find(&id).filter(|user| user.app == app).and_then(rail),
        (None, Some(country), Some(phone)) => by_phone(state, app, country, phone).find_map(rail),
        (None, ..) => None,
    }
}

/// Returns the rail that a user has chosen and may use.
pub(crate) fn default_rail(user: &User) -> Option<&str> {
    user.default_payout_method.as_deref().filter(|method| allows(user, method))
}

fn allows(user: &User, method: &str) -> bool {
    !user.payout_options_exclude_list.iter().any(|excluded| excluded == method)
}

/// Returns the users of an app with a phone number, oldest first; Dots' own sandbox lets numbers repeat.
fn by_phone<'s>(state: &'s State, app: Uuid, country: &str, phone: &str) -> impl Iterator<Item = &'s User> {
    let (country, phone) = (country.to_owned(), phone.to_owned());
    let found = state.users.with(User::phone_label(&country, &phone));
    found.filter(move |user| user.app == app && user.country_code == country && user.phone_number == phone)
}

/// A payout over a rail: to which method, and how much.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Withdrawal<'r> {
    pub(crate) rail: &'r str,
    pub(crate) cents: i64,
}

/// Pays the money of a link to a user, and from there over a rail to the user's payout method.
///
/// # Errors
/// Refuses a link that cannot be claimed, or no longer.
pub(crate) fn pay(
    plan: &mut Plan<'_>,
    mut link: Link,
    user: &User,
    withdrawal: Option<Withdrawal<'_>>,
) -> Result<Link, Refusal> {
    link_lifecycle::advance(&mut link, LinkStatus::Claimed)?;
    let (kind, wallet) = (TransferKind::Balance, Account::User(user.id));
    let mut arrival = transfer(plan, kind, &link, user.id, link.amount);
    // Answers have shown this id since the link was created.
    arrival.id = link.transfer_id;
    let from = Account::Links(link.app);
    let row = plan.transact(&mut arrival, TransactionKind::Balance, from, wallet, link.amount)?;
    plan.advance(&mut arrival, TransferStatus::Completed)?;
    transfers::put(plan, arrival, &[row]);
    let payout_id = withdrawal.map(|withdrawal| pay_out(plan, &link, user, withdrawal)).transpose()?;
    link.claim = Some(Box::new(Claim {
        user_id: user.id,
        country_code: user.country_code.clone(),
        phone_number: user.phone_number.clone(),
        payout_id,
    }));
    plan.emit_link("payout_link.claimed", &link, json!({}));
    if let Some(Withdrawal { rail, cents }) = withdrawal {
        let more = json!({ "method": rail, "withdrew_amount": cents });
        plan.emit_link("payout_link.paid_out", &link, more);
    }
    plan.emit("flow.updated", json!({ "flow_id": link.flow_id, "metadata": link.metadata }));
    link_lifecycle::changed(plan, &link);
    Ok(link)
}

/// Sends money from a user's wallet over a rail.
fn pay_out(
    plan: &mut Plan<'_>,
    link: &Link,
    user: &User,
    withdrawal: Withdrawal<'_>,
) -> Result<Uuid, Refusal> {
    let Withdrawal { rail, cents } = withdrawal;
    let mut payout = transfer(plan, TransferKind::Payout, link, user.id, cents);
    payout.external_data =
        Some(Box::new(ExternalData { platform: Some(rail.to_owned()), ..ExternalData::default() }));
    let (from, to) = (Account::User(user.id), Account::Rails(link.app));
    let row = plan.transact(&mut payout, TransactionKind::Payout, from, to, cents)?;
    plan.advance(&mut payout, TransferStatus::Pending)?;
    let id = payout.id;
    transfers::put(plan, payout, &[row]);
    plan.later(ON_THE_RAIL, "payout_link.settle", id);
    Ok(id)
}

/// Begins a transfer of the money of a link, without metadata: those stay with the link.
fn transfer(plan: &mut Plan<'_>, kind: TransferKind, link: &Link, user_id: Uuid, cents: i64) -> Transfer {
    let amount = cents.saturating_neg();
    let new = NewTransfer { kind, user_id: Some(user_id), amount, organization: false, metadata: None };
    Transfer { payout_link_id: Some(link.id), ..plan.transfer(new) }
}

/// Completes a payout at the end of its rail.
pub(super) fn settle(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    let pending = plan.state().transfers.find(&id);
    let pending = pending.filter(|transfer| transfer.status == TransferStatus::Pending);
    let Some(mut payout) = pending.cloned() else { return Ok(()) };
    let (from, to) = (Account::Rails(payout.app), Account::Payees(payout.app));
    let amount = payout.amount.saturating_abs();
    let row = plan.transact(&mut payout, TransactionKind::Payout, from, to, amount)?;
    plan.advance(&mut payout, TransferStatus::Completed)?;
    transfers::put(plan, payout, &[row]);
    Ok(())
}

/// Reverses a link, claimed or not: its money goes back to the app's wallet, from a claimed one by a transfer of its own.
///
/// # Errors
/// Refuses a link that neither holds nor gave money, a payout that has arrived, and a user who has spent the money.
pub(crate) fn reverse(plan: &mut Plan<'_>, mut link: Link) -> Result<(), Refusal> {
    let Some(claim) = link.claim.clone() else {
        return link_lifecycle::give_back(plan, link, LinkStatus::Reversed).map(|_| ());
    };
    link_lifecycle::advance(&mut link, LinkStatus::Reversed)?;
    if let Some(payout) = claim.payout_id {
        take_back(plan, payout, claim.user_id)?;
    }
    // The transfer that brought the money is completed, and so has ended.
    let (from, to) = (Account::User(claim.user_id), Account::App(link.app));
    let mut back = transfer(plan, TransferKind::Balance, &link, claim.user_id, link.amount.saturating_neg());
    let row = plan.transact(&mut back, TransactionKind::Balance, from, to, link.amount)?;
    plan.advance(&mut back, TransferStatus::Completed)?;
    transfers::put(plan, back, &[row]);
    link_lifecycle::changed(plan, &link);
    Ok(())
}

/// Takes a payout back into the user's wallet, unless it failed and came back already.
///
/// # Errors
/// Refuses a payout that has arrived: a completed transfer has ended ([overview/concepts]).
///
/// [overview/concepts]: https://docs.dots.dev/overview/concepts
fn take_back(plan: &mut Plan<'_>, id: Uuid, user_id: Uuid) -> Result<(), Refusal> {
    let Some(mut payout) = plan.state().transfers.find(&id).cloned() else { return Ok(()) };
    let has_come_back =
        matches!(payout.status, TransferStatus::Failed | TransferStatus::Reversed | TransferStatus::Canceled);
    if has_come_back {
        return Ok(());
    }
    plan.advance(&mut payout, TransferStatus::Reversed)?;
    let (from, to) = (Account::Rails(payout.app), Account::User(user_id));
    let amount = payout.amount.saturating_abs();
    let row = plan.transact(&mut payout, TransactionKind::Payout, from, to, amount)?;
    transfers::put(plan, payout, &[row]);
    Ok(())
}
