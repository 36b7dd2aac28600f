//! The settings of a client, and how one is made of them.
//!
//! - this file: the settings, and [`build`](DotsBuilder::build)
//! - `native`: a network and a clock of the machine, for whoever brings none
//! - `wasm`: the same in WebAssembly, where there is neither
//! - `variables`: the settings that variables hold

#[cfg(not(target_arch = "wasm32"))]
mod native;
mod variables;
#[cfg(target_arch = "wasm32")]
mod wasm;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dots_api::key_record::{KeyRecord, server};
use dots_api::{AppId, Client, Transport};
use http::HeaderValue;
use secrecy::SecretString;

use crate::dots::Dots;
use crate::engine::admission::Admissions;
use crate::engine::call::{Caller, Shared};
use crate::error::Error;
use crate::network::config::Environment;
use crate::network::credentials::Credentials;
use crate::policy::clock::Clock;
use crate::policy::key_registry::{KeyRegistry, Origin};
use crate::policy::retry::{Budget, RetryPolicy};
use crate::runtime::Needs;

#[cfg(not(target_arch = "wasm32"))]
use native::Platform;
#[cfg(target_arch = "wasm32")]
use wasm::Platform;

/// How long an exchange may take, unless the client says otherwise: longer than a payout takes at Dots.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Gathers the settings of a [`Dots`].
#[derive(Clone, Debug)]
pub struct DotsBuilder {
    credentials: Option<(String, SecretString)>,
    names: (&'static str, &'static str),
    environment: Environment,
    app_id: Option<AppId>,
    timeout: Duration,
    policy: RetryPolicy,
    clock: Option<Arc<dyn Clock>>,
    jitter_seed: Option<u64>,
    transport: Option<Arc<dyn Transport>>,
    registry: Option<Arc<KeyRegistry>>,
    platform: Platform,
}

impl Default for DotsBuilder {
    fn default() -> Self {
        Self {
            credentials: None,
            names: ("client_id", "api_key"),
            environment: Environment::default(),
            app_id: None,
            timeout: TIMEOUT,
            policy: RetryPolicy::standard(),
            clock: None,
            jitter_seed: None,
            transport: None,
            registry: None,
            platform: Platform::default(),
        }
    }
}

impl DotsBuilder {
    /// Sets the client id and the API key.
    #[must_use]
    pub fn credentials(mut self, client_id: impl Into<String>, api_key: impl Into<String>) -> Self {
        self.credentials = Some((client_id.into(), SecretString::from(api_key.into())));
        self
    }

    /// Sets where calls go; Dots' sandbox unless set.
    #[must_use]
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Sets the app that an organization's key acts for.
    #[must_use]
    pub fn app_id(mut self, app: AppId) -> Self {
        self.app_id = Some(app);
        self
    }

    /// Sets how long each attempt of a call may take; 60 seconds unless set.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how often calls are retried, and how soon; [`RetryPolicy::standard`] unless set.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the clock; the machine's unless set.
    ///
    /// All clients of a process share what they know of idempotency keys. How old a key is, only clients with the same
    /// clock can tell, see [`Clock::name`]; for others, a key that was sent before counts as too old to be sent again.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Seeds the retry jitter, for reproducible tests. Random unless set.
    #[must_use]
    pub const fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter_seed = Some(seed);
        self
    }

    /// Sets what carries requests, in place of the network: for tests of programs that use this client, and for
    /// WebAssembly, which has no network of its own.
    ///
    /// Nothing of what makes the network safe is done for it: limits, timeouts and the look at addresses are the
    /// transport's own.
    #[must_use]
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Has the client know no more of keys than a process that has just been started, and share what it learns with
    /// clones of this builder: for tests that play a restart in one process.
    #[doc(hidden)]
    #[must_use]
    pub fn as_another_process(mut self) -> Self {
        self.registry = Some(KeyRegistry::of_another_process());
        self
    }

    /// Sets the names by which errors call the credentials.
    pub(crate) fn named(mut self, client_id: &'static str, api_key: &'static str) -> Self {
        self.names = (client_id, api_key);
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// Returns an error that names the setting which is missing or malformed; never its value. In WebAssembly,
    /// `transport` and `clock` must both be set.
    pub fn build(self) -> Result<Dots, Error> {
        let (id_name, key_name) = self.names;
        let (client_id, api_key) = self.credentials.ok_or_else(|| {
            Error::settings(format!("could not make a client: `{id_name}` and `{key_name}` are not set"))
        })?;
        let credentials = Credentials::new(client_id, api_key, id_name, key_name)?;
        let is_native = self.transport.is_none();
        let transport = match self.transport {
            Some(transport) => transport,
            None => self.platform.transport(&self.environment)?,
        };
        let client = Client::with_transport(self.environment.base_url(), transport)
            .map_err(|error| Error::settings(error.to_string()))?
            // The engine notes them, as it knows how a call ends.
            .without_key_record()
            .with_header(http::header::AUTHORIZATION, credentials.header()?)
            .with_header(http::header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
            .with_timeout(self.timeout);
        let registry = self.registry.unwrap_or_else(KeyRegistry::of_this_process);
        let clock_name = self.clock.as_ref().map(|clock| clock.name().unwrap_or_else(fresh_clock_name));
        let needs = Needs { time: self.clock.is_none(), network: is_native };
        let shared = Shared {
            origin: origin(&self.environment, &registry, clock_name),
            clock: self.clock.map_or_else(Platform::clock, Ok)?,
            registry,
            budget: Budget::default(),
            admissions: Admissions::new(),
            random: Mutex::new(self.jitter_seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)),
            needs,
        };
        let shared = Arc::new(shared);
        let (policy, timeout, origin) = (self.policy, self.timeout, shared.origin);
        let caller = Caller { client, policy, timeout, earlier: None, origin, shared };
        let account = Arc::from(credentials.account());
        let mut dots = Dots { caller: Arc::new(caller), account, app: None };
        if let Some(app) = &self.app_id {
            dots.set_app(app).map_err(Error::settings)?;
        }
        Ok(dots)
    }
}

/// Returns the server of an environment, and the clocks by which times of its keys are told.
fn origin(environment: &Environment, registry: &KeyRegistry, clock: Option<u64>) -> Origin {
    let server = url::Url::parse(environment.base_url()).map(|url| server(&url)).unwrap_or_default();
    let place = |clock| registry.record().place(&server, clock);
    // The clock of another process is the one that it was given.
    let has_machine = cfg!(not(target_arch = "wasm32")) && registry.is_of_this_process();
    match clock {
        None => Origin { own: place(KeyRecord::MACHINE), machine: None },
        Some(clock) => Origin { own: place(clock), machine: has_machine.then(|| place(KeyRecord::MACHINE)) },
    }
}

/// Names a clock that has no name, so that its times are compared with no other's.
fn fresh_clock_name() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    // Far from the addresses that clocks may use for names.
    u64::MAX - COUNT.fetch_add(1, Ordering::Relaxed)
}
