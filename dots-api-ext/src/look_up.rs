//! What became of a call whose answer was lost: looking for what it made, without making anything.

mod matches;

use std::pin::Pin;

use dots_api::{CursorList, Operation, Timestamp};

use crate::dots::Dots;
use crate::error::Error;

/// How many objects are returned that could each be the one.
const MOST_CANDIDATES: usize = 100;

/// Names the operations whose results can be looked for in a list.
///
/// No list of Dots can be searched by key (apireference/transfers/list-all-transfers), and only batches show theirs; so
/// the others are told apart by your own `metadata`. Put something of yours into it, such as the invoice number, and
/// what a lost call made can be found again for certain.
pub trait LookUp: Operation {
    /// The list that shows what the operation makes.
    type List: CursorList<Row = Self::Output>;

    /// Returns the list, as short as its filters make it.
    fn list(&self, since: Option<Timestamp>) -> Self::List;

    /// Says whether a row is what this very call made.
    fn is_made_by(&self, row: &Self::Output) -> Match;

    /// Returns when a row was made, if it says so.
    fn created(row: &Self::Output) -> Option<Timestamp>;
}

/// Says how much a row looks like what a call was to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// It carries the call's own key or metadata.
    Exact,
    /// Amount and recipient agree, and nothing tells for certain.
    Possible,
    /// It is something else.
    Different,
}

/// Says what was found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Found<T> {
    /// The call was carried out, and made this: no other row has its metadata, amount and recipient, or its key.
    ///
    /// That is certain where no other call carries the same metadata, as with an invoice number in it.
    Made(T),
    /// One of these may be what the call made; nothing tells for certain. At most 100 are returned.
    Candidates(Vec<T>),
    /// The list that shows what the operation makes has nothing like it.
    ///
    /// That is no proof: a list may lag behind, the request may be under way still, and for a user with a saved method
    /// [`SendPayout`](dots_api::SendPayout) may show among the transfers rather than among the links; no page says. Ask
    /// again with the same key while Dots remembers it, and let somebody look at it afterwards.
    NotFound,
}

/// Holds a search that begins when it is awaited.
#[derive(Clone, Debug)]
#[must_use = "nothing is looked for until this is awaited"]
pub struct LookingUp<O> {
    dots: Dots,
    operation: O,
    since: Option<Timestamp>,
}

impl Dots {
    /// Poller for what a call has made whose error left it unknown.
    ///
    /// It reads lists and changes nothing. Lists of payout links cannot be filtered, and are read to their end.
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
    ///         Found::NotFound => println!("nothing shows so far; ask again with the same key"),
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
    /// Passes over what was made earlier; give a time some minutes before the call, for clocks differ.
    pub fn since(mut self, time: Timestamp) -> Self {
        self.since = Some(time);
        self
    }

    async fn look(self) -> Result<Found<O::Output>, Error> {
        let mut rows = self.dots.list(self.operation.list(self.since)).items();
        let (mut same, mut alike) = (Vec::new(), Vec::new());
        while let Some(row) = rows.next().await.transpose()? {
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
}

impl<O: LookUp> IntoFuture for LookingUp<O> {
    type Output = Result<Found<O::Output>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.look())
    }
}
