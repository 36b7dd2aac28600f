//! Two documents compared: every difference, wherever it is met.

mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::api::{Answer, Api, Body, Call, Parameter};
use super::classes::{self, Side};
use super::place::Place;
use super::shape::Shape;
use crate::regen::changes::Effect;

/// One difference at one place.
#[derive(Clone, Debug)]
pub(super) struct Difference {
    /// The definition, parameter or operation that differs.
    pub(super) target: String,
    /// Who meets it.
    pub(super) side: Side,
    /// What differs: `type`, `field`, `required`.
    pub(super) aspect: String,
    /// What Dots says; null where it says nothing.
    pub(super) upstream: Value,
    /// What we say.
    pub(super) ours: Value,
    /// Whom it concerns.
    pub(super) effect: Effect,
    /// The operation behind it.
    pub(super) operation: String,
    /// The operation's id: ours, or Dots' if we do not have it.
    pub(super) id: String,
    /// Where Dots says it, or would.
    pub(super) upstream_at: Option<Place>,
    /// Where we say it, or would.
    pub(super) ours_at: Option<Place>,
    /// What could be written into our document.
    pub(super) paste: Option<String>,
}

/// Compares two documents.
pub(super) fn compare(upstream: &Api, ours: &Api, with_events: bool) -> Vec<Difference> {
    let mut found = Vec::new();
    servers(&upstream.servers, &ours.servers, &mut found);
    let keys: BTreeSet<&String> = upstream.operations.keys().chain(ours.operations.keys()).collect();
    for key in keys {
        let calls = (upstream.operations.get(key), ours.operations.get(key));
        let is_event = [calls.0, calls.1].into_iter().flatten().any(|call| call.is_event);
        if is_event && !with_events {
            continue;
        }
        match calls {
            (Some(upstream), Some(ours)) => Pair::of(upstream, ours, &mut found).compare(upstream, ours),
            (Some(upstream), None) => found.push(lone(upstream, true)),
            (None, Some(ours)) => found.push(lone(ours, false)),
            (None, None) => {}
        }
    }
    found
}

fn servers(upstream: &BTreeSet<String>, ours: &BTreeSet<String>, found: &mut Vec<Difference>) {
    for address in upstream.symmetric_difference(ours) {
        let is_upstream = upstream.contains(address);
        let effect = if is_upstream { Effect::Additive } else { Effect::Callers };
        found.push(Difference {
            target: "servers".to_owned(),
            aspect: address.clone(),
            ..bare(Side::Requests, is_upstream, "present".into(), effect)
        });
    }
}

/// An operation that only one side has.
fn lone(call: &Call, is_upstream: bool) -> Difference {
    let side = if call.is_event { Side::Events } else { Side::Requests };
    let place = Some(call.place.clone());
    Difference {
        target: call.title.clone(),
        aspect: if call.is_event { "webhook" } else { "operation" }.to_owned(),
        operation: call.title.clone(),
        id: call.id.clone(),
        upstream_at: place.clone().filter(|_| is_upstream),
        ours_at: place.filter(|_| !is_upstream),
        ..bare(side, is_upstream, "present".into(), classes::presence(side, is_upstream, false))
    }
}

/// A difference of something that one side has and the other has not.
fn bare(side: Side, is_upstream: bool, value: Value, effect: Effect) -> Difference {
    let (upstream, ours) = if is_upstream { (value, Value::Null) } else { (Value::Null, value) };
    Difference {
        target: String::new(),
        side,
        aspect: String::new(),
        upstream,
        ours,
        effect,
        operation: String::new(),
        id: String::new(),
        upstream_at: None,
        ours_at: None,
        paste: None,
    }
}

/// The two sides of one operation.
struct Pair<'a> {
    title: &'a str,
    id: &'a str,
    places: (&'a Place, &'a Place),
    found: &'a mut Vec<Difference>,
}

impl<'a> Pair<'a> {
    fn of(upstream: &'a Call, ours: &'a Call, found: &'a mut Vec<Difference>) -> Self {
        Self { title: &ours.title, id: &ours.id, places: (&upstream.place, &ours.place), found }
    }

    /// Adds a difference of the operation itself or of a part of it.
    fn add(&mut self, target: &str, aspect: &str, mut difference: Difference) {
        difference.target = target.to_owned();
        difference.aspect = aspect.to_owned();
        difference.operation = self.title.to_owned();
        difference.id = self.id.to_owned();
        difference.upstream_at.get_or_insert_with(|| self.places.0.clone());
        difference.ours_at.get_or_insert_with(|| self.places.1.clone());
        self.found.push(difference);
    }

    fn compare(&mut self, upstream: &Call, ours: &Call) {
        let title = self.title;
        for (key, upstream, ours) in facts(&upstream.facts, &ours.facts) {
            let effect = if key == "deprecated" { Effect::Prose } else { Effect::Callers };
            self.add(
                title,
                key,
                Difference { upstream, ours, ..bare(Side::Requests, true, Value::Null, effect) },
            );
        }
        self.parameters(Side::Requests, &upstream.parameters, &ours.parameters);
        self.bodies(
            if ours.is_event { Side::Events } else { Side::Requests },
            upstream.body.as_ref(),
            ours.body.as_ref(),
        );
        let statuses: BTreeSet<&String> = upstream.answers.keys().chain(ours.answers.keys()).collect();
        for status in statuses {
            self.answer(status, upstream.answers.get(status), ours.answers.get(status));
        }
    }

