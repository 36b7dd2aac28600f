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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Passed,
    /// A test failed, as the program itself says.
    Failed,
    /// The program was killed, or killed itself.
    Crashed,
    /// The timeout stopped it.
    Hung,
}

/// The exit code with which a program of tests says that one has failed.
const FAILED: i32 = 101;

impl Build {
    /// Compiles the tests of a copy of the workspace.
    ///
    /// # Errors
    /// Returns the compiler's errors.
    pub(super) fn of(tree: &Path) -> Result<Self, String> {
        let output = Command::new(env!("CARGO"))
            .current_dir(tree)
            .env("CARGO_TARGET_DIR", tree.with_file_name("build"))
            // Nobody debugs them, and all of it is built again for each bug.
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_INCREMENTAL", "1")
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

    /// Runs tests by their names; returns how they ended, and their output.
    ///
    /// # Errors
    /// Returns an error if they cannot be run.
    pub(super) fn run(&self, names: &[&str], timeout: Duration) -> Result<(End, String), String> {
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
fn run_with_timeout(mut command: Command, timeout: Duration) -> io::Result<(End, String)> {
    let began = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (out, err) = (read(child.stdout.take()), read(child.stderr.take()));
    let end = loop {
        if let Some(status) = child.try_wait()? {
            break match status.code() {
                Some(0) => End::Passed,
                Some(FAILED) => End::Failed,
                _ => End::Crashed,
            };
        }
        if began.elapsed() >= timeout {
            break stop(&mut child).map(|()| End::Hung)?;
        }
        thread::sleep(POLL_INTERVAL);
    };
    let written = |reader: thread::JoinHandle<Vec<u8>>| reader.join().unwrap_or_default();
    let text = [written(out), written(err)].concat();
    Ok((end, String::from_utf8_lossy(&text).into_owned()))
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

    use super::{End, run_with_timeout};

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_program_that_ends_is_heard_to_its_end() {
        let mut command = Command::new(env!("CARGO"));
        command.arg("--version");
        let (end, text) = run_with_timeout(command, MINUTE).unwrap();
        assert_eq!((end, text.starts_with("cargo ")), (End::Passed, true), "{text}");
    }

    #[test]
    fn a_program_that_fails_is_heard_too() {
        let mut command = Command::new(env!("CARGO"));
        // Cargo says with the code of a failed test that it failed.
        command.args(["check", "--manifest-path", "no/such/Cargo.toml"]);
        let (end, text) = run_with_timeout(command, MINUTE).unwrap();
        assert_eq!((end, text.contains("no/such/Cargo.toml")), (End::Failed, true), "{text}");
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_is_killed_has_crashed() {
        let mut command = Command::new("sh");
        command.args(["-c", "kill -ABRT $$"]);
        assert_eq!(run_with_timeout(command, MINUTE).unwrap().0, End::Crashed);
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_hangs_is_stopped() {
        // It waits for input that never comes.
        let mut command = Command::new("cat");
        command.stdin(Stdio::piped());
        let ended = run_with_timeout(command, Duration::from_millis(100)).unwrap();
        assert_eq!(ended, (End::Hung, String::new()));
    }
}
