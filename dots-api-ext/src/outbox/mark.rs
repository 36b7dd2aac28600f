//! What an outbox writes into the metadata of its payouts, to find them by.

use dots_api::{Cents, CreatePayout, CreatePayoutLink, CreateTransfer, Metadata, SendPayout};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::calls::prepared::Keyed;
use crate::look_up::LookUp;
use crate::policy::idempotency::REFERENCE_NAMESPACE;

const REFERENCE: &str = "outbox_reference";
const GENERATION: &str = "outbox_generation";
const STORE: &str = "outbox_store";

/// Marks the operations that an outbox makes: payouts, payout links and transfers, one at a time.
pub trait Payable: Keyed + LookUp {
    /// Returns the metadata of its body.
    #[doc(hidden)]
    fn metadata_mut(&mut self) -> &mut Option<Metadata>;

    /// Returns the amount of its body.
    #[doc(hidden)]
    fn cents(&self) -> Cents;

    /// Returns the metadata of its body, and of what it has made.
    #[doc(hidden)]
    fn metadata_of<'a>(&'a self, made: &'a Self::Output) -> [Option<&'a Metadata>; 2];
}

macro_rules! payable {
    ($($operation:ty),+) => {$(
        impl Payable for $operation {
            fn metadata_mut(&mut self) -> &mut Option<Metadata> {
                &mut self.body.metadata
            }

            fn cents(&self) -> Cents {
                self.body.amount
            }

            fn metadata_of<'a>(&'a self, made: &'a Self::Output) -> [Option<&'a Metadata>; 2] {
                [self.body.metadata.as_ref(), made.metadata.as_ref()]
            }
        }
    )+};
}
payable!(SendPayout, CreatePayoutLink, CreatePayout, CreateTransfer);

/// What an outbox writes into the metadata of a payout, to find it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::outbox) struct Mark {
    pub reference: String,
    pub generation: u32,
    pub store: Uuid,
}

impl Mark {
    /// Writes it into metadata, which a plain text cannot take.
    pub(super) fn put(&self, metadata: &mut Option<Metadata>) -> Result<(), String> {
        let mut object = match metadata.take() {
            None => Map::new(),
            Some(given) => match given.into_value() {
                Value::Object(object) => object,
                _ => {
                    return Err(
                        "the metadata must be an object: the outbox writes its reference into it".to_owned()
                    );
                }
            },
        };
        object.insert(REFERENCE.to_owned(), self.reference.clone().into());
        object.insert(GENERATION.to_owned(), self.generation.to_string().into());
        object.insert(STORE.to_owned(), self.store.to_string().into());
        *metadata = Some(Metadata::object(object));
        Ok(())
    }

    /// Reads it from what a list shows, in the forms that it may come back in.
    pub(super) fn read(metadata: Option<&Metadata>) -> Option<Self> {
        let parsed: Metadata;
        let metadata = match metadata?.as_text() {
            Some(text) => {
                parsed = text.parse().ok()?;
                &parsed
            }
            None => metadata?,
        };
        let generation = metadata.get(GENERATION)?;
        let generation = generation.as_u64().or_else(|| generation.as_str()?.parse().ok())?;
        Some(Self {
            reference: metadata.get(REFERENCE)?.as_str()?.to_owned(),
            generation: generation.try_into().ok()?,
            store: metadata.get(STORE)?.as_str()?.parse().ok()?,
        })
    }
}

/// Whether an answer bears the mark of another payout than its request; one without a mark says nothing.
#[cfg(feature = "_outbox-store")]
pub(super) fn is_of_another<O: Payable>(operation: &O, made: &O::Output) -> bool {
    let [asked, said] = operation.metadata_of(made).map(Mark::read);
    // Of another store with the same references, it is the same payout.
    asked
        .zip(said)
        .is_some_and(|(asked, said)| (asked.reference, asked.generation) != (said.reference, said.generation))
}

/// Names the store of payouts that were planned for an account without an API key.
pub(super) fn store_of(account: &str) -> Uuid {
    Uuid::new_v5(&REFERENCE_NAMESPACE, format!("outbox\n{account}").as_bytes())
}
