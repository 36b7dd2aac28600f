//! The request builder that all convenience methods return: a call that has been built and not been sent yet.
//!
//! # Why one type for all operations
//! `dots.send_payout(…)`, `dots.transfer_to_user(…)` and the others return [`Prepared<O>`](Prepared) around the
//! generated operation `O`. It holds the operation, or the reason why it is invalid, and the options of this one call.
//! The optional fields of an operation are methods of `Prepared<O>` for that `O`; keys and references are methods of
//! every `Prepared` whose operation takes a key.
//!
//! A type of its own per operation would repeat the key, the reference, five options, `into_operation`, `Debug` and
//! `IntoFuture` each time, and each copy could forget one. An invalid operation is dropped, so no code path can send
//! it. A field without a method is set on the operation that `into_operation` returns.
//!
//! Considered: a macro that writes one type per operation. It gives the same surface, is harder to read, and adds one
//! name per operation for callers to remember.

mod references;

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use dots_api::{AppId, IdempotencyKey, Operation};
use http::{HeaderName, HeaderValue};

#[cfg(feature = "all-tags")]
pub(crate) use self::references::ItemReferences;
use self::references::Reference;
pub(crate) use self::references::References;
use crate::dots::Dots;
use crate::error::Error;
use crate::policy::idempotency::key_of_reference;
use crate::policy::key_registry::EarlierSends;
use crate::policy::retry::RetryPolicy;
use crate::policy::validate::Check;
use crate::reply::Reply;

/// Holds an operation and the options of this one call; awaiting it sends it.
///
/// Methods of [`Dots`] such as [`Dots::send_payout`] return it. Required fields were arguments of that method; optional
/// fields are methods here.
///
/// **A clone keeps its idempotency key, whatever you change on it.** Awaiting a clone repeats the first call. Dots
/// answers a reused key with the object that the first request made, or refuses it, even if the repeat names another
/// amount or payee ([references/idempotency]): the second payee is not paid. Make a new call for each payee, such as by
/// [`Dots::send_payout`], and clone a call only to repeat it.
///
/// Invalid values fail validation when the call is awaited, before anything is sent, with
/// [`Outcome::NotSent`](crate::Outcome::NotSent); if an earlier send of the same key may have paid, it stays
/// [`Outcome::Unknown`](crate::Outcome::Unknown). `Debug` shows on one line which operation goes where, and under which
/// key and reference; it shows neither amount nor payee nor any text. Set a field that has no method here on the
/// operation itself:
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
///
/// [references/idempotency]: https://docs.dots.dev/references/idempotency
#[must_use = "nothing is sent until it is awaited"]
pub struct Prepared<O> {
    pub(super) dots: Dots,
    /// The operation, or why it is invalid. An invalid operation is dropped, so no code path can send it.
    draft: Result<O, String>,
    /// Their keys are derived when the call is sent: only then is the app known that it acts for.
    references: References<O>,
    /// The key that the caller has set: it may have been sent before, whatever becomes of this call.
    key: Option<IdempotencyKey>,
}

/// The future of a call: it makes progress while it is polled, and is `Send`.
pub type CallFuture<T> = Pin<Box<dyn Future<Output = Result<Reply<T>, Error>> + Send>>;

/// Marks the operations that take an idempotency key.
pub trait Keyed: Operation + sealed::Sealed {
    /// Replaces the key.
    #[doc(hidden)]
    fn set_key(&mut self, key: IdempotencyKey);

    /// Reads the operation from the body of its request.
    #[doc(hidden)]
    fn from_body(body: &[u8]) -> Result<Self, serde_json::Error>;
}

pub(crate) mod sealed {
    /// Restricts [`Keyed`](super::Keyed) to the operations that have a key.
    pub trait Sealed {}
}

/// Implements [`Keyed`] for operations that carry the key in their body.
macro_rules! keyed {
    ($($operation:ty),+) => {$(
        impl $crate::calls::prepared::sealed::Sealed for $operation {}

        impl $crate::calls::prepared::Keyed for $operation {
            #[inline]
            fn set_key(&mut self, key: dots_api::IdempotencyKey) {
                self.body.idempotency_key = key;
            }

            // Compiled where it is called: a program reads the bodies of a few operations.
            #[inline]
            fn from_body(body: &[u8]) -> Result<Self, serde_json::Error> {
                serde_json::from_slice(body).map(Self::new)
            }
        }
    )+};
}
pub(crate) use keyed;

