//! Two schemas compared, part by part.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Difference, Pair, bare, facts};
use crate::drift::classes::{self, Side};
use crate::drift::paste;
use crate::drift::shape::{Shape, unite};

/// What belongs to the place where a schema is used, unless both sides say it in the definition.
const OF_THE_SEAT: [&str; 5] = ["null", "default", "deprecated", "readOnly", "writeOnly"];

impl Pair<'_> {
    /// Compares two schemas.
    pub(super) fn schemas(&mut self, side: Side, upstream: &Shape, ours: &Shape) {
        if upstream.circle || ours.circle {
            // Compared where it was written out.
            return;
        }
        if upstream.kinds != ours.kinds {
            let list = |shape: &Shape| Value::from_iter(shape.kinds.iter().cloned());
            self.fact(side, "type", list(upstream), list(ours), upstream, ours);
        }
        // What may be anything may be null.
        let is_any = upstream.kinds.is_empty() || ours.kinds.is_empty();
        if upstream.nullable != ours.nullable && !is_any {
            self.fact(side, "null", upstream.nullable.into(), ours.nullable.into(), upstream, ours);
        }
        for (key, told, said) in facts(&upstream.facts, &ours.facts) {
            self.fact(side, key, told, said, upstream, ours);
        }
        for rule in upstream.rules.symmetric_difference(&ours.rules) {
            let said = |shape: &Shape| shape.rules.get(rule).map_or(Value::Null, |rule| rule.as_str().into());
            self.fact(side, "rule", said(upstream), said(ours), upstream, ours);
        }
        let lone = |shape: &Shape| -> Value {
            let names: Vec<_> =
                shape.required.iter().filter(|name| !shape.fields.contains_key(*name)).cloned().collect();
            if names.is_empty() { Value::Null } else { names.into() }
        };
        if lone(upstream) != lone(ours) && upstream.variants.is_empty() && ours.variants.is_empty() {
            self.fact(side, "required without a field", lone(upstream), lone(ours), upstream, ours);
        }
        let is_bare = |shape: &Shape| shape.fields.is_empty() && shape.variants.is_empty();
        if is_bare(upstream) != is_bare(ours) {
            // One side says nothing of the fields: that is one difference and not one for each field.
            self.all_fields(side, upstream, ours);
        } else {
            self.variants(side, upstream, ours);
        }
        self.inner(side, "items", (upstream.items.as_deref(), ours.items.as_deref()), upstream, ours);
        self.inner(side, "values", (upstream.others.as_deref(), ours.others.as_deref()), upstream, ours);
    }

    /// Adds a difference in one fact.
    fn fact(&mut self, side: Side, aspect: &str, told: Value, said: Value, upstream: &Shape, ours: &Shape) {
        let of_the_seat = OF_THE_SEAT.contains(&aspect) && !(upstream.pure && ours.pure);
        let target = if of_the_seat { &ours.seat } else { &ours.target };
        let effect = classes::of(side, aspect, &told, &said);
        let paste = paste::fact(aspect, &told, &said);
        let kinds = |value: Value| match value {
            Value::Array(kinds) if aspect == "type" && kinds.is_empty() => "any".into(),
            other => other,
        };
        let difference = Difference {
            upstream: kinds(told),
            ours: kinds(said),
            upstream_at: upstream.place.clone(),
            ours_at: ours.place.clone(),
            paste,
            ..bare(side, true, Value::Null, effect)
        };
        self.add(&target.clone(), aspect, difference);
    }

    fn fields(&mut self, side: Side, upstream: &Shape, ours: &Shape) {
        let names: BTreeSet<&String> = upstream.fields.keys().chain(ours.fields.keys()).collect();
        for name in names {
            let duties = (upstream.required.contains(name), ours.required.contains(name));
            match (upstream.fields.get(name), ours.fields.get(name)) {
                (Some(theirs), Some(own)) => {
                    if duties.0 != duties.1 {
                        self.duty(side, duties, (theirs, own), ours, name);
                    }
                    self.schemas(side, theirs, own);
                }
                (Some(theirs), None) => self.field(side, name, theirs, true, duties.0, ours),
                (None, Some(own)) => self.field(side, name, own, false, duties.1, ours),
                (None, None) => {}
            }
        }
    }

    /// Adds that only one side tells the fields, at the place where the schema is used.
    fn all_fields(&mut self, side: Side, upstream: &Shape, ours: &Shape) {
        let told = |shape: &Shape| match shape.fields.is_empty() && shape.variants.is_empty() {
            true => Value::Null,
            false => shape.told().into(),
        };
        let difference = Difference {
            upstream: told(upstream),
            ours: told(ours),
            upstream_at: upstream.place.clone(),
            ours_at: ours.place.clone(),
            ..bare(side, true, Value::Null, classes::presence(side, !told(upstream).is_null(), false))
        };
        self.add(&ours.seat.clone(), "fields", difference);
    }

    fn duty(&mut self, side: Side, duties: (bool, bool), both: (&Shape, &Shape), ours: &Shape, name: &str) {
        let effect = classes::of(side, "required", &duties.0.into(), &duties.1.into());
        let difference = Difference {
            upstream: duties.0.into(),
            ours: duties.1.into(),
            upstream_at: both.0.place.clone(),
            ours_at: both.1.place.clone(),
            paste: duties.0.then(|| format!("- {name}   # below `required` of {}", ours.target)),
            ..bare(side, true, Value::Null, effect)
        };
        self.add(&both.1.seat.clone(), "required", difference);
    }

    /// Adds a field that only one side has.
    fn field(
        &mut self,
        side: Side,
        name: &str,
        only: &Shape,
        is_upstream: bool,
        required: bool,
        ours: &Shape,
    ) {
        let duty = if required { ", required" } else { "" };
        let effect = classes::presence(side, is_upstream, required);
        let mut difference = bare(side, is_upstream, format!("{}{duty}", only.told()).into(), effect);
        if is_upstream {
            difference.upstream_at.clone_from(&only.place);
            difference.ours_at.clone_from(&ours.place);
            difference.paste = Some(paste::field(name, only));
        } else {
            difference.ours_at.clone_from(&only.place);
        }
        let target = if is_upstream { format!("{}.{name}", ours.target) } else { only.seat.clone() };
        self.add(&target, "field", difference);
    }

    /// Compares the items of lists or the values of maps.
    fn inner(
        &mut self,
        side: Side,
        aspect: &str,
        both: (Option<&Shape>, Option<&Shape>),
        upstream: &Shape,
        ours: &Shape,
    ) {
        match both {
            (Some(theirs), Some(own)) => self.schemas(side, theirs, own),
            (None, None) => {}
            (theirs, own) => {
                let told = |shape: Option<&Shape>| shape.map_or(Value::Null, |shape| shape.told().into());
                self.fact(side, aspect, told(theirs), told(own), upstream, ours);
            }
        }
    }

    /// Compares the fields, and the objects of unions: one by one where both have as many, all as one otherwise.
    fn variants(&mut self, side: Side, upstream: &Shape, ours: &Shape) {
        if upstream.variants.len() == ours.variants.len() {
            self.fields(side, upstream, ours);
            let mut left: Vec<&Shape> = ours.variants.iter().collect();
            for theirs in &upstream.variants {
                let best = left
                    .iter()
                    .enumerate()
                    .max_by_key(|(index, own)| (likeness(theirs, own), usize::MAX - index));
                let Some(index) = best.map(|(index, _)| index) else { continue };
                let own = left.remove(index);
                self.schemas(side, theirs, own);
            }
            return;
        }
        let count = |shape: &Shape| Value::from(shape.variants.len().max(1));
        self.fact(side, "variants", count(upstream), count(ours), upstream, ours);
        self.fields(side, &united(upstream), &united(ours));
    }
}

/// A union of objects as one object, with the fields beside the union.
fn united(shape: &Shape) -> Shape {
    let Some(mut all) = unite::or(shape.variants.clone()) else { return shape.clone() };
    all.variants.clear();
    let beside = Shape { variants: Vec::new(), ..shape.clone() };
    unite::and(&mut all, beside);
    all.target.clone_from(&shape.target);
    all.seat.clone_from(&shape.seat);
    all
}

/// How alike two objects are: equal values of fields count most, then the names of fields.
fn likeness(one: &Shape, other: &Shape) -> usize {
    let names = one.fields.keys().filter(|name| other.fields.contains_key(*name)).count();
    let values = one.fields.iter().filter(|(name, field)| {
        let values = field.facts.get("enum");
        values.is_some() && other.fields.get(*name).is_some_and(|it| it.facts.get("enum") == values)
    });
    values.count() * 1000 + names * 10 + usize::from(one.fields.len() == other.fields.len())
}
