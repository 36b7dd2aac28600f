//! The values that the API is made of: amounts, points in time, keys, ids, telephone numbers.
//!
//! The generated types hold these where the document says no more than `integer` or `string`. A user's id
//! cannot then stand where a transfer's belongs, nor dollars where cents do.
//!
//! Two rules run through the module. What you write is checked: `"10.00"` is no [`Cents`], and `a/b` no
//! [`UserId`]. What Dots answers is read as generously as its meaning allows, because an answer that cannot be
//! read may stand for money that has moved.

mod cents;
mod date;
mod id;
mod idempotency_key;
mod metadata;
mod number_id;
mod phone;
mod policy_value;
pub(crate) mod schema;
pub(crate) mod text;
mod timestamp;

pub use cents::{Cents, CentsError};
pub use date::{Date, DateError};
pub use id::{
    AppId, ApprovalPolicyId, FlowId, IdError, OrganizationId, PayableId, PaymentCustomerId, PayoutBatchId,
    PayoutLinkId, PayoutMethodId, PayoutRequestId, TransferBatchId, TransferId, UserId, VendorId,
    VendorPaymentMethodId,
};
pub use idempotency_key::{IdempotencyKey, IdempotencyKeyError};
pub use metadata::{Metadata, MetadataError};
pub use number_id::{DashboardUserId, TransactionId};
pub use phone::{CountryCode, PhoneError, PhoneNumber};
pub use policy_value::PolicyValue;
pub use timestamp::{Timestamp, TimestampError};
