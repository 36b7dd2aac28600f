//! Step 5, generate: runs progenitor and typify on the lowered document, and hands their syntax tree to the shape
//! step.

mod contained;

use progenitor::{GenerationSettings, Generator, InterfaceStyle, TagStyle, TypeImpl};
use serde_json::Value;

use super::lines::Lines;
use super::lower;
use super::order::Order;
use super::scalars::SCALARS;
use super::{Generated, fingerprint, normal, shape, surface};
use crate::problem::Problems;

/// Generates the files of `dots-api/src/generated/` from a checked document; with the lines of its file, fields come in
/// their order there.
///
/// # Errors
/// Returns a problem if two enums of one name list different values, if progenitor refuses the lowered document, or
/// if a shape pass finds nothing to do, which means that the pass or the document is out of date.
pub(super) fn generate(document: &Value, lines: Option<&Lines>) -> Result<Generated, Problems> {
    let lowered = lower::lower(normal::of(document)?)?;
    let order = Order::of(document, lines);
    let mut steps = vec![format!(
        "lower: {} operations, {} schemas kept, {} that nothing refers to dropped ({}), {} enums named",
        lowered.operations.len(),
        lowered.schemas.len(),
        lowered.dropped.len(),
        lowered.dropped.join(", "),
        lowered.enums.len()
    )];
    let code = contained::generate(&lowered, run_progenitor)?;
    let made =
        syn::parse_file(&code).map_err(|error| refused(&format!("its output is not Rust: {error}")))?;
    let shaped = shape::shape(&made, &lowered, &order)?;
    let lines: usize = shaped.files.values().map(|text| text.lines().count()).sum();
    steps.push(format!("generate: {} types and {} calls read from progenitor", shaped.types, shaped.calls));
    steps.push(format!("shape: {}", shaped.passes.join(", ")));
    steps.push(format!("split: {} files, {lines} lines", shaped.files.len()));
    let surface = surface::of(&lowered, &fingerprint::of(document));
    let tags = lowered.operations.values().map(|facts| facts.tag.clone()).collect();
    Ok(Generated { files: shaped.files, surface, tags, idle: shaped.idle, steps })
}

/// Runs progenitor on a lowered document; `enums` are the types beside the scalars that are written elsewhere.
fn run_progenitor(document: &Value, enums: &[&str]) -> Result<String, String> {
    let document: openapiv3::OpenAPI = serde_json::from_value(document.clone())
        .map_err(|error| format!("the lowered document is not OpenAPI: {error}"))?;
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_map_type("::std::collections::BTreeMap");
    for name in SCALARS.iter().map(|scalar| scalar.name).chain(enums.iter().copied()) {
        settings.with_replacement(
            name,
            format!("crate::{name}"),
            [TypeImpl::Display, TypeImpl::FromStr].into_iter(),
        );
    }
    let tokens = Generator::new(&settings).generate_tokens(&document);
    tokens.map(|tokens| tokens.to_string()).map_err(|error| error.to_string())
}

fn refused(what: &str) -> Problems {
    Problems::one(
        "openapi/dots.yaml",
        format!("progenitor could not make a client: {what}"),
        "find the construct in the document, give it to `regen::check` as a check of its own, and lower it or correct \
         it in openapi/overlay.yaml",
    )
}