impl<O: Operation> Prepared<O> {
    pub(crate) fn new(dots: &Dots, draft: Result<O, String>) -> Self {
        Self { dots: dots.clone(), draft, references: References::default(), key: None }
    }

    /// Adds the references of the items of a batch.
    #[cfg(feature = "all-tags")]
    pub(crate) fn with_items(mut self, items: ItemReferences<O>) -> Self {
        self.references.items = Some(items);
        self
    }

    /// Changes the operation.
    pub(crate) fn set(self, change: impl FnOnce(&mut O)) -> Self {
        self.try_set(|operation| {
            change(operation);
            Ok(())
        })
    }

    /// Changes the operation, or drops it because the new value is invalid.
    pub(crate) fn try_set(mut self, change: impl FnOnce(&mut O) -> Check) -> Self {
        let check = self.draft.as_mut().map_or(Ok(()), change);
        self.checked(check)
    }

    /// Drops the operation if a check has failed.
    fn checked(mut self, check: Check) -> Self {
        if let (Ok(_), Err(why)) = (&self.draft, check) {
            self.draft = Err(why);
        }
        self
    }

    /// Returns the future that awaiting the call would create, to spawn it as a task or to run many calls concurrently.
    ///
    /// Nothing is sent until the future is polled. Dropping the future does not cancel the operation; see
    /// [`Dots::run`].
    ///
    /// # Errors
    /// The future returns the same error as awaiting the call.
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
    /// use tokio::task::JoinSet;
    ///
    /// let mut payouts = JoinSet::new();
    /// for (name, phone, cents) in [("jo", "2025550139", 1_000), ("al", "2025550140", 2_000)] {
    ///     let payout = dots.send_payout(Cents::new(cents), Payee::phone("1", phone));
    ///     payouts.spawn(payout.reference(format!("march/{name}")).send());
    /// }
    /// while let Some(payout) = payouts.join_next().await.transpose()? {
    ///     match payout {
    ///         Ok(payout) => println!("{} is {}", payout.id, payout.status),
    ///         Err(error) => println!("{error}"),
    ///     }
    /// }
    /// # assert_eq!((sandbox.paid("2025550139"), sandbox.paid("2025550140")), (1_000, 2_000));
    /// # Ok(()) }
    /// ```
    pub fn send(mut self) -> CallFuture<O::Output> {
        self.take_references();
        let (caller, draft, key) = (self.dots.caller, self.draft, self.key);
        Box::pin(async move {
            // Borrowed, not destructured: each move of a call costs.
            let operation = draft.as_ref().map_err(|why| caller.refused(O::META, key, why.clone()))?;
            caller.run(operation).await
        })
    }

    /// Derives the keys from the references, now that all of their parts are known.
    fn take_references(&mut self) {
        let references = std::mem::take(&mut self.references);
        let scope = self.dots.scope();
        let set = match &mut self.draft {
            Ok(operation) => references.set_on(operation, O::META.id, scope),
            Err(_) => {
                self.key = self.key.or_else(|| references.own_key(O::META.id, scope));
                return;
            }
        };
        if let Err(why) = set {
            self.draft = Err(why);
        }
    }

