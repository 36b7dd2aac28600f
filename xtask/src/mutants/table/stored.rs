//! Stored requests: sent by somebody else, too late, or as other bytes.

use super::{Mutant, change};

const CALL: &str = "dots-api-ext/src/engine/call.rs";
const PREPARED: &str = "dots-api-ext/src/calls/prepared.rs";
const REGISTRY: &str = "dots-api-ext/src/policy/key_registry.rs";
const STORED: &str = "dots-api-ext/src/calls/stored.rs";
const TEXT: &str = "dots-api-ext/src/calls/stored/text.rs";

/// The bugs of this kind.
pub(super) const BUGS: &[Mutant] = &[
    Mutant {
        kind: "seam",
        name: "a stored request goes to any server",
        test: "stored::a_request_for_somebody_else_or_something_else_is_not_sent",
        changes: &[change(STORED, "if fields.server != here {", "if fields.server.is_empty() {")],
    },
    Mutant {
        kind: "seam",
        name: "a stored request is sent for any app",
        test: "stored::a_request_for_somebody_else_or_something_else_is_not_sent",
        changes: &[change(
            STORED,
            "if fields.app.as_deref().unwrap_or_default() != app {",
            "if fields.app.as_deref() == Some(\"none\") {",
        )],
    },
    Mutant {
        kind: "seam",
        name: "a stored request is sent by any account",
        test: "stored::a_request_for_somebody_else_or_something_else_is_not_sent",
        changes: &[change(
            STORED,
            "fields.account.is_some_and(|account| account != account_id(&dots.account))",
            "fields.account.is_some_and(|account| account.is_nil())",
        )],
    },
    Mutant {
        kind: "seam",
        name: "a stored request is sent by any operation",
        test: "stored::a_request_for_somebody_else_or_something_else_is_not_sent",
        changes: &[
            change(STORED, "if fields.operation != O::META.id {", "if fields.operation.is_empty() {"),
            change(STORED, "if fields.path != O::META.path {", "if fields.path.is_empty() {"),
        ],
    },
    Mutant {
        kind: "seam",
        name: "a stored request has another key than its body",
        test: "stored::a_body_with_another_key_than_its_request_is_not_sent",
        changes: &[change(STORED, "if has_other_keys {", "if has_other_keys && fields.body.is_empty() {")],
    },
    Mutant {
        kind: "seam",
        name: "a stored request of long ago counts as never sent",
        test: "stored::a_request_that_was_made_long_ago_is_sent_only_if_it_was_certainly_never_sent",
        changes: &[change(
            STORED,
            "caller.earlier.unwrap_or(EarlierSends::sent(request.made_at(), Outcome::Unknown))",
            "caller.earlier.unwrap_or(EarlierSends::Never)",
        )],
    },
    Mutant {
        kind: "seam",
        name: "a stored request counts as sent just now",
        test: "stored::a_request_that_was_made_long_ago_is_sent_only_if_it_was_certainly_never_sent",
        changes: &[change(
            STORED,
            "EarlierSends::sent(request.made_at(), Outcome::Unknown)",
            "EarlierSends::sent(caller.shared.clock.now(), Outcome::Unknown)",
        )],
    },
    Mutant {
        kind: "seam",
        name: "a promise that nobody has sent a key is not believed",
        test: "stored::a_refusal_of_a_transfer_proves_that_nothing_moved_only_if_nobody_has_sent_it",
        changes: &[change(
            REGISTRY,
            "let is_promised = earlier == Some(EarlierSends::Never);",
            "let is_promised = false;",
        )],
    },
    Mutant {
        kind: "seam",
        name: "a refused request denies what was sent before",
        test: "stored::a_request_for_somebody_else_or_something_else_is_not_sent",
        changes: &[change(
            CALL,
            "self.earlier.is_some_and(EarlierSends::may_have_paid)\n            || self.shared",
            "self.shared",
        )],
    },
    Mutant {
        kind: "classic",
        name: "an invalid call denies what was sent before",
        test: "attack::found::f22_a_key_in_doubt_stays_so_whatever_is_wrong_with_the_next_call",
        changes: &[change(
            CALL,
            "Some(keys) if self.may_be_done(&keys, operation) => Outcome::Unknown,\n            _ =>",
            "_ =>",
        )],
    },
    Mutant {
        kind: "classic",
        name: "an invalid call forgets its reference",
        test: "attack::found::f22_a_key_in_doubt_stays_so_whatever_is_wrong_with_the_next_call",
        changes: &[change(
            PREPARED,
            "self.key = self.key.or_else(|| references.own_key(O::META.id, scope));\n",
            "\n",
        )],
    },
    Mutant {
        kind: "seam",
        name: "a stored request that was changed is read",
        test: "stored::a_text_that_was_changed_anywhere_is_refused_and_repeated_nowhere",
        changes: &[change(
            TEXT,
            "if said != Some(checksum(&written(&object)).into()) {",
            "if said.is_none() {",
        )],
    },
    Mutant {
        kind: "seam",
        name: "a stored request of another version is read",
        test: "stored::a_text_that_was_changed_anywhere_is_refused_and_repeated_nowhere",
        changes: &[change(TEXT, "Some(VERSION) => {}", "Some(1..) => {}")],
    },
    Mutant {
        kind: "seam",
        name: "a field that nobody knows is dropped",
        test: "stored::a_field_that_this_version_does_not_know_is_refused",
        changes: &[change(
            TEXT,
            "Ok(fields) if fields.to_object() == object => Ok(fields),",
            "Ok(fields) => Ok(fields),",
        )],
    },
    Mutant {
        kind: "seam",
        name: "a stored request is written anew",
        test: "stored::a_body_that_this_version_would_write_otherwise_goes_out_byte_for_byte",
        changes: &[
            change(
                STORED,
                "client.fetch(dots_api::verbatim(client, self.operation, self.body.clone()), O::read)",
                "Operation::send(self.operation, client)",
            ),
            change(
                STORED,
                "use dots_api::{AppId, Client, Exchange, IdempotencyKey, Request, Response, Transport};",
                "use dots_api::{AppId, Client, Exchange, IdempotencyKey, Operation, Request, Response, Transport};",
            ),
        ],
    },
];
