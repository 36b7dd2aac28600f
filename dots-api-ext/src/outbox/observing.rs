//! Reads single objects of Dots, and stores what they say of payouts: that they are paid, and what became of the money.

use dots_api::{
    GetPayoutLink, GetTransfer, Metadata, PayoutLinkId, PayoutLinkStatus, TransferId, TransferStatus,
};

use super::delivery::Delivery;
use super::desk::Outbox;
use super::error::OutboxError;
use super::event::Event;
use super::mark::Mark;
use super::sending::alarm;
use super::status::Status;
use super::store::{Applied, Note};
#[cfg(feature = "webhook")]
use crate::webhook::VerifiedWebhook;

impl Outbox {
    /// Asks Dots what became of a payout that is settled, and stores how far its money came.
    ///
    /// # Errors
    /// Returns an error if the reference is not known, or if Dots cannot be asked.
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
    /// # let file = folder.path().join("payouts.sqlite");
    /// use dots_api_ext::outbox::{Delivery, Outbox};
    /// use dots_api_ext::{Cents, Payee};
    ///
    /// let outbox = Outbox::create(&file, &dots).await?;
    /// let payout = dots.send_payout(Cents::new(4_810), Payee::phone("1", "2025550139"));
    /// let _ = outbox.pay_once("invoice-881", payout).await?;
    /// let status = outbox.refresh("invoice-881").await?;
    /// assert_eq!(status.delivery, Some(Delivery::OnItsWay));
    /// # assert_eq!(sandbox.paid("2025550139"), 4_810);
    /// # Ok(()) }
    /// ```
    pub async fn refresh(&self, reference: &str) -> Result<Status, OutboxError> {
        let record = self.known(reference).await?;
        let Some(id) = &record.object_id else { return Ok(self.status_of(record)) };
        let operation = record.entry.operation.as_str();
        let is_link = matches!(operation, "send_payout" | "create_payout_link");
        let found = match (id.parse::<PayoutLinkId>(), id.parse::<TransferId>()) {
            (Ok(link), Ok(transfer)) if is_link => match self.observe_link(&link).await {
                // What pays a user may be a transfer; which of them, the id does not say.
                Err(error) if operation == "send_payout" && is_missing(&error) => {
                    self.observe_transfer(&transfer).await?
                }
                found => found?,
            },
            (_, Ok(transfer)) => self.observe_transfer(&transfer).await?,
            (_, Err(_)) => None,
        };
        match found {
            Some(status) => Ok(status),
            None => self.must(reference).await,
        }
    }

    /// Reads a payout link, and stores what it says of a payout of this outbox; nothing if it is of no payout.
    ///
    /// # Errors
    /// Returns an error if Dots cannot be asked, or if the store fails.
    pub async fn observe_link(&self, id: &PayoutLinkId) -> Result<Option<Status>, OutboxError> {
        let link = self.dots.run(GetPayoutLink::new(id.clone())).await?;
        self.observed(link.metadata.as_ref(), link.id.as_str(), of_link(&link.status)).await
    }

    /// Reads a transfer, and stores what it says of a payout of this outbox; nothing if it is of no payout.
    ///
    /// # Errors
    /// Returns an error if Dots cannot be asked, or if the store fails.
    pub async fn observe_transfer(&self, id: &TransferId) -> Result<Option<Status>, OutboxError> {
        let transfer = self.dots.run(GetTransfer::new(id.clone())).await?;
        self.observed(transfer.metadata.as_ref(), transfer.id.as_str(), of_transfer(&transfer.status)).await
    }

