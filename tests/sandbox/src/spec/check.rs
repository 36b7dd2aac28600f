//! Validation of values against compiled schemas.

use std::ops::ControlFlow;

use serde_json::{Map, Number, Value};

use super::{
    schema::{ArrayRules, Node, NumberRules, ObjectRules, TextRules, Type, Validator, Whole},
    violation::{Path, Rule, Step, Violation},
};

/// The first number that does not fit into 64 bits with a sign.
const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;

impl Validator {
    /// Whether a value is what the schema allows.
    pub(crate) fn is_valid(&self, value: &Value) -> bool {
        self.is_allowed(&self.root, value)
    }

    /// Lists what the schema does not allow about a value.
    pub(crate) fn violations(&self, value: &Value) -> Vec<Violation> {
        self.list(&self.root, value, Place { value: &Path::ROOT, schema: &Path::ROOT })
    }

    pub(super) fn is_allowed(&self, node: &Node, value: &Value) -> bool {
        let place = Place { value: &Path::ROOT, schema: &Path::ROOT };
        self.visit(node, value, place, &mut First).is_continue()
    }

    fn list(&self, node: &Node, value: &Value, place: Place<'_>) -> Vec<Violation> {
        let mut all = Vec::new();
        // The list goes on after every violation.
        let _ = self.visit(node, value, place, &mut all);
        all
    }

    fn visit<S: Sink>(&self, node: &Node, value: &Value, place: Place<'_>, sink: &mut S) -> ControlFlow<()> {
        if let Some(target) = node.reference.and_then(|reference| self.components.0.get(reference)) {
            let by = Path { above: Some(place.schema), step: Step::Field("$ref") };
            return self.visit(target, value, Place { schema: &by, ..place }, sink);
        }
        let found = Report { value, place };
        if node.never {
            found.to(sink, "", || Rule::Never)?;
        }
        if !node.types.is_empty() && !node.types.iter().any(|wanted| is(*wanted, value)) {
            found.to(sink, "type", || Rule::Type(node.types.clone()))?;
        }
        if let Some(options) = &node.options
            && !options.iter().any(|option| equal(option, value))
        {
            found.to(sink, "enum", || Rule::Options(options.clone()))?;
        }
        match value {
            Value::Number(number) => {
                node.number.iter().try_for_each(|rules| self::number(rules, number, found, sink))?;
            }
            Value::String(text) => {
                node.text.iter().try_for_each(|rules| self::text(rules, text, found, sink))?;
            }
            Value::Array(values) => {
                node.array.iter().try_for_each(|rules| self.array(rules, values, found, sink))?;
            }
            Value::Object(fields) => {
                node.object.iter().try_for_each(|rules| self.object(rules, fields, found, sink))?;
            }
            Value::Null | Value::Bool(_) => {}
        }
        self.compositions(node, found, sink)
    }

    fn array<S: Sink>(
        &self,
        rules: &ArrayRules,
        values: &[Value],
        found: Report<'_>,
        sink: &mut S,
    ) -> ControlFlow<()> {
        let count = length(values.len());
        found.unless(rules.least.is_none_or(|least| count >= least), sink, "minItems", || {
            Rule::MinItems(rules.least.unwrap_or_default())
        })?;
        found.unless(rules.most.is_none_or(|most| count <= most), sink, "maxItems", || {
            Rule::MaxItems(rules.most.unwrap_or_default())
        })?;
        if rules.unique {
            let is_repeated = |(place, value): (usize, &Value)| {
                values.iter().take(place).any(|earlier| equal(earlier, value))
            };
            let repeated = values.iter().enumerate().any(is_repeated);
            found.unless(!repeated, sink, "uniqueItems", || Rule::UniqueItems)?;
        }
        let Some(items) = &rules.items else { return ControlFlow::Continue(()) };
        let schema = Path { above: Some(found.place.schema), step: Step::Field("items") };
        values.iter().enumerate().try_for_each(|(place, value)| {
            let inner = Path { above: Some(found.place.value), step: Step::Item(place) };
            self.visit(items, value, Place { value: &inner, schema: &schema }, sink)
        })
    }

