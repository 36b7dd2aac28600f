//! Whom a difference concerns, if Dots' document is right and ours is what callers and readers were told.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::regen::changes::Effect;

/// Who meets a part of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// What callers send.
    Requests,
    /// What readers get.
    Answers,
    /// What webhooks bring.
    Events,
}

impl Side {
    /// Its name in `accepted.yaml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Answers => "answers",
            Self::Events => "events",
        }
    }

    /// Whom a difference concerns that may be of any kind.
    pub(super) fn worst(self) -> Effect {
        match self {
            Self::Requests => Effect::Callers,
            Self::Answers | Self::Events => Effect::Readers,
        }
    }

    /// Whom it concerns that Dots takes or gives less than we say.
    fn narrower(self) -> Effect {
        match self {
            Self::Requests => Effect::Callers,
            Self::Answers | Self::Events => Effect::Additive,
        }
    }

    /// Whom it concerns that Dots takes or gives more than we say.
    fn wider(self) -> Effect {
        match self {
            Self::Requests => Effect::Additive,
            Self::Answers | Self::Events => Effect::Readers,
        }
    }
}

/// Lower bounds: a greater number allows less.
const LOWER: &[&str] = &["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];

/// Upper bounds: a smaller number allows less.
const UPPER: &[&str] = &["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];

/// The class of a difference in a fact of a schema.
pub(super) fn of(side: Side, aspect: &str, upstream: &Value, ours: &Value) -> Effect {
    match aspect {
        "type" => types(side, upstream, ours),
        "null" | "required" => flag(side, aspect, upstream),
        "enum" => values(side, upstream, ours),
        "default" if ours.is_null() => Effect::Additive,
        "default" => side.worst(),
        "deprecated" => Effect::Prose,
        "closed"
        | "uniqueItems"
        | "rule"
        | "pattern"
        | "format"
        | "multipleOf"
        | "required without a field" => match (upstream.is_null(), ours.is_null()) {
            (false, true) => side.narrower(),
            (true, false) => side.wider(),
            _ => side.worst(),
        },
        key if LOWER.contains(&key) || UPPER.contains(&key) => bound(side, key, upstream, ours),
        _ => side.worst(),
    }
}

/// What may be null is more; what is required is less.
fn flag(side: Side, aspect: &str, upstream: &Value) -> Effect {
    let is_set = upstream == &Value::Bool(true);
    if is_set == (aspect == "required") { side.narrower() } else { side.wider() }
}

fn types(side: Side, upstream: &Value, ours: &Value) -> Effect {
    let all = |value: &Value| -> BTreeSet<String> {
        value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (upstream, ours) = (all(upstream), all(ours));
    let holds = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.is_empty()
            || !other.is_empty()
                && other.iter().all(|it| one.contains(it) || (it == "integer" && one.contains("number")))
    };
    match (holds(&ours, &upstream), holds(&upstream, &ours)) {
        (true, false) => side.narrower(),
        (false, true) => side.wider(),
        _ => side.worst(),
    }
}

/// Enums are open in answers: a new value is read, and one that is gone is a variant that nothing returns.
fn values(side: Side, upstream: &Value, ours: &Value) -> Effect {
    let (Some(upstream), Some(ours)) = (upstream.as_array(), ours.as_array()) else {
        return if ours.is_null() { side.narrower() } else { side.wider() };
    };
    let is_gone = ours.iter().any(|it| !upstream.contains(it));
    if is_gone { side.worst() } else { Effect::Additive }
}

fn bound(side: Side, key: &str, upstream: &Value, ours: &Value) -> Effect {
    let number = |value: &Value| {
        value.as_f64().or_else(|| value.as_str()?.trim_start_matches(['<', '>', ' ']).parse().ok())
    };
    let is_narrower = match (number(upstream), number(ours)) {
        (Some(_), None) => Some(true),
        (None, Some(_)) => Some(false),
        (Some(upstream), Some(ours)) if upstream != ours => Some((upstream > ours) == LOWER.contains(&key)),
        _ => None,
    };
    match is_narrower {
        Some(true) => side.narrower(),
        Some(false) => side.wider(),
        None => side.worst(),
    }
}

/// The class of a field, parameter or body that only one side has.
pub(super) fn presence(side: Side, is_upstream: bool, required: bool) -> Effect {
    match (is_upstream, side) {
        (true, Side::Requests) if required => Effect::Callers,
        (true, _) => Effect::Additive,
        (false, side) => side.worst(),
    }
}
