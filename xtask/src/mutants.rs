//! `mutants`: the bugs that cost other people money, planted one after the other, each of which a named test must catch.
//!
//! A test that cannot fail proves nothing. The table says, for each bug, what to write where, and which test has to go red.
//! The bugs are planted in a copy of the workspace, so that nothing here is ever changed; the copy keeps its build folder,
//! so that only the first run is slow.

mod copy;
mod table;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::report;

pub use table::{MUTANTS, Mutant};

/// What became of a planted bug.
enum Verdict {
    Caught,
    Survived,
    /// It could not be tried, and why.
    Invalid(String),
}

/// Plants every bug whose name contains `only`, and tells whether each was caught.
///
/// # Errors
/// Returns an error when the workspace cannot be copied, or when a test fails without any bug.
pub fn run(root: &Path, only: Option<&str>) -> Result<bool, String> {
    let tree = root.join("target/mutants/tree");
    copy::workspace(root, &tree).map_err(|error| format!("could not copy the workspace: {error}"))?;
    let chosen: Vec<&Mutant> =
        MUTANTS.iter().filter(|mutant| only.is_none_or(|part| mutant.name.contains(part))).collect();
    report::phase("the tests without any bug");
    let mut tests: Vec<&str> = chosen.iter().map(|mutant| mutant.test).collect();
    tests.sort_unstable();
    tests.dedup();
    let clean = test(&tree, &tests)?;
    if !clean.status.success() {
        return Err(format!("a test fails without any bug:\n{}", text(&clean)));
    }
    let mut caught = 0;
    for mutant in &chosen {
        report::phase(mutant.name);
        match mutant.try_in(&tree)? {
            Verdict::Caught => caught += 1,
            Verdict::Survived => report::remark(format!("`{}` did not notice", mutant.test)),
            Verdict::Invalid(why) => report::remark(format!("could not be tried: {why}")),
        }
    }
    report::phase(format!("caught {caught}/{}", chosen.len()));
    Ok(caught == chosen.len())
}

impl Mutant {
    /// Plants the bug, runs its test and takes the bug out again.
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
        let outcome = test(tree, &[self.test]);
        for (path, original) in originals.into_iter().rev() {
            fs::write(&path, original).map_err(|error| format!("`{}`: {error}", path.display()))?;
        }
        let output = outcome?;
        let shown = text(&output);
        Ok(if shown.contains(&format!("test {} ... FAILED", self.test)) {
            Verdict::Caught
        } else if output.status.success() {
            Verdict::Survived
        } else {
            let errors: Vec<&str> = shown.lines().filter(|line| line.starts_with("error")).take(3).collect();
            Verdict::Invalid(errors.join("; "))
        })
    }
}

impl table::Change {
    /// Replaces the one place where the text stands.
    ///
    /// # Errors
    /// Returns an error when it stands nowhere or in several places: the code has moved on, and so must the table.
    pub fn plant(&self, original: &str) -> Result<String, String> {
        match original.matches(self.find).count() {
            1 => Ok(original.replacen(self.find, self.replace, 1)),
            count => Err(format!("`{}` holds {count} times what a bug replaces: `{}`", self.file, self.find)),
        }
    }
}

/// Runs tests by their names.
fn test(tree: &Path, names: &[&str]) -> Result<Output, String> {
    Command::new(env!("CARGO"))
        .current_dir(tree)
        .env("CARGO_TARGET_DIR", tree.with_file_name("build"))
        // A planted bug is never to change a snapshot.
        .env("INSTA_UPDATE", "no")
        .args(["test", "-p", "dots-tests", "--test", "it", "--", "--exact"])
        .args(names)
        .output()
        .map_err(|error| format!("could not run cargo: {error}"))
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;

    use super::MUTANTS;
    use crate::workspace;

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
