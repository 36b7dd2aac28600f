//! Differences of operations, parameters, bodies, answers and webhooks.

use xtask::drift::source::Source;
use xtask::drift::{self, Report};

use super::{compare, document, place, short};

const BODY: &str = "      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Other' } } } }\n";
const ANSWER: &str = "      responses: { '200': { description: ok, content: { application/json: { schema: { $ref: '#/components/schemas/Other' } } } } }\n";
const LIMIT: &str = "      parameters: [{ name: limit, in: query, schema: { type: integer } }]\n";

/// The fields of our operation, those of Dots', and the findings: as it is, and with the sides exchanged.
#[rustfmt::skip]
const ROWS: &[(&str, &str, &str, &str)] = &[
    (LIMIT, "", "breaking for callers: query limit (requests), parameter", "additive: query limit (requests), parameter"),
    ("      parameters: [{ name: a, in: query, required: true, schema: { type: string } }]\n", "",
     "breaking for callers: query a (requests), parameter", "breaking for callers: query a (requests), parameter"),
    (LIMIT, "      parameters: [{ name: limit, in: query, required: true, schema: { type: integer } }]\n",
     "breaking for callers: query limit (requests), required", "additive: query limit (requests), required"),
    (LIMIT, "      parameters: [{ name: limit, in: query, schema: { type: string } }]\n",
     "breaking for callers: query limit (requests), type", "breaking for callers: query limit (requests), type"),
    (LIMIT, "      parameters: [{ name: limit, in: query, explode: false, schema: { type: integer } }]\n",
     "breaking for callers: query limit (requests), explode", "breaking for callers: query limit (requests), explode"),
    (LIMIT, "      parameters: [{ name: limit, in: query, schema: { type: integer, maximum: 9 } }]\n",
     "breaking for callers: query limit (requests), maximum", "additive: query limit (requests), maximum"),
    ("      parameters: [{ name: A, in: header, schema: { type: string } }]\n", "",
     "breaking for callers: header A (requests), parameter", "additive: header A (requests), parameter"),
    (BODY, "", "breaking for callers: POST /things/{id} request (requests), body", "breaking for callers: POST /things/{id} request (requests), body"),
    ("      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Other' } } } }\n", BODY,
     "breaking for callers: POST /things/{id} request (requests), required", "additive: POST /things/{id} request (requests), required"),
    (BODY, "      requestBody: { required: true, content: { application/json: { schema: { $ref: '#/components/schemas/Other' } }, text/plain: { schema: { type: string } } } }\n",
     "additive: POST /things/{id} request (requests), body text/plain", "breaking for callers: POST /things/{id} request (requests), body text/plain"),
    (ANSWER, "      responses: { '200': { description: ok } }\n",
     "breaking for readers: POST /things/{id} response 200 (answers), body application/json", "additive: POST /things/{id} response 200 (answers), body application/json"),
    ("      responses: { '200': { description: ok } }\n", "      responses: { '200': { description: ok }, '202': { description: later } }\n",
     "breaking for readers: POST /things/{id} response 202 (answers), status", "breaking for readers: POST /things/{id} response 202 (answers), status"),
    ("      responses: { '200': { description: ok } }\n", "      responses: { '200': { description: ok }, '409': { description: known } }\n",
     "additive: POST /things/{id} response 409 (answers), status", "additive: POST /things/{id} response 409 (answers), status"),
    ("", "      deprecated: true\n", "prose: POST /things/{id} (requests), deprecated", "prose: POST /things/{id} (requests), deprecated"),
    ("", "      security: []\n", "breaking for callers: POST /things/{id} (requests), credentials", "breaking for callers: POST /things/{id} (requests), credentials"),
];

#[test]
fn each_difference_of_an_operation_has_its_class_in_both_directions() {
    for (ours, upstream, forward, backward) in ROWS {
        let (ours, upstream) = (document("3.0.3", ours, ""), document("3.0.3", upstream, ""));
        assert_eq!(short(&compare(&upstream, &ours)), [*forward], "{upstream}");
        assert_eq!(short(&compare(&ours, &upstream)), [*backward], "{ours}");
    }
}

#[test]
fn an_operation_more_is_additive_and_one_less_breaks_callers() {
    let one = document("3.0.3", "", "");
    let two = one.replace("components:\n", "  /others:\n    get:\n      operationId: list_others\n      tags: [things]\n      responses: { '200': { description: ok } }\ncomponents:\n");
    let more = compare(&two, &one);
    assert_eq!(short(&more), ["additive: GET /others (requests), operation"]);
    assert_eq!(more.findings[0].item, "ListOthers");
    let less = compare(&one, &two);
    assert_eq!(short(&less), ["breaking for callers: GET /others (requests), operation"]);
    assert_eq!(less.findings[0].item, "ListOthers");
}

