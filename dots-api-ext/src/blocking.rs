//! The blocking client, for programs that are not async.
//!
//! [`Dots`] waits on the thread that calls it. Everything of the async client is there: its methods build a call, a list
//! or a wait, and [`Dots::wait`] and [`Dots::iter`] wait for what they have built.
//!
//! # Examples
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let world = tokio::runtime::Runtime::new()?;
//! # let sandbox = world.block_on(dots_sandbox::Sandbox::start())?;
//! # let url = sandbox.url();
//! use dots_api_ext::{Cents, Environment, Payee, blocking};
//!
//! let dots = blocking::Dots::new(
//!     dots_api_ext::Dots::builder()
//!         .credentials("pk_dev_sandbox", "sk_dev_sandbox")
//!         .environment(url.parse()?)
//!         .build()?,
//! );
//! let payee = Payee::phone("1", "2025550139");
//! let payout = dots.wait(dots.send_payout(Cents::new(1_000), payee).reference("invoice-881"))?;
//! println!("{} is {}", payout.id, payout.status);
//! # assert_eq!(sandbox.paid("2025550139"), 1_000);
//! # Ok(()) }
//! ```

mod driver;

use std::future::poll_fn;
use std::net::IpAddr;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use dots_api::{AppId, Operation};
use futures_core::Stream;
use http::{HeaderName, HeaderValue};

use self::driver::Driver;
use crate::{EarlierSends, Error, Reply, RetryPolicy};

/// Calls Dots as [`crate::Dots`] does, and waits on the thread that calls it.
///
/// Cloning is cheap. Clones share one thread, which starts with the first call and drives their connections; any number
/// of threads may call at the same time, and none waits for another. Dropping the last clone ends the thread without
/// waiting for it.
///
/// Methods that it does not have itself are those of the async client, to which it derefs.
#[derive(Clone, Debug)]
pub struct Dots {
    dots: crate::Dots,
    driver: Arc<Driver>,
}

/// The items of a stream, one after the other; see [`Dots::iter`].
#[derive(Debug)]
pub struct Iter<S> {
    stream: S,
    driver: Arc<Driver>,
}

impl Dots {
    /// Creates a blocking client of an async one.
    #[must_use]
    pub fn new(dots: crate::Dots) -> Self {
        Self { dots, driver: Arc::default() }
    }

    /// Creates a client from the environment's variables, which are those of [`crate::Dots::from_env`].
    ///
    /// # Errors
    /// Returns an error as [`crate::Dots::from_env`] does.
    pub fn from_env() -> Result<Self, Error> {
        crate::Dots::from_env().map(Self::new)
    }

    /// Sends any operation of the API, as [`crate::Dots::run`] does.
    ///
    /// # Errors
    /// Returns an error as [`wait`](Self::wait) does.
    pub fn run<O: Operation>(&self, operation: O) -> Result<Reply<O::Output>, Error> {
        self.block_on(|dots| dots.run(operation))
    }

    /// Waits for a call, for a status or for a look-up: anything that awaiting it in an async program would give.
    ///
    /// # Errors
    /// Returns the error of the call; and one that says [`NotSent`](crate::Outcome::NotSent) on a thread of an async
    /// runtime, which waiting would stop, and in a process that was forked after the first call. The threads of
    /// `spawn_blocking` are among the former: there, the async client is at hand.
    ///
    /// # Examples
    /// See [the module](self).
    pub fn wait<T, E: From<Error>>(&self, call: impl IntoFuture<Output = Result<T, E>>) -> Result<T, E> {
        self.block_on(|_| call)
    }

