//! The command `cargo xtask`; see [`xtask`] for what it does.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser as _;
use xtask::flags::{self, Command, Flags};
use xtask::problem::Problems;
use xtask::regen::merged::{self, Form};
use xtask::regen::{self, Mode};
use xtask::{ci, drift, mutants, report, tidy, torture, workspace};

/// Exits with 0 when all is well, with 1 on findings; clap exits with 2 when the command line cannot be read, and
/// `drift` when something is new.
fn main() -> ExitCode {
    match run(Flags::parse().command) {
        Ok(code) => code,
        Err(problems) => {
            report::problems(&problems);
            ExitCode::FAILURE
        }
    }
}

/// Runs one command.
fn run(command: Command) -> Result<ExitCode, Problems> {
    let is_well = match command {
        Command::Drift(flags) => return compare(flags),
        other => run_checked(other)?,
    };
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs `drift`.
fn compare(flags: flags::Drift) -> Result<ExitCode, Problems> {
    let root = workspace::root(flags.place.root)?;
    let upstream = drift::Upstream { document: flags.upstream, webhooks: flags.webhooks };
    let report = drift::run(&root, &upstream)?;
    let form = match (flags.json, flags.markdown) {
        (true, _) => drift::Form::Json,
        (_, true) => drift::Form::Markdown,
        _ => drift::Form::Text,
    };
    report::remark(report.print(form));
    if flags.accept {
        report::note(drift::accept(&root, &report)?);
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(report.verdict().code()))
}

/// Runs one command and tells whether all is well.
fn run_checked(command: Command) -> Result<bool, Problems> {
    let root = |given: Option<PathBuf>| workspace::root(given);
    match command {
        Command::Drift(_) => Ok(true),
        Command::Regen(flags) => {
            let mode = if flags.check { Mode::Check } else { Mode::Write };
            let root = root(flags.place.root)?;
            let mut outcome = regen::run(&root, mode)?;
            outcome.changes.extend(drift::readme::refresh(&root, mode)?);
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
        Command::Sim(flags) => Ok(torture::run(&workspace::root(None)?, Some("sim"), &flags.arguments)),
        Command::Torture(flags) => Ok(torture::run(&workspace::root(None)?, None, &flags.arguments)),
        Command::Ci(flags) => Ok(ci::run(&root(flags.place.root)?, flags.tests_passed.as_deref())),
    }
}
