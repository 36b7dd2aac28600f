//! Tests the drift guard: `cargo xtask regen --check` must notice each of these small edits.

use std::ffi::OsStr;
use std::thread;

use xtask::regen::Mode;
use xtask::regen::load::DOCUMENT;
use xtask::regen::overlay::OVERLAY;
use xtask::regen::write::Change;

use super::assert_snapshot;
use super::scratch::Scratch;

/// An edit of one place in a file.
pub(super) struct Edit {
    pub(super) what: &'static str,
    file: &'static str,
    /// The line that opens the block to edit; the block ends where the indentation does.
    block: &'static str,
    /// The text to replace; the whole block if empty.
    from: &'static str,
    to: &'static str,
}

/// Creates an [`Edit`] of the document.
pub(super) const fn document(
    what: &'static str,
    block: &'static str,
    from: &'static str,
    to: &'static str,
) -> Edit {
    Edit { what, file: DOCUMENT, block, from, to }
}

/// Creates an [`Edit`] of an action of the overlay.
const fn overlay(what: &'static str, block: &'static str, from: &'static str, to: &'static str) -> Edit {
    Edit { what, file: OVERLAY, block, from, to }
}

/// Changes that Dots has made or might make, one edit each.
const EDITS: &[Edit] = &[
    document("a field renamed", "    SendPayoutRequest:", "        memo:\n", "        note:\n"),
    document(
        "a type changed",
        "    AccountingDataInput:",
        "quickbooks_class_id:\n          type: integer",
        "quickbooks_class_id:\n          type: string",
    ),
    document("a required field dropped", "    CreateTransferRequest:", "        - user_id\n", ""),
    document(
        "an enum value added",
        "    CreatePayoutRequest:",
        "- airtm\n",
        "- airtm\n            - pigeon_post\n",
    ),
    document("an enum value removed", "    AddPayoutMethodRequest:", "            - cash_app\n", ""),
    document("a path moved", "paths:", "  /v2/payments:\n", "  /v2/collections:\n"),
    document("a success status changed", "  /v2/payouts:", "'201':", "'202':"),
    document("a default changed", "    SendPayoutRequest:", "default: false", "default: true"),
    document("an operation removed", "  /v2/apps/{app_id}/kyb-flow:", "", ""),
    document(
        "a nullable flipped",
        "    SendPayoutRequest:",
        "- platform\n          nullable: true",
        "- platform\n          nullable: false",
    ),
    document("a bound changed", "  /v2/transactions:", "maximum: 100", "maximum: 50"),
    document(
        "a header parameter removed",
        "  /v2/transfers:",
        "        - $ref: '#/components/parameters/DotsUserIp'\n",
        "",
    ),
    document(
        "a query parameter added",
        "  /v2/transactions:",
        "      parameters:\n",
        "      parameters:\n        - { name: memo, in: query, schema: { type: string } }\n",
    ),
    document(
        "an answer of another type",
        "  /v2/payouts/send-payout:",
        "$ref: '#/components/schemas/PayoutLink'",
        "$ref: '#/components/schemas/Transfer'",
    ),
    document(
        "a closed body opened",
        "    SendPayoutRequest:",
        "additionalProperties: false",
        "additionalProperties: true",
    ),
    document(
        "a field of a webhook's payload renamed",
        "    WebhookEventUserProfileChangedExternal:",
        "        external_platform:\n",
        "        platform:\n",
    ),
    document(
        "an event of another name",
        "    WebhookEventRefundUpdated:",
        "x-event: refund.updated",
        "x-event: refund.changed",
    ),
    document("an operation under another tag", "  /v2/payments:", "- payments\n", "- payouts\n"),
    document(
        "an amount turned to text",
        "    PayoutLink:",
        "        amount:\n          type: integer",
        "        amount:\n          type: string",
    ),
    document(
        "an amount turned to a number",
        "    SendPayoutRequest:",
        "        amount:\n          type: integer",
        "        amount:\n          type: number",
    ),
    document(
        "an id turned to a number",
        "    Transfer:",
        "        id:\n          type: string",
        "        id:\n          type: integer",
    ),
    overlay(
        "a type that nobody knows",
        "  - target: $.components.schemas.Organization.properties.balance",
        "x-type: Cents",
        "x-type: Centz",
    ),
    overlay(
        "an idempotency mark changed",
        "  - target: $.paths['/v2/transfers','/v2/payouts','/v2/payout-batches'].post",
        "rejects-duplicate",
        "returns-existing",
    ),
    overlay(
        "a sensitive mark removed",
        "  - target: $.components.schemas[*].properties['account_number','routing_number','ach_account_number','ach_routing_number','ssn','ein','tin','foreign_tax_id']",
        "'tin',",
        "",
    ),
    document(
        "a field renamed that an overlay action is about",
        "    Organization:",
        "        balance:\n",
        "        funds:\n",
    ),
];

