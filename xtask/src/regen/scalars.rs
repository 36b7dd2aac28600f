//! The handwritten types of `dots_api::scalar`, and what each of them stands for in the document.

/// A handwritten type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scalar {
    /// Its name, which `x-type` gives.
    pub name: &'static str,
    /// The types of the document that it carries.
    pub carries: &'static [&'static str],
}

/// A value of no single type, such as text or an object.
pub(crate) const ANY: &str = "any";

/// The types; `x-type` may name any of them.
pub(crate) const SCALARS: &[Scalar] = &[
    text("AppId"),
    text("ApprovalPolicyId"),
    // With `x-decimal-text`, a text as well.
    Scalar { name: "Cents", carries: &["integer", "number"] },
    text("CountryCode"),
    Scalar { name: "DashboardUserId", carries: &["integer"] },
    text("Date"),
    text("FlowId"),
    text("IdempotencyKey"),
    Scalar { name: "Metadata", carries: &["object", "string", ANY] },
    text("OrganizationId"),
    text("PayableId"),
    text("PaymentCustomerId"),
    text("PayoutBatchId"),
    text("PayoutLinkId"),
    text("PayoutMethodId"),
    text("PayoutRequestId"),
    text("PhoneNumber"),
    Scalar { name: "PolicyValue", carries: &[ANY] },
    text("Timestamp"),
    Scalar { name: "TransactionId", carries: &["integer", "string"] },
    text("TransferBatchId"),
    text("TransferId"),
    text("UserId"),
    text("VendorId"),
    text("VendorPaymentMethodId"),
];

const fn text(name: &'static str) -> Scalar {
    // Where the document gives no type, the mark is all that is known.
    Scalar { name, carries: &["string", ANY] }
}

/// Tells whether a name is that of a handwritten type.
pub(crate) fn is_scalar(name: &str) -> bool {
    of(name).is_some()
}

/// The handwritten type of a name.
pub(crate) fn of(name: &str) -> Option<&'static Scalar> {
    SCALARS.iter().find(|scalar| scalar.name == name)
}
