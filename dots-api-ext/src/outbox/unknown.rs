//! Payments that bear the mark of this outbox, and that it does not know.

use dots_api::{Cents, ListPayoutLinks, ListTransfers};

use super::desk::Outbox;
use super::error::OutboxError;
use super::outbox_store::OutboxStore;
use super::shown::Shown;

/// How many of them are looked up in the store at once.
const TOGETHER: usize = 100;

/// A payment that bears the mark of an outbox, and whose reference that does not know; see
/// [`Outbox::unknown_payments`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownPayment {
    /// The reference that it was made for.
    pub reference: String,
    /// The generation of the payout.
    pub generation: u32,
    /// The id of what Dots made.
    pub object_id: String,
    /// The amount.
    pub cents: Cents,
}

impl Outbox {
    /// Reads Dots' lists for payments that bear the mark of this outbox, and whose reference it does not know.
    ///
    /// After a restore, these are the payouts that only the lost file knew. Plan them again, and they are settled. When
    /// none is left, reports and totals are complete.
    ///
    /// # Errors
    /// Returns an error if a list cannot be read to its end, or if the store fails.
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
    /// # let folder = tempfile::tempdir()?;
    /// # let (file, backup) = (folder.path().join("payouts.sqlite"), folder.path().join("backup.sqlite"));
    /// # use dots_api_ext::outbox::Outbox;
    /// # use dots_api_ext::{Cents, Payee};
    /// # let outbox = Outbox::create(&file, &dots).await?;
    /// # outbox.backup(&backup).await?;
    /// # let payout = dots.send_payout(Cents::new(4_810), Payee::phone("1", "2025550139"));
    /// # let _ = outbox.pay_once("invoice-881", payout).await?;
    /// # outbox.close().await;
    /// let outbox = Outbox::open_restored(&backup, &dots).await?;
    /// for payment in outbox.unknown_payments().await? {
    ///     println!("plan `{}` again: `{}` has paid {} for it", payment.reference, payment.object_id, payment.cents);
    /// }
    /// # assert_eq!(outbox.unknown_payments().await?[0].reference, "invoice-881");
    /// # assert_eq!(sandbox.paid("2025550139"), 4_810);
    /// # Ok(()) }
    /// ```
    pub async fn unknown_payments(&self) -> Result<Vec<UnknownPayment>, OutboxError> {
        let (mut seen, mut unknown) = (Vec::new(), Vec::new());
        let mut links = self.dots.list(ListPayoutLinks::new()).items();
        while let Some(link) = links.next().await.transpose()? {
            seen.extend(self.with_our_mark(Shown::link(&link), link.amount));
            if seen.len() >= TOGETHER {
                unknown.extend(self.without_row(std::mem::take(&mut seen)).await?);
            }
        }
        let mut transfers = self.dots.list(ListTransfers::new()).items();
        while let Some(transfer) = transfers.next().await.transpose()? {
            seen.extend(self.with_our_mark(Shown::transfer(&transfer), transfer.amount));
            if seen.len() >= TOGETHER {
                unknown.extend(self.without_row(std::mem::take(&mut seen)).await?);
            }
        }
        unknown.extend(self.without_row(seen).await?);
        Ok(unknown)
    }

    fn with_our_mark(&self, shown: Shown, cents: Cents) -> Option<UnknownPayment> {
        let mark = shown.mark.filter(|mark| self.has_made(mark))?;
        let (reference, generation) = (mark.reference, mark.generation);
        Some(UnknownPayment { reference, generation, object_id: shown.id, cents })
    }

    /// Returns those whose reference is not known.
    async fn without_row(&self, payments: Vec<UnknownPayment>) -> Result<Vec<UnknownPayment>, OutboxError> {
        let job = move |store: &mut dyn OutboxStore| {
            let mut unknown = Vec::new();
            for payment in &payments {
                if store.load(&payment.reference)?.is_none() {
                    unknown.push(payment.clone());
                }
            }
            Ok(unknown)
        };
        Ok(self.writer.read(job).await?)
    }
}
