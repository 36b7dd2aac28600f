//! Reads single objects of Dots, and stores what they say of payouts: that they are paid, and what became of the money.

use dots_api::{GetPayoutLink, GetTransfer, PayoutLinkId, TransferId};

#[cfg(feature = "webhook")]
use super::delivery::Delivery;
use super::desk::Outbox;
use super::error::OutboxError;
use super::event::Event;
use super::sending::alarm;
use super::shown::{Beside, Shown};
use super::status::Status;
use super::store::{Applied, Note, Record};
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
        let found = match &record.object_id {
            Some(id) => self.fetch(&record.entry.operation, id).await?,
            None => None,
        };
        let status = match found {
            Some(shown) => self.observed(shown).await?,
            None => None,
        };
        match status {
            Some(status) => Ok(status),
            None => self.must(reference).await,
        }
    }

    /// Reads what an operation has made, by its id; nothing if the id is none that Dots gives.
    async fn fetch(&self, operation: &str, id: &str) -> Result<Option<Shown>, OutboxError> {
        let (Ok(link), Ok(transfer)) = (id.parse(), id.parse()) else { return Ok(None) };
        if matches!(operation, "send_payout" | "create_payout_link") {
            match self.fetch_link(&link).await {
                // What pays a user may be a transfer; which of them, the id does not say.
                Err(error) if operation == "send_payout" && is_missing(&error) => {}
                shown => return shown.map(Some),
            }
        }
        self.fetch_transfer(&transfer).await.map(Some)
    }

    async fn fetch_link(&self, id: &PayoutLinkId) -> Result<Shown, OutboxError> {
        Ok(Shown::link(&*self.dots.run(GetPayoutLink::new(id.clone())).await?))
    }

    async fn fetch_transfer(&self, id: &TransferId) -> Result<Shown, OutboxError> {
        Ok(Shown::transfer(&*self.dots.run(GetTransfer::new(id.clone())).await?))
    }

    /// Reads a payout link, and stores what it says of a payout of this outbox; nothing if it is of no payout.
    ///
    /// # Errors
    /// Returns an error if Dots cannot be asked, or if the store fails.
    pub async fn observe_link(&self, id: &PayoutLinkId) -> Result<Option<Status>, OutboxError> {
        self.observed(self.fetch_link(id).await?).await
    }

    /// Reads a transfer, and stores what it says of a payout of this outbox; nothing if it is of no payout.
    ///
    /// # Errors
    /// Returns an error if Dots cannot be asked, or if the store fails.
    pub async fn observe_transfer(&self, id: &TransferId) -> Result<Option<Status>, OutboxError> {
        self.observed(self.fetch_transfer(id).await?).await
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
            let mut shown = self.fetch_link(link).await?;
            let is_paid_out = matches!(webhook.event(), dots_api::WebhookEvent::PayoutLinkPaidOut(_));
            if is_paid_out && shown.delivery == Some(Delivery::Claimed) {
                // The status of a link stays `claimed` when it is paid out (references/webhooks).
                shown.delivery = Some(Delivery::PaidOut);
            }
            return self.observed(shown).await;
        }
        match webhook.transfer_id() {
            Some(transfer) => self.observe_transfer(transfer).await,
            None => Ok(None),
        }
    }

    /// Stores what an object of Dots says of a payout.
    async fn observed(&self, shown: Shown) -> Result<Option<Status>, OutboxError> {
        let Some((record, generation)) = self.whose(&shown).await? else { return Ok(None) };
        let reference = record.entry.reference.clone();
        self.store_shown(record, generation, shown, "read from Dots by its id").await?;
        self.must(&reference).await.map(Some)
    }

    /// Finds the payout that an object belongs to, and its generation: by its mark, or by its id.
    async fn whose(&self, shown: &Shown) -> Result<Option<(Record, u32)>, OutboxError> {
        if let Some(mark) = &shown.mark {
            let record = self.load(&mark.reference).await?;
            let record = record.filter(|record| record.row.others_may_send || self.has_made(mark));
            return Ok(record.map(|record| (record, mark.generation)));
        }
        let id = shown.id.clone();
        let record = self.writer.read(move |store| store.by_object(&id)).await?;
        Ok(record.and_then(|record| record.row.paid.map(|paid| (record, paid))))
    }

    /// Stores that an object of Dots is a payment of a row; whether the row has changed.
    pub(super) async fn store_shown(
        &self,
        record: Record,
        generation: u32,
        shown: Shown,
        how: &str,
    ) -> Result<bool, OutboxError> {
        let first = record.object_id.as_deref().filter(|_| record.row.paid == Some(generation));
        let (event, reason) = match first {
            Some(first) if first != shown.id => match self.second(&record, first, &shown).await? {
                Some(second) => second,
                None => return Ok(false),
            },
            _ => match shown.other_amount(record.entry.cents) {
                None => (Event::Found { generation }, how.to_owned()),
                Some(paid) => {
                    let cents = record.entry.cents;
                    let why = format!("{how}: it is paid with `{paid}`, and `{cents}` is written here");
                    (Event::FoundOther { generation }, why)
                }
            },
        };
        let note = Note {
            object_id: Some(shown.id),
            reason: Some(reason),
            delivery: shown.delivery,
            ..Note::default()
        };
        let applied = self.apply(&record.entry.reference, event, note).await?;
        alarm(&applied);
        Ok(matches!(applied, Applied::Done(step, _) if step.row.seen() != record.row.seen()))
    }

    /// Judges a second object of one generation: what happens to the row, and why; nothing if it was judged before.
    async fn second(
        &self,
        record: &Record,
        first: &str,
        shown: &Shown,
    ) -> Result<Option<(Event, String)>, OutboxError> {
        let (reference, id) = (record.entry.reference.clone(), shown.id.clone());
        if shown.is_of(first) || self.is_logged(reference, id.clone()).await? {
            return Ok(None);
        }
        let Some(generation) = record.row.paid else { return Ok(None) };
        let first = match self.fetch(&record.entry.operation, first).await {
            Err(error) if is_missing(&error) => None,
            first => first?,
        };
        Ok(match first.map(|first| shown.beside(&first)) {
            Some(Beside::Same) => None,
            Some(Beside::Another) => {
                Some((Event::FoundTwice, format!("Dots has made `{id}` as well, with the same key")))
            }
            Some(Beside::Unclear) | None => {
                let why =
                    format!("`{id}` bears the same mark; it may be a second payment, or a part of the first");
                Some((Event::Found { generation }, why))
            }
        })
    }

    /// Whether the log of a payout names an object.
    async fn is_logged(&self, reference: String, id: String) -> Result<bool, OutboxError> {
        let log = self.writer.read(move |store| store.history(&reference)).await?;
        Ok(log.iter().any(|entry| entry.object_id.as_ref() == Some(&id)))
    }
}

fn is_missing(error: &OutboxError) -> bool {
    matches!(error, OutboxError::Call(error) if error.status() == Some(404))
}
