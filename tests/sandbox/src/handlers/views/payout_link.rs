//! Payout links as answers show them.

use serde::{Deserialize, Serialize};
use serde_json::{
    Value,
    value::{RawValue, to_raw_value},
};
use uuid::Uuid;

use crate::{
    handlers::resources,
    state::{AccountingData, Contact, Delivery, Funding, Link, LinkStatus, State},
};

/// The answer of send-payout: all fields of its page, and no others.
#[derive(Serialize)]
pub(crate) struct SentPayout<'l> {
    id: Uuid,
    created: String,
    link: String,
    amount: i64,
    status: LinkStatus,
    payee: &'l Contact,
    delivery: &'l Delivery,
    tax_exempt: bool,
    claimed_user_id: Option<Uuid>,
    flow_id: Uuid,
    metadata: Option<&'l Value>,
}

impl<'l> SentPayout<'l> {
    pub(crate) fn of(link: &'l Link, state: &State) -> Self {
        Self {
            id: link.id,
            created: resources::style(state).time(link.created),
            link: state.page(link.flow_id),
            amount: link.amount,
            status: link.status,
            payee: &link.payee,
            delivery: &link.delivery,
            tax_exempt: link.tax_exempt,
            claimed_user_id: link.claim.as_ref().map(|claim| claim.user_id),
            flow_id: link.flow_id,
            metadata: link.metadata.as_ref(),
        }
    }
}

/// The source of a link's money.
#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FundingSource {
    #[default]
    DotsBalance,
    Ach,
}

/// A payout link with every field that the link pages document.
#[derive(Serialize)]
pub(crate) struct PayoutLink<'l> {
    #[serde(flatten)]
    core: SentPayout<'l>,
    /// Shown of a link that is not claimed, too ([guides/payout-links]).
    ///
    /// [guides/payout-links]: https://docs.dots.dev/guides/payout-links
    transfer_id: Uuid,
    memo: Option<&'l str>,
    description: Option<&'l str>,
    accounting_data: &'l AccountingData,
    funding_source: FundingSource,
}

impl<'l> PayoutLink<'l> {
    pub(crate) fn of(link: &'l Link, state: &State) -> Self {
        Self {
            core: SentPayout::of(link, state),
            transfer_id: link.transfer_id,
            memo: link.memo.as_deref(),
            description: link.description.as_deref(),
            accounting_data: &link.accounting_data,
            funding_source: match link.funding {
                Funding::Balance => FundingSource::DotsBalance,
                Funding::Ach(_) => FundingSource::Ach,
            },
        }
    }
}

/// A payout link as lists show it, serialized.
pub(crate) fn written(link: &Link, state: &State) -> Box<RawValue> {
    // Serializing plain fields cannot fail.
    to_raw_value(&PayoutLink::of(link, state)).unwrap_or_else(|_| RawValue::NULL.to_owned())
}

/// A payout link as JSON, for events and for answers that contain it.
pub(crate) fn body(link: &Link, state: &State) -> Value {
    // Serializing plain fields cannot fail.
    serde_json::to_value(PayoutLink::of(link, state)).unwrap_or_default()
}
