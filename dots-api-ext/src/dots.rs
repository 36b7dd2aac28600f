//! The client that people hold.

use std::env::{self, VarError};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use dots_api::{AppId, Client, Operation};
use http::{HeaderName, HeaderValue};
use secrecy::SecretString;

use crate::call;
use crate::config::Environment;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::idempotency::Doubts;
use crate::receipt::Receipt;
use crate::transport::HardenedTransport;

/// How long a call may take in all, unless the builder says otherwise: longer than a payout takes at Dots.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The header by which an organization acts for one of its apps (overview/authentication).
const APP_ID: HeaderName = HeaderName::from_static("api-app-id");

/// The header that carries a user's address (references/ip-address-tracking).
const USER_IP: HeaderName = HeaderName::from_static("dots-user-ip");

/// Calls Dots, carefully: each call is sent once, and its error says whether money may have moved.
///
/// Cloning is cheap, and clones share connections.
#[derive(Clone, Debug)]
pub struct Dots {
    client: Client,
    account: Arc<str>,
    doubts: Arc<Doubts>,
}

impl Dots {
    /// Makes a client of the environment's variables.
    ///
    /// | variable | holds |
    /// |---|---|
    /// | `DOTS_CLIENT_ID` | the client id |
    /// | `DOTS_API_KEY` | the API key |
    /// | `DOTS_ENVIRONMENT` | `sandbox` (which it is when unset), `production` or a URL |
    /// | `DOTS_APP_ID` | the app that an organization's key acts for; may be unset |
    ///
    /// # Errors
    /// Returns an error that names the variable which is missing or malformed; never its value.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| match env::var(name) {
            Ok(text) => Ok(Some(text)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => {
                Err(Error::not_sent(format!("could not read `{name}`: it is not text")))
            }
        })
    }

    /// Makes a client of the variables of [`from_env`](Self::from_env), looked up elsewhere, such as in a secret store.
    ///
    /// # Errors
    /// Returns the error of `lookup`, and errors as [`from_env`](Self::from_env) does.
    ///
    /// # Examples
    /// ```
    /// use dots_api_ext::Dots;
    ///
    /// let store = [("DOTS_CLIENT_ID", "pk_dev_example"), ("DOTS_API_KEY", "sk_dev_example")];
    /// let dots = Dots::from_variables(|name| {
    ///     Ok(store.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    /// })?;
    /// # Ok::<(), dots_api_ext::Error>(())
    /// ```
    pub fn from_variables(lookup: impl Fn(&str) -> Result<Option<String>, Error>) -> Result<Self, Error> {
        let required = |name: &str| {
            lookup(name)?.ok_or_else(|| Error::not_sent(format!("could not read `{name}`: it is not set")))
        };
        let mut builder = Self::builder()
            .credentials(required("DOTS_CLIENT_ID")?, required("DOTS_API_KEY")?)
            .named("DOTS_CLIENT_ID", "DOTS_API_KEY");
        if let Some(text) = lookup("DOTS_ENVIRONMENT")? {
            builder =
                builder.environment(text.parse().map_err(|error| malformed("DOTS_ENVIRONMENT", &error))?);
        }
        if let Some(text) = lookup("DOTS_APP_ID")? {
            // The text stays out of the message: another secret may have been put into the wrong variable.
            let why = "an app id is 1 to 64 letters, digits, `_` or `-`";
            builder = builder.app_id(text.parse().map_err(|_| malformed("DOTS_APP_ID", &why))?);
        }
        builder.build()
    }

    /// Starts a client whose settings come from elsewhere.
    ///
    /// # Examples
    /// ```
    /// use dots_api_ext::{Dots, Environment};
    ///
    /// let dots = Dots::builder()
    ///     .credentials("pk_dev_example", "sk_dev_example")
    ///     .environment(Environment::Sandbox)
    ///     .build()?;
    /// # Ok::<(), dots_api_ext::Error>(())
    /// ```
    #[must_use]
    pub fn builder() -> DotsBuilder {
        DotsBuilder::default()
    }

    /// Sends any operation of the API, once.
    ///
    /// The operation keeps its idempotency key: running a clone of it asks Dots the same thing again.
    ///
    /// # Errors
    /// Returns an error whose [`delivery`](Error::delivery) says whether the operation may have been carried out.
    ///
    /// # Examples
    /// ```no_run
    /// # #[cfg(feature = "all-tags")]
    /// # async fn list(dots: dots_api_ext::Dots) -> Result<(), dots_api_ext::Error> {
    /// use dots_api_ext::dots_api::{ListTransfers, TransferStatus};
    ///
    /// let page = dots.run(ListTransfers::new().status(TransferStatus::Completed).limit(100)).await?;
    /// println!("{} transfers, more to come: {}", page.data.len(), page.has_more);
    /// # Ok(()) }
    /// ```
    pub async fn run<O: Operation>(&self, operation: O) -> Result<Receipt<O::Output>, Error> {
        call::once(&self.client, &self.doubts, &operation).await
    }

    /// Returns a client that acts for another app of the organization.
    ///
    /// # Errors
    /// Returns an error when the id cannot stand in a header.
    pub fn with_app(&self, app: &AppId) -> Result<Self, Error> {
        Ok(Self { client: self.client.clone().with_header(APP_ID, app_header(app)?), ..self.clone() })
    }

    /// Returns a client that tells Dots the address of the user on whose behalf it calls.
    ///
    /// The address goes to the operations that take it, which concern users; Dots looks at it to tell fraud
    /// (references/ip-address-tracking).
    ///
    /// # Errors
    /// Returns an error when the address cannot stand in a header.
    pub fn with_user_ip(&self, address: IpAddr) -> Result<Self, Error> {
        let value = HeaderValue::try_from(address.to_string())
            .map_err(|_| Error::not_sent("could not use the user's address: it cannot stand in a header"))?;
        Ok(Self { client: self.client.clone().with_header(USER_IP, value), ..self.clone() })
    }

    /// The account that business references are told apart by.
    pub(crate) fn account(&self) -> &str {
        &self.account
    }
}

