//! The tag `payout-requests`: payouts that somebody approves or rejects first.

use super::Row;

pub(super) const PLAYS: &[Row] = &[];
