//! Line numbers: where in the document's file a JSON pointer leads.
//!
//! The parser keeps no positions, so this reads the indentation of YAML in block style. Within flow style, such as
//! `{ type: string }`, the line is that of the part around it.

use std::collections::BTreeMap;

use super::pointer::Pointer;

/// The line of each part of a file, counted from one.
#[derive(Clone, Debug, Default)]
pub struct Lines(BTreeMap<String, usize>);

/// A part that is open: its indentation, its place, and how many items it has had.
struct Open {
    indent: usize,
    place: Pointer,
    items: usize,
    is_item: bool,
}

impl Lines {
    /// Reads the lines of a YAML file.
    pub fn of(text: &str) -> Self {
        let mut lines = BTreeMap::new();
        let mut open: Vec<Open> = vec![];
        let mut block: Option<usize> = None;
        for (index, line) in text.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let body = line.trim();
            if body.is_empty() || block.is_some_and(|outer| indent > outer) {
                continue;
            }
            block = None;
            if body.starts_with('#') {
                continue;
            }
            read_line(&mut lines, &mut open, indent, body, index + 1);
            if [": |", ": >", ": |-", ": >-", ": |+", ": >+"].iter().any(|end| body.ends_with(end)) {
                block = Some(indent);
            }
        }
        Self(lines)
    }

    /// The line of a place, if it has one of its own.
    pub fn at(&self, pointer: &str) -> Option<usize> {
        self.0.get(pointer).copied()
    }

    /// The line of a place, or of the smallest part around it that has one.
    pub fn find(&self, pointer: &str) -> Option<usize> {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.0.get(pointer) {
                return Some(*line);
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }
}

/// Reads the items and the key that a line begins with.
fn read_line(
    lines: &mut BTreeMap<String, usize>,
    open: &mut Vec<Open>,
    indent: usize,
    body: &str,
    number: usize,
) {
    let (mut indent, mut body) = (indent, body);
    loop {
        let item = body.strip_prefix("- ").or_else(|| (body == "-").then_some(""));
        // A list may stand as deep as the key that holds it.
        open.retain(|it| it.indent < indent || (it.indent == indent && item.is_some() && !it.is_item));
        let Some(rest) = item else { break };
        let (outer, index) = match open.last_mut() {
            Some(outer) => {
                outer.items += 1;
                (outer.place.clone(), outer.items - 1)
            }
            None => return,
        };
        let place = outer.index(index);
        lines.entry(place.as_str().to_owned()).or_insert(number);
        open.push(Open { indent, place, items: 0, is_item: true });
        indent += body.len() - rest.trim_start().len();
        body = rest.trim_start();
    }
    let Some(key) = key(body) else { return };
    let place = open.last().map_or_else(Pointer::root, |outer| outer.place.clone()).key(&key);
    lines.entry(place.as_str().to_owned()).or_insert(number);
    open.push(Open { indent, place, items: 0, is_item: false });
}

/// The key at the beginning of a line, without its quotes.
fn key(body: &str) -> Option<String> {
    for quote in ['\'', '"'] {
        if let Some((key, rest)) = body.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return rest.starts_with(':').then(|| key.to_owned());
        }
    }
    let (key, _) = body.split_once(": ").or_else(|| Some((body.strip_suffix(':')?, "")))?;
    (!key.starts_with(['{', '['])).then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::Lines;
    use crate::regen::pointer::escape;

    fn pointer(segments: &[&str]) -> String {
        segments.iter().map(|segment| format!("/{}", escape(segment))).collect()
    }

    const TEXT: &str = "\
openapi: 3.0.3
paths:
  /v2/users/{user_id}:
    get:
      tags:
      - users
      parameters:
        - $ref: '#/a'
        - name: limit
          in: query
      description: |
        responses: this is prose
      responses:
        '200': { description: ok }
components:
  schemas:
    A:
      properties:
        b: { type: string }
";

    #[test]
    fn each_part_has_the_line_on_which_it_begins() {
        let lines = Lines::of(TEXT);
        let user = |rest: &[&str]| pointer(&[&["paths", "/v2/users/{user_id}", "get"], rest].concat());
        for (place, line) in [
            ("/openapi".to_owned(), 1),
            (user(&[]), 4),
            (user(&["tags", "0"]), 6),
            (user(&["parameters", "0", "$ref"]), 8),
            (user(&["parameters", "1", "in"]), 10),
            (user(&["responses"]), 13),
            (user(&["responses", "200", "description"]), 14),
            ("/components/schemas/A/properties/b/type".to_owned(), 19),
            ("/components/schemas/A".to_owned(), 17),
        ] {
            assert_eq!(lines.find(&place), Some(line), "{place}");
        }
        assert_eq!(lines.find("/nowhere"), None);
        assert_eq!(lines.find("openapi/overlay.yaml: action 1"), None);
    }
}
