//! The tag `flows`: steps that a payee goes through in the browser.

use super::Row;

pub(super) const PLAYS: &[Row] = &[];
