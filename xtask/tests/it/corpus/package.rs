//! The package of the corpus: the runtime of `dots-api`, and one module of generated code per document.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use xtask::regen;

use super::documents::Document;

/// The crates that the runtime uses.
const DEPENDENCIES: &[&str] =
    &["bytes", "foldhash", "http", "jiff", "percent-encoding", "serde", "serde_json", "url"];

/// What generated code uses of the runtime by its name at the root.
const RUNTIME: &str = "AnswerIds, AppId, ApprovalPolicyId, Cents, Client, CountryCode, CursorList, CursorListVisitor, \
    DashboardUserId, Date, ClientError, FlowId, Idempotency, IdempotencyKey, Metadata, Operation, OperationMeta, \
    OperationVisitor, OrganizationId, Pagination, Paging, PayableId, PaymentCustomerId, PayoutBatchId, PayoutLinkId, \
    PayoutMethodId, PaymentParts, PayoutRequestId, PhoneNumber, PolicyValue, Request, Response, Timestamp, TransactionId, \
    TransferBatchId, TransferId, UnknownWebhookEvent, UserId, VendorId, VendorPaymentMethodId";

/// Writes the package, and runs its tests.
pub(super) fn run(documents: &[Document]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus");
    let _ = fs::remove_dir_all(&folder);
    runtime(&root.join("dots-api/src"), &folder.join("src"));
    manifest(root, &folder);
    let (mut modules, mut tests) = (String::new(), TEST_HEAD.to_owned());
    for (index, document) in documents.iter().enumerate() {
        let module = format!("d{index:03}");
        write_module(&folder.join("src").join(&module), &module, document);
        writeln!(modules, "pub mod {module};").unwrap();
        tests.push_str(&test(&module, document));
    }
    write_generated(&folder.join("src/generated"), None, &with_api_error(root, &webhooks().value));
    let lib = fs::read_to_string(folder.join("src/lib.rs")).unwrap();
    fs::write(folder.join("src/lib.rs"), lib + &modules).unwrap();
    fs::create_dir_all(folder.join("tests")).unwrap();
    fs::write(folder.join("tests/corpus.rs"), tests).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus-target");
    Command::new(env!("CARGO"))
        .args(["test", "--quiet", "--offline", "--test", "corpus", "--target-dir"])
        .env("CARGO_TERM_COLOR", "never")
        .arg(target)
        .current_dir(&folder)
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap()
}

/// The output of the run, from both streams.
pub(super) fn said(output: &Output) -> String {
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    text.lines().filter(|line| !line.trim().is_empty()).take(200).flat_map(|line| [line, "\n"]).collect()
}

