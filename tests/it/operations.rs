//! All 82 operations can be called, the multipart one included.

use std::collections::BTreeSet;
use std::path::Path;

use dots_api::{
    CreatePayableFromFile, DashboardUserId, ListTransfers, OPERATIONS, OperationMeta, TransferStatus,
};
use dots_api_ext::Outcome;
use serde_json::Value;

use crate::support::sample::{Filling, operations};
use crate::support::wire::{Answer, Received, Wire};
use crate::support::world::{TEN_DOLLARS, builder_for, client_of, sandbox, somebody};

/// The method and path of every operation in the document.
fn of_the_document() -> BTreeSet<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let document = xtask::regen::load::load(root).unwrap().value;
    let mut found = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            if ["get", "put", "post", "delete", "patch"].contains(&method.as_str()) {
                found.insert((method.to_uppercase(), path.clone()));
            }
        }
    }
    found
}

#[test]
fn every_operation_of_the_document_is_there_and_no_other() {
    let table: BTreeSet<_> =
        OPERATIONS.iter().map(|meta| (meta.method.to_string(), meta.path.to_owned())).collect();
    assert_eq!(table, of_the_document());
    assert_eq!((OPERATIONS.len(), table.len()), (82, 82));
}

#[test]
fn every_operation_has_an_id_of_its_own_and_is_shown_to_a_visitor() {
    let ids: Vec<&str> = OPERATIONS.iter().map(|meta| meta.id).collect();
    let visited: Vec<&str> = operations().iter().map(|operation| operation.meta.id).collect();
    assert_eq!(ids, visited);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 82);
}

#[test]
fn every_operation_has_an_example_that_runs_against_the_sandbox() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("dots-api/src");
    let generated = std::fs::read_dir(sources.join("generated")).unwrap().map(|file| file.unwrap().path());
    let files = generated.chain([sources.join("payable_upload.rs")]);
    let text: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let run = |id: &str| text.matches(&format!("fn main() {{ run({id:?}, async |client")).count();
    let wrong: Vec<&str> = OPERATIONS.iter().map(|meta| meta.id).filter(|id| run(id) != 1).collect();
    assert_eq!(wrong, <[&str; 0]>::default());
}

/// Says whether a request line matches the method and path template of an operation.
fn fits(meta: &OperationMeta, line: &str) -> bool {
    let target = line.strip_suffix(" HTTP/1.1").unwrap().split('?').next().unwrap().split('/');
    let template = format!("{} /api{}", meta.method, meta.path);
    let same = |(segment, wanted): (&str, &str)| wanted == segment || wanted.starts_with('{');
    target.clone().count() == template.split('/').count() && target.zip(template.split('/')).all(same)
}

#[tokio::test]
async fn every_operation_reaches_its_method_and_path() {
    let wire = Wire::start([Answer::json("501 Not Implemented", "")]).await;
    let dots = client_of(&wire.url());
    for operation in operations() {
        let before = wire.requests().len();
        operation.run(&dots, &operation.request(Filling::MINIMAL)).await.unwrap_err();
        let requests = wire.requests();
        assert_eq!(requests.len(), before + 1, "{operation:?}");
        assert!(fits(operation.meta, &requests[before].line()), "{operation:?}");
    }
    assert_eq!(wire.requests().len(), 82);
}

