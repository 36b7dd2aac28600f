//! The schema of a list in two parts, so that a row that was checked before need not be checked again.

use serde_json::{Map, Value};

use super::{SpecError, Validator, document::resolve, schemas::Schemas};

/// The keywords that say nothing about the rows of the array beside them but how many there are.
const OF_THE_ARRAY: [&str; 6] = ["type", "description", "title", "example", "minItems", "maxItems"];

/// The keywords of an object that look at its rows through `properties` alone.
const OF_THE_PAGE: [&str; 5] = ["type", "description", "title", "properties", "required"];

/// A list's schema: a list is valid when its rows are, and the list is with anything in their place.
#[derive(Debug)]
pub(crate) struct ListSchema {
    /// The list, whose rows may be anything.
    pub(crate) envelope: Validator,
    pub(crate) row: Validator,
}

impl ListSchema {
    /// Reads the schema of an answer; `None` when it is not that of a list, or says more of its rows.
    pub(super) fn read(
        document: &Value,
        schema: &Value,
        answers: &Schemas,
    ) -> Result<Option<Self>, SpecError> {
        let mut envelope = resolve(document, schema)?.clone();
        let Some(row) = rows(&mut envelope).and_then(|array| array.remove("items")) else { return Ok(None) };
        Ok(Some(Self { envelope: answers.validator(&envelope)?, row: answers.validator(&row)? }))
    }
}

/// Returns the array of a list's schema.
fn rows(schema: &mut Value) -> Option<&mut Map<String, Value>> {
    let fields = schema.as_object_mut()?;
    let array = if fields.contains_key("items") {
        fields
    } else {
        if !fields.keys().all(|keyword| OF_THE_PAGE.contains(&keyword.as_str())) {
            return None;
        }
        fields.get_mut("properties")?.get_mut("data")?.as_object_mut()?
    };
    let says_no_more = |keyword: &String| keyword == "items" || OF_THE_ARRAY.contains(&keyword.as_str());
    array.keys().all(says_no_more).then_some(array)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use serde_json::json;

    use super::*;
    use crate::spec::{Spec, translate::Direction};

    #[test]
    fn every_list_of_the_document_is_checked_row_by_row() {
        let spec = Spec::embedded().unwrap();
        let is_list = |id: &str| id.starts_with("list_");
        let lists = spec.operations.iter().filter(|operation| is_list(&operation.id));
        let lists: Vec<bool> =
            lists.map(|list| list.answer(list.success()).unwrap().list.is_some()).collect();
        assert_eq!(lists, [true; 17]);
    }

    #[test]
    fn a_schema_that_compares_its_rows_is_checked_whole() {
        let schemas = Schemas::new(&json!({}), Direction::Answer).unwrap();
        let read = |schema: Value| ListSchema::read(&json!({}), &schema, &schemas).unwrap().is_some();
        let rows = || json!({ "type": "array", "items": { "type": "string" } });
        assert!(read(rows()));
        assert!(read(json!({ "properties": { "data": rows() } })));
        assert!(!read(json!({ "items": {}, "uniqueItems": true })));
        assert!(!read(json!({ "items": {}, "allOf": [{ "items": { "type": "string" } }] })));
        assert!(!read(json!({ "properties": { "data": rows() }, "allOf": [] })));
        assert!(!read(json!({ "type": "object" })));
    }
}
