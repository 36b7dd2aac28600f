//! Payout batches: up to 5,000 payouts in one call, and what became of each.
//!
//! - this file: [`BatchItem`], the calls, and [`BatchItemStatus`]
//! - `settled`: [`SettledItems`], the items as a stream, each as soon as it is settled
//! - `tracker`: which items of a batch were given by that stream
//! - `unsettled`: why it ended before all were

mod settled;
mod tracker;
mod unsettled;

use std::collections::HashSet;

use dots_api::{
    Cents, CreatePayoutBatch, CreatePayoutBatchRequest, GetPayoutBatch, GetPayoutBatchResults,
    IdempotencyKey, Metadata, PayoutBatchId, PayoutBatchItem, PayoutBatchItemPlatform, PayoutBatchItemResult,
    PayoutFeeParty, PayoutMethodId, TransferId, TransferStatus, UserId,
};

use crate::calls::prepared::{ItemReferences, Prepared, keyed};
use crate::calls::user_payouts::PayoutRail;
use crate::dots::Dots;
use crate::policy::validate::{self, Check};

pub use settled::SettledItems;
pub use unsettled::UnsettledError;

keyed!(CreatePayoutBatch);

/// The most payouts that a batch holds (apireference/payout-batches/create-a-payout-batch).
const MOST_ITEMS: usize = 5_000;

/// What the key of an item is made of in place of an operation's id.
const ITEM: &str = "payout_batch_item";

/// Holds one payout of a batch: to a user, funded by the app.
///
/// It gets a fresh idempotency key when it is made. Keep the items, or their keys, if you may have to hand in the batch
/// again: the same items under the same keys pay each user once.
///
/// # Examples
/// ```
/// use dots_api_ext::{BatchItem, Cents, PayoutRail, UserId};
///
/// let user: UserId = "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse()?;
/// let item = BatchItem::new(&user, Cents::new(1_000), PayoutRail::Default).reference("march/jo");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "an item is paid with its batch"]
pub struct BatchItem {
    body: Result<PayoutBatchItem, String>,
    /// The key is made of it when the batch is sent.
    reference: Option<String>,
}

impl BatchItem {
    /// Pays a user so many cents over a rail; the money comes from the app.
    pub fn new(user: &UserId, amount: Cents, rail: PayoutRail) -> Self {
        Self { body: item(user, amount, rail), reference: None }
    }

    /// Pays under a key of yours.
    pub fn with_idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.reference = None;
        self.set(|body| body.idempotency_key = key)
    }

    /// Pays under the key of a business reference; see [`Prepared::reference`].
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Sets data of your own, which Dots returns with the result.
    pub fn metadata(self, metadata: impl Into<Metadata>) -> Self {
        self.set(|body| body.metadata = Some(metadata.into()))
    }

    /// Says who bears the fee; the app's default unless set.
    pub fn payout_fee_party(self, party: PayoutFeeParty) -> Self {
        self.set(|body| body.payout_fee_party = Some(party))
    }

    /// Says whether the payout is tax exempt.
    pub fn tax_exempt(self, exempt: bool) -> Self {
        self.set(|body| body.tax_exempt = Some(exempt))
    }

    fn set(mut self, change: impl FnOnce(&mut PayoutBatchItem)) -> Self {
        if let Ok(body) = &mut self.body {
            change(body);
        }
        self
    }
}

fn item(user: &UserId, amount: Cents, rail: PayoutRail) -> Result<PayoutBatchItem, String> {
    let (platform, account) = platform(rail)?;
    let (user, amount) = (validate::id(user)?, validate::above_zero(amount)?);
    let mut body = PayoutBatchItem::new(user, amount, platform, true);
    body.account_id = account;
    Ok(body)
}

