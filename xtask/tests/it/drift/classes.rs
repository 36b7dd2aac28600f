//! Each difference of schemas has its class: of requests and answers, in both directions.

use super::{compare, short, thing};

/// Whom a difference concerns in requests and in answers.
type Classes = (&'static str, &'static str);

const CALLERS: &str = "breaking for callers";
const READERS: &str = "breaking for readers";
const ADDITIVE: &str = "additive";
const PROSE: &str = "prose";

/// Less is allowed: a call may be refused, and an answer is one of those that were known.
const LESS: Classes = (CALLERS, ADDITIVE);
/// More is allowed.
const MORE: Classes = (ADDITIVE, READERS);
/// Something else is said.
const OTHER: Classes = (CALLERS, READERS);
/// There is more to use.
const NEW: Classes = (ADDITIVE, ADDITIVE);
/// Nothing on the wire.
const TEXT: Classes = (PROSE, PROSE);

/// What we say of `Thing`, what Dots says, the target and the aspect of the difference, and its classes: as it is, and with
/// the sides exchanged.
#[rustfmt::skip]
const ROWS: &[(&str, &str, &str, &str, Classes, Classes)] = &[
    // The type.
    ("f: { type: string }", "f: { type: integer }", "Thing.f", "type", OTHER, OTHER),
    ("f: { type: integer }", "f: { type: number }", "Thing.f", "type", MORE, LESS),
    ("f: { type: string }", "f: { oneOf: [{ type: string }, { type: object }] }", "Thing.f", "type", MORE, LESS),
    ("f: { type: boolean }", "f: {}", "Thing.f", "type", MORE, LESS),
    ("f: { type: array, items: { type: string } }", "f: { type: array, items: { type: integer } }", "Thing.f[]", "type", OTHER, OTHER),
    ("f: { type: object, additionalProperties: { type: string } }", "f: { type: object, additionalProperties: { type: integer } }", "Thing.f{}", "type", OTHER, OTHER),
    // Null.
    ("f: { type: string }", "f: { type: string, nullable: true }", "Thing.f", "null", MORE, LESS),
    ("f: { $ref: '#/components/schemas/Other' }", "f: { nullable: true, allOf: [{ $ref: '#/components/schemas/Other' }] }", "Thing.f", "null", MORE, LESS),
    // Fields.
    ("f: { type: string }", "f: { type: string }, g: { type: string }", "Thing.g", "field", NEW, OTHER),
    ("f: { type: object, properties: { a: { type: string } } }", "f: { type: object, properties: { a: { type: string }, b: { type: string } } }", "Thing.f.b", "field", NEW, OTHER),
    ("f: { type: array, items: { type: object, properties: { a: { type: string } } } }", "f: { type: array, items: { type: object, properties: { a: { type: string }, b: { type: string } } } }", "Thing.f[].b", "field", NEW, OTHER),
    ("f: { type: object, properties: { a: { type: string } } }", "f: { type: object, required: [a], properties: { a: { type: string } } }", "Thing.f.a", "required", LESS, MORE),
    ("f: { type: object }", "f: { type: object, properties: { a: { type: string } } }", "Thing.f", "fields", NEW, OTHER),
    ("f: { type: object, properties: { a: { type: string } } }", "f: { type: object, additionalProperties: false, properties: { a: { type: string } } }", "Thing.f", "closed", LESS, MORE),
    // Values.
    ("f: { type: string, enum: [a, b] }", "f: { type: string, enum: [a, b, c] }", "Thing.f", "enum", NEW, OTHER),
    ("f: { type: string }", "f: { type: string, enum: [a] }", "Thing.f", "enum", LESS, MORE),
    ("f: { type: string, enum: [a, b] }", "f: { type: string, enum: [a, c] }", "Thing.f", "enum", OTHER, OTHER),
    ("f: { type: string }", "f: { type: string, format: uuid }", "Thing.f", "format", LESS, MORE),
    ("f: { type: string, format: date }", "f: { type: string, format: date-time }", "Thing.f", "format", OTHER, OTHER),
    ("f: { type: string }", "f: { type: string, pattern: '^a' }", "Thing.f", "pattern", LESS, MORE),
    // Bounds.
    ("f: { type: integer }", "f: { type: integer, minimum: 1 }", "Thing.f", "minimum", LESS, MORE),
    ("f: { type: integer, minimum: 1 }", "f: { type: integer, minimum: 5 }", "Thing.f", "minimum", LESS, MORE),
    ("f: { type: integer, maximum: 9 }", "f: { type: integer, maximum: 5 }", "Thing.f", "maximum", LESS, MORE),
    ("f: { type: number, minimum: 0 }", "f: { type: number, minimum: 0, exclusiveMinimum: true }", "Thing.f", "minimum", OTHER, OTHER),
    ("f: { type: string, maxLength: 9 }", "f: { type: string, maxLength: 5 }", "Thing.f", "maxLength", LESS, MORE),
    ("f: { type: string }", "f: { type: string, minLength: 2 }", "Thing.f", "minLength", LESS, MORE),
    ("f: { type: array, items: {} }", "f: { type: array, items: {}, minItems: 1 }", "Thing.f", "minItems", LESS, MORE),
    ("f: { type: array, items: {} }", "f: { type: array, items: {}, uniqueItems: true }", "Thing.f", "uniqueItems", LESS, MORE),
    ("f: { type: integer }", "f: { type: integer, multipleOf: 5 }", "Thing.f", "multipleOf", LESS, MORE),
    // What a call means without the field.
    ("f: { type: string, default: a }", "f: { type: string, default: b }", "Thing.f", "default", OTHER, OTHER),
    ("f: { type: string }", "f: { type: string, default: b }", "Thing.f", "default", NEW, OTHER),
    // Marks.
    ("f: { type: string }", "f: { type: string, deprecated: true }", "Thing.f", "deprecated", TEXT, TEXT),
    ("f: { type: string }", "f: { type: string, readOnly: true }", "Thing.f", "readOnly", OTHER, OTHER),
    // Unions of objects: one by one where both have as many.
    ("f: { oneOf: [{ type: object, properties: { k: { type: string, enum: [a] }, x: { type: string } } }, { type: object, properties: { k: { type: string, enum: [b] }, y: { type: string } } }] }",
     "f: { oneOf: [{ type: object, properties: { k: { type: string, enum: [b] }, y: { type: integer } } }, { type: object, properties: { k: { type: string, enum: [a] }, x: { type: string } } }] }",
     "Thing.f.y", "type", OTHER, OTHER),
];

