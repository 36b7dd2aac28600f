//! All paginated lists, against the sandbox.

use std::collections::BTreeSet;

use dots_api::{
    ListTransfers, ListUsers, OPERATIONS, Pagination, TransferStatus, TransferType, visit_cursor_lists,
};
use dots_api_ext::Outcome;
use serde_json::json;

use super::any_list::{AnyList, lists, rest};
use super::filled::{add_a_row_to_every_list, add_a_transfer, add_a_user, filled};
use crate::support::world::sandbox;

/// How many rows the tests add to each list; some have more.
const ROWS: usize = 5;

#[test]
fn every_operation_that_takes_cursors_is_a_list_that_can_be_walked() {
    let marked = OPERATIONS.iter().filter(|meta| meta.pagination == Pagination::Cursor);
    let marked: Vec<&str> = marked.map(|meta| meta.id).collect();
    let walked: Vec<&str> = lists().iter().map(|list| list.meta.id).collect();
    assert_eq!(marked, walked);
    assert_eq!(walked.len(), 13);
}

#[test]
fn a_list_keeps_its_filters_when_it_is_asked_for_another_page() {
    struct Rewrites(usize);
    impl dots_api::CursorListVisitor for Rewrites {
        fn visit<L: dots_api::CursorList + serde::Serialize + serde::de::DeserializeOwned>(&mut self) {
            let cursor = json!("3c90c3cc-0d44-4b50-8888-8dd25736052a");
            let cursor = if L::META.id == "list_transactions" { json!(7) } else { cursor };
            let whole = json!({ "limit": 7, "starting_after": cursor, "ending_before": cursor });
            let list: L = serde_json::from_value(whole.clone()).unwrap();
            let mut other: L = serde_json::from_value(json!({})).unwrap();
            other.set_paging(list.paging().cloned());
            assert_eq!(serde_json::to_value(&other).unwrap(), whole, "{}", L::META.id);
            other.set_paging(dots_api::Paging::default());
            assert_eq!(serde_json::to_value(&other).unwrap(), json!({}), "{}", L::META.id);
            self.0 += 1;
        }
    }
    let mut rewrites = Rewrites(0);
    visit_cursor_lists(&mut rewrites);
    assert_eq!(rewrites.0, 13);
}