impl Dots {
    /// Hands in a batch of payouts, each of which is paid or fails by itself.
    ///
    /// The batch has a key, and so has each item. A batch whose key Dots knows is refused
    /// (apireference/payout-batches/create-a-payout-batch): after an unknown delivery hand in the same batch under the
    /// same keys, and never under new ones; a refusal then is the echo of the first.
    /// [`watch_payout_batch`](Self::watch_payout_batch) gives each item as soon as it is settled,
    /// [`wait_for_payout_batch`](Self::wait_for_payout_batch) waits until the batch is completed, and
    /// [`fetch_payout_batch_results`](Self::fetch_payout_batch_results) says what became of each item so far.
    ///
    /// # Errors
    /// Awaiting it returns an error whose [`outcome`](crate::Error::outcome) says whether the batch may exist. No
    /// items and more than 5,000, a key that two items share, and an item that cannot be paid are refused before
    /// anything is sent; the error says which item, counted from 1.
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
    /// # use dots_api_ext::Phone;
    /// # let jo = dots.create_user("Jo", "Doe", "jo@example.com", Phone::new("1", "2025550139")).await?.id.clone();
    /// # let al = dots.create_user("Al", "Roe", "al@example.com", Phone::new("1", "2025550140")).await?.id.clone();
    /// use dots_api_ext::{BatchItem, BatchItemStatus, Cents, PayoutRail};
    ///
    /// let items = [(jo, 1_000), (al, 2_000)].map(|(user, cents)| {
    ///     BatchItem::new(&user, Cents::new(cents), PayoutRail::Venmo).reference(format!("march/{user}"))
    /// });
    /// let batch = dots.create_payout_batch(items).reference("payroll-march").await?;
    /// # sandbox.advance(std::time::Duration::from_secs(120));
    ///
    /// let batch = dots.fetch_payout_batch(&batch.id).await?;
    /// println!("{} is {}", batch.id, batch.status);
    /// let results = dots.fetch_payout_batch_results(&batch.id).await?;
    /// for item in &results.items {
    ///     match BatchItemStatus::from(item) {
    ///         BatchItemStatus::Paid { transfer } => println!("paid: {transfer}"),
    ///         outcome => println!("{:?}: {outcome:?}", item.idempotency_key),
    ///     }
    /// }
    /// # assert_eq!(sandbox.balance(), 100_000_000 - 3_000);
    /// # Ok(()) }
    /// ```
    pub fn create_payout_batch(
        &self,
        items: impl IntoIterator<Item = BatchItem>,
    ) -> Prepared<CreatePayoutBatch> {
        let (mut bodies, mut references) = (Vec::new(), Vec::new());
        // One more than there may be: an endless iterator ends here.
        for (index, item) in items.into_iter().take(MOST_ITEMS + 1).enumerate() {
            references.extend(item.reference.map(|text| (index, text)));
            bodies.push(item.body.map_err(|why| format!("item {}: {why}", index + 1)));
        }
        let draft = bodies.into_iter().collect::<Result<Vec<_>, _>>().and_then(|items| {
            check_count(&items)?;
            Ok(CreatePayoutBatch::new(CreatePayoutBatchRequest::new(items)))
        });
        let references = ItemReferences {
            texts: references,
            kind: ITEM,
            set_key: |operation: &mut CreatePayoutBatch, index, key| {
                if let Some(item) = operation.body.items.get_mut(index) {
                    item.idempotency_key = key;
                }
            },
            check: |operation| check_keys(&operation.body.items),
        };
        Prepared::new(self, draft).with_items(references)
    }

    /// Reads one payout batch, with its status and without its items.
    ///
    /// # Errors
    /// Awaiting it returns an error when there is no such batch, or it cannot be read.
    ///
    /// # Examples
    /// See [`create_payout_batch`](Dots::create_payout_batch).
    pub fn fetch_payout_batch(&self, id: &PayoutBatchId) -> Prepared<GetPayoutBatch> {
        Prepared::new(self, validate::id(id).map(GetPayoutBatch::new))
    }

    /// Reads what became of each item of a batch, so far; see [`BatchItemStatus`].
    ///
    /// All items come in one answer. Of this one, up to 32 MiB are read, of others up to 4 MiB: a full batch with its
    /// metadata and [`with_requests`](Prepared::with_requests) is longer than that.
    ///
    /// # Errors
    /// Awaiting it returns an error when there is no such batch, or it cannot be read.
    ///
    /// # Examples
    /// See [`create_payout_batch`](Dots::create_payout_batch).
    pub fn fetch_payout_batch_results(&self, id: &PayoutBatchId) -> Prepared<GetPayoutBatchResults> {
        Prepared::new(self, validate::id(id).map(GetPayoutBatchResults::new))
    }
}

