//! The tag `payout-batches`: many payouts in one request.

use super::Row;

pub(super) const PLAYS: &[Row] = &[];
