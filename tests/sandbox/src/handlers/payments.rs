//! The tag `payments`: money collected from the bank account of a user or a payment customer.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::{Entry, Handler, digits, transfers};
use crate::{
    http::{Refusal, Reply},
    plan::{Decision, NewTransfer, Plan},
    state::{Account, ExternalData, Kind, State, TransferKind},
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[("create_payment", Handler::custom(create_payment))];

#[derive(Deserialize)]
struct CreatePayment {
    amount: i64,
    platform: String,
    user_id: Option<Uuid>,
    customer_id: Option<Uuid>,
    account_id: Option<String>,
    ach_info: Option<AchInfo>,
    metadata: Option<Value>,
}

/// The numbers of a bank account; they are checked and dropped.
#[derive(Deserialize)]
struct AchInfo {
    account_number: Option<String>,
    routing_number: Option<String>,
    account_type: Option<String>,
}

fn create_payment(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let payment: CreatePayment = call.body()?;
    check_account(&payment)?;
    check_payer(&payment, call.app, state)?;
    if let Some(Value::Bool(_) | Value::Number(_) | Value::Array(_)) = payment.metadata {
        return Err(Refusal::invalid("`metadata` must be a string or an object"));
    }
    let mut plan = Plan::new(call, state);
    plan.affords(Account::Bank, Account::App(call.app), payment.amount)?;
    let mut transfer = plan.transfer(NewTransfer {
        kind: TransferKind::Payment,
        user_id: payment.user_id,
        amount: payment.amount,
        organization: false,
        metadata: payment.metadata,
    });
    let (account_id, platform) = (payment.account_id, Some(payment.platform));
    transfer.external_data = Some(Box::new(ExternalData { account_id, external_id: None, platform }));
    // The payment is pending; the money is in the wallet when the transfer is completed.
    plan.begin(&mut transfer)?;
    let body = transfers::put(&mut plan, transfer, &[]);
    let reply = Reply::json(call.operation.success(), &body, format!("created transfer {}", body.id()));
    Ok(plan.answer(reply))
}

/// Checks that the request names exactly one bank account, with plausible numbers.
fn check_account(payment: &CreatePayment) -> Result<(), Refusal> {
    match (&payment.account_id, &payment.ach_info) {
        (Some(_), None) => Ok(()),
        (
            None,
            Some(AchInfo { account_number: Some(account), routing_number: Some(routing), account_type }),
        ) => {
            digits::exact("ach_info.account_number", account, 7..=17)?;
            digits::exact("ach_info.routing_number", routing, 9..=9)?;
            match account_type {
                Some(_) => Ok(()),
                None => Err(Refusal::invalid("`ach_info.account_type` is required")),
            }
        }
        (None, Some(_)) => Err(Refusal::invalid(
            "`ach_info.account_number`, `ach_info.routing_number` and `ach_info.account_type` are required",
        )),
        (None, None) | (Some(_), Some(_)) => {
            Err(Refusal::invalid("exactly one of `account_id` and `ach_info` is required"))
        }
    }
}

/// Checks that the request names exactly one payer, and that the app has it.
fn check_payer(payment: &CreatePayment, app: Uuid, state: &State) -> Result<(), Refusal> {
    match (payment.user_id, payment.customer_id) {
        (Some(id), None) if state.users.find(&id).is_some_and(|user| user.app == app) => Ok(()),
        (Some(id), None) => Err(Refusal::missing(format!("`user_id`: there is no user `{id}`"))),
        (None, Some(id)) => {
            let customer = state.objects.find(Kind::PaymentCustomer, &id);
            let known = customer.is_some_and(|customer| customer.app == app);
            let missing = || Refusal::missing(format!("`customer_id`: there is no payment customer `{id}`"));
            known.then_some(()).ok_or_else(missing)
        }
        (None, None) | (Some(_), Some(_)) => {
            Err(Refusal::invalid("exactly one of `user_id` and `customer_id` is required"))
        }
    }
}
