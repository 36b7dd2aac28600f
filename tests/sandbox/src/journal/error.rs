//! Errors of state files, each with what to do then.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// A state file cannot be used. It was left as it is.
#[derive(Debug)]
pub(crate) struct StateError {
    path: PathBuf,
    why: Why,
}

/// What is wrong with the file.
#[derive(Debug)]
pub(super) enum Why {
    Unreadable(io::Error),
    Unwritable(io::Error),
    Locked,
    /// It is some other kind of file.
    Foreign,
    Format {
        found: u64,
        known: u64,
    },
    Document,
    Damaged {
        line: u64,
        what: String,
    },
    /// Its world began with other settings than this start asks for.
    OtherStart {
        what: &'static str,
        began: i128,
        wanted: i128,
    },
}

impl StateError {
    pub(super) fn new(path: &Path, why: Why) -> Self {
        Self { path: path.to_owned(), why }
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// For a file that this sandbox can never use.
        const ADVICE: &str = "it was left as it is; move it away to begin a new world";
        write!(f, "could not use the state file `{}`: ", self.path.display())?;
        match &self.why {
            Why::Unreadable(_) => f.write_str("it cannot be read"),
            Why::Unwritable(_) => f.write_str("it cannot be written"),
            Why::Locked => f.write_str("another sandbox uses it; stop that one, or name another file"),
            Why::Foreign => {
                write!(f, "it is not a state file of the sandbox; {ADVICE}, or name another file")
            }
            Why::Format { found, known } => write!(
                f,
                "it has version {found} and this sandbox knows version {known}; use the sandbox that wrote it, or: {ADVICE}"
            ),
            Why::Document => write!(
                f,
                "it was written for another version of the API's document; use the sandbox that wrote it, or: {ADVICE}"
            ),
            Why::Damaged { line, what } => {
                write!(f, "line {line} is damaged ({what}); put a good copy in its place, or: {ADVICE}")
            }
            Why::OtherStart { what, began, wanted } => write!(
                f,
                "its world began with {what} `{began}`, not `{wanted}`; leave `--{what}` out, or name another file"
            ),
        }
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.why {
            Why::Unreadable(source) | Why::Unwritable(source) => Some(source),
            Why::Locked
            | Why::Foreign
            | Why::Format { .. }
            | Why::Document
            | Why::Damaged { .. }
            | Why::OtherStart { .. } => None,
        }
    }
}
