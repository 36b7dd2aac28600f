//! The outbox: rules that are taken away, commits that are not on the disk, and lists that are not read.
//!
//! The search over `step` and the simulation take rules away as well, in tests of their own.

use super::{Mutant, change};

const DECISIONS: &str = "dots-api-ext/src/outbox/decisions.rs";
const FILE: &str = "dots-api-ext/src/outbox/sqlite/file.rs";
const HOLDING: &str = "dots-api-ext/src/outbox/holding.rs";
const LOCK: &str = "dots-api-ext/src/outbox/sqlite/lock.rs";
const OBSERVING: &str = "dots-api-ext/src/outbox/observing.rs";
const PAYABLE: &str = "dots-api-ext/src/outbox/payable.rs";
const PLANNED: &str = "dots-api-ext/src/outbox/planned.rs";
const PLANNING: &str = "dots-api-ext/src/outbox/planning.rs";
const RECONCILE: &str = "dots-api-ext/src/outbox/reconcile.rs";
const ROWS: &str = "dots-api-ext/src/outbox/sqlite/rows.rs";
const RUNS: &str = "dots-api-ext/src/outbox/sqlite/runs.rs";
const SENDING: &str = "dots-api-ext/src/outbox/sending.rs";
const STEP: &str = "dots-api-ext/src/outbox/step.rs";
const WRITER: &str = "dots-api-ext/src/outbox/sqlite/writer.rs";