#[test]
fn a_difference_of_a_definition_is_told_once_with_the_operations_behind_it_and_its_place() {
    let answer = |path: &str, id: &str| {
        format!("  {path}:\n    get:\n      operationId: {id}\n      tags: [things]\n{ANSWER}")
    };
    let more = format!("{}{}", answer("/a", "get_a"), answer("/b", "get_b"));
    let ours = document("3.0.3", ANSWER, "").replace("components:\n", &format!("{more}components:\n"));
    let upstream = ours.replace("{ a: { type: string } }", "{ a: { type: integer } }");
    let report = compare(&upstream, &ours);
    assert_eq!(short(&report), ["breaking for readers: Other.a (answers), type"]);
    let only = &report.findings[0];
    assert_eq!(only.operations.iter().collect::<Vec<_>>(), ["GET /a", "GET /b", "POST /things/{id}"]);
    assert_eq!((only.item.as_str(), report.places), ("Other::a", 3));
    let line = ours.lines().position(|line| line.contains("    Other:")).unwrap() + 1;
    assert_eq!(only.upstream_at.as_ref().unwrap().to_string(), format!("upstream.yaml:{line}"));
    assert_eq!(only.ours_at.as_ref().unwrap().to_string(), format!("openapi/dots.yaml:{line}"));
    assert_eq!(only.paste.as_deref(), Some("type: integer"));
}

/// Our document with an event, compared with webhooks.
fn events(event: &str, schema: &str) -> Report {
    let ours = document(
        "3.0.3",
        "",
        "    ThingPaid: { x-event: thing.paid, type: object, required: [id], properties: { id: { type: string }, memo: { type: string } } }\n",
    );
    let webhooks = format!(
        "openapi: 3.1.0\ninfo: {{ title: w, version: '2' }}\nwebhooks:\n  {event}:\n    post:\n      requestBody: {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Paid' }} }} }} }}\n      responses: {{ '200': {{ description: ok }} }}\ncomponents:\n  schemas:\n    Paid: {schema}\n"
    );
    let root = place(&ours, "", "");
    let read = |name: &str, text: &str| Source::of_text(name, text).unwrap();
    drift::compare(root.path(), read("upstream.yaml", &ours), Some(read("webhooks.yaml", &webhooks))).unwrap()
}

#[test]
fn webhooks_are_compared_by_their_events_and_concern_readers() {
    for (event, schema, expected) in [
        (
            "thing.paid",
            "{ type: object, required: [id], properties: { id: { type: string }, memo: { type: string } } }",
            vec![],
        ),
        (
            "thing.paid",
            "{ type: object, required: [id], properties: { id: { type: integer }, memo: { type: string } } }",
            vec!["breaking for readers: ThingPaid.id (events), type"],
        ),
        (
            "thing.paid",
            "{ type: object, properties: { id: { type: string }, memo: { type: string } } }",
            vec!["breaking for readers: ThingPaid.id (events), required"],
        ),
        (
            "thing.paid",
            "{ type: object, required: [id], properties: { id: { type: string }, memo: { type: [string, 'null'] } } }",
            vec!["breaking for readers: ThingPaid.memo (events), null"],
        ),
        (
            "thing.paid",
            "{ type: object, required: [id], properties: { id: { type: string } } }",
            vec!["breaking for readers: ThingPaid.memo (events), field"],
        ),
        (
            "thing.paid",
            "{ type: object, required: [id], properties: { id: { type: string }, memo: { type: string }, new: { type: string } } }",
            vec!["additive: ThingPaid.new (events), field"],
        ),
        (
            "thing.paid",
            "{ type: object, required: [id], additionalProperties: false, properties: { id: { type: string }, memo: { type: string } } }",
            vec!["additive: ThingPaid (events), closed"],
        ),
        (
            "thing.sent",
            "{ type: object }",
            vec![
                "breaking for readers: webhook thing.paid (events), webhook",
                "additive: webhook thing.sent (events), webhook",
            ],
        ),
    ] {
        let report = events(event, schema);
        assert_eq!(short(&report), expected, "{event}: {schema}");
    }
}

#[test]
fn without_the_webhooks_events_are_not_compared() {
    let ours = document(
        "3.0.3",
        "",
        "    ThingPaid: { x-event: thing.paid, type: object, properties: { id: { type: string } } }\n",
    );
    let report = compare(&document("3.0.3", "", ""), &ours);
    assert!(short(&report).is_empty());
    assert!(report.print(drift::Form::Text).contains("webhooks: not read"));
}