#[test]
fn every_small_edit_makes_the_check_fail() {
    // Each edit needs a regeneration in a folder of its own; two threads halve the time.
    let table: String = thread::scope(|scope| {
        let halves = EDITS.chunks(EDITS.len().div_ceil(2));
        let workers: Vec<_> =
            halves.map(|half| scope.spawn(|| half.iter().map(row).collect::<String>())).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    assert_snapshot("edits", &table);
}

/// Makes an edit and returns the result: the stale files and a changed line, or the error.
fn row(edit: &Edit) -> String {
    let scratch = Scratch::copy();
    scratch.rewrite(edit.file, |text| edited(text, edit));
    let what = edit.what;
    let (stale, api) = match scratch.regenerate(Mode::Check) {
        Ok(outcome) => (outcome.changes, outcome.api.expect("the copy has a surface")),
        Err(problems) => {
            // Without the lines, which each edit of the document moves.
            let told = problems.iter().map(|it| format!("{}: {}; {}", it.pointer, it.what, it.fix));
            return format!("{what}\n    refused: {}\n\n", told.collect::<Vec<_>>().join("\n    "));
        }
    };
    let changed: Vec<_> =
        stale.iter().filter_map(|change| Some((name(change), telling_line(change)?))).collect();
    let names: Vec<_> = changed.iter().map(|(name, _)| *name).collect();
    assert!(!api.is_empty(), "`{what}` changes nothing of the API");
    let api: String = api.iter().map(|change| format!("    {}: {change}\n", change.effect)).collect();
    let most_telling = changed.iter().min_by_key(|(_, line)| rank(line));
    let (file, line) = most_telling.unwrap_or_else(|| panic!("`{what}` changes no line: {stale:?}"));
    let (sign, code) = (line.get(..1).unwrap_or_default(), code(line));
    format!("{what}\n{api}    stale: {}\n    in {file}: {sign} {code}\n\n", names.join(", "))
}

fn name(change: &Change) -> &str {
    change.file.file_name().and_then(OsStr::to_str).expect("a generated file has a name")
}

/// Finds the most telling changed line, except comments.
fn telling_line(change: &Change) -> Option<&str> {
    let changed = change.diff.lines().filter(|line| line.starts_with(['+', '-']));
    let code =
        changed.filter(|line| !code(line).starts_with("//") && code(line).contains(char::is_alphanumeric));
    code.min_by_key(|line| rank(line))
}

/// Ranks types before other code, code before attributes, and all of them before imports, whose lines are refilled on
/// each change; an import on a line of its own looks like an enum variant.
fn rank(line: &str) -> u8 {
    let code = code(line);
    let only_names = code.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | ',' | ' '));
    match code {
        _ if only_names && code.contains(", ") => 3,
        // An attribute, or a part of one that spans lines.
        _ if ["#[", "any(", "feature = "].iter().any(|start| code.starts_with(start)) => 2,
        // The fingerprint of the document differs after each edit.
        _ if code.starts_with("document: ") => 4,
        _ if code.starts_with("pub struct ") => 0,
        _ => 1,
    }
}

/// The line without the diff's sign.
fn code(line: &str) -> &str {
    line.trim_start_matches(['+', '-']).trim()
}

/// Applies the edit at the one place where it matches.
pub(super) fn edited(text: &str, edit: &Edit) -> String {
    let Edit { what, block, from, to, .. } = edit;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let places: Vec<usize> = (0..lines.len()).filter(|&at| lines[at].trim_end() == *block).collect();
    let [start] = places[..] else { panic!("{what}: `{block}` opens {} blocks", places.len()) };
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let is_inside = |line: &&&str| line.trim().is_empty() || indentation(line) > indentation(block);
    let end = start + 1 + lines[start + 1..].iter().take_while(is_inside).count();
    let whole = lines[start..end].concat();
    let changed = if from.is_empty() {
        to.to_string()
    } else {
        assert_eq!(whole.matches(from).count(), 1, "{what}: `{from}` stands once in `{block}`");
        whole.replace(from, to)
    };
    format!("{}{changed}{}", lines[..start].concat(), lines[end..].concat())
}
