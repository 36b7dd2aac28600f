//! A maintainer's day: what `cargo xtask regen` prints when the document changes, one usual edit each.

use std::thread;

use xtask::regen::Mode;
use xtask::regen::load::DOCUMENT;
use xtask::report;

use super::assert_snapshot;
use super::edits::{Edit, document, edited};
use super::scratch::Scratch;

/// The edits, each in one or two places.
const EDITS: &[&[Edit]] = &[
    &[document(
        "a new optional field",
        "    SendPayoutRequest:",
        "        memo:\n",
        "        urgency:\n          type: string\n          description: How soon the payee needs it.\n        memo:\n",
    )],
    &[
        document(
            "a new required field",
            "    CreateTransferRequest:",
            "        - user_id\n",
            "        - user_id\n        - reason\n",
        ),
        document(
            "a new required field",
            "    CreateTransferRequest:",
            "        tax_exempt:\n",
            "        reason:\n          type: string\n          description: Why money moves.\n        tax_exempt:\n",
        ),
    ],
    &[document(
        "a field removed",
        "    WebhookEventUserProfileChangedExternal:",
        "        external_platform:\n          type: string\n          description: Name of the external platform; its values are not documented.\n",
        "",
    )],
    &[document(
        "a type changed from integer to text",
        "    AccountingDataInput:",
        "quickbooks_class_id:\n          type: integer",
        "quickbooks_class_id:\n          type: string",
    )],
    &[document(
        "a new enum value",
        "    CreatePayoutRequest:",
        "- airtm\n",
        "- airtm\n            - pigeon_post\n",
    )],
    &[document("an operation removed", "  /v2/apps/{app_id}/kyb-flow:", "", "")],
    &[document("a new operation", "paths:", "  /v2/transactions:\n", NEW_OPERATION)],
    &[
        document(
            "a new tag",
            "tags:",
            "  - name: users\n",
            "  - name: cards\n    description: Cards.\n  - name: users\n",
        ),
        document("a new tag", "paths:", "  /v2/transactions:\n", NEW_TAG),
    ],
    &[document("a field renamed", "    SendPayoutRequest:", "        memo:\n", "        note:\n")],
    &[document(
        "a field that may be null",
        "    WebhookEventRefundUpdated:",
        "          description: Id of the refund that changed.\n",
        "          description: Id of the refund that changed.\n          nullable: true\n",
    )],
    &[document(
        "a better description",
        "    WebhookEventRefundUpdated:",
        "Id of the refund that changed.",
        "Id of the refund.",
    )],
    &[document("a limit changed", "  /v2/transactions:", "maximum: 100", "maximum: 50")],
    &[document("a new webhook", "  schemas:", "    WebhookEventRefundUpdated:\n", NEW_WEBHOOK)],
];

const NEW_OPERATION: &str = "  /v2/transactions/export:
    get:
      operationId: export_transactions
      tags:
        - transactions
      summary: Export transactions
      responses:
        '200':
          description: One page of transactions.
          content:
            application/json:
              schema:
                $ref: '#/components/schemas/TransactionPage'
  /v2/transactions:
";

const NEW_TAG: &str = "  /v2/cards/{card_id}:
    delete:
      operationId: delete_card
      tags:
        - cards
      summary: Delete a card
      parameters:
        - name: card_id
          in: path
          required: true
          schema:
            type: string
      responses:
        '204':
          description: The card is gone.
  /v2/transactions:
";

const NEW_WEBHOOK: &str = "    WebhookEventRefundFailed:
      x-event: refund.failed
      type: object
      description: Sent when a refund has failed.
      required:
        - refund_id
      properties:
        refund_id:
          type: string
          description: Id of the refund that failed.
    WebhookEventRefundUpdated:
";

#[test]
fn regen_says_what_each_edit_means_for_callers_and_readers() {
    let printed: String = thread::scope(|scope| {
        let halves = EDITS.chunks(EDITS.len().div_ceil(2));
        let workers: Vec<_> = halves
            .map(|half| scope.spawn(|| half.iter().map(|it| printed(it)).collect::<String>()))
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    assert_snapshot("maintainer", &printed);
}

/// Makes an edit, and returns what the command prints, without times.
fn printed(edits: &[Edit]) -> String {
    let scratch = Scratch::copy_with_manifest();
    for edit in edits {
        scratch.rewrite(DOCUMENT, |text| edited(text, edit));
    }
    let told = match scratch.regenerate(Mode::Write) {
        Ok(outcome) => report::told(&outcome),
        Err(problems) => problems.iter().map(|problem| format!("error: {problem}")).collect(),
    };
    let lines: String = told.iter().map(|line| format!("    {line}\n")).collect();
    format!("{}\n{lines}\n", edits.first().map_or("", |edit| edit.what))
}
