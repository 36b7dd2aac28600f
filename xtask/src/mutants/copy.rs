//! A working copy of the workspace, to plant bugs in.

use std::fs;
use std::io;
use std::path::Path;

/// Folders without source code.
const LEFT_OUT: [&str; 3] = ["target", ".git", ".github"];

/// Copies `root` to `copy`; leaves identical files untouched, so that incremental builds work.
pub(super) fn workspace(root: &Path, copy: &Path) -> io::Result<()> {
    folder(root, copy)
}

fn folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        // Links are followed, because a relative target may lie elsewhere, seen from the copy.
        if fs::metadata(entry.path())?.is_dir() {
            folder(&entry.path(), &to.join(&name))?;
        } else {
            file(&entry.path(), &to.join(&name))?;
        }
    }
    Ok(())
}

fn file(from: &Path, to: &Path) -> io::Result<()> {
    let wanted = fs::read(from)?;
    if fs::read(to).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    fs::write(to, wanted)
}
