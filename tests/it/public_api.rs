//! The public API: snapshots that show each change of what users of the two crates can name and call.
//!
//! A line that is gone or changed breaks a user's program; one that is new has to be right before a release. The
//! generated types are not among them: `drift` has theirs.

use std::path::Path;

/// The public API of a crate of this workspace.
fn of(folder: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    xtask::public_api::of(&root.join(folder).join("src/lib.rs")).unwrap()
}

#[test]
fn the_raw_client_has_this_public_api() {
    insta::assert_snapshot!("dots-api", of("dots-api"));
}

#[test]
fn the_client_has_this_public_api() {
    insta::assert_snapshot!("dots-api-ext", of("dots-api-ext"));
}

#[test]
fn no_type_of_a_crate_before_its_first_release_shows_without_a_feature() {
    // Each of them with a major version 0, whose next version would be a breaking change of these crates.
    for name in ["jiff", "reqwest", "rustls", "secrecy", "hmac", "sha2", "subtle", "tracing"] {
        for folder in ["dots-api", "dots-api-ext"] {
            for line in of(folder).lines().filter(|line| line.contains(&format!("{name}::"))) {
                assert!(line.contains("#[cfg("), "{folder}: {line}");
            }
        }
    }
}
