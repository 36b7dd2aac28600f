//! Times in HTTP headers.

use jiff::{Timestamp, fmt::rfc2822};

/// A time as HTTP writes it, such as `Thu, 11 Jul 2024 12:31:33 GMT`.
pub(crate) fn http_date(time: Timestamp) -> String {
    // Only years before 1 cannot be written, and the clock never goes there.
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&time).unwrap_or_default()
}
