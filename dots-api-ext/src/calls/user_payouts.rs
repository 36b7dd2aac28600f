//! Payouts from a user's wallet (`create-payout`).

use dots_api::{
    Cents, CreatePayout, CreatePayoutRequest, CreatePayoutRequestPlatform, Metadata, PayoutFeeParty,
    PayoutMethodId, UserId,
};

use crate::calls::prepared::{Prepared, keyed};
use crate::dots::Dots;
use crate::policy::validate;

keyed!(CreatePayout);

/// The payment rail of a payout, with the account where the rail needs one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PayoutRail {
    /// The user's default payout method.
    Default,
    /// `PayPal`.
    Paypal,
    /// Venmo.
    Venmo,
    /// Cash App.
    CashApp,
    /// Payoneer; not available in batches.
    Payoneer,
    /// Airtm; not available in batches.
    Airtm,
    /// A US bank account of the user.
    Ach(PayoutMethodId),
    /// A bank account by `bank_transfer`. This SDK assumes that it is the international bank account, which has to be
    /// named.
    BankTransfer(PayoutMethodId),
}

impl Dots {
    /// Pays out of a user's wallet, over one of the user's payout methods.
    ///
    /// It fails when the wallet does not hold enough; with [`fund`](Prepared::fund) the money comes from the app. The
    /// payout is still pending when this returns and can fail later: use
    /// [`wait_for_transfer`](Self::wait_for_transfer), or receive the webhooks.
    ///
    /// Dots refuses a reused key here ([apireference/payouts/create-a-payout]), so after an unknown outcome look the
    /// payout up before you pay again.
    ///
    /// # Errors
    /// Awaiting it returns an error whose [`outcome`](crate::Error::outcome) says whether the payout may exist. An
    /// amount that is not above zero fails validation before anything is sent.
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
    /// # let user = dots.create_user("Jo", "Doe", "jo@example.com", Phone::new("1", "2025550139")).await?;
    /// # dots.add_payout_method(&user.id, PayoutMethod::VenmoHandle("jo-doe".to_owned())).await?;
    /// use dots_api_ext::{Cents, PayoutRail};
    ///
    /// let payout = dots
    ///     .pay_from_wallet(&user.id, Cents::new(1_000), PayoutRail::Default)
    ///     .fund()
    ///     .reference("invoice-881")
    ///     .await?;
    /// println!("{} is {}", payout.id, payout.status);
    /// # assert_eq!(sandbox.paid(user.id.as_str()), 1_000);
    /// # Ok(()) }
    /// ```
    ///
    /// [apireference/payouts/create-a-payout]: https://docs.dots.dev/apireference/payouts/create-a-payout
    pub fn pay_from_wallet(&self, user: &UserId, amount: Cents, rail: PayoutRail) -> Prepared<CreatePayout> {
        Prepared::new(self, draft(user, amount, rail))
    }
}

fn draft(user: &UserId, amount: Cents, rail: PayoutRail) -> Result<CreatePayout, String> {
    let (platform, account) = rail.into_platform();
    let mut body = CreatePayoutRequest::new(validate::id(user)?, validate::above_zero(amount)?, platform);
    body.account_id = account;
    Ok(CreatePayout::new(body))
}

/// Setters of [`pay_from_wallet`](Dots::pay_from_wallet): the optional fields of a payout from a wallet.
impl Prepared<CreatePayout> {
    /// Funds the payout from the app: Dots moves the money into the user's wallet first, and back if the payout fails.
    ///
    /// Leave it out when you have filled the wallet for this payout already: otherwise the app pays twice. Source:
    /// [apireference/payouts/create-a-payout].
    ///
    /// [apireference/payouts/create-a-payout]: https://docs.dots.dev/apireference/payouts/create-a-payout
    pub fn fund(self) -> Self {
        self.set(|operation| operation.body.fund = Some(true))
    }

    /// Funds the payout as [`fund`](Self::fund) does, and marks it as tax exempt, which only a funded payout can be
    /// ([apireference/payouts/create-a-payout]).
    ///
    /// [apireference/payouts/create-a-payout]: https://docs.dots.dev/apireference/payouts/create-a-payout
    pub fn fund_tax_exempt(self) -> Self {
        self.fund().set(|operation| operation.body.tax_exempt = Some(true))
    }

    /// Sets who bears the fee; by default the app's setting decides.
    pub fn payout_fee_party(self, party: PayoutFeeParty) -> Self {
        self.set(|operation| operation.body.payout_fee_party = Some(party))
    }

    /// Sets your own metadata, which Dots returns with the payout.
    pub fn metadata(self, metadata: impl Into<Metadata>) -> Self {
        self.set(|operation| operation.body.metadata = Some(metadata.into()))
    }
}

impl PayoutRail {
    fn into_platform(self) -> (CreatePayoutRequestPlatform, Option<PayoutMethodId>) {
        use CreatePayoutRequestPlatform as Platform;
        match self {
            Self::Default => (Platform::Default, None),
            Self::Paypal => (Platform::Paypal, None),
            Self::Venmo => (Platform::Venmo, None),
            Self::CashApp => (Platform::CashApp, None),
            Self::Payoneer => (Platform::Payoneer, None),
            Self::Airtm => (Platform::Airtm, None),
            Self::Ach(account) => (Platform::Ach, Some(account)),
            Self::BankTransfer(account) => (Platform::BankTransfer, Some(account)),
        }
    }
}
