//! What changed in the API, and whom it breaks: two surfaces compared.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use super::names;

/// Whom a change concerns, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// A call that was right no longer is, or no longer compiles.
    Callers,
    /// An answer that was read no longer is, or code that reads it no longer compiles.
    Readers,
    /// There is more than there was.
    Additive,
    /// Nothing on the wire: a text, a mark.
    Prose,
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Callers => "breaking for callers",
            Self::Readers => "breaking for readers",
            Self::Additive => "additive",
            Self::Prose => "prose",
        })
    }
}

/// One change of the API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiChange {
    /// Whom it concerns.
    pub effect: Effect,
    /// The operation or type, and the part of it: `type Transfer, amount`.
    pub place: String,
    /// What became of it: `number as Cents -> string as Cents`.
    pub what: String,
    /// The Rust item.
    pub item: String,
    /// The files of dots-api-ext that use its type or operation.
    pub used_by: Vec<String>,
}

impl fmt::Display for ApiChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (`{}`", self.place, self.what, self.item)?;
        match self.used_by.as_slice() {
            [] => write!(f, ", not used by dots-api-ext)"),
            files => write!(f, ", used by {})", files.join(", ")),
        }
    }
}

/// A surface: each block with its headline, and its lines by their keys.
type Blocks<'a> = BTreeMap<&'a str, (&'a str, BTreeMap<&'a str, &'a str>)>;

/// Compares two surfaces, the worst change first.
pub fn between(before: &str, after: &str) -> Vec<ApiChange> {
    let (before, after) = (blocks(before), blocks(after));
    let mut changes = Vec::new();
    for (name, (head, lines)) in &before {
        match after.get(name) {
            Some((new_head, new_lines)) => {
                let side = side(name, new_head);
                if head != new_head {
                    changes.push(change(side.worst(), name, "", format!("{head} -> {new_head}")));
                }
                compare(name, side, lines, new_lines, &mut changes);
            }
            None => changes.push(change(side(name, head).worst(), name, "", "removed".to_owned())),
        }
    }
    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        changes.push(change(Effect::Additive, name, "", "new".to_owned()));
    }
    changes.sort();
    changes
}

/// Names the files of dots-api-ext that use what changed.
pub(crate) fn find_users(root: &Path, changes: &mut [ApiChange]) {
    let mut files = Vec::new();
    collect(&root.join("dots-api-ext/src"), Path::new("dots-api-ext/src"), &mut files);
    for change in changes {
        let head = change.item.split("::").next().unwrap_or_default();
        let uses =
            |text: &str| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == head);
        change.used_by = files.iter().filter(|(_, text)| uses(text)).map(|(name, _)| name.clone()).collect();
    }
}

fn collect(folder: &Path, name: &Path, files: &mut Vec<(String, String)>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut entries: Vec<_> = entries.map(|entry| (entry.path(), name.join(entry.file_name()))).collect();
    entries.sort();
    for (path, name) in entries {
        if path.is_dir() {
            collect(&path, &name, files);
        } else if let Ok(text) = fs::read_to_string(&path) {
            files.push((name.display().to_string(), text));
        }
    }
}

fn blocks(surface: &str) -> Blocks<'_> {
    let mut blocks = Blocks::new();
    let mut current = None;
    for line in surface.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (key, value) = line.split_once(": ").unwrap_or((line, ""));
        if let Some(key) = key.strip_prefix("  ") {
            let block: Option<&mut (&str, BTreeMap<&str, &str>)> =
                current.and_then(|name: &str| blocks.get_mut(name));
            if let Some((_, lines)) = block {
                lines.insert(key, value);
            }
        } else if key != "document" {
            blocks.insert(key, (value, BTreeMap::new()));
            current = Some(key);
        }
    }
    blocks
}

/// Who meets a block: callers, readers, or both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Requests,
    Answers,
}

impl Side {
    fn worst(self) -> Effect {
        match self {
            Self::Requests => Effect::Callers,
            Self::Answers => Effect::Readers,
        }
    }
}

fn side(name: &str, head: &str) -> Side {
    let is_answered =
        head.starts_with("of answers") || head.starts_with("open") || name.starts_with("event ");
    if is_answered { Side::Answers } else { Side::Requests }
}

