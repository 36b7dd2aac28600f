//! `mutants`: mutation testing with chosen bugs: each is planted on its own, and a named test must catch it.
//!
//! The bugs have cost users of other clients money. A test that cannot fail proves nothing, so for each bug the table
//! says what to write where, and which test has to go red. The bugs are planted in a copy of the workspace, never in
//! the workspace itself. The copy keeps its build folder, so only the first run is slow.

mod copy;
mod run;
mod table;

use std::fs;
use std::path::Path;
use std::time::Duration;

use self::run::{Build, Ended};
use crate::report;

pub use table::{MUTANTS, Mutant};

/// How long a test may take with a bug; without one, the slowest takes a minute on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(5 * 60);

/// How long all tests together may take without any bug.
const TIMEOUT_FOR_ALL: Duration = Duration::from_secs(20 * 60);

/// What became of a planted bug.
enum Verdict {
    Caught,
    /// The test did not end in time, as it does without the bug.
    Hung,
    Survived,
    /// The bug could not be tried, and why.
    Invalid(String),
}

/// Plants every bug whose name contains `only`, and tells whether each was caught.
///
/// # Errors
/// Returns an error if no bug has such a name, if the workspace cannot be copied, or if a test fails without any bug.
pub fn run(root: &Path, only: Option<&str>) -> Result<bool, String> {
    let chosen = chosen(only)?;
    let tree = root.join("target/mutants/tree");
    copy::workspace(root, &tree).map_err(|error| format!("could not copy the workspace: {error}"))?;
    report::phase("the tests without any bug");
    let mut tests: Vec<&str> = chosen.iter().map(|mutant| mutant.test).collect();
    tests.sort_unstable();
    tests.dedup();
    match Build::of(&tree)?.run(&tests, TIMEOUT_FOR_ALL)? {
        Ended { succeeded: Some(true), .. } => {}
        Ended { succeeded: Some(false), text } => {
            return Err(format!("a test fails without any bug:\n{text}"));
        }
        Ended { succeeded: None, text } => return Err(format!("a test hangs without any bug:\n{text}")),
    }
    let mut caught = 0;
    for mutant in &chosen {
        report::phase(mutant.name);
        match mutant.try_in(&tree)? {
            Verdict::Caught => caught += 1,
            Verdict::Hung => {
                caught += 1;
                report::remark(format!("caught by timeout: `{}` did not end", mutant.test));
            }
            Verdict::Survived => report::remark(format!("`{}` did not notice", mutant.test)),
            Verdict::Invalid(why) => report::remark(format!("could not be tried: {why}")),
        }
    }
    report::phase(format!("caught {caught}/{}", chosen.len()));
    Ok(caught == chosen.len())
}

/// Returns the bugs whose names contain `only`.
fn chosen(only: Option<&str>) -> Result<Vec<&'static Mutant>, String> {
    let chosen: Vec<&Mutant> =
        MUTANTS.iter().filter(|mutant| only.is_none_or(|part| mutant.name.contains(part))).collect();
    match only {
        // `caught 0/0` would look like success.
        Some(part) if chosen.is_empty() => Err(format!("no bug has a name with `{part}` in it")),
        _ => Ok(chosen),
    }
}

impl Mutant {
    /// Plants the bug, runs its test and removes the bug again.
    fn try_in(&self, tree: &Path) -> Result<Verdict, String> {
        let mut originals = Vec::new();
        for change in self.changes {
            let path = tree.join(change.file);
            let original =
                fs::read_to_string(&path).map_err(|error| format!("`{}`: {error}", change.file))?;
            let planted = change.plant(&original)?;
            fs::write(&path, planted).map_err(|error| format!("`{}`: {error}", change.file))?;
            originals.push((path, original));
        }
        let outcome = Build::of(tree).map(|build| build.run(&[self.test], TIMEOUT));
        for (path, original) in originals.into_iter().rev() {
            fs::write(&path, original).map_err(|error| format!("`{}`: {error}", path.display()))?;
        }
        // A bug that does not compile proves nothing.
        let Ended { succeeded, text } = match outcome {
            Ok(ended) => ended?,
            Err(why) => return Ok(Verdict::Invalid(why)),
        };
        Ok(match succeeded {
            None => Verdict::Hung,
            Some(true) => Verdict::Survived,
            Some(false) if text.contains(&format!("test {} ... FAILED", self.test)) => Verdict::Caught,
            Some(false) => Verdict::Invalid(text.lines().rev().take(3).collect::<Vec<_>>().join("; ")),
        })
    }
}

impl table::Change {
    /// Replaces the one occurrence of the text.
    ///
    /// # Errors
    /// Returns an error if there are none or several: then the code has changed, and the table must follow.
    pub fn plant(&self, original: &str) -> Result<String, String> {
        match original.matches(self.find).count() {
            1 => Ok(original.replacen(self.find, self.replace, 1)),
            count => Err(format!(
                "`{}` has {count} occurrences of what a bug replaces: `{}`",
                self.file, self.find
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;

    use super::MUTANTS;
    use crate::workspace;

    #[test]
    fn a_name_that_no_bug_has_is_refused() {
        let error = super::run(&workspace::root(None).unwrap(), Some("no such bug")).unwrap_err();
        assert_eq!(error, "no bug has a name with `no such bug` in it");
        assert_eq!(super::chosen(Some(MUTANTS[0].name)).unwrap().len(), 1);
        assert_eq!(super::chosen(None).unwrap().len(), MUTANTS.len());
    }

    #[test]
    fn every_bug_can_still_be_planted() {
        let root = workspace::root(None).unwrap();
        for mutant in MUTANTS {
            for change in mutant.changes {
                let original = fs::read_to_string(root.join(change.file)).unwrap();
                let planted =
                    change.plant(&original).unwrap_or_else(|error| panic!("{}: {error}", mutant.name));
                assert_ne!(planted, original, "{}", mutant.name);
            }
        }
    }

    #[test]
    fn every_bug_has_a_name_of_its_own_and_a_test_that_exists() {
        let root = workspace::root(None).unwrap();
        let names: HashSet<&str> = MUTANTS.iter().map(|mutant| mutant.name).collect();
        assert_eq!(names.len(), MUTANTS.len());
        for mutant in MUTANTS {
            let (module, name) = mutant.test.rsplit_once("::").unwrap();
            let module = module.replace("::", "/");
            let source = fs::read_to_string(root.join(format!("tests/it/{module}.rs"))).unwrap();
            assert!(source.contains(&format!("fn {name}(")), "{}", mutant.test);
        }
    }
}