    /// Sets how long each attempt of this call may take; see [`Dots::with_timeout`].
    ///
    /// # Examples
    /// This call gets more time and more attempts than its client's default, and carries a trace id:
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let dots = dots_api_ext::Dots::builder()
    /// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// # let app: dots_api_ext::dots_api::AppId = sandbox.app_id().parse()?;
    /// use std::time::Duration;
    ///
    /// use dots_api_ext::{Cents, Payee, RetryPolicy};
    /// use http::{HeaderName, HeaderValue};
    ///
    /// dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"))
    ///     .timeout(Duration::from_secs(120))
    ///     .retry(RetryPolicy::standard().attempts(5).deadline(Duration::from_secs(600)))
    ///     .app(&app)
    ///     .header(HeaderName::from_static("x-trace"), HeaderValue::from_static("t-1"))
    ///     .await?;
    /// # assert!(sandbox.requests()[0].headers.contains(&("x-trace".to_owned(), "t-1".to_owned())));
    /// # assert_eq!(sandbox.paid("2025550139"), 1_000);
    /// # Ok(()) }
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.dots.set_timeout(timeout);
        self
    }

    /// Sets the retry policy of this call.
    ///
    /// # Examples
    /// See [`timeout`](Self::timeout).
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.dots.caller_mut().policy = policy;
        self
    }

    /// Sets the app of the organization that this call acts for; see [`Dots::with_app`].
    ///
    /// # Examples
    /// See [`timeout`](Self::timeout).
    pub fn app(mut self, app: &AppId) -> Self {
        let check = self.dots.set_app(app);
        self.checked(check)
    }

    /// Tells Dots the address of the user on whose behalf this call is made.
    ///
    /// # Examples
    /// See [`Dots::with_user_ip`].
    pub fn user_ip(mut self, address: IpAddr) -> Self {
        let check = self.dots.set_user_ip(address);
        self.checked(check)
    }

    /// Adds a header to this call, such as a trace id; see [`Dots::with_header`].
    ///
    /// # Examples
    /// See [`timeout`](Self::timeout).
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        let check = self.dots.set_header(name, value);
        self.checked(check)
    }

    /// Returns the operation that awaiting would send, so that the caller can store it first.
    ///
    /// The options of the call are not part of it: an operation that was prepared for an app has to be sent by a client
    /// that acts for that app, [`Dots::with_app`]. The key of its reference is made for the app already.
    ///
    /// # Errors
    /// Returns an error when a value is invalid.
    pub fn into_operation(mut self) -> Result<O, Error> {
        self.take_references();
        self.draft.map_err(|why| self.dots.caller.refused(O::META, self.key, why))
    }
}

impl<O: Keyed> Prepared<O> {
    /// Sends with this idempotency key, such as the one that an earlier error returned.
    ///
    /// # Examples
    /// ```
    /// # use dots_api_ext::{Dots, RetryPolicy};
    /// # use dots_sandbox::{Fault, Sandbox, When};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = Sandbox::start().await?;
    /// # let dots = Dots::builder()
    /// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
    /// #     .environment(sandbox.url().parse()?)
    /// #     .retry(RetryPolicy::none())
    /// #     .build()?;
    /// # sandbox.inject(Fault::Reset).on("send_payout").when(When::After);
    /// use dots_api_ext::{Cents, Payee};
    ///
    /// let payout = || dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"));
    /// if let Err(error) = payout().await
    ///     && let Some(key) = error.idempotency_key()
    /// {
    ///     // Whether or not the first was paid: with the same key, this is the same payout.
    ///     payout().with_idempotency_key(key).await?;
    /// }
    /// # assert_eq!((sandbox.requests().len(), sandbox.paid("2025550139")), (2, 1_000));
    /// # Ok(()) }
    /// ```
    pub fn with_idempotency_key(mut self, key: IdempotencyKey) -> Self {
        (self.references.own, self.key) = (None, Some(key));
        self.set(|operation| operation.set_key(key))
    }

    /// Says what other processes have done with the key, such as this program before it was started again.
    ///
    /// A client knows only the keys that its own process has sent. After a restart, or when one worker takes over from
    /// another, tell the client with this method. After an earlier send, the client no longer takes a refusal as proof
    /// that nothing was paid, and it does not send a key that was first sent more than 20 hours ago
    /// ([`RetryPolicy::key_window`]), since Dots may have forgotten it ([references/idempotency]). For a key that was
    /// certainly never sent, a refusal is proof even where Dots refuses reused keys.
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
    /// use std::time::{Duration, SystemTime};
    ///
    /// use dots_api_ext::{Cents, EarlierSends, Outcome, Payee};
    ///
    /// // From the records of a process that crashed yesterday.
    /// let key = "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse()?;
    /// let first_sent = SystemTime::now() - Duration::from_secs(25 * 60 * 60);
    ///
    /// let payout = dots
    ///     .send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"))
    ///     .with_idempotency_key(key)
    ///     .earlier(EarlierSends::sent(first_sent, Outcome::Unknown));
    /// let error = payout.await.unwrap_err();
    /// // Nothing was sent: look the payout up instead.
    /// assert_eq!(error.outcome(), Outcome::Unknown);
    /// println!("{error}");
    /// # assert_eq!(sandbox.requests().len(), 0);
    /// # Ok(()) }
    /// ```
    ///
    /// [references/idempotency]: https://docs.dots.dev/references/idempotency
    pub fn earlier(mut self, sends: EarlierSends) -> Self {
        self.dots.caller_mut().earlier = Some(sends);
        self
    }

