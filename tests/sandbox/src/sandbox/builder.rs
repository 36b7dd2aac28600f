//! The builder: settings of a sandbox before it starts.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use tokio::sync::watch;

use super::Sandbox;
use crate::{
    fault::{FaultRule, Faults},
    http::Listener,
    journal::{InitialOverrides, Journal, StateError},
    options::{
        KeyChangedBody, KeyInflight, KeyRefusal, KeyRepeat, KeyScope, KeyTtlFrom, Options, StoreErrors,
        WebhookClock, WebhookEventKey, WebhookForm,
    },
    server,
    simulator::{self, Simulator},
    spec::{Spec, SpecError},
    state::State,
    webhooks::{WebhookEndpoint, WebhookError},
};

/// Sets up a [`Sandbox`]: its port, the money in its wallet and the seed of its ids.
#[derive(Clone, Debug)]
pub struct SandboxBuilder {
    port: u16,
    initial: InitialOverrides,
    state: Option<PathBuf>,
    rules: Vec<FaultRule>,
    faults: Option<Faults>,
    page_base: Option<String>,
    options: Options,
    webhooks: Vec<WebhookEndpoint>,
}

impl SandboxBuilder {
    pub(crate) fn new() -> Self {
        Self {
            port: 0,
            initial: InitialOverrides::default(),
            state: None,
            rules: Vec::new(),
            faults: None,
            page_base: None,
            options: Options::default(),
            webhooks: Vec::new(),
        }
    }

    /// Sets the port on 127.0.0.1; 0, the default, takes a free one that no sandbox of this process had before.
    #[must_use]
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Sets the opening balance of the app's wallet, in cents; by default $1,000,000.00.
    #[must_use]
    pub fn funds(mut self, cents: i64) -> Self {
        self.initial.funds = Some(cents);
        self
    }

