//! Phone verification and tax forms of users.

use dots_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::client::{Answer, FUNDS, TestSandbox};

async fn user(sandbox: &TestSandbox) -> String {
    let jo = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
    let user = sandbox.post("/v2/users", jo).await.expect(201);
    format!("/v2/users/{}", user["id"].as_str().unwrap())
}

async fn put(sandbox: &TestSandbox, path: &str, body: &Value) -> Answer {
    sandbox.request("PUT", path).json(body).send().await
}

async fn compliance(sandbox: &TestSandbox, user: &str) -> Value {
    sandbox.get(user).await.expect(200)["compliance"].clone()
}

fn address() -> Value {
    json!({ "line_1": "1 Main St", "city": "Reno", "state": "NV", "country": "US", "postcode": "89501" })
}

fn w9() -> Value {
    json!({
        "entity_type": "individual",
        "first_name": "Jo",
        "last_name": "Doe",
        "date_of_birth": "1990-01-01",
        "tin": "123456789",
        "address": address(),
    })
}

fn w8ben() -> Value {
    json!({
        "name": "Jo Doe",
        "citizenship_country": "CA",
        "date_of_birth": "1990-01-01",
        "foreign_tax_id": "000000000",
        "address": address(),
        "signature": { "consent": true, "name": "Jo Doe", "email": "jo@example.com" },
    })
}

#[tokio::test]
async fn a_user_who_enters_the_token_that_was_sent_is_verified() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let (send, verify) = (format!("{jo}/send-verification-token"), format!("{jo}/verify"));
    let early = sandbox.post(&verify, json!({ "token": "123456" })).await.error();
    assert_eq!(early, "400 invalid-input `token` cannot be right: none was sent to this user");

    let sent = sandbox.post(&send, json!({ "use_voice": true })).await;
    let text = "Verification token sent; this sandbox sends no message and takes `123456`";
    assert_eq!((sent.status, sent.text.as_str()), (202, text));
    assert_eq!(sent.headers["content-type"], "text/plain; charset=utf-8");
    let wrong = sandbox.post(&verify, json!({ "token": "654321" })).await.error();
    assert_eq!(wrong, "400 invalid-input `token` is not the one that was sent; this sandbox sends `123456`");
    let short = sandbox.post(&verify, json!({ "token": "12345" })).await.error();
    assert_eq!(short, "400 invalid-input `token` must have at least 6 characters");
    assert_eq!(sandbox.get(&jo).await.expect(200)["status"], "unverified");

    for _ in 0..2 {
        let verified = sandbox.post(&verify, json!({ "token": "123456" })).await;
        assert_eq!((verified.status, verified.text.as_str()), (200, "User verified"));
    }
    let shown = sandbox.get(&jo).await.expect(200);
    assert_eq!((&shown["status"], &shown["verified"]), (&json!("verified"), &json!(true)));
    let verified = sandbox.get("/v2/users?status=verified").await.expect(200);
    assert_eq!(verified["data"], json!([shown]));
    sandbox.end().await;
}

#[tokio::test]
async fn tidy_answers_to_verification_have_no_text() {
    let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().tidy_bodies(true)).await;
    let jo = user(&sandbox).await;
    let sent = sandbox.post(&format!("{jo}/send-verification-token"), json!({})).await;
    assert_eq!((sent.status, sent.text.as_str()), (202, ""));
    let verified = sandbox.post(&format!("{jo}/verify"), json!({ "token": "123456" })).await;
    assert_eq!((verified.status, verified.text.as_str()), (200, ""));
    assert_eq!(sandbox.get(&jo).await.expect(200)["verified"], true);
    sandbox.end().await;
}

#[tokio::test]
async fn an_address_shows_as_the_country_and_as_collected() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let before = sandbox.get(&jo).await.expect(200);
    assert!(before.get("country").is_none());
    assert_eq!(before["compliance"]["address_collected"], false);
    let path = format!("{jo}/addresses");
    let refused = put(&sandbox, &path, &json!({ "line_1": "1 Main St" })).await.error();
    assert!(refused.contains("`postcode` is required"), "{refused}");
    assert_eq!(put(&sandbox, &path, &address()).await.status, 200);
    let after = sandbox.get(&jo).await.expect(200);
    assert_eq!((&after["country"], &after["compliance"]["address_collected"]), (&json!("US"), &json!(true)));
    sandbox.end().await;
}

#[tokio::test]
async fn a_w9_is_pending_at_once_and_matched_after_an_hour() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let before = compliance(&sandbox, &jo).await;
    assert_eq!(
        (&before["tax_id_verification"], &before["must_collect_1099"], &before["w9"]["tax_id_collected"]),
        (&json!("unsubmitted"), &json!(true), &json!(false))
    );
    let taken = put(&sandbox, &format!("{jo}/compliance"), &json!({ "w9": w9() })).await;
    assert_eq!((taken.status, taken.text.as_str()), (200, ""));
    let pending = compliance(&sandbox, &jo).await;
    assert_eq!(
        pending["w9"],
        json!({
            "entity_type": "individual",
            "business_name": null,
            "tax_id_collected": true,
            "address_collected": true,
            "tax_id_verification": "pending",
        })
    );
    let collected = ["1099_collected", "date_of_birth_collected", "address_collected", "tax_id_collected"];
    assert_eq!(collected.map(|field| &pending[field]), [&json!(true); 4]);
    assert_eq!((&pending["must_collect_1099"], &pending["w8_ben_collected"]), (&json!(false), &json!(false)));

    sandbox.advance(std::time::Duration::from_secs(3599));
    assert_eq!(compliance(&sandbox, &jo).await["tax_id_verification"], "pending");
    sandbox.advance(std::time::Duration::from_secs(1));
    let matched = compliance(&sandbox, &jo).await;
    assert_eq!(
        (&matched["tax_id_verification"], &matched["w9"]["tax_id_verification"]),
        (&json!("matched"), &json!("matched"))
    );
    sandbox.end().await;
}