/// The bugs of this kind.
pub(super) const BUGS: &[Mutant] = &[
    Mutant {
        kind: "outbox",
        name: "a reference that looks the same is paid again",
        test: "outbox::once::references_that_look_the_same_are_one",
        changes: &[change(
            PLANNING,
            "let reference = canonical(reference).into_owned();",
            "let reference = reference.to_owned();",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "of two corrections at once the second one is stored and the first one sent",
        test: "outbox::person::of_two_corrections_at_once_one_is_made_and_what_is_sent_is_what_is_stored",
        changes: &[change(
            STEP,
            "    if row.seen() != seen {\n        return Err(Illegal::Stale);\n    }\n    // What a person said of",
            "    let _ = seen;\n    // What a person said of",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a payout that Dots refused in doubt is called refused",
        test: "outbox::torture::simulated_worlds_end_well",
        changes: &[change(
            STEP,
            "Answer::Rejected if row.in_doubt || row.others_may_send => {",
            "Answer::Rejected if row.others_may_send => {",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a key is sent for ever",
        test: "outbox::torture::simulated_worlds_end_well",
        changes: &[change(
            STEP,
            "    now.earliest() < row.planned_at || now.latest() >= row.planned_at.after(rules.window)\n",
            "    now.earliest() < row.planned_at && now.latest() >= row.planned_at.after(rules.window)\n",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a claim is made while another one holds",
        test: "outbox::torture::simulated_worlds_end_well",
        changes: &[change(
            STEP,
            "let mut row = from(row, &[State::Planned, State::Unknown])?;",
            "let mut row = from(row, &[State::Planned, State::Unknown, State::InFlight])?;",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a claim that was given back leaves no doubt",
        test: "outbox::torture::simulated_worlds_end_well",
        changes: &[change(
            STEP,
            "(row.in_doubt, row.lease_until, row.not_before) = (true, None, not_before);",
            "(row.in_doubt, row.lease_until, row.not_before) = (false, None, not_before);",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a claim that was given back is sent again at once",
        test: "outbox::torture::simulated_worlds_end_well",
        changes: &[change(
            STEP,
            "row.not_before.max(last.after(rules.horizon));",
            "row.not_before.max(last);",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a lost answer is sent again at once",
        test: "outbox::torture::simulated_worlds_end_well",
        changes: &[change(
            STEP,
            "(true, not_before.max(now.latest().after(rules.horizon)));",
            "(true, not_before);",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "the known key of a lost payment is a refusal",
        test: "outbox::torture::simulated_worlds_end_well",
        changes: &[change(
            STEP,
            "        Answer::KnownKey => {\n            (row.in_doubt, row.not_before) = (true, window_end);\n            to(row, State::Unknown)",
            "        Answer::KnownKey => {\n            (row.in_doubt, row.not_before) = (false, window_end);\n            to(row, State::Rejected)",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a copy from the past sends as if it were the only file",
        test: "outbox::torture::simulated_worlds_end_well",
        changes: &[change(
            STEP,
            "Event::Restored => Ok(restored(next, now, rules)),",
            "Event::Restored if row.fence > 999 => Ok(restored(next, now, rules)),\n        Event::Restored => Ok(Step { row: next, effect: Effect::None }),",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a payout is claimed after its request has left",
        test: "outbox::torture::when_a_request_leaves_its_claim_is_in_the_file",
        changes: &[change(
            WRITER,
            "    if changes(store) != changes_before {",
            // A disk that takes a moment: else the commit may overtake the request.
            "    batch.drain(..).for_each(|job| job.answer(None));\n    thread::sleep(std::time::Duration::from_millis(50));\n    if changes(store) != changes_before {",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a commit is not on the disk when it returns",
        test: "outbox::torture::after_a_power_cut_no_claim_and_no_told_outcome_is_missing",
        changes: &[change(FILE, "(\"synchronous\", \"FULL\"),", "(\"synchronous\", \"NORMAL\"),")],
    },
    Mutant {
        kind: "outbox",
        name: "a known reference pays another payout",
        test: "outbox::once::another_payout_under_a_known_reference_is_refused",
        changes: &[change(PLANNING, "differs.push(\"amount\");", "differs.clear();")],
    },
    Mutant {
        kind: "outbox",
        name: "what came of an attempt is written over what a webhook said",
        test: "outbox::delivery::a_webhook_that_overtakes_its_answer_is_not_undone",
        changes: &[change(ROWS, ".optional()? == Some(true))", ".optional()?.is_some_and(|_: bool| true))")],
    },
    Mutant {
        kind: "outbox",
        name: "a planned payout is taken with the key of another",
        test: "outbox::planned::a_key_that_another_reference_has_is_refused",
        changes: &[change(PLANNED, "if key != Ok(request.idempotency_key()) {", "if key.is_err() {")],
    },
    Mutant {
        kind: "outbox",
        name: "two files from one list have other keys",
        test: "outbox::odds::two_files_from_one_list_on_two_machines_pay_everybody_once",
        changes: &[change(
            PLANNING,
            "payout.reference(reference.clone()).try_set(",
            "payout.reference(format!(\"{reference}{}\", self.store_id)).try_set(",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "only the first page of the links is read",
        test: "outbox::odds::a_payout_is_found_on_the_last_page_of_a_long_list",
        changes: &[change(
            RECONCILE,
            "while let Some(link) = links.next().await.transpose()? {",
            "for _ in 0..100 {\n            let Some(link) = links.next().await.transpose()? else { break };",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "the list of transfers is not read",
        test: "outbox::odds::a_transfer_that_lost_its_answer_is_found_in_the_other_list",
        changes: &[change(
            RECONCILE,
            "while let Some(transfer) = transfers.next().await.transpose()? {",
            "while let Some(transfer) = transfers.next().await.transpose()?.filter(|_| false) {",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "an older payment leaves its payout in doubt for ever",
        test: "outbox::person::an_older_payment_that_shows_late_ends_the_payout_and_does_not_leave_it_in_doubt",
        changes: &[change(
            RECONCILE,
            "row.found.iter().all(|(generation, _)| *generation < newest)",
            "row.found.iter().all(|(generation, _)| *generation > newest)",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "what came of a call is dropped with its caller",
        test: "outbox::once::a_payout_whose_future_is_dropped_is_stored_all_the_same",
        changes: &[change(
            SENDING,
            "let sent = tokio::spawn(async move { outbox.send(*claim).await });\n                sent.await.unwrap_or(Err(OutboxError::Unrecorded(StoreError::Broken)))?;",
            "outbox.send(*claim).await?;",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a second process opens the same file",
        test: "outbox::files::a_second_process_is_told_who_has_the_file",
        changes: &[change(
            LOCK,
            "match file.try_lock() {",
            "match file.try_lock().or(Ok::<(), TryLockError>(())) {",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a file of one server is opened for another",
        test: "outbox::files::a_file_of_another_server_or_app_is_refused_by_name",
        changes: &[change(FILE, "    said.refuse_other(path, &place)?;\n", "")],
    },
    Mutant {
        kind: "outbox",
        name: "two payments under one key are not told",
        test: "outbox::twice::two_links_with_the_mark_of_one_payout_are_an_alarm_and_are_told_once",
        changes: &[change(
            OBSERVING,
            "Some((Event::FoundTwice, format!(",
            "Some((Event::Found { generation }, format!(",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a payout that is corrected is paid before its pay date",
        test: "outbox::runs::a_pay_date_stays_when_a_payout_is_corrected_asked_for_or_restored",
        changes: &[change(STEP, "|due| *due > row.planned_at);", "|due| due.0 == 0);")],
    },
    Mutant {
        kind: "outbox",
        name: "a run that goes on pays what is alike",
        test: "outbox::runs::a_whole_run_is_held_and_goes_on_when_it_is_released",
        changes: &[change(
            HOLDING,
            "Event::Release { is_meant: false }",
            "Event::Release { is_meant: true }",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a copy takes what a clock ahead had planned for not due",
        test: "outbox::clocks::a_copy_of_what_a_clock_that_was_ahead_has_planned_was_due",
        changes: &[change(
            STEP,
            "now.latest() < row.not_before && row.planned_at <= now.latest();",
            "now.latest() < row.not_before;",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "a payment of another amount is settled silently",
        test: "outbox::report::a_correction_that_only_a_lost_file_knew_is_told_and_not_paid_again",
        changes: &[change(
            OBSERVING,
            "(Event::FoundOther { generation }, why)",
            "(Event::Found { generation }, why)",
        )],
    },
    Mutant {
        kind: "outbox",
        name: "the payment of another payout is taken for its own",
        test: "outbox::twice::an_answer_with_the_mark_of_another_payout_is_not_taken_for_its_payment",
        changes: &[change(PAYABLE, "if mark::is_of_another(operation, &reply) {", "if false {")],
    },
    Mutant {
        kind: "outbox",
        name: "a correction takes a run above its limit",
        test: "outbox::runs::a_correction_keeps_to_the_limit_of_its_run",
        changes: &[change(DECISIONS, ".filter(|_| more > 0))", ".filter(|_| more < 0))")],
    },
    Mutant {
        kind: "outbox",
        name: "a payout that was planned singly is not held with its run",
        test: "outbox::runs::a_payout_that_was_planned_singly_is_of_the_run_that_its_reference_names",
        changes: &[change(
            RUNS,
            "AND state = ?2 AND reference > ?3 ORDER BY",
            "AND run IS NOT NULL AND state = ?2 AND reference > ?3 ORDER BY",
        )],
    },
];