impl Prepared<CreatePayoutBatch> {
    /// Sets data of your own, which Dots returns with the batch.
    pub fn metadata(self, metadata: impl Into<Metadata>) -> Self {
        self.set(|operation| operation.body.metadata = Some(metadata.into()))
    }
}

impl Prepared<GetPayoutBatchResults> {
    /// Asks for each item as it was handed in, beside its result.
    pub fn with_requests(self) -> Self {
        self.set(|operation| operation.include_request = Some(true))
    }
}

/// Says what became of one item of a batch, as far as its result row tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchItemStatus<'a> {
    /// The user was paid.
    Paid {
        /// The transfer that paid.
        transfer: &'a TransferId,
    },
    /// This batch paid nothing for it. It alone may be paid again, under a new key (guides/batch-payouts), unless an
    /// earlier batch held an item of the same key: then the item failed because that one stands.
    Failed {
        /// What Dots calls the mistake, such as `no_such_resource`.
        code: Option<&'a str>,
        /// What Dots says of it.
        message: Option<&'a str>,
    },
    /// It was begun and taken back by hand. Ask Dots before you pay again.
    TakenBack {
        /// The transfer that was reversed or canceled.
        transfer: &'a TransferId,
    },
    /// It is on its way, or the row does not say: look again, and do not pay again.
    Pending {
        /// The transfer, if there is one yet.
        transfer: Option<&'a TransferId>,
    },
}

impl<'a> From<&'a PayoutBatchItemResult> for BatchItemStatus<'a> {
    fn from(item: &'a PayoutBatchItemResult) -> Self {
        let (code, message) = (item.error_code.as_deref(), item.error_message.as_deref());
        let has_error = code.or(message).is_some();
        let Some(transfer) = &item.transfer else {
            return if has_error { Self::Failed { code, message } } else { Self::Pending { transfer: None } };
        };
        let id = &transfer.id;
        match &transfer.status {
            TransferStatus::Failed => Self::Failed { code, message },
            TransferStatus::Completed => Self::Paid { transfer: id },
            TransferStatus::Reversed | TransferStatus::Canceled => Self::TakenBack { transfer: id },
            // An error beside a transfer that goes on is no proof that nothing was paid.
            _ => Self::Pending { transfer: Some(id) },
        }
    }
}

/// Batches know fewer rails than single payouts.
fn platform(rail: PayoutRail) -> Result<(PayoutBatchItemPlatform, Option<PayoutMethodId>), String> {
    use PayoutBatchItemPlatform as Platform;
    match rail {
        PayoutRail::Default => Ok((Platform::Default, None)),
        PayoutRail::Paypal => Ok((Platform::Paypal, None)),
        PayoutRail::Venmo => Ok((Platform::Venmo, None)),
        PayoutRail::CashApp => Ok((Platform::CashApp, None)),
        PayoutRail::Ach(account) => Ok((Platform::Ach, Some(account))),
        PayoutRail::BankTransfer(account) => Ok((Platform::BankTransfer, Some(account))),
        PayoutRail::Payoneer | PayoutRail::Airtm => {
            Err("a batch cannot pay over `payoneer` or `airtm`".to_owned())
        }
    }
}

fn check_count(items: &[PayoutBatchItem]) -> Check {
    match items.len() {
        0 => Err("a batch needs at least one item".to_owned()),
        count if count > MOST_ITEMS => Err(format!("a batch holds at most {MOST_ITEMS} items")),
        _ => Ok(()),
    }
}

fn check_keys(items: &[PayoutBatchItem]) -> Check {
    let mut keys = HashSet::with_capacity(items.len());
    match items.iter().position(|item| !keys.insert(item.idempotency_key)) {
        None => Ok(()),
        Some(index) => Err(format!("item {}: another item has the same idempotency key", index + 1)),
    }
}
