//! Generic resources (CRUD): create, get, list and delete for objects without rules of their own, derived from the
//! document's paths and schemas.
//!
//! A table line such as `("list_flows", Handler::resource(Verb::List, Kind::Flow))` handles an operation. A custom
//! handler calls the same functions and adds its rule: [`draft`], [`find`], [`show`], [`list`].

use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    http::{Refusal, Reply},
    plan::{Decision, Plan},
    spec::Style,
    state::{Cursor, Kind, Label, Object, Order, Page, Query, State},
    validation::Call,
};

/// The default page size; Dots does not document its own.
const DEFAULT_LIMIT: usize = 10;

/// What an operation does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Create,
    Get,
    List,
    Delete,
}

/// Handles an operation on a resource.
pub(crate) fn perform(verb: Verb, kind: Kind, call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    match verb {
        Verb::Create => create(kind, call, state),
        Verb::Get => get(kind, call, state),
        Verb::List => list(kind, call, state),
        Verb::Delete => delete(kind, call, state),
    }
}

/// Builds the object that the body describes: with the document's defaults, an id and a time, and without the key.
///
/// # Errors
/// Refuses with 404 when the path names an owner that does not exist.
pub(crate) fn draft(kind: Kind, call: &Call<'_>, plan: &mut Plan<'_>) -> Result<Object, Refusal> {
    let owner = owner(kind, call, plan.state())?;
    let id = plan.id(kind);
    Ok(Object { kind, id, app: call.app, owner, created: plan.now(), fields: call.filled() })
}

/// Finds the object that the path names.
///
/// # Errors
/// Refuses with 404 an object that does not exist, belongs to another app or has another owner.
pub(crate) fn find<'s>(kind: Kind, call: &Call<'_>, state: &'s State) -> Result<&'s Object, Refusal> {
    let owner = owner(kind, call, state)?;
    let traits = kind.traits();
    let found = call.path_id(traits.path).and_then(|id| state.objects.find(kind, &id));
    let is_ours = |object: &&Object| object.owner == owner && (traits.shared || object.app == call.app);
    found.filter(is_ours).ok_or_else(|| missing(kind, call.path_text(traits.path)))
}

/// Returns the refusal for an object that does not exist.
pub(crate) fn missing(kind: Kind, id: &str) -> Refusal {
    Refusal::missing(format!("there is no {} `{id}`", kind.traits().noun))
}

/// Returns an object as JSON with all its fields; [`reply`] removes those that the answer does not have.
pub(crate) fn body(object: &Object) -> Value {
    let mut fields = object.fields.clone();
    fields.insert("id".to_owned(), json!(object.id));
    fields.insert("created".to_owned(), json!(object.created.to_string()));
    fields.insert("api_app_id".to_owned(), json!(object.app));
    Value::Object(fields)
}

/// Builds the answer of an operation from JSON: cut down to the fields of the schema, with times in the current style.
pub(crate) fn reply(call: &Call<'_>, state: &State, body: Value, note: impl Into<String>) -> Reply {
    let status = call.operation.success();
    let shape = call.operation.answer(status).and_then(|answer| answer.shape.as_ref());
    match shape {
        Some(shape) => Reply::json(status, &shape.project(body, style(state)), note),
        None => Reply::empty(status, note),
    }
}

/// Builds the answer that shows one object.
pub(crate) fn show(call: &Call<'_>, state: &State, object: &Object, note: impl Into<String>) -> Reply {
    reply(call, state, body(object), note)
}

/// Shows the object that a repeated key created; nothing when it is gone.
pub(crate) fn show_existing(kind: Kind, call: &Call<'_>, state: &State, id: Uuid) -> Option<Reply> {
    let object = state.objects.find(kind, &id)?;
    Some(show(call, state, object, format!("existing {} {id}", kind.traits().noun)))
}

/// Returns the current style of answers.
pub(crate) fn style(state: &State) -> Style {
    Style { tidy: state.options.tidy_bodies }
}

/// Reads `limit` and the cursors of a list of the acting app; `id` parses a cursor.
pub(crate) fn query<I>(call: &Call<'_>, id: impl Fn(&str) -> Option<I>) -> Result<Query<I>, Refusal> {
    let limit = call.query("limit").and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok());
    let read = |name: &str| {
        let text = call.query(name)?.as_str()?;
        Some(id(text).ok_or_else(|| unknown_cursor(name)))
    };
    let cursor = match (read("starting_after"), read("ending_before")) {
        (Some(id), _) => Cursor::StartingAfter(id?),
        (None, Some(id)) => Cursor::EndingBefore(id?),
        (None, None) => Cursor::Start,
    };
    let order = match call.query("reverse_order") {
        Some(Value::Bool(true)) => Order::OldestFirst,
        _ => Order::NewestFirst,
    };
    Ok(Query { cursor, order, ..Query::first(limit.unwrap_or(DEFAULT_LIMIT)) })
}

