//! Verdicts: payments that are called refused, unsent or unread, and other payments that are called a success.

use super::{Mutant, change};

const ATTEMPT: &str = "dots-api-ext/src/engine/attempt.rs";
const BATCHES: &str = "dots-api-ext/src/calls/payout_batches.rs";
const CALL: &str = "dots-api-ext/src/engine/call.rs";
const CENTS: &str = "dots-api/src/scalar/cents.rs";
const CHECK: &str = "dots-api-ext/src/policy/cross_check.rs";
const ENDS: &str = "dots-api-ext/src/policy/retry/attempt_end.rs";
const RAW_ERROR: &str = "dots-api/src/error.rs";
const READ: &str = "dots-api/src/read_again.rs";
const RETRY: &str = "dots-api-ext/src/policy/retry.rs";
const TRANSPORT: &str = "dots-api-ext/src/network/transport.rs";

/// The bugs of this kind.
pub(super) const BUGS: &[Mutant] = &[
    Mutant {
        kind: "B2",
        name: "a refusal that was cut off is a whole one",
        test: "denied::half_a_refusal_is_no_proof_however_it_is_framed",
        changes: &[change(
            TRANSPORT,
            "return Err(Cut { body, kind, what, source: Some(error) });",
            "drop((error, kind, what));\n                return Ok(body.into());",
        )],
    },
    Mutant {
        kind: "B2",
        name: "any json refuses a payment",
        test: "denied::a_refusal_in_words_that_are_not_those_of_dots_is_no_proof",
        changes: &[change(
            ENDS,
            "400..=499 if is_by_dots => Self::Business,",
            "400..=499 if origin >= Origin::Json => Self::Business,",
        )],
    },
    Mutant {
        kind: "B2",
        name: "a web page refuses a payment",
        test: "errors::a_404_that_dots_did_not_write_leaves_it_unknown",
        changes: &[change(ATTEMPT, "else { return Origin::Anyone };", "else { return Origin::Dots };")],
    },
    Mutant {
        kind: "B2",
        name: "a status before the operation is proof whoever writes it",
        test: "denied::a_refusal_in_words_that_are_not_those_of_dots_is_no_proof",
        changes: &[change(
            ENDS,
            "415 | 417 | 431 if is_by_dots || is_read",
            "415 | 417 | 431 if origin >= Origin::Anyone || is_read",
        )],
    },
    Mutant {
        kind: "B2",
        name: "a 401 of anybody is proof",
        test: "errors::a_401_is_a_rejection_in_any_json_object_that_is_no_success_and_no_proof_in_anything_else",
        changes: &[change(
            ENDS,
            "401 | 403 if origin >= Origin::Json || is_read",
            "401 | 403 if origin >= Origin::Anyone || is_read",
        )],
    },
    Mutant {
        kind: "B2",
        name: "a 429 of a gateway is proof",
        test: "denied::a_refusal_in_words_that_are_not_those_of_dots_is_no_proof",
        changes: &[change(
            ENDS,
            "429 if is_by_dots || is_read => Self::RateLimited,",
            "429 if origin >= Origin::Anyone || is_read => Self::RateLimited,",
        )],
    },
    Mutant {
        kind: "B3",
        name: "a field of another type is lost",
        test: "denied::a_field_of_another_type_loses_no_other",
        changes: &[change(RAW_ERROR, "other => Some(other.to_string()),", "_ => None,")],
    },
    Mutant {
        kind: "B4",
        name: "a success that says that it failed is one",
        test: "denied::a_success_that_says_that_it_failed_is_none",
        changes: &[change(ATTEMPT, "if !is_named || denies(&answer.body, has_content) {", "if !is_named {")],
    },
    Mutant {
        kind: "B4",
        name: "a success that names nothing is one",
        test: "denied::a_success_that_says_that_it_failed_is_none",
        changes: &[change(
            ATTEMPT,
            "if !is_named || denies(&answer.body, has_content) {",
            "if denies(&answer.body, has_content) {",
        )],
    },
    Mutant {
        kind: "B4",
        name: "a web page is a success of what has no body",
        test: "denied::a_success_that_says_that_it_failed_is_none",
        changes: &[change(
            "dots-api-ext/src/engine/denial.rs",
            "    if is_page(body) {",
            "    if is_page(body) && has_content {",
        )],
    },
    Mutant {
        kind: "B7",
        name: "an answer about another object is a success",
        test: "denied::an_answer_about_another_object_is_no_success_of_a_read_or_a_wait",
        changes: &[change(
            CHECK,
            "if differ(ids.asked, ids.answered, str::eq_ignore_ascii_case) {",
            "if differ(ids.asked, ids.answered, |_, _| true) {",
        )],
    },
    Mutant {
        kind: "classic",
        name: "an answer about another payment is a success",
        test: "retry::an_answer_about_another_amount_ends_the_call_in_doubt",
        changes: &[change(
            ATTEMPT,
            "cross_check::mismatch(operation, &answer.value).map(Objection::Difference)",
            "cross_check::mismatch(operation, &answer.value).filter(|_| false).map(Objection::Difference)",
        )],
    },
    Mutant {
        kind: "classic",
        name: "an answer is compared by its amount alone",
        test: "cross_check::another_recipient_is_no_success_of_any_operation_that_pays_somebody",
        changes: &[change(CHECK, "is_other.then_some(", "(is_other && asked.signed).then_some(")],
    },
    Mutant {
        kind: "classic",
        name: "an answer about another payment proves that nothing was paid",
        test: "regressions::an_answer_about_another_recipient_ends_the_call_in_doubt",
        changes: &[change(ENDS, "Mismatch => (Proof::Nothing,", "Mismatch => (Proof::Refused,")],
    },
    Mutant {
        kind: "classic",
        name: "an answer that cannot be read is a failure",
        test: "errors::a_success_that_is_not_the_promised_json_leaves_it_unknown",
        changes: &[change(ENDS, "Unreadable => (Proof::Nothing,", "Unreadable => (Proof::Refused,")],
    },
    Mutant {
        kind: "classic",
        name: "a failure of the server is a refusal",
        test: "errors::a_failure_of_the_server_leaves_it_unknown_even_when_it_explains_itself",
        changes: &[change(ENDS, "ServerError => (Proof::Nothing,", "ServerError => (Proof::Refused,")],
    },
    Mutant {
        kind: "classic",
        name: "a timeout at Dots is a refusal",
        test: "errors::a_timeout_or_a_conflict_at_dots_leaves_it_unknown",
        changes: &[change(ENDS, "TimedOut => (Proof::Nothing,", "TimedOut => (Proof::Refused,")],
    },
    Mutant {
        kind: "classic",
        name: "no answer means that nothing was sent",
        test: "matrix::every_fault_on_an_operation_that_answers_known_keys",
        changes: &[change(ENDS, "NoAnswer => (Proof::Nothing,", "NoAnswer => (Proof::NotSent,")],
    },
    Mutant {
        kind: "classic",
        name: "a refusal after an ambiguous attempt is a rejection",
        test: "matrix::worlds::funds_that_the_first_payment_took_are_no_reason_to_call_it_rejected",
        changes: &[change(
            RETRY,
            "let outcome = if is_in_doubt { Outcome::Unknown } else { proof(attempt, facts.proof) };",
            "let outcome = proof(attempt, facts.proof);",
        )],
    },
    Mutant {
        kind: "classic",
        name: "only an answer leaves a doubt",
        test: "key_registry::a_refusal_after_a_lost_answer_stays_unknown",
        changes: &[change(
            RETRY,
            "let is_in_doubt = attempt.history > KeyHistory::Unheard;",
            "let is_in_doubt = attempt.history > KeyHistory::InDoubt;",
        )],
    },
    Mutant {
        kind: "classic",
        name: "a key that was paid with is taken for a new one",
        test: "key_registry::an_answer_settles_the_doubt_and_a_later_refusal_does_not_undo_it",
        changes: &[change(
            RETRY,
            "let is_in_doubt = attempt.history > KeyHistory::Unheard;",
            "let is_in_doubt = attempt.history > KeyHistory::Unheard && attempt.history < KeyHistory::Answered;",
        )],
    },
    Mutant {
        kind: "classic",
        name: "what a gateway has answered leaves no doubt for the refusal that follows",
        test: "denied::a_payment_that_a_gateway_has_passed_on_is_not_denied_by_a_later_refusal",
        changes: &[change(
            RETRY,
            "let is_in_doubt = attempt.history > KeyHistory::Unheard;",
            "let is_in_doubt = attempt.history > KeyHistory::Unproven;",
        )],
    },
    Mutant {
        kind: "classic",
        name: "the refusal of a known key is a failure",
        test: "errors::a_refusal_may_be_the_echo_of_a_transfer_that_was_made_under_the_key",
        changes: &[change(
            RETRY,
            "if attempt.history == KeyHistory::Never { Outcome::Rejected } else { Outcome::Unknown }",
            "Outcome::Rejected",
        )],
    },
    Mutant {
        kind: "classic",
        name: "a repeated refusal is evidence of a payment",
        test: "key_registry::a_refusal_that_came_first_is_no_evidence_of_a_payment",
        changes: &[change(
            RETRY,
            "can_be && attempt.history > KeyHistory::Unproven",
            "can_be && attempt.history > KeyHistory::Unheard",
        )],
    },
    Mutant {
        kind: "classic",
        name: "something in use is evidence of a payment",
        test: "key_registry::a_conflict_over_something_in_use_is_no_evidence_of_a_payment",
        changes: &[change(
            ENDS,
            "Locked => (Proof::Nothing, Unproven, None,",
            "Locked => (Proof::Nothing, Unproven, Some(Evidence::WithKey),",
        )],
    },
    Mutant {
        kind: "classic",
        name: "an open circuit breaker forgets the doubt about a key",
        test: "key_registry::a_doubt_outlives_an_open_circuit_breaker",
        changes: &[change(
            CALL,
            "let outcome = if is_in_doubt { Outcome::Unknown } else { Outcome::NotSent };",
            "let _ = is_in_doubt;\n        let outcome = Outcome::NotSent;",
        )],
    },
    Mutant {
        kind: "classic",
        name: "what came of an attempt is not kept",
        test: "retry::a_refusal_after_a_lost_answer_of_the_same_call_stays_unknown",
        changes: &[change(CALL, "lease.settle(decision.history);", "lease.settle(KeyHistory::Never);")],
    },
    Mutant {
        kind: "classic",
        name: "an own lost answer is forgotten when nothing more can be sent",
        test: "regressions::a_lost_attempt_is_not_forgotten_when_nothing_more_is_sent",
        changes: &[
            change(
                CALL,
                "if let Some(last) = self.last.take() {",
                "if let Some(last) = self.last.take().filter(|_| false) {",
            ),
            change(
                CALL,
                "lease.settle(decision.history);",
                "lease.settle(decision.history.min(KeyHistory::Unheard));",
            ),
        ],
    },
    Mutant {
        kind: "classic",
        name: "an item of a batch with an error was not paid",
        test: "batches::only_a_row_that_proves_it_says_that_nothing_was_paid",
        changes: &[change(
            BATCHES,
            "_ => Self::Pending { transfer: Some(id) },",
            "_ if has_error => Self::Failed { code, message },\n            _ => Self::Pending { transfer: Some(id) },",
        )],
    },
    Mutant {
        kind: "D",
        name: "a masked digit is another digit",
        test: "denied::a_masked_phone_in_an_answer_is_no_other_recipient",
        changes: &[change(CHECK, "asked == said || said == MASK)", "asked == said)")],
    },
    Mutant {
        kind: "D",
        name: "half an emoji makes a payment unreadable",
        test: "errors::a_success_with_half_a_character_or_an_odd_field_is_a_success",
        changes: &[change(READ, "let mut text = mended(json);", "let mut text = json.to_vec();")],
    },
    Mutant {
        kind: "D",
        name: "a fraction of a cent is cut off",
        test: "reading::a_fraction_of_a_cent_is_an_error_that_says_so",
        changes: &[change(
            CENTS,
            "if fraction.bytes().any(|digit| digit != b'0') {",
            "if fraction.is_empty() {",
        )],
    },
];
