//! An in-memory list: it creates pages on request, and counts the rows that are alive.

use std::fmt::{self, Debug};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::Poll;

use dots_api::{
    Client, ClientError, CursorList, ListTransfers, Operation, OperationMeta, Paging, Request, Response,
};
use dots_api_ext::{Dots, List};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Deserializer};

use crate::support::wire::nobody;
use crate::support::world::client_of;

/// The content of a page: the ids of its rows, and whether more follow.
pub(super) type Told = (Vec<String>, Option<bool>);

/// Creates a page, or the error of the call.
pub(super) type Teller = dyn Fn(usize, &Paging<String>) -> Result<Told, ClientError> + Send + Sync;

/// The state that all clones of a [`Numbers`] share.
pub(super) struct Book {
    tell: Box<Teller>,
    closed: AtomicBool,
    asked: Mutex<Vec<Paging<String>>>,
    alive: AtomicUsize,
    most_alive: AtomicUsize,
}

/// The list operation, which answers itself without a client.
#[derive(Clone)]
pub(super) struct Numbers {
    paging: Paging<String>,
    book: Arc<Book>,
}

/// A page of the list.
#[derive(Debug)]
pub(super) struct NumberPage {
    rows: Vec<Number>,
    more: Option<bool>,
}

/// A row of the list, counted while it is alive.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) id: String,
    book: Arc<Book>,
}

impl Numbers {
    /// A list whose pages are a function of the number of the call, from 0, and the requested paging.
    pub(super) fn told(
        tell: impl Fn(usize, &Paging<String>) -> Result<Told, ClientError> + Send + Sync + 'static,
    ) -> Self {
        let book = Book {
            tell: Box::new(tell),
            closed: AtomicBool::new(false),
            asked: Mutex::default(),
            alive: AtomicUsize::new(0),
            most_alive: AtomicUsize::new(0),
        };
        Self { paging: Paging::default(), book: Arc::new(book) }
    }

    /// The list of the numbers below `end`.
    pub(super) fn below(end: i64) -> Self {
        Self::told(move |_, paging| Ok(page_of_numbers(end, paging)))
    }

    /// The list, read by a client without a server.
    pub(super) fn list(&self) -> List<Self> {
        OFFLINE.list(self.clone())
    }

    /// The requests, in order.
    pub(super) fn asked(&self) -> Vec<Paging<String>> {
        self.book.asked.lock().unwrap().clone()
    }

    /// The peak number of rows alive, including those that the reader held.
    pub(super) fn most_alive(&self) -> usize {
        self.book.most_alive.load(Ordering::SeqCst)
    }

    /// The number of rows alive.
    pub(super) fn alive(&self) -> usize {
        self.book.alive.load(Ordering::SeqCst)
    }

    /// Holds answers back, or releases them.
    pub(super) fn close(&self, closed: bool) {
        self.book.closed.store(closed, Ordering::SeqCst);
    }
}

/// A client without a server. Creating a client is slow, and these clients send nothing, so the tests share one.
static OFFLINE: LazyLock<Dots> = LazyLock::new(|| client_of(&nobody()));

/// A page of the numbers below `end`, divided as Dots does.
pub(super) fn page_of_numbers(end: i64, paging: &Paging<String>) -> Told {
    let number = |id: &String| id.parse::<i64>().unwrap();
    let limit = paging.limit.unwrap();
    let (first, behind_last) = match &paging.ending_before {
        Some(id) => ((number(id) - limit).max(0), number(id)),
        None => {
            let first = paging.starting_after.as_ref().map_or(0, |id| number(id) + 1);
            (first, (first + limit).min(end))
        }
    };
    let more = if paging.ending_before.is_some() { first > 0 } else { behind_last < end };
    ((first..behind_last).map(|number| number.to_string()).collect(), Some(more))
}

impl dots_api::sealed::Sealed for Numbers {}

impl Operation for Numbers {
    type Output = NumberPage;
    const META: &'static OperationMeta = ListTransfers::META;

    fn request(&self, client: &Client) -> Result<Request, ClientError> {
        ListTransfers::new().request(client)
    }

    fn read(_: &[u8]) -> serde_json::Result<NumberPage> {
        Err(serde::de::Error::custom("the list is carried out without bytes"))
    }

    async fn send(&self, _: &Client) -> Result<Response<NumberPage>, ClientError> {
        let number = {
            let mut asked = self.book.asked.lock().unwrap();
            asked.push(self.paging.clone());
            asked.len() - 1
        };
        std::future::poll_fn(|cx| {
            if self.book.closed.load(Ordering::SeqCst) {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
        let (ids, more) = (self.book.tell)(number, &self.paging)?;
        let rows = ids.into_iter().map(|id| Number::new(id, &self.book)).collect();
        Ok(Response::new(StatusCode::OK, HeaderMap::new(), NumberPage { rows, more }))
    }
}

impl CursorList for Numbers {
    type Row = Number;
    type RowId = String;

    fn paging(&self) -> Paging<&String> {
        let mut paging = Paging::new();
        paging.starting_after = self.paging.starting_after.as_ref();
        paging.ending_before = self.paging.ending_before.as_ref();
        paging.limit = self.paging.limit;
        paging
    }

    fn set_paging(&mut self, paging: Paging<String>) {
        self.paging = paging;
    }

    fn rows(page: &NumberPage) -> &[Number] {
        &page.rows
    }

    fn into_rows(page: NumberPage) -> Vec<Number> {
        page.rows
    }

    fn has_more(page: &NumberPage) -> Option<bool> {
        page.more
    }

    fn row_id(row: &Number) -> &String {
        &row.id
    }
}

impl Number {
    fn new(id: String, book: &Arc<Book>) -> Self {
        let alive = book.alive.fetch_add(1, Ordering::SeqCst) + 1;
        book.most_alive.fetch_max(alive, Ordering::SeqCst);
        Self { id, book: Arc::clone(book) }
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        self.book.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<'de> Deserialize<'de> for NumberPage {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("the list is carried out without bytes"))
    }
}

impl Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book").field("alive", &self.alive).finish_non_exhaustive()
    }
}

impl Debug for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Numbers").field("paging", &self.paging).finish_non_exhaustive()
    }
}
