//! Payouts from a user's wallet over a rail: the operation `create_payout`, and the items of payout batches.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{transfers, users::payout_methods, views::TransferBody};
use crate::{
    http::{Refusal, Reply},
    plan::{Decision, NewTransfer, Plan},
    state::{Account, ExternalData, Kind, State, TransactionKind, TransferKind, User},
    validation::Call,
};

/// The user, the amount and the method of a payout.
#[derive(Deserialize)]
pub(super) struct Payout {
    user_id: Uuid,
    amount: i64,
    platform: String,
    account_id: Option<String>,
    #[serde(default)]
    pub(super) fund: bool,
    #[serde(default)]
    tax_exempt: bool,
    metadata: Option<Value>,
}

pub(super) fn create_payout(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let payout: Payout = call.body()?;
    if payout.tax_exempt && !payout.fund {
        return Err(Refusal::invalid("`tax_exempt` can be `true` only when `fund` is `true`"));
    }
    let mut plan = Plan::new(call, state);
    let body = pay(&mut plan, payout)?;
    let reply = Reply::json(call.operation.success(), &body, format!("created transfer {}", body.id()));
    plan.made(body.id());
    Ok(plan.answer(reply))
}

/// Plans a payout, or nothing at all when it is refused.
///
/// # Errors
/// Refuses an unknown user, a rail that cannot be used, and more than the wallet holds.
pub(super) fn pay(plan: &mut Plan<'_>, payout: Payout) -> Result<TransferBody, Refusal> {
    let state = plan.state();
    let user = state.users.find(&payout.user_id).filter(|user| user.app == plan.app());
    let user =
        user.ok_or_else(|| Refusal::missing(format!("`user_id`: there is no user `{}`", payout.user_id)))?;
    let rail = rail(plan, user, &payout)?;
    let (app, wallet, rails) = (Account::App(plan.app()), Account::User(user.id), Account::Rails(plan.app()));
    if payout.fund {
        plan.affords(app, wallet, payout.amount)?;
    } else {
        plan.affords(wallet, rails, payout.amount)?;
    }
    let mut transfer = plan.transfer(NewTransfer {
        kind: TransferKind::Payout,
        user_id: Some(user.id),
        amount: -payout.amount,
        organization: false,
        metadata: payout.metadata,
    });
    let account_id = payout.account_id;
    transfer.external_data =
        Some(Box::new(ExternalData { account_id, external_id: None, platform: Some(rail) }));
    let mut rows = Vec::new();
    if payout.fund {
        rows.push(plan.transact(&mut transfer, TransactionKind::Balance, app, wallet, payout.amount)?);
    }
    rows.push(plan.transact(&mut transfer, TransactionKind::Payout, wallet, rails, payout.amount)?);
    plan.begin(&mut transfer)?;
    Ok(transfers::put(plan, transfer, &rows))
}

/// Finds the rail of a payout, and checks that it may be used.
fn rail(plan: &Plan<'_>, user: &User, payout: &Payout) -> Result<String, Refusal> {
    let rail = match payout.platform.as_str() {
        "default" => user
            .default_payout_method
            .clone()
            .ok_or_else(|| Refusal::invalid("`platform`: the user has no default payout method"))?,
        // The `bank_transfer` of a payout is `intl_bank` wherever rails are listed.
        "bank_transfer" => "intl_bank".to_owned(),
        platform => platform.to_owned(),
    };
    let excluded = |list: &[String]| list.iter().any(|name| *name == rail || *name == payout.platform);
    if excluded(&user.payout_options_exclude_list) || excluded(&excluded_by_app(plan)) {
        return Err(Refusal::conflict("`platform` is excluded for this user or for this app"));
    }
    let needs_account = matches!(payout.platform.as_str(), "ach" | "bank_transfer");
    if needs_account && payout.account_id.is_none() {
        return Err(Refusal::invalid("`account_id` is required when `platform` is `ach` or `bank_transfer`"));
    }
    match &payout.account_id {
        // The sandbox hands out no id of an international bank account, so it knows none.
        Some(id) if payout.platform == "ach" && !payout_methods::has_account(plan.state(), user.id, id) => {
            Err(Refusal::invalid("`account_id` is not the `id` of an `ach` payout method of this user"))
        }
        _ => Ok(rail),
    }
}

/// Returns the payout options that the app's settings exclude.
fn excluded_by_app(plan: &Plan<'_>) -> Vec<String> {
    let app = plan.state().objects.find(Kind::App, &plan.app());
    let list = app.and_then(|app| app.field("settings").get("payout_options_exclude_list")?.as_array());
    list.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}
