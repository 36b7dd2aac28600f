//! The tag `organizations`: what apps have in common, and the organization's own transfers.

use super::Row;

pub(super) const PLAYS: &[Row] = &[];
