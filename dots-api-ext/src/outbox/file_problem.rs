//! Why a file cannot be used, and what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a file cannot be created or opened, and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum FileProblem {
    /// There is a file already.
    Exists(PathBuf),
    /// There is none.
    Missing(PathBuf),
    /// Another process has it open; its process id, if it can be read.
    Locked(PathBuf, Option<u32>),
    /// Other users of the machine may read it.
    Shared(PathBuf),
    /// It is on a network file system, whose name is given.
    Network(PathBuf, String),
    /// It is another kind of file.
    Foreign(PathBuf),
    /// It is damaged, in SQLite's words.
    Damaged(PathBuf, String),
    /// A newer version of this crate has written it.
    Newer(PathBuf),
    /// It is a copy, or was set back to an earlier state.
    Copied(PathBuf),
    /// It has a second name, a hard link, under which another process could open it.
    Linked(PathBuf),
    /// It is of another client id.
    OtherAccount(PathBuf),
    /// Its payouts are for another server, such as that of another environment, or for another app.
    OtherPlace {
        /// The file.
        path: PathBuf,
        /// What differs: `server` or `app`.
        what: &'static str,
        /// What its payouts are for.
        theirs: String,
        /// What the client is for.
        ours: String,
    },
    /// The machine's clock is behind what the file has seen.
    ClockBehind(PathBuf, Duration),
    /// The system refuses.
    Io(PathBuf, io::Error),
    /// SQLite refuses.
    Sqlite(PathBuf, rusqlite::Error),
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, what) = match self {
            Self::Exists(path) => (path, "there is a file already; open it instead".to_owned()),
            Self::Missing(path) => {
                (path, "there is no file; create it if it never existed, and restore it if it did".to_owned())
            }
            Self::Locked(path, Some(pid)) => {
                (path, format!("the process {pid} has it open; end that one first, or let it do the work"))
            }
            Self::Locked(path, None) => (path, "another process has it open; end that one first".to_owned()),
            Self::Shared(path) => {
                (path, "other users may read it, and it names people; run `chmod 600` on it".to_owned())
            }
            Self::Network(path, kind) => (
                path,
                format!("it is on `{kind}`, where locks do not hold; put it on a disk of this machine"),
            ),
            Self::Foreign(path) => (path, "it is a file of another kind; choose another path".to_owned()),
            Self::Damaged(path, why) => (
                path,
                format!(
                    "it is damaged ({why}); keep it, restore the latest backup beside it, and open that with \
                     `open_restored`"
                ),
            ),
            Self::Newer(path) => {
                (path, "a newer version of this crate has written it; use that version".to_owned())
            }
            Self::Copied(path) => (
                path,
                "it is a copy, or was set back; if no other copy is in use, open it with `open_restored`"
                    .to_owned(),
            ),
            Self::Linked(path) => (
                path,
                "it has a second name, under which another process could open it; remove the other hard link"
                    .to_owned(),
            ),
            Self::OtherAccount(path) => (
                path,
                "its payouts are of another client id; if the API key of the same account was rotated, open it with \
                 `open_rotated`"
                    .to_owned(),
            ),
            Self::OtherPlace { path, what, theirs, ours } => (
                path,
                format!(
                    "its payouts are for the {what} `{theirs}`, and this client is for `{ours}`; open it with a client \
                     for that {what}"
                ),
            ),
            Self::ClockBehind(path, by) => (
                path,
                format!(
                    "this machine's clock is {} s behind what the file has seen; if it is wrong, set it right; if it \
                     is right and was ahead before, open the file with `open_clock_was_ahead`",
                    by.as_secs()
                ),
            ),
            Self::Io(path, error) => (path, with_advice(error, of_system(error.kind()))),
            Self::Sqlite(path, error) => (path, with_advice(error, of_sqlite(error))),
        };
        write!(f, "could not open the outbox `{}`: {what}", path.display())
    }
}

impl std::error::Error for FileProblem {}

fn with_advice(error: &dyn fmt::Display, advice: Option<&str>) -> String {
    advice.map_or_else(|| error.to_string(), |advice| format!("{error}; {advice}"))
}

fn of_system(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::PermissionDenied => {
            Some("this user has to be able to read and write it and its folder")
        }
        io::ErrorKind::ReadOnlyFilesystem => {
            Some("put it where it can be written; nothing is sent without that")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some("make room on the disk"),
        io::ErrorKind::NotFound => Some("make its folder first"),
        _ => None,
    }
}

fn of_sqlite(error: &rusqlite::Error) -> Option<&'static str> {
    match error.sqlite_error_code()? {
        rusqlite::ErrorCode::ReadOnly | rusqlite::ErrorCode::PermissionDenied => {
            of_system(io::ErrorKind::ReadOnlyFilesystem)
        }
        rusqlite::ErrorCode::DiskFull => of_system(io::ErrorKind::StorageFull),
        rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked => {
            Some("another program, such as `sqlite3`, has it open; end that one first")
        }
        _ => None,
    }
}