/// Returns the refusal for a cursor that was never in the list.
pub(crate) fn unknown_cursor(name: &str) -> Refusal {
    Refusal::invalid(format!("`{name}` is not the id of a row of this list"))
}

/// Returns the refusal for the cursor of this request.
pub(crate) fn bad_cursor(call: &Call<'_>) -> Refusal {
    let name = if call.query("starting_after").is_some() { "starting_after" } else { "ending_before" };
    unknown_cursor(name)
}

/// Describes a page, for the transcript.
pub(crate) fn count(rows: usize, has_more: bool, singular: &str) -> String {
    let plural = match (rows, singular.strip_suffix('y')) {
        (1, _) => singular.to_owned(),
        (_, Some(stem)) => format!("{stem}ies"),
        (_, None) if singular.ends_with("ch") => format!("{singular}es"),
        (_, None) => format!("{singular}s"),
    };
    format!("{rows} {plural}{}", if has_more { ", has more" } else { "" })
}

/// Builds the answer of a list: a page, or a bare array where the document has one.
pub(crate) fn page_reply(
    call: &Call<'_>,
    state: &State,
    rows: Vec<Value>,
    has_more: bool,
    singular: &str,
) -> Reply {
    let note = count(rows.len(), has_more, singular);
    let status = call.operation.success();
    let shape = call.operation.answer(status).and_then(|answer| answer.shape.as_ref());
    let Some((list, row)) = shape.and_then(|shape| Some((shape, shape.rows()?))) else {
        return reply(call, state, json!({ "data": rows, "has_more": has_more }), note);
    };
    let style = style(state);
    let rows = rows.into_iter().map(|shown| row.project(shown, style));
    Reply::list(status, rows, (!list.is_array()).then_some(has_more), note)
}

/// Returns the objects that a list request asks for.
///
/// # Errors
/// Refuses a cursor that was never in the list, and an owner that does not exist.
pub(crate) fn page<'s>(kind: Kind, call: &Call<'_>, state: &'s State) -> Result<Page<'s, Object>, Refusal> {
    let traits = kind.traits();
    let mut query = query(call, |text| Uuid::try_parse(text).ok())?;
    if !call.operation.parameters.iter().any(|parameter| parameter.name == "limit") {
        // A list without pagination is shown whole.
        query.limit = usize::MAX;
    }
    query.labels.extend(owner(kind, call, state)?.map(Label::owner));
    let wanted = |field: &&str| Some(kind.label(field, call.query(field)?.as_str()?));
    query.labels.extend(traits.filters.iter().filter_map(wanted));
    if !traits.shared {
        query.labels.push(Label::app(call.app));
    }
    state.objects.page(kind, &query).map_err(|_| bad_cursor(call))
}

fn create(kind: Kind, call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let mut plan = Plan::new(call, state);
    let object = draft(kind, call, &mut plan)?;
    let reply = show(call, state, &object, format!("created {} {}", kind.traits().noun, object.id));
    plan.made(object.id);
    plan.put(object);
    Ok(plan.answer(reply))
}

fn get(kind: Kind, call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let object = find(kind, call, state)?;
    Ok(Decision::unchanged(show(call, state, object, format!("{} {}", kind.traits().noun, object.id))))
}

fn list(kind: Kind, call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let page = page(kind, call, state)?;
    let rows = page.rows.into_iter().map(body).collect();
    Ok(Decision::unchanged(page_reply(call, state, rows, page.has_more, kind.traits().noun)))
}

fn delete(kind: Kind, call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let object = find(kind, call, state)?;
    let noun = kind.traits().noun;
    let mut shown = body(object);
    if let Some(fields) = shown.as_object_mut() {
        // Some operations answer with the object, some with the fact; the projection keeps what the schema has.
        fields.insert("deleted".to_owned(), json!(true));
        fields.insert("object".to_owned(), json!(noun.replace(' ', "_")));
    }
    let mut plan = Plan::new(call, state);
    plan.remove(kind, object.id);
    Ok(plan.answer(reply(call, state, shown, format!("deleted {noun} {}", object.id))))
}

/// Returns the owner that the path names, for a kind that has one.
fn owner(kind: Kind, call: &Call<'_>, state: &State) -> Result<Option<Uuid>, Refusal> {
    let Some(owner) = kind.traits().owner else { return Ok(None) };
    let path = owner.traits().path;
    let found = call.path_id(path).and_then(|id| state.objects.find(owner, &id));
    let found = found.filter(|object| owner.traits().shared || object.app == call.app);
    found.map(|object| Some(object.id)).ok_or_else(|| missing(owner, call.path_text(path)))
}

#[cfg(test)]
mod tests;
