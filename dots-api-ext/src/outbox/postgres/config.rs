//! Which database, for which account, by how many connections.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::config::{Host, SslMode};

#[cfg(feature = "_tls")]
use crate::network::transport::Tls;
use crate::outbox::database_problem::DatabaseProblem;

/// How many connections a process has at most, unless it is said.
const CONNECTIONS: usize = 4;

/// Which database an outbox is in, for which account, and by how many connections.
///
/// It is read from a connection string, such as `postgres://user:password@host:5432/database`. A server on another
/// machine is only talked to over TLS, with a certificate that is valid for its name, unless the string says
/// `sslmode=disable`. The connections are the outbox's own. They keep no state of a session, so a pooler may stand
/// between, in the mode that gives a connection for a transaction.
///
/// # Examples
/// ```
/// use dots_api_ext::outbox::PostgresConfig;
///
/// let config: PostgresConfig = "postgres://payouts@localhost/shop".parse()?;
/// let config = config.account("main account").connections(2);
/// assert!(!format!("{config:?}").contains("payouts@"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use]
pub struct PostgresConfig {
    pub(super) connect: tokio_postgres::Config,
    pub(super) account: String,
    pub(super) connections: usize,
    #[cfg(feature = "_tls")]
    pub(super) tls: Tls,
}

impl PostgresConfig {
    /// Sets the name of the account, as a [`Planner`](crate::outbox::Planner) has it; `main account` unless it is said.
    pub fn account(mut self, name: impl Into<String>) -> Self {
        self.account = name.into();
        self
    }

    /// Sets how many connections this process has at most: at least one, and four unless it is said.
    pub fn connections(mut self, most: usize) -> Self {
        self.connections = most.max(1);
        self
    }

    /// Trusts a certificate authority beside those of the platform, in the form of PEM or DER.
    #[cfg(feature = "_tls")]
    pub fn root_certificate(mut self, certificate: impl Into<Vec<u8>>) -> Self {
        self.tls.roots.add(certificate.into());
        self
    }

    /// Whether the connection has to be encrypted.
    pub(super) fn needs_tls(&self) -> bool {
        self.connect.get_ssl_mode() == SslMode::Require
    }
}

impl FromStr for PostgresConfig {
    type Err = DatabaseProblem;

    fn from_str(text: &str) -> Result<Self, DatabaseProblem> {
        // The error of the parser may repeat the text, which holds a password.
        let mut connect: tokio_postgres::Config = text
            .parse()
            .map_err(|_| DatabaseProblem::Settings("the connection string cannot be read".to_owned()))?;
        if connect.get_ssl_mode() == SslMode::Prefer {
            let is_elsewhere = !connect.get_hosts().iter().all(is_here);
            connect.ssl_mode(if is_elsewhere { SslMode::Require } else { SslMode::Disable });
        }
        if connect.get_connect_timeout().is_none() {
            connect.connect_timeout(Duration::from_secs(5));
        }
        if connect.get_application_name().is_none() {
            connect.application_name("dots-outbox");
        }
        Ok(Self {
            connect,
            account: "main account".to_owned(),
            connections: CONNECTIONS,
            #[cfg(feature = "_tls")]
            tls: Tls::default(),
        })
    }
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

impl fmt::Debug for PostgresConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresConfig")
            .field("account", &self.account)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}