    /// Asks Dots for the truth about what a verified webhook names, and stores it; nothing if it is of no payout.
    ///
    /// A payout in doubt or in review is settled by it. Webhooks may come twice or in any order: an older one takes
    /// nothing back.
    ///
    /// # Errors
    /// Returns an error if Dots cannot be asked, or if the store fails; let the webhook be delivered again then.
    #[cfg(feature = "webhook")]
    pub async fn observe(&self, webhook: &VerifiedWebhook) -> Result<Option<Status>, OutboxError> {
        if let Some(link) = webhook.payout_link_id() {
            let link = self.dots.run(GetPayoutLink::new(link.clone())).await?;
            let is_paid_out = matches!(webhook.event(), dots_api::WebhookEvent::PayoutLinkPaidOut(_));
            let delivery = match of_link(&link.status) {
                // The status of a link stays `claimed` when it is paid out (references/webhooks).
                Some(Delivery::Claimed) if is_paid_out => Some(Delivery::PaidOut),
                delivery => delivery,
            };
            return self.observed(link.metadata.as_ref(), link.id.as_str(), delivery).await;
        }
        match webhook.transfer_id() {
            Some(transfer) => self.observe_transfer(transfer).await,
            None => Ok(None),
        }
    }

    /// Stores what an object of Dots says of a payout.
    async fn observed(
        &self,
        metadata: Option<&Metadata>,
        id: &str,
        delivery: Option<Delivery>,
    ) -> Result<Option<Status>, OutboxError> {
        let Some((reference, generation)) = self.whose(metadata, id).await? else { return Ok(None) };
        let reason = Some("read from Dots by its id".to_owned());
        let note = Note { object_id: Some(id.to_owned()), reason, delivery, ..Note::default() };
        let applied = self.apply(&reference, Event::Found { generation }, note).await?;
        alarm(&applied);
        match applied {
            Applied::Done(_, record) | Applied::Illegal(_, record) => Ok(Some(self.status_of(*record))),
            Applied::Missing => Ok(None),
        }
    }

    /// Finds the payout that an object belongs to: by its mark, or by its id.
    async fn whose(
        &self,
        metadata: Option<&Metadata>,
        id: &str,
    ) -> Result<Option<(String, u32)>, OutboxError> {
        if let Some(mark) = Mark::read(metadata) {
            let record = self.load(&mark.reference).await?;
            let is_ours = |others_may_send: bool| others_may_send || self.has_made(&mark);
            let record = record.filter(|record| is_ours(record.row.others_may_send));
            return Ok(record.map(|_| (mark.reference, mark.generation)));
        }
        let id = id.to_owned();
        let record = self.writer.read(move |store| store.by_object(&id)).await?;
        Ok(record.and_then(|record| Some((record.entry.reference, record.row.paid?))))
    }
}

fn is_missing(error: &OutboxError) -> bool {
    matches!(error, OutboxError::Call(error) if error.status() == Some(404))
}

/// How far the money of a link came.
fn of_link(status: &PayoutLinkStatus) -> Option<Delivery> {
    match status {
        PayoutLinkStatus::FundsPending
        | PayoutLinkStatus::Created
        | PayoutLinkStatus::DeliveryPending
        | PayoutLinkStatus::DeliveryFailed
        | PayoutLinkStatus::Sent
        | PayoutLinkStatus::Delivered => Some(Delivery::OnItsWay),
        PayoutLinkStatus::Claimed => Some(Delivery::Claimed),
        PayoutLinkStatus::Canceled | PayoutLinkStatus::Expired | PayoutLinkStatus::Reversed => {
            Some(Delivery::Returned)
        }
        PayoutLinkStatus::Failed => Some(Delivery::Failed),
        _ => None,
    }
}

/// How far the money of a transfer came.
fn of_transfer(status: &TransferStatus) -> Option<Delivery> {
    match status {
        TransferStatus::Created | TransferStatus::Flagged | TransferStatus::Pending => {
            Some(Delivery::OnItsWay)
        }
        TransferStatus::Completed => Some(Delivery::PaidOut),
        TransferStatus::Canceled | TransferStatus::Reversed => Some(Delivery::Returned),
        TransferStatus::Failed => Some(Delivery::Failed),
        _ => None,
    }
}
