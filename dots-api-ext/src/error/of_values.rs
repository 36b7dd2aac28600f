//! The errors of values, such as an amount that cannot be read, as errors of a call that was not sent: one `?` for both.

use dots_api::scalar::{
    CentsError, DateError, IdError, IdempotencyKeyError, MetadataError, PhoneError, TimestampError,
};

use super::{Error, ErrorKind};

macro_rules! of_values {
    ($($error:ident),+ $(,)?) => {$(
        /// An invalid value: `NotSent`, of the kind `InvalidInput`.
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::not_sent(error.to_string()).of_kind(ErrorKind::InvalidInput)
            }
        }
    )+};
}

of_values!(CentsError, DateError, IdError, IdempotencyKeyError, MetadataError, PhoneError, TimestampError);
