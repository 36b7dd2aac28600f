//! Keys: forgotten, mixed up, too young, or sent by two calls at once.

use super::{Mutant, change};

const AGE: &str = "dots-api-ext/src/policy/key_registry/age.rs";
const BATCHES: &str = "dots-api-ext/src/calls/payout_batches.rs";
const BUILDER: &str = "dots-api-ext/src/builder.rs";
const CALL: &str = "dots-api-ext/src/engine/call.rs";
const CLIENT: &str = "dots-api/src/client.rs";
const DOTS: &str = "dots-api-ext/src/dots.rs";
const IDEMPOTENCY: &str = "dots-api-ext/src/policy/idempotency.rs";
const KEY: &str = "dots-api/src/scalar/idempotency_key.rs";
const OPERATION: &str = "dots-api/src/operation.rs";
const PREPARED: &str = "dots-api-ext/src/calls/prepared.rs";
const RECORD: &str = "dots-api/src/key_record.rs";
const RECORD_TABLE: &str = "dots-api/src/key_record/table.rs";
const REGISTRY: &str = "dots-api-ext/src/policy/key_registry.rs";
const REQUEST: &str = "dots-api/src/request.rs";

/// The bugs of this kind.
pub(super) const BUGS: &[Mutant] = &[
    Mutant {
        kind: "A1",
        name: "a key that was answered leaves no trace",
        test: "paid_twice::a_reference_that_was_paid_is_not_paid_again_when_dots_has_forgotten_it",
        changes: &[change(
            REGISTRY,
            "self.first.filter(|_| history > KeyHistory::Unheard)",
            "self.first.filter(|_| history > KeyHistory::Unheard && history < KeyHistory::Answered)",
        )],
    },
    Mutant {
        kind: "A1",
        name: "a record that grows drops what was paid",
        test: "key_registry::a_key_among_many_is_remembered_when_dots_has_forgotten_it",
        changes: &[change(
            RECORD_TABLE,
            ".filter(|slot| *slot != 0)",
            ".filter(|slot| *slot != 0 && *slot & 7 != 5)",
        )],
    },
    Mutant {
        kind: "A2",
        name: "a told time is paired with the steady time of now",
        test: "paid_twice::a_told_time_stays_as_old_as_it_was_when_the_day_is_set_back_later",
        changes: &[change(
            REGISTRY,
            "steady: now.steady.saturating_sub(now.day.saturating_sub(day))",
            "steady: now.steady",
        )],
    },
    Mutant {
        kind: "classic",
        name: "a batch is as old as the first key of it that was sent",
        test: "paid_twice::a_batch_is_as_old_as_the_oldest_key_of_its_items",
        changes: &[change(
            REGISTRY,
            "first_before = earliest(first_before, origin.first(&sends));",
            "first_before = first_before.or(origin.first(&sends));",
        )],
    },
    Mutant {
        kind: "A2",
        name: "a told time counts only where nothing is remembered",
        test: "paid_twice::a_told_time_ends_it_though_this_process_has_sent_the_key_since",
        changes: &[change(
            REGISTRY,
            "let first = earliest(Some(first), origin.first(&sends)).flatten();",
            "let first = origin.first(&sends).unwrap_or(first);",
        )],
    },
    Mutant {
        kind: "A2",
        name: "a told time counts beside a send by another clock that is in flight",
        test: "attack::found::a_told_time_makes_no_key_younger_than_a_send_by_another_clock",
        changes: &[change(
            REGISTRY,
            "first.filter(|_| other.is_none_or(|lease| lease.sent.is_none()))",
            "first.filter(|_| other.is_none_or(|lease| lease.number > 0))",
        )],
    },
    Mutant {
        kind: "A3",
        name: "a reference knows only the options before it",
        test: "paid_twice::an_app_that_is_named_later_is_in_the_keys_of_the_items_of_a_batch",
        changes: &[change(
            PREPARED,
            "set_key: O::set_key });\n        self",
            "set_key: O::set_key });\n        self.take_references();\n        self",
        )],
    },
    Mutant {
        kind: "A3",
        name: "the keys of a reference leave the app out",
        test: "payouts::one_reference_has_a_key_for_each_operation_and_each_app",
        changes: &[change(DOTS, "app: self.app.as_deref() }", "app: None }")],
    },
    Mutant {
        kind: "A3",
        name: "the app of the client wins over the app of the call",
        test: "paid_twice::an_app_that_is_named_later_is_in_the_keys_of_the_items_of_a_batch",
        changes: &[change(
            DOTS,
            "self.app = Some(Arc::new(app));",
            "self.app.get_or_insert_with(|| Arc::new(app));",
        )],
    },
    Mutant {
        kind: "A4",
        name: "the app can be named by a header",
        test: "paid_twice::headers_that_are_the_clients_own_cannot_be_added_so_no_app_is_named_unseen",
        changes: &[change(
            DOTS,
            "if OWN_HEADERS.contains(&name) {",
            "if OWN_HEADERS.contains(&name) && name != APP_ID {",
        )],
    },
    Mutant {
        kind: "A5",
        name: "a key of one operation is sent by another",
        test: "paid_twice::a_key_of_one_operation_is_not_sent_by_another_and_the_error_names_both",
        changes: &[change(
            REGISTRY,
            "origin.has(sent) && sent.operation != Some(operation)",
            "origin.has(sent) && sent.operation.is_none()",
        )],
    },
    Mutant {
        kind: "A5",
        name: "a key that was sent for one app is sent for another",
        test: "paid_twice::a_key_that_was_sent_for_one_app_is_sent_for_no_other",
        changes: &[change(REGISTRY, "!sent.place.is_for_app_of(origin.own)", "sent.place != sent.place")],
    },
    Mutant {
        kind: "A5",
        name: "the keys of items are not among the keys of a call",
        test: "paid_twice::the_key_of_an_item_is_known_when_it_is_sent_alone",
        changes: &[change(
            REGISTRY,
            "[&self.own].into_iter().chain(&self.items)",
            "[&self.own].into_iter().chain(self.items.iter().take(0))",
        )],
    },
    Mutant {
        kind: "A6",
        name: "references are not brought into one form",
        test: "paid_twice::references_that_look_the_same_are_paid_once_or_refused",
        changes: &[change(
            IDEMPOTENCY,
            "ComposingNormalizerBorrowed::new_nfc().normalize(reference)",
            "Cow::Borrowed(reference)",
        )],
    },
    Mutant {
        kind: "A6",
        name: "a reference may hold what nobody sees",
        test: "paid_twice::references_that_look_the_same_are_paid_once_or_refused",
        changes: &[change(
            IDEMPOTENCY,
            "reference.chars().find(|c| !is_visible(*c))",
            "reference.chars().find(|c| !is_visible(*c)).filter(|_| false)",
        )],
    },
    Mutant {
        kind: "B1",
        name: "the raw client notes no key",
        test: "paid_twice::a_key_that_the_raw_client_has_sent_is_known",
        changes: &[change(
            CLIENT,
            "request.keys().for_each(|key| record",
            "request.keys().take(0).for_each(|key| record",
        )],
    },
    Mutant {
        kind: "B1",
        name: "each client remembers for itself",
        test: "key_registry::another_client_of_the_account_knows_the_doubt",
        changes: &[change(
            BUILDER,
            "self.registry.unwrap_or_else(KeyRegistry::of_this_process)",
            "self.registry.unwrap_or_else(KeyRegistry::of_another_process)",
        )],
    },
    Mutant {
        kind: "B1",
        name: "another spelling of a server is another server",
        test: "paid_twice::one_server_in_several_spellings_is_asked_once",
        changes: &[change(BUILDER, ".map(|url| server(&url))", ".map(|url| url.to_string())")],
    },
    Mutant {
        kind: "B1",
        name: "a key that was sent to another server counts as new",
        test: "paid_twice::what_one_client_has_sent_every_other_knows",
        changes: &[change(
            REGISTRY,
            "history.min(KeyHistory::Unheard) }",
            "history.min(KeyHistory::Never) }",
        )],
    },
    Mutant {
        kind: "B1",
        name: "a key that was sent by another clock counts as new",
        test: "paid_twice::a_key_whose_age_no_clock_tells_is_not_sent_again",
        changes: &[change(
            REGISTRY,
            "sends.iter().find(|sent| self.has(sent))?;",
            "sends.iter().find(|sent| sent.place == self.own)?;",
        )],
    },
    Mutant {
        kind: "B1",
        name: "a key from a text counts as one that nobody has sent",
        test: "paid_twice::a_program_that_is_started_again_and_says_so_pays_nothing_twice",
        changes: &[change(
            REGISTRY,
            "let is_ours_alone = key.serial().is_some() || self.is_promised;",
            "let is_ours_alone = true;",
        )],
    },
    Mutant {
        kind: "B1",
        name: "a key that left the program as a text or a UUID counts as one that nobody else has",
        test: "given_away::a_refusal_of_a_fresh_key_that_has_left_the_program_proves_nothing",
        changes: &[change(
            KEY,
            "self.serial.filter(|_| !given_away::is_sending())",
            "self.serial.filter(|_| given_away::is_sending() && false)",
        )],
    },
    Mutant {
        kind: "B1",
        name: "a key that is taken as a UUID counts as one that nobody else has",
        test: "given_away::a_refusal_of_a_fresh_key_that_has_left_the_program_proves_nothing",
        changes: &[change(
            KEY,
            "pub fn as_uuid(&self) -> &Uuid {\n        self.give_away()",
            "pub fn as_uuid(&self) -> &Uuid {\n        &self.uuid",
        )],
    },
    Mutant {
        kind: "B1",
        name: "a request that the caller builds gives no key away",
        test: "given_away::a_refusal_of_a_fresh_key_that_has_left_the_program_proves_nothing",
        changes: &[change(
            REQUEST,
            "        let written = serde_json::to_writer(&mut bytes, body);\n",
            "        let sending = crate::scalar::begin_sending();\n        let written = serde_json::to_writer(&mut bytes, body);\n        drop(sending);\n",
        )],
    },
    Mutant {
        kind: "B1",
        name: "the keys of a request that the caller has built are not noted",
        test: "given_away::a_request_that_the_caller_has_built_is_known_when_it_is_sent",
        changes: &[change(
            OPERATION,
            "Ok(request.keyed(own, $crate::Operation::item_keys(self)))",
            "Ok(request)",
        )],
    },
    Mutant {
        kind: "B8",
        name: "a told time may be still to come",
        test: "paid_twice::a_told_time_that_is_still_to_come_is_said_to_be_one",
        changes: &[change(
            REGISTRY,
            "day.saturating_sub(now.day) <= TOLERANCE)",
            "day.saturating_sub(now.day) <= TOLERANCE * 1_000)",
        )],
    },
    Mutant {
        kind: "E",
        name: "a caller who says less than is known makes a doubt go away",
        test: "paid_twice::a_caller_who_says_less_than_is_known_denies_nothing",
        changes: &[change(
            RECORD,
            "let history = entry.history.max(sent.history);",
            "let history = sent.history;",
        )],
    },
    Mutant {
        kind: "E",
        name: "a key is as young as its last send",
        test: "retry::window::the_window_is_measured_from_the_first_send_and_not_from_the_last",
        changes: &[change(
            RECORD,
            "let first = FirstSend::earliest(entry.first, sent.first);",
            "let first = sent.first;",
        )],
    },
    Mutant {
        kind: "E",
        name: "a key whose age nobody can tell is sent again",
        test: "paid_twice::a_told_time_makes_no_key_younger_when_the_day_was_set_back",
        changes: &[change(
            CALL,
            "Some(Age::Unknown) => Duration::ZERO,",
            "Some(Age::Unknown) => Duration::MAX,",
        )],
    },
    Mutant {
        kind: "E",
        name: "a key of which only an answer is left is sent again",
        test: "retry::window::a_key_that_was_refused_for_its_age_is_refused_again",
        changes: &[change(
            CALL,
            "match self.age(self.now) {",
            "match self.lease.as_ref().filter(|lease| lease.history() < KeyHistory::Answered).and_then(|lease| lease.age(self.now)) {",
        )],
    },
    Mutant {
        kind: "E",
        name: "who waits for a key is woken before its lease has ended",
        test: "key_registry::a_call_that_waits_for_its_key_is_woken_when_all_is_noted",
        changes: &[
            change(
                REGISTRY,
                "        drop(leases);\n        self.registry.ended.happen();\n",
                "        drop(leases);\n",
            ),
            change(
                REGISTRY,
                "let history = if self.is_out { KeyHistory::InDoubt } else { self.history };",
                "self.registry.ended.happen();\n        let history = if self.is_out { KeyHistory::InDoubt } else { self.history };",
            ),
        ],
    },
    Mutant {
        kind: "E",
        name: "a lease ends before its sends are noted",
        test: "key_registry::a_call_that_waits_for_its_key_is_woken_when_all_is_noted",
        changes: &[
            change(
                REGISTRY,
                "        if let Some((firsts, history)) = self.sent() {\n            self.note((Some(firsts.0), firsts.1), history);\n        }\n        let mut leases",
                "        let mut leases",
            ),
            change(
                REGISTRY,
                "        drop(leases);\n        self.registry.ended.happen();\n",
                "        drop(leases);\n        self.registry.ended.happen();\n        if let Some((firsts, history)) = self.sent() {\n            self.note((Some(firsts.0), firsts.1), history);\n        }\n",
            ),
        ],
    },
    Mutant {
        kind: "classic",
        name: "a new key for each attempt",
        test: "retry::a_lost_answer_is_asked_for_again_with_the_same_key",
        changes: &[change(KEY, "serializer.collect_str(self)", "serializer.collect_str(&Self::fresh())")],
    },
    Mutant {
        kind: "classic",
        name: "a key is sent however old it is",
        test: "retry::window::a_key_that_is_older_than_its_window_is_never_sent_again",
        changes: &[change(
            CALL,
            "window.saturating_sub(age.saturating_add(reserve.min(window / 2)))",
            "Duration::MAX.saturating_sub(age.min(reserve))",
        )],
    },
    Mutant {
        kind: "classic",
        name: "an attempt may end after the window of its key",
        test: "retry::window::a_retry_that_would_leave_the_window_is_not_made",
        changes: &[change(
            CALL,
            ".saturating_sub(age.saturating_add(reserve.min(window / 2)))",
            ".saturating_sub(age.saturating_add(reserve.min(Duration::ZERO)))",
        )],
    },
    Mutant {
        kind: "classic",
        name: "the age of a key is told by the steady clock alone",
        test: "retry::window::the_clock_that_says_older_counts_and_one_that_was_set_back_ends_it",
        changes: &[change(AGE, "by_steady.max(by_day)", "by_steady.max(by_day.min(by_steady))")],
    },
    Mutant {
        kind: "classic",
        name: "a time of day that was set back counts",
        test: "retry::window::the_clock_that_says_older_counts_and_one_that_was_set_back_ends_it",
        changes: &[change(
            AGE,
            "if by_steady.saturating_sub(by_day) > TOLERANCE {",
            "if by_steady.saturating_sub(by_day) > TOLERANCE * 1_000 {",
        )],
    },
    Mutant {
        kind: "classic",
        name: "two calls send one key at once",
        test: "key_registry::a_dots_that_is_slow_to_remember_a_key_never_sees_it_twice_at_once",
        changes: &[change(
            REGISTRY,
            "if let Some(lease) = leases.of(key, origin) {",
            "if let Some(lease) = leases.of(key, origin).filter(|lease| lease.number == 0) {",
        )],
    },
    Mutant {
        kind: "classic",
        name: "a call that is dropped on its way leaves no doubt",
        test: "key_registry::a_call_that_is_dropped_on_its_way_leaves_its_key_in_doubt",
        changes: &[change(
            REGISTRY,
            "let history = if self.is_out { KeyHistory::InDoubt } else { self.history };",
            "let history = self.history;",
        )],
    },
    Mutant {
        kind: "classic",
        name: "what another program sent before is not believed",
        test: "payouts::a_refusal_of_what_another_program_sent_before_proves_nothing",
        changes: &[change(
            REGISTRY,
            "Outcome::Unknown => KeyHistory::InDoubt,",
            "Outcome::Unknown => KeyHistory::Unheard,",
        )],
    },
    Mutant {
        kind: "classic",
        name: "a reference has one key in all operations",
        test: "payouts::one_reference_has_a_key_for_each_operation_and_each_app",
        changes: &[change(
            IDEMPOTENCY,
            "let name = format!(\"{}\\n{app}\\n{operation}\\n{reference}\", scope.account);",
            "let name = format!(\"{}\\n{app}\\n{}\\n{reference}\", scope.account, operation.len() / 100);",
        )],
    },
    Mutant {
        kind: "classic",
        name: "a reference has one key in all accounts",
        test: "payouts::another_account_has_another_key_for_the_same_reference",
        changes: &[change(
            IDEMPOTENCY,
            "let name = format!(\"{}\\n{app}\\n{operation}\\n{reference}\", scope.account);",
            "let name = format!(\"{}\\n{app}\\n{operation}\\n{reference}\", scope.account.len() / 100);",
        )],
    },
    Mutant {
        kind: "classic",
        name: "a reference wins over a key that was given later",
        test: "payouts::a_key_that_was_given_takes_the_place_of_a_reference",
        changes: &[change(
            PREPARED,
            "(self.references.own, self.key) = (None, Some(key));",
            "self.key = Some(key);",
        )],
    },
    Mutant {
        kind: "classic",
        name: "two items of a batch may have one key",
        test: "batches::a_batch_with_a_mistake_is_not_sent_and_names_the_item",
        changes: &[change(
            BATCHES,
            "check: |operation| check_keys(&operation.body.items),",
            "check: |operation| check_count(&operation.body.items),",
        )],
    },
];
