//! Looking up: payments that are overlooked, or taken for another.

use super::{Mutant, change};

const LOOK_UP: &str = "dots-api-ext/src/look_up.rs";
const MATCHES: &str = "dots-api-ext/src/look_up/matches.rs";

/// The bugs of this kind.
pub(super) const BUGS: &[Mutant] = &[
    Mutant {
        kind: "B5",
        name: "a payment whose metadata came back otherwise is not found",
        test: "look_up::metadata_that_come_back_in_another_form_deny_nothing",
        changes: &[change(
            MATCHES,
            "        None if has_its_metadata => Match::Exact,\n        None => Match::Possible,\n",
            "        None if has_its_metadata => Match::Exact,\n        None if asked.is_some() && said.is_some() => Match::Different,\n        None => Match::Possible,\n",
        )],
    },
    Mutant {
        kind: "B5",
        name: "a payment that shows no metadata is not found",
        test: "look_up::metadata_that_come_back_in_another_form_deny_nothing",
        changes: &[change(
            MATCHES,
            "        None if has_its_metadata => Match::Exact,\n        None => Match::Possible,\n",
            "        None if has_its_metadata => Match::Exact,\n        None if asked.is_some() && said.is_none() => Match::Different,\n        None => Match::Possible,\n",
        )],
    },
    Mutant {
        kind: "B5",
        name: "a link that somebody else has claimed is denied",
        test: "look_up::a_link_that_somebody_else_has_claimed_is_not_denied",
        changes: &[change(
            MATCHES,
            "Some(_) if has_its_metadata =>",
            "Some(cross_check::Difference::Direction) if has_its_metadata =>",
        )],
    },
    Mutant {
        kind: "E",
        name: "one certain row beside several alike is not certain",
        test: "look_up::a_payout_is_found_by_its_metadata_among_others_like_it",
        changes: &[change(LOOK_UP, "(1, _) => same", "(1, 0) => same")],
    },
    Mutant {
        kind: "E",
        name: "of several certain rows one is taken",
        test: "look_up::two_payments_with_the_same_metadata_are_both_shown",
        changes: &[change(LOOK_UP, "(1, _) => same", "(1.., _) => same")],
    },
    Mutant {
        kind: "classic",
        name: "what is older than the call is taken for it",
        test: "look_up::what_is_older_than_the_call_is_passed_over",
        changes: &[change(
            LOOK_UP,
            "|(created, since)| created < since)",
            "|(created, since)| created > since)",
        )],
    },
];