    /// Sets the seed of all ids, by default 1; the same seed and the same calls give the same bytes.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.initial.seed = Some(seed);
        self
    }

    /// Keeps the world in a file: the next sandbox with the same file goes on where this one ended, however it ended.
    ///
    /// Every change is written to the file before the answer that tells of it is sent, so killing the process loses
    /// nothing that was answered. Requests, the transcript and the settings are not kept; each start has its own.
    /// What this builder asks for and the file has already goes on as it was: an endpoint with the same URL, a fault
    /// with the same text, the same draw.
    ///
    /// ```
    /// # use dots_sandbox::Sandbox;
    /// # async fn story() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("dots-sandbox-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// let path = folder.join("world.state");
    /// let sandbox = Sandbox::builder().funds(500).state(&path).start().await?;
    /// sandbox.shutdown().await;
    /// let sandbox = Sandbox::builder().state(&path).start().await?;
    /// assert_eq!(sandbox.balance(), 500);
    /// # sandbox.shutdown().await;
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(story()).unwrap();
    /// ```
    #[must_use]
    pub fn state(self, path: impl Into<PathBuf>) -> Self {
        Self { state: Some(path.into()), ..self }
    }

    /// Arms a fault from the first request on; see [`Sandbox::inject`].
    #[must_use]
    pub fn fault(mut self, fault: impl Into<FaultRule>) -> Self {
        self.rules.push(fault.into());
        self
    }

    /// Draws random faults from the first request on; by default there are none.
    #[must_use]
    pub fn faults(self, faults: Faults) -> Self {
        Self { faults: Some(faults), ..self }
    }

    /// Sets the base URL of payout pages, which precedes `/flow/<flow_id>` in links; by default the sandbox's own
    /// address, which serves these pages.
    ///
    /// That address contains the port, so a test that compares whole answers sets a base that stays the same.
    #[must_use]
    pub fn page_base(self, url: impl Into<String>) -> Self {
        Self { page_base: Some(url.into()), ..self }
    }

    /// Sets what a repeated idempotency key does; by default what each operation's page says.
    #[must_use]
    pub fn key_repeat(mut self, reading: KeyRepeat) -> Self {
        self.options.key_repeat = reading;
        self
    }

    /// Sets what a repeated idempotency key does for one operation, whatever [`key_repeat`](Self::key_repeat) says.
    ///
    /// An operation is named by its id, such as `create_transfer`. `create_payout_batch.items` and
    /// `create_transfer_batch.items` name the items of batches, which `key_repeat` leaves as they are.
    ///
    /// ```
    /// # use dots_sandbox::{KeyRefusal, KeyRepeat, Sandbox};
    /// # async fn story() -> Result<(), Box<dyn std::error::Error>> {
    /// // A transfer's known key gets a 400 without a code, and a payout's is paid again.
    /// let sandbox = Sandbox::builder()
    ///     .key_repeat_for("create_transfer", KeyRepeat::Reject)
    ///     .key_repeat_for("create_payout", KeyRepeat::PayAgain)
    ///     .key_refusal(KeyRefusal::Plain)
    ///     .start()
    ///     .await?;
    /// # sandbox.shutdown().await;
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(story()).unwrap();
    /// ```
    #[must_use]
    pub fn key_repeat_for(mut self, operation: impl Into<String>, reading: KeyRepeat) -> Self {
        self.options.key_repeat_for.insert(operation.into(), reading);
        self
    }

    /// Sets the status and the code with which a repeated key is refused; by default 409, `invalid-transaction`.
    #[must_use]
    pub fn key_refusal(mut self, refusal: KeyRefusal) -> Self {
        self.options.key_refusal = refusal;
        self
    }

    /// Sets where a key must be unique; by default in its app and operation.
    #[must_use]
    pub fn key_scope(mut self, scope: KeyScope) -> Self {
        self.options.key_scope = scope;
        self
    }

    /// Sets when the time of a key begins; by default when its first request is carried out.
    #[must_use]
    pub fn key_ttl_from(mut self, from: KeyTtlFrom) -> Self {
        self.options.key_ttl_from = from;
        self
    }

    /// Sets what happens to a request whose idempotency key is in flight; by default it waits for the first request.
    #[must_use]
    pub fn key_inflight(mut self, reading: KeyInflight) -> Self {
        self.options.key_inflight = reading;
        self
    }

    /// Sets what a repeated key does when the body differs; by default the same as with the same body.
    #[must_use]
    pub fn key_changed_body(mut self, reading: KeyChangedBody) -> Self {
        self.options.key_changed_body = reading;
        self
    }

    /// Sets how long a key is remembered, by the sandbox's clock; by default 24 hours.
    #[must_use]
    pub fn key_ttl(mut self, ttl: Duration) -> Self {
        self.options.key_ttl = ttl;
        self
    }

    /// Sets how long a payout link can be claimed, by the sandbox's clock; by default 30 days.
    #[must_use]
    pub fn link_ttl(mut self, ttl: Duration) -> Self {
        self.options.link_ttl = ttl;
        self
    }

    /// Sets which errors are stored under their key, so that a repeat gets them again; by default none.
    #[must_use]
    pub fn store_errors(mut self, which: StoreErrors) -> Self {
        self.options.store_errors = which;
        self
    }

    /// Sets whether bodies follow the document exactly, without the quirks of real bodies; by default they have the
    /// quirks.
    #[must_use]
    pub fn tidy_bodies(mut self, tidy: bool) -> Self {
        self.options.tidy_bodies = tidy;
        self
    }

    /// Sets whether a field that the document does not name is refused in every body, which finds typing errors of a
    /// client. By default it is refused only where a page says that the body is closed.
    #[must_use]
    pub fn refuse_unknown_fields(mut self, refuse: bool) -> Self {
        self.options.refuse_unknown_fields = refuse;
        self
    }

    /// Sets how long the sandbox waits before it commits a request that can change something, in real time.
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

    /// Sets the opening balance of the organization's wallet, in cents; by default nothing.
    #[must_use]
    pub fn organization_funds(mut self, cents: i64) -> Self {
        self.initial.organization_funds = Some(cents);
        self
    }

    /// Sets whether apps may have a table of payout fees; by default they may. Where they may not, the table is refused
    /// with 403.
    #[must_use]
    pub fn payout_fee_table(mut self, allowed: bool) -> Self {
        self.options.payout_fee_table = allowed;
        self
    }

    /// Adds a webhook endpoint on this machine: a URL such as `http://127.0.0.1:4020/dots`, or a [`WebhookEndpoint`].
    #[must_use]
    pub fn webhook(mut self, endpoint: impl Into<WebhookEndpoint>) -> Self {
        self.webhooks.push(endpoint.into());
        self
    }

    /// Sets which webhook bodies name their event; by default all do.
    #[must_use]
    pub fn webhook_event_key(mut self, which: WebhookEventKey) -> Self {
        self.options.webhooks.event_key = which;
        self
    }

    /// Sets the form of webhook bodies where the sources show two; by default the newer one.
    #[must_use]
    pub fn webhook_form(mut self, form: WebhookForm) -> Self {
        self.options.webhooks.form = form;
        self
    }

    /// Sets which clock stamps webhooks; by default the machine's, because receivers compare the time with their own.
    #[must_use]
    pub fn webhook_clock(mut self, clock: WebhookClock) -> Self {
        self.options.webhooks.clock = clock;
        self
    }

    /// Sets how long a webhook receiver may take to answer, in real time; by default 15 seconds.
    #[must_use]
    pub fn webhook_timeout(mut self, timeout: Duration) -> Self {
        self.options.webhooks.timeout = timeout;
        self
    }

    /// Sets whether every answer is checked against the document before it is sent; by default it is.
    ///
    /// Without the check the sandbox is faster, and its own mistakes reach the client.
    #[must_use]
    pub fn validate_answers(mut self, validate: bool) -> Self {
        self.options.validate_answers = validate;
        self
    }

    /// Starts the sandbox on the current Tokio runtime.
    ///
    /// # Errors
    /// Returns an error when the port is taken, the funds are negative, a reading is for an operation that takes no
    /// key, a webhook is not on this machine, or the
    /// embedded document cannot be used. Returns an error, too, when the state file is in use by another sandbox,
    /// damaged, some other file, or of a world that began with other settings than this builder's. The file is then
    /// left as it is.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        let funds = [self.initial.funds, self.initial.organization_funds];
        if let Some(funds) = funds.into_iter().flatten().find(|cents| *cents < 0) {
            return Err(StartError(Kind::Funds { funds }));
        }
        let spec = Spec::embedded().map_err(|source| StartError(Kind::Spec { source }))?;
        let keyless = self.options.key_repeat_for.keys().find(|name| !spec.takes_key(name));
        if let Some(operation) = keyless {
            return Err(StartError(Kind::Keyless { operation: operation.clone() }));
        }
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let bind_error = |source| StartError(Kind::Bind { address, source });
        let listener = Arc::new(Listener::open_at(address).map_err(bind_error)?);
        let address = listener.address();
        let page_base = self.page_base.unwrap_or_else(|| format!("http://{address}"));
        let state_error = |source| StartError(Kind::State { source });
        let opened = self.state.as_ref().map(|path| Journal::open(path, self.initial));
        let (journal, initial) = match opened.transpose().map_err(state_error)? {
            Some((journal, initial)) => (Some(journal), initial),
            None => (None, self.initial.resolve()),
        };
        let simulator = Arc::new(Simulator::new(
            spec,
            State::from_initial(initial, self.options).with_page_base(&page_base),
        ));
        let found =
            journal.map(|journal| simulator.world().keep_in(journal)).transpose().map_err(state_error)?;
        let added = simulator::add_missing_webhooks(&simulator, self.webhooks);
        added.map_err(|source| StartError(Kind::Webhook { source }))?;
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(simulator::deliver_webhooks(Arc::clone(&simulator), stopped.clone()));
        {
            let faults = &mut simulator.world().faults;
            faults.set_listener(Arc::clone(&listener));
            faults.arm_missing(self.rules, self.faults);
        }
        let server = tokio::spawn(server::serve(listener, Arc::clone(&simulator), stopped));
        Ok(Sandbox::new(address, simulator, stop, server, found))
    }
}

