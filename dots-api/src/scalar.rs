//! Scalar types: amounts, timestamps, idempotency keys, ids and phone numbers.
//!
//! The generated types use these where the document says only `integer` or `string`. So a user id cannot be passed for
//! a transfer id, nor dollars for cents.
//!
//! Two rules apply throughout. Values that you write are validated: `"10.00"` does not parse as [`Cents`], nor `a/b` as
//! [`UserId`]; an amount in JSON of your own is an integer. Values in an answer of Dots are read as leniently as their
//! meaning allows, because an answer that cannot be read may report money that has moved.

mod cents;
mod date;
mod e164;
mod id;
mod idempotency_key;
mod metadata;
mod number_id;
mod phone;
mod policy_value;
pub(crate) mod schema;
pub(crate) mod text;
mod timestamp;

pub(crate) use cents::AnsweredCents;
pub use cents::{Cents, CentsError};
pub use date::{Date, DateError};
pub use id::{
    AppId, ApprovalPolicyId, FlowId, IdError, OrganizationId, PayableId, PaymentCustomerId, PayoutBatchId,
    PayoutLinkId, PayoutMethodId, PayoutRequestId, TransferBatchId, TransferId, UserId, VendorId,
    VendorPaymentMethodId,
};
pub(crate) use idempotency_key::begin_sending;
pub use idempotency_key::{IdempotencyKey, IdempotencyKeyError};
pub use metadata::{Metadata, MetadataError};
pub use number_id::{DashboardUserId, TransactionId};
pub use phone::{CountryCode, PhoneError, PhoneNumber};
pub use policy_value::PolicyValue;
pub use timestamp::{Timestamp, TimestampError};
