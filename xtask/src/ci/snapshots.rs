//! Unreferenced snapshots: each snapshot file has a test that reads it.
//!
//! `cargo insta test --unreferenced=reject` does the same, but would have to be installed. It works from a list that
//! the insta library writes: each assertion appends the file that it read.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::tidy::tree::Tree;

/// The variable that makes insta append the path of each snapshot that it reads to a file.
pub const REFERENCES_VARIABLE: &str = "INSTA_SNAPSHOT_REFERENCES_FILE";

/// Deletes the old list and creates the folder of the new one.
///
/// # Errors
/// Returns a message if the list cannot be deleted or the folder cannot be created.
pub fn clear(references: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("could not clear `{}`: {error}", references.display());
    if let Some(folder) = references.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    match fs::remove_file(references) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(error)),
        _ => Ok(()),
    }
}

/// Compares the snapshots below `root` with the list of those that a test run read.
///
/// # Errors
/// Returns a message that names each snapshot that no test read.
pub fn all_are_read(root: &Path, references: &Path) -> Result<(), String> {
    let tree = Tree::load(root).map_err(|problems| problems.to_string())?;
    let snapshots: Vec<_> = tree.paths.iter().filter(|path| path.ends_with(".snap")).collect();
    let list = match fs::read_to_string(references) {
        Ok(list) => list,
        // A run that reads no snapshot writes no list.
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("could not read `{}`: {error}", references.display())),
    };
    // insta does not normalize the path: it may contain `..`.
    let read: BTreeSet<PathBuf> =
        list.lines().filter_map(|line| root.join(line).canonicalize().ok()).collect();
    let is_read = |path: &str| root.join(path).canonicalize().is_ok_and(|path| read.contains(&path));
    let unread: Vec<_> = snapshots.into_iter().filter(|path| !is_read(path)).map(String::as_str).collect();
    if unread.is_empty() {
        return Ok(());
    }
    Err(format!("no test reads these snapshots; delete them:\n{}", unread.join("\n")))
}
