//! Payables before their submission: creation and updates.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value, json};
use uuid::Uuid;

use super::{
    attachment,
    history::{self, Act, Action},
    staff::{self, Right},
    status::Status,
};
use crate::{
    handlers::resources,
    http::Refusal,
    plan::{Decision, Plan},
    state::{Kind, Object, State},
    validation::Call,
};

/// The hidden field that tells whether the amount was given; otherwise it follows from the lines.
const AMOUNT_IS_GIVEN: &str = "amount_is_given";

/// The fields that can be set only when a payable is created.
#[derive(Deserialize)]
struct Beginning {
    external_id: Option<String>,
    #[serde(default)]
    funding_source: FundingSource,
    file: Option<String>,
}

/// The fields that can be changed until a payable is submitted.
#[derive(Deserialize)]
struct Terms {
    number: Option<String>,
    description: Option<String>,
    ap_vendor_id: Option<Uuid>,
    ap_payment_method_id: Option<Uuid>,
    amount: Option<i64>,
    items: Option<Vec<Item>>,
}

/// One line of a bill. Its quantity may be a fraction, such as an hour and a half.
#[derive(Deserialize, Serialize)]
struct Item {
    name: String,
    unit_price: i64,
    quantity: Number,
    amount: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

/// The source of a payable's money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FundingSource {
    DotsBalance,
    #[default]
    Ach,
}

impl FundingSource {
    /// Reads the funding source of a payable.
    pub(super) fn of(payable: &Object) -> Self {
        Self::deserialize(payable.field("funding_source")).unwrap_or_default()
    }
}

pub(super) fn create(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let (beginning, terms): (Beginning, Terms) = (call.body()?, call.body()?);
    let person = staff::acting(call, Right::Prepare)?;
    let mut plan = Plan::new(call, state);
    let mut payable = blank(&mut plan);
    payable.set("external_id", beginning.external_id);
    payable.set("funding_source", json!(beginning.funding_source));
    change(&mut payable, terms, state)?;
    if let Some(file) = beginning.file {
        attachment::attach(&mut plan, &mut payable, &attachment::decode(&file)?);
    }
    history::note(&mut payable, Action::Create, &Act { person, comment: None, at: plan.now() });
    history::finish(call, plan, payable, "created")
}

pub(super) fn update(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let terms: Terms = call.body()?;
    let mut payable = editable(call, state)?;
    change(&mut payable, terms, state)?;
    payable.set("updated", state.clock.now().to_string());
    history::finish(call, Plan::new(call, state), payable, "updated")
}

/// Creates an empty payable.
pub(super) fn blank(plan: &mut Plan<'_>) -> Object {
    let (id, app, created) = (plan.id(Kind::Payable), plan.app(), plan.now());
    Object { kind: Kind::Payable, id, app, owner: None, created, fields: nothing(created) }
}

