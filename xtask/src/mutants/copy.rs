//! A working copy of the workspace, to plant bugs in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders without source code.
const LEFT_OUT: [&str; 3] = ["target", ".git", ".github"];

/// The tests' list of modules.
const MODULES: &str = "tests/it/main.rs";

/// The tests' manifest.
const MANIFEST: &str = "tests/Cargo.toml";

/// What only the tests of the generator need, which find no bug of the client: without it, no generator is built.
const GENERATOR: &str = "xtask.workspace = true";

/// Copies `root` to `copy`; leaves identical files untouched, so that incremental builds work.
///
/// What [`tests_of`] writes is left out.
pub(super) fn workspace(root: &Path, copy: &Path) -> io::Result<()> {
    folder(root, copy, &[root.join(MODULES), root.join(MANIFEST)])
}

/// Reduces the tests of the copy to one module and what all share: they are compiled again for each bug.
pub(super) fn tests_of(module: &str, root: &Path, copy: &Path) -> io::Result<()> {
    let kept = |line: &str| {
        let name = line.strip_prefix("mod ").and_then(|line| line.strip_suffix(';'));
        name.is_none_or(|name| name == module || name == "support")
    };
    let lines = |file: &str, keeps: &dyn Fn(&str) -> bool| -> io::Result<()> {
        let text = fs::read_to_string(root.join(file))?;
        let text: Vec<&str> = text.lines().filter(|line| keeps(line)).collect();
        write(&copy.join(file), format!("{}\n", text.join("\n")).as_bytes())
    };
    lines(MODULES, &kept)?;
    lines(MANIFEST, &|line| line != GENERATOR)
}

fn folder(from: &Path, to: &Path, left_out: &[PathBuf]) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        if LEFT_OUT.iter().any(|left_out| name == *left_out) || left_out.contains(&path) {
            continue;
        }
        // Links are followed, because a relative target may lie elsewhere, seen from the copy.
        if fs::metadata(&path)?.is_dir() {
            folder(&path, &to.join(&name), left_out)?;
        } else {
            write(&to.join(&name), &fs::read(&path)?)?;
        }
    }
    Ok(())
}

fn write(to: &Path, wanted: &[u8]) -> io::Result<()> {
    if fs::read(to).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    fs::write(to, wanted)
}
