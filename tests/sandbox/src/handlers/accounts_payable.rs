//! The tag `accounts-payable`: vendors and the bills they send.

use super::Row;

pub(super) const PLAYS: &[Row] = &[];
