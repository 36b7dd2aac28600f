//! Views: objects as answers and events show them.

mod event;
mod payout_link;
mod transfer;

pub(crate) use event::event_payload;
pub(crate) use payout_link::body as payout_link_body;
pub(crate) use payout_link::{FundingSource, PayoutLink, SentPayout, written};
pub(crate) use transfer::{TransactionBody, TransferBody};
