//! Responses: each operation has one type of success and one type of error.

use serde_json::Value;

use super::bodies::{JSON, typed};
use crate::problem::Problems;
use crate::regen::fingerprint::without_prose;
use crate::regen::index::{Index, Operation, Part, entries};
use crate::regen::pointer::{Pointer, escape};

/// The class of a status, as the generator sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Success,
    Error,
    /// 1XX and 3XX, which the generated code treats as unexpected.
    Other,
}

/// The content of a response.
#[derive(PartialEq)]
enum Content {
    Nothing,
    Json(Value),
    Other,
}

/// Checks the responses of every operation that is generated.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    for (at, response) in index.responses() {
        for (at, media) in entries(&at, response, "content") {
            typed(&at, media, problems);
        }
    }
    for operation in index.operations.iter().filter(|it| !it.is_hand_written()) {
        statuses(index, operation, problems);
    }
}

/// Checks the statuses of an operation, and the content of each.
fn statuses(index: &Index<'_>, operation: &Operation<'_>, problems: &mut Problems) {
    let at = operation.pointer.key("responses");
    let responses: Vec<_> =
        entries(&operation.pointer, operation.value, "responses").map(|it| (class(&it.0), it)).collect();
    let of =
        |wanted: Class| responses.iter().filter(move |(class, _)| *class == wanted).map(|(_, part)| part);
    for (place, _) in of(Class::Other) {
        problems.add(
            place,
            "a status that is neither a success nor an error",
            "remove it with an overlay action; the generated code would call it unexpected",
        );
    }
    if of(Class::Success).next().is_none() {
        let fix = "write the status that says that it worked, such as `200`";
        problems.add(&at, "no 2XX response; the generator would make one up", fix);
    }
    single_kind(index, &at, "success", of(Class::Success), problems);
    // What no other response says is an error: the generator makes types of successes alone.
    single_kind(index, &at, "error", of(Class::Error), problems);
}

/// Refuses several types of success, or of error; progenitor asserts that there is one of each.
fn single_kind<'a: 'p, 'p>(
    index: &Index<'a>,
    at: &Pointer,
    class: &str,
    responses: impl Iterator<Item = &'p Part<'a>>,
    problems: &mut Problems,
) {
    let mut first: Option<(&Pointer, Content)> = None;
    for (place, response) in responses {
        let Some(response) = index.resolve(response) else { continue };
        let content = content(place, response, problems);
        match &first {
            None => first = Some((place, content)),
            Some((first, known)) if *known != content => {
                let what = format!("several {class} types: {place} differs from {first}");
                problems.add(at, what, "keep one type for all of them, with an overlay action");
                return;
            }
            Some(_) => {}
        }
    }
}

/// The content of one response.
fn content(place: &Pointer, response: &Value, problems: &mut Problems) -> Content {
    let media: Vec<_> = entries(place, response, "content").collect();
    match media.as_slice() {
        [] => Content::Nothing,
        [(at, value)] if at.as_str().ends_with(&format!("/{}", escape(JSON))) => {
            Content::Json(without_prose(value.get("schema").unwrap_or(&Value::Null)))
        }
        [(at, _)] => {
            let what = "a media type that is not generated";
            problems.add(at, what, "write `application/json`, or mark the operation `x-hand-written: true`");
            Content::Other
        }
        several => {
            let what = format!("{} media types in one response", several.len());
            problems.add(
                place.key("content"),
                what,
                "keep `application/json`; remove the others with an overlay action",
            );
            Content::Other
        }
    }
}

/// The class of a status, which is the last segment of its place.
fn class(at: &Pointer) -> Class {
    match at.as_str().rsplit('/').next() {
        Some("default") => Class::Error,
        Some(status) if is_status(status, '2') => Class::Success,
        Some(status) if is_status(status, '4') || is_status(status, '5') => Class::Error,
        _ => Class::Other,
    }
}

/// Tells whether a status is a code or range of one class: `200` or `2XX`.
fn is_status(status: &str, class: char) -> bool {
    status.strip_prefix(class).is_some_and(|rest| {
        rest == "XX" || (rest.len() == 2 && rest.chars().all(|digit| digit.is_ascii_digit()))
    })
}
