//! Amounts: who reads them strictly, and who leniently.
//!
//! Dots answers amounts in several forms, and a caller who writes `"19.99"` means dollars. So amounts are strict, and a
//! field of an answer is told to read them leniently. A type that requests carry too is lenient while an answer is
//! read: `dots_api::read` keeps that in mind.

use std::collections::BTreeSet;

use syn::{GenericArgument, PathArguments, Type};

use super::model::{Field, Model, Presence};
use crate::regen::lower::Lowered;

/// The scalars that are amounts.
const MONEY: &[&str] = &["Cents", "PolicyValue"];

/// What decides how a field reads amounts.
pub(super) struct Money<'a> {
    lowered: &'a Lowered,
    /// The types that requests and answers carry, and that hold amounts.
    of_both: BTreeSet<String>,
}

impl<'a> Money<'a> {
    /// Finds the types that requests and answers carry, and that hold amounts.
    pub(super) fn of(model: &Model, lowered: &'a Lowered) -> Self {
        let mut of_both = BTreeSet::new();
        loop {
            let known = of_both.len();
            let holds = |kind: &Type| mentions(kind, &|name| MONEY.contains(&name) || of_both.contains(name));
            let structs = model.structs.iter().filter(|it| it.fields.iter().any(|field| holds(&field.kind)));
            let unions = model.unions.iter().filter(|it| it.variants.iter().any(|(_, kind)| holds(kind)));
            let names = structs.map(|it| &it.name).chain(unions.map(|it| &it.name)).map(ToString::to_string);
            let found: Vec<String> = names.filter(|name| Self::is_of_both(lowered, name)).collect();
            of_both.extend(found);
            if of_both.len() == known {
                return Self { lowered, of_both };
            }
        }
    }

    fn is_of_both(lowered: &Lowered, schema: &str) -> bool {
        lowered.in_requests.contains(schema) && lowered.in_answers.contains(schema)
    }

    /// The function of `dots_api::read` that reads the amounts of a field of `schema`, if its type alone does not.
    pub(super) fn reader(&self, schema: &str, field: &Field) -> Option<&'static str> {
        if !self.lowered.in_answers.contains(schema) {
            return None;
        }
        let is_amount = mentions(&field.kind, &|name| MONEY.contains(&name));
        let is_empty_when_absent = field.presence == Presence::EmptyWhenAbsent;
        let is_clearable = field.presence == Presence::Clearable;
        if is_amount && Self::is_of_both(self.lowered, schema) {
            return Some(if is_clearable { "money_of_both_or_null" } else { "money_of_both" });
        }
        if is_amount {
            return Some(match (is_empty_when_absent, is_clearable) {
                (true, _) => "money_or_default",
                (_, true) => "money_or_null",
                _ => "money",
            });
        }
        // `null_as_default` and `unreadable_as_none` are for answers alone, and know it.
        let reads_plainly = matches!(field.presence, Presence::Required | Presence::Optional);
        let is_of_answers = !self.lowered.in_requests.contains(schema);
        let holds_both = || mentions(&field.kind, &|name| self.of_both.contains(name));
        (reads_plainly && is_of_answers && holds_both()).then_some("of_answer")
    }
}

/// Tells whether a type is or holds a type of which `is_wanted` knows the name.
fn mentions(kind: &Type, is_wanted: &impl Fn(&str) -> bool) -> bool {
    let Type::Path(path) = kind else { return false };
    let inner = path.path.segments.iter().flat_map(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().collect(),
        _ => Vec::new(),
    });
    let mut inner = inner.filter_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    });
    path.path.get_ident().is_some_and(|name| is_wanted(&name.to_string()))
        || inner.any(|kind| mentions(kind, is_wanted))
}
