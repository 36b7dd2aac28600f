//! The network: the transport, and webhooks.

use super::{Mutant, change};

const REQUEST: &str = "dots-api/src/request.rs";
const SEEN: &str = "dots-api-ext/src/webhook/seen.rs";
const TRANSPORT: &str = "dots-api-ext/src/network/transport.rs";
const VERIFIER: &str = "dots-api-ext/src/webhook/verifier.rs";

/// The bugs of this kind.
pub(super) const BUGS: &[Mutant] = &[
    Mutant {
        kind: "B6",
        name: "a write goes into a connection that the server has closed",
        test: "denied::a_connection_that_was_closed_while_the_runtime_stood_still_is_not_used",
        changes: &[change(TRANSPORT, "if !operation.method.is_safe() {", "if operation.method.is_safe() {")],
    },
    Mutant {
        kind: "E",
        name: "the time of one call is not that of its exchange",
        test: "options::a_call_that_has_less_time_than_its_client_is_over_in_that_time",
        changes: &[change(
            TRANSPORT,
            "request.timeout.unwrap_or(TIMEOUT)",
            "request.timeout.map_or(TIMEOUT, |_| TIMEOUT)",
        )],
    },
    Mutant {
        kind: "classic",
        name: "a redirect is followed",
        test: "transport::a_redirect_is_never_followed_and_leaves_it_unknown",
        changes: &[change(TRANSPORT, "redirect::Policy::none()", "redirect::Policy::limited(3)")],
    },
    Mutant {
        kind: "classic",
        name: "a broken connection is taken for one that never opened",
        test: "errors::a_connection_that_closes_before_the_answer_leaves_it_unknown",
        changes: &[change(
            TRANSPORT,
            "(Reach::Perhaps, ErrorKind::ConnectionLost,",
            "(Reach::NoConnection, ErrorKind::ConnectionLost,",
        )],
    },
    Mutant {
        kind: "classic",
        name: "an answer is read without end",
        test: "transport::of_a_success_of_five_mebibytes_four_are_kept_and_it_stays_unknown",
        changes: &[change(
            TRANSPORT,
            "const BODY_LIMIT: usize = 4 * 1024 * 1024;",
            "const BODY_LIMIT: usize = usize::MAX / 2;",
        )],
    },
    Mutant {
        kind: "classic",
        name: "an id escapes its place in the path",
        test: "transport::an_id_that_would_leave_its_place_in_the_path_is_not_sent",
        changes: &[
            change(
                REQUEST,
                "if !stays_in_its_segment(&argument) {",
                "if !stays_in_its_segment(&argument) && argument.is_empty() {",
            ),
            change(
                TRANSPORT,
                "if !is_address_of(&self.base, request.operation, &request.url) {",
                "if !is_address_of(&self.base, request.operation, &request.url) && request.url.path().is_empty() {",
            ),
        ],
    },
    Mutant {
        kind: "classic",
        name: "a proxy sees the calls on this machine",
        test: "proxy::a_proxy_sees_nothing_of_a_call_on_this_machine",
        changes: &[change(
            TRANSPORT,
            "builder = builder.no_proxy().resolve_to_addrs(",
            "builder = builder.resolve_to_addrs(",
        )],
    },
    Mutant {
        kind: "D",
        name: "an answer may be compressed",
        test: "limits::a_compressed_answer_is_not_inflated_and_nobody_asked_for_one",
        changes: &[change(TRANSPORT, "            .no_gzip()\n", "")],
    },
    Mutant {
        kind: "classic",
        name: "a webhook of long ago is believed",
        test: "webhook::proof::five_minutes_before_and_after_are_good_and_a_second_more_is_not",
        changes: &[change(VERIFIER, "if distance > allowed {", "if distance > allowed && sent > now {")],
    },
    Mutant {
        kind: "classic",
        name: "a webhook that nobody has signed is believed",
        test: "webhook::forgery::no_spoilt_delivery_is_believed",
        changes: &[change(
            VERIFIER,
            "if !bool::from(is_proven) {",
            "if !bool::from(is_proven) && offered.is_empty() {",
        )],
    },
    Mutant {
        kind: "classic",
        name: "a webhook that comes again is handled again",
        test: "webhook::story::false_stale_and_repeated_deliveries_change_nothing",
        changes: &[change(
            SEEN,
            "Some((_, Stage::Done)) => return Ok(Seen::Duplicate),",
            "Some((_, Stage::Done)) => return Ok(Seen::New),",
        )],
    },
];
