//! Layers: an upward import and a circle are found in each crate, however the path is written.

use xtask::tidy::Finding;
use xtask::tidy::layers::floors::{CRATES, Floors, Others};

use super::{assert_found, with, with_all};

/// The texts of findings, as they are printed.
fn printed(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

/// The file of a room.
fn file(floors: &Floors, room: &str) -> String {
    format!("{}/{room}.rs", floors.root.rsplit_once('/').unwrap().0)
}

/// A room of the highest floor and one of the lowest.
fn ends(floors: &Floors) -> (&'static str, &'static str) {
    let high = if floors.others == Others::OnTop { "payouts" } else { floors.floors[0][0] };
    (high, floors.floors.last().unwrap()[0])
}

// ---- Every crate ---------------------------------------------------------------------------------------------

#[test]
fn the_crates_are_those_of_the_workspace() {
    let roots: Vec<_> = CRATES.iter().map(|floors| floors.root).collect();
    assert_eq!(
        roots,
        [
            "dots-api/src/lib.rs",
            "dots-api-ext/src/lib.rs",
            "tests/sandbox/src/lib.rs",
            "tests/torture/src/lib.rs",
            "xtask/src/lib.rs",
            "tests/it/main.rs",
            "tests/sandbox/tests/it/main.rs",
            "xtask/tests/it/main.rs",
        ]
    );
}

#[test]
fn an_upward_import_is_found_in_each_crate() {
    for floors in CRATES {
        let (high, low) = ends(floors);
        let path = file(floors, low);
        let findings = with(&path, &format!("//! Low.\nuse crate::{high}::High;\n"));
        assert_eq!(
            printed(&findings),
            [format!(
                "{path}:2: `{low}` uses `crate::{high}::High`, and `{high}` does not stand on a floor below it"
            )]
        );
    }
}

#[test]
fn an_import_from_above_is_not_found() {
    for floors in CRATES {
        let (high, low) = ends(floors);
        assert_eq!(with(&file(floors, high), &format!("use crate::{low}::Low;\n")), []);
    }
}

#[test]
fn a_circle_is_found_in_each_crate_with_the_place_of_each_arrow() {
    for floors in CRATES {
        let room = ends(floors).1;
        let (parent, folder) = (file(floors, room), file(floors, room).replace(".rs", ""));
        let (a, b, c) = (format!("{folder}/a.rs"), format!("{folder}/b.rs"), format!("{folder}/c.rs"));
        let findings = with_all(&[
            (&parent, "mod a;\nmod b;\nmod c;\npub use c::C;\n"),
            (&a, "//! A.\nuse super::b::B;\n"),
            (&b, "use super::C;\n"),
            (&c, "//! C.\n\nfn c() -> super::a::A {}\n"),
        ]);
        assert_eq!(
            printed(&findings),
            [format!(
                "{a}:2: modules use one another in a circle: \
                 `a` uses `b` ({a}:2), `b` uses `c` ({b}:1), `c` uses `a` ({c}:3)"
            )]
        );
    }
}

#[test]
fn a_room_that_is_missing_is_found_in_each_crate() {
    for floors in CRATES {
        let findings = with(floors.root, "#![forbid(unsafe_code)]\n");
        assert!(!findings.is_empty());
        for finding in findings {
            assert_eq!((finding.path.as_str(), finding.line), (floors.root, 1));
            assert!(finding.what.starts_with("xtask/src/tidy/layers/floors.rs names the room"), "{finding}");
        }
    }
}

#[test]
fn a_room_on_no_floor_is_found_but_for_new_tests() {
    for floors in CRATES {
        let path = file(floors, "extras");
        let (_, root) = super::crate_files(floors).pop().unwrap();
        let findings = with_all(&[(floors.root, &format!("{root}mod extras;\n")), (&path, "//! More.\n")]);
        let wanted = format!(
            "{path}:1: the room `extras` has no floor; give it one in xtask/src/tidy/layers/floors.rs"
        );
        let wanted = if floors.others == Others::OnTop { vec![] } else { vec![wanted] };
        assert_eq!(printed(&findings), wanted);
    }
}

// ---- Floors --------------------------------------------------------------------------------------------------

found! {
    a_room_using_another_of_its_floor_is_found:
        "dots-api-ext/src/policy.rs", "use crate::network::Transport;\n" => 1, "`network` does not stand on a floor below";
    a_test_using_another_test_is_found:
        "tests/it/payouts.rs", "use crate::retry::twice;\n" => 1, "`payouts` uses `crate::retry::twice`";
    what_tests_share_using_a_test_is_found:
        "tests/sandbox/tests/it/support.rs", "mod a { fn b() { crate::payouts::c() } }\n" => 1, "`support` uses `crate::payouts::c`";
    a_webhook_using_policy_is_found:
        "dots-api-ext/src/webhook.rs", "use crate::error::Error;\nuse crate::policy::Clock;\n" => 2, "`webhook` uses `crate::policy::Clock`";
    a_call_using_webhooks_is_found:
        "dots-api-ext/src/calls.rs", "use crate::webhook::Event;\n" => 1, "`calls` uses `crate::webhook::Event`";
    the_runtime_using_a_generated_call_is_found:
        "dots-api/src/client.rs", "use crate::generated::SendPayout;\n" => 1, "`client` uses `crate::generated::SendPayout`";
}

#[test]
fn rooms_that_use_one_another_are_found_as_upward_imports_and_as_a_circle() {
    let findings = with_all(&[
        ("dots-api-ext/src/policy.rs", "use crate::dots::Dots;\n"),
        ("dots-api-ext/src/dots.rs", "use crate::policy::Policy;\n"),
    ]);
    assert_eq!(
        printed(&findings),
        [
            "dots-api-ext/src/dots.rs:1: modules use one another in a circle: \
             `dots` uses `policy` (dots-api-ext/src/dots.rs:1), `policy` uses `dots` (dots-api-ext/src/policy.rs:1)",
            "dots-api-ext/src/policy.rs:1: `policy` uses `crate::dots::Dots`, and `dots` does not stand on a floor below it",
        ]
    );
}

#[test]
fn one_wrong_import_is_part_of_one_circle_and_two_circles_are_two_findings() {
    let modules = |extra: &str| {
        format!("mod a {{ {extra} }}\nmod b {{ use super::a::A; }}\nmod c {{ use super::{{a::A, b::B}}; }}\n")
    };
    let circles = |extra: &str| {
        let findings = with("dots-api-ext/src/error.rs", &modules(extra));
        findings.iter().map(|finding| finding.what.matches("uses").count()).collect::<Vec<_>>()
    };
    assert_eq!(circles(""), [0; 0]);
    assert_eq!(circles("use super::c::C;"), [2]);
    assert_eq!(circles("use super::{b::B, c::C};"), [2, 2]);
}

#[test]
fn a_crate_that_is_missing_is_found() {
    let root = tempfile::tempdir().unwrap();
    let findings = xtask::tidy::check_files(&xtask::tidy::tree::Tree::load(root.path()).unwrap());
    let paths: Vec<_> = findings.iter().map(|finding| finding.path.as_str()).collect();
    let mut roots: Vec<_> = CRATES.iter().map(|floors| floors.root).collect();
    roots.sort_unstable();
    assert_eq!(paths, roots);
}

// ---- How a path is written -----------------------------------------------------------------------------------

found! {
    a_group_is_followed:
        "dots-api-ext/src/error.rs", "use crate::{\n    error::A,\n    network::{B, C},\n};\n" => 3, "uses `crate::network::B`";
    a_path_in_code_is_followed:
        "dots-api-ext/src/error.rs", "fn a() -> Vec<super::network::B> {}\n" => 1, "uses `super::network::B`";
    a_renamed_import_is_followed:
        "dots-api-ext/src/error.rs", "use crate as all;\nfn a(b: all::network::B) {}\n" => 2, "uses `all::network::B`";
    an_import_of_all_is_followed:
        "dots-api-ext/src/error.rs", "use crate::network::*;\n" => 1, "uses `crate::network`";
    a_name_that_the_root_exports_is_followed:
        "dots-api-ext/src/reply.rs", "use crate::Engine;\n" => 1, "uses `crate::Engine`, and `engine` does not stand";
    a_name_in_a_macro_is_followed:
        "dots-api-ext/src/error.rs", "fn a() {\n    format!(\"{}\", b(crate::network::B, 1));\n}\n" => 2, "uses `crate::network::B`";
    a_name_that_a_macro_writes_is_followed:
        "dots-api-ext/src/error.rs", "macro_rules! a { () => { $crate::network::b::<u8>() } }\n" => 1, "uses `crate::network::b`";
    a_group_that_a_macro_writes_is_followed:
        "dots-api-ext/src/error.rs", "macro_rules! a {\n    () => { use $crate::{error::A, network::B}; };\n}\n" => 2, "uses `crate::network::B`";
    a_name_in_an_attribute_is_followed:
        "dots-api-ext/src/error.rs", "struct A {\n    #[serde(default, with = \"crate::network::b\")]\n    c: u8,\n}\n" => 2, "uses `crate::network::b`";
    a_name_in_a_module_inside_a_file_is_followed:
        "dots-api-ext/src/error.rs", "mod a {\n    use super::super::network::B;\n}\n" => 2, "uses `super::super::network::B`";
    a_circle_inside_a_file_is_found:
        "dots-api-ext/src/error.rs", "mod a {\n    use super::b::B;\n}\nmod b {\n    use super::a::A;\n}\n" => 2, "in a circle";
    a_module_that_stands_elsewhere_is_found:
        "dots-api-ext/src/error.rs", "#[path = \"b.rs\"]\nmod a;\n" => 1, "the module `a` has no file `dots-api-ext/src/error/a.rs`";
    a_file_that_is_no_rust_is_found:
        "dots-api-ext/src/error.rs", "fn a() {}\nfn {\n" => 2, "could not parse it";
}

#[test]
fn a_name_that_modules_pass_on_belongs_to_the_module_that_declares_it() {
    let findings = with_all(&[
        ("dots-api-ext/src/policy.rs", "mod retry;\nmod clock;\npub use clock::*;\nuse retry::Retry as R;\n"),
        ("dots-api-ext/src/policy/clock.rs", "pub struct Clock;\nuse super::R;\n"),
        ("dots-api-ext/src/policy/retry.rs", "pub struct Retry;\nuse crate::policy::Clock;\n"),
    ]);
    assert_eq!(
        printed(&findings),
        ["dots-api-ext/src/policy/clock.rs:2: modules use one another in a circle: \
          `clock` uses `retry` (dots-api-ext/src/policy/clock.rs:2), \
          `retry` uses `clock` (dots-api-ext/src/policy/retry.rs:2)"]
    );
}

#[test]
fn a_parent_and_its_children_may_use_one_another() {
    let findings = with_all(&[
        ("dots-api-ext/src/policy.rs", "mod retry;\nuse retry::Retry;\npub struct Limits;\n"),
        ("dots-api-ext/src/policy/retry.rs", "use super::Limits;\npub struct Retry;\n"),
    ]);
    assert_eq!(findings, []);
}

#[test]
fn tests_of_a_module_may_use_all_of_its_crate() {
    let text = "#[cfg(test)]\nmod tests {\n    use crate::network::A;\n}\n\
                #[cfg(all(test, feature = \"b\"))]\n#[path = \"c.rs\"]\nmod c;\n\
                struct D;\nimpl D {\n    #[cfg(test)]\n    fn e() -> crate::dots::Dots {}\n}\n";
    assert_eq!(with("dots-api-ext/src/error.rs", text), []);
    assert_found(
        "dots-api-ext/src/error.rs",
        "#[cfg(any(test, feature = \"b\"))]\nuse crate::network::A;\n",
        2,
        "uses `crate::network::A`",
    );
}

#[test]
fn names_of_other_crates_and_code_for_other_crates_are_not_followed() {
    let text = "use network::A;\nuse std::fmt::{self, Debug};\nfn a() { quote!(crate::network::A) }\n// crate::network\n";
    assert_eq!(with("dots-api-ext/src/error.rs", text), []);
    assert_eq!(with("dots-api-ext/src/error.rs", "use a::b;\nuse b::a;\nfn c() -> a::D {}\n"), []);
}
