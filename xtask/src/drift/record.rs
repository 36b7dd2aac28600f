//! `openapi/recorded.yaml`: which documents of Dots were read last, with a hash of each text and their known defects.
//!
//! `drift --accept` writes it. It holds hashes, names and places, and no sentence.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::source::Source;
use crate::problem::Problems;
use crate::regen::load;

/// The path of the record, below the root of the workspace.
pub const RECORD: &str = "openapi/recorded.yaml";

/// Which document was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The hash of the file.
    pub sha256: String,
    /// What the document calls its version.
    pub version: String,
    /// The version of OpenAPI.
    pub openapi: String,
}

impl Read {
    pub(super) fn of(source: &Source) -> Self {
        Self {
            sha256: source.sha256.clone(),
            version: source.version.clone(),
            openapi: source.openapi.clone(),
        }
    }
}

/// What is recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The document.
    pub document: Option<Read>,
    /// The document of the webhooks.
    pub webhooks: Option<Read>,
    /// Defects by place, each with its kind.
    pub defects: BTreeSet<String>,
    /// Hashes of texts, by operation or definition.
    pub texts: BTreeMap<String, String>,
}

impl Record {
    /// Reads the record below `root`; without the file nothing is recorded.
    ///
    /// # Errors
    /// Returns a problem if the file is not YAML.
    pub fn load(root: &Path) -> Result<Self, Problems> {
        if !root.join(RECORD).exists() {
            return Ok(Self::default());
        }
        let value = load::yaml(RECORD, &load::read(root, RECORD)?)?;
        let text =
            |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let read = |key: &str| {
            value.get(key).map(|it| Read {
                sha256: text(it, "sha256"),
                version: text(it, "version"),
                openapi: text(it, "openapi"),
            })
        };
        let defects = value.get("defects").and_then(Value::as_array).into_iter().flatten();
        let texts = value.get("texts").and_then(Value::as_object).into_iter().flatten();
        Ok(Self {
            document: read("document"),
            webhooks: read("webhooks"),
            defects: defects.filter_map(Value::as_str).map(str::to_owned).collect(),
            texts: texts
                .map(|(name, hash)| (name.clone(), hash.as_str().unwrap_or_default().to_owned()))
                .collect(),
        })
    }

    /// The record as a file.
    pub(super) fn text(&self) -> String {
        let mut out = "# Written by `cargo xtask drift UPSTREAM --webhooks FILE --accept`. Which documents of Dots were\n\
                       # read, their defects, and a hash of the texts of each operation and definition.\n"
            .to_owned();
        for (key, read) in [("document", &self.document), ("webhooks", &self.webhooks)] {
            if let Some(read) = read {
                // Writing to a `String` cannot fail.
                let _ = writeln!(out, "{key}:");
                for (key, value) in
                    [("sha256", &read.sha256), ("version", &read.version), ("openapi", &read.openapi)]
                {
                    let _ = writeln!(out, "  {key}: {}", quoted(value));
                }
            }
        }
        if !self.defects.is_empty() {
            let _ = writeln!(out, "defects:");
            for it in &self.defects {
                let _ = writeln!(out, "  - {}", quoted(it));
            }
        }
        if !self.texts.is_empty() {
            let _ = writeln!(out, "texts:");
            for (name, hash) in &self.texts {
                let _ = writeln!(out, "  {}: {}", quoted(name), quoted(hash));
            }
        }
        out
    }
}

/// A text as YAML.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
