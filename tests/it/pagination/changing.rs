//! Lists that change, lag, repeat or skip while they are read, and errors on the way.

use dots_api::{DeleteUser, ListTransfers, ListUsers};
use dots_api_ext::{Dots, Outcome};
use dots_sandbox::{Fault, Lag, Sandbox};

use super::any_list::{rest, rest_by_pages};
use super::filled::{add_a_transfer, add_a_user};
use crate::support::world::sandbox;

/// A sandbox with five users, and their ids, newest first.
async fn five_users() -> (Sandbox, Dots, Vec<String>) {
    let (sandbox, dots) = sandbox().await;
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.insert(0, add_a_user(&dots, &format!("202555013{number}")).await.to_string());
    }
    (sandbox, dots, ids)
}

#[tokio::test]
async fn a_row_that_is_removed_while_the_list_is_read_does_not_stop_the_walk() {
    let (_sandbox, dots, ids) = five_users().await;
    let mut items = dots.list(ListUsers::new().limit(2)).items();
    for _ in 0..2 {
        items.next().await.unwrap().unwrap();
    }
    dots.run(DeleteUser::new(items.cursor().unwrap().clone())).await.unwrap();
    assert_eq!(rest(&mut items).await.unwrap(), ids[2..]);
}

#[tokio::test]
async fn a_row_that_dots_sends_twice_comes_twice_and_the_walk_ends() {
    let (sandbox, dots, ids) = five_users().await;
    let fault = sandbox.inject(Fault::RepeatedRow).on("list_users").always();
    for limit in [1, 2, 5] {
        let read = rest(&mut dots.list(ListUsers::new().limit(limit)).items()).await.unwrap();
        let mut once = read.clone();
        once.dedup();
        assert_eq!(once, ids, "{limit}");
        let pages = 5_usize.div_ceil(usize::try_from(limit).unwrap());
        assert_eq!(read.len(), 5 + pages, "{limit}");
    }
    assert_eq!(fault.fired(), 9);
}

#[tokio::test]
async fn a_row_that_dots_skips_is_the_only_one_missing() {
    let (sandbox, dots, ids) = five_users().await;
    sandbox.inject(Fault::SkippedRow).on("list_users").always();
    let read = rest(&mut dots.list(ListUsers::new().limit(2)).items()).await.unwrap();
    assert_eq!(read, [ids[1].clone(), ids[3].clone()]);
    // With another limit the page boundaries differ, and other rows are skipped.
    let read = rest(&mut dots.list(ListUsers::new()).items()).await.unwrap();
    assert_eq!(read, ids[1..]);
}

#[tokio::test]
async fn a_page_of_which_nothing_is_left_is_an_error_and_no_end() {
    let (sandbox, dots, ids) = five_users().await;
    sandbox.inject(Fault::SkippedRow).on("list_users").times(1);
    let mut items = dots.list(ListUsers::new().limit(1)).items();
    let error = items.next().await.unwrap().unwrap_err();
    assert!(error.to_string().contains("more rows follow"), "{error}");
    assert!(items.next().await.is_none());
    assert_eq!(rest(&mut items.resume().items()).await.unwrap(), ids);
}

#[tokio::test]
async fn a_row_that_shows_up_late_is_missed_by_this_walk_and_found_by_the_next() {
    let (sandbox, dots, mut ids) = five_users().await;
    sandbox.inject(Fault::ListLag(Lag::Calls(1))).on("list_users").always();
    let late = add_a_user(&dots, "2025550139").await.to_string();
    let list = || dots.list(ListUsers::new().limit(2)).items();
    assert_eq!(rest(&mut list()).await.unwrap(), ids);
    ids.insert(0, late);
    assert_eq!(rest(&mut list()).await.unwrap(), ids);
}

#[tokio::test]
async fn an_error_in_the_middle_ends_the_walk_and_resuming_misses_and_repeats_nothing() {
    let (sandbox, dots, ids) = five_users().await;
    for prefetch in [false, true] {
        let list = dots.list(ListUsers::new().limit(2));
        let mut items = if prefetch { list.prefetch().items() } else { list.items() };
        let first = items.next().await.unwrap().unwrap();
        let mut read = vec![first.id.to_string()];
        // With prefetching, the second page has been requested already.
        sandbox.inject(Fault::Unauthorized).on("list_users").times(1);
        let error = loop {
            match items.next().await.unwrap() {
                Ok(user) => read.push(user.id.to_string()),
                Err(error) => break error,
            }
        };
        assert_eq!((error.outcome(), error.status()), (Outcome::Rejected, Some(401)));
        assert!(items.next().await.is_none());
        assert_eq!(items.cursor().map(ToString::to_string).as_ref(), read.last());
        let stopped_at = items.cursor().unwrap().clone();
        let mut resumed = items.resume().items();
        assert_eq!(resumed.cursor(), Some(&stopped_at));
        read.extend(rest(&mut resumed).await.unwrap());
        assert_eq!(read, ids, "prefetch: {prefetch}");
        // The id alone is enough for another process.
        let elsewhere =
            rest(&mut dots.list(ListUsers::new()).after(stopped_at.clone()).items()).await.unwrap();
        assert!(ids.ends_with(&elsewhere) && !elsewhere.contains(&stopped_at.to_string()));
    }
}

#[tokio::test]
async fn pages_are_resumed_behind_the_last_one_that_was_given() {
    let (sandbox, dots, ids) = five_users().await;
    let last = ids[4].parse().unwrap();
    let mut pages = dots.list(ListUsers::new().limit(2)).before(last).pages();
    let first = pages.next().await.unwrap().unwrap();
    assert_eq!(first.data.iter().map(|user| user.id.to_string()).collect::<Vec<_>>(), ids[2..4]);
    sandbox.inject(Fault::Unauthorized).on("list_users").times(1);
    assert_eq!(pages.next().await.unwrap().unwrap_err().status(), Some(401));
    assert!(pages.next().await.is_none());
    assert_eq!(pages.cursor().unwrap().to_string(), ids[2]);
    assert_eq!(rest_by_pages(&mut pages.resume().pages()).await.unwrap(), [ids[..2].to_vec()]);
}

#[tokio::test]
async fn the_cursor_at_the_end_finds_what_is_added_later() {
    let (_sandbox, dots) = sandbox().await;
    let user = add_a_user(&dots, "2025550139").await;
    add_a_transfer(&dots, &user).await;
    let mut oldest_first = dots.list(ListTransfers::new().reverse_order(true)).items();
    let seen = rest(&mut oldest_first).await.unwrap();
    assert_eq!(seen.len(), 1);
    add_a_transfer(&dots, &user).await;
    let added = rest(&mut oldest_first.resume().items()).await.unwrap();
    assert_eq!(added.len(), 1);
    assert_ne!(added, seen);
}
