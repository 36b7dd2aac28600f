//! The tag `transfer-batches`: many transfers between an app and its users in one call. Each item succeeds or fails on
//! its own, once the clock reaches its time.

use std::{collections::HashMap, time::Duration};

use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Entry, Handler,
    resources::{self, Verb},
    transfers::{self, CreateTransfer},
};
use crate::{
    http::{Refusal, Reply},
    options::KeyRepeat,
    plan::{Decision, Plan},
    state::{Kind, Scope, State},
    validation::Call,
};

pub(super) const HANDLERS: &[Entry] = &[
    ("list_transfer_batches", Handler::resource(Verb::List, Kind::TransferBatch)),
    ("create_transfer_batch", Handler::custom(create_transfer_batch).showing(show_existing)),
    ("get_transfer_batch", Handler::resource(Verb::Get, Kind::TransferBatch)),
];

/// How long a batch is `pending`.
const TIME: Duration = Duration::from_secs(10);

/// The document requires none of these; an item without them fails on its own.
#[derive(Deserialize)]
struct Item {
    amount: Option<i64>,
    user_id: Option<Uuid>,
    idempotency_key: Option<Uuid>,
    metadata: Option<Value>,
}

#[derive(Deserialize)]
struct CreateTransferBatch {
    #[serde(default)]
    #[expect(dead_code, reason = "reading them is all that is asked of them")]
    items: Vec<Item>,
}

fn create_transfer_batch(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    // Parsed only to refuse, before anything happens, an item that cannot be read.
    call.body::<CreateTransferBatch>()?;
    let mut plan = Plan::new(call, state);
    let mut batch = resources::draft(Kind::TransferBatch, call, &mut plan)?;
    batch.keep(&["items", "metadata"]);
    let items = batch.field("items").as_array().into_iter().flatten().map(known_fields);
    let items: Vec<Value> = items.collect();
    batch.set("items", items);
    batch.set("status", "pending");
    let reply = resources::show(call, state, &batch, format!("created transfer batch {}", batch.id));
    plan.made(batch.id);
    plan.later(TIME, "transfer_batch.process", batch.id);
    plan.put(batch);
    Ok(plan.answer(reply))
}

/// Returns an item without unknown fields, so that a request cannot set its own result.
fn known_fields(item: &Value) -> Value {
    let known = ["amount", "user_id", "tax_exempt", "idempotency_key", "metadata"].into_iter();
    known.filter_map(|name| Some((name.to_owned(), item.get(name)?.clone()))).collect()
}

/// Moves the money of the items in their order, as far as possible.
pub(super) fn process(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    let batch = plan.state().objects.find(Kind::TransferBatch, &id);
    let missing = || resources::missing(Kind::TransferBatch, &id.to_string());
    let mut batch = batch.ok_or_else(missing)?.clone();
    let mut keys = HashMap::new();
    let items = batch.field("items").as_array().into_iter().flatten();
    let done: Vec<Value> = items.map(|item| process_one(plan, &mut keys, item)).collect();
    batch.set("items", done);
    batch.set("status", "completed");
    plan.put(batch);
    Ok(())
}

/// Adds its result to an item: a transfer, or the reason why there is none.
fn process_one(plan: &mut Plan<'_>, keys: &mut HashMap<Scope, Uuid>, item: &Value) -> Value {
    let outcome = transfer(plan, keys, item);
    let mut fields: Map<String, Value> = item.as_object().cloned().unwrap_or_default();
    let (name, value) = match outcome {
        Ok(id) => ("transfer_id", id.to_string()),
        Err(refusal) => ("error", refusal.message().to_owned()),
    };
    fields.insert(name.to_owned(), Value::String(value));
    Value::Object(fields)
}

/// Makes the transfer of an item, or finds the one that the item's key created before ([references/idempotency]).
///
/// [references/idempotency]: https://docs.dots.dev/references/idempotency
fn transfer(plan: &mut Plan<'_>, keys: &mut HashMap<Scope, Uuid>, item: &Value) -> Result<Uuid, Refusal> {
    let (operation, state, whole) = (Scope::item(Kind::TransferBatch), plan.state(), item);
    let item = Item::deserialize(whole).map_err(|error| Refusal::invalid(error.to_string()))?;
    let scope = item.idempotency_key.map(|key| state.key_scope(plan.app(), operation, key, whole));
    let known = scope.and_then(|scope| {
        let before = state.key_record(&scope).and_then(|record| record.made);
        before.or_else(|| keys.get(&scope).copied())
    });
    // The readings for all operations are not those for items, whose results have no status.
    let reading = state.options.key_repeat_for.get("create_transfer_batch.items");
    match (known, reading) {
        (Some(_), Some(KeyRepeat::Reject)) => {
            return Err(Refusal::known_key("`idempotency_key` was used before"));
        }
        (Some(id), reading) if reading != Some(&KeyRepeat::PayAgain) => return Ok(id),
        _ => {}
    }
    let required = |name: &str| Refusal::invalid(format!("`{name}` is required"));
    let request = CreateTransfer {
        amount: item.amount.ok_or_else(|| required("amount"))?,
        user_id: item.user_id.ok_or_else(|| required("user_id"))?,
        metadata: item.metadata,
    };
    let id = transfers::move_money(plan, request)?.id();
    if let Some(scope) = scope {
        plan.remember(scope, operation, Some(id));
        keys.insert(scope, id);
    }
    Ok(id)
}

/// Shows the batch that a repeated key created.
fn show_existing(call: &Call<'_>, state: &State, id: Uuid) -> Option<Reply> {
    resources::show_existing(Kind::TransferBatch, call, state, id)
}
