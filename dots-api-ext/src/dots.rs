//! The client that people hold.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use dots_api::{AppId, Operation};
use http::{HeaderName, HeaderValue, header};
use uuid::Uuid;

use crate::engine::call::Caller;
use crate::error::Error;
use crate::network::config::Environment;
use crate::policy::idempotency::Scope;
use crate::policy::key_registry::EarlierSends;
use crate::policy::retry::RetryPolicy;
use crate::policy::validate::Check;
use crate::reply::Reply;

/// The header by which an organization acts for one of its apps ([overview/authentication]).
///
/// [overview/authentication]: https://docs.dots.dev/overview/authentication
const APP_ID: HeaderName = HeaderName::from_static("api-app-id");

/// The header that carries a user's address ([references/ip-address-tracking]).
///
/// [references/ip-address-tracking]: https://docs.dots.dev/references/ip-address-tracking
const USER_IP: HeaderName = HeaderName::from_static("dots-user-ip");

/// The headers that are this client's to write, and those by which a connection is handled.
const OWN_HEADERS: [HeaderName; 18] = [
    APP_ID,
    USER_IP,
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::AUTHORIZATION,
    header::CONNECTION,
    header::CONTENT_ENCODING,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::HOST,
    header::PROXY_AUTHORIZATION,
    header::RANGE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::USER_AGENT,
];

/// Calls Dots, carefully: a call is retried only where that cannot pay twice, and its error says whether money may
/// have moved.
///
/// Cloning is cheap. Clones share connections, the budget for retries and the memory of keys that are in doubt; the
/// `with_` methods return clones with other options, for one call or for many. `Debug` shows on one line where calls go.
#[derive(Clone)]
pub struct Dots {
    pub(crate) caller: Arc<Caller>,
    /// The account that business references are told apart by.
    pub(crate) account: Arc<str>,
    /// The app that an organization acts for, by which they are told apart too.
    pub(crate) app: Option<Arc<AppId>>,
}

impl Dots {
    /// Sends any operation of the API, and again where that is safe and may help.
    ///
    /// The operation keeps its idempotency key from one attempt to the next, and its bytes as well: running a clone of
    /// it asks Dots the same thing again. What is retried, how often and how soon is told by [`RetryPolicy`].
    ///
    /// One call at a time sends a key, in all clients of this process: another one with the same key waits until the first
    /// is over, and then learns what became of it.
    ///
    /// Dropping the future is not canceling the operation: the request may have left. Nothing is left half-done here;
    /// the client only remembers that the key is in doubt.
    ///
    /// # Errors
    /// Returns an error whose [`outcome`](Error::outcome) says whether the operation may have been carried out.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(not(feature = "all-tags"))]
    /// # fn main() {}
    /// # #[cfg(feature = "all-tags")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let dots = dots_api_ext::Dots::builder()
    /// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// use dots_api_ext::dots_api::{ListTransfers, TransferStatus};
    ///
    /// let page = dots.run(ListTransfers::new().status(TransferStatus::Completed).limit(100)).await?;
    /// println!("{} transfers, more to come: {}", page.data.len(), page.has_more);
    /// # assert_eq!(sandbox.requests().len(), 1);
    /// # Ok(()) }
    /// ```
    pub async fn run<O: Operation>(&self, operation: O) -> Result<Reply<O::Output>, Error> {
        self.caller.run(&operation).await
    }

    /// Returns where the calls of this client go.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(not(feature = "rustls-ring"))]
    /// # fn main() {}
    /// # #[cfg(feature = "rustls-ring")]
    /// # fn main() -> Result<(), dots_api_ext::Error> {
    /// use std::time::Duration;
    ///
    /// use dots_api_ext::{Dots, Environment};
    ///
    /// let dots = Dots::builder().credentials("pk_dev_example", "sk_dev_example").build()?;
    /// assert_eq!(dots.environment(), Environment::Sandbox);
    /// assert_eq!(dots.timeout(), Duration::from_secs(60));
    /// assert_eq!(dots.retry_policy().settings().attempts, 3);
    /// assert_eq!(dots.app_id(), None);
    /// assert_eq!(format!("{dots:?}"), "Dots(sandbox, https://pls.senddotssandbox.com/api)");
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn environment(&self) -> Environment {
        Environment::at(self.caller.client.base_url())
    }