    fn object<S: Sink>(
        &self,
        rules: &ObjectRules,
        fields: &Map<String, Value>,
        found: Report<'_>,
        sink: &mut S,
    ) -> ControlFlow<()> {
        for name in &rules.required {
            found.unless(fields.contains_key(name), sink, "required", || Rule::Required(name.clone()))?;
        }
        let unnamed = || fields.iter().filter(|(name, _)| !rules.fields.contains_key(*name));
        if rules.others.as_ref().is_some_and(|others| others.never) {
            found.unless(unnamed().next().is_none(), sink, "additionalProperties", || {
                Rule::Unknown(unnamed().map(|(name, _)| name.clone()).collect())
            })?;
        }
        let under = Path { above: Some(found.place.schema), step: Step::Field("properties") };
        for (name, value) in fields {
            let (schema, by) = match (rules.fields.get(name), &rules.others) {
                (Some(field), _) => (&field.node, Path { above: Some(&under), step: Step::Field(name) }),
                (None, Some(others)) if !others.never => (
                    others,
                    Path { above: Some(found.place.schema), step: Step::Field("additionalProperties") },
                ),
                (None, _) => continue,
            };
            let inner = Path { above: Some(found.place.value), step: Step::Field(name) };
            self.visit(schema, value, Place { value: &inner, schema: &by }, sink)?;
        }
        ControlFlow::Continue(())
    }

    fn compositions<S: Sink>(&self, node: &Node, found: Report<'_>, sink: &mut S) -> ControlFlow<()> {
        let Report { value, place } = found;
        for (number, part) in node.all.iter().enumerate() {
            let under = Path { above: Some(place.schema), step: Step::Field("allOf") };
            let by = Path { above: Some(&under), step: Step::Item(number) };
            self.visit(part, value, Place { value: place.value, schema: &by }, sink)?;
        }
        for (keyword, alternatives, exactly) in [("anyOf", &node.any, false), ("oneOf", &node.one, true)] {
            if alternatives.is_empty() {
                continue;
            }
            let fitting = alternatives.iter().filter(|part| self.is_allowed(part, value));
            let count = fitting.take(2).count();
            found.unless(count > 0, sink, keyword, || {
                let objections = alternatives.iter().map(|part| self.list(part, value, place));
                Rule::NoAlternative(objections.collect())
            })?;
            found.unless(!exactly || count < 2, sink, keyword, || Rule::SeveralAlternatives)?;
        }
        let refused = node.not.as_ref().is_some_and(|not| self.is_allowed(not, value));
        found.unless(!refused, sink, "not", || Rule::Not)
    }
}

/// Where violations go.
trait Sink {
    /// Takes a violation, and says whether to look for more.
    fn take(&mut self, violation: impl FnOnce() -> Violation) -> ControlFlow<()>;
}

/// Stops at the first violation, and does not describe it.
struct First;

impl Sink for First {
    fn take(&mut self, _: impl FnOnce() -> Violation) -> ControlFlow<()> {
        ControlFlow::Break(())
    }
}

impl Sink for Vec<Violation> {
    fn take(&mut self, violation: impl FnOnce() -> Violation) -> ControlFlow<()> {
        self.push(violation());
        ControlFlow::Continue(())
    }
}

/// A place in the value, and in the schema.
#[derive(Clone, Copy)]
struct Place<'p> {
    value: &'p Path<'p>,
    schema: &'p Path<'p>,
}

/// A value at its place, for reports.
#[derive(Clone, Copy)]
struct Report<'r> {
    value: &'r Value,
    place: Place<'r>,
}

impl Report<'_> {
    fn to<S: Sink>(
        self,
        sink: &mut S,
        keyword: &'static str,
        rule: impl FnOnce() -> Rule,
    ) -> ControlFlow<()> {
        sink.take(|| {
            let by = Path { above: Some(self.place.schema), step: Step::Field(keyword) };
            Violation {
                path: self.place.value.pointer(),
                by: by.pointer(),
                found: type_of(self.value),
                rule: rule(),
            }
        })
    }

    fn unless<S: Sink>(
        self,
        holds: bool,
        sink: &mut S,
        keyword: &'static str,
        rule: impl FnOnce() -> Rule,
    ) -> ControlFlow<()> {
        if holds { ControlFlow::Continue(()) } else { self.to(sink, keyword, rule) }
    }
}

