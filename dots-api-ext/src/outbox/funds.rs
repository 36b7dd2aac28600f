//! Whether a wallet holds what is to be sent from it.

use dots_api::{AppId, Cents, GetApp};

use super::desk::Outbox;
use super::error::OutboxError;

/// What a wallet holds, and what is to be sent from it now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Funds {
    /// The sum of what is due: payouts, payout links and transfers to users, without payouts from users' wallets.
    pub needed: Cents,
    /// The balance of the app's wallet.
    pub available: Cents,
}

impl Funds {
    /// Whether the wallet holds less than what is due.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.available < self.needed
    }
}

impl Outbox {
    /// Reads the balance of an app's wallet, and sums what is due to be sent.
    ///
    /// Dots shows the balance as a text without a unit ([apireference/apps/retrieve-an-app]); it is taken to be in cents.
    ///
    /// # Errors
    /// Returns an error if the balance cannot be read.
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
    /// # let app: dots_api_ext::dots_api::AppId = sandbox.app_id().parse()?;
    /// # let folder = tempfile::tempdir()?;
    /// # let file = folder.path().join("payouts.sqlite");
    /// use dots_api_ext::outbox::Outbox;
    /// use dots_api_ext::{Cents, Payee};
    ///
    /// let outbox = Outbox::create(&file, &dots).await?;
    /// outbox.plan("invoice-881", dots.send_payout(Cents::new(4_810), Payee::phone("1", "2025550139"))).await?;
    /// let funds = outbox.funds(&app).await?;
    /// assert_eq!((funds.needed, funds.is_short()), (Cents::new(4_810), false));
    /// # assert_eq!(sandbox.links(), 0);
    /// # Ok(()) }
    /// ```
    ///
    /// [apireference/apps/retrieve-an-app]: https://docs.dots.dev/apireference/apps/retrieve-an-app
    pub async fn funds(&self, app: &AppId) -> Result<Funds, OutboxError> {
        let worker = self.clock();
        let needed = self.writer.read(move |store| {
            let now = store.now(worker)?.earliest();
            store.needed(now)
        });
        let needed = Cents::new(needed.await?);
        let metrics = self.dots.run(GetApp::new(app.clone())).await?.metrics.clone();
        let available = metrics.and_then(|metrics| metrics.wallet_balance);
        let why =
            || OutboxError::Payout("could not check the funds: Dots shows no balance of this app".to_owned());
        Ok(Funds { needed, available: available.ok_or_else(why)? })
    }
}
