//! The report as text, JSON or Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::accepted::ACCEPTED;
use super::findings::{Finding, State};
use super::record::{RECORD, Read};
use super::{Report, TextChange, Verdict};
use crate::regen::changes::Effect;

/// The classes, the worst first.
const CLASSES: [Effect; 4] = [Effect::Callers, Effect::Readers, Effect::Additive, Effect::Prose];

/// How many operations are named.
const NAMED: usize = 3;

/// The report for a terminal.
pub(super) fn text(report: &Report) -> String {
    let mut out = heads(report).join("\n");
    out.push('\n');
    for effect in CLASSES {
        let news: Vec<&Finding> = report.news().filter(|it| it.effect == effect).collect();
        let texts = if effect == Effect::Prose { report.texts.as_slice() } else { &[] };
        if news.is_empty() && texts.is_empty() {
            continue;
        }
        // Writing to a `String` cannot fail.
        let _ = writeln!(out, "{effect}: {}", news.len() + texts.len());
        for finding in news {
            let _ = writeln!(out, "  {}", headline(finding));
            for it in details(finding) {
                let _ = writeln!(out, "    {}", it.replace('\n', "\n      "));
            }
        }
        for it in texts {
            let _ = writeln!(out, "  {}", changed_text(it));
        }
    }
    for line in defects(report) {
        let _ = writeln!(out, "{line}");
    }
    for stale in &report.stale {
        let _ = writeln!(out, "error: {ACCEPTED}:{}: `{}` {}", stale.line, stale.target, stale.what);
    }
    out + &summary(report)
}

/// The report for an issue.
pub(super) fn markdown(report: &Report) -> String {
    let mut out = format!("# Dots' document and ours\n\n{}\n\n", summary(report));
    for it in heads(report) {
        let _ = writeln!(out, "- {it}");
    }
    for effect in CLASSES {
        let news: Vec<&Finding> = report.news().filter(|it| it.effect == effect).collect();
        let texts = if effect == Effect::Prose { report.texts.as_slice() } else { &[] };
        if news.is_empty() && texts.is_empty() {
            continue;
        }
        let title = effect.to_string();
        let _ = writeln!(
            out,
            "\n## {}{}\n",
            title.get(..1).unwrap_or_default().to_uppercase(),
            title.get(1..).unwrap_or_default()
        );
        for finding in news {
            let _ = writeln!(out, "- {}", headline(finding));
            for line in details(finding) {
                match line.split_once(":\n") {
                    Some((line, code)) => {
                        let _ = writeln!(out, "  - {line}:\n\n    ```yaml\n{}\n    ```", indented(code, 4));
                    }
                    None => {
                        let _ = writeln!(out, "  - {line}");
                    }
                }
            }
        }
        for it in texts {
            let _ = writeln!(out, "- {}", changed_text(it));
        }
    }
    markdown_end(&mut out, report);
    out.trim_end().to_owned()
}

/// The defects and the choices that no longer hold.
fn markdown_end(out: &mut String, report: &Report) {
    let defects = defects(report);
    if !defects.is_empty() {
        let _ = writeln!(out, "\n## Defects of Dots' document\n");
        for it in &defects {
            let _ = writeln!(out, "- {}", it.trim_start());
        }
    }
    if !report.stale.is_empty() {
        let _ = writeln!(out, "\n## Choices that no longer hold\n");
        for stale in &report.stale {
            let _ = writeln!(out, "- {ACCEPTED}:{}: `{}` {}", stale.line, stale.target, stale.what);
        }
    }
}

/// Which documents were read, and which are recorded.
fn heads(report: &Report) -> Vec<String> {
    let head = |name: &str, file: &str, read: &Read, recorded: Option<&Read>| {
        let short = |read: &Read| {
            let hash: String = read.sha256.chars().take(12).collect();
            format!("version {}, OpenAPI {}, sha256 {hash}", read.version, read.openapi)
        };
        let recorded = match recorded {
            Some(it) if it == read => "recorded: the same".to_owned(),
            Some(it) => format!("recorded: {}", short(it)),
            None => "recorded: none".to_owned(),
        };
        format!("{name} {file}: {}; {recorded}", short(read))
    };
    let (file, read) = &report.document;
    let mut heads = vec![head("document", file, read, report.recorded.document.as_ref())];
    match &report.webhooks {
        Some((file, read)) => heads.push(head("webhooks", file, read, report.recorded.webhooks.as_ref())),
        None => heads.push("webhooks: not read".to_owned()),
    }
    heads
}

