//! Differences by what differs: each once, with the operations behind it, the worst first.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::classes::Side;
use super::compare::Difference;
use super::place::Place;
use super::value::render;
use crate::regen::changes::{self, ApiChange, Effect};
use crate::regen::names;

/// Whether a finding is known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is new.
    New,
    /// It was accepted, with what Dots said then.
    Moved(String),
    /// It is accepted, at this line of `accepted.yaml`.
    Accepted(usize),
}

/// A difference, told once.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Whom it concerns.
    pub effect: Effect,
    /// The definition, parameter or operation that differs.
    pub target: String,
    /// Who meets it.
    pub side: Side,
    /// What differs.
    pub aspect: String,
    /// What Dots says.
    pub upstream: String,
    /// What we say.
    pub ours: String,
    /// The operations behind it.
    pub operations: BTreeSet<String>,
    /// The Rust item that it concerns.
    pub item: String,
    /// The files of dots-api-ext that use the item.
    pub used_by: Vec<String>,
    /// Where Dots says it.
    pub upstream_at: Option<Place>,
    /// Where we say it.
    pub ours_at: Option<Place>,
    /// Lines that can be taken over.
    pub paste: Option<String>,
    /// The overlay action that says the same.
    pub overlay: Option<String>,
    /// Whether it is known.
    pub state: State,
}

impl Finding {
    /// Tells whether it is not accepted.
    pub fn is_new(&self) -> bool {
        !matches!(self.state, State::Accepted(_))
    }

    /// Tells whether it is about a parameter, whose name alone does not say of which operation.
    pub fn is_parameter(&self) -> bool {
        is_parameter(&self.target)
    }
}

/// Tells whether a target is a parameter.
pub(super) fn is_parameter(target: &str) -> bool {
    ["query ", "path ", "header ", "cookie "].iter().any(|kind| target.starts_with(kind))
}

/// Groups differences.
pub(super) fn group(root: &Path, differences: Vec<Difference>) -> Vec<Finding> {
    let mut groups: BTreeMap<(String, Side, String, String, String), Finding> = BTreeMap::new();
    for it in differences {
        let (upstream, ours) = (render(&it.upstream), render(&it.ours));
        let key = (it.target.clone(), it.side, it.aspect.clone(), upstream.clone(), ours.clone());
        let found = groups.entry(key).or_insert_with(|| Finding {
            effect: it.effect,
            item: item(&it.target, &it.id),
            target: it.target,
            side: it.side,
            aspect: it.aspect,
            upstream,
            ours,
            operations: BTreeSet::new(),
            used_by: Vec::new(),
            upstream_at: it.upstream_at,
            ours_at: it.ours_at,
            paste: it.paste,
            overlay: None,
            state: State::New,
        });
        found.effect = found.effect.min(it.effect);
        found.operations.extend(Some(it.operation).filter(|it| !it.is_empty()));
    }
    let mut found: Vec<Finding> = groups.into_values().collect();
    found.sort_by_key(|it| it.effect);
    find_users(root, &mut found);
    found
}

/// Names the files of dots-api-ext that use each item.
fn find_users(root: &Path, found: &mut [Finding]) {
    let change = |it: &Finding| ApiChange {
        effect: it.effect,
        place: String::new(),
        what: String::new(),
        item: it.item.clone(),
        used_by: Vec::new(),
    };
    let mut users: Vec<ApiChange> = found.iter().map(change).collect();
    changes::find_users(root, &mut users);
    for (finding, change) in found.iter_mut().zip(users) {
        finding.used_by = change.used_by;
    }
}

/// The Rust item of a target: `PayoutLink.payee.email` is `PayoutLinkPayee::email`.
fn item(target: &str, id: &str) -> String {
    if target == "servers" {
        return "Client".to_owned();
    }
    let call = names::pascal(id);
    if is_parameter(target) {
        let name = target.split_once(' ').map_or(target, |(_, name)| name);
        return if target.starts_with("header ") { call } else { format!("{call}::{}", names::snake(name)) };
    }
    // An operation, or a part of it, has spaces in its name.
    if let Some((_, path)) = target.rsplit_once(' ').filter(|_| target.contains(' ')) {
        return match path.split_once('.') {
            Some((_, field)) if !path.starts_with('/') => format!("{call}::{}", names::snake(field)),
            _ => call,
        };
    }
    let mut parts = target.split('.');
    let mut owner = type_of(parts.next().unwrap_or_default());
    let mut field: Option<&str> = None;
    for part in parts {
        if let Some(outer) = field.replace(part) {
            owner.push_str(&type_of(outer));
        }
    }
    match field {
        Some(field) => format!("{owner}::{}", names::snake(field.trim_end_matches(['[', ']', '{', '}']))),
        None => owner,
    }
}

/// The end of a type's name for a part of a target.
fn type_of(part: &str) -> String {
    let plain: String = part.chars().filter(|it| !"[]{}".contains(*it)).collect();
    let mut name = names::pascal(&plain);
    for mark in part.matches(['[', '{']) {
        name.push_str(if mark == "[" { "Item" } else { "Value" });
    }
    name
}

#[cfg(test)]
mod tests {
    use super::item;

    #[test]
    fn a_target_names_its_rust_item() {
        for (target, expected) in [
            ("PayoutLink.amount", "PayoutLink::amount"),
            ("PayoutLink.payee.email", "PayoutLinkPayee::email"),
            ("PayoutLink", "PayoutLink"),
            ("CreateFlowRequest.steps[].name", "CreateFlowRequestStepsItem::name"),
            ("AppSettings.table{}.min", "AppSettingsTableValue::min"),
            ("query limit", "GetUser::limit"),
            ("header Api-App-Id", "GetUser"),
            ("GET /v2/users/{user_id} response 404", "GetUser"),
        ] {
            assert_eq!(item(target, "get_user"), expected, "{target}");
        }
    }
}
