//! The tag `transfer-batches`: many transfers in one request.

use super::Row;

pub(super) const PLAYS: &[Row] = &[];
