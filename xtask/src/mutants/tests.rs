use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

use super::{Mutant, all, chosen, run};
use crate::workspace;

#[test]
fn a_name_that_no_bug_has_is_refused() {
    let error = run(&workspace::root(None).unwrap(), Some("no such bug")).unwrap_err();
    assert_eq!(error, "no bug has `no such bug` in its kind, name or test");
    let mut bugs = all();
    let (one, other) = (bugs.next().unwrap().name, bugs.next().unwrap().name);
    assert_eq!(chosen(Some(one)).unwrap().len(), 1);
    assert_eq!(chosen(Some(&format!("{one}|{other}"))).unwrap().len(), 2);
    assert_eq!(chosen(None).unwrap().len(), all().count());
}

#[test]
fn every_bug_can_still_be_planted() {
    let root = workspace::root(None).unwrap();
    let faults: Vec<String> =
        all().filter_map(|bug| planted(bug, &root).err().map(|why| format!("{}: {why}", bug.name))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_two_bugs_are_the_same_edits() {
    let root = workspace::root(None).unwrap();
    let mut seen: HashMap<BTreeMap<&str, String>, &str> = HashMap::new();
    for bug in all() {
        // What the files are like afterwards, however much of them the edits name.
        let Ok(files) = planted(bug, &root) else { continue };
        let other = seen.insert(files, bug.name);
        assert!(other.is_none(), "`{}` is the same as `{}`", bug.name, other.unwrap_or_default());
    }
}

/// Returns the files that a bug changes, as they are with it.
fn planted(bug: &Mutant, root: &Path) -> Result<BTreeMap<&'static str, String>, String> {
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for change in bug.changes {
        let read = || fs::read_to_string(root.join(change.file)).unwrap_or_default();
        let original = files.remove(change.file).unwrap_or_else(read);
        let planted = change.plant(&original)?;
        if planted == original {
            return Err(format!("`{}` replaces nothing", change.find));
        }
        files.insert(change.file, planted);
    }
    Ok(files)
}

#[test]
fn every_bug_has_a_name_of_its_own_and_a_test_that_exists() {
    let root = workspace::root(None).unwrap();
    let names: HashSet<&str> = all().map(|bug| bug.name).collect();
    assert_eq!(names.len(), all().count());
    for bug in all() {
        let (module, name) = bug.test.rsplit_once("::").unwrap();
        let module = module.replace("::", "/");
        let source = fs::read_to_string(root.join(format!("tests/it/{module}.rs"))).unwrap_or_default();
        assert!(source.contains(&format!("fn {name}(")), "{}: no test `{}`", bug.name, bug.test);
    }
}

#[test]
fn every_kind_of_fault_that_was_found_has_a_bug() {
    let kinds: HashSet<&str> = all().map(|bug| bug.kind).collect();
    let numbered = |letter: char, count: usize| (1..=count).map(move |number| format!("{letter}{number}"));
    for kind in numbered('A', 6).chain(numbered('B', 8)).chain(numbered('C', 7)) {
        assert!(kinds.contains(kind.as_str()), "{kind}");
    }
    assert!(all().count() >= 62);
}
