//! The packages: what is published says what it is, stands alone, and depends on nothing without a reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders of the packages that are published.
const PUBLISHED: [&str; 3] = ["dots-api", "dots-api-ext", "tests/sandbox"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn each_package_says_what_it_is_and_carries_its_papers() {
    for folder in PUBLISHED {
        let manifest = read(&format!("{folder}/Cargo.toml"));
        for key in ["description", "documentation", "readme", "keywords", "categories", "include", "license"]
        {
            let has_it = manifest.lines().any(|line| line.split([' ', '.']).next() == Some(key));
            assert!(has_it, "{folder}: {key}");
        }
        for file in ["README.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"] {
            assert!(!read(&format!("{folder}/{file}")).is_empty());
        }
    }
}

#[test]
fn no_readme_of_a_package_leads_out_of_it() {
    for folder in PUBLISHED {
        let readme = read(&format!("{folder}/README.md"));
        assert!(!readme.contains("](../"), "{folder}: a link to `../`");
        for link in readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap();
            let is_elsewhere = file.is_empty() || file.starts_with("https://");
            assert!(is_elsewhere || root().join(folder).join(file).exists(), "{folder}: {link}");
        }
    }
}

#[test]
fn each_direct_dependency_has_a_line_that_says_why() {
    let manifest = read("Cargo.toml");
    let table = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let names: BTreeSet<&str> = table.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    let ours = BTreeSet::from(["dots-api", "dots-api-ext", "dots-sandbox", "dots-torture", "xtask"]);
    let decisions = read("docs/decisions.md");
    let rows = decisions.split("### Why each dependency").nth(1).unwrap().split("\n### ").next().unwrap();
    let first_cells = rows.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let explained: BTreeSet<&str> =
        first_cells.flat_map(|cell| cell.split("`, `")).map(|name| name.trim_matches('`')).collect();
    let others: BTreeSet<&str> = names.difference(&ours).copied().collect();
    assert_eq!(others, explained);
}

/// The crates that a client brings with it, with these features.
fn tree(features: &str) -> BTreeSet<String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args([
        "tree",
        "--offline",
        "--locked",
        "-p",
        "dots-api-ext",
        "-e",
        "normal,build",
    ]);
    cargo.args(["--prefix", "none", "--no-dedupe", "--format", "{p}|{f}", "--features", features]);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn the_outbox_costs_nothing_to_those_who_do_not_turn_it_on() {
    let without = tree("");
    // The name of a crate does not hold its path.
    let is_of_a_store = |line: &&String| {
        let (name, features) =
            (line.split(' ').next().unwrap_or_default(), line.split('|').nth(1).unwrap_or_default());
        name.contains("sqlite") || name.contains("postgres") || features.contains("outbox")
    };
    assert_eq!(without.iter().find(is_of_a_store), None);
    let has_store = |line: &&String| is_of_a_store(line) && !line.starts_with("dots-api-ext ");
    assert_eq!(tree("outbox").iter().find(has_store), None);
    // No crate of theirs is another one, or has another feature, because the outbox could be turned on.
    let manifest = read("dots-api-ext/Cargo.toml");
    assert!(!manifest.contains("?/"), "a weak feature of a dependency counts even when it is off");
    let names = |tree: &BTreeSet<String>| -> BTreeSet<String> {
        tree.iter().filter_map(|line| Some(line.split_once('|')?.0.to_owned())).collect()
    };
    // Each store brings its own, and nothing of the other one.
    for (feature, own, other) in [
        ("outbox-sqlite", "rusqlite ", "tokio-postgres "),
        ("outbox-postgres", "tokio-postgres ", "rusqlite "),
    ] {
        let with = names(&tree(feature));
        assert!(names(&without).is_subset(&with), "{feature}");
        let has = |name: &str| with.iter().any(|line| line.starts_with(name));
        assert!(has(own) && !has(other), "{feature}");
    }
}
