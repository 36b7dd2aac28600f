//! The source tree: the files of the workspace.

use std::fs;
use std::io;
use std::path::Path;

use super::source::{Masked, mask};
use crate::problem::Problems;
use crate::regen::write::is_generated;

/// Folders that are not part of the source.
const SKIPPED: [&str; 2] = ["target", ".git"];

/// The file endings that are read as text.
const TEXT: [&str; 7] = ["rs", "toml", "md", "yaml", "yml", "sh", "json"];

/// The text files of a workspace and the names of all others.
#[derive(Debug)]
pub struct Tree {
    /// The text files, sorted by path.
    pub files: Vec<File>,
    /// The paths of all files, sorted.
    pub paths: Vec<String>,
}

/// A text file.
#[derive(Debug)]
pub struct File {
    /// Its path below the root, with slashes.
    pub path: String,
    /// Its content.
    pub text: String,
    /// Its code and its comments, for Rust; empty for other files.
    pub masked: Masked,
}

impl Tree {
    /// Reads the files below `root`.
    ///
    /// # Errors
    /// Returns a problem when a folder or a file cannot be read.
    pub fn load(root: &Path) -> Result<Self, Problems> {
        let mut paths = Vec::new();
        list(root, "", &mut paths).map_err(|error| unreadable(&root.display().to_string(), &error))?;
        paths.sort();
        let mut files = Vec::new();
        for path in &paths {
            if TEXT.contains(&extension(path)) || path == ".ci/run" {
                let text = fs::read_to_string(root.join(path)).map_err(|error| unreadable(path, &error))?;
                let masked = if extension(path) == "rs" { mask(&text) } else { Masked::default() };
                files.push(File { path: path.clone(), text, masked });
            }
        }
        Ok(Self { files, paths })
    }

    /// The handwritten Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.is_rust() && !file.is_generated())
    }

    /// A file by its path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

impl File {
    /// Tells whether it is a Rust file.
    pub fn is_rust(&self) -> bool {
        extension(&self.path) == "rs"
    }

    /// Tells whether its first line says that it is generated.
    pub fn is_generated(&self) -> bool {
        is_generated(&self.text)
    }

    /// The lines without comments and string literals, counted from one.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.masked.code.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The lines with only their comments, counted from one.
    pub fn comments(&self) -> impl Iterator<Item = (usize, &str)> {
        self.masked.comments.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The name of the file without its folders.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// Lists the files below a folder.
fn list(root: &Path, below: &str, paths: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        if !entry.file_type()?.is_dir() {
            paths.push(path);
        } else if !SKIPPED.contains(&name.as_str()) {
            list(root, &path, paths)?;
        }
    }
    Ok(())
}

/// What follows the last dot of a path.
fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// The problem that a file or folder cannot be read.
fn unreadable(path: &str, error: &io::Error) -> Problems {
    Problems::one(path, format!("could not read it: {error}"), "make it readable, as UTF-8 text")
}
