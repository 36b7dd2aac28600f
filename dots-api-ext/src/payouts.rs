//! Sending a payout to somebody whose phone number or user id is known.

use std::pin::Pin;

use dots_api::{
    AccountingDataInput, Cents, FlowStep, IdempotencyKey, Metadata, PayoutFeeParty, PayoutLink, PhonePayee,
    SendPayout, SendPayoutDelivery, SendPayoutRequest, UserId,
};

use crate::dots::Dots;
use crate::error::Error;
use crate::idempotency::key_of_reference;
use crate::receipt::Receipt;

/// Names the person who is paid.
///
/// # Examples
/// ```
/// use dots_api_ext::Payee;
///
/// let by_phone = Payee::phone("1", "2025550139");
/// let by_id = Payee::user("3c90c3cc-0d44-4b50-8888-8dd25736052a".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Payee(Who);

#[derive(Clone)]
enum Who {
    Phone { country_code: String, number: String },
    User(UserId),
}

impl Payee {
    /// Names a person by phone: the country code without a plus (one to three digits), and the rest of the number.
    ///
    /// The parts are checked when the payout is sent, before anything leaves.
    #[must_use]
    pub fn phone(country_code: impl Into<String>, number: impl Into<String>) -> Self {
        Self(Who::Phone { country_code: country_code.into(), number: number.into() })
    }

    /// Names a user of the app.
    #[must_use]
    pub const fn user(id: UserId) -> Self {
        Self(Who::User(id))
    }
}

impl From<UserId> for Payee {
    fn from(id: UserId) -> Self {
        Self::user(id)
    }
}

impl std::fmt::Debug for Payee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Who::Phone { .. } => f.write_str("Payee(phone ***)"),
            Who::User(id) => write!(f, "Payee({id})"),
        }
    }
}

impl Dots {
    /// Sends a payout to a person: by the person's saved preferences if they have a Dots account, else by a payout link
    /// on which they join and collect the money.
    ///
    /// The payout gets a fresh idempotency key when this method is called; awaiting clones of what it returns pays
    /// once. Source: apireference/payouts/send-a-payout.
    ///
    /// # Errors
    /// Awaiting it returns an error whose [`delivery`](Error::delivery) says whether the payout may exist.
    ///
    /// # Examples
    /// ```no_run
    /// # async fn pay(dots: dots_api_ext::Dots) -> Result<(), dots_api_ext::Error> {
    /// use dots_api_ext::{Cents, Payee};
    ///
    /// let payout = dots
    ///     .send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"))
    ///     .message("Thank you for March.")
    ///     .reference("invoice-881")
    ///     .await?;
    /// println!("{} is {}", payout.id, payout.status);
    /// # Ok(()) }
    /// ```
    #[must_use = "a payout is sent when it is awaited"]
    pub fn send_payout(&self, amount: Cents, payee: impl Into<Payee>) -> OutgoingPayout {
        OutgoingPayout {
            dots: self.clone(),
            payee: payee.into(),
            key: Ok(IdempotencyKey::fresh()),
            body: SendPayoutRequest::new(amount),
        }
    }
}

/// Holds a payout that is sent when it is awaited.
#[derive(Clone, Debug)]
#[must_use = "a payout is sent when it is awaited"]
pub struct OutgoingPayout {
    dots: Dots,
    payee: Payee,
    key: Result<IdempotencyKey, &'static str>,
    body: SendPayoutRequest,
}

impl OutgoingPayout {
    /// Sets the text that is sent with a payout link.
    pub fn message(mut self, text: impl Into<String>) -> Self {
        self.body = self.body.delivery(SendPayoutDelivery::new().message(text));
        self
    }

    /// Sets the note that the payee sees.
    pub fn memo(mut self, text: impl Into<String>) -> Self {
        self.body = self.body.memo(text);
        self
    }

    /// Sets data of your own, which Dots returns with the payout.
    pub fn metadata(mut self, metadata: impl Into<Metadata>) -> Self {
        self.body = self.body.metadata(metadata.into());
        self
    }

    /// Asks for compliance information in every case; not unless set.
    pub fn force_collect_compliance_information(mut self, force: bool) -> Self {
        self.body = self.body.force_collect_compliance_information(force);
        self
    }

    /// Adds steps that the payee goes through.
    pub fn additional_steps(mut self, steps: impl IntoIterator<Item = FlowStep>) -> Self {
        self.body = self.body.additional_steps(steps.into_iter().collect());
        self
    }

    /// Says whether the payout is tax exempt.
    pub fn tax_exempt(mut self, exempt: bool) -> Self {
        self.body = self.body.tax_exempt(exempt);
        self
    }

    /// Says who bears the fee; the app's default unless set.
    pub fn payout_fee_party(mut self, party: PayoutFeeParty) -> Self {
        self.body = self.body.payout_fee_party(party);
        self
    }

    /// Sets the bookkeeping ids that are stored with the payout.
    pub fn accounting_data(mut self, data: AccountingDataInput) -> Self {
        self.body = self.body.accounting_data(data);
        self
    }

    /// Sends under a key of yours, such as the one that an earlier error returned.
    pub fn idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.key = Ok(key);
        self
    }

    /// Sends under the key of a business reference, such as an invoice number: the same account and reference always
    /// give the same key, so that two programs that pay the same invoice within 24 hours pay it once.
    ///
    /// See [`REFERENCE_NAMESPACE`](crate::REFERENCE_NAMESPACE) for how the key is made. A reference must be one to 255
    /// characters of printable text, without space around it; another is refused when the payout is sent.
    pub fn reference(mut self, reference: &str) -> Self {
        let long = reference.chars().count() > 255;
        let odd =
            reference.is_empty() || reference.trim() != reference || reference.contains(char::is_control);
        self.key = if long || odd {
            Err("the reference must be one to 255 characters of printable text, without space around it")
        } else {
            key_of_reference(self.dots.account(), reference).map_err(|_| "the reference makes no key")
        };
        self
    }

    /// Returns the operation that awaiting would send, to store it before it is sent.
    ///
    /// # Errors
    /// Returns an error when the amount is not above zero, the phone number is malformed or the reference is.
    pub fn into_operation(self) -> Result<SendPayout, Error> {
        let refused = |why: &dyn std::fmt::Display| {
            Error::not_sent(why.to_string()).of(<SendPayout as dots_api::Operation>::META, self.key.ok())
        };
        if self.body.amount <= Cents::ZERO {
            return Err(refused(&format_args!(
                "the amount must be above zero, not `{}` cents",
                self.body.amount
            )));
        }
        let body = match self.payee.0 {
            Who::User(id) => self.body.user_id(id),
            Who::Phone { country_code, number } => {
                let country_code = country_code.try_into().map_err(|error| refused(&error))?;
                self.body
                    .payee(PhonePayee::new(country_code, number.try_into().map_err(|error| refused(&error))?))
            }
        };
        Ok(SendPayout::new(body.idempotency_key(self.key.map_err(|why| refused(&why))?)))
    }
}

impl IntoFuture for OutgoingPayout {
    type Output = Result<Receipt<PayoutLink>, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        let caller = self.dots.caller.clone();
        let operation = self.into_operation();
        Box::pin(async move { caller.run(&operation?).await })
    }
}