/// Gathers the settings of a [`Dots`].
#[derive(Clone, Debug)]
pub struct DotsBuilder {
    credentials: Option<(String, SecretString)>,
    names: (&'static str, &'static str),
    environment: Environment,
    app_id: Option<AppId>,
    timeout: Duration,
}

impl Default for DotsBuilder {
    fn default() -> Self {
        Self {
            credentials: None,
            names: ("client_id", "api_key"),
            environment: Environment::default(),
            app_id: None,
            timeout: TIMEOUT,
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

    /// Sets how long a call may take in all; 60 seconds unless set.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the names by which errors call the credentials.
    fn named(mut self, client_id: &'static str, api_key: &'static str) -> Self {
        self.names = (client_id, api_key);
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// Returns an error that names the setting which is missing or malformed; never its value.
    pub fn build(self) -> Result<Dots, Error> {
        let (id_name, key_name) = self.names;
        let (client_id, api_key) = self.credentials.ok_or_else(|| {
            Error::not_sent(format!("could not make a client: `{id_name}` and `{key_name}` are not set"))
        })?;
        let credentials = Credentials::new(client_id, api_key, id_name, key_name)?;
        let transport = HardenedTransport::new(&self.environment, self.timeout)?;
        let mut client = Client::with_transport(self.environment.base_url(), Arc::new(transport))
            .map_err(|error| Error::not_sent(error.to_string()))?
            .with_header(http::header::AUTHORIZATION, credentials.header()?);
        if let Some(app) = &self.app_id {
            client = client.with_header(APP_ID, app_header(app)?);
        }
        Ok(Dots { client, account: Arc::from(credentials.account()), doubts: Arc::default() })
    }
}

fn app_header(app: &AppId) -> Result<HeaderValue, Error> {
    HeaderValue::try_from(app.as_str())
        .map_err(|_| Error::not_sent("could not use the app id: it cannot stand in a header"))
}

/// Names the variable; `why` is written so that it holds no value.
fn malformed(name: &'static str, why: &dyn std::fmt::Display) -> Error {
    Error::not_sent(format!("could not read `{name}`: {why}"))
}
