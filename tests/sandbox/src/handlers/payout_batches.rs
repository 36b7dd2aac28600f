//! The tag `payout-batches`: many payouts in one call. The clock moves a batch along, and each of its items succeeds or
//! fails on its own.

use std::{collections::HashSet, time::Duration};

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Entry, Handler, resources,
    user_payouts::{self, Payout},
    views::TransferBody,
};
use crate::{
    http::{Refusal, Reply},
    options::KeyRepeat,
    plan::{Decision, Plan},
    state::{Kind, Object, Scope, State, TransferKind},
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[
    ("list_payout_batches", Handler::custom(list_payout_batches)),
    ("create_payout_batch", Handler::custom(create_payout_batch).showing(show_existing)),
    ("get_payout_batch", Handler::custom(get_payout_batch)),
    ("get_payout_batch_results", Handler::custom(get_payout_batch_results)),
];

/// How long a batch stays in each of its first two statuses; the third takes as long as its payouts.
const STEP: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct CreatePayoutBatch {
    items: Vec<Value>,
}

/// The fields of an item besides its payout.
#[derive(Deserialize)]
struct Keyed {
    idempotency_key: Uuid,
}

fn create_payout_batch(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    check(&call.body::<CreatePayoutBatch>()?.items)?;
    let mut plan = Plan::new(call, state);
    let mut batch = resources::draft(Kind::PayoutBatch, call, &mut plan)?;
    batch.keep(&["items", "metadata"]);
    if let Some(key) = call.field("idempotency_key") {
        batch.set("idempotency_key", key.clone());
    }
    batch.set("status", "created");
    let reply = show(call, state, &batch, format!("created payout batch {}", batch.id));
    plan.made(batch.id);
    plan.later(STEP, "payout_batch.process", batch.id);
    plan.put(batch);
    Ok(plan.answer(reply))
}

/// Checks the rules for the batch as a whole; what is wrong with one item is in that item's result.
fn check(items: &[Value]) -> Result<(), Refusal> {
    let mut keys = HashSet::new();
    for (place, item) in items.iter().enumerate() {
        if !read::<Payout>(place, item)?.fund {
            return Err(Refusal::invalid(format!("`items.{place}.fund` must be `true`")));
        }
        if !keys.insert(read::<Keyed>(place, item)?.idempotency_key) {
            return Err(Refusal::invalid(format!(
                "`items.{place}.idempotency_key` must be unique inside the batch"
            )));
        }
    }
    Ok(())
}

fn read<'i, T: Deserialize<'i>>(place: usize, item: &'i Value) -> Result<T, Refusal> {
    T::deserialize(item).map_err(|error| Refusal::invalid(format!("`items.{place}` cannot be used: {error}")))
}

/// Begins to process a batch.
pub(super) fn process(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    let batch = find(plan.state(), id)?.clone();
    plan.later(STEP, "payout_batch.pay", id);
    set_status(plan, batch, "processing");
    Ok(())
}

/// Pays the items in their order, as far as possible.
pub(super) fn pay(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    let mut batch = find(plan.state(), id)?.clone();
    let results: Vec<Value> = items(&batch).iter().map(|item| pay_one(plan, item)).collect();
    batch.set("results", results);
    // The payouts were planned first, so they are settled by then.
    plan.later(TransferKind::Payout.time(), "payout_batch.complete", id);
    set_status(plan, batch, "paying_out");
    Ok(())
}

/// Completes a batch; its payouts have ended too, completed or failed.
pub(super) fn complete(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    let batch = find(plan.state(), id)?.clone();
    set_status(plan, batch, "completed");
    Ok(())
}

fn set_status(plan: &mut Plan<'_>, mut batch: Object, status: &str) {
    batch.set("status", status);
    plan.put(batch);
}

/// Returns the result of one item: a transfer, or the reason why there is none.
fn pay_one(plan: &mut Plan<'_>, item: &Value) -> Value {
    match transfer(plan, item) {
        Ok(id) => json!({ "transfer_id": id }),
        // The codes of results are in snake case (guides/batch-payouts).
        Err(refusal) => {
            json!({ "error_code": refusal.code().replace('-', "_"), "error_message": refusal.message() })
        }
    }
}

fn transfer(plan: &mut Plan<'_>, item: &Value) -> Result<Uuid, Refusal> {
    let broken = |error: serde_json::Error| Refusal::invalid(error.to_string());
    let key = Keyed::deserialize(item).map_err(broken)?.idempotency_key;
    let (operation, state) = (Scope::item(Kind::PayoutBatch), plan.state());
    let scope = state.key_scope(plan.app(), operation, key, item);
    // The readings for all operations are not those for items, whose results have no status.
    let reading = state.options.key_repeat_for.get("create_payout_batch.items");
    if let Some(record) = state.key_record(&scope).filter(|_| reading != Some(&KeyRepeat::PayAgain)) {
        let shows = matches!(reading, Some(KeyRepeat::Replay | KeyRepeat::ReturnExisting));
        let first = record.made.filter(|_| shows);
        return first.ok_or_else(|| Refusal::known_key("`idempotency_key` was used before"));
    }
    let paid = user_payouts::pay(plan, Payout::deserialize(item).map_err(broken)?);
    // A failed item is retried with a new key, so a failure uses up its key, too (guides/batch-payouts).
    plan.remember(scope, operation, paid.as_ref().ok().map(TransferBody::id));
    paid.map(|transfer| transfer.id())
}

fn list_payout_batches(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let page = resources::page(Kind::PayoutBatch, call, state)?;
    let rows = page.rows.into_iter().map(summary).collect();
    Ok(Decision::unchanged(resources::page_reply(call, state, rows, page.has_more, "payout batch")))
}

fn get_payout_batch(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let batch = resources::find(Kind::PayoutBatch, call, state)?;
    Ok(Decision::unchanged(show(call, state, batch, format!("payout batch {}", batch.id))))
}

fn get_payout_batch_results(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let batch = resources::find(Kind::PayoutBatch, call, state)?;
    let with_request = call.query("include_request") == Some(&Value::Bool(true));
    let results = batch.field("results").as_array().map(Vec::as_slice).unwrap_or_default();
    let results = results.iter().map(Some).chain(std::iter::repeat(None));
    let rows = items(batch).iter().zip(results);
    let rows: Vec<Value> = rows.map(|(item, result)| row(item, result, with_request, state)).collect();
    let mut body = summary(batch);
    if let Some(fields) = body.as_object_mut() {
        fields.insert("items".to_owned(), Value::Array(rows));
    }
    Ok(Decision::unchanged(resources::reply(call, state, body, format!("payout batch {}", batch.id))))
}

/// Shows one item; it has no result before the batch pays.
fn row(item: &Value, result: Option<&Value>, with_request: bool, state: &State) -> Value {
    let of = |value: Option<&Value>, name: &str| value.and_then(|value| value.get(name)).cloned();
    let id = of(result, "transfer_id").and_then(|id| Uuid::try_parse(id.as_str()?).ok());
    let transfer = id.and_then(|id| state.transfers.find(&id));
    let mut row = json!({
        "user_id": of(Some(item), "user_id"),
        "idempotency_key": of(Some(item), "idempotency_key"),
        "metadata": of(Some(item), "metadata"),
        "transfer": transfer.map(|transfer| json!({ "id": transfer.id, "status": transfer.status })),
        "error_code": of(result, "error_code"),
        "error_message": of(result, "error_message"),
    });
    if let Some(fields) = row.as_object_mut().filter(|_| with_request) {
        fields.insert("request".to_owned(), item.clone());
    }
    row
}

/// Shows a batch without its items, which may be many and are not read.
fn summary(batch: &Object) -> Value {
    let mut body = json!({ "id": batch.id, "created": batch.created.to_string() });
    if let Some(fields) = body.as_object_mut() {
        let shown = ["status", "idempotency_key", "metadata"].into_iter();
        let shown = shown.filter_map(|name| Some((name.to_owned(), batch.fields.get(name)?.clone())));
        fields.extend(shown);
    }
    body
}

fn items(batch: &Object) -> &[Value] {
    batch.field("items").as_array().map(Vec::as_slice).unwrap_or_default()
}

fn find(state: &State, id: Uuid) -> Result<&Object, Refusal> {
    let batch = state.objects.find(Kind::PayoutBatch, &id);
    batch.ok_or_else(|| resources::missing(Kind::PayoutBatch, &id.to_string()))
}

fn show(call: &Call<'_>, state: &State, batch: &Object, note: String) -> Reply {
    resources::reply(call, state, summary(batch), note)
}

/// Shows the batch that a repeated key created.
fn show_existing(call: &Call<'_>, state: &State, id: Uuid) -> Option<Reply> {
    let batch = state.objects.find(Kind::PayoutBatch, &id)?;
    Some(show(call, state, batch, format!("existing payout batch {id}")))
}
