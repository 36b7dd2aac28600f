//! The command line, declared in one place with clap, which prints the documentation here as its help.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The workspace's own commands: regenerate the client, lint the project, check everything.
#[derive(Clone, Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
pub struct Flags {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Regenerates dots-api/src/generated/ from openapi/.
    ///
    /// Reads openapi/dots.yaml, applies openapi/overlay.yaml to it, refuses what the generator cannot read,
    /// and writes only the files that changed.
    Regen(Regen),
    /// Prints openapi/dots.yaml and openapi/overlay.yaml as one document, for other tools.
    ///
    /// The output is JSON, which is YAML as well.
    Merged(Merged),
    /// Compares the document that Dots published with openapi/dots.yaml.
    ///
    /// Prints what is new, the worst first, and what openapi/accepted.yaml no longer fits. Exits with 0 if nothing is
    /// new, with 2 if something is, with 1 on an error.
    Drift(Drift),
    /// Runs the project's own lints, for rules that no compiler checks.
    ///
    /// File lengths, dependencies between crates and layers, where generated code and versions stand, forbidden
    /// words. Prints one line per finding.
    Tidy(Place),
    /// Runs every check that a change has to pass; stops at the first failure.
    ///
    /// Formatting, tidy, `regen --check`, clippy, tests and snapshots, the packages, documentation, and those
    /// optional tools that are installed.
    Ci(Ci),
    /// Plants bugs that make clients pay twice, one at a time, and runs the test that must catch each.
    ///
    /// Works in a copy below target/mutants/; the first run builds everything there. Prints `caught N/N`, and exits
    /// with 1 if a bug survives.
    Mutants(Mutants),
    /// Simulates the outbox: as many random worlds as there are seeds, each of which has to end well.
    ///
    /// Prints `seeds=… violations=0 unfinished=0 per_second=…`, and what a seed that went wrong expands to.
    Sim(Torture),
    /// Tortures the outbox: `kill9`, `restore`, `order`, `power-cut`, `corrupt`, and `bugs` for the simulation itself.
    ///
    /// `cargo xtask torture kill9 --help` says what each does and prints.
    Torture(Torture),
}

/// What is handed on to the program `dots-torture`.
#[derive(Args, Clone, Debug)]
pub struct Torture {
    /// Its arguments.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<OsString>,
}

/// The flags of `mutants`.
#[derive(Args, Clone, Debug)]
pub struct Mutants {
    /// Plants only the bugs whose names contain this text.
    #[arg(value_name = "TEXT")]
    pub only: Option<String>,
    /// The folder to work in.
    #[command(flatten)]
    pub place: Place,
}

/// The flags of `regen`.
#[derive(Args, Clone, Debug)]
pub struct Regen {
    /// Writes nothing; shows which files are stale and exits with 1 if any is.
    #[arg(long)]
    pub check: bool,
    /// The folder to work in.
    #[command(flatten)]
    pub place: Place,
}

/// The flags of `drift`.
#[derive(Args, Clone, Debug)]
pub struct Drift {
    /// The document that Dots published.
    #[arg(value_name = "UPSTREAM")]
    pub upstream: PathBuf,
    /// The document of Dots' webhooks; without it, events are not compared.
    #[arg(long, value_name = "FILE")]
    pub webhooks: Option<PathBuf>,
    /// Prints JSON.
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Prints Markdown, for an issue.
    #[arg(long)]
    pub markdown: bool,
    /// Records the present state in openapi/recorded.yaml, and adds what is new to openapi/accepted.yaml, where each
    /// entry waits for its reason.
    #[arg(long)]
    pub accept: bool,
    /// The folder to work in.
    #[command(flatten)]
    pub place: Place,
}

/// The flags of `merged`.
#[derive(Args, Clone, Debug)]
pub struct Merged {
    /// Leaves out the marks of our generator, the `x-` keys.
    #[arg(long)]
    pub tidy: bool,
    /// The folder to work in.
    #[command(flatten)]
    pub place: Place,
}

/// The flags of `ci`.
#[derive(Args, Clone, Debug)]
pub struct Ci {
    /// Does not run the tests again: .ci/run has just run them and listed the snapshots that they read in FILE.
    #[arg(long, value_name = "FILE")]
    pub tests_passed: Option<PathBuf>,
    /// The folder to work in.
    #[command(flatten)]
    pub place: Place,
}

/// Where to work.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// The root of the workspace; by default the command finds it.
    #[arg(long, value_name = "DIR")]
    pub root: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Flags;

    #[test]
    fn the_command_line_is_consistent() {
        Flags::command().debug_assert();
    }
}
