//! Payments: what a body asks to pay, and what an answer says was paid.
//!
//! `dots-api-ext` compares the two, and tells stored payments apart by the first. A rule finds the parts: the amount is
//! the field `amount` in cents, a user is known by the type of the id, and a payee by country code, phone number and
//! e-mail address. `x-pays` says what the rule cannot know.

use super::kinds;
use super::model::{Call, Field, Model, Presence, Struct, item, struct_of};
use crate::problem::Problems;
use crate::regen::lower::Lowered;
use crate::regen::names;
use crate::regen::pointer::escape;

/// A part of a payment, and the fields that lead to it.
type Part<'a> = (&'static str, Vec<&'a Field>);

/// The parts that no payee has.
const AMOUNT: &str = "amount";
const KEY: &str = "key";

/// Writes what an operation asks to pay, and what its answer says was paid.
pub(super) fn rows(call: &Call, model: &Model, lowered: &Lowered) -> Vec<String> {
    let Some(body) = body(call, model).filter(|_| !pays_nothing(call, lowered)) else { return Vec::new() };
    let asked = parts(body, model, lowered);
    let amount = asked.iter().find(|(part, _)| *part == AMOUNT).and_then(|(_, path)| path.first());
    let is_signed = amount.is_some_and(|amount| mark(body, amount, lowered) == Some("signed-amount"));
    let pays = amount.map(|_| row("pays", is_signed, &asked));
    // A key without an amount is that of a batch, which an answer may repeat.
    let is_compared = amount.is_some() || body.fields.iter().any(|field| names::is_key(&field.wire));
    let said = struct_of(&call.output, model).filter(|_| is_compared);
    let said = said.map(|answer| parts(answer, model, lowered)).filter(|said| !said.is_empty());
    pays.into_iter().chain(said.map(|said| row("paid", false, &said))).collect()
}

/// Refuses payments that could not be compared with an answer, or told from others.
pub(super) fn check(model: &Model, lowered: &Lowered) -> Result<(), Problems> {
    let mut problems = Problems::none();
    for structure in &model.structs {
        refuse_idle_marks(structure, model, lowered, &mut problems);
    }
    for call in model.calls.iter().filter(|call| !pays_nothing(call, lowered)) {
        let (body, Some(facts)) = (body(call, model), lowered.operations.get(&call.id)) else { continue };
        let has_amount = |whole: &Struct| parts(whole, model, lowered).iter().any(|it| it.0 == AMOUNT);
        let items = body.into_iter().flat_map(|it| &it.fields).filter_map(|field| item(&field.kind));
        let is_batch = items.filter_map(|kind| struct_of(kind, model)).any(has_amount);
        let pays = body.is_some_and(has_amount);
        if facts.idempotency.is_some() && !pays && !is_batch {
            problems.add(
                facts.place(),
                format!("`{}` takes an idempotency key, and nothing in its body is known as its amount", call.id),
                "mark the amount with `x-type: Cents`, and with `x-pays: amount` if that is not its name; mark an \
                 operation that moves no money with `x-pays: nothing`",
            );
        }
        for whole in body.into_iter().chain(struct_of(&call.output, model)).filter(|_| pays) {
            refuse_two_of_a_kind(whole, model, lowered, &mut problems);
        }
    }
    problems.or(())
}

/// Refuses marks on what cannot be what they say.
fn refuse_idle_marks(whole: &Struct, model: &Model, lowered: &Lowered, problems: &mut Problems) {
    for field in &whole.fields {
        let (is_cents, inner) = (kinds::shown(&field.kind) == "Cents", struct_of(&field.kind, model));
        let fits = match mark(whole, field, lowered) {
            Some("amount" | "signed-amount") => is_cents,
            Some("payee") => inner.is_some(),
            _ => true,
        };
        if !fits {
            problems.add(
                format!("{}/x-pays", place(whole, field, lowered)),
                "`x-pays` here would have no effect: an amount is `x-type: Cents`, and a payee an object",
                "put it on the property that it is about",
            );
        }
    }
}

