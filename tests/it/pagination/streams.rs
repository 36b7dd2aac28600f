//! The contract of the streams: prefetching, dropping and memory.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use dots_api::{ClientError, CursorList, ListTransfers, Operation, Paging};
use dots_api_ext::{Items, Outcome, Pages};
use futures_core::Stream;
use futures_core::stream::FusedStream;

use super::any_list::rest;
use super::numbers::{Numbers, page_of_numbers};

/// The texts of the numbers from 0.
fn numbers_below(end: i64) -> Vec<String> {
    (0..end).map(|number| number.to_string()).collect()
}

/// Awaits the next of any stream, as other crates do.
async fn next_of<S: Stream + Unpin>(stream: &mut S) -> Option<S::Item> {
    poll_fn(|cx| Pin::new(&mut *stream).poll_next(cx)).await
}

/// A call that fails before anything is sent.
fn failed() -> ClientError {
    ClientError::InvalidRequest { operation: ListTransfers::META, why: "the test says so".to_owned() }
}

#[test]
fn the_streams_can_be_sent_to_a_task_and_held_anywhere() {
    fn accept<S: FusedStream + Send + Unpin + 'static>() {}
    accept::<Pages<ListTransfers>>();
    accept::<Items<ListTransfers>>();
}

#[tokio::test]
async fn every_limit_gives_every_row_both_ways_with_and_without_prefetching() {
    const ROWS: i64 = 250;
    let backward: Vec<String> = numbers_below(ROWS).into_iter().rev().collect();
    for limit in 1..=100 {
        for prefetch in [false, true] {
            let mut numbers = Numbers::below(ROWS);
            CursorList::set_paging(&mut numbers, Paging::new().limit(limit));
            let list = || if prefetch { numbers.list().prefetch() } else { numbers.list() };
            assert_eq!(rest(&mut list().items()).await.unwrap(), numbers_below(ROWS), "{limit}");
            let mut back = list().before(ROWS.to_string()).items();
            assert_eq!(rest(&mut back).await.unwrap(), backward, "{limit}");
            let pages = 2 * usize::try_from((ROWS + limit - 1) / limit).unwrap();
            assert_eq!(numbers.asked().len(), pages, "{limit}, prefetch: {prefetch}");
            assert!(numbers.asked().iter().all(|paging| paging.limit == Some(limit)));
        }
    }
}

#[tokio::test]
async fn a_stream_gives_what_next_gives_and_stays_ended() {
    let numbers = Numbers::below(250);
    let mut items = numbers.list().items();
    let mut read = Vec::new();
    assert!(!items.is_terminated());
    while let Some(row) = next_of(&mut items).await {
        read.push(row.unwrap().id.clone());
    }
    assert_eq!(read, numbers_below(250));
    assert!(items.is_terminated() && next_of(&mut items).await.is_none());
    let mut pages = numbers.list().pages();
    let mut sizes = Vec::new();
    while let Some(page) = next_of(&mut pages).await {
        sizes.push(Numbers::rows(&page.unwrap()).len());
    }
    assert_eq!(sizes, [100, 100, 50]);
    assert!(pages.is_terminated() && next_of(&mut pages).await.is_none());
    assert_eq!(numbers.asked().len(), 6);
}

#[tokio::test]
async fn nothing_is_asked_for_before_the_first_row_is() {
    let numbers = Numbers::below(250);
    let items = numbers.list().prefetch().items();
    let pages = numbers.list().prefetch().pages();
    assert_eq!((items.cursor(), pages.cursor()), (None, None));
    drop((items, pages));
    assert_eq!(numbers.asked(), []);
}

#[tokio::test]
async fn the_cursor_of_rows_is_the_row_in_hand_and_that_of_pages_the_end_of_the_page() {
    for prefetch in [false, true] {
        let numbers = Numbers::below(250);
        let list = || if prefetch { numbers.list().prefetch() } else { numbers.list() };
        let mut items = list().after("9".to_owned()).items();
        assert_eq!(items.cursor().unwrap(), "9");
        for row in 10..250 {
            items.next().await.unwrap().unwrap();
            assert_eq!(items.cursor().unwrap(), &row.to_string());
        }
        let mut pages = list().before("240".to_owned()).pages();
        for cursor in ["140", "40", "0"] {
            pages.next().await.unwrap().unwrap();
            assert_eq!(pages.cursor().unwrap(), cursor);
        }
        assert!(items.next().await.is_none() && pages.next().await.is_none());
        assert_eq!((items.cursor().unwrap().as_str(), pages.cursor().unwrap().as_str()), ("249", "0"));
    }
}

