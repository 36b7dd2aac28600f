//! Why a database cannot be used, and what to do; and what became of a statement that failed.

use std::fmt;

use tokio_postgres::error::SqlState;

/// Why a database cannot be used as an outbox, and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum DatabaseProblem {
    /// The settings cannot be used.
    Settings(String),
    /// It cannot be reached, or refuses.
    Unreachable(PostgresError),
    /// It is a standby, which cannot be written.
    Standby,
    /// It has no tables of an outbox.
    NoTables,
    /// Its tables are of an older version of this crate: the version that is there, and the one that is needed.
    Older(i32, i32),
    /// Its tables are of a newer version of this crate: the version that is there, and the one that is known.
    Newer(i32, i32),
    /// It is of an account with another name; the name that it has.
    OtherName(String),
    /// It is of another client id.
    OtherAccount,
    /// Its payouts are sent to another server; the server that it has.
    OtherServer(String),
    /// Its payouts are for another app; the app that it has, or `none`.
    OtherApp(String),
    /// It was copied or restored into another cluster.
    Moved,
    /// The threads of this process cannot be started, or have ended.
    Threads(std::io::Error),
}

impl fmt::Display for DatabaseProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("could not open the outbox: ")?;
        match self {
            Self::Settings(why) => f.write_str(why),
            Self::Unreachable(error) => write!(f, "{error}"),
            Self::Standby => f.write_str("the server is a standby; connect to the primary"),
            Self::NoTables => f.write_str(
                "the database has no schema `dots_outbox`, or this role may not use it; apply \
                 `Outbox::migrations`, by hand or by `Outbox::migrate`, and grant the roles",
            ),
            Self::Older(is, must) => write!(
                f,
                "its tables are of version {is}, and this crate needs {must}; apply `Outbox::migrations`, by hand or \
                 by `Outbox::migrate`"
            ),
            Self::Newer(is, known) => write!(
                f,
                "its tables are of version {is}, and this crate knows {known}; use a newer version of this crate"
            ),
            Self::OtherName(name) => {
                write!(f, "it is of the account `{name}`; name the same account in the settings")
            }
            Self::OtherAccount => f.write_str(
                "its payouts are of another client id; if the API key of the same account was rotated, open it with \
                 `postgres_rotated`",
            ),
            Self::OtherServer(server) => write!(f, "its payouts are for the server `{server}`"),
            Self::OtherApp(app) => write!(f, "its payouts are for the app `{app}`"),
            Self::Moved => f.write_str(
                "it is in another cluster than before; if the old one sends nothing any more, open it with \
                 `postgres_restored`",
            ),
            Self::Threads(error) => write!(f, "no thread can be started: {error}"),
        }
    }
}

impl std::error::Error for DatabaseProblem {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unreachable(error) => Some(error),
            Self::Threads(error) => Some(error),
            _ => None,
        }
    }
}

/// Why PostgreSQL did not do what it was asked. It shows no values of a statement.
#[derive(Debug)]
pub struct PostgresError {
    kind: Kind,
    why: String,
    source: Option<tokio_postgres::Error>,
}

/// What follows from an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::outbox) enum Kind {
    /// The connection is of no use any more; what was not committed is undone.
    Lost,
    /// The connection was lost during a commit, and it is not known whether it was made.
    UnknownCommit,
    /// The transaction was undone because of others, and may be run again.
    Undone,
    /// Another transaction holds a row for too long.
    Locked,
    /// Anything else.
    Refused,
}

impl PostgresError {
    pub(in crate::outbox) fn new(kind: Kind, why: impl Into<String>) -> Self {
        Self { kind, why: why.into(), source: None }
    }

    /// Returns the SQLSTATE, if the server said one, such as `OB001`.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.source.as_ref()?.code().map(SqlState::code)
    }

    pub(in crate::outbox) const fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the same may be tried again.
    pub(in crate::outbox) const fn may_pass(&self) -> bool {
        matches!(self.kind, Kind::Lost | Kind::UnknownCommit | Kind::Undone)
    }

    /// Whether another transaction was in the way.
    pub(in crate::outbox) const fn is_locked(&self) -> bool {
        matches!(self.kind, Kind::Locked)
    }
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            let kind = if error.is_closed() || is_of_connection(&error) { Kind::Lost } else { Kind::Refused };
            return Self { kind, why: error.to_string(), source: Some(error) };
        };
        let code = said.code().code();
        let kind = match code {
            "40001" | "40P01" => Kind::Undone,
            "55P03" | "57014" => Kind::Locked,
            // Shut down, shutting down, crashed, starting; too many connections; a standby by now; timed out.
            "57P01" | "57P02" | "57P03" | "57P05" | "53300" | "25006" | "25P03" => Kind::Lost,
            _ if code.starts_with("08") => Kind::Lost,
            _ => Kind::Refused,
        };
        // A detail may repeat a row.
        let why = format!("{} (`{code}`)", said.message());
        Self { kind, why, source: Some(error) }
    }
}

/// Whether an error is of the connection, and not of a value.
fn is_of_connection(error: &tokio_postgres::Error) -> bool {
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        if cause.is::<std::io::Error>() {
            return true;
        }
        next = cause.source();
    }
    false
}

impl fmt::Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Lost => write!(f, "the database cannot be reached: {}", self.why),
            Kind::UnknownCommit => f.write_str(
                "the connection was lost during a commit, and it is not known whether it was made",
            ),
            Kind::Undone => write!(f, "other transactions were in the way: {}", self.why),
            Kind::Locked => write!(f, "another transaction holds the row: {}", self.why),
            Kind::Refused => write!(f, "the database refused: {}", self.why),
        }
    }
}

impl std::error::Error for PostgresError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|error| error as _)
    }
}