/// The sandbox could not start.
#[derive(Debug)]
pub struct StartError(Kind);

#[derive(Debug)]
enum Kind {
    Bind { address: SocketAddr, source: io::Error },
    Funds { funds: i64 },
    Keyless { operation: String },
    Spec { source: SpecError },
    State { source: StateError },
    Webhook { source: WebhookError },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Bind { address, source } if source.kind() == io::ErrorKind::AddrInUse => {
                write!(
                    f,
                    "could not listen on `{address}`: another program uses this port; name another one, or 0 for a free one"
                )
            }
            Kind::Bind { address, .. } => write!(f, "could not listen on `{address}`"),
            Kind::Funds { funds } => {
                write!(f, "could not start with `{funds}` cents: funds must not be negative")
            }
            Kind::Keyless { operation } => {
                write!(
                    f,
                    "could not set a reading for `{operation}`: no operation that takes a key has this id"
                )
            }
            Kind::Spec { .. } => f.write_str("could not read the embedded document"),
            // The source says it all: what was tried, with which file, and what to do.
            Kind::State { source } => source.fmt(f),
            Kind::Webhook { .. } => f.write_str("could not add a webhook"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Bind { source, .. } => Some(source),
            Kind::Funds { .. } | Kind::Keyless { .. } => None,
            Kind::Spec { source } => Some(source),
            Kind::State { source } => source.source(),
            Kind::Webhook { source } => Some(source),
        }
    }
}