fn number<S: Sink>(rules: &NumberRules, number: &Number, found: Report<'_>, sink: &mut S) -> ControlFlow<()> {
    let value = number.as_f64().unwrap_or_default();
    let bound = |bound: &Option<Value>| bound.as_ref().and_then(Value::as_f64);
    let shown = |bound: &Option<Value>| bound.clone().unwrap_or_default();
    let at_least = bound(&rules.minimum).is_none_or(|least| value >= least);
    found.unless(at_least, sink, "minimum", || Rule::Minimum(shown(&rules.minimum)))?;
    let is_above = bound(&rules.above).is_none_or(|limit| value > limit);
    found.unless(is_above, sink, "exclusiveMinimum", || Rule::Above(shown(&rules.above)))?;
    let at_most = bound(&rules.maximum).is_none_or(|most| value <= most);
    found.unless(at_most, sink, "maximum", || Rule::Maximum(shown(&rules.maximum)))?;
    let is_below = bound(&rules.below).is_none_or(|limit| value < limit);
    found.unless(is_below, sink, "exclusiveMaximum", || Rule::Below(shown(&rules.below)))?;
    let objection = rules.whole.and_then(|whole| objection(whole, number, value));
    objection.map_or(ControlFlow::Continue(()), |objection| {
        found.to(sink, super::formats::WHOLE, || Rule::Whole(objection))
    })
}

fn objection(whole: Whole, number: &Number, value: f64) -> Option<&'static str> {
    if number.is_i64() || whole.is_integer && value.fract() != 0.0 {
        None
    } else if value.abs() >= TOO_LARGE {
        Some("is too large")
    } else if whole.is_cents {
        Some("must be whole cents, written without a fraction")
    } else {
        Some("must be a whole number, written without a fraction")
    }
}

/// Whether a text is what the rules allow.
pub(super) fn is_text_allowed(rules: &TextRules, text: &str) -> bool {
    let place = Place { value: &Path::ROOT, schema: &Path::ROOT };
    self::text(rules, text, Report { value: &Value::Null, place }, &mut First).is_continue()
}

fn text<S: Sink>(rules: &TextRules, text: &str, found: Report<'_>, sink: &mut S) -> ControlFlow<()> {
    if rules.least.is_some() || rules.most.is_some() {
        let count = length(text.chars().count());
        found.unless(rules.least.is_none_or(|least| count >= least), sink, "minLength", || {
            Rule::MinLength(rules.least.unwrap_or_default())
        })?;
        found.unless(rules.most.is_none_or(|most| count <= most), sink, "maxLength", || {
            Rule::MaxLength(rules.most.unwrap_or_default())
        })?;
    }
    if let Some(pattern) = &rules.pattern {
        found.unless(pattern.fits(text), sink, "pattern", || Rule::Pattern(pattern.to_string()))?;
    }
    if let Some(format) = rules.format {
        found.unless(format.fits(text), sink, "format", || Rule::Format(format))?;
    }
    ControlFlow::Continue(())
}

pub(super) fn length(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn is(wanted: Type, value: &Value) -> bool {
    match (wanted, value) {
        (Type::Integer, Value::Number(number)) => {
            number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        (wanted, value) => wanted == type_of(value),
    }
}

fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Boolean,
        Value::Number(_) => Type::Number,
        Value::String(_) => Type::Text,
        Value::Array(_) => Type::Array,
        Value::Object(_) => Type::Object,
    }
}

/// Whether two values are equal; numbers are, however they are written.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let same =
                |(name, value): (&String, &Value)| other.get(name).is_some_and(|other| equal(value, other));
            one.len() == other.len() && one.iter().all(same)
        }
        (one, other) => one == other,
    }
}