    /// Waits for what `call` makes of the async client. It runs on this thread, so it may borrow, and need not be
    /// `Send`.
    ///
    /// # Errors
    /// Returns an error as [`wait`](Self::wait) does.
    ///
    /// # Examples
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let world = tokio::runtime::Runtime::new()?;
    /// # let sandbox = world.block_on(dots_sandbox::Sandbox::start())?;
    /// # let builder = dots_api_ext::Dots::builder().credentials("pk_dev_sandbox", "sk_dev_sandbox");
    /// # let dots = dots_api_ext::blocking::Dots::new(builder.environment(sandbox.url().parse()?).build()?);
    /// use dots_api_ext::{Cents, Payee};
    ///
    /// let amounts = [1_000, 2_000];
    /// let links = dots.block_on(async |dots| {
    ///     let mut links = Vec::new();
    ///     for amount in &amounts {
    ///         links.push(dots.send_payout(Cents::new(*amount), Payee::phone("1", "2025550139")).await?);
    ///     }
    ///     Ok::<_, dots_api_ext::Error>(links)
    /// })?;
    /// println!("{} links", links.len());
    /// # assert_eq!(sandbox.paid("2025550139"), 3_000);
    /// # Ok(()) }
    /// ```
    pub fn block_on<'a, T, E, F>(&'a self, call: impl FnOnce(&'a crate::Dots) -> F) -> Result<T, E>
    where
        E: From<Error>,
        F: IntoFuture<Output = Result<T, E>>,
    {
        self.driver.drive(|| call(&self.dots).into_future()).map_err(E::from)?
    }

    /// Returns the items of a list, of its pages, or of a batch, as an iterator that waits for each.
    ///
    /// Each item is an error where a call fails, as with [`wait`](Self::wait).
    ///
    /// # Examples
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let world = tokio::runtime::Runtime::new()?;
    /// # let sandbox = world.block_on(dots_sandbox::Sandbox::start())?;
    /// # let builder = dots_api_ext::Dots::builder().credentials("pk_dev_sandbox", "sk_dev_sandbox");
    /// # let dots = dots_api_ext::blocking::Dots::new(builder.environment(sandbox.url().parse()?).build()?);
    /// # #[cfg(feature = "all-tags")] {
    /// use dots_api_ext::dots_api::ListTransfers;
    ///
    /// for transfer in dots.iter(dots.list(ListTransfers::new()).items()) {
    ///     let transfer = transfer?;
    ///     println!("{} is {}", transfer.id, transfer.status);
    /// }
    /// # }
    /// # assert_eq!(sandbox.violations(), Vec::<String>::new());
    /// # Ok(()) }
    /// ```
    pub fn iter<S, T, E>(&self, stream: S) -> Iter<S>
    where
        S: Stream<Item = Result<T, E>> + Unpin,
        E: From<Error>,
    {
        Iter { stream, driver: Arc::clone(&self.driver) }
    }

    /// Returns a client as [`crate::Dots::with_app`] does.
    ///
    /// # Errors
    /// Returns an error as that does.
    pub fn with_app(&self, app: &AppId) -> Result<Self, Error> {
        self.dots.with_app(app).map(|dots| self.with(dots))
    }

    /// Returns a client as [`crate::Dots::with_user_ip`] does.
    ///
    /// # Errors
    /// Returns an error as that does.
    pub fn with_user_ip(&self, address: IpAddr) -> Result<Self, Error> {
        self.dots.with_user_ip(address).map(|dots| self.with(dots))
    }

    /// Returns a client as [`crate::Dots::with_header`] does.
    ///
    /// # Errors
    /// Returns an error as that does.
    pub fn with_header(&self, name: HeaderName, value: HeaderValue) -> Result<Self, Error> {
        self.dots.with_header(name, value).map(|dots| self.with(dots))
    }

    /// Returns a client as [`crate::Dots::with_timeout`] does.
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        self.with(self.dots.with_timeout(timeout))
    }

    /// Returns a client as [`crate::Dots::with_retry`] does.
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        self.with(self.dots.with_retry(policy))
    }

    /// Returns a client as [`crate::Dots::with_earlier`] does.
    #[must_use]
    pub fn with_earlier(&self, sends: EarlierSends) -> Self {
        self.with(self.dots.with_earlier(sends))
    }

    /// Returns the async client that this one waits for. Both know the same keys, and have connections of their own.
    #[must_use]
    pub const fn as_async(&self) -> &crate::Dots {
        &self.dots
    }

    fn with(&self, dots: crate::Dots) -> Self {
        Self { dots, driver: Arc::clone(&self.driver) }
    }
}

impl Deref for Dots {
    type Target = crate::Dots;

    fn deref(&self) -> &crate::Dots {
        &self.dots
    }
}

impl<S, T, E> Iterator for Iter<S>
where
    S: Stream<Item = Result<T, E>> + Unpin,
    E: From<Error>,
{
    type Item = Result<T, E>;

    fn next(&mut self) -> Option<Self::Item> {
        let stream = &mut self.stream;
        let next = self.driver.drive(|| poll_fn(|context| Pin::new(&mut *stream).poll_next(context)));
        next.unwrap_or_else(|error| Some(Err(error.into())))
    }
}
