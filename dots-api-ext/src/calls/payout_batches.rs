//! Payout batches: up to 5,000 payouts in one call, and the result of each.
//!
//! - this file: [`BatchItem`], the calls, and [`BatchItemStatus`]
//! - `settled`: [`SettledItems`], a stream that yields each item as soon as it is settled
//! - `tracker`: which items of a batch that stream has yielded
//! - `unsettled`: the error of a stream that ended before all items were settled

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

/// The most payouts that a batch can hold ([apireference/payout-batches/create-a-payout-batch]).
///
/// [apireference/payout-batches/create-a-payout-batch]: https://docs.dots.dev/apireference/payout-batches/create-a-payout-batch
const MOST_ITEMS: usize = 5_000;

/// Takes the place of an operation id when the key of an item is derived from a reference.
const ITEM: &str = "payout_batch_item";

/// Holds one payout of a batch: to a user, funded by the app.
///
/// It gets a fresh idempotency key when it is created. Keep the items, or their keys, in case the batch has to be
/// submitted again: the same items with the same keys pay each user once.
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
    /// The key is derived from it when the batch is sent.
    reference: Option<String>,
}

impl BatchItem {
    /// Creates an item that pays a user this amount over a rail; the money comes from the app.
    pub fn new(user: &UserId, amount: Cents, rail: PayoutRail) -> Self {
        Self { body: item(user, amount, rail), reference: None }
    }

    /// Pays with this idempotency key.
    pub fn with_idempotency_key(mut self, key: IdempotencyKey) -> Self {
        self.reference = None;
        self.set(|body| body.idempotency_key = key)
    }

    /// Derives the idempotency key from a business reference; see [`Prepared::reference`].
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = Some(reference.into());
        self
    }

    /// Sets your own metadata, which Dots returns with the result.
    pub fn metadata(self, metadata: impl Into<Metadata>) -> Self {
        self.set(|body| body.metadata = Some(metadata.into()))
    }

    /// Sets who bears the fee; by default the app's setting decides.
    pub fn payout_fee_party(self, party: PayoutFeeParty) -> Self {
        self.set(|body| body.payout_fee_party = Some(party))
    }

    /// Sets whether the payout is tax exempt.
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
    /// Submits a batch of payouts, each of which is paid or fails independently.
    ///
    /// The batch has an idempotency key, and so has each item. Dots refuses a batch whose key it has seen before
    /// ([apireference/payout-batches/create-a-payout-batch]). After an unknown outcome submit the same batch with the
    /// same keys, never with new ones; a refusal then suggests that the first submission went through.
    ///
    /// [`watch_payout_batch`](Self::watch_payout_batch) yields each item as soon as it is settled,
    /// [`wait_for_payout_batch`](Self::wait_for_payout_batch) waits until the batch is completed, and
    /// [`fetch_payout_batch_results`](Self::fetch_payout_batch_results) returns the result of each item so far.
    ///
    /// # Errors
    /// Awaiting it returns an error whose [`outcome`](crate::Error::outcome) says whether the batch may exist. An empty
    /// batch, more than 5,000 items, a key that two items share, and an invalid item fail validation before anything is
    /// sent; the error says which item, counted from 1.
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
    ///         BatchItemStatus::Paid { transfer, .. } => println!("paid: {transfer}"),
    ///         outcome => println!("{:?}: {outcome:?}", item.idempotency_key),
    ///     }
    /// }
    /// # assert_eq!(sandbox.balance(), 100_000_000 - 3_000);
    /// # Ok(()) }
    /// ```
    ///
    /// [apireference/payout-batches/create-a-payout-batch]: https://docs.dots.dev/apireference/payout-batches/create-a-payout-batch
    pub fn create_payout_batch(
        &self,
        items: impl IntoIterator<Item = BatchItem>,
    ) -> Prepared<CreatePayoutBatch> {
        let (mut bodies, mut references) = (Vec::new(), Vec::new());
        // One more than allowed, so that an endless iterator ends here.
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

    /// Reads one payout batch with its status, without its items.
    ///
    /// # Errors
    /// Awaiting it returns an error when the batch does not exist or cannot be read.
    ///
    /// # Examples
    /// See [`create_payout_batch`](Dots::create_payout_batch).
    pub fn fetch_payout_batch(&self, id: &PayoutBatchId) -> Prepared<GetPayoutBatch> {
        Prepared::new(self, validate::id(id).map(GetPayoutBatch::new))
    }

    /// Reads the result of each item of a batch so far; see [`BatchItemStatus`].
    ///
    /// All items come in one answer. The client reads up to 32 MiB of it, against 4 MiB of any other answer, because a
    /// full batch with its metadata and [`with_requests`](Prepared::with_requests) is longer than 4 MiB.
    ///
    /// # Errors
    /// Awaiting it returns an error when the batch does not exist or cannot be read.
    ///
    /// # Examples
    /// See [`create_payout_batch`](Dots::create_payout_batch).
    pub fn fetch_payout_batch_results(&self, id: &PayoutBatchId) -> Prepared<GetPayoutBatchResults> {
        Prepared::new(self, validate::id(id).map(GetPayoutBatchResults::new))
    }
}

/// Setters of [`create_payout_batch`](Dots::create_payout_batch).
impl Prepared<CreatePayoutBatch> {
    /// Sets your own metadata, which Dots returns with the batch.
    pub fn metadata(self, metadata: impl Into<Metadata>) -> Self {
        self.set(|operation| operation.body.metadata = Some(metadata.into()))
    }
}

/// Setters of [`fetch_payout_batch_results`](Dots::fetch_payout_batch_results).
impl Prepared<GetPayoutBatchResults> {
    /// Includes each item as it was submitted, next to its result.
    pub fn with_requests(self) -> Self {
        self.set(|operation| operation.include_request = Some(true))
    }
}

/// The result of one item of a batch, as far as its result row shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BatchItemStatus<'a> {
    /// The user was paid.
    #[non_exhaustive]
    Paid {
        /// The transfer that paid the user.
        transfer: &'a TransferId,
    },
    /// This batch paid nothing for the item. The caller may pay this item again, with a new key ([guides/batch-payouts]),
    /// unless an earlier batch held an item with the same key: then this one failed because the earlier one stands.
    ///
    /// [guides/batch-payouts]: https://docs.dots.dev/guides/batch-payouts
    #[non_exhaustive]
    Failed {
        /// Dots' error code, such as `no_such_resource`.
        code: Option<&'a str>,
        /// Dots' error message.
        message: Option<&'a str>,
    },
    /// The payout was started and then reversed or canceled by hand. Ask Dots before you pay again.
    #[non_exhaustive]
    TakenBack {
        /// The transfer that was reversed or canceled.
        transfer: &'a TransferId,
    },
    /// The payout is in progress, or the row does not say: poll again, and do not pay again.
    #[non_exhaustive]
    Pending {
        /// The transfer, if it exists yet.
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
            // An error next to a transfer that is still in progress does not prove that nothing was paid.
            _ => Self::Pending { transfer: Some(id) },
        }
    }
}

/// Batches support fewer rails than single payouts.
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
