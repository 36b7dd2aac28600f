//! The order of properties in the document's file, which the parser does not keep.
//!
//! A field stands where its author put it: an amount before a memo, a street before a town.

use serde_json::Value;

use super::lines::Lines;
use super::normal;
use super::pointer::escape;

/// How deep composition is followed; `check` refuses circles.
const MAX_DEPTH: usize = 16;

/// Where properties stand in a document.
pub(crate) struct Order<'a> {
    document: &'a Value,
    lines: Option<&'a Lines>,
}

impl<'a> Order<'a> {
    /// The order of a document; without lines, which only a file has, nothing is ordered.
    pub(crate) fn of(document: &'a Value, lines: Option<&'a Lines>) -> Self {
        Self { document, lines }
    }

    /// What to sort a property of the schema at `place` by: the parts of a composition come in their order, and what
    /// only the overlay has comes last.
    pub(crate) fn rank(&self, place: &str, property: &str) -> Vec<usize> {
        self.within(place, property, 0).unwrap_or_else(|| vec![usize::MAX])
    }

    fn within(&self, place: &str, property: &str, depth: usize) -> Option<Vec<usize>> {
        let schema = self.document.pointer(place).filter(|_| depth < MAX_DEPTH)?;
        if let Some(name) = normal::target(schema) {
            return self.within(&format!("/components/schemas/{name}"), property, depth + 1);
        }
        let parts = schema.get("allOf").and_then(Value::as_array).map_or(0, Vec::len);
        if schema.get("properties").is_some_and(|it| it.get(property).is_some()) {
            let at = format!("{place}/properties/{}", escape(property));
            return Some(vec![parts, self.lines?.at(&at).unwrap_or(usize::MAX)]);
        }
        (0..parts).find_map(|part| {
            let rank = self.within(&format!("{place}/allOf/{part}"), property, depth + 1)?;
            Some([vec![part], rank].concat())
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Lines, Order};

    const TEXT: &str = "\
components:
  schemas:
    Base:
      properties:
        id:
          type: string
        created:
          type: string
    Whole:
      allOf:
        - $ref: '#/components/schemas/Base'
        - type: object
          properties:
            zip:
              type: string
            city:
              type: string
";

    #[test]
    fn properties_come_as_in_the_file_with_the_parts_of_a_composition_in_turn() {
        let text = json!({ "type": "string" });
        let document = json!({ "components": { "schemas": {
            "Base": { "properties": { "id": text, "created": text, "added": text } },
            "Whole": { "allOf": [
                { "$ref": "#/components/schemas/Base" },
                { "type": "object", "properties": { "city": text, "zip": text } },
            ] },
        } } });
        let lines = Lines::of(TEXT);
        let order = Order::of(&document, Some(&lines));
        let mut names = ["added", "city", "created", "elsewhere", "id", "zip"];
        names.sort_by_key(|name| order.rank("/components/schemas/Whole", name));
        assert_eq!(names, ["id", "created", "added", "zip", "city", "elsewhere"]);
    }
}