/// Returns the fields of an empty payable.
fn nothing(now: Timestamp) -> Map<String, Value> {
    let begun = json!({ "status": Status::Created, "timestamp": now.to_string() });
    let empty = [
        "amount",
        "ap_payment_method_id",
        "ap_payment_method_name",
        "ap_vendor_id",
        "ap_vendor_name",
        "description",
        "external_id",
        "file_url",
        "transfer_id",
    ];
    let lists = ["action_history", "approval_steps", "items", "transfer_history"];
    let values = [
        ("currency", json!("USD")),
        ("funding_source", json!(FundingSource::default())),
        ("status", json!(Status::Created)),
        ("status_history", json!([begun])),
        ("updated", json!(now.to_string())),
    ];
    let empty = empty.into_iter().map(|name| (name, Value::Null));
    let lists = lists.into_iter().map(|name| (name, json!([])));
    empty.chain(lists).chain(values).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Finds the payable that the path names, if it may still be changed.
///
/// # Errors
/// Refuses one that was submitted or canceled ([apireference/accounts-payable/update-a-payable]).
///
/// [apireference/accounts-payable/update-a-payable]: https://docs.dots.dev/apireference/accounts-payable/update-a-payable
pub(super) fn editable(call: &Call<'_>, state: &State) -> Result<Object, Refusal> {
    let payable = resources::find(Kind::Payable, call, state)?;
    match Status::of(payable) {
        Status::Created => Ok(payable.clone()),
        status @ (Status::Canceled
        | Status::SubmittedForApproval
        | Status::Rejected
        | Status::Approved
        | Status::PaymentInitiated
        | Status::PaymentFailed
        | Status::PaymentCompleted) => Err(Refusal::conflict(format!(
            "the payable `{}` is `{}` and can be changed only while it is `created`",
            payable.id,
            status.as_str()
        ))),
    }
}

/// Returns the amount, in cents.
///
/// # Errors
/// Refuses a payable whose amount is not known.
pub(super) fn cents(payable: &Object) -> Result<i64, Refusal> {
    payable
        .field("amount")
        .as_i64()
        .ok_or_else(|| Refusal::invalid("`amount` of the payable is required first"))
}

/// Finds the account that receives the money.
///
/// # Errors
/// Refuses a payable without a vendor or an account, and one whose vendor or account is gone.
pub(super) fn payee<'s>(payable: &Object, state: &'s State) -> Result<&'s Object, Refusal> {
    let find = |kind, field: &str| payable.id_in(field).and_then(|id| state.objects.find(kind, &id));
    let missing = |field: &str| Refusal::invalid(format!("`{field}` of the payable must name what is there"));
    find(Kind::Vendor, "ap_vendor_id").ok_or_else(|| missing("ap_vendor_id"))?;
    let method = find(Kind::VendorPaymentMethod, "ap_payment_method_id");
    method.ok_or_else(|| missing("ap_payment_method_id"))
}

fn change(payable: &mut Object, terms: Terms, state: &State) -> Result<(), Refusal> {
    if let Some(vendor) = terms.ap_vendor_id {
        choose_vendor(payable, vendor, state)?;
    }
    if let Some(method) = terms.ap_payment_method_id {
        choose_method(payable, method, state)?;
    }
    for (name, text) in [("number", terms.number), ("description", terms.description)] {
        if let Some(text) = text {
            payable.set(name, text);
        }
    }
    if let Some(items) = terms.items {
        let sum = items.iter().try_fold(0_i64, |sum, item| sum.checked_add(item.amount));
        let sum = sum.ok_or_else(|| Refusal::invalid("`items` add up to more than can be counted"))?;
        if payable.fields.get(AMOUNT_IS_GIVEN).is_none() {
            payable.set("amount", Some(sum).filter(|_| !items.is_empty()));
        }
        payable.set("items", json!(items));
    }
    if let Some(amount) = terms.amount {
        payable.set("amount", amount);
        payable.set(AMOUNT_IS_GIVEN, true);
    }
    Ok(())
}

/// Sets the vendor; an account of another vendor is cleared.
fn choose_vendor(payable: &mut Object, id: Uuid, state: &State) -> Result<(), Refusal> {
    let vendor = state.objects.find(Kind::Vendor, &id).filter(|vendor| vendor.app == payable.app);
    let vendor = vendor.ok_or_else(|| Refusal::missing("`ap_vendor_id`: there is no such vendor"))?;
    if payable.id_in("ap_vendor_id") != Some(id) {
        payable.set("ap_payment_method_id", Value::Null);
        payable.set("ap_payment_method_name", Value::Null);
    }
    payable.set("ap_vendor_id", id.to_string());
    payable.set("ap_vendor_name", vendor.field("name").clone());
    Ok(())
}

/// Sets the account, which must be one of the vendor's.
fn choose_method(payable: &mut Object, id: Uuid, state: &State) -> Result<(), Refusal> {
    let vendor = payable.id_in("ap_vendor_id");
    let required = || Refusal::invalid("`ap_vendor_id` is required with `ap_payment_method_id`");
    let vendor = vendor.ok_or_else(required)?;
    let method = state.objects.find(Kind::VendorPaymentMethod, &id);
    let method = method.filter(|method| method.owner == Some(vendor));
    let method = method
        .ok_or_else(|| Refusal::missing("`ap_payment_method_id`: the vendor has no such payment method"))?;
    payable.set("ap_payment_method_id", id.to_string());
    payable.set("ap_payment_method_name", method.field("name").clone());
    Ok(())
}
