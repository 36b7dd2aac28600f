//! Step 5, generate: runs progenitor and typify on the lowered document, and hands their syntax tree to the shape
//! step.

use progenitor::{GenerationSettings, Generator, InterfaceStyle, TagStyle, TypeImpl};
use serde_json::Value;

use super::lower::{self, Lowered, SCALARS};
use super::{Generated, shape};
use crate::problem::Problems;

/// Generates the files of `dots-api/src/generated/` from a checked document.
///
/// # Errors
/// Returns a problem if two enums of one name list different values, if progenitor refuses the lowered document, or
/// if a shape pass finds nothing to do, which means that the pass or the document is out of date.
pub(super) fn generate(document: &Value) -> Result<Generated, Problems> {
    let lowered = lower::lower(document)?;
    let mut steps = vec![format!(
        "lower: {} operations, {} schemas kept, {} dropped, {} enums named",
        lowered.operations.len(),
        lowered.schemas.len(),
        lowered.dropped,
        lowered.enums.len()
    )];
    let tokens = run_progenitor(&lowered)?;
    let made = syn::parse2(tokens).map_err(|error| refused(&format!("its output is not Rust: {error}")))?;
    let shaped = shape::shape(&made, &lowered)?;
    let lines: usize = shaped.files.values().map(|text| text.lines().count()).sum();
    steps.push(format!("generate: {} types and {} calls read from progenitor", shaped.types, shaped.calls));
    steps.push(format!("shape: {}", shaped.passes.join(", ")));
    steps.push(format!("split: {} files, {lines} lines", shaped.files.len()));
    Ok(Generated { files: shaped.files, steps })
}

fn run_progenitor(lowered: &Lowered) -> Result<proc_macro2::TokenStream, Problems> {
    let document: openapiv3::OpenAPI = serde_json::from_value(lowered.document.clone())
        .map_err(|error| refused(&format!("the lowered document is not OpenAPI: {error}")))?;
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_map_type("::std::collections::BTreeMap");
    for name in SCALARS.iter().copied().chain(lowered.enums.keys().map(String::as_str)) {
        settings.with_replacement(
            name,
            format!("crate::{name}"),
            [TypeImpl::Display, TypeImpl::FromStr].into_iter(),
        );
    }
    Generator::new(&settings).generate_tokens(&document).map_err(|error| refused(&error.to_string()))
}

fn refused(what: &str) -> Problems {
    Problems::one(
        "openapi/dots.yaml",
        format!("progenitor could not make a client: {what}"),
        "find the construct in the document, give it to `regen::check` as a check of its own, and lower it or correct \
         it in openapi/overlay.yaml",
    )
}
