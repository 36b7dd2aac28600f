//! The lock file beside an outbox: one process at a time, and a count that notices a file that was set back.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::outbox::file_problem::FileProblem;

/// The lock file, which keeps other processes out as long as it is open.
#[derive(Debug)]
pub(in crate::outbox) struct Held(pub(super) File);

impl Drop for Held {
    /// Unlocks the file before it is closed: a program that this process is just starting has the file open as well,
    /// until it begins.
    fn drop(&mut self) {
        // What cannot be unlocked is when the last copy is closed.
        let _ = self.0.unlock();
    }
}

/// What the lock file says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    pub pid: Option<u32>,
    /// How often the outbox was opened.
    pub opened: i64,
}

/// Keeps other processes out, or says which one does so.
pub(super) fn lock(path: &Path) -> Result<Held, FileProblem> {
    let io = |error| FileProblem::Io(path.to_owned(), error);
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let mut file = private().read(true).write(true).create(true).truncate(false).open(name).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(Held(file)),
        Err(TryLockError::WouldBlock) => {
            let pid = read_marks(&mut file).unwrap_or_default().pid;
            Err(FileProblem::Locked(path.to_owned(), pid))
        }
        Err(TryLockError::Error(error)) => Err(io(error)),
    }
}

pub(super) fn read_marks(file: &mut File) -> io::Result<Marks> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    let mut lines = text.lines();
    let pid = lines.next().and_then(|line| line.parse().ok());
    let opened = lines.next().and_then(|line| line.parse().ok()).unwrap_or_default();
    Ok(Marks { pid, opened })
}

pub(super) fn write_marks(file: &mut File, opened: i64) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}\n{opened}", std::process::id())?;
    file.sync_all()
}

/// Options for a file that other users cannot read.
#[cfg(unix)]
pub(super) fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Options for a file of this user.
#[cfg(not(unix))]
pub(super) fn private() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(test)]
mod tests {
    use super::lock;

    #[test]
    fn a_lock_ends_though_a_program_that_is_being_started_has_the_file_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("payouts.sqlite");
        let held = lock(&path).unwrap();
        let inherited = held.0.try_clone().unwrap();
        assert!(lock(&path).is_err());
        drop(held);
        assert!(lock(&path).is_ok());
        drop(inherited);
    }
}