#[tokio::test]
async fn the_sandbox_plays_every_operation() {
    let (sandbox, dots) = sandbox().await;
    let mut played = 0;
    for operation in operations() {
        let outcome = operation.run(&dots, &operation.request(Filling::MINIMAL)).await;
        let status = outcome.err().and_then(|error| error.status());
        assert!(status.is_none_or(|status| status < 500), "{operation:?}: {status:?}");
        played += 1;
    }
    assert_eq!((played, sandbox.requests().len()), (82, 82));
    assert_eq!(sandbox.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn an_operation_with_a_key_sends_it_in_its_body() {
    let wire = Wire::start([Answer::json("501 Not Implemented", "")]).await;
    let dots = client_of(&wire.url());
    let mut keyed = Vec::new();
    for operation in operations() {
        if operation.meta.idempotency == dots_api::Idempotency::Unkeyed {
            continue;
        }
        operation.run(&dots, &operation.request(Filling::MINIMAL)).await.unwrap_err();
        let body: Value = serde_json::from_slice(&wire.requests().last().unwrap().body).unwrap();
        assert_eq!(body["idempotency_key"], operation.key(), "{operation:?}");
        keyed.push(operation.meta.id);
    }
    assert_eq!(keyed.len(), wire.requests().len());
    assert!(keyed.contains(&"send_payout") && keyed.contains(&"create_transfer"));
}

/// The parts of a form: the header lines of each and its bytes.
fn parts(request: &Received) -> Vec<(String, Vec<u8>)> {
    let content_type = request.header("content-type").unwrap();
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").unwrap();
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let body = [b"\r\n", &request.body[..]].concat();
    let mut starts = (0..body.len()).filter(|&at| body[at..].starts_with(&delimiter)).collect::<Vec<_>>();
    let end = starts.pop().unwrap();
    assert_eq!(&body[end + delimiter.len()..], b"--\r\n");
    let ends = starts[1..].iter().copied().chain([end]).collect::<Vec<_>>();
    let parts = starts.iter().zip(ends).map(|(start, end)| &body[start + delimiter.len() + 2..end]);
    parts.map(head_and_bytes).collect()
}

fn head_and_bytes(part: &[u8]) -> (String, Vec<u8>) {
    let blank = part.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
    (String::from_utf8(part[..blank].to_vec()).unwrap(), part[blank + 4..].to_vec())
}

/// Uploads a file and returns the parts of the form that arrived.
async fn uploaded(file: &[u8], name: &str) -> Vec<(String, Vec<u8>)> {
    let wire = Wire::start([Answer::json("501 Not Implemented", "")]).await;
    let upload = CreatePayableFromFile::new(DashboardUserId::new(7), file.to_vec()).file_name(name);
    client_of(&wire.url()).run(upload).await.unwrap_err();
    let requests = wire.requests();
    assert_eq!(requests.len(), 1);
    let path = "/api/v2/accounts-payable/payables/upload-from-file";
    assert_eq!(requests[0].line(), format!("POST {path} HTTP/1.1"));
    parts(&requests[0])
}

#[tokio::test]
async fn an_uploaded_file_arrives_as_a_form_with_its_bytes_intact() {
    let every_byte: Vec<u8> = (0..=255).chain(*b"\r\n--dots-api-form-boundary--\r\n").collect();
    let user = "Content-Disposition: form-data; name=\"acting_user_id\"";
    let file = "Content-Disposition: form-data; name=\"file\"; filename=\"march.pdf\"\r\n\
                Content-Type: application/pdf";
    for bytes in [every_byte, Vec::new(), b"\r\n".to_vec()] {
        let parts = uploaded(&bytes, "march.pdf").await;
        assert_eq!(parts, [(user.to_owned(), b"7".to_vec()), (file.to_owned(), bytes)]);
    }
}

#[tokio::test]
async fn the_name_of_an_uploaded_file_stays_inside_its_quotes() {
    let parts = uploaded(b"%PDF", "a\"; name=\"b.pdf").await;
    assert_eq!(parts.len(), 2);
    assert!(parts[1].0.contains("filename=\"a%22; name=%22b.pdf\""), "{}", parts[1].0);
    assert_eq!(parts[1].1, b"%PDF");
}

#[tokio::test]
async fn a_file_name_that_would_end_its_line_is_not_sent() {
    let (sandbox, dots) = sandbox().await;
    for name in ["", "a\r\nX: y", "a\nb", "a\0b"] {
        let upload = CreatePayableFromFile::new(DashboardUserId::new(7), b"%PDF".to_vec()).file_name(name);
        assert_eq!(dots.run(upload).await.unwrap_err().outcome(), Outcome::NotSent, "{name:?}");
    }
    assert_eq!(sandbox.requests(), []);
}

#[tokio::test]
async fn a_filter_goes_into_the_query_and_is_escaped() {
    let (sandbox, dots) = sandbox().await;
    let list = ListTransfers::new().status(TransferStatus::Completed).limit(100);
    dots.run(list.user_id(serde_json::from_str("\"a&limit=1\"").unwrap())).await.unwrap_err();
    let query = sandbox.requests()[0].query.clone().unwrap();
    let pairs: BTreeSet<&str> = query.split('&').collect();
    assert_eq!(pairs, BTreeSet::from(["limit=100", "status=completed", "user_id=a%26limit%3D1"]));
}

#[tokio::test]
async fn an_organization_acts_for_the_app_that_the_client_was_built_with() {
    let (sandbox, _) = sandbox().await;
    let app = sandbox.app_id();
    let dots = builder_for(&sandbox.url()).app_id(app.parse().unwrap()).build().unwrap();
    dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    dots.run(dots_api::ListUsers::new()).await.unwrap();
    let header = ("api-app-id".to_owned(), app);
    assert!(sandbox.requests().iter().all(|request| request.headers.contains(&header)));
    assert_eq!((sandbox.requests().len(), sandbox.links()), (2, 1));
}
