//! Runs the program on a disk that is full, and on one that cannot be written; then on a good one again.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use dots_sandbox::Sandbox;

use crate::Failure;
use crate::payroll::JOB;
use crate::world::{Program, Verdict, World};

/// How a disk is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    /// No file may grow beyond so many blocks of 512 bytes.
    Full(u32),
    /// The folder is mounted so that nothing can be written; only root can do that.
    ReadOnly,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the program said, if it failed on the bad disk.
    pub said: Option<String>,
    /// How many payouts Dots had made by then.
    pub made: usize,
    /// What was found in the end.
    pub verdict: Verdict,
}

/// Runs the program on a bad disk, and then on a good one.
///
/// # Errors
/// Returns an error if the program cannot be run, such as without the right to mount a folder.
pub async fn run(disk: Disk, payouts: u32, program: Program) -> Result<Outcome, Failure> {
    let folder = tempfile::tempdir()?;
    let sandbox = Sandbox::start().await?;
    let mut world = World::new(sandbox, folder.path().join("payouts.sqlite"), program).await?;
    let mut shell = Command::new("sh");
    let (first, program) = (folder.path(), &world.program);
    match disk {
        Disk::Full(blocks) => {
            shell.args([
                "-c",
                "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"",
                "sh",
                &blocks.to_string(),
            ]);
        }
        Disk::ReadOnly => {
            let script =
                "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && shift && exec \"$@\"";
            shell = Command::new("unshare");
            shell.args(["--mount", "sh", "-c", script, "sh"]).arg(first);
        }
    }
    shell.arg(&program.file).args(&program.arguments).env(JOB, world.job("run", (0, payouts)).to_text());
    shell.stdout(Stdio::piped()).stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || shell.output()).await??;
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let said = (!output.status.success()).then_some(text);
    let made = world.sandbox.links();
    world.advance(Duration::from_secs(60 * 60));
    world.heal("run", (0, payouts)).await?;
    let references = (0..payouts).map(|number| (format!("run/{number}"), number));
    let verdict = world.judge(references).await?;
    Ok(Outcome { said, made, verdict })
}

/// Copies a file, and the log that belongs to it, as a backup program does that knows nothing of either.
///
/// # Errors
/// Returns an error if the file cannot be copied.
pub fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::copy(from, to)?;
    let log = |file: &Path| format!("{}-wal", file.display());
    if Path::new(&log(from)).exists() {
        fs::copy(log(from), log(to))?;
    }
    Ok(())
}
