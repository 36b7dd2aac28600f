//! Regeneration: the committed client matches `openapi/`, and a second run gives the same bytes.

use std::collections::BTreeMap;

use xtask::regen::load::DOCUMENT;
use xtask::regen::overlay::OVERLAY;
use xtask::regen::{self, Mode};

use super::root;
use super::scratch::Scratch;

#[test]
fn the_generated_client_is_what_the_document_gives() {
    let stale = regen::run(root(), Mode::Check).unwrap().changes;
    let shown: Vec<String> = stale
        .iter()
        .map(|change| format!("{}: {}\n{}", change.file.display(), change.kind, change.diff))
        .collect();
    assert!(stale.is_empty(), "`cargo xtask regen` would change:\n{}", shown.join("\n"));
}

#[test]
fn three_generations_give_the_same_bytes() {
    let [first, second, third] = [(); 3].map(|()| {
        let scratch = Scratch::ungenerated();
        scratch.regenerate(Mode::Write).unwrap();
        scratch.generated()
    });
    assert!(!first.is_empty(), "something was generated");
    assert!(first == second && second == third);
}

#[test]
fn better_prose_changes_doc_comments_and_nothing_else() {
    let scratch = Scratch::copy();
    assert_eq!(scratch.regenerate(Mode::Check).unwrap().changes, [], "an unchanged copy is fresh");
    let before = scratch.generated();
    for (prose, better) in [
        // A tag, an operation, a query parameter, a schema, a field and an enum.
        ("Pay a user out of the wallet to a payout method, or", "Pay somebody, or"),
        ("summary: Send a payout link again", "summary: Remind the payee"),
        ("`true` asks for the parent transfer inside each transaction", "Asks for the parent transfer"),
        ("description: A person named by phone number. Both fields are required.", "description: A person."),
        ("description: Text sent with the payout link.", "description: What the payee reads."),
        (
            "description: Rail of the new method. Rails not listed",
            "description: The new rail. Those not listed",
        ),
    ] {
        scratch.rewrite(DOCUMENT, |text| {
            assert_eq!(text.matches(prose).count(), 1, "`{prose}` stands once in the document");
            text.replace(prose, better)
        });
    }
    scratch.regenerate(Mode::Write).unwrap();
    let after = scratch.generated();
    assert_eq!(code(&after), code(&before), "the code and the `@generated` lines are as they were");
    for better in [
        "Pay somebody, or",
        "Remind the payee",
        "Asks for the parent transfer",
        "A person.",
        "What the payee reads.",
        "The new rail.",
    ] {
        assert!(after.values().any(|text| text.contains(better)), "`{better}` was taken over");
    }
}

#[test]
fn a_list_that_could_not_be_walked_is_refused_with_its_place() {
    let action = "update: { required: [data, has_more] }";
    for (from, to, why) in [
        ("update: { required: [id, amount] }", "update: { required: [amount] }", "no `id` of the type"),
        (action, "update: { required: [data] }", "no `data` and `has_more`"),
        (action, "update: { required: [has_more] }", "no `data` and `has_more`"),
    ] {
        let scratch = Scratch::copy();
        scratch.rewrite(OVERLAY, |text| text.replacen(from, to, 1));
        let problems = scratch.regenerate(Mode::Check).unwrap_err();
        let transactions = problems.iter().find(|problem| problem.pointer == "/paths/~1v2~1transactions");
        let problem = transactions.unwrap_or_else(|| panic!("{to}: {problems}"));
        assert!(problem.what.contains("`list_transactions`") && problem.what.contains(why), "{problem}");
    }
}

/// Removes the doc comments.
fn code(files: &BTreeMap<String, String>) -> BTreeMap<&str, Vec<&str>> {
    let is_code = |line: &&str| !line.trim_start().starts_with("///") && !line.starts_with("//!");
    files.iter().map(|(name, text)| (name.as_str(), text.lines().filter(is_code).collect())).collect()
}