#[tokio::test]
async fn prefetching_asks_for_one_page_ahead_and_never_for_two() {
    for (prefetch, ahead) in [(false, 0), (true, 1)] {
        let numbers = Numbers::below(1_000);
        let list = if prefetch { numbers.list().prefetch() } else { numbers.list() };
        let mut items = list.items();
        for row in 0..1_000 {
            assert_eq!(items.next().await.unwrap().unwrap().id, row.to_string());
            let page = row / 100 + 1;
            assert_eq!(numbers.asked().len(), 10.min(page + ahead), "row {row}, prefetch: {prefetch}");
        }
        assert!(items.next().await.is_none());
        assert_eq!(numbers.asked().len(), 10);
    }
}

#[tokio::test]
async fn what_fails_ahead_of_time_is_asked_again_when_its_turn_has_come() {
    let numbers = Numbers::told(|call, paging| match call {
        1 => Err(failed()),
        _ => Ok(page_of_numbers(250, paging)),
    });
    assert_eq!(rest(&mut numbers.list().prefetch().items()).await.unwrap(), numbers_below(250));
    assert_eq!(numbers.asked().len(), 4);
    let numbers = Numbers::told(|call, paging| match call {
        1 | 2 => Err(failed()),
        _ => Ok(page_of_numbers(250, paging)),
    });
    let mut pages = numbers.list().prefetch().pages();
    pages.next().await.unwrap().unwrap();
    assert_eq!(pages.next().await.unwrap().unwrap_err().outcome(), Outcome::NotSent);
    assert!(pages.next().await.is_none());
    assert_eq!((numbers.asked().len(), pages.cursor().unwrap().as_str()), (3, "99"));
}

#[tokio::test]
async fn a_walk_that_is_dropped_in_the_middle_asks_for_nothing_more_and_leaves_nothing_behind() {
    for prefetch in [false, true] {
        let numbers = Numbers::below(1_000);
        let list = if prefetch { numbers.list().prefetch() } else { numbers.list() };
        let mut items = list.items();
        for _ in 0..150 {
            items.next().await.unwrap().unwrap();
        }
        let asked = numbers.asked().len();
        drop(items);
        tokio::task::yield_now().await;
        assert_eq!((numbers.asked().len(), numbers.alive()), (asked, 0), "prefetch: {prefetch}");
    }
}

#[tokio::test]
async fn a_wait_that_is_dropped_loses_no_row_and_asks_for_no_page_twice() {
    let numbers = Numbers::below(250);
    numbers.close(true);
    let mut items = numbers.list().items();
    for _ in 0..3 {
        let mut cx = Context::from_waker(Waker::noop());
        let wait = pin!(items.next());
        assert!(matches!(wait.poll(&mut cx), Poll::Pending));
    }
    assert_eq!(numbers.asked().len(), 1);
    numbers.close(false);
    assert_eq!(rest(&mut items).await.unwrap(), numbers_below(250));
    assert_eq!(numbers.asked().len(), 3);
}

#[tokio::test]
async fn a_page_that_is_still_on_its_way_does_not_hold_up_the_rows_in_hand() {
    let numbers = Numbers::below(250);
    let mut items = numbers.list().prefetch().items();
    items.next().await.unwrap().unwrap();
    numbers.close(true);
    for row in 1..200 {
        // The second page has arrived already; the third, requested with its first row, is held back.
        assert_eq!(items.next().await.unwrap().unwrap().id, row.to_string());
    }
    assert_eq!(numbers.asked().len(), 3);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(matches!(pin!(items.next()).poll(&mut cx), Poll::Pending));
    numbers.close(false);
    assert_eq!(rest(&mut items).await.unwrap(), numbers_below(250)[200..]);
}

#[tokio::test]
async fn a_hundred_thousand_rows_are_read_with_one_page_alive_and_two_with_prefetching() {
    const ROWS: i64 = 100_000;
    for (prefetch, most) in [(false, 100), (true, 200)] {
        let numbers = Numbers::below(ROWS);
        let list = if prefetch { numbers.list().prefetch() } else { numbers.list() };
        let mut items = list.items();
        let mut sum = 0;
        while let Some(row) = items.next().await {
            sum += row.unwrap().id.parse::<i64>().unwrap();
        }
        assert_eq!((sum, numbers.asked().len()), (ROWS * (ROWS - 1) / 2, 1_000));
        assert!((1..=most).contains(&numbers.most_alive()), "{} rows alive", numbers.most_alive());
        assert_eq!(numbers.alive(), 0);
    }
}

#[tokio::test]
async fn a_debug_shows_how_far_a_walk_has_come_and_no_row() {
    let numbers = Numbers::below(250);
    let mut items = numbers.list().items();
    items.next().await.unwrap().unwrap();
    let shown = format!("{items:?}");
    assert!(
        shown.contains("buffered_rows: 99") && shown.contains(r#"starting_after: Some("99")"#),
        "{shown}"
    );
    assert!(!shown.contains("Number {"), "{shown}");
}
