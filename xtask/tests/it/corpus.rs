//! The corpus: small legal documents, one construct each, which the generator reads rightly or refuses by name.
//!
//! | file | proves |
//! |---|---|
//! | `documents` | reads the documents below `xtask/tests/corpus/` |
//! | `package` | writes a package of one module per document, over the runtime of `dots-api` |
//!
//! The package is compiled and run in a target folder of its own: each document's operations become requests, and its
//! answers come back as they went.

mod documents;
mod package;

use xtask::regen;

use crate::support::of_this_run;
use documents::{Document, composed, operations, properties, refused, styles};

/// How many composed documents are generated, in every run of the tests and in a long one.
const GENERATED: [usize; 2] = [40, 150];

#[test]
fn every_document_compiles_and_carries_its_data() {
    let documents: Vec<Document> =
        properties().into_iter().chain(operations()).chain(styles()).chain(composed(20, 7)).collect();
    let named = documents.iter().filter(|document| !document.name.starts_with("composed")).count();
    assert!(named >= 80, "the corpus has {named} documents");
    let output = package::run(&documents);
    assert!(output.status.success(), "{}", package::said(&output));
    let text = package::said(&output);
    // The payloads of webhooks are a document of their own.
    assert!(text.contains(&format!("test result: ok. {} passed", documents.len() + 1)), "{text}");
}

#[test]
fn every_other_document_is_refused_with_its_place() {
    let refused = refused();
    assert!(refused.len() >= 15);
    for (name, document, at, phrase) in refused {
        let problems = match regen::client_of(&document) {
            Ok(_) => panic!("{name} was accepted"),
            Err(problems) => problems,
        };
        let is_told = problems.iter().any(|problem| problem.pointer == at && problem.what.contains(&phrase));
        assert!(is_told, "{name}: `{phrase}` is not said at {at} in:\n{problems}");
        assert!(problems.iter().all(|problem| !problem.fix.is_empty()), "{name} has no remedy");
    }
}

#[test]
fn whatever_is_composed_of_the_pieces_is_generated_or_refused() {
    let documents = composed(of_this_run(GENERATED), 1);
    for document in &documents {
        match regen::client_of(&document.value) {
            Ok(generated) => {
                for (file, text) in &generated.files {
                    let parsed = syn::parse_file(text);
                    assert!(parsed.is_ok(), "{}: {} does not parse", document.name, file.display());
                }
            }
            Err(problems) => panic!("{} is refused:\n{problems}\n{:#}", document.name, document.value),
        }
    }
}
