//! The pager: the cursor of the next page, the request in flight, and the conditions under which a list stops.

use std::fmt::{self, Debug, Display};
use std::pin::Pin;
use std::task::{Context, Poll};

use dots_api::CursorList;

use super::List;
use super::cycle::Cycle;
use crate::dots::Dots;
use crate::error::{Error, ErrorKind, Outcome};
use crate::reply::Reply;

/// The default page size: the most that Dots returns (any list page).
const LIMIT: i64 = 100;

/// The direction in which a list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// In the order of the list, by `starting_after`.
    Forward,
    /// Against the order of the list, by `ending_before`.
    Backward,
}

/// Requests one page after the other.
pub(super) struct Pager<L: CursorList> {
    dots: Dots,
    /// The operation that requests the next page; its cursor is the position in the list.
    next: L,
    direction: Direction,
    prefetch: bool,
    cycle: Cycle<L::RowId>,
    asked: Option<Asked<L::Output>>,
    /// The cursor of the current page.
    came_from: Option<L::RowId>,
    /// Why the list cannot be continued after the current page.
    stuck: Option<Error>,
    /// Whether the last page has been requested.
    ended: bool,
}

/// The result of a call.
type Answer<T> = Result<Reply<T>, Error>;

/// A page that was requested.
struct Asked<T> {
    call: Pin<Box<dyn Future<Output = Answer<T>> + Send>>,
    /// The answer, if it has arrived and has not been taken.
    answer: Option<Answer<T>>,
    /// Whether it was prefetched.
    ahead: bool,
}

impl<T> Asked<T> {
    /// Polls the call.
    fn drive(&mut self, cx: &mut Context<'_>) {
        if self.answer.is_none()
            && let Poll::Ready(answer) = self.call.as_mut().poll(cx)
        {
            self.answer = Some(answer);
        }
    }
}

impl<L: CursorList> Pager<L> {
    pub(super) fn new(list: List<L>) -> Self {
        let List { dots, operation: mut next, prefetch } = list;
        let mut paging = next.paging().cloned();
        paging.limit = paging.limit.or(Some(LIMIT));
        let backward = paging.starting_after.is_none() && paging.ending_before.is_some();
        let direction = if backward { Direction::Backward } else { Direction::Forward };
        let cycle = Cycle::new(paging.starting_after.clone().or_else(|| paging.ending_before.clone()));
        next.set_paging(paging);
        let (asked, came_from, stuck) = (None, None, None);
        Self { dots, next, direction, prefetch, cycle, asked, came_from, stuck, ended: false }
    }

    /// Returns the list that continues from here.
    pub(super) fn into_list(self) -> List<L> {
        List { dots: self.dots, operation: self.next, prefetch: self.prefetch }
    }

    pub(super) fn direction(&self) -> Direction {
        self.direction
    }

    pub(super) fn cursor(&self) -> Option<&L::RowId> {
        let paging = self.next.paging();
        match self.direction {
            Direction::Forward => paging.starting_after,
            Direction::Backward => paging.ending_before,
        }
    }

    /// Returns the cursor of the current page, from which the page can be read again.
    pub(super) fn came_from(&self) -> Option<&L::RowId> {
        self.came_from.as_ref()
    }

    /// Whether neither a page nor an error will follow.
    pub(super) fn is_over(&self) -> bool {
        self.ended && self.asked.is_none() && self.stuck.is_none()
    }

    /// Polls the prefetched page.
    pub(super) fn drive_ahead(&mut self, cx: &mut Context<'_>) {
        if let Some(asked) = &mut self.asked {
            asked.drive(cx);
        }
    }

