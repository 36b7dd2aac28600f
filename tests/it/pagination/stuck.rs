//! Lists that cannot be continued: an error that says so, and never an endless loop.

use dots_api::{CursorList, ListApps, ListTransfers, ListUsers, Paging};
use dots_api_ext::{Error, Outcome};
use futures_core::stream::FusedStream;
use insta::assert_snapshot;

use super::any_list::rest;
use super::numbers::Numbers;
use crate::support::wire::{Answer, Wire};
use crate::support::world::{client_of, everything_shown};

/// Reads a list in memory to its end; fails when that takes more than a hundred calls.
async fn read(numbers: &Numbers) -> (Vec<String>, Option<Error>) {
    let mut items = numbers.list().items();
    let mut ids = Vec::new();
    while let Some(row) = items.next().await {
        assert!(numbers.asked().len() <= 100, "the walk does not end");
        match row {
            Ok(row) => ids.push(row.id.clone()),
            Err(error) => {
                assert!(items.next().await.is_none());
                return (ids, Some(error));
            }
        }
    }
    (ids, None)
}

/// The ids of these rows.
fn ids(rows: &[&str]) -> Vec<String> {
    rows.iter().map(|row| (*row).to_owned()).collect()
}

/// The rows after `starting_after` in a list that is given as pairs.
fn follows(pairs: &'static [(&str, &str)], paging: &Paging<String>) -> String {
    let after = paging.starting_after.as_deref().unwrap_or("");
    pairs.iter().find(|(row, _)| *row == after).unwrap().1.to_owned()
}

/// Checks that the error is the list's own, and that it says that no money moved.
fn assert_stuck(error: &Error) {
    assert_eq!((error.outcome(), error.status()), (Outcome::Unknown, None), "{error}");
    assert!(!error.may_have_moved_money(), "{error}");
    assert_eq!(error.operation(), Some("list_transfers"), "{error}");
    assert_eq!(error.idempotency_key(), None);
}

#[tokio::test]
async fn more_rows_behind_an_empty_page_are_an_error() {
    let numbers = Numbers::told(|call, _| Ok((ids(if call == 0 { &["a", "b"] } else { &[] }), Some(true))));
    let (read, error) = read(&numbers).await;
    let error = error.unwrap();
    assert_stuck(&error);
    assert_snapshot!(error, @"`list_transfers` failed: Dots says that more rows follow an empty page, which has no row to continue from");
    assert_eq!((read, numbers.asked().len()), (ids(&["a", "b"]), 2));
}

#[tokio::test]
async fn a_row_without_an_id_is_given_and_is_an_error_where_the_walk_would_go_on_from_it() {
    let numbers = Numbers::told(|_, _| Ok((ids(&["a", ""]), Some(true))));
    let (given, error) = read(&numbers).await;
    let error = error.unwrap();
    assert_stuck(&error);
    assert_snapshot!(error, @"`list_transfers` failed: Dots says that more rows follow, but the row to continue from has no id");
    assert_eq!((given, numbers.asked().len()), (ids(&["a", ""]), 1));
    let mut pages = numbers.list().prefetch().pages();
    assert_eq!(Numbers::rows(&pages.next().await.unwrap().unwrap()).len(), 2);
    assert!(!pages.is_terminated());
    assert_stuck(&pages.next().await.unwrap().unwrap_err());
    assert!(pages.is_terminated() && pages.next().await.is_none());
    // Nothing was prefetched after a page that cannot be continued.
    assert_eq!((pages.cursor(), numbers.asked().len()), (None, 2));
    // On the last page no cursor is needed, so the listed rows are not lost.
    let last = Numbers::told(|_, _| Ok((ids(&["a", ""]), Some(false))));
    let (given, error) = read(&last).await;
    assert!(error.is_none());
    assert_eq!((given, last.asked().len()), (ids(&["a", ""]), 1));
}

