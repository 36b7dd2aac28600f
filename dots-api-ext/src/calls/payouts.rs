//! Payouts to a phone number or a user id (`send-payout`).

use dots_api::{
    AccountingDataInput, Cents, FlowStep, Metadata, PayoutFeeParty, SendPayout, SendPayoutDelivery,
    SendPayoutRequest,
};

use crate::calls::payee::{Known, Payee};
use crate::calls::prepared::{Prepared, keyed};
use crate::dots::Dots;
use crate::policy::validate;

/// Holds a payout; awaiting it sends it.
pub type OutgoingPayout = Prepared<SendPayout>;

keyed!(SendPayout);

impl Dots {
    /// Pays a person: by the payout method that the person saved at Dots, or else by a payout link on which the person
    /// signs up and collects the money.
    ///
    /// The payout gets a fresh idempotency key when this method is called; awaiting several clones of the result pays
    /// once. Source: [apireference/payouts/send-a-payout].
    ///
    /// # Errors
    /// Awaiting it returns an error whose [`outcome`](crate::Error::outcome) says whether the payout may exist. An
    /// amount that is not above zero, a malformed phone number and a malformed reference fail validation before
    /// anything is sent.
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
    ///
    /// let payout = dots
    ///     .send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"))
    ///     .message("Thank you for March.")
    ///     .reference("invoice-881")
    ///     .await?;
    /// println!("{} is {}", payout.id, payout.status);
    /// # assert_eq!(sandbox.paid("2025550139"), 1_000);
    /// # Ok(()) }
    /// ```
    ///
    /// [apireference/payouts/send-a-payout]: https://docs.dots.dev/apireference/payouts/send-a-payout
    pub fn send_payout(&self, amount: Cents, payee: impl Into<Payee>) -> OutgoingPayout {
        Prepared::new(self, draft(amount, payee.into()))
    }
}

fn draft(amount: Cents, payee: Payee) -> Result<SendPayout, String> {
    let mut body = SendPayoutRequest::new(validate::above_zero(amount)?);
    match payee.read()? {
        Known::Phone(phone) => body.payee = Some(phone),
        Known::User(id) => body.user_id = Some(id),
    }
    Ok(SendPayout::new(body))
}

/// Says whether a step needs an option: its template, or the address that it leads to.
fn needs_option(step: &FlowStep) -> bool {
    matches!(step, FlowStep::PdfFormFill | FlowStep::Redirect)
}

/// Setters of [`send_payout`](Dots::send_payout): the optional fields of a payout.
impl OutgoingPayout {
    /// Sets the text of the message that delivers the payout link.
    pub fn message(self, text: impl Into<String>) -> Self {
        self.set(|operation| operation.body.delivery = Some(SendPayoutDelivery::new().message(text)))
    }

    /// Sets the note that the payee sees.
    pub fn memo(self, text: impl Into<String>) -> Self {
        self.set(|operation| operation.body.memo = Some(text.into()))
    }

    /// Sets your own metadata, which Dots returns with the payout.
    pub fn metadata(self, metadata: impl Into<Metadata>) -> Self {
        self.set(|operation| operation.body.metadata = Some(metadata.into()))
    }

    /// Sets whether to collect compliance information in every case; off by default.
    pub fn force_collect_compliance_information(self, force: bool) -> Self {
        self.set(|operation| operation.body.force_collect_compliance_information = Some(force))
    }

    /// Sets steps that the payee has to complete.
    ///
    /// This operation cannot carry options for its steps, so the two steps that need one ([flows/overview]),
    /// `pdf-form-fill` and `redirect`, fail validation when the call is awaited.
    ///
    /// [flows/overview]: https://docs.dots.dev/flows/overview
    pub fn additional_steps(self, steps: impl IntoIterator<Item = FlowStep>) -> Self {
        let steps: Vec<_> = steps.into_iter().collect();
        self.try_set(|operation| {
            if let Some(step) = steps.iter().find(|step| needs_option(step)) {
                return Err(format!("the step `{step}` needs an option, which this call cannot carry"));
            }
            operation.body.additional_steps = Some(steps);
            Ok(())
        })
    }

    /// Sets whether the payout is tax exempt.
    pub fn tax_exempt(self, exempt: bool) -> Self {
        self.set(|operation| operation.body.tax_exempt = Some(exempt))
    }

    /// Sets who bears the fee; by default the app's setting decides.
    pub fn payout_fee_party(self, party: PayoutFeeParty) -> Self {
        self.set(|operation| operation.body.payout_fee_party = Some(party))
    }

    /// Sets the accounting ids that are stored with the payout.
    pub fn accounting_data(self, data: AccountingDataInput) -> Self {
        self.set(|operation| operation.body.accounting_data = Some(data))
    }
}
