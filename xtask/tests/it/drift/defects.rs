//! What Dots' document gets wrong, each once and with its line, and the texts that change.

use xtask::drift::{Form, Verdict};

use super::{compare, compare_in, document, place, short, thing};

#[test]
fn each_defect_is_told_once_with_its_line() {
    for (schema, expected) in [
        ("{ type: integer, min: 1 }", "`min`, read as `minimum`"),
        ("{ type: string, nullable: true }", "`nullable`, which OpenAPI 3.1 does not have, read as null"),
        ("{ type: { enum: [a] } }", "a schema within `type`, read as the schema itself"),
        ("{ type: [string, null] }", "null without quotes in `type`, read as the type `'null'`"),
        ("{ type: string, format: UUID }", "the format `UUID`, read as `uuid`"),
        ("{ type: string, format: iso3166 }", "the format `iso3166`, which is not known"),
        ("{ type: string, format: uuid, enum: [user] }", "the format `uuid` of a list of words"),
        ("{ type: array }", "a list without `items`"),
        ("{ type: string, enum: [a], default: b }", "a default that is not among the values"),
        ("{ type: string, required: true }", "`required` is not a list"),
        (
            "{ $ref: '#/components/schemas/Nowhere' }",
            "the reference `#/components/schemas/Nowhere` leads nowhere",
        ),
    ] {
        let upstream =
            thing("3.1.0", &format!("\n      type: object\n      properties:\n        f: {schema}"));
        let line = upstream.lines().position(|line| line.contains(" f: ")).unwrap() + 1;
        let report = compare(&upstream, &thing("3.0.3", "{ type: object, properties: { f: {} } }"));
        let found: Vec<_> =
            report.defects.iter().map(|(it, _)| (it.kind.as_str(), it.place.to_string())).collect();
        assert_eq!(found, [(expected, format!("upstream.yaml:{line}"))], "{schema}");
        assert!(report.print(Form::Text).contains(&format!("  new: {expected}: upstream.yaml:{line}")));
    }
}

#[test]
fn defects_of_operations_are_told() {
    let ours = document("3.0.3", "", "");
    for (from, to, expected) in [
        (
            "name: id, in: path, required: true",
            "name: id, in: path",
            "a parameter of a path that is not required",
        ),
        ("name: id, in", "name: other, in", "`id` stands in the path and not among the parameters"),
        (
            "{ '200': { description: ok } }",
            "{ '200': { description: ok } }\n      requestBody: { content: { application/xml: { schema: { type: object } } } }",
            "a body of `application/xml` that says nothing",
        ),
        (
            "components:",
            "  /b: { get: { operationId: make_thing, responses: { '200': { description: ok } } } }\ncomponents:",
            "the operation id `make_thing`, which another operation has",
        ),
    ] {
        let report = compare(&ours.replacen(from, to, 1), &ours);
        assert!(report.defects.iter().any(|(it, _)| it.kind == expected), "{expected}: {:?}", report.defects);
    }
}

#[test]
fn a_text_that_changes_is_told_by_its_definition_with_the_operations_behind_it() {
    let ours = thing("3.0.3", "{ type: object, properties: { f: { type: string, description: one } } }");
    let root = place(&ours, "", "");
    let first = compare_in(&root, &ours);
    assert!(first.print(Form::Text).contains("openapi/recorded.yaml is missing"));
    assert_eq!(first.verdict(), Verdict::New);
    xtask::drift::accept(root.path(), &first).unwrap();
    assert_eq!(compare_in(&root, &ours).verdict(), Verdict::Same);

    let wrapped = ours.replace("description: one", "description: ' one  '");
    assert_eq!(compare_in(&root, &wrapped).verdict(), Verdict::Same, "how lines break says nothing");

    let changed = compare_in(&root, &ours.replace("description: one", "description: two"));
    assert!(short(&changed).is_empty());
    let texts: Vec<_> = changed
        .texts
        .iter()
        .map(|it| (it.name.as_str(), it.operations.iter().cloned().collect::<Vec<_>>()))
        .collect();
    assert_eq!(texts, [("schemas/Thing", vec!["POST /things/{id}".to_owned()])]);
    assert_eq!(changed.verdict(), Verdict::New);
    let text = changed.print(Form::Text);
    assert!(text.contains("prose: 1\n  `schemas/Thing`: a text changed"), "{text}");
    assert!(!text.contains("two"), "no sentence of Dots is printed");

    let operation = compare_in(
        &root,
        &ours.replace("      tags: [things]\n", "      tags: [things]\n      description: new\n"),
    );
    assert_eq!(operation.texts[0].name, "POST /things/{id}");
}

#[test]
fn the_report_says_which_document_was_read_and_which_is_recorded() {
    let ours = thing("3.0.3", "{ type: object, properties: { f: { type: string } } }");
    let root = place(&ours, "", "");
    let first = compare_in(&root, &ours);
    xtask::drift::accept(root.path(), &first).unwrap();
    let same = compare_in(&root, &ours).print(Form::Text);
    let hash: String = first.document.1.sha256.chars().take(12).collect();
    assert!(
        same.contains(&format!(
            "document upstream.yaml: version 1, OpenAPI 3.0.3, sha256 {hash}; recorded: the same"
        )),
        "{same}"
    );
    let other = compare_in(&root, &format!("{ours}# a remark\n").replace("version: '1'", "version: '2'"));
    let text = other.print(Form::Text);
    assert!(
        text.contains("version 2")
            && text.contains(&format!("recorded: version 1, OpenAPI 3.0.3, sha256 {hash}")),
        "{text}"
    );
    assert_eq!(other.verdict(), Verdict::Same);
}
