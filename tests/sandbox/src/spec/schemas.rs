//! The document's schemas, compiled for requests or for answers.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Map, Value};

use super::{
    SpecError,
    schema::{Compiler, Components, Validator},
    translate::{Direction, Translator},
};

/// Compiles schemas of the document, which may refer to its components.
#[derive(Debug)]
pub(super) struct Schemas {
    translator: Translator,
    names: HashMap<String, usize>,
    components: Arc<Components>,
}

impl Schemas {
    /// Compiles the components of a document, so that a schema can refer to them.
    pub(super) fn new(document: &Value, direction: Direction) -> Result<Self, SpecError> {
        let translator = Translator::new(direction);
        let components = document.pointer("/components/schemas").and_then(Value::as_object);
        let components: Map<String, Value> = components
            .into_iter()
            .flatten()
            .map(|(name, schema)| (name.clone(), translator.schema(schema)))
            .collect();
        let (components, names) = Components::compile(&components)?;
        Ok(Self { translator, names, components: Arc::new(components) })
    }

    /// Compiles one schema.
    pub(super) fn validator(&self, schema: &Value) -> Result<Validator, SpecError> {
        let compiler = Compiler { names: &self.names };
        let root = Arc::new(compiler.node(&self.translator.schema(schema))?);
        Ok(Validator { root, components: Arc::clone(&self.components) })
    }
}

#[cfg(test)]
mod against;
#[cfg(test)]
mod tests;
