//! The kinds of objects.

use serde::{Deserialize, Serialize};

use super::label::Label;

/// A kind of object. It seeds the ids, so that a user's id never names a link. New kinds are added at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    App = 1,
    User = 2,
    Link = 3,
    /// The flow in which the link of the same number is claimed.
    LinkFlow = 4,
    Transfer = 5,
    Flow = 6,
    PayoutBatch = 7,
    PayoutRequest = 8,
    TransferBatch = 9,
    PaymentCustomer = 10,
    Vendor = 11,
    VendorPaymentMethod = 12,
    Payable = 13,
    ApprovalPolicy = 14,
    Organization = 15,
    PayoutMethod = 16,
    File = 17,
    /// The transfer by which the link of the same number is claimed.
    LinkTransfer = 18,
}

/// The traits of a kind that generic code such as `resources` needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Traits {
    /// The kind in messages and transcripts.
    pub(crate) noun: &'static str,
    /// The prefix of its names in transcripts, before the number.
    pub(crate) name: &'static str,
    /// The path parameter that names an object of this kind.
    pub(crate) path: &'static str,
    /// The kind of its owner, when the path names one.
    pub(crate) owner: Option<Kind>,
    /// The fields whose values a list can be filtered by.
    pub(crate) filters: &'static [&'static str],
    /// Whether it belongs to the organization, and every app sees it.
    pub(crate) shared: bool,
}

impl Kind {
    /// Every kind.
    pub(crate) const ALL: [Self; 18] = [
        Self::App,
        Self::User,
        Self::Link,
        Self::LinkFlow,
        Self::Transfer,
        Self::Flow,
        Self::PayoutBatch,
        Self::PayoutRequest,
        Self::TransferBatch,
        Self::PaymentCustomer,
        Self::Vendor,
        Self::VendorPaymentMethod,
        Self::Payable,
        Self::ApprovalPolicy,
        Self::Organization,
        Self::PayoutMethod,
        Self::File,
        Self::LinkTransfer,
    ];

    /// Returns the traits of the kind.
    pub(crate) fn traits(self) -> Traits {
        let plain = |noun, name, path| Traits { noun, name, path, owner: None, filters: &[], shared: false };
        match self {
            Self::App => Traits { shared: true, ..plain("app", "a", "app_id") },
            Self::User => plain("user", "u", "user_id"),
            Self::Link => plain("payout link", "l", "payout_link_id"),
            Self::LinkFlow | Self::Flow => plain("flow", "f", "flow_id"),
            Self::Transfer | Self::LinkTransfer => plain("transfer", "t", "transfer_id"),
            Self::PayoutBatch => plain("payout batch", "pb", "payout_batch_id"),
            Self::PayoutRequest => plain("payout request", "pr", "payout_request_id"),
            Self::TransferBatch => plain("transfer batch", "tb", "transfer_batch_id"),
            Self::PaymentCustomer => plain("payment customer", "c", "payment_customer_id"),
            Self::Vendor => plain("vendor", "v", "vendor_id"),
            Self::VendorPaymentMethod => Traits {
                owner: Some(Self::Vendor),
                ..plain("vendor payment method", "vm", "payment_method_id")
            },
            Self::Payable => {
                // Needed when a transfer ends; the list of payables has no such filter.
                Traits { filters: &["transfer_id"], ..plain("payable", "p", "payable_id") }
            }
            Self::ApprovalPolicy => plain("approval policy", "ap", "approval_policy_id"),
            Self::Organization => Traits { shared: true, ..plain("organization", "o", "organization_id") },
            Self::PayoutMethod => plain("payout method", "pm", "payout_method_id"),
            Self::File => plain("file", "fi", "file_id"),
        }
    }

    /// Returns the label of objects of this kind with this value of a filter.
    pub(crate) fn label(self, field: &str, value: &str) -> Label {
        Label::of(field, value)
    }
}