    /// Polls for the next page; `None` after the last one and after an error.
    pub(super) fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Answer<L::Output>>> {
        loop {
            let mut asked = match self.asked.take() {
                Some(asked) => asked,
                None if self.ended => return Poll::Ready(self.stuck.take().map(Err)),
                None => self.ask(false),
            };
            asked.drive(cx);
            let outcome = match asked.answer.take() {
                None => {
                    self.asked = Some(asked);
                    return Poll::Pending;
                }
                // Nothing polled it meanwhile: it may have timed out while the page before was being read.
                Some(Err(error)) if asked.ahead && error.outcome() != Outcome::Rejected => continue,
                Some(answer) => answer.and_then(|page| self.advance(&page).map(|()| page)),
            };
            self.ended |= outcome.is_err();
            if self.prefetch && !self.ended {
                let mut ahead = self.ask(true);
                ahead.drive(cx);
                self.asked = Some(ahead);
            }
            return Poll::Ready(Some(outcome));
        }
    }

    fn ask(&self, ahead: bool) -> Asked<L::Output> {
        let (dots, operation) = (self.dots.clone(), self.next.clone());
        let call = Box::pin(async move {
            let paging = operation.paging();
            if paging.starting_after.is_some() && paging.ending_before.is_some() {
                let why = "a list is read from `starting_after` on or back from `ending_before`, not both";
                return Err(Error::not_sent(why).of(L::META, None));
            }
            dots.run(operation).await
        });
        Asked { call, answer: None, ahead }
    }

    /// Advances the cursor past a page, or says why the list cannot be continued.
    fn advance(&mut self, page: &L::Output) -> Result<(), Error> {
        let (rows, more) = (L::rows(page), L::has_more(page));
        let outermost = match self.direction {
            Direction::Forward => rows.last(),
            Direction::Backward => rows.first(),
        };
        let Some(row) = outermost else {
            if more == Some(true) {
                return Err(stuck::<L>(
                    "Dots says that more rows follow an empty page, which has no row to continue from",
                ));
            }
            self.ended = true;
            return Ok(());
        };
        let id = L::row_id(row);
        // Without `has_more`, only an empty page is certainly the last: Dots may return fewer rows than the limit.
        self.ended = more == Some(false);
        if is_missing(id) {
            self.came_from = self.cursor().cloned();
            if !self.ended {
                // The rows themselves are valid: they are yielded, and the error follows them.
                let what = "Dots says that more rows follow, but the row to continue from has no id";
                (self.stuck, self.ended) = (Some(stuck::<L>(what)), true);
            }
            return Ok(());
        }
        if !self.ended && (self.cursor() == Some(id) || self.cycle.closes_with(id)) {
            let what =
                format!("Dots returns the list in a cycle: the cursor `{}` was used before", excerpt(id));
            return Err(stuck::<L>(what));
        }
        self.go_to(id.clone());
        Ok(())
    }

    /// Sets the cursor of the next page.
    fn go_to(&mut self, id: L::RowId) {
        let mut paging = self.next.paging().cloned();
        let cursor = match self.direction {
            Direction::Forward => &mut paging.starting_after,
            Direction::Backward => &mut paging.ending_before,
        };
        self.came_from = cursor.replace(id);
        self.next.set_paging(paging);
    }
}

/// Says whether an id is missing: Dots left it out, or it is empty.
pub(super) fn is_missing(id: &impl Display) -> bool {
    id.to_string().is_empty()
}

impl<L: CursorList> Debug for Pager<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pager")
            .field("next", &self.next)
            .field("direction", &self.direction)
            .field("prefetch", &self.prefetch)
            .field("in_flight", &self.asked.is_some())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// Creates the error of a list that cannot be continued.
///
/// Dots refused nothing, so the outcome is that of any answer that cannot be read. No money has moved: a list only reads.
fn stuck<L: CursorList>(what: impl Into<String>) -> Error {
    Error::new(Outcome::Unknown, what.into()).of_kind(ErrorKind::Unreadable).of(L::META, None)
}

/// Shortens and escapes an id for an error message, since an id in an answer may be any text.
fn excerpt(id: &impl Display) -> String {
    id.to_string().chars().take(64).flat_map(char::escape_debug).collect()
}
