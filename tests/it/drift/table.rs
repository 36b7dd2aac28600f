//! The table of operations.

use std::fmt::Write as _;
use std::fs;

use dots_api::{OPERATIONS, Operation, OperationMeta, OperationVisitor, visit_operations};

use super::document::Document;
use super::{assert_snapshot, root};

/// The number of operations that Dots documents; look at a new one before raising it.
const OPERATIONS_OF_DOTS: usize = 82;

#[test]
fn all_operations_are_in_the_table() {
    let mut table = String::new();
    for operation in OPERATIONS {
        let OperationMeta { id, method, path, tag, statuses, headers, idempotency, pagination, .. } =
            operation;
        writeln!(table, "{id}\n    {method} {path}").unwrap();
        writeln!(table, "    {tag}, success {statuses:?}, {idempotency:?}, pages {pagination:?}").unwrap();
        writeln!(table, "    {}", headers.join(", ")).unwrap();
    }
    let documented = operations_of_the_document();
    writeln!(table, "\n{} of {documented} operations", OPERATIONS.len()).unwrap();
    assert_snapshot("operations", &table);
    assert_eq!((OPERATIONS.len(), documented), (OPERATIONS_OF_DOTS, OPERATIONS_OF_DOTS));
}

#[test]
fn the_visitor_meets_the_operations_of_the_document_and_of_the_table() {
    #[derive(Default)]
    struct Ids(Vec<&'static str>);
    impl OperationVisitor for Ids {
        fn visit<O: Operation>(&mut self) {
            self.0.push(O::META.id);
        }
    }
    let mut visited = Ids::default();
    visit_operations(&mut visited);
    assert_eq!(visited.0, OPERATIONS.iter().map(|operation| operation.id).collect::<Vec<_>>());
    assert_eq!(visited.0, Document::load().operations.keys().collect::<Vec<_>>());
}

/// Counts the operations in `dots.yaml`, before overlay and generator.
fn operations_of_the_document() -> usize {
    let text = fs::read_to_string(root().join("openapi/dots.yaml")).unwrap();
    text.lines().filter(|line| line.trim_start().starts_with("operationId:")).count()
}
