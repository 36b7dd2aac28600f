//! A client for programs that are not async.
//!
//! [`Dots`] waits on the thread that calls it. The async client's calls are all there: [`Dots::run`] sends any
//! operation, and [`Dots::block_on`] takes whatever the async client gives, sugar and options included.
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
//! )?;
//! let payee = Payee::phone("1", "2025550139");
//! let payout = dots.block_on(|dots| dots.send_payout(Cents::new(1_000), payee).reference("invoice-881"))?;
//! println!("{} is {}", payout.id, payout.status);
//! # assert_eq!(sandbox.paid("2025550139"), 1_000);
//! # Ok(()) }
//! ```

use std::sync::Arc;

use dots_api::Operation;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::yield_now;

use crate::error::Error;
use crate::reply::Reply;

/// Calls Dots as [`crate::Dots`] does, and waits on the thread that calls it.
///
/// Cloning is cheap, and clones and threads may call at the same time. Nothing runs between calls: the client has a
/// runtime of its own, driven by the threads that wait on it, and no thread.
#[derive(Clone, Debug)]
pub struct Dots {
    dots: crate::Dots,
    engine: Arc<Engine>,
}

/// The runtime, which is there until it is dropped.
#[derive(Debug)]
struct Engine(Option<Runtime>);

impl Dots {
    /// Makes a client that waits of one that does not.
    ///
    /// # Errors
    /// Returns an error when the system gives no runtime, for want of file descriptors for example.
    pub fn new(dots: crate::Dots) -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| {
            Error::not_sent("could not start a runtime for the blocking client").because(error)
        })?;
        Ok(Self { dots, engine: Arc::new(Engine(Some(runtime))) })
    }

    /// Makes a client of the environment's variables, which are those of [`crate::Dots::from_env`].
    ///
    /// # Errors
    /// Returns an error as [`crate::Dots::from_env`] and [`new`](Self::new) do.
    pub fn from_env() -> Result<Self, Error> {
        Self::new(crate::Dots::from_env()?)
    }

    /// Sends any operation of the API, as [`crate::Dots::run`] does.
    ///
    /// # Errors
    /// Returns an error as [`block_on`](Self::block_on) does.
    pub fn run<O: Operation>(&self, operation: O) -> Result<Reply<O::Output>, Error> {
        self.block_on(|dots| dots.run(operation))
    }

    /// Waits for what `call` makes of the async client: anything that can be awaited and may fail, sending and waiting
    /// for a status alike.
    ///
    /// # Errors
    /// Returns the error of the call; and one that says [`NotSent`](crate::Outcome::NotSent), before anything is made,
    /// on a thread of an async runtime, which waiting would stop. That includes the threads of `spawn_blocking`: there,
    /// the async client is at hand.
    ///
    /// # Examples
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let world = tokio::runtime::Runtime::new()?;
    /// # let sandbox = world.block_on(dots_sandbox::Sandbox::start())?;
    /// # let builder = dots_api_ext::Dots::builder().credentials("pk_dev_sandbox", "sk_dev_sandbox");
    /// # let dots = dots_api_ext::blocking::Dots::new(builder.environment(sandbox.url().parse()?).build()?)?;
    /// use std::time::Duration;
    ///
    /// use dots_api_ext::{Cents, Payee};
    ///
    /// let payout = dots.block_on(|dots| {
    ///     dots.with_timeout(Duration::from_secs(90)).send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"))
    /// })?;
    /// println!("{} is {}", payout.id, payout.status);
    /// # assert_eq!(sandbox.paid("2025550139"), 1_000);
    /// # Ok(()) }
    /// ```
    pub fn block_on<'a, T, E, F>(&'a self, call: impl FnOnce(&'a crate::Dots) -> F) -> Result<T, E>
    where
        E: From<Error>,
        F: IntoFuture<Output = Result<T, E>>,
    {
        let Some(runtime) = self.engine.0.as_ref().filter(|_| Handle::try_current().is_err()) else {
            let why = "the blocking client was called on a thread of an async runtime; await the async client there";
            return Err(Error::not_sent(why).into());
        };
        runtime.block_on(async {
            // Since the last call nobody has listened to the connections. The first turn hears which of them were
            // closed, the second drops those; without, a payout could go into a closed one and end in doubt.
            yield_now().await;
            yield_now().await;
            call(&self.dots).await
        })
    }

    /// Returns the async client that this one waits for; both share connections only while a call waits.
    #[must_use]
    pub const fn as_async(&self) -> &crate::Dots {
        &self.dots
    }
}

impl Drop for Engine {
    /// Lets the runtime go without waiting for it, which would panic in an async function.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
