//! Payout links: pages on which a payee collects money.

use dots_api::{
    CancelPayoutLink, Cents, CreatePayoutLink, CreatePayoutLinkRequest, DeliveryMethod, FundingSource,
    GetPayoutLink, LinkDeliveryInput, LinkPayeeInput, Metadata, PayoutFeeParty, PayoutLinkId,
    RedeliverPayoutLink, UserId,
};

use crate::calls::payee::Phone;
use crate::calls::prepared::{Prepared, keyed};
use crate::dots::Dots;
use crate::policy::validate;

keyed!(CreatePayoutLink);

/// How a payout link reaches the payee, with the address that this needs.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinkDelivery {
    /// Dots sends no message: the answer holds the link, and the caller passes it on.
    Link,
    /// By text message to this number.
    Sms(Phone),
    /// By e-mail to this address.
    Email(String),
    /// By text message and by e-mail; made by [`LinkDelivery::all`].
    #[non_exhaustive]
    All {
        /// The number for the text message.
        phone: Phone,
        /// The address for the e-mail.
        email: String,
    },
}

impl LinkDelivery {
    /// Delivers the link by text message and by e-mail.
    #[must_use]
    pub fn all(phone: Phone, email: impl Into<String>) -> Self {
        Self::All { phone, email: email.into() }
    }
}

impl std::fmt::Debug for LinkDelivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LinkDelivery({})", self.method())
    }
}

impl Dots {
    /// Creates a payout link over the amount, and delivers it.
    ///
    /// Dots answers a reused key with the link that it made the first time
    /// ([apireference/payout-links/create-a-payout-link]), so a repeat with the same key settles an unknown outcome.
    ///
    /// Dots does not document when the money leaves the app's wallet, or whether it comes back from a link that is
    /// canceled or expires. In the offline sandbox it leaves when the link is created, and comes back.
    ///
    /// # Errors
    /// Awaiting it returns an error whose [`outcome`](crate::Error::outcome) says whether the link may exist. An amount
    /// that is not above zero, a malformed phone number and a malformed address fail validation before anything is
    /// sent.
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
    /// use dots_api_ext::{Cents, LinkDelivery, Phone};
    ///
    /// let link = dots
    ///     .create_payout_link(Cents::new(1_000), LinkDelivery::Sms(Phone::new("1", "2025550139")))
    ///     .message("Thank you for March.")
    ///     .reference("invoice-881")
    ///     .await?;
    /// println!("{} is {}", link.id, link.status);
    ///
    /// # assert_eq!(sandbox.paid("2025550139"), 1_000);
    /// # Ok(()) }
    /// ```
    ///
    /// [apireference/payout-links/create-a-payout-link]: https://docs.dots.dev/apireference/payout-links/create-a-payout-link
    pub fn create_payout_link(&self, amount: Cents, delivery: LinkDelivery) -> Prepared<CreatePayoutLink> {
        Prepared::new(self, draft(amount, delivery))
    }

    /// Reads one payout link, with its status.
    ///
    /// # Errors
    /// Awaiting it returns an error when the link does not exist or cannot be read.
    ///
    /// # Examples
    /// See [`cancel_payout_link`](Dots::cancel_payout_link).
    pub fn fetch_payout_link(&self, id: &PayoutLinkId) -> Prepared<GetPayoutLink> {
        Prepared::new(self, validate::id(id).map(GetPayoutLink::new))
    }

    /// Cancels a payout link that has not been claimed.
    ///
    /// The operation takes no idempotency key and is not retried; after an unknown outcome, fetch the link. Dots does
    /// not document in which statuses a link can be canceled ([apireference/payout-links/delete-a-payout-link]).
    ///
    /// # Errors
    /// Awaiting it returns an error when the link can no longer be canceled.
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
    /// # use dots_api_ext::{Cents, LinkDelivery};
    /// # let id = dots.create_payout_link(Cents::new(1_000), LinkDelivery::Link).await?.id.clone();
    /// use dots_api_ext::dots_api::PayoutLinkStatus;
    ///
    /// let link = dots.fetch_payout_link(&id).await?;
    /// if link.status != PayoutLinkStatus::Claimed {
    ///     let link = dots.cancel_payout_link(&id).await?;
    ///     println!("{} is {}", link.id, link.status);
    /// }
    /// # assert_eq!((sandbox.links(), sandbox.balance()), (1, 100_000_000));
    /// # Ok(()) }
    /// ```
    ///
    /// [apireference/payout-links/delete-a-payout-link]: https://docs.dots.dev/apireference/payout-links/delete-a-payout-link
    pub fn cancel_payout_link(&self, id: &PayoutLinkId) -> Prepared<CancelPayoutLink> {
        Prepared::new(self, validate::id(id).map(CancelPayoutLink::new))
    }

