//! One connection, which one thread blocks on, and its transactions.

use std::cell::Cell;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Row, Socket};

use super::config::PostgresConfig;
use crate::outbox::database_problem::{DatabaseProblem, Kind, PostgresError};

/// How long an answer may take before the connection is given up.
const ANSWER: Duration = Duration::from_secs(60);

/// Begins a transaction. A commit waits for the disk, whatever the server is set to.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
    SET LOCAL search_path = pg_catalog; \
    SELECT pg_catalog.set_config('synchronous_commit', 'on', true) \
        WHERE pg_catalog.current_setting('synchronous_commit') IN ('off', 'local', 'remote_write'); ";

/// No statement waits for ever; the shared lock waits while the outbox is marked as set back.
const BESIDE_OTHERS: &str = "SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '30s'; \
    SET LOCAL idle_in_transaction_session_timeout = '60s'; \
    SELECT pg_catalog.pg_advisory_xact_lock_shared(1685025907, 1)";

/// All others wait, and for as long as it takes.
const ALONE: &str = "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; \
    SELECT pg_catalog.pg_advisory_xact_lock(1685025907, 1)";

/// A value of a statement, and its type.
pub(super) type Value<'a> = (&'a (dyn ToSql + Sync), Type);

/// One connection.
pub(super) struct Connection {
    /// Here until the connection is dropped.
    runtime: Option<Runtime>,
    client: Client,
    /// Whether a statement of this transaction has failed: PostgreSQL answers its COMMIT with success, and rolls back.
    has_failed: Cell<bool>,
}

impl Connection {
    pub(super) fn open(config: &PostgresConfig) -> Result<Self, DatabaseProblem> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(DatabaseProblem::Threads)?;
        let client = if config.needs_tls() {
            #[cfg(feature = "_tls")]
            {
                let rustls =
                    config.tls.rustls().map_err(|error| DatabaseProblem::Settings(error.to_string()))?;
                connect(&runtime, config, super::tls::Encrypted(rustls.into()))?
            }
            #[cfg(not(feature = "_tls"))]
            {
                let why = "a server on another machine needs the feature `rustls-ring`, `rustls-aws-lc-rs` or \
                     `rustls-no-provider`, or `sslmode=disable`";
                return Err(DatabaseProblem::Settings(why.to_owned()));
            }
        } else {
            connect(&runtime, config, NoTls)?
        };
        Ok(Self { runtime: Some(runtime), client, has_failed: Cell::new(false) })
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Runs statements without values and without rows.
    pub(super) fn batch(&self, sql: &str) -> Result<(), PostgresError> {
        self.wait(self.client.batch_execute(sql))
    }

    /// Runs a statement that is not prepared under a name, so that a pooler may stand between.
    pub(super) fn query(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, PostgresError> {
        self.wait(self.client.query_typed(sql, values))
    }

    /// The same; returns how many rows it has changed.
    pub(super) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, PostgresError> {
        self.wait(self.client.execute_typed(sql, values))
    }

    pub(super) fn begin(&self) -> Result<(), PostgresError> {
        self.has_failed.set(false);
        self.batch(&format!("{BEGIN}{BESIDE_OTHERS}"))
    }

    /// Begins a transaction that no other one of this outbox, and no plan, runs beside.
    pub(super) fn begin_alone(&self) -> Result<(), PostgresError> {
        self.has_failed.set(false);
        self.batch(&format!("{BEGIN}{ALONE}"))
    }

    pub(super) fn rollback(&self) -> Result<(), PostgresError> {
        self.batch("ROLLBACK")
    }

    /// Undoes what was done, so that the commit that follows keeps nothing.
    pub(super) fn rollback_and_begin(&self) -> Result<(), PostgresError> {
        self.rollback()?;
        self.begin()
    }

    pub(super) fn save_point(&self) -> Result<(), PostgresError> {
        self.batch("SAVEPOINT job")
    }

    /// Keeps what was done since, or undoes it.
    pub(super) fn end_point(&self, is_kept: bool) -> Result<(), PostgresError> {
        if is_kept {
            return self.batch("RELEASE job");
        }
        self.batch("ROLLBACK TO job; RELEASE job")?;
        self.has_failed.set(false);
        Ok(())
    }

    /// Commits; where the answer is missing, it is not known whether it was made.
    pub(super) fn commit(&self) -> Result<(), PostgresError> {
        if self.has_failed.get() {
            return Err(PostgresError::new(Kind::Refused, "a statement of the transaction has failed"));
        }
        self.batch("COMMIT").map_err(|error| match error.kind() {
            Kind::Lost => PostgresError::new(Kind::UnknownCommit, error.to_string()),
            _ => error,
        })
    }

    fn wait<T>(
        &self,
        work: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, PostgresError> {
        let waiting = async { tokio::time::timeout(ANSWER, work).await };
        let done = match self.runtime.as_ref().map(|runtime| runtime.block_on(waiting)) {
            Some(Ok(done)) => done.map_err(PostgresError::from),
            Some(Err(_)) | None => Err(PostgresError::new(Kind::Lost, "it does not answer")),
        };
        self.has_failed.set(self.has_failed.get() || done.is_err());
        done
    }
}

impl Drop for Connection {
    /// A runtime that waits for its end must not be dropped within another one, where its owner may be.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn connect<T>(runtime: &Runtime, config: &PostgresConfig, tls: T) -> Result<Client, DatabaseProblem>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
{
    let connecting = async { tokio::time::timeout(ANSWER, config.connect.connect(tls)).await };
    match runtime.block_on(connecting) {
        Ok(Ok((client, connection))) => {
            // What it says is seen by the statement that it interrupts.
            runtime.spawn(async move { drop(connection.await) });
            Ok(client)
        }
        Ok(Err(error)) => Err(DatabaseProblem::Unreachable(error.into())),
        Err(_) => {
            let error = PostgresError::new(Kind::Lost, "it does not answer");
            Err(DatabaseProblem::Unreachable(error))
        }
    }
}