    /// Returns the app of the organization that this client acts for, if one is set.
    ///
    /// # Examples
    /// See [`environment`](Self::environment).
    #[must_use]
    pub fn app_id(&self) -> Option<&AppId> {
        self.app.as_deref()
    }

    /// Returns how long each attempt of a call may take.
    ///
    /// # Examples
    /// See [`environment`](Self::environment).
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.caller.timeout
    }

    /// Returns the policy by which calls are retried.
    ///
    /// # Examples
    /// See [`environment`](Self::environment).
    #[must_use]
    pub fn retry_policy(&self) -> &RetryPolicy {
        &self.caller.policy
    }

    /// Returns a client that acts for another app of the organization.
    ///
    /// # Errors
    /// Returns an error when the id cannot stand in a header.
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
    /// # let app: dots_api_ext::dots_api::AppId = sandbox.app_id().parse()?;
    /// use dots_api_ext::{Cents, Payee};
    ///
    /// let for_app = dots.with_app(&app)?;
    /// for_app.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).await?;
    /// # assert!(sandbox.requests()[0].headers.contains(&("api-app-id".to_owned(), app.to_string())));
    /// # assert_eq!(sandbox.paid("2025550139"), 1_000);
    /// # Ok(()) }
    /// ```
    pub fn with_app(&self, app: &AppId) -> Result<Self, Error> {
        let mut dots = self.clone();
        dots.set_app(app).map_err(Error::not_sent)?;
        Ok(dots)
    }

    /// Returns a client that tells Dots the address of the user on whose behalf it calls.
    ///
    /// The address goes to the operations that take it, which concern users; Dots looks at it to tell fraud
    /// ([references/ip-address-tracking]).
    ///
    /// # Errors
    /// Returns an error when the address cannot stand in a header.
    ///
    /// # Examples
    /// ```
    /// # #[cfg(not(feature = "all-tags"))]
    /// # fn main() {}
    /// # #[cfg(feature = "all-tags")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let dots = dots_api_ext::Dots::builder()
    /// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// use std::net::IpAddr;
    ///
    /// use dots_api_ext::Phone;
    ///
    /// let visitor: IpAddr = "192.0.2.7".parse()?;
    /// let for_jo = dots.with_user_ip(visitor)?;
    /// let user = for_jo.create_user("Jo", "Doe", "jo@example.com", Phone::new("1", "2025550139")).await?;
    /// # assert!(sandbox.requests()[0].headers.contains(&("dots-user-ip".to_owned(), "192.0.2.7".to_owned())));
    /// # assert_eq!(dots.fetch_user(&user.id).await?.verified, Some(false));
    /// # Ok(()) }
    /// ```
    ///
    /// [references/ip-address-tracking]: https://docs.dots.dev/references/ip-address-tracking
    pub fn with_user_ip(&self, address: IpAddr) -> Result<Self, Error> {
        let mut dots = self.clone();
        dots.set_user_ip(address).map_err(Error::not_sent)?;
        Ok(dots)
    }

    /// Returns a client that sends one more header, such as the id of a trace.
    ///
    /// # Errors
    /// Returns an error for a header that is the client's own, such as `Authorization` and `Api-App-Id`, or that a
    /// connection is handled by, such as `Upgrade`.
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
    /// use dots_api_ext::{Cents, Payee};
    /// use http::{HeaderName, HeaderValue};
    ///
    /// let traced = dots.with_header(HeaderName::from_static("x-trace"), HeaderValue::from_static("t-1"))?;
    /// traced.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).await?;
    /// # assert!(sandbox.requests()[0].headers.contains(&("x-trace".to_owned(), "t-1".to_owned())));
    /// # assert_eq!(sandbox.paid("2025550139"), 1_000);
    /// # Ok(()) }
    /// ```
    pub fn with_header(&self, name: HeaderName, value: HeaderValue) -> Result<Self, Error> {
        let mut dots = self.clone();
        dots.set_header(name, value).map_err(Error::not_sent)?;
        Ok(dots)
    }

    /// Returns a client whose attempts take at most this long each, from the connection to the last byte.
    ///
    /// A payout that takes longer at Dots than the client waits ends in doubt, so choose it long rather than short. An
    /// attempt takes no longer than what is left of the call's [`deadline`](RetryPolicy::deadline).
    ///
    /// # Examples
    /// See [`with_retry`](Self::with_retry).
    #[must_use]
    pub fn with_timeout(&self, timeout: Duration) -> Self {
        let mut dots = self.clone();
        dots.set_timeout(timeout);
        dots
    }

    /// Returns a client that retries as this policy says.
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
    /// use std::time::Duration;
    ///
    /// use dots_api_ext::{Cents, Payee, RetryPolicy};
    ///
    /// let policy = RetryPolicy::standard().attempts(5).deadline(Duration::from_secs(600));
    /// let patient = dots.with_retry(policy).with_timeout(Duration::from_secs(120));
    /// patient.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).await?;
    /// # assert_eq!(sandbox.paid("2025550139"), 1_000);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn with_retry(&self, policy: RetryPolicy) -> Self {
        let mut dots = self.clone();
        dots.caller_mut().policy = policy;
        dots
    }

    /// Returns a client for operations of whose keys the caller knows what other processes have done with them.
    ///
    /// # Examples
    /// See [`Prepared::earlier`](crate::Prepared::earlier), which says the same of a prepared call.
    #[must_use]
    pub fn with_earlier(&self, sends: EarlierSends) -> Self {
        let mut dots = self.clone();
        dots.caller_mut().earlier = Some(sends);
        dots
    }

    /// Returns whose business references a call has.
    pub(crate) fn scope(&self) -> Scope<'_> {
        Scope { account: &self.account, app: self.app.as_deref() }
    }

    pub(crate) fn set_app(&mut self, app: &AppId) -> Check {
        let app = in_one_spelling(app);
        let header = HeaderValue::try_from(app.as_str())
            .map_err(|_| "could not use the app id: it cannot stand in a header")?;
        self.set_own_header(APP_ID, header);
        let caller = self.caller_mut();
        caller.origin = caller.shared.origin.for_app(&caller.shared.registry, app.as_str());
        self.app = Some(Arc::new(app));
        Ok(())
    }

    pub(crate) fn set_user_ip(&mut self, address: IpAddr) -> Check {
        let header = HeaderValue::try_from(address.to_string())
            .map_err(|_| "could not use the user's address: it cannot stand in a header")?;
        self.set_own_header(USER_IP, header);
        Ok(())
    }

    pub(crate) fn set_header(&mut self, name: HeaderName, value: HeaderValue) -> Check {
        if OWN_HEADERS.contains(&name) {
            let why = "it is for the client to write, see `with_app` and `with_user_ip` for theirs";
            return Err(format!("could not add the header `{name}`: {why}"));
        }
        self.set_own_header(name, value);
        Ok(())
    }

    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        let caller = self.caller_mut();
        caller.client = caller.client.clone().with_timeout(timeout);
        caller.timeout = timeout;
    }

    /// Returns what a call is made with, for this client alone.
    pub(crate) fn caller_mut(&mut self) -> &mut Caller {
        Arc::make_mut(&mut self.caller)
    }

    fn set_own_header(&mut self, name: HeaderName, value: HeaderValue) {
        let caller = self.caller_mut();
        caller.client = caller.client.clone().with_header(name, value);
    }
}

impl fmt::Debug for Dots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let environment = self.environment();
        write!(f, "Dots({environment}")?;
        if !matches!(environment, Environment::Custom(_)) {
            write!(f, ", {}", environment.base_url())?;
        }
        if let Some(app) = self.app_id() {
            write!(f, ", app {app}")?;
        }
        f.write_str(")")
    }
}

/// Returns an app id that is a UUID in lower case with hyphens: two spellings must not make two keys of one reference.
fn in_one_spelling(app: &AppId) -> AppId {
    let uuid = Uuid::try_parse(app.as_str()).ok().map(|uuid| uuid.to_string());
    uuid.and_then(|uuid| uuid.parse().ok()).unwrap_or_else(|| app.clone())
}
