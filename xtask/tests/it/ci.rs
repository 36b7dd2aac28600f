//! `ci`: the parts that need no build.

use std::fs;

use xtask::ci::snapshots::{all_are_read, clear};

#[test]
fn a_snapshot_that_no_test_read_is_named() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("tests/it/snapshots");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("it__a.snap"), "").unwrap();
    fs::write(folder.join("it__b.snap"), "").unwrap();
    let list = root.path().join("list.txt");

    let everything = all_are_read(root.path(), &list).unwrap_err();
    assert!(everything.contains("it__a.snap") && everything.contains("it__b.snap"), "{everything}");

    // insta's own spelling of the path.
    fs::write(&list, format!("{}\n", folder.join("../snapshots/it__a.snap").display())).unwrap();
    let rest = all_are_read(root.path(), &list).unwrap_err();
    assert!(rest.ends_with("\ntests/it/snapshots/it__b.snap"), "{rest}");

    fs::write(&list, format!("{0}/it__a.snap\n{0}/it__b.snap\n", folder.display())).unwrap();
    assert_eq!(all_are_read(root.path(), &list), Ok(()));
}

#[test]
fn clearing_deletes_the_old_list_and_makes_its_folder() {
    let root = tempfile::tempdir().unwrap();
    let list = root.path().join("target/ci/list.txt");
    assert_eq!(clear(&list), Ok(()));
    fs::write(&list, "old").unwrap();
    assert_eq!(clear(&list), Ok(()));
    assert!(!list.exists() && list.parent().unwrap().is_dir());
}
