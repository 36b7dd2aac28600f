//! What is checked before a connection is used: that it is the primary, that its tables are known, that they are of this
//! account, and that the database was not set back.

use tokio_postgres::types::Type;
use uuid::Uuid;

use super::config::PostgresConfig;
use super::connection::Connection;
use super::migrations::check_version;
use super::reading::Columns;
use super::rows::PostgresStore;
use crate::outbox::database_problem::{DatabaseProblem, PostgresError};
use crate::outbox::event::Event;
use crate::outbox::row::{Now, Rules, State};
use crate::outbox::store::{Note, Store as _, Wanted};
use crate::outbox::store_error::StoreError;

/// What every connection of an outbox has to find.
#[derive(Clone, Debug)]
pub(super) struct Expected {
    /// Stands for the client id.
    pub account: Uuid,
    /// The base URL that its payouts are sent to.
    pub server: String,
    /// The app that they are for, or `none`.
    pub app: String,
    /// Whether the database may be in another cluster than before.
    pub may_have_moved: bool,
    /// Whether it may be of another client id.
    pub may_be_rotated: bool,
}

impl Expected {
    /// What a connection that is made later has to find: a database that moved meanwhile is another one.
    pub(super) fn later(&self) -> Self {
        Self { may_have_moved: false, ..self.clone() }
    }
}

/// How many rows are marked at once.
const PAGE: u32 = 500;

/// What the database says of itself.
struct Said {
    store_id: String,
    name: Option<String>,
    account: Option<String>,
    server: Option<String>,
    app: Option<String>,
    /// The cluster and its timeline, as they were when it was last opened.
    place: (Option<i64>, Option<i64>),
    /// The cluster and its timeline.
    is_at: (i64, i64),
    is_standby: bool,
}

impl Said {
    fn of(connection: &Connection) -> Result<Self, StoreError> {
        let sql = "SELECT store_id::text, name, account::text, server, app, system_id, timeline, \
            (SELECT system_identifier FROM pg_catalog.pg_control_system()), \
            (SELECT timeline_id::bigint FROM pg_catalog.pg_control_checkpoint()), pg_catalog.pg_is_in_recovery() \
            FROM dots_outbox.store";
        let rows = connection.query(sql, &[])?;
        let row = rows.first().ok_or_else(|| StoreError::Unreadable("`store` is empty".to_owned()))?;
        let columns = &mut Columns::of(row);
        Ok(Self {
            store_id: columns.next()?,
            name: columns.next()?,
            account: columns.next()?,
            server: columns.next()?,
            app: columns.next()?,
            place: (columns.next()?, columns.next()?),
            is_at: (columns.next()?, columns.next()?),
            is_standby: columns.next()?,
        })
    }
}

/// Opens a connection and checks what is there; returns the store and its id.
pub(super) fn open(
    config: &PostgresConfig,
    expected: &Expected,
) -> Result<(PostgresStore, Uuid), DatabaseProblem> {
    let connection = Connection::open(config)?;
    check_version(&connection)?;
    let said = Said::of(&connection).map_err(problem)?;
    if said.is_standby {
        return Err(DatabaseProblem::Standby);
    }
    let mut store = PostgresStore::over(connection);
    let is_whole = said.account.is_some() && said.place == (Some(said.is_at.0), Some(said.is_at.1));
    let said =
        if is_whole && !expected.may_have_moved { said } else { settle_in(&mut store, config, expected)? };
    check(&said, config, expected)?;
    let store_id = said
        .store_id
        .parse()
        .map_err(|_| DatabaseProblem::Settings("the id of the store cannot be read".to_owned()))?;
    Ok((store, store_id))
}

fn check(said: &Said, config: &PostgresConfig, expected: &Expected) -> Result<(), DatabaseProblem> {
    if let Some(name) = said.name.as_ref().filter(|name| **name != config.account) {
        return Err(DatabaseProblem::OtherName(name.clone()));
    }
    if let Some(server) = said.server.as_ref().filter(|server| **server != expected.server) {
        return Err(DatabaseProblem::OtherServer(server.clone()));
    }
    if let Some(app) = said.app.as_ref().filter(|app| **app != expected.app) {
        return Err(DatabaseProblem::OtherApp(app.clone()));
    }
    let ours = expected.account.to_string();
    if said.account.as_ref().is_some_and(|account| *account != ours) && !expected.may_be_rotated {
        return Err(DatabaseProblem::OtherAccount);
    }
    Ok(())
}

/// Binds a new outbox to its account and server, and marks what another cluster or timeline may have sent.
fn settle_in(
    store: &mut PostgresStore,
    config: &PostgresConfig,
    expected: &Expected,
) -> Result<Said, DatabaseProblem> {
    let failed = |error: PostgresError| problem(error.into());
    store.connection.begin_alone().map_err(failed)?;
    let said = Said::of(&store.connection).map_err(problem)?;
    check(&said, config, expected)?;
    let (is_known, is_here) = (said.place.0.is_some(), said.place.0 == Some(said.is_at.0));
    if is_known && !is_here && !expected.may_have_moved {
        return Err(DatabaseProblem::Moved);
    }
    let is_restored =
        expected.may_have_moved || is_known && said.place != (Some(said.is_at.0), Some(said.is_at.1));
    if is_restored {
        mark_restored(store).map_err(problem)?;
    }
    bind(store, config, expected, &said).map_err(problem)?;
    store.connection.commit().map_err(failed)?;
    Said::of(&store.connection).map_err(problem)
}

fn bind(
    store: &PostgresStore,
    config: &PostgresConfig,
    expected: &Expected,
    said: &Said,
) -> Result<(), StoreError> {
    let sql = "UPDATE dots_outbox.store SET name = coalesce(name, $1), account = coalesce(account, $2::uuid), \
        server = coalesce(server, $3), system_id = $4, timeline = $5, app = coalesce(app, $6)";
    let account = expected.account.to_string();
    store.connection.execute(
        sql,
        &[
            (&config.account, Type::TEXT),
            (&account, Type::TEXT),
            (&expected.server, Type::TEXT),
            (&said.is_at.0, Type::INT8),
            (&said.is_at.1, Type::INT8),
            (&expected.app, Type::TEXT),
        ],
    )?;
    Ok(())
}

/// Lets every payout that is not settled be in doubt, as after the restore of a file.
fn mark_restored(store: &mut PostgresStore) -> Result<(), StoreError> {
    let rules = Rules::default();
    // Those first that the others become.
    let states = [State::Unknown, State::Review, State::Held, State::Planned, State::InFlight];
    let ended = [State::Rejected, State::Cancelled, State::PaidElsewhere, State::GivenUp];
    for state in states.into_iter().chain(ended) {
        let mut after = String::new();
        loop {
            let page = store.list(Wanted::In(state), &after, PAGE)?;
            for reference in &page {
                let clock = store.clock()?;
                let now = Now { store: clock, worker: clock };
                store.apply(reference, Event::Restored, &Note::default(), now, &rules)?;
            }
            match page.into_iter().next_back() {
                Some(last) => after = last,
                None => break,
            }
        }
    }
    let sql = "UPDATE dots_outbox.store SET incarnation = incarnation + 1, restored_at = dots_outbox.clock()";
    store.connection.execute(sql, &[])?;
    Ok(())
}

fn problem(error: StoreError) -> DatabaseProblem {
    match error {
        StoreError::Postgres(error) => DatabaseProblem::Unreachable(error),
        error => DatabaseProblem::Settings(error.to_string()),
    }
}
