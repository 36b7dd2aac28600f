//! Statistics of a call, for replies and errors alike.

use std::time::Duration;

/// How a call went.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CallStats {
    /// How often the operation was sent, attempts included that opened no connection.
    pub attempts: u32,
    /// How long the call took, pauses included.
    pub took: Duration,
}
