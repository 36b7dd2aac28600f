//! The choices as a table in `openapi/README.md`, written from `accepted.yaml`.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::accepted::{Accepted, Entry};
use super::value::render;
use crate::problem::Problems;
use crate::regen::Mode;
use crate::regen::write::{self, Change};

/// The file that holds the table.
pub const README: &str = "openapi/README.md";

/// The lines around the table.
const MARKS: (&str, &str) = ("<!-- accepted.yaml: begin -->\n", "<!-- accepted.yaml: end -->\n");

/// Writes the table anew if it is stale; with [`Mode::Check`], only reports it.
///
/// # Errors
/// Returns a problem if `accepted.yaml` is malformed, or the file could not be written.
pub fn refresh(root: &Path, mode: Mode) -> Result<Option<Change>, Problems> {
    let Ok(text) = fs::read_to_string(root.join(README)) else { return Ok(None) };
    let parts =
        text.split_once(MARKS.0).and_then(|(before, rest)| Some((before, rest.split_once(MARKS.1)?.1)));
    let Some((before, after)) = parts else { return Ok(None) };
    let table = table(&Accepted::load(root)?);
    let new = format!("{before}{}{table}{}{after}", MARKS.0, MARKS.1);
    write::bring_up_to_date(root, Path::new(README), &new, mode)
}

/// The choices as a table.
fn table(accepted: &Accepted) -> String {
    let fact = |key: &str| accepted.documentation.get(key).map(render).unwrap_or_default();
    let mut out = String::from("\n");
    if !accepted.documentation.is_empty() {
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            out,
            "Compared with commit `{}` of `{}` ({}):\n",
            fact("commit"),
            fact("repository"),
            fact("date")
        );
    }
    let _ = writeln!(out, "| what | Dots says | here | why |\n|---|---|---|---|");
    for entry in &accepted.entries {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            what(entry),
            cell(&entry.upstream),
            cell(&entry.ours),
            entry.reason.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
        );
    }
    out.push('\n');
    out
}

fn what(entry: &Entry) -> String {
    let targets: Vec<String> = entry.targets.iter().map(|it| cell(it)).collect();
    let operations = match &entry.operations {
        None => " of all operations".to_owned(),
        Some(some) if some.is_empty() => String::new(),
        Some(some) if some.len() == 1 => {
            format!(" of {}", cell(some.iter().next().map_or("", String::as_str)))
        }
        Some(some) => format!(" of {} operations", some.len()),
    };
    format!("{} of {}{operations}", entry.aspect.replace('|', "\\|"), targets.join(", "))
}

/// A value as a cell of a table.
fn cell(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}
