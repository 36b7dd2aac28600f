//! The command `cargo xtask`; see [`xtask`] for what it does.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;
use xtask::flags::{Command, Flags};
use xtask::problem::Problems;
use xtask::regen::merged::{self, Form};
use xtask::regen::{self, Mode};
use xtask::{ci, mutants, report, tidy, workspace};

/// Exits with 0 when all is well, with 1 on findings; clap exits with 2 when the command line cannot be read.
fn main() -> ExitCode {
    match run(Flags::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problems) => {
            report::problems(&problems);
            ExitCode::FAILURE
        }
    }
}

/// Runs one command and tells whether all is well.
fn run(command: Command) -> Result<bool, Problems> {
    let root = |given: Option<PathBuf>| workspace::root(given);
    match command {
        Command::Regen(flags) => {
            let mode = if flags.check { Mode::Check } else { Mode::Write };
            let outcome = regen::run(&root(flags.place.root)?, mode)?;
            Ok(report::regen(&outcome, mode))
        }
        Command::Merged(flags) => {
            let form = if flags.tidy { Form::Tidy } else { Form::Whole };
            report::remark(merged::merged(&root(flags.place.root)?, form)?);
            Ok(true)
        }
        Command::Tidy(place) => Ok(report::tidy(&tidy::run(&root(place.root)?)?)),
        Command::Mutants(flags) => {
            let outcome = mutants::run(&root(flags.place.root)?, flags.only.as_deref());
            Ok(outcome.unwrap_or_else(|why| {
                report::phase_failed("mutants", why);
                false
            }))
        }
        Command::Ci(flags) => Ok(ci::run(&root(flags.place.root)?, flags.tests_passed.as_deref())),
    }
}