#[tokio::test]
async fn a_walk_that_stops_at_a_row_without_an_id_begins_again_with_its_page_and_misses_none() {
    let page = |_: usize, paging: &Paging<String>| {
        let rows: &[&str] = match paging.starting_after.as_deref() {
            None => &["", "a", "b"],
            Some("a") => &["b"],
            _ => &["c", "", "d"],
        };
        Ok((ids(rows), Some(!rows.contains(&"d"))))
    };
    for (rows, cursor, rest_of_it) in [
        (1, None, &["", "a", "b", "c", "", "d"][..]),
        (2, Some("a"), &["b", "c", "", "d"]),
        (5, Some("b"), &["c", "", "d"]),
        (6, Some("d"), &["c", "", "d"]),
    ] {
        let numbers = Numbers::told(page);
        let mut items = numbers.list().items();
        for _ in 0..rows {
            items.next().await.unwrap().unwrap();
        }
        assert_eq!(items.cursor().map(String::as_str), cursor, "after {rows} rows");
        assert_eq!(rest(&mut items.resume().items()).await.unwrap(), ids(rest_of_it), "after {rows} rows");
    }
    let back = Numbers::told(|_, _| Ok((ids(&["", "a", "b"]), Some(true))));
    let mut items = back.list().before("c".to_owned()).items();
    for row in ["b", "a", ""] {
        assert_eq!(items.next().await.unwrap().unwrap().id, row);
    }
    assert_eq!(items.cursor().unwrap(), "c");
    assert_stuck(&items.next().await.unwrap().unwrap_err());
    assert_eq!(items.resume().items().next().await.unwrap().unwrap().id, "b");
    assert!(back.asked().iter().all(|paging| paging.ending_before.as_deref() == Some("c")));
}

#[tokio::test]
async fn a_page_that_comes_again_is_an_error_and_its_rows_do_not_come_twice() {
    let numbers = Numbers::told(|_, _| Ok((ids(&["a", "b"]), Some(true))));
    let (read, error) = read(&numbers).await;
    let error = error.unwrap();
    assert_stuck(&error);
    assert_snapshot!(error, @"`list_transfers` failed: Dots returns the list in a cycle: the cursor `b` was used before");
    assert_eq!((read, numbers.asked().len()), (ids(&["a", "b"]), 2));
}

#[tokio::test]
async fn a_page_that_comes_again_is_found_at_once_wherever_in_the_list_it_stands() {
    for good in 1..20 {
        let numbers = Numbers::told(move |call, _| Ok((vec![call.min(good).to_string()], Some(true))));
        let (read, error) = read(&numbers).await;
        assert_stuck(&error.unwrap());
        assert_eq!((read.len(), numbers.asked().len()), (good + 1, good + 2));
    }
}

#[tokio::test]
async fn a_page_that_comes_again_behind_the_row_of_the_caller_is_an_error() {
    let numbers = Numbers::told(|_, _| Ok((ids(&["a", "b"]), Some(true))));
    let mut items = numbers.list().after("b".to_owned()).items();
    assert_stuck(&items.next().await.unwrap().unwrap_err());
    let mut items = numbers.list().before("a".to_owned()).items();
    assert_stuck(&items.next().await.unwrap().unwrap_err());
    assert_eq!(numbers.asked().len(), 2);
}

#[tokio::test]
async fn a_list_that_goes_round_is_an_error_wherever_it_closes() {
    const TWO: &[(&str, &str)] = &[("", "a"), ("a", "b"), ("b", "a")];
    const LED_INTO: &[(&str, &str)] =
        &[("", "a"), ("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"), ("e", "c")];
    for (pairs, rows) in [(TWO, 2), (LED_INTO, 5)] {
        let numbers = Numbers::told(move |_, paging| Ok((vec![follows(pairs, paging)], Some(true))));
        let (read, error) = read(&numbers).await;
        assert_stuck(&error.unwrap());
        assert!(numbers.asked().len() <= 4 * rows, "{pairs:?}: {:?}", numbers.asked());
        assert!(read.len() < numbers.asked().len());
    }
}

#[tokio::test]
async fn a_long_cycle_is_found_too() {
    let numbers = Numbers::told(|_, paging| {
        let after = paging.starting_after.as_ref().map_or(0, |id| id.parse::<usize>().unwrap() + 1);
        Ok((vec![(after % 1_000).to_string()], Some(true)))
    });
    let mut items = numbers.list().items();
    let mut rows = 0;
    let error = loop {
        match items.next().await.unwrap() {
            Ok(_) => rows += 1,
            Err(error) => break error,
        }
        assert!(rows < 4_000, "the walk does not end");
    };
    assert_stuck(&error);
}

