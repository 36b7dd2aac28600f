//! A test runner with a timeout: builds the tests of a copy of the workspace and runs them by name.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How often the runner checks whether a test has ended.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// The compiled tests.
///
/// Cargo does not run them: the runner could stop cargo, and the tests that cargo started would go on.
pub(super) struct Build {
    program: PathBuf,
    folder: PathBuf,
}

/// How a run has ended.
pub(super) struct Ended {
    /// Whether it succeeded; `None` if the timeout stopped it.
    pub(super) succeeded: Option<bool>,
    /// Its output.
    pub(super) text: String,
}

impl Build {
    /// Compiles the tests of a copy of the workspace.
    ///
    /// # Errors
    /// Returns the compiler's errors.
    pub(super) fn of(tree: &Path) -> Result<Self, String> {
        let output = Command::new(env!("CARGO"))
            .current_dir(tree)
            .env("CARGO_TARGET_DIR", tree.with_file_name("build"))
            .args(["test", "-p", "dots-tests", "--test", "it", "--no-run", "--message-format", "json"])
            .output()
            .map_err(|error| format!("could not run cargo: {error}"))?;
        let messages = String::from_utf8_lossy(&output.stdout);
        let messages = messages.lines().filter_map(|line| serde_json::from_str(line).ok());
        let messages: Vec<Value> = messages.collect();
        if !output.status.success() {
            let errors = messages.iter().filter_map(|message| message.pointer("/message/rendered")?.as_str());
            let errors: String = errors.filter(|text| text.starts_with("error")).take(3).collect();
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("it does not compile: {errors}{said}"));
        }
        let program = messages.iter().rev().find_map(|message| message.get("executable")?.as_str());
        let program = program.map(PathBuf::from).ok_or("cargo names no executable with the tests")?;
        Ok(Self { program, folder: tree.join("tests") })
    }

    /// Runs tests by their names.
    ///
    /// # Errors
    /// Returns an error if they cannot be run.
    pub(super) fn run(&self, names: &[&str], timeout: Duration) -> Result<Ended, String> {
        let mut command = Command::new(&self.program);
        command
            .current_dir(&self.folder)
            .env("CARGO", env!("CARGO"))
            .env("CARGO_MANIFEST_DIR", &self.folder)
            // A planted bug must never change a snapshot.
            .env("INSTA_UPDATE", "no")
            .arg("--exact")
            .args(names);
        run_with_timeout(command, timeout).map_err(|error| format!("could not run the tests: {error}"))
    }
}

/// Runs a program, and stops it after the timeout.
fn run_with_timeout(mut command: Command, timeout: Duration) -> io::Result<Ended> {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (out, err) = (read(child.stdout.take()), read(child.stderr.take()));
    let succeeded = loop {
        if let Some(status) = child.try_wait()? {
            break Some(status.success());
        }
        if began.elapsed() >= timeout {
            break stop(&mut child).map(|()| None)?;
        }
        thread::sleep(POLL_INTERVAL);
    };
    let written = |reader: thread::JoinHandle<Vec<u8>>| reader.join().unwrap_or_default();
    let text = [written(out), written(err)].concat();
    Ok(Ended { succeeded, text: String::from_utf8_lossy(&text).into_owned() })
}

fn stop(child: &mut Child) -> io::Result<()> {
    child.kill()?;
    child.wait().map(drop)
}

/// Reads to the end in a thread of its own, because a program stops when it writes to a full pipe.
fn read(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // After an error, the output up to it is kept.
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        bytes
    })
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};
    use std::time::Duration;

    use super::{Ended, run_with_timeout};

    #[test]
    fn a_program_that_ends_is_heard_to_its_end() {
        let mut command = Command::new(env!("CARGO"));
        command.arg("--version");
        let Ended { succeeded, text } = run_with_timeout(command, Duration::from_secs(60)).unwrap();
        assert_eq!((succeeded, text.starts_with("cargo ")), (Some(true), true), "{text}");
    }

    #[test]
    fn a_program_that_fails_is_heard_too() {
        let mut command = Command::new(env!("CARGO"));
        command.arg("--no-such-flag");
        let Ended { succeeded, text } = run_with_timeout(command, Duration::from_secs(60)).unwrap();
        assert_eq!((succeeded, text.contains("--no-such-flag")), (Some(false), true), "{text}");
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_hangs_is_stopped() {
        // It waits for input that never comes.
        let mut command = Command::new("cat");
        command.stdin(Stdio::piped());
        let ended = run_with_timeout(command, Duration::from_millis(100)).unwrap();
        assert_eq!((ended.succeeded, ended.text.as_str()), (None, ""));
    }
}
