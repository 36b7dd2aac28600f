//! Settings of a sandbox before it starts.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{net::TcpListener, sync::watch};

use crate::{
    options::{KeyChangedBody, KeyInflight, KeyRepeat, Options, StoreErrors},
    sandbox::Sandbox,
    server,
    spec::{Spec, SpecError},
    stage::Stage,
    state::State,
};

/// Sets up a [`Sandbox`]: its port, the money in its wallet and the seed of its ids.
#[derive(Clone, Debug)]
pub struct SandboxBuilder {
    port: u16,
    funds: i64,
    seed: u64,
    options: Options,
}

impl SandboxBuilder {
    pub(crate) fn new() -> Self {
        Self { port: 0, funds: 100_000_000, seed: 1, options: Options::default() }
    }

    /// Sets the port on 127.0.0.1; 0, the default, takes a free one.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Sets what the app wallet holds at the start, in cents; by default $1,000,000.00.
    #[must_use]
    pub fn funds(self, cents: i64) -> Self {
        Self { funds: cents, ..self }
    }

    /// Sets the seed of all ids, by default 1; the same seed and the same calls give the same bytes.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sets what a known idempotency key does; by default what each operation's page says.
    #[must_use]
    pub fn key_repeat(mut self, reading: KeyRepeat) -> Self {
        self.options.key_repeat = reading;
        self
    }

    /// Sets what a key does while its first request is under way; by default the second one waits.
    #[must_use]
    pub fn key_inflight(mut self, reading: KeyInflight) -> Self {
        self.options.key_inflight = reading;
        self
    }

    /// Sets what a known key does when the body is another one; by default nothing else.
    #[must_use]
    pub fn key_changed_body(mut self, reading: KeyChangedBody) -> Self {
        self.options.key_changed_body = reading;
        self
    }

    /// Sets how long a key is known, by the sandbox's clock; by default 24 hours.
    #[must_use]
    pub fn key_ttl(mut self, ttl: Duration) -> Self {
        self.options.key_ttl = ttl;
        self
    }

    /// Sets which refusals use their key up; by default none.
    #[must_use]
    pub fn store_errors(mut self, which: StoreErrors) -> Self {
        self.options.store_errors = which;
        self
    }

    /// Sets whether bodies are as the document has them, without the oddities of real ones; by default they are not.
    #[must_use]
    pub fn tidy_bodies(mut self, tidy: bool) -> Self {
        self.options.tidy_bodies = tidy;
        self
    }

    /// Sets how long each request that can change something is held before it is carried out, in real time.
    #[must_use]
    pub fn commit_delay(mut self, delay: Duration) -> Self {
        self.options.commit_delay = delay;
        self
    }

    /// Sets how many requests are kept for [`Sandbox::requests`] and [`Sandbox::transcript`]; by default 10,000.
    #[must_use]
    pub fn record_limit(mut self, limit: usize) -> Self {
        self.options.record_limit = limit;
        self
    }

    /// Sets whether every answer is checked against the document before it leaves; by default it is.
    ///
    /// Without the check the sandbox is faster, and a mistake of its own reaches the client.
    #[must_use]
    pub fn validate_answers(mut self, validate: bool) -> Self {
        self.options.validate_answers = validate;
        self
    }

    /// Starts the sandbox on the current Tokio runtime.
    ///
    /// # Errors
    /// Returns an error when the port cannot be had, the funds are negative, or the embedded document cannot be used.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        if self.funds < 0 {
            return Err(StartError(Kind::Funds { funds: self.funds }));
        }
        let spec = Spec::embedded().map_err(|source| StartError(Kind::Spec { source }))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let bind_error = |source| StartError(Kind::Bind { address, source });
        let listener = TcpListener::bind(address).await.map_err(bind_error)?;
        let address = listener.local_addr().map_err(bind_error)?;
        let stage = Arc::new(Stage::new(spec, State::new(self.seed, self.funds, self.options)));
        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(server::serve(listener, Arc::clone(&stage), stopped));
        Ok(Sandbox::new(address, stage, stop, server))
    }
}

/// The sandbox could not start.
#[derive(Debug)]
pub struct StartError(Kind);

#[derive(Debug)]
enum Kind {
    Bind { address: SocketAddr, source: io::Error },
    Funds { funds: i64 },
    Spec { source: SpecError },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Bind { address, source } if source.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "could not listen on `{address}`: another program uses this port")
            }
            Kind::Bind { address, .. } => write!(f, "could not listen on `{address}`"),
            Kind::Funds { funds } => {
                write!(f, "could not start with `{funds}` cents: funds must not be negative")
            }
            Kind::Spec { .. } => f.write_str("could not read the embedded document"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Bind { source, .. } => Some(source),
            Kind::Funds { .. } => None,
            Kind::Spec { source } => Some(source),
        }
    }
}