#[tokio::test]
async fn a_list_that_goes_round_backward_is_an_error() {
    let numbers = Numbers::told(|_, _| Ok((ids(&["a", "b"]), Some(true))));
    let mut items = numbers.list().before("c".to_owned()).items();
    let mut read = Vec::new();
    let error = loop {
        match items.next().await.unwrap() {
            Ok(row) => read.push(row.id.clone()),
            Err(error) => break error,
        }
    };
    assert_stuck(&error);
    assert_eq!((read, numbers.asked().len()), (ids(&["b", "a"]), 2));
}

#[tokio::test]
async fn a_bare_array_is_read_until_it_is_empty_and_not_until_it_is_short() {
    let numbers = Numbers::told(|call, _| {
        let rows: &[&str] = [&["a", "b"][..], &["c"], &["d", "e"], &[]][call];
        Ok((ids(rows), None))
    });
    let (read, error) = read(&numbers).await;
    assert!(error.is_none());
    assert_eq!((read, numbers.asked().len()), (ids(&["a", "b", "c", "d", "e"]), 4));
}

#[tokio::test]
async fn an_odd_id_is_shown_escaped_and_shortened() {
    let odd = "\u{202e}\n`".repeat(100);
    let numbers = Numbers::told(move |_, _| Ok((vec![odd.clone()], Some(true))));
    let (_, error) = read(&numbers).await;
    let shown = error.unwrap().to_string();
    assert!(shown.len() < 600 && !shown.contains(['\n', '\u{202e}']), "{shown}");
}

#[tokio::test]
async fn both_cursors_at_once_are_refused_before_anything_is_sent() {
    let id = || "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse().unwrap();
    let wire = Wire::start([Answer::json("200 OK", r#"{"data":[],"has_more":false}"#)]).await;
    let both = ListTransfers::new().starting_after(id()).ending_before(id());
    let dots = client_of(&wire.url());
    let error = dots.list(both.clone()).items().next().await.unwrap().unwrap_err();
    assert_eq!((error.outcome(), error.operation()), (Outcome::NotSent, Some("list_transfers")));
    assert_eq!(wire.requests().len(), 0);
    // A given starting point resolves it.
    assert_eq!(rest(&mut dots.list(both).after(id()).items()).await.unwrap(), ids(&[]));
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn an_array_of_apps_that_ignores_its_cursor_is_an_error_over_the_wire() {
    let wire = Wire::start([Answer::json("200 OK", r#"[{"id":"app-1"},{"id":"app-2"}]"#)]).await;
    let mut items = client_of(&wire.url()).list(ListApps::new()).items();
    let mut read = Vec::new();
    let error = loop {
        match items.next().await.unwrap() {
            Ok(app) => read.push(app.id.to_string()),
            Err(error) => break error,
        }
    };
    assert_eq!((error.outcome(), error.operation()), (Outcome::Unknown, Some("list_apps")));
    assert!(!error.may_have_moved_money(), "{error}");
    assert_eq!((read, wire.requests().len()), (ids(&["app-1", "app-2"]), 2));
    let lines: Vec<String> = wire.requests().iter().map(|request| request.line().to_owned()).collect();
    assert_snapshot!(lines.join("\n"), @r"
    GET /api/v2/apps?limit=100 HTTP/1.1
    GET /api/v2/apps?limit=100&starting_after=app-2 HTTP/1.1
    ");
}

#[tokio::test]
async fn a_page_that_cannot_be_read_names_nobody_and_ends_the_walk() {
    let body =
        r#"{"data":[{"id":"u1","email":"jo@example.com"},{"email":"mo@example.com"}],"has_more":true}"#;
    let wire = Wire::start([Answer::json("200 OK", body)]).await;
    let mut items = client_of(&wire.url()).list(ListUsers::new()).items();
    let error = items.next().await.unwrap().unwrap_err();
    assert!(!everything_shown(&error).contains("example.com"), "{error:?}");
    assert!(items.next().await.is_none());
    assert_eq!(items.cursor(), None);
}
