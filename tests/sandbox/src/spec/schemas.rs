//! The document's schemas, compiled for requests or for answers.

use std::sync::{Arc, OnceLock};

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Value, json};

use super::{
    SpecError, formats,
    translate::{Direction, Translator},
};

/// Compiles schemas of the document, which may refer to its components.
#[derive(Debug)]
pub(super) struct Schemas {
    translator: Translator,
    registry: Registry<'static>,
}

impl Schemas {
    /// Translates the components of a document, so that a schema can refer to them.
    pub(super) fn new(document: &Value, direction: Direction) -> Result<Self, SpecError> {
        let translator = Translator::new(direction);
        let components = document.pointer("/components/schemas").and_then(Value::as_object);
        let components: serde_json::Map<String, Value> = components
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.clone(), translator.schema(schema)))
            .collect();
        let registry = Registry::new()
            .draft(Draft::Draft202012)
            .add(direction.uri(), json!({ "components": { "schemas": components } }))
            .and_then(jsonschema::RegistryBuilder::prepare)
            .map_err(|error| SpecError::new(format!("the schemas cannot be registered: {error}")))?;
        Ok(Self { translator, registry })
    }

    /// Compiles one schema.
    pub(super) fn validator(&self, schema: &Value) -> Result<Validator, SpecError> {
        formats::register(jsonschema::options())
            .with_draft(Draft::Draft202012)
            .with_registry(&self.registry)
            .build(&self.translator.schema(schema))
            .map_err(|error| SpecError::new(format!("a schema cannot be compiled: {error}")))
    }
}

/// A schema that is compiled when it is first used. Most programs meet a few of the document's answers, and compiling
/// all of them takes a third of the time of a start.
#[derive(Debug)]
pub(crate) struct LazySchema {
    schema: Value,
    schemas: Arc<Schemas>,
    compiled: OnceLock<Result<Validator, SpecError>>,
}

impl LazySchema {
    pub(super) fn new(schemas: &Arc<Schemas>, schema: &Value) -> Self {
        Self { schema: schema.clone(), schemas: Arc::clone(schemas), compiled: OnceLock::new() }
    }

    /// Returns the compiled schema.
    ///
    /// # Errors
    /// Returns an error each time for a schema that cannot be compiled.
    pub(crate) fn validator(&self) -> Result<&Validator, &SpecError> {
        self.compiled.get_or_init(|| self.schemas.validator(&self.schema)).as_ref()
    }
}

#[cfg(test)]
mod tests;