/// Copies the handwritten runtime, without what needs generated types or the network.
fn runtime(from: &Path, to: &Path) {
    copy(from, to);
    let lib = fs::read_to_string(to.join("lib.rs")).unwrap();
    let left_out = ["network", "payable_upload", "CreatePayableFromFile"];
    let mut kept: Vec<&str> = Vec::new();
    for line in lib.lines().filter(|line| !line.starts_with("//!")) {
        if left_out.iter().any(|word| line.contains(word)) {
            // Its attributes would belong to the next item.
            while kept.pop_if(|last| last.starts_with("#[")).is_some() {}
        } else {
            kept.push(line);
        }
    }
    fs::write(to.join("lib.rs"), kept.join("\n")).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let name = entry.file_name();
        if entry.path().is_dir() {
            if name != "generated" {
                copy(&entry.path(), &to.join(name));
            }
        } else {
            fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

/// Writes a manifest with the versions of the workspace.
fn manifest(root: &Path, folder: &Path) {
    let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let version = |name: &str| {
        let line = workspace.lines().find(|line| line.split('=').next().map(str::trim) == Some(name));
        format!("{}\n", line.unwrap_or_else(|| panic!("the workspace has no {name}")))
    };
    let dependencies: String = DEPENDENCIES.iter().map(|name| version(name)).collect();
    let uuid = version("uuid").replace("features = [", "features = [\"v4\", ");
    let text = format!(
        "[package]\nname = \"corpus\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
         [features]\ndefault = [\"all-tags\", \"things\", \"others\", \"tag-2fa-codes\", \"webhooks\"]\n\
         all-tags = []\nthings = []\nothers = []\ntag-2fa-codes = []\nwebhooks = []\nschemars = []\n\
         accounts-payable = []\n\n[dependencies]\n{dependencies}{uuid}\n\
         [profile.dev]\ndebug = false\nincremental = false\n\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), text).unwrap();
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

/// The document of the runtime itself, which knows the payloads of webhooks.
fn webhooks() -> Document {
    super::documents::named("payloads_of_webhooks.yaml").remove(0)
}

/// The document of the runtime itself, with the body of errors that it reads.
fn with_api_error(root: &Path, document: &Value) -> Value {
    let text = regen::merged::merged(root, regen::merged::Form::Whole).unwrap();
    let real: Value = serde_json::from_str(&text).unwrap();
    let mut document = document.clone();
    document["components"]["schemas"]["ApiError"] = real["components"]["schemas"]["ApiError"].clone();
    document["paths"]["/things"]["get"]["responses"]["4XX"] = json!({
        "description": "no",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ApiError" } } },
    });
    document
}

fn write_module(folder: &Path, module: &str, document: &Document) {
    write_generated(&folder.join("generated"), Some(module), &document.value);
    let text = format!(
        "// {}\npub use crate::{{{RUNTIME}}};\n#[allow(unused_imports)]\npub(crate) use crate::{{object, open_enum, operation, page, read, redact}};\n\
         #[allow(unused_imports)]\npub mod generated;\npub use generated::*;\n",
        document.name
    );
    fs::write(folder.join("mod.rs"), text).unwrap();
}

/// Generates a document; within a module, its paths begin there, and its methods are named after it.
fn write_generated(folder: &Path, module: Option<&str>, document: &Value) {
    let generated = regen::client_of(document).unwrap_or_else(|problems| panic!("{problems}\n{document:#}"));
    fs::create_dir_all(folder).unwrap();
    for (name, text) in generated.files {
        let text = match module {
            Some(module) => text
                .replace("crate::", &format!("crate::{module}::"))
                .replace("pub async fn ", &format!("pub async fn {module}_")),
            None => text,
        };
        fs::write(folder.join(name), text).unwrap();
    }
}

const TEST_HEAD: &str = r##"
use corpus::{Client, Operation};
use serde::de::DeserializeOwned;
use serde_json::Value;

#[derive(Debug)]
struct Nowhere;

impl corpus::Transport for Nowhere {
    fn send(&self, _: corpus::Request) -> corpus::Exchange<'_> {
        unreachable!()
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn sends<O: Operation + DeserializeOwned>(operation: &str, wire: &str, body: Option<&str>) {
    let operation: O = serde_json::from_value(json(operation)).unwrap();
    let client = Client::with_transport("https://dots.test", std::sync::Arc::new(Nowhere)).unwrap();
    let request = operation.request(&client).unwrap();
    let url = request.url.as_str().strip_prefix("https://dots.test").unwrap();
    let (method, mut query) = (&O::META.method, url.to_owned());
    // Queries may come in any order.
    let sorted = |text: &str| match text.split_once('?') {
        Some((path, query)) => {
            let mut parts: Vec<&str> = query.split('&').collect();
            parts.sort_unstable();
            format!("{path}?{}", parts.join("&"))
        }
        None => text.to_owned(),
    };
    query = sorted(&query);
    assert_eq!(format!("{method} {query}"), sorted(wire));
    let sent = request.body.map(|bytes| serde_json::from_slice::<Value>(&bytes).unwrap());
    assert_eq!(sent, body.map(json));
}

fn reads<O: Operation>(answer: &str, as_value: &str)
where
    O::Output: serde::Serialize,
{
    let read = O::read(answer.as_bytes()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), json(as_value));
}

#[test]
fn payloads_of_webhooks() {
    let read = |text: &str| serde_json::from_value::<corpus::WebhookEvent>(json(text)).unwrap();
    let paid = read(r#"{ "event": "thing.paid", "amount": "5", "who": { "tin": "secret" } }"#);
    let corpus::WebhookEvent::ThingPaid(payload) = &paid else { panic!("{paid:?}") };
    assert_eq!(payload.amount, corpus::Cents::new(5));
    assert!(!format!("{paid:?}").contains("secret"));
    assert!(matches!(read(r#"{ "event": "thing.lost", "why": "a" }"#), corpus::WebhookEvent::ThingLost(_)));
}

fn hides<O: Operation + DeserializeOwned>(operation: &str, secret: &str) {
    let operation: O = serde_json::from_value(json(operation)).unwrap();
    let shown = format!("{operation:?} {operation:#?}");
    assert!(!shown.contains(secret) && shown.contains("***"), "{shown}");
}

fn pays<O: Operation + DeserializeOwned>(operation: &str, answer: &str, wanted: &str) {
    let (operation, answer): (O, _) = (serde_json::from_str(operation).unwrap(), O::read(answer.as_bytes()).unwrap());
    let [asked, said] = [operation.pays().unwrap(), O::paid(&answer).unwrap()].map(|parts| {
        let amount = parts.amount.unwrap().get().to_string();
        let who = [parts.user, parts.country_code, parts.phone, parts.email].map(Option::unwrap);
        (parts.signed, serde_json::json!([amount, who[0], who[1], who[2], who[3], parts.key]))
    });
    let mut wanted = json(wanted);
    assert_eq!(said, (false, wanted.clone()));
    wanted[5] = Value::Null;
    assert_eq!(asked, (true, wanted));
}
"##;

/// The test of one document.
fn test(module: &str, document: &Document) -> String {
    let mut out = format!("\n#[test]\nfn {module}_{}() {{\n", document.name);
    let raw = |value: &Value| format!("r####\"{value}\"####");
    let name = |row: &Value| row[0].as_str().unwrap().to_owned();
    for row in &document.sends {
        let body = row.get(3).map_or("None".to_owned(), |body| format!("Some({})", raw(body)));
        let wire = row[2].as_str().unwrap();
        writeln!(out, "    sends::<corpus::{module}::{}>({}, {wire:?}, {body});", name(row), raw(&row[1]))
            .unwrap();
    }
    for row in &document.reads {
        let back = row.get(2).unwrap_or(&row[1]);
        writeln!(out, "    reads::<corpus::{module}::{}>({}, {});", name(row), raw(&row[1]), raw(back))
            .unwrap();
    }
    for row in &document.hides {
        writeln!(out, "    hides::<corpus::{module}::{}>({}, {});", name(row), raw(&row[1]), row[2]).unwrap();
    }
    for row in &document.pays {
        let [wanted, value, answer] = [&row[3], &row[1], &row[2]].map(raw);
        writeln!(out, "    pays::<corpus::{module}::{}>({value}, {answer}, {wanted});", name(row)).unwrap();
    }
    out.push_str("}\n");
    out
}
