//! What two documents write otherwise and mean alike is not told.

use super::{compare, document, short, thing};

/// What we write and what Dots writes of the field `f`.
const SAME: &[(&str, &str)] = &[
    // One notion of null.
    ("{ type: string, nullable: true }", "{ type: [string, 'null'] }"),
    ("{ type: string, nullable: true }", "{ type: string, nullable: true }"),
    ("{ type: string, nullable: true }", "{ anyOf: [{ type: string }, { type: 'null' }], default: null }"),
    ("{ type: string, enum: [a], nullable: true }", "{ type: [string, 'null'], enum: [a, null] }"),
    ("{ type: string, nullable: true }", "{ type: [string, null] }"),
    (
        "{ nullable: true, allOf: [{ $ref: '#/components/schemas/Other' }] }",
        "{ oneOf: [{ $ref: '#/components/schemas/Other' }, { type: 'null' }] }",
    ),
    // References, and keys beside them.
    ("{ $ref: '#/components/schemas/Other' }", "{ $ref: '#/components/schemas/Other', description: why }"),
    ("{ $ref: '#/components/schemas/Other' }", "{ type: object, properties: { a: { type: string } } }"),
    ("{ allOf: [{ $ref: '#/components/schemas/Other' }] }", "{ $ref: '#/components/schemas/Other' }"),
    // `allOf` merged.
    (
        "{ type: object, required: [b], properties: { a: { type: string }, b: { type: string } } }",
        "{ allOf: [{ $ref: '#/components/schemas/Other' }, { required: [b], properties: { b: { type: string } } }] }",
    ),
    (
        "{ type: object, required: [a], properties: { a: { type: string } } }",
        "{ $ref: '#/components/schemas/Other', required: [a] }",
    ),
    // Variants united.
    ("{ oneOf: [{ type: string }, { type: object }] }", "{ type: [string, object] }"),
    ("{ anyOf: [{ type: object }, { type: string }] }", "{ oneOf: [{ type: string }, { type: object }] }"),
    ("{ type: string }", "{ oneOf: [{ type: string }] }"),
    // Bounds of both versions.
    ("{ type: number, minimum: 0, exclusiveMinimum: true }", "{ type: number, exclusiveMinimum: 0 }"),
    ("{ type: integer, minimum: 1 }", "{ type: integer, exclusiveMinimum: 0 }"),
    ("{ type: string, minLength: 0 }", "{ type: string }"),
    // One value.
    ("{ type: string, enum: [a] }", "{ const: a }"),
    ("{ type: string, enum: [a] }", "{ const: a, default: a, type: string }"),
    // Misspelt keys, and the case of formats.
    ("{ type: integer, minimum: 0, maximum: 9 }", "{ type: integer, min: 0, max: 9 }"),
    ("{ type: string, format: uuid }", "{ type: string, format: UUID }"),
    ("{ type: string, deprecated: true }", "{ type: string, depcrecated: true }"),
    ("{ type: string, enum: [a, b] }", "{ type: { enum: [a, b] } }"),
    // What is the default anyhow.
    ("{ type: object, additionalProperties: true }", "{ type: object }"),
    ("{ type: object, additionalProperties: {} }", "{ type: object }"),
    ("{ type: string, format: byte }", "{ type: string, contentEncoding: base64 }"),
    // Order, and prose.
    ("{ type: string, enum: [a, b] }", "{ enum: [b, a], type: string }"),
    (
        "{ type: string, description: one, example: a }",
        "{ type: string, description: two, examples: [b], title: F }",
    ),
    // What a condition brings is there, and not required.
    (
        "{ type: object, properties: { a: { type: string }, b: { oneOf: [{ type: number }, { type: string }] } } }",
        "{ type: object, properties: { a: { type: string }, b: { type: [number, string] } } }",
    ),
];

#[test]
fn what_is_written_otherwise_and_says_the_same_is_no_difference() {
    for (ours, upstream) in SAME {
        let report = compare(
            &thing("3.1.0", &format!("{{ type: object, properties: {{ f: {upstream} }} }}")),
            &thing("3.0.3", &format!("{{ type: object, properties: {{ f: {ours} }} }}")),
        );
        assert!(short(&report).is_empty(), "Dots: {upstream}; here: {ours}: {:?}", short(&report));
    }
}

#[test]
fn the_fields_of_a_condition_are_fields_and_the_condition_is_a_rule() {
    let ours = thing(
        "3.0.3",
        "{ type: object, properties: { a: { type: string }, b: { oneOf: [{ type: number }, { type: string }] } } }",
    );
    let upstream = thing(
        "3.1.0",
        "{ type: object, properties: { a: { type: string } }, oneOf: [{ if: { properties: { a: { const: x } } }, then: { properties: { b: { type: number } }, required: [b] } }, { if: { properties: { a: { const: y } } }, then: { properties: { b: { type: string } } } }] }",
    );
    let report = compare(&upstream, &ours);
    assert!(report.news().all(|it| it.aspect == "rule"), "{:?}", short(&report));
    assert_eq!(report.news().count(), 4);
}

#[test]
fn names_in_paths_a_slash_at_the_end_and_parameters_of_the_path_say_nothing() {
    let ours =
        document("3.0.3", "      parameters: [{ name: limit, in: query, schema: { type: integer } }]", "");
    let upstream = ours
        .replace("/things/{id}:", "/things/{thing_id}/:")
        .replace("name: id, in", "name: thing_id, in")
        .replace("make_thing", "create-thing");
    let report = compare(&upstream, &ours);
    assert!(short(&report).is_empty(), "{:?}", short(&report));
    assert_eq!(report.counts, (1, 0));
}

#[test]
fn schemas_that_refer_to_one_another_end() {
    let schemas = "    Thing: { type: object, properties: { parts: { type: array, items: { $ref: '#/components/schemas/Part' } } } }
    Part: { type: object, properties: { whole: { $ref: '#/components/schemas/Thing' }, name: { type: string } } }\n";
    let fields = "      responses: { '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Thing' } } } } }";
    let ours = document("3.0.3", fields, schemas);
    assert!(short(&compare(&ours, &ours)).is_empty());
    let upstream = ours.replace("name: { type: string }", "name: { type: integer }");
    assert_eq!(short(&compare(&upstream, &ours)), ["breaking for readers: Part.name (answers), type"]);
}
