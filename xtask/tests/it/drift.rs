//! Tests of `drift` on small documents: what Dots would publish, and what we have.
//!
//! - [`classes`]: each difference of schemas, in both directions, of requests and answers
//! - [`normal`]: what is written otherwise and says the same
//! - [`operations`]: operations, parameters, bodies, answers and webhooks
//! - [`choices`]: accepted differences, while they hold and when they no longer do
//! - [`defects`]: what Dots' document gets wrong, and its texts
//! - [`command`]: output, exit codes and `--accept`
//! - [`random`]: random edits never panic, and none is passed over

mod choices;
mod classes;
mod command;
mod defects;
mod normal;
mod operations;
mod random;

use std::fs;

use tempfile::TempDir;
use xtask::drift::accepted::ACCEPTED;
use xtask::drift::record::RECORD;
use xtask::drift::source::Source;
use xtask::drift::{self, Report};

use crate::support::{PLAIN_OVERLAY, workspace};

/// A document whose one operation takes and answers a `Thing`.
fn thing(version: &str, schema: &str) -> String {
    document(
        version,
        "      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } }
      responses: { '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } } }",
        &format!("    Thing: {schema}\n"),
    )
}

/// A document with one operation, `POST /things/{id}`, and the given fields and schemas.
fn document(version: &str, fields: &str, schemas: &str) -> String {
    let responses =
        if fields.contains("responses:") { "" } else { "\n      responses: { '200': { description: ok } }" };
    format!(
        "openapi: {version}
info: {{ title: t, version: '1' }}
tags: [{{ name: things }}]
security: [{{ basic: [] }}]
paths:
  /things/{{id}}:
    parameters: [{{ name: id, in: path, required: true, schema: {{ type: string }} }}]
    post:
      operationId: make_thing
      tags: [things]
{fields}{responses}
components:
  securitySchemes: {{ basic: {{ type: http, scheme: basic }} }}
  schemas:
    Other: {{ type: object, properties: {{ a: {{ type: string }} }} }}
{schemas}"
    )
}

/// A workspace with a document, choices and a record.
fn place(ours: &str, accepted: &str, record: &str) -> TempDir {
    let root = workspace(ours, PLAIN_OVERLAY);
    for (file, text) in [(ACCEPTED, accepted), (RECORD, record)] {
        if !text.is_empty() {
            fs::write(root.path().join(file), text).unwrap();
        }
    }
    root
}

/// Compares two documents.
fn compare(upstream: &str, ours: &str) -> Report {
    compare_in(&place(ours, "", ""), upstream)
}

/// Compares a document with that of a workspace.
fn compare_in(root: &TempDir, upstream: &str) -> Report {
    let upstream = Source::of_text("upstream.yaml", upstream).unwrap();
    drift::compare(root.path(), upstream, None).unwrap()
}

/// The findings in short: class, target, side and aspect.
fn short(report: &Report) -> Vec<String> {
    let news = report.news();
    news.map(|it| format!("{}: {} ({}), {}", it.effect, it.target, it.side.name(), it.aspect)).collect()
}
