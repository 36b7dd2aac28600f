//! The bugs, and the tests that catch them.

/// One bug: what to write where, and who has to notice.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// What the bug does.
    pub name: &'static str,
    /// The test of `tests/it` that has to fail.
    pub test: &'static str,
    /// Where the bug is written.
    pub changes: &'static [Change],
}

/// A text that stands in one place of a file, and what is put there.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The file, seen from the root of the workspace.
    pub file: &'static str,
    /// The text.
    pub find: &'static str,
    /// What the bug writes in its place.
    pub replace: &'static str,
}

const fn change(file: &'static str, find: &'static str, replace: &'static str) -> Change {
    Change { file, find, replace }
}

const CALL: &str = "dots-api-ext/src/call.rs";
const DOUBT: &str = "dots-api-ext/src/doubt.rs";
const RETRY: &str = "dots-api-ext/src/retry.rs";
const TRANSPORT: &str = "dots-api-ext/src/transport.rs";

/// The bugs that clients of payment APIs have.
pub const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "a new key for each attempt",
        test: "retry::a_lost_answer_is_asked_for_again_with_the_same_key",
        changes: &[change(
            "dots-api/src/scalar/idempotency_key.rs",
            "serializer.collect_str(self)",
            "serializer.collect_str(&Self::fresh())",
        )],
    },
    Mutant {
        name: "a refusal after an ambiguous attempt is a rejection",
        test: "retry::a_refusal_after_a_lost_answer_of_the_same_call_stays_unknown",
        changes: &[change(
            RETRY,
            "if case.in_doubt { Delivery::Unknown } else { proof(case) }",
            "proof(case)",
        )],
    },
    Mutant {
        name: "a refusal after an ambiguous call of another client is a rejection",
        test: "doubt::another_client_of_the_account_knows_the_doubt",
        changes: &[change(
            "dots-api-ext/src/builder.rs",
            "Doubts::of(self.environment.base_url(), credentials.account()),",
            "Arc::default(),",
        )],
    },
    Mutant {
        name: "the refusal of a known key is a failure",
        test: "errors::a_refusal_may_be_the_echo_of_a_transfer_that_was_made_under_the_key",
        changes: &[change(
            RETRY,
            "if case.is_first_send {",
            "if case.is_first_send || !case.is_first_send {",
        )],
    },
    Mutant {
        name: "a key that was paid with is taken for a new one",
        test: "doubt::an_answer_settles_the_doubt_and_a_later_refusal_does_not_undo_it",
        changes: &[change(DOUBT, "entry.end == End::NothingDone {", "entry.end != End::InDoubt {")],
    },
    Mutant {
        name: "a redirect is followed",
        test: "transport::a_redirect_is_never_followed_and_leaves_it_unknown",
        changes: &[change(TRANSPORT, "redirect::Policy::none()", "redirect::Policy::limited(3)")],
    },
    Mutant {
        name: "an answer that cannot be read is a failure",
        test: "errors::a_success_that_is_not_the_promised_json_leaves_it_unknown",
        changes: &[change(
            RETRY,
            "Ending::NoAnswer | Ending::Unreadable | Ending::OtherPayment => Delivery::Unknown,",
            "Ending::Unreadable => Delivery::Rejected,\n        Ending::NoAnswer | Ending::OtherPayment => Delivery::Unknown,",
        )],
    },
    Mutant {
        name: "what takes no key is asked again once it has left",
        test: "matrix::every_fault_on_an_operation_that_takes_no_key",
        changes: &[change(
            RETRY,
            "(Effect::Writes, Idempotency::Unkeyed) => false,",
            "(Effect::Writes, Idempotency::Unkeyed) => true,",
        )],
    },
    Mutant {
        name: "each clone has a budget of its own",
        test: "retry::pressure::clones_spend_one_budget_of_retries",
        changes: &[
            change(CALL, "shared.budget.tokens()", "Budget::default().tokens()"),
            change(CALL, "shared.budget.spend(class)", "Budget::default().spend(class)"),
        ],
    },
    Mutant {
        name: "Retry-After is ignored",
        test: "retry::the_pause_is_as_long_as_retry_after_says",
        changes: &[change(
            "dots-api-ext/src/retry/after.rs",
            "let text = headers.get(RETRY_AFTER)?",
            "let text = headers.get(RETRY_AFTER).filter(|_| false)?",
        )],
    },
    Mutant {
        name: "an answer about another payment is a success",
        test: "retry::an_answer_about_another_amount_ends_the_call_in_doubt",
        changes: &[change(
            CALL,
            "match echo::mismatch(operation, &answer.value) {",
            "match echo::mismatch(operation, &answer.value).filter(|_| false) {",
        )],
    },
    Mutant {
        name: "a key is sent however old it is",
        test: "retry::window::a_key_that_is_older_than_its_window_is_never_sent_again",
        changes: &[change(
            CALL,
            "self.caller.policy.key_window.saturating_sub(age.saturating_add(reserve))",
            "Duration::MAX.saturating_sub(age.saturating_add(reserve).min(Duration::ZERO))",
        )],
    },
    Mutant {
        name: "the age of a key is measured by one clock",
        test: "retry::window::the_clock_that_says_older_counts_and_one_that_was_set_back_ends_it",
        changes: &[change(
            "dots-api-ext/src/clock.rs",
            "(!was_set_back).then(|| steady.max(by_day))",
            "(!was_set_back).then_some(steady.max(by_day.min(steady)))",
        )],
    },
    Mutant {
        name: "a call that is dropped on its way leaves no doubt",
        test: "doubt::a_call_that_is_dropped_on_its_way_leaves_its_key_in_doubt",
        changes: &[change(
            CALL,
            "self.caller.shared.gate.leaves(now);\n        self.mark(End::InDoubt);",
            "self.caller.shared.gate.leaves(now);\n        self.mark(End::NothingDone);",
        )],
    },
    Mutant {
        name: "a broken connection is taken for one that never opened",
        test: "errors::a_connection_that_closes_before_the_answer_leaves_it_unknown",
        changes: &[change(
            TRANSPORT,
            "(false, false, false) => (Reach::Perhaps,",
            "(false, false, false) => (Reach::NoConnection,",
        )],
    },
    Mutant {
        name: "an outage is hammered",
        test: "retry::pressure::an_outage_of_five_minutes_costs_at_most_sixty_requests",
        changes: &[change(
            "dots-api-ext/src/gate.rs",
            "const FAILURES_TO_CLOSE: u32 = 20;",
            "const FAILURES_TO_CLOSE: u32 = u32::MAX;",
        )],
    },
    Mutant {
        name: "a busy Dots is not waited for",
        test: "retry::pressure::sixty_four_workers_send_hardly_more_than_a_busy_dots_accepts",
        changes: &[change(
            "dots-api-ext/src/gate.rs",
            "(state.spacing.max(state.usual).max(CLOSEST) * 2).min(WIDEST)",
            "Duration::ZERO",
        )],
    },
    Mutant {
        name: "an id escapes its place in the path",
        test: "transport::an_id_that_would_leave_its_place_in_the_path_is_not_sent",
        changes: &[
            change(
                "dots-api/src/request.rs",
                "if !stays_in_its_segment(&argument) {",
                "if argument.is_empty() && argument == \"x\" {",
            ),
            change(
                TRANSPORT,
                "if !is_address_of(&self.base, request.operation, &request.url) {",
                "if !is_address_of(&self.base, request.operation, &request.url) && request.url.path().is_empty() {",
            ),
        ],
    },
    Mutant {
        name: "an answer is read without end",
        test: "transport::of_a_success_of_five_mebibytes_four_are_kept_and_it_stays_unknown",
        changes: &[change(
            TRANSPORT,
            "const BODY_LIMIT: usize = 4 * 1024 * 1024;",
            "const BODY_LIMIT: usize = usize::MAX / 2;",
        )],
    },
    Mutant {
        name: "Dots pays each attempt, because each has a key of its own",
        test: "matrix::every_fault_on_an_operation_that_answers_known_keys",
        changes: &[change(
            "dots-api/src/scalar/idempotency_key.rs",
            "serializer.collect_str(self)",
            "serializer.collect_str(&Self::fresh())",
        )],
    },
    Mutant {
        name: "a wallet that the first payment emptied makes a rejection of it",
        test: "matrix::worlds::funds_that_the_first_payment_took_are_no_reason_to_call_it_rejected",
        changes: &[change(
            RETRY,
            "if case.in_doubt { Delivery::Unknown } else { proof(case) }",
            "proof(case)",
        )],
    },
    Mutant {
        name: "a door that shuts after a lost answer makes a rejection of it",
        test: "matrix::sequences_of_faults_where_known_keys_do_what_is_documented",
        changes: &[change(
            RETRY,
            "if case.in_doubt { Delivery::Unknown } else { proof(case) }",
            "if case.in_doubt && proof(case) != Delivery::Rejected { Delivery::Unknown } else { proof(case) }",
        )],
    },
    Mutant {
        name: "a payment whose connection broke counts as not sent",
        test: "matrix::every_fault_on_an_operation_that_refuses_known_keys",
        changes: &[change(
            TRANSPORT,
            "(false, false, false) => (Reach::Perhaps,",
            "(false, false, false) => (Reach::NoConnection,",
        )],
    },
];
