//! Every invalid field is refused by its name.

#![expect(clippy::print_stdout, reason = "a test that makes its own cases says how many they were")]

mod breakage;

use std::collections::BTreeMap;

use dots_sandbox::{Audit, Sandbox};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use breakage::CANARY;

use crate::support::{
    client::{FUNDS, TestSandbox},
    connection::{Connection, Message, Response},
    id_pool::Pool,
    schema::{Document, Operation, Way},
    values::{Extent, Fixed, fill},
};

/// One request that the document forbids.
struct Case {
    /// What is wrong, for the message of a failure.
    what: String,
    /// The field that the refusal must name; `None` where no field is wrong.
    field: Option<String>,
    message: Message,
}

#[tokio::test]
async fn every_field_that_is_wrong_in_any_way_is_refused_by_its_name_and_changes_nothing() {
    let document = Document::embedded();
    let operations = document.operations();
    let sandbox = Sandbox::builder().funds(1_000_000).start().await.unwrap();
    let mut connection = Connection::connect(&sandbox).await;
    let pool = settle(&sandbox, &mut connection, document, &operations).await;

    let (mut counts, mut wrong) = (BTreeMap::new(), Vec::new());
    for operation in &operations {
        let before = world(&mut connection, &operations).await;
        for case in cases(document, operation, &pool) {
            let state = digest(&sandbox);
            let answer = connection.send(&case.message).await.unwrap();
            let mut fault = fault(operation, &case, &answer);
            if digest(&sandbox) != state {
                fault = Some("something changed".to_owned());
            }
            let tell = |fault| {
                format!("`{}`, {}: {fault}: {} {}", operation.id, case.what, answer.status, answer.text)
            };
            wrong.extend(fault.map(tell));
            *counts.entry(operation.id).or_default() += 1;
        }
        assert_eq!(world(&mut connection, &operations).await, before, "`{}` changed something", operation.id);
    }
    let total: usize = counts.values().sum();
    println!("{total} bad requests to {} operations", counts.len());
    assert!(
        wrong.is_empty(),
        "{} were not refused well, such as\n{}",
        wrong.len(),
        wrong[..wrong.len().min(40)].join("\n")
    );
    assert!(counts.len() == operations.len() && total > 4_000, "{counts:?}");
    assert_eq!(sandbox.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn of_several_shapes_the_refusal_speaks_of_the_one_that_was_meant() {
    let sandbox = TestSandbox::start().await;
    let user = |field: &str, value: Value| {
        let mut user = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
        user[field] = value;
        user
    };
    let cases = [
        (user("metadata", json!(7)), "`metadata` must be a string or an object, not a number"),
        (
            user("1099_adjustment", json!({ "year": "x", "form": "1099-NEC", "amount": 1 })),
            "`1099_adjustment.year` must be an integer, not a string",
        ),
        (
            user("1099_adjustment", json!({ "year": 2026, "form": "1099-K", "amount": 1 })),
            "`1099_adjustment.monthly_amounts` is required",
        ),
    ];
    for (body, expected) in cases {
        let refused = sandbox.post("/v2/users", body).await.error();
        assert!(refused.starts_with(&format!("400 invalid-input {expected}")), "{refused}");
    }
    let steps = json!({ "amount": 1, "additional_steps": [{ "name": "payuot" }] });
    let refused = sandbox.post("/v2/payout-links", steps).await.error();
    assert!(refused.starts_with("400 invalid-input `additional_steps.0.name` must be one of "), "{refused}");
    assert_eq!((sandbox.links(), sandbox.balance()), (0, FUNDS));
    sandbox.end().await;
}

/// Sends the smallest and the largest request of every operation, so that there is state to lose.
async fn settle(
    sandbox: &Sandbox,
    connection: &mut Connection,
    document: &Document,
    operations: &[Operation<'_>],
) -> Pool {
    let mut pool = Pool::new(operations);
    pool.add("/v2/apps", &[], &sandbox.app_id());
    for extent in [Extent::Most(0), Extent::Least] {
        for operation in operations.iter().filter(|operation| operation.method != "DELETE") {
            let message = valid(document, operation, &pool, extent);
            let answer = connection.send(&message).await.unwrap();
            assert!(answer.status < 500 || answer.status == 501, "`{}`: {}", operation.id, answer.text);
            pool.learn(document, operation, &message.path, answer.status, &answer.body);
        }
    }
    pool
}

/// Builds a valid request about objects that exist.
fn valid(document: &Document, operation: &Operation<'_>, pool: &Pool, extent: Extent) -> Message {
    let message = Message::new(operation, pool.path(operation.path, &mut |_| Some(0)));
    match &operation.body {
        Some(body) if body.is_json() => message.json(&valid_body(document, operation, pool, extent)),
        Some(_) => message.form(&valid_body(document, operation, pool, extent)),
        None => message,
    }
}

fn valid_body(document: &Document, operation: &Operation<'_>, pool: &Pool, extent: Extent) -> Value {
    let ids = |field: &str| pool.ids(field).first().map(|id| json!(id));
    let mut source = Fixed { extent, ids: &ids };
    operation.body.map_or(Value::Null, |body| fill(document, body.schema, "", &mut source))
}

fn cases(document: &Document, operation: &Operation<'_>, pool: &Pool) -> Vec<Case> {
    let mut cases = parameter_cases(document, operation, pool);
    if let Some(body) = operation.body {
        let path = || Message::new(operation, pool.path(operation.path, &mut |_| Some(0)));
        for extent in [Extent::Least, Extent::Most(0), Extent::Most(1)] {
            let valid = valid_body(document, operation, pool, extent);
            for breakage in breakage::of(document, body.schema, &valid) {
                let message =
                    if body.is_json() { path().json(&breakage.value) } else { path().form(&breakage.value) };
                if !body.is_json() && (!breakage.value.is_object() || !is_broken_form(&breakage.value)) {
                    continue;
                }
                let what = format!("`{}` wrong: {:.300}", breakage.field, breakage.value.to_string());
                cases.push(Case { what, field: Some(breakage.field), message });
            }
        }
        // Where no field is required, no body is an empty one.
        let required = body.required && !document.allows(body.schema, &json!({}), Way::In);
        cases.extend(body_cases(&path, &valid_body(document, operation, pool, Extent::Least), required));
    }
    cases
}

/// Whether a body is still wrong as a form, in which everything is text.
fn is_broken_form(form: &Value) -> bool {
    let id = &form["acting_user_id"];
    form["file"].is_null() || !(id.is_i64() || id.as_str().is_some_and(|text| text.parse::<i64>().is_ok()))
}

/// Bodies that are wrong as a whole.
fn body_cases(path: &dyn Fn() -> Message, valid: &Value, required: bool) -> Vec<Case> {
    let case = |what: &str, message| Case { what: what.to_owned(), field: None, message };
    let json = |bytes: &str| Message {
        body: bytes.as_bytes().to_vec(),
        ..path().header("Content-Type", "application/json")
    };
    let mut cases = vec![
        case(
            "another type",
            Message { body: valid.to_string().into_bytes(), ..path().header("Content-Type", "text/plain") },
        ),
        case("no type", Message { body: valid.to_string().into_bytes(), ..path() }),
        case("no JSON", json("{")),
        case("text behind the JSON", json(&format!("{valid} {CANARY}"))),
    ];
    if required {
        cases.push(case("no body", path()));
    }
    cases
}

fn parameter_cases(document: &Document, operation: &Operation<'_>, pool: &Pool) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &str, what: String, change: &dyn Fn(Message) -> Message| {
        let message = change(valid(document, operation, pool, Extent::Least));
        cases.push(Case { what, field: Some(name.to_owned()), message });
    };
    for parameter in &operation.parameters {
        let name = parameter.name;
        let mut texts = breakage::texts(document, parameter.schema);
        if name == "Dots-User-IP" {
            // The document says "text" and means an IP address.
            texts.extend(["localhost", "1.2.3", "1.2.3.4:80"].map(str::to_owned));
        }
        for text in texts {
            let encoded = utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string();
            let what = format!("the {} parameter `{name}` as `{text}`", parameter.place);
            match parameter.place {
                // An empty segment makes another path.
                "path" if text.is_empty() => {}
                "path" => add(name, what, &|message| in_path(message, operation, name, &encoded)),
                "query" => add(name, what, &|message| in_query(message, &format!("{name}={encoded}"))),
                _ => add(name, what, &|message| message.header(name, &text)),
            }
        }
        if parameter.place == "query" {
            add(name, format!("`{name}` twice"), &|message| {
                in_query(message, &format!("{name}={CANARY}&{name}=1").replace(' ', "+"))
            });
        }
    }
    add("surplus", "a parameter of its own".to_owned(), &|message| in_query(message, "surplus=1"));
    cases
}

fn in_path(message: Message, operation: &Operation<'_>, name: &str, text: &str) -> Message {
    let template = operation.path.split('/').zip(message.path.split('/'));
    let path = template.map(|(segment, sent)| if segment == format!("{{{name}}}") { text } else { sent });
    let path = path.collect::<Vec<_>>().join("/");
    Message { path, ..message }
}

fn in_query(message: Message, query: &str) -> Message {
    Message { path: format!("{}?{query}", message.path), ..message }
}

/// What is wrong with a refusal.
fn fault(operation: &Operation<'_>, case: &Case, answer: &Response) -> Option<String> {
    let is_form = operation.body.is_some_and(|body| !body.is_json());
    if is_form && answer.status == 501 {
        // The operation that reads the form is not implemented yet.
        return None;
    }
    let text = |field: &str| answer.body[field].as_str().unwrap_or_default();
    let fields = answer.body.as_object().map(|fields| fields.keys().map(String::as_str).collect::<Vec<_>>());
    let shape =
        fields.unwrap_or_default() == ["error_code", "message", "success"] && answer.body["success"] == false;
    let message = text("message");
    let field = case.field.as_deref();
    let is_named =
        |field: &str| message.contains(&format!("`{field}`")) || message.contains(&format!("`{field}."));
    // The refusal of a body that is wrong as a whole names the body, or its missing fields.
    let is_whole =
        field.is_some_and(str::is_empty) && (message.starts_with("the body ") || message.starts_with('`'));
    let faults = [
        ("it was not refused", !(400..500).contains(&answer.status)),
        ("that is not the shape of an error", !shape || message.is_empty() || text("error_code").is_empty()),
        ("the message repeats what was sent", message.contains(CANARY)),
        ("the message does not name the field", field.is_some_and(|field| !is_named(field)) && !is_whole),
    ];
    faults.iter().find(|(_, found)| *found).map(|(fault, _)| (*fault).to_owned())
}

/// The part of the state that is cheap enough to read around every request.
fn digest(sandbox: &Sandbox) -> (i64, usize, Audit) {
    (sandbox.balance(), sandbox.links(), sandbox.audit())
}

/// Returns what every list, and every object without a list, shows.
async fn world(connection: &mut Connection, operations: &[Operation<'_>]) -> Vec<String> {
    let mut shown = Vec::new();
    for operation in
        operations.iter().filter(|operation| operation.method == "GET" && !operation.path.contains('{'))
    {
        let limit = if operation.parameters.iter().any(|parameter| parameter.name == "limit") {
            "?limit=100"
        } else {
            ""
        };
        let message = Message::new(operation, format!("{}{limit}", operation.path));
        shown.push(connection.send(&message).await.unwrap().text);
    }
    let audit = Message { method: "GET".to_owned(), path: "audit".to_owned(), ..Message::default() };
    shown.push(connection.control(&audit).await.unwrap().text);
    shown
}
