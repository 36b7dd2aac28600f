//! Extensions: `x-idempotency` and `x-pagination` agree with their operation, `x-event` and the like with the payload.
//!
//! Without `x-idempotency` the client would have to guess whether it may retry an operation with an idempotency key. A
//! wrong guess loses money.

use serde_json::Value;

use crate::problem::Problems;
use crate::regen::index::{Index, Operation, text};
use crate::regen::lower::events;
use crate::regen::names;
use crate::regen::pointer::Pointer;

/// The values of `x-idempotency`: what Dots does with a known key.
pub(super) const IDEMPOTENCY: &[&str] = &["returns-existing", "rejects-duplicate", "unspecified"];

/// The values of `x-pagination`.
pub(super) const PAGINATION: &[&str] = &["cursor", "none"];

/// Checks the extensions of each operation and each payload.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    for operation in &index.operations {
        idempotency(index, operation, problems);
        pagination(index, operation, problems);
    }
    let names: Vec<&str> =
        index.components("schemas").filter_map(|(_, _, schema)| text(schema, "x-event")).collect();
    for (name, at, schema) in index.components("schemas") {
        event(&at, schema, &names, problems);
        unnamed_event(name, &at, schema, problems);
    }
    if !names.is_empty() {
        any_event(index, problems);
    }
}

/// Refuses a payload that names no event: no operation refers to it, and it would vanish.
fn unnamed_event(name: &str, at: &Pointer, schema: &Value, problems: &mut Problems) {
    let is_marked = ["x-event", "x-event-form"].iter().any(|key| schema.get(key).is_some());
    if name.starts_with(events::ANY) && name != events::ANY && !is_marked {
        problems.add(
            at,
            format!("`{name}` is named like the payload of an event, and no `x-event` says of which"),
            "name its event with `x-event` in the overlay, or rename it",
        );
    }
}

/// Refuses references to the schema of any payload, which becomes an enum that only reads.
fn any_event(index: &Index<'_>, problems: &mut Problems) {
    let reference = format!("#/components/schemas/{}", events::ANY);
    for schema in index.schemas.iter().filter(|it| text(it.value, "$ref") == Some(reference.as_str())) {
        let what = format!("a reference to `{}`, which is the enum of all payloads", events::ANY);
        problems.add(&schema.pointer, what, "refer to the payloads one by one");
    }
}

/// Refuses an operation whose body takes a key without `x-idempotency`, and the reverse.
fn idempotency(index: &Index<'_>, operation: &Operation<'_>, problems: &mut Problems) {
    let keys = Keys::of(index, operation);
    match (keys.is_some_at_top(), operation.value.get("x-idempotency").is_some()) {
        (true, true) => keys.types(index, operation, problems),
        (true, false) => problems.add(
            &operation.pointer,
            "the body takes an `idempotency_key` and no `x-idempotency` says what a known key does",
            format!("mark it in the overlay with one of {}", super::listed(IDEMPOTENCY)),
        ),
        (false, true) => problems.add(
            operation.pointer.key("x-idempotency"),
            "`x-idempotency` on an operation whose body takes no `idempotency_key`",
            "remove it, or add the key to the body",
        ),
        (false, false) if !keys.all.is_empty() => problems.add(
            &operation.pointer,
            "the body takes an `idempotency_key` in an inner object alone, where the client does not look for one",
            "mark the operation `x-hand-written: true` and write it in dots-api",
        ),
        (false, false) => {}
    }
}

/// The idempotency keys of a body, those of its parts included: a batch has one for each item.
#[derive(Default)]
struct Keys<'a> {
    /// The name, the schema, and whether the body itself has it.
    all: Vec<(&'a str, &'a Value, bool)>,
    /// The schemas that were looked at; a schema may refer to itself.
    seen: Vec<*const Value>,
}

impl<'a> Keys<'a> {
    fn of(index: &Index<'a>, operation: &Operation<'a>) -> Self {
        let mut keys = Self::default();
        let body = operation.value.get("requestBody").and_then(|body| index.resolve(body));
        let media = body.and_then(|body| body.get("content")).and_then(Value::as_object);
        for schema in media.into_iter().flatten().filter_map(|(_, media)| media.get("schema")) {
            keys.find(index, schema, true);
        }
        keys
    }

    fn find(&mut self, index: &Index<'a>, schema: &'a Value, is_top: bool) {
        let Some(schema) = index.resolve(schema).filter(|it| !self.seen.contains(&std::ptr::from_ref(*it)))
        else {
            return;
        };
        self.seen.push(schema);
        for (name, value) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if names::is_key(name) {
                self.all.push((name, value, is_top));
            }
            self.find(index, value, false);
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            for part in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
                self.find(index, part, is_top);
            }
        }
        for key in ["items", "additionalProperties"] {
            schema.get(key).into_iter().for_each(|inner| self.find(index, inner, false));
        }
    }

    fn is_some_at_top(&self) -> bool {
        self.all.iter().any(|(.., is_top)| *is_top)
    }

    /// Refuses a key that is not of the type of keys, which the client would not know as one.
    fn types(&self, index: &Index<'a>, operation: &Operation<'a>, problems: &mut Problems) {
        for (name, value, _) in &self.all {
            let typed = text(value, "x-type").or_else(|| text(index.resolve(value)?, "x-type"));
            if typed != Some("IdempotencyKey") {
                problems.add(
                    &operation.pointer,
                    format!("the `{name}` of its body is not marked as a key"),
                    "mark it with `x-type: IdempotencyKey` in the overlay",
                );
            }
        }
    }
}

/// Refuses an operation that takes cursors without `x-pagination`, and `x-pagination: cursor` without cursors.
fn pagination(index: &Index<'_>, operation: &Operation<'_>, problems: &mut Problems) {
    let parameters = index.parameters_of(operation);
    let cursor = parameters.iter().any(|(_, it)| text(it, "name") == Some("starting_after"));
    match (cursor, text(operation.value, "x-pagination")) {
        (true, None) => problems.add(
            &operation.pointer,
            "the operation takes `starting_after` and carries no `x-pagination`",
            format!("mark it in the overlay with one of {}", super::listed(PAGINATION)),
        ),
        (false, Some("cursor")) => problems.add(
            operation.pointer.key("x-pagination"),
            "`x-pagination: cursor` on an operation without the parameter `starting_after`",
            "remove it, or add the parameter",
        ),
        _ => {}
    }
}

/// Refuses an `x-event` that the payload does not carry, and aliases and forms of what is not an event.
fn event(at: &Pointer, schema: &Value, names: &[&str], problems: &mut Problems) {
    let marked = text(schema, "x-event");
    let in_body = schema.pointer("/properties/event/enum").and_then(Value::as_array);
    if let (Some(name), Some(values)) = (marked, in_body)
        && *values != [Value::from(name)]
    {
        problems.add(
            at.key("x-event"),
            format!("`x-event` is `{name}`, and the body's `event` takes other values"),
            "write the one value of `event`",
        );
    }
    if marked.is_none() && schema.get("x-event-alias").is_some() {
        problems.add(
            at.key("x-event-alias"),
            "`x-event-alias` on a schema without `x-event`",
            "remove it, or name the event",
        );
    }
    if let Some(name) = text(schema, "x-event-form").filter(|name| marked.is_some() || !names.contains(name))
    {
        problems.add(
            at.key("x-event-form"),
            format!("`x-event-form: {name}` is not another form of an event"),
            "name the `x-event` of another schema",
        );
    }
}
