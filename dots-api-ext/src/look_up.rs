//! Reconciliation: finds the object that a call created when its answer was lost, without sending the call again.

mod matches;

use std::fmt;
use std::pin::Pin;

use dots_api::{CursorList, Operation, Timestamp};

use crate::dots::Dots;
use crate::error::{Advice, Error, Outcome};

/// The most candidates that are returned.
const MOST_CANDIDATES: usize = 100;

/// Marks the operations whose results can be found in a list.
///
/// No list of Dots can be searched by idempotency key ([apireference/transfers/list-all-transfers]), and only batches
/// show theirs. Other objects are matched by your own `metadata`: put a unique value into it, such as the invoice
/// number, and the object that a lost call created can be identified with certainty.
///
/// No other crate implements it, so that methods can be added.
///
/// [apireference/transfers/list-all-transfers]: https://docs.dots.dev/apireference/transfers/list-all-transfers
pub trait LookUp: Operation + sealed::Sealed {
    /// The list that contains the objects that the operation creates.
    type List: CursorList<Row = Self::Output>;

    /// Returns the list operation, with the narrowest filters that it supports.
    fn list(&self, since: Option<Timestamp>) -> Self::List;

    /// Compares a row with what this call would have created.
    fn is_made_by(&self, row: &Self::Output) -> Match;

    /// Returns when a row was created, if it says so.
    fn created(row: &Self::Output) -> Option<Timestamp>;
}

mod sealed {
    /// Restricts [`LookUp`](super::LookUp) to the operations of this crate.
    pub trait Sealed {}
}

/// How well a row matches a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// The row carries the call's own key or metadata.
    Exact,
    /// Amount and recipient agree, but neither key nor metadata confirms the match.
    Possible,
    /// The row belongs to another call.
    Different,
}

/// The result of a lookup.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Found<T> {
    /// The call was carried out, and created this object: it alone has the call's metadata, amount and recipient, or
    /// the call's key.
    ///
    /// That is certain if no other call carries the same metadata, as with an invoice number in it.
    Made(T),
    /// Each of these may be the object that the call created; none is certain. At most 100 are returned.
    Candidates(Vec<T>),
    /// The list contains no matching object.
    ///
    /// That does not prove that nothing was paid. The list may lag behind, or the request may still be in flight. And
    /// Dots does not document whether a [`SendPayout`](dots_api::SendPayout) to a user with a saved payout method
    /// appears among the payout links or among the transfers. Send the call again with the same key while Dots
    /// remembers it; after that, have a person check.
    NotFound,
}

/// A lookup, which starts when it is awaited.
#[derive(Clone)]
#[must_use = "nothing is read until it is awaited"]
pub struct LookingUp<O> {
    dots: Dots,
    operation: O,
    since: Option<Timestamp>,
}

impl Dots {
    /// Looks up the object that a call created, after an error with an unknown outcome.
    ///
    /// It only reads lists. Lists of payout links cannot be filtered, and are read to their end.
    ///
    /// # Errors
    /// Returns an error when the list cannot be read. It is an error of the call that is looked for, whose outcome stays
    /// [`Unknown`](Outcome::Unknown), and holds its key; its source is the error of the read. It is never
    /// [retryable](Error::is_retryable), which would mean to send the call again: look it up again.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use dots_api_ext::{Cents, Dots, Metadata, Payee, RetryPolicy};
    /// # use dots_sandbox::{Fault, Sandbox, When};
    /// # let sandbox = Sandbox::start().await?;
    /// # let credentials = sandbox.credentials();
    /// # let dots = Dots::builder()
    /// #     .credentials(credentials.client_id, credentials.api_key)
    /// #     .environment(sandbox.url().parse()?)
    /// #     .retry(RetryPolicy::none())
    /// #     .build()?;
    /// # sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    /// use dots_api_ext::Found;
    ///
    /// let payout = dots
    ///     .send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"))
    ///     .metadata(Metadata::from_iter([("invoice", "881")]))
    ///     .into_operation()?;
    /// if let Err(error) = dots.run(payout.clone()).await
    ///     && error.may_have_moved_money()
    /// {
    ///     match dots.look_up(payout).await? {
    ///         Found::Made(link) => println!("it was paid, by link {}", link.id),
    ///         Found::Candidates(links) => println!("it may be one of {}", links.len()),
    ///         Found::NotFound => println!("nothing shows so far; retry with the same key"),
    ///         _ => println!("not known; do not pay it again"),
    ///     }
    /// }
    /// # assert_eq!(sandbox.links(), 1);
    /// # Ok(()) }
    /// ```
    pub fn look_up<O: LookUp>(&self, operation: O) -> LookingUp<O> {
        LookingUp { dots: self.clone(), operation, since: None }
    }
}

impl<O: LookUp> LookingUp<O> {
    /// Ignores objects that were created earlier. Pass a time some minutes before the call, since clocks differ.
    pub fn since(mut self, time: Timestamp) -> Self {
        self.since = Some(time);
        self
    }

    async fn look(self) -> Result<Found<O::Output>, Error> {
        let mut rows = self.dots.list(self.operation.list(self.since)).items();
        let (mut same, mut alike) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next().await.transpose().map_err(|error| self.failed(error))? {
            if O::created(&row).zip(self.since).is_some_and(|(created, since)| created < since) {
                continue;
            }
            let kept = match self.operation.is_made_by(&row) {
                Match::Exact => &mut same,
                Match::Possible => &mut alike,
                Match::Different => continue,
            };
            if kept.len() < MOST_CANDIDATES {
                kept.push(row);
            }
        }
        Ok(match (same.len(), alike.len()) {
            (1, _) => same.pop().map_or(Found::NotFound, Found::Made),
            (0, 0) => Found::NotFound,
            (0, _) => Found::Candidates(alike),
            (_, _) => Found::Candidates(same),
        })
    }

    /// Makes the error of a look-up of that of a read, which says nothing of the call that is looked for.
    fn failed(&self, read: Error) -> Error {
        let key = self.operation.idempotency_key();
        // Sending again is not advised, even with the key: a look-up is made where Dots may have forgotten it.
        let advice = Advice { retry_after: read.retry_after(), ..Advice::default() };
        let error = Error::new(Outcome::Unknown, "it could not be looked up").of_kind(read.kind());
        error.of(O::META, key).with_advice(advice).because(read)
    }
}

impl<O: LookUp> fmt::Debug for LookingUp<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LookingUp({}, {})", O::META.id, self.dots.environment())
    }
}

impl<O: LookUp> IntoFuture for LookingUp<O> {
    type Output = Result<Found<O::Output>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.look())
    }
}
