//! The tag `payment-customers`: the people who pay an app.

use serde::Deserialize;

use super::{
    Entry, Handler, digits,
    resources::{self, Verb},
    users,
};
use crate::{
    http::Refusal,
    plan::{Decision, Plan},
    state::{Kind, State},
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[
    ("list_payment_customers", Handler::resource(Verb::List, Kind::PaymentCustomer)),
    ("create_payment_customer", Handler::custom(create_payment_customer)),
    ("get_payment_customer", Handler::resource(Verb::Get, Kind::PaymentCustomer)),
];

/// The fields of a create request that have rules.
#[derive(Deserialize)]
struct CreatePaymentCustomer {
    business_name: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    country_code: Option<String>,
    phone_number: Option<String>,
}

impl CreatePaymentCustomer {
    fn check(&self) -> Result<(), Refusal> {
        let is_there = |name: &Option<String>| name.as_ref().is_some_and(|name| !name.trim().is_empty());
        let is_person = is_there(&self.first_name) && is_there(&self.last_name);
        if !is_there(&self.business_name) && !is_person {
            let message = "`business_name`, or `first_name` with `last_name`, is required";
            return Err(Refusal::invalid(message));
        }
        digits::at_most("country_code", self.country_code.as_deref(), 3)?;
        digits::at_most("phone_number", self.phone_number.as_deref(), 20)
    }
}

fn create_payment_customer(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    call.body::<CreatePaymentCustomer>()?.check()?;
    users::check_named(call, state)?;
    let mut plan = Plan::new(call, state);
    // The sandbox's own `id` and `created` replace those that a body may name.
    let mut customer = resources::draft(Kind::PaymentCustomer, call, &mut plan)?;
    customer.set("updated", customer.created.to_string());
    let reply = resources::show(call, state, &customer, format!("created payment customer {}", customer.id));
    plan.put(customer);
    Ok(plan.answer(reply))
}
