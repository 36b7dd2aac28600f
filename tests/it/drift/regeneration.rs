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

/// An operation that pays, as Dots might add it.
const NEW_PAYMENT: &str = "  /v2/tips:
    post:
      operationId: create_tip
      tags:
        - transfers
      summary: Tip a user
      requestBody:
        content:
          application/json:
            schema:
              type: object
              required: [amount, payee]
              properties:
                amount: { type: integer, x-type: Cents }
                user_id: { type: string, x-type: UserId }
                payee: { $ref: '#/components/schemas/PhonePayee' }
      responses:
        '201':
          description: The transfer.
          content: { application/json: { schema: { $ref: '#/components/schemas/Transfer' } } }
  /v2/transactions:
";

/// A copy with the operation that pays, one text of which is another one.
fn with_a_payment(from: &str, to: &str) -> Scratch {
    let scratch = Scratch::copy();
    let added = NEW_PAYMENT.replacen(from, to, 1);
    assert_eq!(added == NEW_PAYMENT, from == to, "`{from}` is in the operation");
    scratch.rewrite(DOCUMENT, |text| text.replacen("  /v2/transactions:\n", &added, 1));
    scratch
}

#[test]
fn a_new_operation_that_pays_is_cross_checked_without_a_line_by_hand() {
    let scratch = with_a_payment("", "");
    scratch.regenerate(Mode::Write).unwrap();
    let table = "answer: id,
        pays: required amount [
            user: optional user_id,
            country_code: required payee required country_code,
            phone: required payee required phone_number,
        ],
        paid: required amount [
            user: optional user_id,
        ],
    }
";
    let files = scratch.generated();
    let tip = files["transfers.rs"].split_once("CreateTip -> Transfer {").unwrap().1;
    assert!(tip.split("\n}\n").next().unwrap().ends_with(table.trim_end()), "{tip}");
}

#[test]
fn a_new_payment_that_could_not_be_compared_is_refused_with_its_place() {
    let operation = "/paths/~1v2~1tips/post";
    let properties = format!("{operation}/requestBody/content/application~1json/schema/properties");
    let (amount, user) =
        ("amount: { type: integer, x-type: Cents }", "user_id: { type: string, x-type: UserId }");
    for (from, to, place, why) in [
        (amount, "amount: { type: integer }", format!("{properties}/amount"), "no mark says in which unit"),
        (
            "required: [amount, payee]
              properties:
                amount:",
            "properties:
                idempotency_key: { type: string, x-type: IdempotencyKey }
                total:",
            operation.to_owned(),
            "nothing in its body is known as its amount",
        ),
        (
            user,
            &format!("{user}\n                sender_id: {{ type: string, x-type: UserId }}"),
            format!("{properties}/sender_id"),
            "`sender_id` and `user_id` both look like the user of a payment",
        ),
        (
            user,
            "user_id: { type: string, x-pays: payee }",
            format!("{properties}/user_id/x-pays"),
            "would have no effect",
        ),
    ] {
        let scratch = with_a_payment(from, to);
        if to.contains("idempotency_key") {
            let post = "      operationId: create_tip\n";
            let marked = format!("{post}      x-idempotency: unspecified\n");
            scratch.rewrite(DOCUMENT, |text| text.replacen(post, &marked, 1));
        }
        let problems = scratch.regenerate(Mode::Check).unwrap_err();
        let [problem] = problems.iter().as_slice() else { panic!("{why}: {problems}") };
        assert_eq!(problem.pointer, place, "{problem}");
        assert!(problem.what.contains(why) && !problem.fix.is_empty(), "{problem}");
    }
}

/// Removes the doc comments.
fn code(files: &BTreeMap<String, String>) -> BTreeMap<&str, Vec<&str>> {
    let is_code = |line: &&str| !line.trim_start().starts_with("///") && !line.starts_with("//!");
    files.iter().map(|(name, text)| (name.as_str(), text.lines().filter(is_code).collect())).collect()
}
