//! Runs the program that simulates and tortures the outbox, as fast as it can be built: this crate knows no client.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::report;

/// Runs `dots-torture`; whether all went well.
#[must_use]
pub fn run(root: &Path, command: Option<&str>, arguments: &[OsString]) -> bool {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root).args(["run", "--release", "--quiet", "--locked", "-p", "dots-torture", "--"]);
    match cargo.args(command).args(arguments).status() {
        Ok(status) => status.success(),
        Err(error) => {
            report::phase_failed("dots-torture", error);
            false
        }
    }
}
