//! Vendors: the businesses that send bills.

use serde_json::Value;

use crate::{
    handlers::resources::{self, Verb},
    http::Refusal,
    plan::{Decision, Plan},
    state::{Change, Kind, Label, State},
    validation::Call,
};

/// The fields that a request may set; the answer has more, which the sender may not set
/// ([apireference/accounts-payable/create-a-vendor]).
///
/// [apireference/accounts-payable/create-a-vendor]: https://docs.dots.dev/apireference/accounts-payable/create-a-vendor
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

/// Deletes a vendor together with its payment methods, which could not be reached any more.
pub(super) fn delete(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let vendor = resources::find(Kind::Vendor, call, state)?.id;
    let mut decision = resources::perform(Verb::Delete, Kind::Vendor, call, state)?;
    let methods = state.objects.with(Kind::VendorPaymentMethod, Label::owner(vendor));
    decision.changes.extend(methods.map(|method| Change::Remove(Kind::VendorPaymentMethod, method.id)));
    Ok(decision)
}