fn headline(it: &Finding) -> String {
    let used = match it.used_by.as_slice() {
        [] => "not used by dots-api-ext".to_owned(),
        files => format!("used by {}", files.join(", ")),
    };
    format!(
        "`{}` ({}), {}: Dots `{}`, here `{}` (`{}`, {used})",
        it.target,
        it.side.name(),
        it.aspect,
        it.upstream,
        it.ours,
        it.item
    )
}

/// What else is known of a finding: places, operations, remarks, lines to paste.
fn details(it: &Finding) -> Vec<String> {
    let mut lines = Vec::new();
    let places: Vec<String> =
        [&it.upstream_at, &it.ours_at].into_iter().flatten().map(ToString::to_string).collect();
    if !places.is_empty() {
        lines.push(format!("at {}", places.join(" and ")));
    }
    if !it.operations.is_empty() && !it.operations.contains(&it.target) {
        lines.push(format!("behind {}", some(it.operations.iter())));
    }
    if let State::Moved(remark) = &it.state {
        lines.push(remark.clone());
    }
    if let Some(action) = &it.overlay {
        lines.push(format!("{action} says the same: take it over and delete the action"));
    }
    if let (Some(paste), Some(place)) = (&it.paste, &it.ours_at) {
        lines.push(format!("to take over, at {place}:\n{paste}"));
    }
    lines
}

fn indented(text: &str, by: usize) -> String {
    text.lines().map(|line| format!("{:by$}{line}", "")).collect::<Vec<_>>().join("\n")
}

/// The first names of a list, and how many more there are.
fn some<'a>(names: impl ExactSizeIterator<Item = &'a String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let named: Vec<&str> = names.take(NAMED).map(String::as_str).collect();
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{rest}", named.join(", "))
}

fn changed_text(it: &TextChange) -> String {
    let behind = it.operations.iter().filter(|name| **name != it.name).cloned().collect::<Vec<_>>();
    let behind = if behind.is_empty() { String::new() } else { format!(", behind {}", some(behind.iter())) };
    format!("`{}`: a text changed, at {}{behind}; read it", it.name, it.place)
}

/// The defects, all of one kind together with their lines.
fn defects(report: &Report) -> Vec<String> {
    let mut kinds: BTreeMap<(bool, &str), Vec<String>> = BTreeMap::new();
    for (defect, is_new) in &report.defects {
        kinds.entry((!is_new, &defect.kind)).or_default().push(defect.place.to_string());
    }
    if kinds.is_empty() {
        return Vec::new();
    }
    let new = report.defects.iter().filter(|(_, is_new)| *is_new).count();
    let mut lines = vec![format!("defects of Dots' own: {}, of which {new} are new", report.defects.len())];
    for ((is_known, kind), places) in kinds {
        let new = if is_known { "" } else { "new: " };
        lines.push(format!("  {new}{kind}: {}", lines_of(&places)));
    }
    lines
}

/// Places with each file named once.
fn lines_of(places: &[String]) -> String {
    let mut out = String::new();
    let mut last = "";
    for place in places {
        let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
        let _ = if file == last {
            write!(out, ", {line}")
        } else {
            write!(out, "{}{place}", if out.is_empty() { "" } else { "; " })
        };
        last = file;
    }
    out
}

/// The last line: what it comes to.
fn summary(report: &Report) -> String {
    let (operations, events) = report.counts;
    let accepted = report.findings.iter().filter(|it| !it.is_new()).count();
    let known = format!(
        "{operations} operations and {events} events are in both, {accepted} differences are accepted"
    );
    match report.verdict() {
        Verdict::Same => format!("nothing is new: {known}"),
        Verdict::New if report.recorded.document.is_none() => {
            format!("{} differences are new, and {RECORD} is missing: {known}", report.news().count())
        }
        Verdict::New => {
            format!("{} differences and {} texts are new: {known}", report.news().count(), report.texts.len())
        }
        Verdict::Stale => format!(
            "{} choices no longer hold, {} differences are new: {known}",
            report.stale.len(),
            report.news().count()
        ),
    }
}
