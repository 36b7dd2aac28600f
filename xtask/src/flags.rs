//! The command line, declared in one place; its help is written here as documentation.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// The workspace's own commands: regenerate the client, keep the house tidy, check everything.
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
    /// Reads openapi/dots.yaml, lays openapi/overlay.yaml over it, refuses what the generator could not read,
    /// and writes only the files that changed.
    Regen(Regen),
    /// Checks the rules of the house that no compiler checks.
    ///
    /// File lengths, who may import whom, where generated code stands, where versions stand, words that do not
    /// belong in the code. Prints one line per finding.
    Tidy(Place),
    /// Runs everything that has to hold before a change goes in; stops at the first failure.
    ///
    /// Formatting, tidy, `regen --check`, clippy, tests and snapshots, the sandbox's package, documentation, and the
    /// optional tools that are installed.
    Ci(Ci),
    /// Plants the bugs that make clients pay twice, one after the other, and runs the test that must catch each.
    ///
    /// Works in a copy below target/mutants/; the first run builds everything there. Prints `caught N/N` and exits with 1
    /// when a bug survives.
    Mutants(Mutants),
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
    /// Writes nothing; shows what is stale and exits with 1 when anything is.
    #[arg(long)]
    pub check: bool,
    /// The folder to work in.
    #[command(flatten)]
    pub place: Place,
}

/// The flags of `ci`.
#[derive(Args, Clone, Debug)]
pub struct Ci {
    /// Does not run the tests again: .ci/run has just run them and left the list of snapshots they read in FILE.
    #[arg(long, value_name = "FILE")]
    pub tests_passed: Option<PathBuf>,
    /// The folder to work in.
    #[command(flatten)]
    pub place: Place,
}

/// Where to work.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// The root of the workspace; found by itself unless given.
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
