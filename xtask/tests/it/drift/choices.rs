//! Accepted differences: while they hold, and when they no longer do.

use std::fs;

use xtask::drift::readme::{self, README};
use xtask::drift::source::Source;
use xtask::drift::{self, Verdict};
use xtask::regen::Mode;

use super::{compare_in, document, place, short, thing};
use crate::support::{PLAIN_OVERLAY, assert_only_problem};

const ENTRY: &str = "differences:
  - target: Thing.f
    in: [requests, answers]
    aspect: type
    upstream: number
    ours: integer
    reason: Cents are whole.
";

/// A record, so that nothing but the differences can be new.
const RECORD: &str = "document: { sha256: '0', version: '1', openapi: 3.0.3 }\n";

fn schema(properties: &str) -> String {
    thing("3.0.3", &format!("{{ type: object, properties: {{ {properties} }} }}"))
}

#[test]
fn an_accepted_difference_is_quiet_while_both_sides_say_what_is_recorded() {
    let root = place(&schema("f: { type: integer }"), ENTRY, RECORD);
    let report = compare_in(&root, &schema("f: { type: number }"));
    assert_eq!((short(&report).len(), report.findings.len(), report.verdict()), (0, 2, Verdict::Same));
    assert_eq!(report.verdict().code(), 0);
}

#[test]
fn a_choice_ends_when_dots_says_something_else() {
    let root = place(&schema("f: { type: integer }"), ENTRY, RECORD);
    let report = compare_in(&root, &schema("f: { type: string }"));
    assert_eq!((short(&report).len(), report.verdict()), (2, Verdict::New));
    assert!(report.print(drift::Form::Text).contains("accepted while Dots said `number`"));
}

#[test]
fn a_choice_ends_when_we_say_something_else() {
    let root = place(&schema("f: { type: string }"), ENTRY, RECORD);
    let report = compare_in(&root, &schema("f: { type: number }"));
    assert_eq!((short(&report).len(), report.verdict()), (2, Verdict::New));
    assert!(report.print(drift::Form::Text).contains("accepted while we said `integer`"));
}

#[test]
fn a_choice_that_matches_nothing_is_an_error_with_its_line() {
    let same = schema("f: { type: integer }");
    let report = compare_in(&place(&same, ENTRY, RECORD), &same);
    assert_eq!((report.stale.len(), report.verdict(), report.verdict().code()), (2, Verdict::Stale, 1));
    let text = report.print(drift::Form::Text);
    assert!(text.contains("error: openapi/accepted.yaml:2: `Thing.f` matches nothing"), "{text}");
}

#[test]
fn a_choice_for_one_side_leaves_the_other_new() {
    let root =
        place(&schema("f: { type: integer }"), &ENTRY.replace("[requests, answers]", "answers"), RECORD);
    let report = compare_in(&root, &schema("f: { type: number }"));
    assert_eq!(short(&report), ["additive: Thing.f (requests), type"]);
}

#[test]
fn a_choice_for_a_parameter_holds_for_its_operations_only() {
    let limit = "      parameters: [{ name: limit, in: query, schema: { type: integer } }]";
    let ours = document("3.0.3", limit, "");
    let upstream = ours.replace("type: integer", "type: string");
    let entry = |operations: &str| {
        ENTRY
            .replace("Thing.f", "query limit")
            .replace("[requests, answers]", "requests")
            .replace("number", "string")
            .replace("    reason", &format!("    operations: {operations}\n    reason"))
    };
    for (operations, new) in [
        ("all", 0),
        ("'POST /things/{id}'", 0),
        ("'GET /others'", 1),
        ("['POST /things/{id}', 'GET /others']", 1),
    ] {
        let report = compare_in(&place(&ours, &entry(operations), RECORD), &upstream);
        assert_eq!(short(&report).len(), new, "{operations}");
        assert_eq!(report.print(drift::Form::Text).contains("accepted for other operations"), new == 1);
    }
}

