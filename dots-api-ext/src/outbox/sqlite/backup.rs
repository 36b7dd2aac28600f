//! Copies the file while it is in use.

use std::fs;
use std::io;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::file::{refuse_network, sync_folder};
use super::lock::private;
use super::rows::SqliteStore;
use crate::outbox::file_problem::FileProblem;

impl SqliteStore<'_> {
    /// Writes a copy that says so; nothing is left of one that could not be written completely.
    pub(in crate::outbox) fn backup(&self, path: &Path) -> Result<(), FileProblem> {
        refuse_network(path)?;
        // SQLite fills an empty file; so other users cannot read the copy at any moment.
        match private().write(true).create_new(true).open(path) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(FileProblem::Exists(path.to_owned()));
            }
            Err(error) => return Err(FileProblem::Io(path.to_owned(), error)),
        }
        let copied = self.copy(path);
        if copied.is_err() {
            // The first error is the one to tell.
            let _ = fs::remove_file(path);
        }
        copied
    }

    fn copy(&self, path: &Path) -> Result<(), FileProblem> {
        let io = |error| FileProblem::Io(path.to_owned(), error);
        let sqlite = |error| FileProblem::Sqlite(path.to_owned(), error);
        let name = path.to_str().ok_or_else(|| io(io::Error::other("its path is not Unicode")))?;
        self.connection.execute("VACUUM INTO ?1", [name]).map_err(sqlite)?;
        let copy = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sqlite)?;
        copy.execute("UPDATE store SET is_copy = 1", []).map_err(sqlite)?;
        copy.close().map_err(|(_, error)| sqlite(error))?;
        fs::File::open(path).and_then(|file| file.sync_all()).map_err(io)?;
        sync_folder(path).map_err(io)
    }
}
