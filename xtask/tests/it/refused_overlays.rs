//! An overlay that is malformed or stale is refused with the number and the target of the action.

use serde_json::json;

use crate::support::{accept, assert_only_problem, operation, workspace};

/// Applies an overlay with the given actions to a small document.
fn assert_refused(actions: &str, pointer: &str, phrase: &str) {
    let overlay = format!("overlay: 1.0.0\ninfo: {{ title: t, version: '1' }}\nactions:\n{actions}\n");
    assert_only_problem(accept(workspace(&operation(""), &overlay).path()), pointer, phrase);
}

/// One test per line: its name, the actions, what the problem names as its place, and a phrase of the message.
macro_rules! refused {
    ($($name:ident: $actions:expr => $pointer:expr, $phrase:expr;)*) => {$(
        #[test]
        fn $name() {
            assert_refused($actions, $pointer, $phrase);
        }
    )*};
}

refused! {
    an_action_that_matches_nothing_is_refused:
        "  - { target: $.info, update: { version: '2' } }\n  - { target: $.nowhere, update: { a: 1 } }"
        => "openapi/overlay.yaml: action 2 (`$.nowhere`)", "matches nothing";
    an_action_that_changes_nothing_is_refused:
        "  - { target: $.info, update: { title: test } }"
        => "openapi/overlay.yaml: action 1 (`$.info`)", "changes nothing";
    a_broken_path_is_refused:
        "  - { target: 'info[', update: { a: 1 } }"
        => "openapi/overlay.yaml: action 1 (`info[`)", "invalid JSONPath";
    an_action_without_a_target_is_refused:
        "  - { update: { a: 1 } }" => "openapi/overlay.yaml: action 1 (`(no target)`)", "missing field `target`";
    an_action_that_does_neither_is_refused:
        "  - { target: $.info }" => "openapi/overlay.yaml: action 1 (`$.info`)", "either `update` or `remove: true`";
    an_action_that_does_both_is_refused:
        "  - { target: $.info, update: { a: 1 }, remove: true }"
        => "openapi/overlay.yaml: action 1 (`$.info`)", "mutually exclusive";
    an_unknown_key_in_an_action_is_refused:
        "  - { target: $.info, updat: { a: 1 } }" => "openapi/overlay.yaml: action 1 (`$.info`)", "unknown key `updat`";
    a_mark_that_slipped_out_of_the_update_is_refused:
        "  - { target: '$.paths[*].post', update: { deprecated: true }, x-pagination: none }"
        => "openapi/overlay.yaml: action 1 (`$.paths[*].post`)", "unknown key `x-pagination`";
    a_target_that_is_no_object_is_refused:
        "  - { target: $.info.title, update: x }"
        => "openapi/overlay.yaml: action 1 (`$.info.title`)", "must resolve to objects or arrays";
}

#[test]
fn an_unknown_key_at_the_top_is_refused() {
    let overlay = "overlay: 1.0.0\ninfo: { title: t, version: '1' }\nextra: 1\n\
                   actions: [{ target: $.info, update: { version: '2' } }]\n";
    let result = accept(workspace(&operation(""), overlay).path());
    assert_only_problem(result, "openapi/overlay.yaml", "unknown key `extra`");
}

#[test]
fn an_unknown_key_in_the_info_is_refused() {
    let overlay = "overlay: 1.0.0\ninfo: { title: t, version: '1', author: me }\n\
                   actions: [{ target: $.info, update: { version: '2' } }]\n";
    let result = accept(workspace(&operation(""), overlay).path());
    assert_only_problem(result, "openapi/overlay.yaml", "unknown key `author`");
}

#[test]
fn an_overlay_of_another_version_is_refused() {
    let overlay = "overlay: 2.0.0\ninfo: { title: t, version: '1' }\n\
                   actions: [{ target: $.info, update: { version: '2' } }]\n";
    let result = accept(workspace(&operation(""), overlay).path());
    assert_only_problem(result, "openapi/overlay.yaml", "2.0.0");
}

#[test]
fn all_faulty_actions_are_named_at_once() {
    let overlay = "overlay: 1.0.0\ninfo: { title: t, version: '1' }\nactions:\n\
                   \x20 - { target: $.a, update: { b: 1 } }\n\
                   \x20 - { target: $.info, update: { version: '2' } }\n\
                   \x20 - { target: $.c, remove: true }\n";
    let problems = accept(workspace(&operation(""), overlay).path()).unwrap_err();
    let places: Vec<_> = problems.iter().map(|problem| problem.pointer.as_str()).collect();
    assert_eq!(places, ["openapi/overlay.yaml: action 1 (`$.a`)", "openapi/overlay.yaml: action 3 (`$.c`)"]);
}

#[test]
fn an_action_that_restores_what_an_earlier_one_changed_is_not_stale() {
    let overlay = "overlay: 1.0.0\ninfo: { title: t, version: '1' }\nactions:\n\
                   \x20 - { target: $.info, update: { title: other } }\n\
                   \x20 - { target: $.info, update: { title: test } }\n";
    let document = accept(workspace(&operation(""), overlay).path()).unwrap();
    assert_eq!(document["info"]["title"], json!("test"));
}
