//! The style of values in answers: as real bodies write them, or exactly as the document has them.

use jiff::{Timestamp, fmt::temporal, tz::Offset};
use serde_json::Value;

use crate::http::http_date;

/// How values are written. Real bodies have quirks that the document does not mention; `tidy` is without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    pub(crate) tidy: bool,
}

impl Style {
    /// A time: real bodies have microseconds and no zone ([guides/payout-links]).
    ///
    /// [guides/payout-links]: https://docs.dots.dev/guides/payout-links
    pub(crate) fn time(self, time: Timestamp) -> String {
        if self.tidy {
            return time.to_string();
        }
        const PRINTER: temporal::DateTimePrinter = temporal::DateTimePrinter::new().precision(Some(6));
        PRINTER.datetime_to_string(&Offset::UTC.to_datetime(time))
    }

    /// A time in a transfer's `status_history`: RFC 1123 by the document and in real bodies ([guides/flow-payouts]).
    ///
    /// [guides/flow-payouts]: https://docs.dots.dev/guides/flow-payouts
    pub(crate) fn history_time(self, time: Timestamp) -> String {
        http_date(time)
    }

    /// The amount of a transfer: real bodies have text, such as `"-1000"` ([guides/flow-payouts]).
    ///
    /// [guides/flow-payouts]: https://docs.dots.dev/guides/flow-payouts
    pub(crate) fn transfer_amount(self, cents: i64) -> Value {
        if self.tidy { Value::from(cents) } else { Value::from(cents.to_string()) }
    }

    /// The amount of a transaction: real bodies have text with ten decimals ([guides/flow-payouts]).
    ///
    /// [guides/flow-payouts]: https://docs.dots.dev/guides/flow-payouts
    pub(crate) fn transaction_amount(self, cents: i64) -> Value {
        if self.tidy { Value::from(cents) } else { Value::from(format!("{cents}.0000000000")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_values_have_oddities_and_tidy_ones_have_none() {
        let time = Timestamp::constant(1_720_701_093, 479_437_000);
        let (real, tidy) = (Style { tidy: false }, Style { tidy: true });
        assert_eq!(real.time(time), "2024-07-11T12:31:33.479437");
        assert_eq!(tidy.time(time), "2024-07-11T12:31:33.479437Z");
        assert_eq!(real.history_time(time), "Thu, 11 Jul 2024 12:31:33 GMT");
        assert_eq!(
            (real.transfer_amount(-1000), tidy.transfer_amount(-1000)),
            ("-1000".into(), (-1000).into())
        );
        assert_eq!(real.transaction_amount(1000), Value::from("1000.0000000000"));
        assert_eq!(tidy.transaction_amount(1000), Value::from(1000));
    }
}