fn schema(properties: &str) -> String {
    thing("3.0.3", &format!("{{ type: object, properties: {{ {properties} }} }}"))
}

#[test]
fn what_differs_within_a_definition_of_ours_is_told_by_its_name() {
    let shared = "f: { $ref: '#/components/schemas/Other' }";
    let inline = "f: { type: object, properties: { a: { type: integer } } }";
    for (upstream, ours, target) in [(inline, shared, "Other.a"), (shared, inline, "Thing.f.a")] {
        let mut found = short(&compare(&schema(upstream), &schema(ours)));
        found.sort();
        let expected = [("callers", "requests"), ("readers", "answers")];
        assert_eq!(
            found,
            expected.map(|(whom, side)| format!("breaking for {whom}: {target} ({side}), type"))
        );
    }
}

#[test]
fn each_difference_of_a_schema_has_its_class_on_each_side_and_in_both_directions() {
    let mut tried = 0;
    for (ours, upstream, target, aspect, forward, backward) in ROWS {
        for (upstream, ours, (requests, answers)) in [(upstream, ours, forward), (ours, upstream, backward)] {
            let report = compare(&schema(upstream), &schema(ours));
            let mut expected = vec![
                format!("{requests}: {target} (requests), {aspect}"),
                format!("{answers}: {target} (answers), {aspect}"),
            ];
            let mut found = short(&report);
            expected.sort();
            found.sort();
            assert_eq!(
                found,
                expected,
                "Dots: {upstream}; here: {ours}\n{}",
                report.print(xtask::drift::Form::Text)
            );
            tried += 1;
        }
    }
    assert!(tried >= 60, "{tried} pairs");
}

#[test]
fn a_field_that_must_be_sent_from_now_on_breaks_callers_and_gives_readers_more() {
    let ours = thing("3.0.3", "{ type: object, properties: { f: { type: string } } }");
    let upstream = thing(
        "3.0.3",
        "{ type: object, required: [g], properties: { f: { type: string }, g: { type: string } } }",
    );
    let report = compare(&upstream, &ours);
    assert_eq!(
        short(&report),
        ["breaking for callers: Thing.g (requests), field", "additive: Thing.g (answers), field"]
    );
    assert!(report.news().all(|it| it.upstream == "string, required" && it.ours == "absent"));
}

#[test]
fn a_rule_between_fields_is_told_in_words() {
    let ours = thing("3.0.3", "{ type: object, properties: { a: { type: string }, b: { type: string } } }");
    let upstream = thing(
        "3.1.0",
        "{ type: object, properties: { a: { type: string }, b: { type: string } }, oneOf: [{ required: [a] }, { required: [b] }], if: { properties: { a: { const: US } } }, then: { required: [b] } }",
    );
    let report = compare(&upstream, &ours);
    let mut rules: Vec<_> =
        report.news().filter(|it| it.side.name() == "requests").map(|it| it.upstream.as_str()).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["if a = US then b required", "one of: a required; b required"]);
}

#[test]
fn an_object_more_in_a_union_is_told_with_the_fields_that_it_brings() {
    let one = "f: { oneOf: [{ type: object, properties: { a: { type: string } } }, { type: object, properties: { b: { type: string } } }] }";
    let two = "f: { oneOf: [{ type: object, properties: { a: { type: string } } }, { type: object, properties: { b: { type: string } } }, { type: object, properties: { c: { type: string } } }] }";
    let found = short(&compare(&schema(two), &schema(one)));
    for expected in
        ["breaking for callers: Thing.f (requests), variants", "additive: Thing.f.c (answers), field"]
    {
        assert!(found.iter().any(|it| it == expected), "{found:?}");
    }
}
