//! The report as JSON, for a program.

use serde_json::{Value, json};

use super::findings::{Finding, State};
use super::record::Read;
use super::{Report, Verdict};

/// The report for a program.
pub(super) fn json(report: &Report) -> String {
    let read = |file: &str, read: &Read, recorded: Option<&Read>| {
        json!({
            "file": file, "sha256": read.sha256, "version": read.version, "openapi": read.openapi,
            "recorded": recorded.map(|it| json!({ "sha256": it.sha256, "version": it.version })),
        })
    };
    let findings: Vec<Value> = report.findings.iter().map(finding_json).collect();
    let (texts, defects, stale) = (texts(report), defects(report), stale(report));
    let verdict = match report.verdict() {
        Verdict::Same => "same",
        Verdict::New => "new",
        Verdict::Stale => "stale",
    };
    let all = json!({
        "verdict": verdict,
        "document": read(&report.document.0, &report.document.1, report.recorded.document.as_ref()),
        "webhooks": report.webhooks.as_ref().map(|(file, it)| read(file, it, report.recorded.webhooks.as_ref())),
        "operations": report.counts.0,
        "events": report.counts.1,
        "findings": findings,
        "texts": texts,
        "defects": defects,
        "stale": stale,
    });
    format!("{all:#}")
}

fn finding_json(it: &Finding) -> Value {
    let (state, remark) = match &it.state {
        State::New => ("new", None),
        State::Moved(remark) => ("new", Some(remark)),
        State::Accepted(_) => ("accepted", None),
    };
    let line = match it.state {
        State::Accepted(line) => Some(line),
        _ => None,
    };
    json!({
        "class": it.effect.to_string(), "target": it.target, "in": it.side.name(), "aspect": it.aspect,
        "upstream": it.upstream, "ours": it.ours, "item": it.item, "used_by": it.used_by,
        "operations": it.operations, "state": state, "accepted_at_line": line, "remark": remark,
        "overlay": it.overlay, "paste": it.paste,
        "upstream_at": it.upstream_at.as_ref().map(ToString::to_string),
        "ours_at": it.ours_at.as_ref().map(ToString::to_string),
    })
}

fn texts(report: &Report) -> Vec<Value> {
    let texts = report.texts.iter();
    texts
        .map(|it| json!({ "name": it.name, "at": it.place.to_string(), "operations": it.operations }))
        .collect()
}

fn defects(report: &Report) -> Vec<Value> {
    let defects = report.defects.iter().map(|(it, is_new)| {
        json!({ "what": it.kind, "pointer": it.pointer, "at": it.place.to_string(), "new": is_new })
    });
    defects.collect()
}

fn stale(report: &Report) -> Vec<Value> {
    let stale = report.stale.iter();
    stale.map(|it| json!({ "target": it.target, "line": it.line, "what": it.what })).collect()
}
