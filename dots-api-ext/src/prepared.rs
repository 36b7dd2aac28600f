//! A call that is made and not sent yet: what all sugar has in common.

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use dots_api::{AppId, IdempotencyKey, Operation};
use http::{HeaderName, HeaderValue};

use crate::checks::Check;
use crate::dots::Dots;
use crate::error::Error;
use crate::idempotency::key_of_reference;
use crate::receipt::Receipt;
use crate::retry::RetryPolicy;

/// Holds an operation that is sent when it is awaited, with the options of this one call.
///
/// The functions of [`Dots`] make it, such as [`Dots::send_payout`]. What the operation must have was an argument of the
/// function; what it may have is a method here. Awaiting a clone asks for the same thing again, under the same key.
///
/// What cannot be right is refused when it is awaited, before anything leaves, with
/// [`Delivery::NotSent`](crate::Delivery::NotSent). What no method sets is set on the operation:
///
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
/// use dots_api_ext::{Cents, Payee};
///
/// let payout = dots
///     .send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"))
///     .reference("invoice-881")
///     .timeout(Duration::from_secs(90));
/// let mut operation = payout.clone().into_operation()?;
/// operation.body.memo = Some("Invoice 881".to_owned());
/// dots.run(operation).await?;
/// # assert_eq!(sandbox.paid("2025550139"), 1_000);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct Prepared<O> {
    dots: Dots,
    /// The operation, or why it cannot be right: what was refused is not there to be sent.
    draft: Result<O, String>,
    options: CallOptions,
}

/// Marks the operations whose repeats Dots tells by an idempotency key.
pub trait Keyed: Operation + sealed::Sealed {
    /// Puts another key in.
    #[doc(hidden)]
    fn set_key(&mut self, key: IdempotencyKey);
}

pub(crate) mod sealed {
    /// Keeps [`Keyed`](super::Keyed) to the operations that have a key.
    pub trait Sealed {}
}

/// Gives operations with a key in their body the methods that set it.
macro_rules! keyed {
    ($($operation:ty),+) => {$(
        impl $crate::prepared::sealed::Sealed for $operation {}

        impl $crate::prepared::Keyed for $operation {
            fn set_key(&mut self, key: dots_api::IdempotencyKey) {
                self.body.idempotency_key = key;
            }
        }
    )+};
}
pub(crate) use keyed;

/// The options of one call; those that are not set are the client's.
#[derive(Clone, Default)]
struct CallOptions {
    timeout: Option<Duration>,
    policy: Option<RetryPolicy>,
    app: Option<AppId>,
    user_ip: Option<IpAddr>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl<O: Operation> Prepared<O> {
    pub(crate) fn new(dots: &Dots, draft: Result<O, String>) -> Self {
        Self { dots: dots.clone(), draft, options: CallOptions::default() }
    }

    /// Changes the operation.
    pub(crate) fn set(self, change: impl FnOnce(&mut O)) -> Self {
        self.try_set(|operation| {
            change(operation);
            Ok(())
        })
    }

    /// Changes the operation, or refuses it for what would be changed.
    pub(crate) fn try_set(mut self, change: impl FnOnce(&mut O) -> Check) -> Self {
        self.draft = self.draft.and_then(|mut operation| change(&mut operation).map(|()| operation));
        self
    }

    /// Sets how long each attempt of this call may take.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Sets how often this call is asked again, and how soon.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.options.policy = Some(policy);
        self
    }

    /// Sets the app of the organization that this call acts for.
    pub fn app(mut self, app: &AppId) -> Self {
        self.options.app = Some(app.clone());
        self
    }

    /// Tells Dots the address of the user on whose behalf this call is made; see [`Dots::with_user_ip`].
    pub fn user_ip(mut self, address: IpAddr) -> Self {
        self.options.user_ip = Some(address);
        self
    }

    /// Sends one more header with this call, such as the id of a trace; see [`Dots::with_header`].
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.options.headers.push((name, value));
        self
    }

    /// Returns the operation that awaiting would send, to store it before it is sent.
    ///
    /// The options of the call stay behind.
    ///
    /// # Errors
    /// Returns an error when something that the operation was made of cannot be right.
    pub fn into_operation(self) -> Result<O, Error> {
        self.draft.map_err(refused::<O>)
    }
}

impl<O: Keyed> Prepared<O> {
    /// Sends under a key of yours, such as the one that an earlier error returned.
    pub fn idempotency_key(self, key: IdempotencyKey) -> Self {
        self.set(|operation| operation.set_key(key))
    }

    /// Sends under the key of a business reference, such as an invoice number: the same account and reference always
    /// give the same key, so that two programs that pay the same invoice within 24 hours pay it once.
    ///
    /// See [`REFERENCE_NAMESPACE`](crate::REFERENCE_NAMESPACE) for how the key is made. A reference must be one to 255
    /// characters of printable text, without space around it; another is refused when the call is sent.
    pub fn reference(self, reference: &str) -> Self {
        let key = key_of_reference(self.dots.account(), reference);
        self.try_set(|operation| {
            operation.set_key(key?);
            Ok(())
        })
    }
}

impl<O: Operation> IntoFuture for Prepared<O> {
    type Output = Result<Receipt<O::Output>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(mut self) -> Self::IntoFuture {
        // Done before there is a future, so that the options are not in it: a small future is cheap to make.
        let options = self.options.set_on(&mut self.dots);
        Box::pin(async move {
            let operation = self.draft.as_ref().map_err(|why| refused::<O>(why.clone()))?;
            options.map_err(|error| error.of(O::META, operation.idempotency_key()))?;
            // Lent and not taken apart: each move of a call costs.
            self.dots.caller.run(operation).await
        })
    }
}

/// Makes the error of an operation that cannot be right.
fn refused<O: Operation>(why: String) -> Error {
    Error::not_sent(why).of(O::META, None)
}

impl CallOptions {
    fn set_on(&self, dots: &mut Dots) -> Result<(), Error> {
        if let Some(timeout) = self.timeout {
            *dots = dots.with_timeout(timeout);
        }
        if let Some(policy) = &self.policy {
            *dots = dots.with_retry(policy.clone());
        }
        if let Some(app) = &self.app {
            *dots = dots.with_app(app)?;
        }
        if let Some(address) = self.user_ip {
            *dots = dots.with_user_ip(address)?;
        }
        for (name, value) in &self.headers {
            *dots = dots.with_header(name.clone(), value.clone())?;
        }
        Ok(())
    }
}

impl fmt::Debug for CallOptions {
    /// Shows the names of headers: a value may be a secret, and an address belongs to a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("policy", &self.policy)
            .field("app", &self.app)
            .field("has_user_ip", &self.user_ip.is_some())
            .field("headers", &headers)
            .finish()
    }
}
