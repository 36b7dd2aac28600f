#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod bench;
mod link_lifecycle;
mod users;

use super::*;
use crate::spec::Spec;

#[test]
fn every_line_of_every_table_belongs_to_an_operation_of_the_document() {
    let spec = Spec::embedded().unwrap();
    // The tables name their operations in text, so one that the document renames would silently lose its handler.
    let handled = spec.operations.iter().filter(|operation| find(&operation.id).is_some());
    assert_eq!(handled.count(), TABLES.into_iter().flatten().count());
}