fn compare(
    name: &str,
    side: Side,
    before: &BTreeMap<&str, &str>,
    after: &BTreeMap<&str, &str>,
    changes: &mut Vec<ApiChange>,
) {
    for (key, old) in before {
        match after.get(key) {
            None => changes.push(change(effect_on(side, key), name, key, "removed".to_owned())),
            Some(new) if new != old => {
                changes.push(change(effect_on(side, key), name, key, format!("{old} -> {new}")));
            }
            Some(_) => {}
        }
    }
    for (key, new) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
        // What a request must have from now on, old callers do not send.
        let must = side == Side::Requests
            && !new.starts_with("optional ")
            && (name.starts_with("type ") || key.starts_with("query ") || key.starts_with("path "));
        let effect = if must || *key == "body" { Effect::Callers } else { Effect::Additive };
        changes.push(change(effect, name, key, format!("new: {new}")));
    }
}

/// The answer of an operation concerns those who read it.
fn effect_on(side: Side, key: &str) -> Effect {
    match key {
        "answer" | "successes" => Effect::Readers,
        _ => side.worst(),
    }
}

fn change(effect: Effect, block: &str, key: &str, what: String) -> ApiChange {
    let (kind, name) = block.split_once(' ').unwrap_or(("", block));
    let title = match kind {
        "operation" => names::pascal(name),
        "event" => name.split(' ').next_back().unwrap_or_default().to_owned(),
        _ => name.to_owned(),
    };
    let part = key.rsplit(' ').next().unwrap_or_default();
    let (place, item) = match (kind, key) {
        (_, "") => (block.to_owned(), title),
        ("operation", _) if !key.starts_with("path ") && !key.starts_with("query ") => {
            (format!("{block}, {key}"), title)
        }
        ("enum", _) => (format!("{block}, {key}"), format!("{title}::{}", names::variant(part))),
        _ => (format!("{block}, {key}"), format!("{title}::{}", names::snake(part))),
    };
    ApiChange { effect, place, what, item, used_by: Vec::new() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

    use super::{Effect, between};

    const BEFORE: &str = "\
document: sha256 1, prose left out

operation send_payout: POST /v2/payouts
  body: SendPayoutRequest
  answer: Transfer
  query limit: optional integer

type SendPayoutRequest: of requests
  amount: integer as Cents

type Transfer: of answers
  amount: number as Cents

enum TransferStatus: open
  created: Created
";

    fn only(from: &str, to: &str) -> (Effect, String) {
        assert_eq!(BEFORE.matches(from).count(), 1, "{from}");
        let changes = between(BEFORE, &BEFORE.replace(from, to));
        assert_eq!(changes.len(), 1, "{changes:?}");
        (changes[0].effect, changes[0].to_string())
    }

    #[test]
    fn a_change_says_whom_it_breaks() {
        for (from, to, effect, what) in [
            (
                "amount: integer as Cents",
                "amount: string as Cents",
                Effect::Callers,
                "type SendPayoutRequest, amount: integer as Cents -> string as Cents (`SendPayoutRequest::amount`",
            ),
            ("amount: number as Cents", "amount: string as Cents", Effect::Readers, "`Transfer::amount`"),
            ("  answer: Transfer\n", "  answer: Payout\n", Effect::Readers, "`SendPayout`"),
            ("POST /v2/payouts", "PUT /v2/payouts", Effect::Callers, "POST /v2/payouts -> PUT /v2/payouts"),
            ("limit: optional integer\n", "limit: integer\n", Effect::Callers, "`SendPayout::limit`"),
            ("  created: Created\n", "", Effect::Readers, "`TransferStatus::Created`"),
            (
                "  created: Created\n",
                "  created: Created\n  failed: Failed\n",
                Effect::Additive,
                "enum TransferStatus, failed: new: Failed (`TransferStatus::Failed`, not used by dots-api-ext)",
            ),
            (
                "  amount: integer as Cents\n",
                "  amount: integer as Cents\n  memo: optional string\n",
                Effect::Additive,
                "new: optional string",
            ),
            (
                "  amount: integer as Cents\n",
                "  amount: integer as Cents\n  memo: string\n",
                Effect::Callers,
                "new: string",
            ),
        ] {
            let (found, text) = only(from, to);
            assert_eq!(found, effect, "{text}");
            assert!(text.contains(what), "`{what}` is not in `{text}`");
        }
    }

    #[test]
    fn the_worst_comes_first_and_the_fingerprint_is_no_change() {
        let after = BEFORE.replace("sha256 1", "sha256 2");
        assert!(between(BEFORE, &after).is_empty());
        let after = after.replace("  created: Created\n", "  created: Created\n  failed: Failed\n");
        let after =
            after.replace("amount: integer", "amount: string").replace("amount: number", "amount: string");
        let effects: Vec<_> = between(BEFORE, &after).iter().map(|change| change.effect).collect();
        assert_eq!(effects, [Effect::Callers, Effect::Readers, Effect::Additive]);
    }
}