#[tokio::test]
async fn a_tax_number_that_is_never_given_out_is_mismatched_and_another_can_be_sent() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let path = format!("{jo}/compliance");
    let mut form = w9();
    form["tin"] = json!("000000000");
    put(&sandbox, &path, &json!({ "w9": form })).await.expect(200);
    sandbox.advance(std::time::Duration::from_secs(3600));
    assert_eq!(compliance(&sandbox, &jo).await["tax_id_verification"], "mismatched");

    put(&sandbox, &path, &json!({ "w9": w9() })).await.expect(200);
    assert_eq!(compliance(&sandbox, &jo).await["tax_id_verification"], "pending");
    sandbox.advance(std::time::Duration::from_secs(3600));
    assert_eq!(compliance(&sandbox, &jo).await["tax_id_verification"], "matched");
    sandbox.end().await;
}

#[tokio::test]
async fn a_w8ben_takes_the_place_of_a_w9_and_its_number_is_not_checked() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let path = format!("{jo}/compliance");
    put(&sandbox, &path, &json!({ "w9": w9() })).await.expect(200);
    put(&sandbox, &path, &json!({ "w8ben": w8ben() })).await.expect(200);
    sandbox.advance(std::time::Duration::from_secs(3600));
    let shown = compliance(&sandbox, &jo).await;
    assert_eq!((&shown["w9"], &shown["w8_ben_collected"]), (&Value::Null, &json!(true)));
    assert_eq!(
        (&shown["1099_collected"], &shown["must_collect_1099"], &shown["tax_id_verification"]),
        (&json!(false), &json!(false), &json!("unsubmitted"))
    );
    sandbox.end().await;
}

#[tokio::test]
async fn some_citizens_need_no_tax_number_of_their_own() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    for country in ["AU", "BM", "VG", "KY", "JP"] {
        let mut form = w8ben();
        form["citizenship_country"] = json!(country);
        form.as_object_mut().unwrap().remove("foreign_tax_id");
        put(&sandbox, &format!("{jo}/compliance"), &json!({ "w8ben": form })).await.expect(200);
    }
    assert_eq!(compliance(&sandbox, &jo).await["w8_ben_collected"], true);
    sandbox.end().await;
}

#[tokio::test]
async fn a_form_with_a_gap_is_refused_and_the_user_stays_as_they_were() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let before = sandbox.get(&jo).await.expect(200);
    let cases = [
        ("w9", "entity_type", json!("business"), "`w9.business_name` is required for a business"),
        ("w9", "date_of_birth", Value::Null, "`w9.date_of_birth` is required for an individual"),
        ("w9", "tin", json!("12-345678"), "`w9.tin` must be nine digits"),
        ("w9", "tin", json!("12345678"), "`w9.tin` must have at least 9 characters"),
        (
            "w8ben",
            "foreign_tax_id",
            Value::Null,
            "`w8ben.foreign_tax_id` is required for this `w8ben.citizenship_country`",
        ),
        (
            "w8ben",
            "citizenship_country",
            json!("Canada"),
            "`w8ben.citizenship_country` must be two letters such as `AU`",
        ),
        (
            "w8ben",
            "signature",
            json!({ "consent": false, "name": "Jo Doe", "email": "jo@example.com" }),
            "`w8ben.signature.consent` must be true",
        ),
    ];
    for (name, field, value, expected) in cases {
        let mut form = if name == "w9" { w9() } else { w8ben() };
        if value.is_null() {
            form.as_object_mut().unwrap().remove(field);
        } else {
            form[field] = value;
        }
        let refused = put(&sandbox, &format!("{jo}/compliance"), &json!({ name: form })).await.error();
        assert_eq!(refused, format!("400 invalid-input {expected}"));
    }
    let none = put(&sandbox, &format!("{jo}/compliance"), &json!({})).await.error();
    assert_eq!(none, "400 invalid-input one of `w9` and `w8ben` is required");
    let both = json!({ "w9": w9(), "w8ben": w8ben() });
    let both = put(&sandbox, &format!("{jo}/compliance"), &both).await.error();
    assert_eq!(both, "400 invalid-input `w9` and `w8ben` exclude each other");
    assert_eq!(sandbox.get(&jo).await.expect(200), before);
    sandbox.end().await;
}

#[tokio::test]
async fn a_user_who_is_not_there_has_no_compliance_address_or_token() {
    let sandbox = TestSandbox::start().await;
    let nobody = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
    let gone = format!("404 no_such_resource there is no user `{nobody}`");
    for (id, expected) in [(nobody, gone.as_str()), ("jo", "400 invalid-input `user_id` must be a UUID")] {
        let path = |end: &str| format!("/v2/users/{id}/{end}");
        assert_eq!(put(&sandbox, &path("compliance"), &json!({ "w9": w9() })).await.error(), expected);
        assert_eq!(put(&sandbox, &path("addresses"), &address()).await.error(), expected);
        assert_eq!(sandbox.post(&path("send-verification-token"), json!({})).await.error(), expected);
    }
    assert_eq!(sandbox.get("/v2/users").await.expect(200)["data"], json!([]));
    sandbox.end().await;
}
