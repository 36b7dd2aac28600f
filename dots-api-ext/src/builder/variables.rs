//! The settings of a client, read from variables.

use std::env::{self, VarError};
use std::error::Error as StdError;

use super::DotsBuilder;
use crate::dots::Dots;
use crate::error::Error;

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
    ///
    /// # Examples
    /// The program in README.md begins with it. See [`from_variables`](Self::from_variables) for the same without an
    /// environment.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| match env::var(name) {
            Ok(text) => Ok(Some(text)),
            Err(VarError::NotPresent) => Ok(None),
            // The cause would repeat the value.
            Err(VarError::NotUnicode(_)) => Err("it is not text".into()),
        })
    }

    /// Makes a client of the variables of [`from_env`](Self::from_env), looked up elsewhere, such as in a secret store.
    ///
    /// `lookup` returns errors of any type. **What such an error shows, the error of this method shows as well**, so it
    /// must hold no secret.
    ///
    /// # Errors
    /// Returns an error that names the variable and has the error of `lookup` for its
    /// [`source`](std::error::Error::source), and errors as [`from_env`](Self::from_env) does.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// use std::collections::HashMap;
    ///
    /// use dots_api_ext::{Cents, Dots, Payee};
    ///
    /// let store = HashMap::from([
    ///     ("DOTS_CLIENT_ID", "pk_dev_sandbox".to_owned()),
    ///     ("DOTS_API_KEY", "sk_dev_sandbox".to_owned()),
    ///     ("DOTS_ENVIRONMENT", sandbox.url()),
    /// ]);
    /// let dots = Dots::from_variables(|name| Ok(store.get(name).cloned()))?;
    /// dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).await?;
    /// # assert_eq!(sandbox.paid("2025550139"), 1_000);
    /// # Ok(()) }
    /// ```
    pub fn from_variables(
        lookup: impl Fn(&str) -> Result<Option<String>, Box<dyn StdError + Send + Sync>>,
    ) -> Result<Self, Error> {
        let lookup = |name: &str| {
            lookup(name)
                .map_err(|error| Error::settings(format!("could not read `{name}`: {error}")).because(error))
        };
        let required = |name: &str| {
            lookup(name)?.ok_or_else(|| Error::settings(format!("could not read `{name}`: it is not set")))
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
    /// use dots_api_ext::Dots;
    ///
    /// let dots = Dots::builder()
    ///     .credentials("pk_dev_example", "sk_dev_example")
    ///     .environment("http://127.0.0.1:4010/api".parse()?)
    ///     .build()?;
    /// # Ok::<(), dots_api_ext::Error>(())
    /// ```
    #[must_use]
    pub fn builder() -> DotsBuilder {
        DotsBuilder::default()
    }
}

/// Names the variable; `why` is written so that it holds no value.
fn malformed(name: &'static str, why: &dyn std::fmt::Display) -> Error {
    Error::settings(format!("could not read `{name}`: {why}"))
}
