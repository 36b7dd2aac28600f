//! The mutants: each bug, and the test that must catch it.

/// One bug: what to write where, and the test that must notice.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// What the bug does, in a sentence.
    pub name: &'static str,
    /// The test of `tests/it` that has to fail.
    pub test: &'static str,
    /// The edits that plant it.
    pub changes: &'static [Change],
}

/// An edit: a text that occurs once in a file, and its replacement.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The file, below the root of the workspace.
    pub file: &'static str,
    /// The text to find.
    pub find: &'static str,
    /// Its replacement.
    pub replace: &'static str,
}

const fn change(file: &'static str, find: &'static str, replace: &'static str) -> Change {
    Change { file, find, replace }
}

const CALL: &str = "dots-api-ext/src/engine/call.rs";
const DOUBT: &str = "dots-api-ext/src/policy/key_registry.rs";
const RETRY: &str = "dots-api-ext/src/policy/retry.rs";
const TRANSPORT: &str = "dots-api-ext/src/network/transport.rs";

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
            "if case.in_doubt { Outcome::Unknown } else { proof(case) }",
            "proof(case)",
        )],
    },
    Mutant {
        name: "a refusal after an ambiguous call of another client is a rejection",
        test: "key_registry::another_client_of_the_account_knows_the_doubt",
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
        test: "key_registry::an_answer_settles_the_doubt_and_a_later_refusal_does_not_undo_it",
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
            "Ending::NoAnswer | Ending::Unreadable | Ending::OtherPayment => Outcome::Unknown,",
            "Ending::Unreadable => Outcome::Rejected,\n        Ending::NoAnswer | Ending::OtherPayment => Outcome::Unknown,",
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
            "dots-api-ext/src/policy/retry/after.rs",
            "let text = headers.get(RETRY_AFTER)?",
            "let text = headers.get(RETRY_AFTER).filter(|_| false)?",
        )],
    },
    Mutant {
        name: "an answer about another payment is a success",
        test: "retry::an_answer_about_another_amount_ends_the_call_in_doubt",
        changes: &[change(
            CALL,
            "match cross_check::mismatch(operation, &answer.value) {",
            "match cross_check::mismatch(operation, &answer.value).filter(|_| false) {",
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
            "dots-api-ext/src/policy/clock.rs",
            "(!was_set_back).then(|| steady.max(by_day))",
            "(!was_set_back).then_some(steady.max(by_day.min(steady)))",
        )],
    },
    Mutant {
        name: "a call that is dropped on its way leaves no doubt",
        test: "key_registry::a_call_that_is_dropped_on_its_way_leaves_its_key_in_doubt",
        changes: &[change(
            CALL,
            "self.attempts += 1;\n        self.mark(End::InDoubt);",
            "self.attempts += 1;\n        self.mark(End::NothingDone);",
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
            "dots-api-ext/src/policy/circuit_breaker.rs",
            "const FAILURES_TO_CLOSE: u32 = 20;",
            "const FAILURES_TO_CLOSE: u32 = u32::MAX;",
        )],
    },
    Mutant {
        name: "a busy Dots is not waited for",
        test: "retry::pressure::sixty_four_workers_send_hardly_more_than_a_busy_dots_accepts",
        changes: &[change(
            "dots-api-ext/src/policy/circuit_breaker.rs",
            "self.spacing = wider.min(WIDEST);",
            "self.spacing = wider.min(Duration::ZERO);",
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
            "if case.in_doubt { Outcome::Unknown } else { proof(case) }",
            "proof(case)",
        )],
    },
    Mutant {
        name: "a door that shuts after a lost answer makes a rejection of it",
        test: "matrix::sequences_of_faults_where_known_keys_do_what_is_documented",
        changes: &[change(
            RETRY,
            "if case.in_doubt { Outcome::Unknown } else { proof(case) }",
            "if case.in_doubt && proof(case) != Outcome::Rejected { Outcome::Unknown } else { proof(case) }",
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
    Mutant {
        name: "two calls send one key at once",
        test: "key_registry::a_call_that_is_overtaken_by_another_with_its_key_denies_nothing",
        changes: &[change(
            DOUBT,
            "if entry.is_under_way {\n                return None;",
            "if entry.is_under_way && self.answered.len() == usize::MAX {\n                return None;",
        )],
    },
    Mutant {
        name: "a closed gate forgets the doubt about a key",
        test: "key_registry::a_doubt_outlives_a_closed_gate",
        changes: &[change(
            CALL,
            "let outcome = if self.is_in_doubt { Outcome::Unknown } else { Outcome::NotSent };",
            "let outcome = Outcome::NotSent;",
        )],
    },
    Mutant {
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
                "self.is_in_doubt |= outcome == Outcome::Unknown;",
                "self.is_in_doubt |= outcome == Outcome::Unknown && self.attempts == 0;",
            ),
        ],
    },
    Mutant {
        name: "the window of a key is measured from its last send",
        test: "retry::window::the_window_is_measured_from_the_first_send_and_not_from_the_last",
        changes: &[change(
            DOUBT,
            "entry.is_under_way = true;\n            entry.hear_of(before);",
            "entry.is_under_way = true;\n            entry.first_sent = now;\n            entry.hear_of(before);",
        )],
    },
    Mutant {
        name: "a key that was refused for its age is new afterwards",
        test: "retry::window::a_key_that_was_refused_for_its_age_is_refused_again",
        changes: &[change(DOUBT, "entry.end = entry.end.max(end);", "entry.end = end;")],
    },
    Mutant {
        name: "what another program sent before is not believed",
        test: "payouts::a_refusal_of_what_another_program_sent_before_proves_nothing",
        changes: &[change(
            CALL,
            "let before = self.caller.first_sent.map(|at| self.began.at(at));",
            "let before = self.caller.first_sent.map(|at| self.began.at(at)).filter(|_| false);",
        )],
    },
    Mutant {
        name: "a repeated refusal is evidence of a payment",
        test: "key_registry::a_refusal_that_came_first_is_no_evidence_of_a_payment",
        changes: &[change(RETRY, "case.earlier == Earlier::Lost", "case.in_doubt")],
    },
    Mutant {
        name: "an answer is compared by its amount alone",
        test: "cross_check::another_recipient_is_no_success_of_any_operation_that_pays_somebody",
        changes: &[change(
            "dots-api-ext/src/policy/cross_check.rs",
            "if is_other {",
            "if is_other && asked.is_signed {",
        )],
    },
    Mutant {
        name: "a reference has one key in all operations",
        test: "payouts::one_reference_has_a_key_for_each_operation_and_each_app",
        changes: &[change(
            "dots-api-ext/src/policy/idempotency.rs",
            "format!(\"{account}\\n{app}\\n{operation}\\n{reference}\")",
            "format!(\"{account}\\n{app}\\n{}\\n{reference}\", operation.len() / 100)",
        )],
    },
    Mutant {
        name: "sixty-four workers find out together that Dots is down",
        test: "retry::pressure::an_outage_costs_sixty_four_workers_at_most_sixty_requests_together",
        changes: &[change(
            "dots-api-ext/src/policy/circuit_breaker.rs",
            "} else if state.is_crowded() {",
            "} else if state.is_crowded() && state.next_probe == Duration::MAX {",
        )],
    },
    Mutant {
        name: "an attempt outlives its call",
        test: "regressions::an_attempt_is_over_at_the_deadline_of_its_call",
        changes: &[change(
            CALL,
            "let client = if left < self.caller.timeout {",
            "let client = if left < self.caller.timeout && left.is_zero() {",
        )],
    },
    Mutant {
        name: "pauses have no jitter",
        test: "regressions::clients_that_lose_the_same_answer_do_not_come_back_together",
        changes: &[change(
            CALL,
            "random: shared.random.lock().unwrap_or_else(PoisonError::into_inner).u64(..),",
            "random: shared.random.lock().unwrap_or_else(PoisonError::into_inner).u64(..) | u64::MAX,",
        )],
    },
    Mutant {
        name: "a success earns no retries back",
        test: "regressions::successes_earn_back_what_retries_have_cost",
        changes: &[change(CALL, "shared.budget.earn(self.retried);", "let _ = self.retried;")],
    },
    Mutant {
        name: "an old key pays again at a Dots that has forgotten it",
        test: "matrix::every_fault_on_an_operation_that_answers_known_keys",
        changes: &[change(
            CALL,
            "self.caller.policy.key_window.saturating_sub(age.saturating_add(reserve))",
            "Duration::MAX.saturating_sub(age.saturating_add(reserve).min(Duration::ZERO))",
        )],
    },
    Mutant {
        name: "a webhook of long ago is believed",
        test: "webhook::proof::five_minutes_before_and_after_are_good_and_a_second_more_is_not",
        changes: &[change(
            "dots-api-ext/src/webhook/verifier.rs",
            "if distance > allowed {",
            "if distance > allowed && sent > now {",
        )],
    },
];