#[test]
fn a_choice_for_a_parameter_holds_when_one_of_its_operations_is_gone() {
    let limit = "      parameters: [{ name: limit, in: query, schema: { type: integer } }]";
    let one = document("3.0.3", limit, "");
    let others = "  /others:\n    get:\n      operationId: list_others\n      tags: [things]\n      parameters: [{ name: limit, in: query, schema: { type: integer } }]\n      responses: { '200': { description: ok } }\n";
    let two = one.replace("components:\n", &format!("{others}components:\n"));
    let entry = ENTRY
        .replace("Thing.f", "query limit")
        .replace("[requests, answers]", "requests")
        .replace("number", "string");
    let entry = entry.replace("    reason", "    operations: all\n    reason");
    let report = compare_in(&place(&two, &entry, RECORD), &one.replace("type: integer", "type: string"));
    assert_eq!(short(&report), ["breaking for callers: GET /others (requests), operation"]);
    assert!(report.stale.is_empty());
}

#[test]
fn a_choice_needs_a_reason_and_known_keys() {
    let same = schema("f: { type: integer }");
    for (from, to, phrase) in [
        ("reason: Cents are whole.", "reason: ''", "no reason is given for `Thing.f`"),
        ("    reason", "    because", "unknown key `because`"),
        ("    aspect: type\n", "", "an entry without `aspect`"),
    ] {
        let root = place(&same, &ENTRY.replace(from, to), RECORD);
        let upstream = Source::of_text("upstream.yaml", &same).unwrap();
        let problems = drift::compare(root.path(), upstream, None).unwrap_err().to_string();
        assert!(problems.contains(phrase) && problems.contains("openapi/accepted.yaml:2"), "{problems}");
    }
}

#[test]
fn an_action_of_the_overlay_that_dots_now_says_itself_is_named() {
    let overlay = PLAIN_OVERLAY.replace(
        "actions: [",
        "actions: [{ target: $.components.schemas.Thing.properties.f, update: { nullable: true } }, ",
    );
    let root = place(&schema("f: { type: string }"), "", RECORD);
    fs::write(root.path().join("openapi/overlay.yaml"), overlay).unwrap();
    let report = compare_in(&root, &schema("f: { type: string, nullable: true }"));
    let text = report.print(drift::Form::Text);
    assert_eq!(short(&report).len(), 2);
    assert_eq!(
        text.matches(
            "openapi/overlay.yaml: action 1 (`$.components.schemas.Thing.properties.f`) says the same"
        )
        .count(),
        2,
        "{text}"
    );
    let other = compare_in(&root, &schema("f: { type: integer }"));
    assert!(!other.print(drift::Form::Text).contains("overlay.yaml"));
}

#[test]
fn the_choices_are_a_table_of_the_readme() {
    let accepted = format!("documentation: {{ repository: a/b, commit: 1a2b, date: '2026-07-16' }}\n{ENTRY}");
    let root = place(&schema("f: { type: integer }"), &accepted, "");
    assert_eq!(
        readme::refresh(root.path(), Mode::Write).unwrap(),
        None,
        "nothing is written without the file"
    );
    let file = root.path().join(README);
    fs::write(&file, "before\n<!-- accepted.yaml: begin -->\nold\n<!-- accepted.yaml: end -->\nafter\n")
        .unwrap();
    assert!(readme::refresh(root.path(), Mode::Check).unwrap().is_some(), "it is stale");
    assert!(fs::read_to_string(&file).unwrap().contains("old"), "a check writes nothing");
    assert!(readme::refresh(root.path(), Mode::Write).unwrap().is_some());
    assert_eq!(readme::refresh(root.path(), Mode::Check).unwrap(), None);
    let text = fs::read_to_string(&file).unwrap();
    for part in [
        "before\n",
        "\nafter\n",
        "commit `1a2b` of `a/b` (2026-07-16)",
        "| type of `Thing.f` | `number` | `integer` | Cents are whole. |",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_file_that_is_cut_off_empty_or_no_openapi_is_refused() {
    let whole = schema("f: { type: integer }");
    for (text, phrase) in [
        (whole.trim_end().to_owned(), "truncated"),
        ("swagger: '2.0'\n".to_owned(), "not OpenAPI 3"),
        ("openapi: 3.1.0\npaths: {}\n".to_owned(), "neither operations nor webhooks"),
        ("openapi: [\n".to_owned(), "not YAML"),
    ] {
        let problems = Source::of_text("upstream.yaml", &text).unwrap_err();
        assert!(problems.to_string().contains(phrase), "{problems}");
    }
    assert_only_problem(Source::of_text("upstream.yaml", "openapi: 2\n"), "upstream.yaml", "not OpenAPI 3");
}