    /// Delivers a payout link again, without paying again.
    ///
    /// The answer's `redelivered` says whether the message was sent. A link is delivered at most five times
    /// ([apireference/payout-links/redeliver-payout-link]).
    ///
    /// # Errors
    /// Awaiting it returns an error when the link can no longer be delivered.
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
    /// # use dots_api_ext::{Cents, LinkDelivery, Phone};
    /// # let delivery = LinkDelivery::Sms(Phone::new("1", "2025550139"));
    /// # let link = dots.create_payout_link(Cents::new(1_000), delivery).await?;
    /// # sandbox.advance(std::time::Duration::from_secs(60));
    /// let answer = dots.redeliver_payout_link(&link.id).await?;
    /// println!("sent again: {:?}", answer.redelivered);
    /// # assert_eq!((answer.redelivered, sandbox.paid("2025550139")), (Some(true), 1_000));
    /// # Ok(()) }
    /// ```
    ///
    /// [apireference/payout-links/redeliver-payout-link]: https://docs.dots.dev/apireference/payout-links/redeliver-payout-link
    pub fn redeliver_payout_link(&self, id: &PayoutLinkId) -> Prepared<RedeliverPayoutLink> {
        Prepared::new(self, validate::id(id).map(RedeliverPayoutLink::new))
    }
}

fn draft(amount: Cents, delivery: LinkDelivery) -> Result<CreatePayoutLink, String> {
    let mut body = CreatePayoutLinkRequest::new(validate::above_zero(amount)?)
        .delivery(LinkDeliveryInput::new().method(delivery.method()));
    body.payee = delivery.payee()?;
    Ok(CreatePayoutLink::new(body))
}

/// Setters of [`create_payout_link`](Dots::create_payout_link): the optional fields of a payout link.
impl Prepared<CreatePayoutLink> {
    /// Sets the text of the message that delivers the link; with [`LinkDelivery::Link`] there is no message, and the
    /// call fails when it is awaited.
    pub fn message(self, text: impl Into<String>) -> Self {
        self.try_set(|operation| {
            let delivery = operation.body.delivery.get_or_insert_default();
            if delivery.method == Some(DeliveryMethod::Link) {
                return Err(
                    "a link that Dots does not deliver carries no message; pass the text on with the link"
                        .to_owned(),
                );
            }
            delivery.message = Some(text.into());
            Ok(())
        })
    }

    /// Sets the note that the payee sees.
    pub fn memo(self, text: impl Into<String>) -> Self {
        self.set(|operation| operation.body.memo = Some(text.into()))
    }

    /// Sets an internal note, which the payee does not see.
    pub fn description(self, text: impl Into<String>) -> Self {
        self.set(|operation| operation.body.description = Some(text.into()))
    }

    /// Sets the payee's name.
    pub fn payee_name(self, first_name: impl Into<String>, last_name: impl Into<String>) -> Self {
        self.set(|operation| {
            let payee = operation.body.payee.get_or_insert_default();
            payee.first_name = Some(first_name.into());
            payee.last_name = Some(last_name.into());
        })
    }

    /// Sets the user of the app whom the link is for.
    ///
    /// Dots does not document how it treats a user id next to a phone number or an e-mail address; use those of the
    /// same person.
    pub fn for_user(self, user: &UserId) -> Self {
        self.try_set(|operation| {
            operation.body.user_id = Some(validate::id(user)?);
            Ok(())
        })
    }

    /// Sets where the money comes from; the app's wallet by default.
    ///
    /// A link that is funded by a bank debit is `funds_pending` until the money arrives
    /// ([apireference/payout-links/create-a-payout-link]). Dots does not document how long that takes; in the offline
    /// sandbox it is three days.
    ///
    /// [apireference/payout-links/create-a-payout-link]: https://docs.dots.dev/apireference/payout-links/create-a-payout-link
    pub fn funding_source(self, source: FundingSource) -> Self {
        self.set(|operation| operation.body.funding_source = Some(source))
    }

    /// Sets your own metadata, which Dots returns with the link.
    pub fn metadata(self, metadata: impl Into<Metadata>) -> Self {
        self.set(|operation| operation.body.metadata = Some(metadata.into()))
    }

    /// Sets whether the payout is tax exempt.
    pub fn tax_exempt(self, exempt: bool) -> Self {
        self.set(|operation| operation.body.tax_exempt = Some(exempt))
    }

    /// Sets who bears the fee; by default the app's setting decides.
    pub fn payout_fee_party(self, party: PayoutFeeParty) -> Self {
        self.set(|operation| operation.body.payout_fee_party = Some(party))
    }
}

impl LinkDelivery {
    fn method(&self) -> DeliveryMethod {
        match self {
            Self::Link => DeliveryMethod::Link,
            Self::Sms(_) => DeliveryMethod::Sms,
            Self::Email(_) => DeliveryMethod::Email,
            Self::All { .. } => DeliveryMethod::All,
        }
    }

    /// Returns the validated contacts that the delivery needs.
    fn payee(self) -> Result<Option<LinkPayeeInput>, String> {
        let (phone, email) = match self {
            Self::Link => return Ok(None),
            Self::Sms(phone) => (Some(phone), None),
            Self::Email(email) => (None, Some(email)),
            Self::All { phone, email } => (Some(phone), Some(email)),
        };
        let mut payee = LinkPayeeInput::new();
        if let Some(phone) = phone {
            let phone = phone.read()?;
            payee = payee.country_code(phone.country_code).phone_number(phone.phone_number);
        }
        if let Some(email) = email {
            validate::email(&email)?;
            payee = payee.email(email);
        }
        Ok(Some(payee))
    }
}
