//! The outbox on PostgreSQL: claims without locks, commits that are believed, and tables that forget. They need a server.

use super::{Mutant, change};

const CONNECTION: &str = "dots-api-ext/src/outbox/postgres/connection.rs";
const OUTBOX_STORE: &str = "dots-api-ext/src/outbox/postgres/outbox_store.rs";
const PLACE: &str = "dots-api-ext/src/outbox/postgres/place.rs";
const PLAN: &str = "dots-api-ext/src/outbox/postgres/sql/0002_plan.sql";
const ROWS: &str = "dots-api-ext/src/outbox/postgres/rows.rs";
const SENDING: &str = "dots-api-ext/src/outbox/sending.rs";
const TABLES: &str = "dots-api-ext/src/outbox/postgres/sql/0001_tables.sql";
const THREADS: &str = "dots-api-ext/src/outbox/postgres/threads.rs";

/// The bugs of this kind.
pub(super) const BUGS: &[Mutant] = &[
    Mutant {
        kind: "outbox on postgres",
        name: "two workers claim one row",
        test: "outbox_postgres::workers::a_row_whose_claim_is_being_committed_is_not_claimed_again",
        changes: &[
            change(ROWS, "if self.locks { \"FOR UPDATE OF p\" } else { \"\" }", "\"\""),
            change(
                ROWS,
                "WHERE reference = $1 AND state = $25 AND fence = $26",
                "WHERE reference = $1 AND ($25 <> '' OR $26 >= 0)",
            ),
            change(OUTBOX_STORE, "\"FOR UPDATE SKIP LOCKED\"", "\"\""),
        ],
    },
    Mutant {
        kind: "outbox on postgres",
        name: "a claim counts whose commit is not known to be made",
        test: "outbox_postgres::workers::a_claim_whose_commit_was_not_made_takes_nothing_from_another_worker",
        changes: &[change(
            CONNECTION,
            "Kind::Lost => PostgresError::new(Kind::UnknownCommit, error.to_string()),\n            _ => error,\n        })",
            "_ => error,\n        })\n        .or(Ok(()))",
        )],
    },
    Mutant {
        kind: "outbox on postgres",
        name: "a claim whose commit was not made is handed back, though another worker has the row",
        test: "outbox_postgres::workers::a_claim_whose_commit_was_not_made_takes_nothing_from_another_worker",
        changes: &[change(SENDING, "unsent_in: None })))", "unsent_in: Some(outbox.clone()) })))")],
    },
    Mutant {
        kind: "outbox on postgres",
        name: "what came of an attempt is lost with the connection",
        test: "outbox_postgres::workers::what_came_of_an_attempt_is_stored_though_its_commit_was_cut",
        changes: &[change(
            THREADS,
            "(self.has_run && !self.job.is_repeatable()) || now",
            "self.has_run || now",
        )],
    },
    Mutant {
        kind: "outbox on postgres",
        name: "two alike payouts are claimed at once",
        test: "outbox_postgres::workers::alike_payouts_of_two_workers_wait_for_a_person",
        changes: &[change(
            SENDING,
            "if within == 0 || record.row.is_meant {",
            "if within > 0 || record.row.is_meant {",
        )],
    },
    Mutant {
        kind: "outbox on postgres",
        name: "the time stands still in a transaction",
        test: "outbox_postgres::plan::the_key_window_counts_from_the_plan_and_not_from_the_transaction",
        changes: &[change(
            TABLES,
            "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
            "SELECT floor(extract(epoch FROM now()) * 1000)::bigint",
        )],
    },
    Mutant {
        kind: "outbox on postgres",
        name: "another payout under a known reference is quiet",
        test: "outbox_postgres::plan::a_repeat_is_quiet_and_another_payout_takes_the_transaction_down",
        changes: &[change(
            PLAN,
            "  PERFORM dots_outbox.check_known(entries);\n  RETURN 'known';",
            "  RETURN 'known';",
        )],
    },
    Mutant {
        kind: "outbox on postgres",
        name: "a table of the caller stands in for one of the outbox",
        test: "outbox_postgres::plan::a_table_of_the_caller_stands_in_for_none_of_ours",
        changes: &[change(
            PLAN,
            "PERFORM set_config('synchronous_commit', 'on', true);",
            "PERFORM set_config('synchronous_commit', 'off', true);",
        )],
    },
    Mutant {
        kind: "outbox on postgres",
        name: "a row that was planned in the database is believed",
        test: "outbox_postgres::plan::a_request_that_is_not_what_it_says_is_held_for_a_person",
        changes: &[change(
            OUTBOX_STORE,
            "fn writes_all_rows(&self) -> bool {\n        false",
            "fn writes_all_rows(&self) -> bool {\n        true",
        )],
    },
    Mutant {
        kind: "outbox on postgres",
        name: "a server that takes over is believed to know everything",
        test: "outbox_postgres::opening::after_a_failover_nothing_is_sent_before_the_lists_were_read",
        changes: &[change(
            PLACE,
            "    if is_restored {\n",
            "    if is_restored && expected.may_have_moved {\n",
        )],
    },
    Mutant {
        kind: "outbox on postgres",
        name: "a standby is taken for the primary",
        test: "outbox_postgres::opening::after_a_failover_nothing_is_sent_before_the_lists_were_read",
        changes: &[change(PLACE, "if said.is_standby {", "if said.is_standby && expected.may_have_moved {")],
    },
    Mutant {
        kind: "outbox on postgres",
        name: "what was sent can be forgotten",
        test: "outbox_postgres::store::what_was_sent_is_never_forgotten",
        changes: &[change(
            TABLES,
            "  OR NEW.fence < OLD.fence OR NEW.generation < OLD.generation\n",
            "  OR NEW.generation < OLD.generation\n",
        )],
    },
];
