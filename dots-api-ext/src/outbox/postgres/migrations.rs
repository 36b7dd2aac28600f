//! The tables: numbered plain SQL, printed for those who apply it by hand, and applied by one call.

use super::beside::beside;
use super::config::PostgresConfig;
use super::connection::{Connection, Value};
use super::rows::PostgresStore;
use crate::outbox::conformance::check_store;
use crate::outbox::database_problem::{DatabaseProblem, PostgresError};
use crate::outbox::desk::Outbox;
use crate::outbox::error::OutboxError;
use tokio_postgres::types::Type;

/// A step from one version of the tables to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// The version of the tables after it.
    pub number: i32,
    /// What it is about.
    pub name: &'static str,
    /// Its statements, to be run in one transaction.
    pub sql: &'static str,
}

const MIGRATIONS: [Migration; 3] = [
    Migration { number: 1, name: "tables", sql: include_str!("sql/0001_tables.sql") },
    Migration { number: 2, name: "plan", sql: include_str!("sql/0002_plan.sql") },
    Migration { number: 3, name: "views", sql: include_str!("sql/0003_views.sql") },
];

/// The version that this crate works with.
const VERSION: i32 = 3;

/// What two programs that migrate at once wait for.
const LOCK: &str = "SELECT pg_catalog.pg_advisory_xact_lock(1685025907, 0)";

impl Outbox {
    /// Returns the migrations, for those who apply them by hand: each in one transaction, in their order.
    ///
    /// The example `print_migrations` prints them together with [`grants`](Self::grants).
    #[must_use]
    pub const fn migrations() -> &'static [Migration] {
        &MIGRATIONS
    }

    /// Returns the SQL that creates three roles and grants them what they need: `dots_outbox_planner` may only plan and
    /// read where payouts stand, `dots_outbox_worker` may settle them, `dots_outbox_reader` reads the views.
    ///
    /// It is to be run by a role that may create roles; grant each of the three to a role that logs in. This crate never
    /// runs it.
    #[must_use]
    pub const fn grants() -> &'static str {
        include_str!("sql/roles.sql")
    }

    /// Applies the migrations that are missing, in one transaction, and names the account; returns how many it applied.
    ///
    /// Nothing else changes the tables. Programs that call it at once wait for each other.
    ///
    /// # Errors
    /// Returns an error if the database cannot be reached, if the role may not create a schema, or if the tables are of a
    /// newer version.
    pub async fn migrate(config: &PostgresConfig) -> Result<usize, OutboxError> {
        let config = config.clone();
        Ok(beside(move || migrate(&config)).await??)
    }
}

impl PostgresConfig {
    /// Checks that an empty outbox in this database does what every store does; nothing of the check is kept.
    ///
    /// # Errors
    /// Returns what is wrong, in a sentence.
    #[doc(hidden)]
    pub async fn check(&self) -> Result<(), String> {
        let config = self.clone();
        let checked = beside(move || check(&config)).await;
        checked.unwrap_or_else(|problem| Err(problem.to_string()))
    }
}

fn check(config: &PostgresConfig) -> Result<(), String> {
    let connection = Connection::open(config).map_err(|problem| problem.to_string())?;
    check_version(&connection).map_err(|problem| problem.to_string())?;
    let mut store = PostgresStore::over(connection);
    store.begin().map_err(|error| error.to_string())?;
    let checked = check_store(&mut store);
    store.connection.rollback().map_err(|error| error.to_string())?;
    checked
}

fn migrate(config: &PostgresConfig) -> Result<usize, DatabaseProblem> {
    let connection = Connection::open(config)?;
    let applied = apply(&connection, &config.account).map_err(DatabaseProblem::Unreachable)?;
    match applied {
        Ok(count) => {
            connection.commit().map_err(DatabaseProblem::Unreachable)?;
            Ok(count)
        }
        Err(newer) => Err(newer),
    }
}

fn apply(connection: &Connection, account: &str) -> Result<Result<usize, DatabaseProblem>, PostgresError> {
    connection.batch("BEGIN")?;
    connection.query(LOCK, &[])?;
    let is = version(connection)?.unwrap_or_default();
    if is > VERSION {
        return Ok(Err(DatabaseProblem::Newer(is, VERSION)));
    }
    let mut count = 0_usize;
    for migration in MIGRATIONS.iter().filter(|migration| migration.number > is) {
        connection.batch(migration.sql)?;
        count = count.saturating_add(1);
    }
    let name: Value<'_> = (&account, Type::TEXT);
    connection.query("SELECT dots_outbox.use_account($1)", &[name])?;
    Ok(Ok(count))
}

/// Returns the version of the tables, if there are any that this role may use.
fn version(connection: &Connection) -> Result<Option<i32>, PostgresError> {
    let sql = "SELECT pg_catalog.to_regnamespace('dots_outbox') IS NOT NULL \
        AND pg_catalog.has_schema_privilege('dots_outbox', 'USAGE') \
        AND pg_catalog.to_regclass('dots_outbox.migrations') IS NOT NULL";
    let is_there = connection.query(sql, &[])?.first().map(|row| row.try_get::<_, bool>(0)).transpose()?;
    if is_there != Some(true) {
        return Ok(None);
    }
    let rows = connection.query("SELECT max(number) FROM dots_outbox.migrations", &[])?;
    Ok(rows.first().map(|row| row.try_get::<_, Option<i32>>(0)).transpose()?.flatten())
}

/// Refuses tables of another version.
pub(super) fn check_version(connection: &Connection) -> Result<(), DatabaseProblem> {
    match version(connection).map_err(DatabaseProblem::Unreachable)? {
        None => Err(DatabaseProblem::NoTables),
        Some(is) if is < VERSION => Err(DatabaseProblem::Older(is, VERSION)),
        Some(is) if is > VERSION => Err(DatabaseProblem::Newer(is, VERSION)),
        Some(_) => Ok(()),
    }
}
