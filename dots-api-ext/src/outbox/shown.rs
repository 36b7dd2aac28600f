//! An object of Dots that bears the mark of a payout, and whether two of them are one payment.
//!
//! A payout link and the transfer that pays it out may both bear the mark: they name each other, by the `transfer_id` of
//! the link ([guides/payout-links]) and the `payout_link_id` of the transfer
//! ([apireference/transfers/get-a-transfer]), and are one payment.
//!
//! [guides/payout-links]: https://docs.dots.dev/guides/payout-links
//! [apireference/transfers/get-a-transfer]: https://docs.dots.dev/apireference/transfers/get-a-transfer

use dots_api::{Cents, PayoutLink, PayoutLinkStatus, Transfer, TransferStatus, TransferType};

use super::delivery::Delivery;
use super::mark::Mark;

/// An object that a list or a single reading has shown.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub mark: Option<Mark>,
    pub id: String,
    pub delivery: Option<Delivery>,
    amount: Cents,
    kind: Kind,
    /// The link of a transfer, or the transfer of a link.
    partner: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Link,
    Transfer(Option<TransferType>),
}

/// What a second object of one generation is beside the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// The same payment.
    Same,
    /// Another payment.
    Another,
    /// Either: what Dots shows does not tell.
    Unclear,
}

impl Shown {
    pub(super) fn link(link: &PayoutLink) -> Self {
        Self {
            mark: Mark::read(link.metadata.as_ref()),
            id: link.id.to_string(),
            delivery: of_link(&link.status),
            amount: link.amount,
            kind: Kind::Link,
            partner: link.transfer_id.as_ref().map(ToString::to_string),
        }
    }

    pub(super) fn transfer(transfer: &Transfer) -> Self {
        Self {
            mark: Mark::read(transfer.metadata.as_ref()),
            id: transfer.id.to_string(),
            delivery: of_transfer(&transfer.status),
            amount: transfer.amount,
            kind: Kind::Transfer(transfer.type_.clone()),
            partner: transfer.payout_link_id.as_ref().map(ToString::to_string),
        }
    }

    /// Returns its amount if that is not the one of its payout; what pays a link out may be a part of it, or without a fee.
    pub(super) fn other_amount(&self, cents: Cents) -> Option<Cents> {
        let is_whole = self.kind == Kind::Link || self.partner.is_none();
        Some(self.amount).filter(|paid| is_whole && paid.get().unsigned_abs() != cents.get().unsigned_abs())
    }

    /// Whether it says itself that it is one payment with an object of this id.
    pub(super) fn is_of(&self, id: &str) -> bool {
        self.id == id || self.partner.as_deref() == Some(id)
    }

    /// Compares it with the first object of the same generation.
    pub(super) fn beside(&self, first: &Self) -> Beside {
        let is_back = |shown: &Self| matches!(shown.delivery, Some(Delivery::Returned | Delivery::Failed));
        if self.is_of(&first.id) || first.is_of(&self.id) {
            return Beside::Same;
        }
        let (is_link, was_link) = (self.kind == Kind::Link, first.kind == Kind::Link);
        match (&self.partner, &first.partner) {
            // Two transfers of one link, such as onto the wallet of the payee and from there to the bank.
            (Some(one), Some(other)) if !is_link && !was_link && one == other => Beside::Same,
            // Money that came back was not paid twice.
            _ if is_back(self) || is_back(first) => Beside::Unclear,
            _ if is_link && was_link => Beside::Another,
            // Without a link, a transfer into a wallet may be followed by one out of it.
            (None, None) if self.kind == first.kind && !is_link => Beside::Another,
            _ => Beside::Unclear,
        }
    }
}

/// How far the money of a link came.
pub(super) fn of_link(status: &PayoutLinkStatus) -> Option<Delivery> {
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

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::{Beside, Shown};

    const IDS: [&str; 3] = [
        "11111111-1111-4111-8111-111111111111",
        "22222222-2222-4222-8222-222222222222",
        "33333333-3333-4333-8333-333333333333",
    ];

    fn link(id: usize, transfer: Option<usize>, status: &str) -> Shown {
        let transfer = transfer.map(|id| IDS[id]);
        let link =
            serde_json::json!({ "id": IDS[id], "amount": 1_000, "status": status, "transfer_id": transfer });
        Shown::link(&serde_json::from_value(link).unwrap())
    }

    fn transfer(id: usize, link: Option<usize>, kind: &str) -> Shown {
        let mut transfer = serde_json::json!({
            "id": IDS[id], "amount": "-1000", "status": "completed", "type": kind, "transactions": [],
        });
        if let Some(link) = link {
            transfer["payout_link_id"] = IDS[link].into();
        }
        Shown::transfer(&serde_json::from_value(transfer).unwrap())
    }

    #[test]
    fn a_link_and_the_transfers_that_pay_it_out_are_one_payment() {
        let paid_out = transfer(1, Some(0), "payout");
        assert_eq!(paid_out.beside(&link(0, None, "claimed")), Beside::Same);
        assert_eq!(link(0, Some(1), "claimed").beside(&transfer(1, None, "payout")), Beside::Same);
        assert_eq!(transfer(2, Some(0), "balance").beside(&paid_out), Beside::Same);
        assert!(paid_out.is_of(IDS[0]) && !paid_out.is_of(IDS[2]));
    }

    #[test]
    fn two_links_and_two_transfers_of_a_kind_are_two_payments() {
        assert_eq!(link(0, Some(2), "created").beside(&link(1, None, "claimed")), Beside::Another);
        assert_eq!(transfer(0, None, "balance").beside(&transfer(1, None, "balance")), Beside::Another);
    }

    #[test]
    fn what_cannot_be_told_apart_is_unclear() {
        assert_eq!(transfer(1, None, "payout").beside(&link(0, None, "created")), Beside::Unclear);
        assert_eq!(transfer(1, None, "payout").beside(&transfer(0, None, "balance")), Beside::Unclear);
        assert_eq!(link(1, None, "canceled").beside(&link(0, None, "created")), Beside::Unclear);
    }
}
