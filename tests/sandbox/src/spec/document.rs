//! The document as JSON: its overlay, and its references.

#[cfg(test)]
use roas_overlay::{
    apply::{Apply as _, ApplyOptions},
    v1_0::Overlay,
};
use serde_json::Value;

use super::SpecError;

/// Parses the document and applies the overlay to it.
///
/// An action that matches nothing is an error: the correction of something that is gone would otherwise stay for ever.
#[cfg(test)]
pub(super) fn read(document: &str, overlay: &str) -> Result<Value, SpecError> {
    let options = serde_saphyr::options! { strict_booleans: true };
    let mut document: Value = serde_saphyr::from_str_with_options(document, options)
        .map_err(|error| SpecError::new(format!("the document is not YAML: {error}")))?;
    let overlay: Overlay = serde_saphyr::from_str(overlay)
        .map_err(|error| SpecError::new(format!("the overlay is not an overlay: {error}")))?;
    overlay
        .apply(&mut document, ApplyOptions::ErrorOnZeroMatch.into())
        .map_err(|error| SpecError::new(format!("the overlay does not fit the document: {error}")))?;
    Ok(document)
}

/// Follows `$ref` to the part of the document that it names.
pub(super) fn resolve<'d>(document: &'d Value, mut part: &'d Value) -> Result<&'d Value, SpecError> {
    // A longer chain of references is a cycle.
    for _ in 0..16 {
        let Some(reference) = part.get("$ref").and_then(Value::as_str) else { return Ok(part) };
        part = reference
            .strip_prefix('#')
            .and_then(|pointer| document.pointer(pointer))
            .ok_or_else(|| SpecError::new(format!("`{reference}` leads nowhere")))?;
    }
    Err(SpecError::new("a `$ref` leads back to itself"))
}
