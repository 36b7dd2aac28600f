//! The transcript: one line per exchange, with stable names in place of ids and keys.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
};

use uuid::Uuid;

use super::record::{Exchange, Record};
use crate::state::{Kind, State};

/// Characters in a UUID as the API writes it.
const UUID_LENGTH: usize = 36;

/// Writes one line per exchange, such as `POST /v2/payouts/send-payout key=[k1] -> 201 created link [l1]`.
///
/// When the record has dropped exchanges, the first line says how many.
pub(crate) fn write(record: &Record, state: &State) -> String {
    let mut names = Names::new(record, state);
    let forgotten = Some(record.forgotten()).filter(|forgotten| *forgotten > 0);
    let first = forgotten.map(|forgotten| format!("({forgotten} exchanges before these are forgotten)"));
    let lines = record.iter().map(|exchange| names.replace(&line(exchange)));
    first.into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

fn line(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let mut line = format!("{} {}", request.method, request.path);
    if let Some(query) = &request.query {
        line.push('?');
        line.push_str(query);
    }
    if let Some(key) = exchange.key {
        // Writing to a string does not fail.
        let _ = write!(line, " key=[{key}]");
    }
    let _ = match &exchange.fault {
        None => write!(line, " -> {}", exchange.status.as_u16()),
        Some(fault) => write!(line, " -> ({fault})"),
    };
    if !exchange.note.is_empty() {
        line.push(' ');
        // A message can repeat text from a path, and must stay on one line.
        line.push_str(&exchange.note.replace(['\n', '\r'], " "));
    }
    line
}

/// Names ids by kind, in the order of their first appearance: `l1` is the first link.
struct Names<'s> {
    state: &'s State,
    /// Keys come from the client, so only the exchanges know which ids are keys.
    keys: HashSet<Uuid>,
    given: HashMap<Uuid, String>,
    counts: HashMap<&'static str, usize>,
}

impl<'s> Names<'s> {
    fn new(record: &Record, state: &'s State) -> Self {
        let keys = record.iter().filter_map(|exchange| exchange.key).collect();
        Self { state, keys, given: HashMap::new(), counts: HashMap::new() }
    }

    /// Replaces every id in a line with its name, in brackets unless brackets surround it already.
    fn replace(&mut self, line: &str) -> String {
        let mut text = String::with_capacity(line.len());
        let mut rest = line;
        while let Some(next) = rest.chars().next() {
            if let Some((id, after)) = leading_id(rest) {
                let name = self.name(id);
                let bracketed = text.ends_with('[');
                text.push_str(&if bracketed { name } else { format!("[{name}]") });
                rest = after;
            } else {
                text.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        }
        text
    }

    fn name(&mut self, id: Uuid) -> String {
        if let Some(name) = self.given.get(&id) {
            return name.clone();
        }
        let kind = self.kind(id);
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        let name = format!("{kind}{count}");
        self.given.insert(id, name.clone());
        name
    }

    fn kind(&self, id: Uuid) -> &'static str {
        if let Some(kind) = Kind::ALL.into_iter().find(|kind| self.state.has_held(*kind, &id)) {
            kind.traits().name
        } else if self.keys.contains(&id) {
            "k"
        } else {
            // Only the client knows this id: there is no such object.
            "x"
        }
    }
}

fn leading_id(text: &str) -> Option<(Uuid, &str)> {
    let (candidate, rest) = text.split_at_checked(UUID_LENGTH)?;
    Some((Uuid::try_parse(candidate).ok()?, rest))
}
