//! The tag `organizations`, and the organization's transfers: the wallet above the apps, and what it shares with them.

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Entry, Handler, app_compliance, list, resources, transfers, views::TransferBody};
use crate::{
    http::{Refusal, Reply},
    plan::{Decision, NewTransfer, Plan},
    spec::Style,
    state::{
        Account, Kind, Label, Object, State, TransactionKind, Transfer, TransferKind, TransferStatus,
        transfer_labels,
    },
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[
    ("get_organization", Handler::custom(get_organization)),
    ("copy_app_compliance", Handler::custom(copy_app_compliance)),
    ("copy_organization_compliance", Handler::custom(copy_organization_compliance)),
    (
        "create_organization_transfer",
        Handler::custom(create_organization_transfer).showing(transfers::show_existing),
    ),
    ("list_organization_transfers", Handler::custom(list_organization_transfers)),
    ("get_organization_transfer", Handler::custom(get_organization_transfer)),
];

#[derive(Deserialize)]
struct CreateOrganizationTransfer {
    amount: i64,
    api_app_id: Uuid,
    metadata: Option<Value>,
}

#[derive(Deserialize)]
struct CopyAppCompliance {
    source_app_id: Uuid,
    destination_app_id: Uuid,
}

fn get_organization(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let id = state.ids.id(Kind::Organization, 0);
    let balance = state.ledger.balance(Account::Organization);
    let body = json!({ "id": id, "balance": balance });
    Ok(Decision::unchanged(resources::reply(call, state, body, format!("organization {balance} cents"))))
}

fn create_organization_transfer(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let request: CreateOrganizationTransfer = call.body()?;
    let app = app(state, request.api_app_id)
        .ok_or_else(|| Refusal::missing(format!("`api_app_id`: there is no app `{}`", request.api_app_id)))?;
    let mut plan = Plan::of(app.id, state);
    let (organization, wallet) = (Account::Organization, Account::App(app.id));
    // A negative amount goes from the organization to the app (apireference/transfers/create-an-organization-transfer).
    let (from, to) = if request.amount < 0 { (organization, wallet) } else { (wallet, organization) };
    let cents = transfers::cents(request.amount)?;
    let mut transfer = plan.transfer(NewTransfer {
        kind: TransferKind::Balance,
        user_id: None,
        amount: request.amount,
        organization: true,
        metadata: request.metadata,
    });
    let row = plan.transact(&mut transfer, TransactionKind::Balance, from, to, cents)?;
    plan.advance(&mut transfer, TransferStatus::Completed)?;
    let body = transfers::put(&mut plan, transfer, &[row]);
    plan.emit("organization.updated", json!({}));
    let reply = Reply::json(call.operation.success(), &body, format!("created transfer {}", body.id()));
    plan.made(body.id());
    Ok(plan.answer(reply))
}

fn list_organization_transfers(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let mut query = resources::query(call, |text| Uuid::try_parse(text).ok())?;
    query.labels.extend(call.query_id("user_id").map(Label::user));
    query.labels.push(transfer_labels::list(true, call.app));
    let page = state.transfers.page(&query).map_err(|_| resources::bad_cursor(call))?;
    let show = |transfer: &Transfer, style: Style| TransferBody::of(transfer, state, style);
    Ok(Decision::unchanged(list::page_reply(call, state, page, "transfer", show)))
}

fn get_organization_transfer(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let found = call.path_id("transfer_id").and_then(|id| state.transfers.find(&id));
    let id = call.path_text("transfer_id");
    let transfer = found
        .filter(|transfer| transfer.organization)
        .ok_or_else(|| Refusal::missing(format!("there is no organization transfer `{id}`")))?;
    let note = format!("transfer {}", transfer.id);
    Ok(Decision::unchanged(transfers::show(call, state, transfer, note)))
}

fn copy_app_compliance(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let request: CopyAppCompliance = call.body()?;
    let source = own_app(state, "source_app_id", request.source_app_id)?;
    let destination = own_app(state, "destination_app_id", request.destination_app_id)?;
    if source.id == destination.id {
        return Err(Refusal::invalid("`source_app_id` and `destination_app_id` must be two apps"));
    }
    let compliance = source.field("compliance");
    if compliance.is_null() {
        return Err(Refusal::invalid("`source_app_id`: the app has no compliance information"));
    }
    Ok(copy(call, state, destination, compliance.clone()))
}

fn copy_organization_compliance(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let id = call.path_id("api_app_id").ok_or_else(|| Refusal::invalid("`api_app_id` must be a UUID"))?;
    let destination = own_app(state, "api_app_id", id)?;
    Ok(copy(call, state, destination, compliance()))
}

fn copy(call: &Call<'_>, state: &State, destination: &Object, compliance: Value) -> Decision {
    let mut plan = Plan::of(destination.id, state);
    app_compliance::store(&mut plan, destination.clone(), compliance);
    let body = json!({ "success": true, "message": "the compliance information was copied" });
    plan.answer(resources::reply(call, state, body, format!("compliance of app {}", destination.id)))
}

/// Finds an app of the organization; any other app is refused with 403, as on both copies of the page.
fn own_app<'s>(state: &'s State, field: &str, id: Uuid) -> Result<&'s Object, Refusal> {
    app(state, id).ok_or_else(|| Refusal::forbidden(format!("`{field}`: the organization has no app `{id}`")))
}

fn app(state: &State, id: Uuid) -> Option<&Object> {
    state.objects.find(Kind::App, &id)
}

/// The compliance information of the organization. No operation sets it, so it exists from the start; its numbers are
/// never given out.
fn compliance() -> Value {
    let address = json!({
        "line1": "1 Sandbox Street",
        "city": "San Francisco",
        "state": "CA",
        "zip": "94105",
        "country": "US",
    });
    let mut contact = address.clone();
    if let Some(contact) = contact.as_object_mut() {
        contact.insert("email".to_owned(), json!("sandbox@example.com"));
        contact.insert("phone_number".to_owned(), json!("2025550100"));
    }
    json!({
        "company_info": {
            "name": "Dots sandbox",
            "ein": "000000000",
            "incorporation_date": "2020-01-01",
            "incorporation_state": "DE",
            "incorporation_type": "c_corporation",
            "website": "https://example.com",
            "ubo_count": 1,
        },
        "contact_info": contact,
        "directors": [{
            "first_name": "Sandy",
            "last_name": "Box",
            "title": "Director",
            "email": "sandy@example.com",
            "phone": "2025550101",
            "dob": "1990-01-31",
            "ssn": "000000000",
            "ownership_percentage": 100,
            "address": address,
        }],
        "flow_of_funds": { "reasons": "Tests pay people.", "usage": "Offline tests." },
    })
}