    fn parameters(
        &mut self,
        side: Side,
        upstream: &BTreeMap<String, Parameter>,
        ours: &BTreeMap<String, Parameter>,
    ) {
        let keys: BTreeSet<&String> = upstream.keys().chain(ours.keys()).collect();
        for key in keys {
            match (upstream.get(key), ours.get(key)) {
                (Some(upstream), Some(ours)) => self.parameter(side, upstream, ours),
                (one, other) => {
                    let Some(only) = one.or(other) else { continue };
                    let is_upstream = one.is_some();
                    let duty = if only.required { ", required" } else { "" };
                    let effect = classes::presence(side, is_upstream, only.required);
                    let value = format!("{}{duty}", only.shape.told());
                    let mut difference = bare(side, is_upstream, value.into(), effect);
                    let place = only.shape.place.clone();
                    if is_upstream {
                        difference.upstream_at = place;
                    } else {
                        difference.ours_at = place;
                    }
                    self.add(&only.title, "parameter", difference);
                }
            }
        }
    }

    fn parameter(&mut self, side: Side, upstream: &Parameter, ours: &Parameter) {
        let places = (upstream.shape.place.clone(), ours.shape.place.clone());
        let note = |aspect: &str, upstream: Value, ours: Value, effect: Effect| {
            let difference = Difference {
                upstream,
                ours,
                upstream_at: places.0.clone(),
                ours_at: places.1.clone(),
                ..bare(side, true, Value::Null, effect)
            };
            (aspect.to_owned(), difference)
        };
        let mut noted = Vec::new();
        if upstream.required != ours.required {
            let effect = classes::of(side, "required", &upstream.required.into(), &ours.required.into());
            noted.push(note("required", upstream.required.into(), ours.required.into(), effect));
        }
        for (key, upstream, ours) in facts(&upstream.facts, &ours.facts) {
            let effect = if key == "deprecated" { Effect::Prose } else { Effect::Callers };
            noted.push(note(key, upstream, ours, effect));
        }
        for (aspect, difference) in noted {
            self.add(&ours.title, &aspect, difference);
        }
        self.schemas(side, &upstream.shape, &ours.shape);
    }

    fn bodies(&mut self, side: Side, upstream: Option<&Body>, ours: Option<&Body>) {
        let target = format!("{} request", self.title);
        match (upstream, ours) {
            (Some(upstream), Some(ours)) => {
                if upstream.required != ours.required && side == Side::Requests {
                    let effect =
                        classes::of(side, "required", &upstream.required.into(), &ours.required.into());
                    let difference = Difference {
                        upstream: upstream.required.into(),
                        ours: ours.required.into(),
                        upstream_at: Some(upstream.place.clone()),
                        ours_at: Some(ours.place.clone()),
                        ..bare(side, true, Value::Null, effect)
                    };
                    self.add(&target, "required", difference);
                }
                self.contents(side, &target, &upstream.content, &ours.content);
            }
            (None, None) => {}
            (one, other) => {
                let Some(only) = one.or(other) else { return };
                let effect = classes::presence(side, one.is_some(), only.required);
                self.add(&target, "body", bare(side, one.is_some(), told(&only.content).into(), effect));
            }
        }
    }

    /// Compares schemas by media type.
    fn contents(
        &mut self,
        side: Side,
        target: &str,
        upstream: &BTreeMap<String, Shape>,
        ours: &BTreeMap<String, Shape>,
    ) {
        let kinds: BTreeSet<&String> = upstream.keys().chain(ours.keys()).collect();
        for kind in kinds {
            match (upstream.get(kind), ours.get(kind)) {
                (Some(upstream), Some(ours)) => self.schemas(side, upstream, ours),
                (one, other) => {
                    let Some(only) = one.or(other) else { continue };
                    let effect = classes::presence(side, one.is_some(), false);
                    let mut difference = bare(side, one.is_some(), only.told().into(), effect);
                    let place = only.place.clone();
                    if one.is_some() {
                        difference.upstream_at = place;
                    } else {
                        difference.ours_at = place;
                    }
                    self.add(target, &format!("body {kind}"), difference);
                }
            }
        }
    }

    fn answer(&mut self, status: &str, upstream: Option<&Answer>, ours: Option<&Answer>) {
        let target = format!("{} response {status}", self.title);
        match (upstream, ours) {
            (Some(upstream), Some(ours)) => {
                self.contents(Side::Answers, &target, &upstream.content, &ours.content);
                self.parameters(Side::Answers, &upstream.headers, &ours.headers);
            }
            (None, None) => {}
            (one, other) => {
                let Some(only) = one.or(other) else { return };
                let is_success = status.starts_with('2') || status == "DEFAULT";
                let effect = if is_success { Effect::Readers } else { Effect::Additive };
                let mut difference = bare(Side::Answers, one.is_some(), told(&only.content).into(), effect);
                let place = Some(only.place.clone());
                if one.is_some() {
                    difference.upstream_at = place;
                } else {
                    difference.ours_at = place;
                }
                self.add(&target, "status", difference);
            }
        }
    }
}

/// Bodies in a few words.
fn told(content: &BTreeMap<String, Shape>) -> String {
    match content.iter().next() {
        None => "no body".to_owned(),
        Some(_) => content
            .iter()
            .map(|(kind, shape)| format!("{kind}: {}", shape.told()))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

/// The facts that differ.
fn facts<'a>(
    upstream: &'a BTreeMap<String, Value>,
    ours: &'a BTreeMap<String, Value>,
) -> Vec<(&'a str, Value, Value)> {
    let keys: BTreeSet<&String> = upstream.keys().chain(ours.keys()).collect();
    let sides = keys.into_iter().map(|key| {
        let get = |facts: &BTreeMap<String, Value>| facts.get(key).cloned().unwrap_or_default();
        (key.as_str(), get(upstream), get(ours))
    });
    sides.filter(|(_, upstream, ours)| upstream != ours).collect()
}