#[tokio::test]
async fn every_list_gives_each_row_once_in_its_order_whatever_the_limit() {
    let (sandbox, dots) = filled(ROWS).await;
    for list in lists() {
        let all = list.at_once(&dots, json!({ "limit": 100 })).await;
        assert!(all.len() >= ROWS, "{list:?}: {all:?}");
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{list:?}: {all:?}");
        for limit in [1, 2, 3, 4, 5, 6, 99, 100] {
            assert_eq!(list.items(&dots, json!({ "limit": limit })).await.unwrap(), all, "{list:?}, {limit}");
        }
        assert_eq!(list.items(&dots, json!({})).await.unwrap(), all, "{list:?}");
    }
    assert_eq!(sandbox.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn every_list_is_read_backward_from_any_row() {
    let (_sandbox, dots) = filled(ROWS).await;
    for list in lists() {
        let all = list.at_once(&dots, json!({ "limit": 100 })).await;
        for limit in [1, 2, 3, 100] {
            for (place, row) in all.iter().enumerate() {
                let asked = json!({ "limit": limit, "ending_before": row });
                let nearest_first: Vec<String> = all[..place].iter().rev().cloned().collect();
                assert_eq!(list.items(&dots, asked).await.unwrap(), nearest_first, "{list:?}, {limit}");
            }
        }
    }
}

#[tokio::test]
async fn every_list_is_gone_on_with_behind_any_row() {
    let (_sandbox, dots) = filled(ROWS).await;
    for list in lists() {
        let all = list.at_once(&dots, json!({ "limit": 100 })).await;
        for (place, row) in all.iter().enumerate() {
            let asked = json!({ "limit": 2, "starting_after": row });
            assert_eq!(list.items(&dots, asked).await.unwrap(), all[place + 1..], "{list:?}");
        }
        assert_eq!(list.resumed_at_every_row(&dots, json!({ "limit": 3 })).await.unwrap(), all, "{list:?}");
        let last = all.last().unwrap();
        let back = list.resumed_at_every_row(&dots, json!({ "limit": 3, "ending_before": last })).await;
        assert_eq!(back.unwrap(), all[..all.len() - 1].iter().rev().cloned().collect::<Vec<_>>(), "{list:?}");
    }
}

/// The pages of a list, as the sandbox divides it.
fn cut(rows: &[String], size: usize) -> Vec<Vec<String>> {
    rows.chunks(size).map(<[String]>::to_vec).collect()
}

/// The pages without empty ones: a bare array does not say that it is the last page.
async fn pages(list: &AnyList, dots: &dots_api_ext::Dots, asked: serde_json::Value) -> Vec<Vec<String>> {
    let mut pages = list.pages(dots, asked).await.unwrap();
    if list.meta.id == "list_apps" {
        assert_eq!(pages.pop(), Some(Vec::new()), "{list:?}");
    }
    pages
}

#[tokio::test]
async fn every_list_comes_in_pages_of_the_size_that_was_asked_for() {
    let (_sandbox, dots) = filled(ROWS).await;
    for list in lists() {
        let all = list.at_once(&dots, json!({ "limit": 100 })).await;
        for limit in 1..=6 {
            let forward = pages(&list, &dots, json!({ "limit": limit })).await;
            assert_eq!(forward, cut(&all, limit), "{list:?}, {limit}");
        }
        // When a list is read backward, pages come in reverse order, and each page keeps the order of the list.
        let back = pages(&list, &dots, json!({ "limit": 2, "ending_before": all[3] })).await;
        assert_eq!(back, [vec![all[1].clone(), all[2].clone()], vec![all[0].clone()]], "{list:?}");
    }
}

#[tokio::test]
async fn an_empty_list_is_one_empty_page_and_no_row() {
    let (sandbox, dots) = sandbox().await;
    // The calling app always exists.
    for list in lists().into_iter().filter(|list| list.meta.id != "list_apps") {
        assert_eq!(list.items(&dots, json!({})).await.unwrap(), Vec::<String>::new(), "{list:?}");
        assert_eq!(list.pages(&dots, json!({})).await.unwrap(), [Vec::<String>::new()], "{list:?}");
    }
    assert_eq!(sandbox.requests().len(), 24);
}

#[tokio::test]
async fn a_row_that_is_added_while_any_list_is_read_makes_no_row_come_twice_or_never() {
    let (sandbox, dots) = filled(ROWS).await;
    for list in lists() {
        for limit in [1, 2] {
            let before = list.at_once(&dots, json!({ "limit": 100 })).await;
            let (adding, app) = (dots.clone(), sandbox.app_id());
            let meanwhile = Box::pin(async move { add_a_row_to_every_list(&adding, &app).await });
            let read = list.interrupted(&dots, json!({ "limit": limit }), meanwhile).await.unwrap();
            assert_eq!(read, before, "{list:?}, {limit}");
            let after = list.at_once(&dots, json!({ "limit": 100 })).await;
            assert!(after.len() > before.len() && after.ends_with(&before), "{list:?}");
        }
    }
}

#[tokio::test]
async fn the_filters_and_the_limit_go_with_every_page() {
    let (sandbox, dots) = sandbox().await;
    let (jo, mo) = (add_a_user(&dots, "2025550139").await, add_a_user(&dots, "2025550140").await);
    for _ in 0..4 {
        add_a_transfer(&dots, &jo).await;
        add_a_transfer(&dots, &mo).await;
    }
    let before = sandbox.requests().len();
    let list = ListTransfers::new()
        .user_id(jo.clone())
        .status(TransferStatus::Completed)
        .type_(TransferType::Balance)
        .reverse_order(true)
        .limit(3);
    let mut items = dots.list(list).items();
    let mut times = Vec::new();
    while let Some(transfer) = items.next().await {
        let transfer = transfer.unwrap();
        assert_eq!(transfer.user_id.as_ref(), Some(&jo));
        times.push(transfer.created);
    }
    assert!(times.len() == 4 && times.is_sorted(), "{times:?}");
    let wanted = format!("limit=3&reverse_order=true&status=completed&type=balance&user_id={jo}");
    let queries: Vec<String> =
        sandbox.requests()[before..].iter().map(|request| request.query.clone().unwrap()).collect();
    let without_cursor = |query: &String| {
        let mut pairs: Vec<&str> =
            query.split('&').filter(|pair| !pair.starts_with("starting_after=")).collect();
        pairs.sort_unstable();
        pairs.join("&")
    };
    assert_eq!(queries.iter().map(without_cursor).collect::<Vec<_>>(), [wanted.clone(), wanted]);
    assert_eq!(queries.iter().filter(|query| query.contains("starting_after=")).count(), 1);
}

#[tokio::test]
async fn a_list_without_a_limit_is_asked_for_a_hundred_rows_at_a_time() {
    let (sandbox, dots) = sandbox().await;
    let user = add_a_user(&dots, "2025550139").await;
    for _ in 0..101 {
        add_a_transfer(&dots, &user).await;
    }
    let before = sandbox.requests().len();
    assert_eq!(rest(&mut dots.list(ListTransfers::new()).items()).await.unwrap().len(), 101);
    let requests = sandbox.requests().split_off(before);
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request.query.as_ref().unwrap().contains("limit=100")));
}

#[tokio::test]
async fn a_limit_that_dots_does_not_allow_is_refused_by_dots() {
    let (_sandbox, dots) = sandbox().await;
    for limit in [-1, 0, 101] {
        let error = dots.list(ListUsers::new().limit(limit)).items().next().await.unwrap().unwrap_err();
        assert_eq!((error.outcome(), error.status()), (Outcome::Rejected, Some(400)), "{limit}");
    }
}
