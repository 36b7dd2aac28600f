//! Payout requests: payouts that need an approval first.
//!
//! `POST /v2/payout-requests` has the operation id `submit_payout_request`, which the overlay sets. The name of Dots'
//! page would make its operation value `CreatePayoutRequest`, and that is the name of the body of `create_payout`. One
//! asks an approver, the other pays; the two must not be confused. Considered: renaming the body instead, against the
//! rule that bodies are named after their operation.

use dots_api::{
    Cents, GetPayoutRequest, Metadata, PayoutRequestId, SubmitPayoutRequest, SubmitPayoutRequestRequest,
};

use crate::calls::payee::{Known, Payee};
use crate::calls::prepared::Prepared;
use crate::dots::Dots;
use crate::policy::validate;

impl Dots {
    /// Requests a payout that an approver accepts or rejects in the dashboard; after the approval Dots sends a payout
    /// link.
    ///
    /// The operation takes no idempotency key, so it is not retried when its answer is lost: list the payout requests
    /// at Dots before you submit it again, or two requests may be approved
    /// ([apireference/payout-requests/create-a-payout-request]).
    ///
    /// # Errors
    /// Awaiting it returns an error whose [`outcome`](crate::Error::outcome) says whether the request may exist. An
    /// amount that is not above zero and a malformed phone number fail validation before anything is sent.
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
    /// let request = dots
    ///     .submit_payout_request(Cents::new(1_000), Payee::phone("1", "2025550139"))
    ///     .memo("Taxi")
    ///     .await?;
    ///
    /// // Later: has an approver decided?
    /// let request = dots.fetch_payout_request(&request.id).await?;
    /// println!("{} is {}", request.id, request.status);
    /// # assert_eq!(sandbox.balance(), 100_000_000);
    /// # Ok(()) }
    /// ```
    ///
    /// [apireference/payout-requests/create-a-payout-request]: https://docs.dots.dev/apireference/payout-requests/create-a-payout-request
    pub fn submit_payout_request(
        &self,
        amount: Cents,
        payee: impl Into<Payee>,
    ) -> Prepared<SubmitPayoutRequest> {
        Prepared::new(self, draft(amount, payee.into()))
    }

    /// Reads one payout request, with its status and, once it was approved, its payout link.
    ///
    /// # Errors
    /// Awaiting it returns an error when the request does not exist or cannot be read.
    ///
    /// # Examples
    /// See [`submit_payout_request`](Dots::submit_payout_request).
    pub fn fetch_payout_request(&self, id: &PayoutRequestId) -> Prepared<GetPayoutRequest> {
        Prepared::new(self, validate::id(id).map(GetPayoutRequest::new))
    }
}

fn draft(amount: Cents, payee: Payee) -> Result<SubmitPayoutRequest, String> {
    let body = SubmitPayoutRequestRequest::new(validate::above_zero(amount)?);
    Ok(SubmitPayoutRequest::new(match payee.read()? {
        Known::Phone(phone) => body.payee(phone),
        Known::User(id) => body.user_id(id),
    }))
}

/// Setters of [`submit_payout_request`](Dots::submit_payout_request).
impl Prepared<SubmitPayoutRequest> {
    /// Sets the note of the request.
    pub fn memo(self, text: impl Into<String>) -> Self {
        self.set(|operation| operation.body.memo = Some(text.into()))
    }

    /// Sets your own metadata, which Dots returns with the request.
    pub fn metadata(self, metadata: impl Into<Metadata>) -> Self {
        self.set(|operation| operation.body.metadata = Some(metadata.into()))
    }
}
