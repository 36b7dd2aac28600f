//! Finds the root of the workspace.

use std::env;
use std::path::{self, Path, PathBuf};

use crate::problem::Problems;

/// Finds the root of the workspace: the folder given with `--root`, else the parent of this crate's own folder.
///
/// Cargo passes the crate's folder when it runs the command. Without cargo, the folder in which the binary was compiled
/// is used. Neither depends on the current folder, so the command works from anywhere.
///
/// # Errors
/// Returns a problem if the folder has no `openapi` folder, because then it is not this workspace.
pub fn root(given: Option<PathBuf>) -> Result<PathBuf, Problems> {
    let root = given.unwrap_or_else(|| {
        let own = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        own.parent().map(Path::to_path_buf).unwrap_or(own)
    });
    // Absolute, because some commands change the current folder before they use paths below it.
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
