//! Every operation as it goes over the wire.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use dots_api::Idempotency;
use http::HeaderName;
use serde_json::Value;

use super::document::Document;
use super::recorder::{Recorded, recorded};
use super::synthesis::Extent;
use super::{assert_snapshot, pretty};

#[test]
fn every_request_is_the_one_in_its_snapshot() {
    let mut stories: BTreeMap<&str, String> = BTreeMap::new();
    for recorded in recorded() {
        let story = stories.entry(recorded.operation.tag).or_default();
        story.push_str(&told(&recorded));
    }
    for (tag, story) in stories {
        assert_snapshot(&format!("requests-{tag}"), &story);
    }
}

#[test]
fn an_operation_value_survives_being_stored_and_read_again() {
    for recorded in recorded() {
        assert_eq!(recorded.read_back, recorded.written, "{} {:?}", recorded.operation.id, recorded.extent);
    }
}

#[test]
fn the_same_value_sent_twice_is_the_same_request_to_the_byte() {
    for Recorded { operation, first, second, .. } in recorded() {
        assert_eq!(first.url, second.url, "{}", operation.id);
        assert_eq!(first.headers, second.headers, "{}", operation.id);
        assert_eq!(first.body, second.body, "{}", operation.id);
    }
}

#[test]
fn a_keyed_request_carries_the_key_of_its_value_and_no_other_request_has_one() {
    for recorded in recorded() {
        let id = recorded.operation.id;
        let keyed = recorded.operation.idempotency != Idempotency::Unkeyed;
        assert_eq!(recorded.key.is_some(), keyed, "{id}");
        let given = recorded.written.pointer("/body/idempotency_key").cloned();
        assert_eq!(recorded.key.map(|key| Value::from(key.to_string())), given, "{id}");
        assert_eq!(recorded.json().and_then(|body| body.get("idempotency_key").cloned()), given, "{id}");
    }
}

#[test]
fn no_request_carries_a_header_that_dots_did_not_ask_for() {
    for Recorded { operation, first, .. } in recorded() {
        let names: Vec<_> = first.headers.keys().map(HeaderName::as_str).collect();
        let expected: &[_] = if first.body.is_some() { &["accept", "content-type"] } else { &["accept"] };
        assert_eq!(
            names.into_iter().collect::<BTreeSet<_>>(),
            expected.iter().copied().collect(),
            "{}",
            operation.id
        );
    }
}

#[test]
fn every_path_is_the_template_with_each_argument_in_its_own_place() {
    for recorded in recorded() {
        let expected: Vec<String> = recorded
            .operation
            .path
            .split('/')
            .map(|segment| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
                Some(name) => plain(&recorded.written[name]),
                None => segment.to_owned(),
            })
            .collect();
        assert_eq!(recorded.path(), expected.join("/"), "{}", recorded.operation.id);
    }
}

#[test]
fn a_query_holds_the_documented_names_each_with_its_own_value() {
    let document = Document::load();
    for recorded in recorded() {
        let id = recorded.operation.id;
        let pairs: Vec<(String, String)> = recorded.first.url.query_pairs().into_owned().collect();
        let names: BTreeSet<String> = pairs.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names.len(), pairs.len(), "{id}: no name twice");
        let documented = &document.operations[id];
        let expected = match recorded.extent {
            Extent::AllFields => &documented.query,
            Extent::RequiredFields => &documented.required_query,
        };
        assert_eq!(&names, expected, "{id}");
        for (name, value) in pairs {
            assert_eq!(value, plain(&recorded.written[&name]), "{id}: {name}");
        }
    }
}

#[test]
fn a_body_with_all_fields_holds_exactly_the_documented_ones() {
    let document = Document::load();
    for recorded in recorded().into_iter().filter(|recorded| recorded.extent == Extent::AllFields) {
        let id = recorded.operation.id;
        let Some(schema) = &document.operations[id].body else { continue };
        let body = recorded.json().unwrap_or_else(|| panic!("{id} sends no JSON"));
        assert_eq!(document.differences(schema, &body, ""), Vec::<String>::new(), "{id}");
    }
}

/// Formats a request as it is on the wire.
fn told(recorded: &Recorded) -> String {
    let Recorded { operation, extent, first, .. } = recorded;
    let extent = match extent {
        Extent::AllFields => "all fields",
        Extent::RequiredFields => "required fields",
    };
    let mut story = format!("---- {}, {extent}\n{} {}\n", operation.id, operation.method, recorded.path());
    for (place, pair) in first.url.query().into_iter().flat_map(|query| query.split('&')).enumerate() {
        let mark = if place == 0 { '?' } else { '&' };
        writeln!(story, "  {mark}{pair}").unwrap();
    }
    let mut headers: Vec<_> = first.headers.iter().collect();
    headers.sort_by_key(|(name, _)| name.as_str());
    for (name, value) in headers {
        writeln!(story, "{name}: {}", value.to_str().unwrap()).unwrap();
    }
    if let Some(body) = &first.body {
        let text = String::from_utf8(body.to_vec()).unwrap().replace("\r\n", "\n");
        let body = recorded.json().map_or(text, |json| pretty(&json));
        writeln!(story, "\n{}", body.trim_end()).unwrap();
    }
    story.push('\n');
    story
}

/// Formats a plain JSON value as in a URL.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