/// Refuses objects with two fields for one part, of which the rule cannot know the right one.
fn refuse_two_of_a_kind(whole: &Struct, model: &Model, lowered: &Lowered, problems: &mut Problems) {
    let parts = parts(whole, model, lowered);
    for (index, (part, path)) in parts.iter().enumerate() {
        let Some((_, other)) = parts.iter().take(index).find(|(other, _)| other == part) else { continue };
        let [one, other] =
            [path, other].map(|it| it.iter().map(|it| it.wire.as_str()).collect::<Vec<_>>().join("."));
        problems.add(
            path.first().map_or_else(String::new, |field| place(whole, field, lowered)),
            format!("`{one}` and `{other}` both look like the {part} of a payment"),
            "mark the one that does not tell what is paid to whom with `x-pays: nothing`",
        );
    }
}

fn pays_nothing(call: &Call, lowered: &Lowered) -> bool {
    lowered.operations.get(&call.id).is_some_and(|facts| facts.pays_nothing)
}

fn body<'a>(call: &Call, model: &'a Model) -> Option<&'a Struct> {
    call.arguments.iter().find(|it| it.wire == "body").and_then(|it| struct_of(&it.kind, model))
}

/// The parts of a payment that an object names, itself or by its payee and its user.
fn parts<'a>(whole: &'a Struct, model: &'a Model, lowered: &Lowered) -> Vec<Part<'a>> {
    let mut found = Vec::new();
    for field in &whole.fields {
        let mark = mark(whole, field, lowered);
        found.extend(part(field, mark).map(|part| (part, vec![field])));
        let Some(inner) = struct_of(&field.kind, model) else { continue };
        let is_payee = mark.unwrap_or(&field.wire) == "payee";
        let of_inner =
            inner.fields.iter().filter_map(|it| Some((part(it, self::mark(inner, it, lowered))?, it)));
        let told = of_inner.filter(|(part, it)| match *part {
            AMOUNT | KEY => false,
            "user" => is_payee || (it.wire == "id" && mark.is_none()),
            _ => is_payee,
        });
        found.extend(told.map(|(part, it)| (part, vec![field, it])));
    }
    found
}

/// The part of a payment that a field is.
fn part(field: &Field, mark: Option<&str>) -> Option<&'static str> {
    let (kind, wire) = (kinds::shown(&field.kind), names::snake(&field.wire));
    match (mark, kind.as_str(), wire.as_str()) {
        _ if field.presence == Presence::Clearable => None,
        (Some("amount" | "signed-amount"), "Cents", _) | (None, "Cents", "amount") => Some(AMOUNT),
        (None, "UserId", _) => Some("user"),
        (None, "CountryCode", _) | (None, "String", "country_code") => Some("country_code"),
        (None, "PhoneNumber", _) | (None, "String", "phone_number") => Some("phone"),
        (None, "String", "email") => Some("email"),
        (None, "String", wire) if names::is_key(wire) => Some(KEY),
        _ => None,
    }
}

/// What `x-pays` says of a field.
fn mark<'a>(whole: &Struct, field: &Field, lowered: &'a Lowered) -> Option<&'a str> {
    lowered.fields.get(&(whole.name.to_string(), field.wire.clone()))?.pays.as_deref()
}

fn place(whole: &Struct, field: &Field, lowered: &Lowered) -> String {
    format!("{}/properties/{}", lowered.place(&whole.name.to_string()), escape(&field.wire))
}

/// Writes the parts of a payment as a row of the table of an operation.
fn row(name: &str, is_signed: bool, parts: &[Part<'_>]) -> String {
    let path = |path: &[&Field]| {
        let steps = path.iter().map(|field| {
            let how = if field.presence == Presence::Required { "required" } else { "optional" };
            format!("{how} {}", field.name)
        });
        steps.collect::<Vec<_>>().join(" ")
    };
    let amount = parts.iter().find(|(part, _)| *part == AMOUNT);
    let amount = amount.map(|(_, it)| format!(" {}", path(it))).unwrap_or_default();
    let signed = if is_signed { " signed" } else { "" };
    let others = parts.iter().filter(|(part, _)| *part != AMOUNT);
    let others: String = others.map(|(part, it)| format!("            {part}: {},\n", path(it))).collect();
    let others = if others.is_empty() { others } else { format!("\n{others}        ") };
    format!("{name}:{amount}{signed} [{others}]")
}
