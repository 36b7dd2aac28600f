//! The tag `payment-customers`: the people who pay an app.

use super::Row;

pub(super) const PLAYS: &[Row] = &[];
