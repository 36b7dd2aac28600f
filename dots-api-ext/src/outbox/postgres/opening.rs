//! Opens an outbox in a database: a new one, one that was restored, or one whose API key was rotated.

use super::config::PostgresConfig;
use super::place::Expected;
use super::threads;
use crate::calls::stored::{account_id, place_of};
use crate::dots::Dots;
use crate::outbox::by::By;
use crate::outbox::desk::Outbox;
use crate::outbox::error::OutboxError;
use crate::outbox::event::Event;
use crate::outbox::row::State;
use crate::outbox::store::Wanted;

impl Outbox {
    /// Opens an outbox in a PostgreSQL database; never changes its tables.
    ///
    /// Any number of processes on any number of machines may open it, and [`work`](Self::work) in each. A claim of a
    /// process that ended is given up when its lease is over, by the clocks of the database and of the worker. The first
    /// one to open it binds it to this client's account and server.
    ///
    /// When another server takes over, what it may have lost is not known: every payout that is not settled counts as in
    /// doubt then, and nothing of it is sent before Dots' lists were read.
    ///
    /// # Errors
    /// Returns an error that says what to do if the database cannot be reached, is a standby, has no tables or those of
    /// another version, is of another account, or was copied or restored into another cluster.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let dots = dots_api_ext::Dots::builder()
    /// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// use dots_api_ext::outbox::{DatabaseProblem, Outbox, OutboxError, PostgresConfig};
    ///
    /// let config: PostgresConfig = "postgres://payouts@localhost:1/shop".parse()?;
    /// match Outbox::postgres(&config, &dots).await {
    ///     Ok(outbox) => println!("{:?}", outbox.work().concurrency(32).await?),
    ///     Err(OutboxError::Database(problem @ DatabaseProblem::Unreachable(_))) => println!("{problem}"),
    ///     Err(error) => return Err(error.into()),
    /// }
    /// # assert!(sandbox.requests().is_empty());
    /// # Ok(()) }
    /// ```
    pub async fn postgres(config: &PostgresConfig, dots: &Dots) -> Result<Self, OutboxError> {
        Self::open_database(config, dots, false, false).await
    }

    /// Opens an outbox whose database was restored from a backup or copied, after the original sends nothing any more.
    ///
    /// The original may have sent payouts since. So every payout that is not settled counts as in doubt: nothing of it is
    /// sent before Dots' lists were read, and a refusal by Dots proves nothing any more.
    ///
    /// # Errors
    /// Returns the errors of [`postgres`](Self::postgres), except for another cluster.
    pub async fn postgres_restored(config: &PostgresConfig, dots: &Dots) -> Result<Self, OutboxError> {
        Self::open_database(config, dots, true, false).await
    }

    /// Opens an outbox after the API key of its account was rotated; see `open_rotated` for what that means.
    ///
    /// **The account has to be the same.** With the API key of another account, what was sent before pays again. Stop
    /// the workers with the old API key before.
    ///
    /// # Errors
    /// Returns the errors of [`postgres`](Self::postgres), except for another client id.
    pub async fn postgres_rotated(config: &PostgresConfig, dots: &Dots, by: By) -> Result<Self, OutboxError> {
        let outbox = Self::open_database(config, dots, false, true).await?;
        let note = by.note();
        for state in [State::Unknown, State::InFlight, State::Held, State::Planned] {
            outbox.for_each(Wanted::In(state), Event::Rotated, note.clone()).await?;
        }
        // Until here, it is of the old client id: a program that dies in between has to begin again.
        let account = account_id(&dots.account);
        outbox.writer.write(move |store| store.put_account(account)).await?;
        Ok(outbox)
    }

    async fn open_database(
        config: &PostgresConfig,
        dots: &Dots,
        may_have_moved: bool,
        may_be_rotated: bool,
    ) -> Result<Self, OutboxError> {
        let (account, (server, app)) = (account_id(&dots.account), place_of(dots));
        let expected = Expected { account, server, app, may_have_moved, may_be_rotated };
        let (writer, store_id) = threads::start(config, expected).await?;
        Ok(Self::over(writer, store_id, &config.account, dots))
    }
}
