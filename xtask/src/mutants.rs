//! `mutants`: mutation testing with chosen bugs: each is planted on its own, and a named test must catch it.
//!
//! The bugs have cost users of other clients money. A test that cannot fail proves nothing, so for each bug the table
//! says what to write where, and which test has to go red. The bugs are planted in a copy of the workspace, never in
//! the workspace itself. The copy keeps its build folder, so only the first run is slow.

mod copy;
mod run;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use self::run::{Build, End};
use crate::report;

pub use table::{Change, Mutant, all};

/// How long tests may take without any bug.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// How long a test may take with a bug, beside five times what it takes without one.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a planted bug.
enum Verdict {
    Caught,
    /// The test did not end in time, as it does without the bug.
    Hung,
    /// The test took its program with it.
    Crashed,
    Survived,
    /// The bug could not be tried, and why.
    Invalid(String),
}

/// Plants every bug whose kind, name or test contains `only`, and tells whether each was caught. Several texts are
/// separated by `|`.
///
/// # Errors
/// Returns an error if there is no such bug, if the workspace cannot be copied, or if a test fails without any bug.
pub fn run(root: &Path, only: Option<&str>) -> Result<bool, String> {
    let began = Instant::now();
    let chosen = chosen(only)?;
    let tree = root.join("target/mutants/tree");
    let copied = |error| format!("could not copy the workspace: {error}");
    copy::workspace(root, &tree).map_err(copied)?;
    let mut of_module: BTreeMap<&str, Vec<&Mutant>> = BTreeMap::new();
    for mutant in &chosen {
        of_module.entry(mutant.module()).or_default().push(mutant);
    }
    let mut caught = 0;
    for (module, mutants) in of_module {
        report::phase(format_args!("the tests of `{module}` without any bug"));
        copy::tests_of(module, root, &tree).map_err(copied)?;
        let patience = PATIENCE.saturating_add(without_bugs(&tree, &mutants)?.saturating_mul(5));
        for mutant in mutants {
            report::phase(format_args!("{} {}", mutant.kind, mutant.name));
            caught += usize::from(say(mutant, mutant.try_in(&tree, patience)?));
        }
    }
    let took = began.elapsed().as_secs();
    report::phase(format_args!("caught {caught}/{} in {} min {} s", chosen.len(), took / 60, took % 60));
    Ok(caught == chosen.len())
}

/// Reports what became of a bug; says whether it was caught.
fn say(mutant: &Mutant, verdict: Verdict) -> bool {
    let test = mutant.test;
    match verdict {
        Verdict::Caught => report::remark("caught"),
        Verdict::Hung => report::remark(format_args!("caught by timeout: `{test}` did not end")),
        Verdict::Crashed => report::remark(format_args!("caught by a crash of `{test}`")),
        Verdict::Survived => {
            report::remark(format_args!("SURVIVED: `{test}` did not notice"));
            return false;
        }
        Verdict::Invalid(why) => {
            report::remark(format_args!("INVALID: {why}"));
            return false;
        }
    }
    true
}

/// Runs the tests of some bugs, of which none is planted; returns how long that took.
fn without_bugs(tree: &Path, mutants: &[&Mutant]) -> Result<Duration, String> {
    let tests: BTreeSet<&str> = mutants.iter().map(|mutant| mutant.test).collect();
    let tests: Vec<&str> = tests.into_iter().collect();
    let build = Build::of(tree)?;
    let began = Instant::now();
    match build.run(&tests, TIMEOUT)? {
        // A name that no test has is passed over in silence.
        (End::Passed, text) if text.contains(&format!("{} passed", tests.len())) => Ok(began.elapsed()),
        (end, text) => Err(format!("a test goes wrong without any bug ({end:?}):\n{text}")),
    }
}

/// Returns the bugs whose kind, name or test contains one of the texts in `only`.
fn chosen(only: Option<&str>) -> Result<Vec<&'static Mutant>, String> {
    let is_chosen = |mutant: &&Mutant| {
        let text = format!("{} {} {}", mutant.kind, mutant.name, mutant.test);
        only.is_none_or(|only| only.split('|').any(|part| text.contains(part)))
    };
    let chosen: Vec<&Mutant> = all().filter(is_chosen).collect();
    match only {
        // `caught 0/0` would look like success.
        Some(only) if chosen.is_empty() => Err(format!("no bug has `{only}` in its kind, name or test")),
        _ => Ok(chosen),
    }
}

impl Mutant {
    /// Returns the module of its test, of the first level.
    fn module(&self) -> &'static str {
        self.test.split_once("::").map_or(self.test, |(module, _)| module)
    }

    /// Plants the bug, runs its test and removes the bug again.
    fn try_in(&self, tree: &Path, patience: Duration) -> Result<Verdict, String> {
        let mut originals = Vec::new();
        for change in self.changes {
            let path = tree.join(change.file);
            let original =
                fs::read_to_string(&path).map_err(|error| format!("`{}`: {error}", change.file))?;
            let planted = change.plant(&original)?;
            fs::write(&path, planted).map_err(|error| format!("`{}`: {error}", change.file))?;
            originals.push((path, original));
        }
        let outcome = Build::of(tree).map(|build| build.run(&[self.test], patience));
        for (path, original) in originals.into_iter().rev() {
            fs::write(&path, original).map_err(|error| format!("`{}`: {error}", path.display()))?;
        }
        // A bug that does not compile proves nothing.
        let (end, text) = match outcome {
            Ok(ended) => ended?,
            Err(why) => return Ok(Verdict::Invalid(why)),
        };
        Ok(match end {
            End::Hung => Verdict::Hung,
            End::Crashed => Verdict::Crashed,
            End::Passed => Verdict::Survived,
            End::Failed if text.contains(&format!("test {} ... FAILED", self.test)) => Verdict::Caught,
            End::Failed => Verdict::Invalid(text.lines().rev().take(3).collect::<Vec<_>>().join("; ")),
        })
    }
}

impl Change {
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
mod tests;
