//! Retries, circuit breakers and the pacer: what is retried, how often and how soon.

use super::{Mutant, change};

const AFTER: &str = "dots-api-ext/src/policy/retry/after.rs";
const BREAKER: &str = "dots-api-ext/src/policy/circuit_breaker.rs";
const CALL: &str = "dots-api-ext/src/engine/call.rs";
const PACER: &str = "dots-api-ext/src/policy/pacer.rs";
const RETRY: &str = "dots-api-ext/src/policy/retry.rs";

/// The bugs of this kind.
pub(super) const BUGS: &[Mutant] = &[
    Mutant {
        kind: "classic",
        name: "what takes no key is retried once it has left",
        test: "retry::what_takes_no_key_is_not_asked_again_once_it_has_left",
        changes: &[change(
            RETRY,
            "attempt.effect == Effect::Reads || attempt.idempotency != Idempotency::Unkeyed",
            "attempt.effect == Effect::Reads || attempt.effect == Effect::Writes",
        )],
    },
    Mutant {
        kind: "classic",
        name: "a lost answer without a key is retried",
        test: "matrix::every_fault_on_an_operation_that_takes_no_key",
        changes: &[change(
            RETRY,
            "facts.proof == Proof::NotSent || is_repeatable",
            "facts.proof == Proof::NotSent || attempt.end == AttemptEnd::NoAnswer || is_repeatable",
        )],
    },
    Mutant {
        kind: "classic",
        name: "each clone has a budget of its own",
        test: "retry::pressure::clones_spend_one_budget_of_retries",
        changes: &[
            change(CALL, "shared.budget.tokens()", "Budget::default().tokens()"),
            change(CALL, "shared.budget.spend(*kind)", "Budget::default().spend(*kind)"),
        ],
    },
    Mutant {
        kind: "classic",
        name: "a success earns no retries back",
        test: "regressions::successes_earn_back_what_retries_have_cost",
        changes: &[change(CALL, "shared.budget.earn(self.retried);", "let _ = self.retried;")],
    },
    Mutant {
        kind: "classic",
        name: "Retry-After is ignored",
        test: "retry::the_pause_is_as_long_as_retry_after_says",
        changes: &[change(
            AFTER,
            "waits.max().filter(|wait| !wait.is_zero())",
            "waits.max().filter(Duration::is_zero)",
        )],
    },
    Mutant {
        kind: "classic",
        name: "pauses have no jitter",
        test: "regressions::clients_that_lose_the_same_answer_do_not_come_back_together",
        changes: &[change(
            CALL,
            "random: shared.random().u64(..),",
            "random: shared.random().u64(..) | u64::MAX,",
        )],
    },
    Mutant {
        kind: "classic",
        name: "an attempt outlives its call",
        test: "regressions::an_attempt_is_over_at_the_deadline_of_its_call",
        changes: &[change(
            CALL,
            "let client = if timeout < self.caller.timeout {",
            "let client = if timeout.is_zero() {",
        )],
    },
    Mutant {
        kind: "classic",
        name: "an outage is hammered",
        test: "retry::pressure::an_outage_of_five_minutes_costs_at_most_sixty_requests",
        changes: &[change(
            BREAKER,
            "const FAILURE_THRESHOLD: u32 = 20;",
            "const FAILURE_THRESHOLD: u32 = u32::MAX;",
        )],
    },
    Mutant {
        kind: "classic",
        name: "a breaker that is open never looks whether Dots answers again",
        test: "retry::pressure::the_end_of_an_outage_is_noticed_within_ten_seconds",
        changes: &[change(
            BREAKER,
            "let is_half_open = now >= self.next_probe;",
            "let is_half_open = now > Duration::MAX;",
        )],
    },
    Mutant {
        kind: "classic",
        name: "sixty-four workers find out together that Dots is down",
        test: "retry::pressure::an_outage_costs_sixty_four_workers_at_most_sixty_requests_together",
        changes: &[change(
            BREAKER,
            "if self.is_sure() || self.tokens(now) > 0 {",
            "if self.is_sure() || self.tokens(now) <= TOKENS {",
        )],
    },
    Mutant {
        kind: "classic",
        name: "a busy Dots is not waited for",
        test: "retry::pressure::sixty_four_workers_send_hardly_more_than_a_busy_dots_accepts",
        changes: &[change(
            PACER,
            "self.spacing = wider.min(WIDEST);",
            "self.spacing = wider.min(Duration::ZERO);",
        )],
    },
];
