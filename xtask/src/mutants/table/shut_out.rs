//! Calls that hang, are shut out, or take the program with them.

use super::{Mutant, change};

const ADMISSION: &str = "dots-api-ext/src/engine/admission.rs";
const CALL: &str = "dots-api-ext/src/engine/call.rs";
const CLOCK: &str = "dots-api-ext/src/policy/clock.rs";
const DRIVER: &str = "dots-api-ext/src/blocking/driver.rs";
const REGISTRY: &str = "dots-api-ext/src/policy/key_registry.rs";
const TRANSPORT: &str = "dots-api-ext/src/network/transport.rs";

/// The bugs of this kind.
pub(super) const BUGS: &[Mutant] = &[
    Mutant {
        kind: "C1",
        name: "a call waits for what only its own task can move",
        test: "shut_out::a_call_in_the_body_of_a_buffered_stream_waits_for_no_other",
        changes: &[change(
            ADMISSION,
            "if self.host.failures() > 0 && is_trusted {\n            return Admission::Now;",
            "let _ = is_trusted;\n        if self.host.failures() > 0 {\n            return Admission::At(Duration::MAX);",
        )],
    },
    Mutant {
        kind: "C2",
        name: "one broken operation counts against all",
        test: "shut_out::one_broken_operation_shuts_no_payout_out",
        changes: &[change(
            ADMISSION,
            "Signal::HostFails => self.host.fails(now),",
            "Signal::HostFails | Signal::OperationFails => self.host.fails(now),",
        )],
    },
    Mutant {
        kind: "C3",
        name: "all runtimes share the connections of one",
        test: "shut_out::clients_of_one_client_on_runtimes_of_their_own_do_not_wait_for_one_another",
        changes: &[change(TRANSPORT, "pools.iter().find(|(of, _)| *of == id)", "pools.first()")],
    },
    Mutant {
        kind: "C4",
        name: "one call of a blocking client waits for another",
        test: "shut_out::what_one_thread_does_between_two_rows_stops_no_other",
        changes: &[change(
            DRIVER,
            "let handle = self.handle()?;",
            "let handle = self.handle()?;\n        let _alone = self.0.lock().unwrap_or_else(PoisonError::into_inner);",
        )],
    },
    Mutant {
        kind: "C5",
        name: "a destructor asks the clock of the caller",
        test: "shut_out::a_clock_that_panics_ends_the_call_and_not_the_program",
        changes: &[change(
            CALL,
            "impl Shared {\n    fn now(&self)",
            "impl Drop for Call<'_> {\n    fn drop(&mut self) {\n        self.now = self.caller.shared.now();\n    }\n}\n\nimpl Shared {\n    fn now(&self)",
        )],
    },
    Mutant {
        kind: "C6",
        name: "the timers of tokio are used where there is none",
        test: "shut_out::a_hand_made_executor_needs_no_tokio",
        changes: &[change(
            CLOCK,
            "if crate::runtime::has_timers() {",
            "if crate::runtime::has_timers() || crate::runtime::current().is_none() {",
        )],
    },
    Mutant {
        kind: "C7",
        name: "a full record takes another key",
        test: "key_registry::a_process_that_can_remember_no_more_keys_sends_no_new_one",
        changes: &[change(
            REGISTRY,
            "if sends.is_empty() && self.record().is_full() {",
            "if sends.is_empty() && self.record().is_full() && keys.items.len() == usize::MAX {",
        )],
    },
];
