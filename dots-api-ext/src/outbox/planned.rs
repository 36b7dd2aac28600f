//! A payout that is planned without an API key: a value that can be written beside other data, and sent elsewhere.

use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use dots_api::{Cents, IdempotencyKey, Metadata};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::mark::{Mark, Payable, store_of};
use super::store::Entry;
use crate::calls::stored::StoredRequest;
use crate::error::{Error, ErrorKind};
use crate::network::config::Environment;
use crate::policy::idempotency::{Scope, canonical, key_of_reference};

/// The version of the text form that is written here, and the only one that is read.
const VERSION: u32 = 1;

/// Plans payouts without an API key, such as in the transaction that writes the invoice.
///
/// The account is a name of your own. It tells the payouts of one account of Dots from those of another, whatever API
/// keys the account has: the idempotency key is derived from it, the operation and the reference.
///
/// # Examples
/// ```
/// use dots_api_ext::dots_api::{PhonePayee, SendPayout, SendPayoutRequest};
/// use dots_api_ext::outbox::{Planned, Planner};
/// use dots_api_ext::{Cents, Environment};
///
/// let payee = PhonePayee::new("1".parse()?, "2025550139".parse()?);
/// let payout = SendPayout::new(SendPayoutRequest::new(Cents::new(4_810)).payee(payee));
/// let planned = Planner::new("main account", Environment::Sandbox).plan("invoice-881", payout)?;
///
/// let text = planned.to_string();
/// assert_eq!(text.parse::<Planned>()?, planned);
/// assert_eq!((planned.reference(), planned.cents()), ("invoice-881", Cents::new(4_810)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Planner {
    account: String,
    environment: Environment,
    made_at: Option<SystemTime>,
}

impl Planner {
    /// Plans for an account, by a name of your own, and the environment that the payouts are sent to.
    #[must_use]
    pub fn new(account: impl Into<String>, environment: Environment) -> Self {
        Self { account: account.into(), environment, made_at: None }
    }

    /// Sets the time of day, where there is no clock, or so that a test can repeat itself.
    #[must_use]
    pub fn at(self, time: SystemTime) -> Self {
        Self { made_at: Some(time), ..self }
    }

    /// Plans a payout: its key, its exact bytes and its fingerprint.
    ///
    /// # Errors
    /// Returns an error if the reference, the amount or the metadata is one that an outbox refuses.
    ///
    /// # Examples
    /// See [`Planner`].
    pub fn plan<O: Payable>(&self, reference: impl Into<String>, mut operation: O) -> Result<Planned, Error> {
        let reference = canonical(&reference.into()).into_owned();
        let scope = Scope { account: &self.account, app: None };
        let key = key_of_reference(scope, O::META.id, &reference).map_err(Error::not_sent)?;
        operation.set_key(key);
        if operation.cents() == Cents::ZERO {
            return Err(Error::not_sent("the amount must not be zero".to_owned()));
        }
        let mark = Mark { reference: reference.clone(), generation: 0, store: store_of(&self.account) };
        mark.put(operation.metadata_mut()).map_err(Error::not_sent)?;
        let made_at = self.made_at.unwrap_or_else(SystemTime::now);
        let request = StoredRequest::of(&self.environment, &operation, made_at)?;
        Ok(Planned { account: self.account.clone(), reference, cents: operation.cents(), request })
    }
}

/// A payout that is planned, and not sent: a value with a text form of one line of JSON, which carries a version.
///
/// The text names people. An outbox reads amount and fingerprint from the request again, and believes no copy of them.
///
/// # Examples
/// See [`Planner`].
#[derive(Clone, PartialEq, Eq)]
pub struct Planned {
    account: String,
    reference: String,
    cents: Cents,
    request: StoredRequest,
}

/// The text form.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    planned: u32,
    account: String,
    reference: String,
    cents: i64,
    request: String,
}

/// The part of a request that an outbox writes.
#[derive(Deserialize)]
struct Body {
    metadata: Option<Metadata>,
}

impl Planned {
    /// Plans its text form in a PostgreSQL database, within a transaction of the caller: `planned`, or `known` if it was
    /// planned before.
    pub const SQL: &str = "SELECT dots_outbox.plan($1)";

    /// Returns the name of the account that it is to be paid from.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// Returns the business key.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// Returns the amount.
    #[must_use]
    pub fn cents(&self) -> Cents {
        self.cents
    }

    /// Returns the key under which it is sent.
    #[must_use]
    pub fn idempotency_key(&self) -> IdempotencyKey {
        self.request.idempotency_key()
    }

    /// Returns what tells one payment from another; see [`StoredRequest::fingerprint`].
    #[must_use]
    pub fn fingerprint(&self) -> Uuid {
        self.request.fingerprint()
    }

    /// Returns the exact request.
    #[must_use]
    pub fn request(&self) -> &StoredRequest {
        &self.request
    }

    /// Returns what a store keeps of it, as part of a run or not.
    #[must_use]
    pub fn entry(&self, run: Option<String>) -> Entry {
        Entry {
            reference: self.reference.clone(),
            run,
            operation: self.request.operation().to_owned(),
            cents: self.cents,
            fingerprint: self.fingerprint(),
            key: self.idempotency_key(),
            request: self.request.to_string(),
        }
    }
}

impl fmt::Display for Planned {
    /// Writes the text form, which names people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = Text {
            planned: VERSION,
            account: self.account.clone(),
            reference: self.reference.clone(),
            cents: self.cents.get(),
            request: self.request.to_string(),
        };
        f.write_str(&serde_json::to_string(&text).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Planned {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = |why: &str| {
            Error::not_sent(format!("could not read the planned payout: {why}"))
                .of_kind(ErrorKind::InvalidInput)
        };
        let text: Text = serde_json::from_str(text)
            .map_err(|_| refused("it was cut short, or has fields that this version does not know"))?;
        if text.planned != VERSION {
            return Err(refused(&format!(
                "its version is `{}`, and this crate reads `{VERSION}`",
                text.planned
            )));
        }
        let Text { account, reference, cents, request, .. } = text;
        if canonical(&reference) != reference {
            return Err(refused("its reference is not in normalization form C"));
        }
        let request: StoredRequest = request.parse()?;
        let body: Body =
            serde_json::from_str(request.body()).map_err(|_| refused("its request is cut short"))?;
        let scope = Scope { account: &account, app: None };
        let key = key_of_reference(scope, request.operation(), &reference);
        if key != Ok(request.idempotency_key()) {
            return Err(refused("its key is not that of its reference"));
        }
        // The request is found by its mark, whatever stands beside it.
        let mark = Mark { reference: reference.clone(), generation: 0, store: store_of(&account) };
        if Mark::read(body.metadata.as_ref()) != Some(mark) {
            return Err(refused("its request is of another reference or account"));
        }
        Ok(Self { account, reference, cents: Cents::new(cents), request })
    }
}

impl fmt::Debug for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Planned")
            .field("account", &self.account)
            .field("reference", &self.reference)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}