    /// Derives the idempotency key from a business reference, such as an invoice number: within 24 hours, the same
    /// reference pays once.
    ///
    /// The same account, app, operation and reference always give the same key, so two processes that pay the same
    /// invoice within 24 hours pay it once. **Dots forgets a key after 24 hours: after that, the same reference pays
    /// again** ([references/idempotency]).
    ///
    /// The account is the client id. The app is the one that an organization acts for, if the client names one. Dots
    /// does not document the scope in which a key is unique, so each operation gets a key of its own: the transfer and
    /// the payout of one invoice have two. **Paying one invoice by two kinds of operation pays it twice**, and so does
    /// a second client id.
    ///
    /// For transfers, payouts from a wallet and batches, Dots refuses a reused key. There, a refusal of a call with a
    /// reference has the outcome [`Unknown`](crate::Outcome::Unknown): another process may have sent the same reference
    /// before, and the client cannot know.
    ///
    /// See [`REFERENCE_NAMESPACE`](crate::REFERENCE_NAMESPACE) for how the key is derived. A reference must be one to
    /// 255 characters of printable text, without leading or trailing space; an invalid one makes the call fail when the
    /// call is awaited.
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
    /// # use dots_api_ext::{PayoutMethod, Phone};
    /// # let user = dots.create_user("Jo", "Doe", "jo@example.com", Phone::new("1", "2025550139")).await?.id.clone();
    /// # dots.add_payout_method(&user, PayoutMethod::VenmoHandle("jo-doe".to_owned())).await?;
    /// use dots_api_ext::{Cents, PayoutRail};
    ///
    /// let amount = Cents::new(1_000);
    /// dots.transfer_to_user(&user, amount).reference("march/jo").await?;
    /// dots.pay_from_wallet(&user, amount, PayoutRail::Default).reference("march/jo").await?;
    /// # assert_eq!((sandbox.paid(user.as_str()), sandbox.balance()), (1_000, 100_000_000 - 1_000));
    /// # Ok(()) }
    /// ```
    ///
    /// [references/idempotency]: https://docs.dots.dev/references/idempotency
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.references.own = Some(Reference { text: reference.into(), set_key: O::set_key });
        self.key = None;
        self
    }
}

impl<O: Operation> IntoFuture for Prepared<O> {
    type Output = Result<Reply<O::Output>, Error>;
    type IntoFuture = CallFuture<O::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.send()
    }
}

impl<O: Clone> Clone for Prepared<O> {
    /// Copies the call **with its idempotency key**: to repeat the same payment, not to pay a second payee.
    fn clone(&self) -> Self {
        let (dots, draft) = (self.dots.clone(), self.draft.clone());
        Self { dots, draft, references: self.references.clone(), key: self.key }
    }
}

impl<O: Operation> fmt::Debug for Prepared<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({}, {}", O::META.id, self.dots.environment())?;
        if let Some(app) = self.dots.app_id() {
            write!(f, ", app {app}")?;
        }
        match (&self.draft, &self.references.own) {
            (Err(why), _) => write!(f, ", invalid: {why}")?,
            (Ok(_), Some(Reference { text, .. })) => {
                write!(f, ", reference {text:?}")?;
                match key_of_reference(self.dots.scope(), O::META.id, text) {
                    Ok(key) => write!(f, ", key {key}")?,
                    Err(why) => write!(f, ", invalid: {why}")?,
                }
            }
            (Ok(operation), None) => {
                if let Some(key) = operation.idempotency_key() {
                    write!(f, ", key {}", key.inner())?;
                }
            }
        }
        f.write_str(")")
    }
}
