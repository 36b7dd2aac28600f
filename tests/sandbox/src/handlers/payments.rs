//! The tag `payments`: money from a user to the app.

use super::Row;

pub(super) const PLAYS: &[Row] = &[];
