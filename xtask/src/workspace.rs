//! Where the workspace is.

use std::env;
use std::path::{self, Path, PathBuf};

use crate::problem::Problems;

/// Finds the root of the workspace: the folder given with `--root`, else the parent of this crate's own folder.
///
/// Cargo names the crate's folder when it runs the command; the folder of compilation stands in when the binary
/// is started without cargo. Neither depends on the current folder, so the command works from anywhere.
///
/// # Errors
/// Returns a problem when the folder holds no `openapi` folder, because then it is not this workspace.
pub fn root(given: Option<PathBuf>) -> Result<PathBuf, Problems> {
    let root = given.unwrap_or_else(|| {
        let own = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        own.parent().map(Path::to_path_buf).unwrap_or(own)
    });
    // Commands that run elsewhere, such as tests, get paths below it.
    let root = path::absolute(&root).unwrap_or(root);
    if root.join("openapi").is_dir() {
        return Ok(root);
    }
    Err(Problems::one(
        root.display().to_string(),
        "the folder holds no `openapi` folder",
        "name the root of the workspace with --root",
    ))
}
