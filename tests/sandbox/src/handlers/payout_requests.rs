//! The tag `payout-requests`: payouts that need an approval first.
//!
//! With Dots, the dashboard approves or rejects them; here a control request does (see `control`).

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Entry, Handler, link_lifecycle, payee,
    payouts::{self, Terms},
    resources, views,
};
use crate::{
    http::Refusal,
    plan::{Decision, Plan},
    state::{Contact, Delivery, DeliveryMethod, Kind, Object, State, User},
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[
    ("submit_payout_request", Handler::custom(submit_payout_request)),
    ("list_payout_requests", Handler::custom(list_payout_requests)),
    ("get_payout_request", Handler::custom(get_payout_request)),
];

/// The hidden field that names the link of an approved request.
const LINK: &str = "payout_link_id";

/// The fields of a request that the sandbox acts on.
#[derive(Deserialize)]
struct SubmitPayoutRequest {
    user_id: Option<Uuid>,
    payee: Option<Contact>,
}

fn submit_payout_request(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let request: SubmitPayoutRequest = call.body()?;
    let amount = payouts::cents(call)?;
    if request.user_id.is_none() && request.payee.is_none() {
        return Err(Refusal::invalid("one of `user_id` and `payee` is required"));
    }
    let payee = payee::find(call, state, request.user_id, request.payee)?;
    let mut plan = Plan::new(call, state);
    let mut object = resources::draft(Kind::PayoutRequest, call, &mut plan)?;
    object.set("amount", amount);
    object.set("status", "created");
    object.set("payee", json!({ "country_code": payee.country_code, "phone_number": payee.phone_number }));
    object.set_default("metadata", Value::Null);
    let note = format!("created payout request {}", object.id);
    let reply = resources::reply(call, state, body(&object, state), note);
    put(&mut plan, object);
    Ok(plan.answer(reply))
}

fn list_payout_requests(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let page = resources::page(Kind::PayoutRequest, call, state)?;
    let rows = page.rows.into_iter().map(|object| body(object, state)).collect();
    Ok(Decision::unchanged(resources::page_reply(call, state, rows, page.has_more, "payout request")))
}

fn get_payout_request(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let object = resources::find(Kind::PayoutRequest, call, state)?;
    let note = format!("payout request {}", object.id);
    Ok(Decision::unchanged(resources::reply(call, state, body(object, state), note)))
}

/// A payout request as answers show it, with its user and, once it is approved, its link.
pub(crate) fn body(object: &Object, state: &State) -> Value {
    let mut shown = resources::body(object);
    if let Some(fields) = shown.as_object_mut() {
        let created = resources::style(state).time(object.created);
        fields.insert("created".to_owned(), Value::String(created));
        let link = object.id_in(LINK).and_then(|id| state.links.find(&id));
        fields.extend(link.map(|link| ("payout-link".to_owned(), views::payout_link_body(link, state))));
        let user = object.id_in("user_id").and_then(|id| state.users.find(&id));
        fields.extend(user.map(|user| ("user".to_owned(), user_body(user))));
    }
    shown
}

/// The user of a request; the list of users shows more fields.
fn user_body(user: &User) -> Value {
    json!({
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "phone_number": { "country_code": user.country_code, "phone_number": user.phone_number },
        "status": user.status,
        "default_payout_method": user.default_payout_method,
        "metadata": user.metadata,
    })
}

/// Approves a request: a payout link is created and sent ([apireference/payout-requests/create-a-payout-request]).
///
/// # Errors
/// Refuses a request that was decided already, and one that the wallet cannot pay.
///
/// [apireference/payout-requests/create-a-payout-request]: https://docs.dots.dev/apireference/payout-requests/create-a-payout-request
pub(crate) fn approve(plan: &mut Plan<'_>, object: Object) -> Result<(), Refusal> {
    let mut object = decide(object, "approved")?;
    let state = plan.state();
    let user = object.id_in("user_id").and_then(|id| state.users.find(&id));
    let text = |name: &str| object.field("payee").get(name).and_then(Value::as_str).map(str::to_owned);
    let payee = user.map(Contact::of).unwrap_or_else(|| Contact {
        country_code: text("country_code"),
        phone_number: text("phone_number"),
        ..Contact::default()
    });
    let delivery = Delivery {
        method: DeliveryMethod::Sms,
        email: None,
        country_code: payee.country_code.clone(),
        phone_number: payee.phone_number.clone(),
    };
    let amount = object.field("amount").as_i64().unwrap_or_default();
    let metadata = Some(object.field("metadata").clone()).filter(|metadata| !metadata.is_null());
    let terms = Terms::plain(metadata, object.text("memo").map(str::to_owned));
    let mut link = payouts::new_link(plan, amount, user.map(|user| user.id), payee, delivery, terms);
    link_lifecycle::open(plan, &mut link)?;
    link_lifecycle::send(plan, &mut link)?;
    object.set(LINK, json!(link.id));
    link_lifecycle::changed(plan, &link);
    put(plan, object);
    Ok(())
}

/// Rejects a request; nothing is paid.
///
/// # Errors
/// Refuses a request that was decided already.
pub(crate) fn reject(plan: &mut Plan<'_>, object: Object) -> Result<(), Refusal> {
    let object = decide(object, "rejected")?;
    put(plan, object);
    Ok(())
}

fn decide(mut object: Object, status: &str) -> Result<Object, Refusal> {
    match object.text("status") {
        Some("created") => {
            object.set("status", status);
            Ok(object)
        }
        _ => Err(Refusal::conflict(format!("the payout request `{}` is decided already", object.id))),
    }
}

fn put(plan: &mut Plan<'_>, object: Object) {
    plan.emit("payout_request.updated", json!({ "payout_request_id": object.id }));
    plan.put(object);
}
