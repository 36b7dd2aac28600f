//! A temporary copy of the files that `cargo xtask regen` works on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;
use xtask::problem::Problems;
use xtask::regen::load::DOCUMENT;
use xtask::regen::overlay::OVERLAY;
use xtask::regen::surface::SURFACE;
use xtask::regen::write::FOLDER;
use xtask::regen::{self, Mode, Outcome};

use super::root;

/// The manifest of the generated crate.
const MANIFEST: &str = "dots-api/Cargo.toml";

/// The document, its overlay and the client generated from them.
pub(super) struct Scratch {
    folder: TempDir,
}

impl Scratch {
    /// Copies the document, the overlay and the committed client.
    pub(super) fn copy() -> Self {
        let scratch = Self::ungenerated();
        fs::copy(root().join(SURFACE), scratch.path().join(SURFACE)).unwrap();
        for (name, text) in generated_below(root()) {
            fs::write(scratch.path().join(FOLDER).join(name), text).unwrap();
        }
        scratch
    }

    /// Copies the manifest as well, which names the tags.
    pub(super) fn copy_with_manifest() -> Self {
        let scratch = Self::copy();
        fs::copy(root().join(MANIFEST), scratch.path().join(MANIFEST)).unwrap();
        scratch
    }

    /// Copies the document and the overlay alone.
    pub(super) fn ungenerated() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("openapi")).unwrap();
        fs::create_dir_all(folder.path().join(FOLDER)).unwrap();
        for file in [DOCUMENT, OVERLAY] {
            fs::copy(root().join(file), folder.path().join(file)).unwrap();
        }
        Self { folder }
    }

    /// Rewrites a file.
    pub(super) fn rewrite(&self, file: &str, rewrite: impl FnOnce(&str) -> String) {
        let path = self.path().join(file);
        fs::write(&path, rewrite(&fs::read_to_string(&path).unwrap())).unwrap();
    }

    /// Regenerates the client.
    pub(super) fn regenerate(&self, mode: Mode) -> Result<Outcome, Problems> {
        regen::run(self.path(), mode)
    }

    /// Reads the client, by the names of its files.
    pub(super) fn generated(&self) -> BTreeMap<String, String> {
        generated_below(self.path())
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn generated_below(root: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(root.join(FOLDER)).unwrap().map(Result::unwrap);
    files
        .map(|file| (file.file_name().into_string().unwrap(), fs::read_to_string(file.path()).unwrap()))
        .collect()
}
