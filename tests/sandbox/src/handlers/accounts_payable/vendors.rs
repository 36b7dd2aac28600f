//! Vendors: the businesses that send bills.

use serde_json::Value;

use crate::{
    handlers::resources::{self, Verb},
    http::Refusal,
    plan::{Decision, Plan},
    state::{Change, Kind, Label, State},
    validation::Call,
};

/// What a request may say about a vendor; the answer has more fields, which are not the sender's to fill
/// (apireference/accounts-payable/create-a-vendor).
const FIELDS: [&str; 4] = ["name", "contact_email", "external_id", "address"];

pub(super) fn create(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let mut plan = Plan::new(call, state);
    let mut vendor = resources::draft(Kind::Vendor, call, &mut plan)?;
    vendor.fields.retain(|name, _| FIELDS.contains(&name.as_str()));
    vendor.set("active", true);
    vendor.set_default("external_id", Value::Null);
    let reply = resources::show(call, state, &vendor, format!("created vendor {}", vendor.id));
    plan.put(vendor);
    Ok(plan.answer(reply))
}

/// Deletes a vendor together with its payment methods, which nobody could reach any more.
pub(super) fn delete(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let vendor = resources::find(Kind::Vendor, call, state)?.id;
    let mut decision = resources::perform(Verb::Delete, Kind::Vendor, call, state)?;
    let methods = state.objects.with(Kind::VendorPaymentMethod, Label::owner(vendor));
    decision.changes.extend(methods.map(|method| Change::Remove(Kind::VendorPaymentMethod, method.id)));
    Ok(decision)
}
