//! The automatic refill (auto top-up): an app's wallet orders money from the bank when its balance is low.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{NewTransfer, Plan};
use crate::state::{Account, Kind, Object, TransferKind, TransferStatus};

/// The field of an app that holds the id of its last refill.
const LAST: &str = "refill_transfer_id";

/// Orders a refill when a plan leaves too little in the wallet of its app.
pub(crate) fn after(plan: &mut Plan<'_>) {
    let wallet = Account::App(plan.app());
    if plan.balance(wallet) >= plan.state().ledger.balance(wallet) {
        return;
    }
    let app = plan.state().objects.find(Kind::App, &plan.app());
    // Most apps order nothing, and an app is large: copy only one that does.
    let Some(app) = app.filter(|app| due(plan, app, None).is_some()) else { return };
    let mut app = app.clone();
    if order(plan, &mut app, None) {
        plan.put(app);
    }
}

/// Orders a refill when the app's settings ask for one and none is pending. Returns whether it did; the caller must
/// then put the app. `arrived` is a refill that this plan ends.
pub(crate) fn order(plan: &mut Plan<'_>, app: &mut Object, arrived: Option<Uuid>) -> bool {
    let Some(amount) = due(plan, app, arrived) else { return false };
    let mut transfer = plan.transfer(NewTransfer {
        kind: TransferKind::Refill,
        user_id: None,
        amount,
        organization: false,
        metadata: None,
    });
    // A new transfer can always become pending.
    let _ = plan.begin(&mut transfer);
    plan.emit("transfer.updated", json!({ "transfer_id": transfer.id, "metadata": null }));
    app.set(LAST, transfer.id.to_string());
    plan.put_transfer(transfer);
    true
}

/// Returns how much to order, if anything.
fn due(plan: &Plan<'_>, app: &Object, arrived: Option<Uuid>) -> Option<i64> {
    let settings = app.field("settings");
    let cents = |name: &str| settings.get(name).and_then(Value::as_i64);
    if settings.get("auto_refill_active") != Some(&Value::Bool(true)) {
        return None;
    }
    if plan.balance(Account::App(app.id)) >= cents("refill_threshold")? {
        return None;
    }
    let last = app.id_in(LAST).filter(|id| Some(*id) != arrived);
    let last = last.and_then(|id| plan.state().transfers.find(&id));
    let on_its_way = last.is_some_and(|transfer| transfer.status == TransferStatus::Pending);
    if on_its_way { None } else { cents("refill_amount") }
}
