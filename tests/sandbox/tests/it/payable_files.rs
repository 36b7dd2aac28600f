//! Files attached to payables, and payables created from files.

use serde_json::{Value, json};

use crate::support::{
    client::{Answer, TestSandbox},
    payables::{ADMIN, CREATOR, PAYABLES, PAYER, get, payable},
};

const UPLOAD: &str = "/v2/accounts-payable/payables/upload-from-file";

/// Sends a form with its parts as they are; the boundary is `xyz`.
async fn send_form(sandbox: &TestSandbox, parts: &[(&str, &str)]) -> Answer {
    let part = |(disposition, content): &(&str, &str)| {
        format!("--xyz\r\nContent-Disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
    };
    let body = parts.iter().map(part).collect::<String>() + "--xyz--\r\n";
    let request = sandbox.request("POST", UPLOAD).header("content-type", "multipart/form-data; boundary=xyz");
    request.body(body).send().await
}

/// Returns the content behind a `file_url`.
async fn content(sandbox: &TestSandbox, url: &Value) -> Answer {
    let id = url.as_str().unwrap().rsplit('/').next().unwrap();
    sandbox.control("GET", &format!("files/{id}"), None).await
}

#[tokio::test]
async fn a_payable_is_made_from_a_file_and_carries_its_name_as_number() {
    let sandbox = TestSandbox::start().await;
    let pdf = "%PDF-1.7 and the rest";
    for (file, number) in [
        (r#"name="file"; filename="INV-7.pdf""#, "INV-7"),
        (r#"name="file"; filename="C:\bills\May 2026.PDF""#, "May 2026"),
        (r#"name="file"; filename="scan.7""#, "scan.7"),
        (r#"name="file"; filename=".pdf""#, "invoice"),
        (r#"name="file""#, "invoice"),
    ] {
        let made = send_form(&sandbox, &[(r#"name="acting_user_id""#, "41"), (file, pdf)]).await.expect(200);
        assert_eq!(
            (&made["number"], &made["status"], &made["amount"]),
            (&json!(number), &json!("created"), &Value::Null)
        );
        assert_eq!(
            (&made["action_history"][0]["user_id"], &made["funding_source"]),
            (&json!(CREATOR), &json!("ach"))
        );
        let file = content(&sandbox, &made["file_url"]).await;
        assert_eq!(
            (file.text.as_str(), file.headers["content-type"].to_str().unwrap()),
            (pdf, "application/pdf")
        );
    }
    assert_eq!(sandbox.walk(PAYABLES, 2).await.len(), 5);
    sandbox.end().await;
}

#[tokio::test]
async fn a_form_that_is_not_what_the_document_asks_for_makes_nothing() {
    let sandbox = TestSandbox::start().await;
    let (who, file) = (r#"name="acting_user_id""#, r#"name="file"; filename="a.pdf""#);
    let payer = PAYER.to_string();
    let cases: [(&[(&str, &str)], &str); 8] = [
        (&[], "400 invalid-input `acting_user_id` is required"),
        (&[(who, "41")], "400 invalid-input `file` is required"),
        (&[(who, "41"), (file, "%PDF"), (file, "%PDF")], "400 invalid-input `file` is given twice"),
        (&[(who, "Dan"), (file, "%PDF")], "400 invalid-input `acting_user_id` must be a whole number"),
        (
            &[(who, "1"), (file, "%PDF")],
            "404 no_such_resource `acting_user_id`: there is no such dashboard user",
        ),
        (
            &[(who, &payer), (file, "%PDF")],
            "403 forbidden `acting_user_id` has the role `payer` and may not prepare payables",
        ),
        (&[(who, "41"), (file, "")], "400 invalid-input `file` must be a PDF, which begins with `%PDF`"),
        (
            &[(who, "41"), (file, "GIF89a")],
            "400 invalid-input `file` must be a PDF, which begins with `%PDF`",
        ),
    ];
    for (parts, expected) in cases {
        assert_eq!(send_form(&sandbox, parts).await.error(), expected);
    }
    let large = "x".repeat(4 * 1024 * 1024);
    assert_eq!(send_form(&sandbox, &[(who, "41"), (file, &large)]).await.status, 413);
    let json = sandbox.post(UPLOAD, json!({ "acting_user_id": ADMIN, "file": "%PDF" })).await;
    assert_eq!(
        json.error(),
        "415 unsupported-media-type this operation takes `multipart/form-data`, not `application/json`"
    );
    assert_eq!(sandbox.walk(PAYABLES, 100).await, Vec::<Value>::new());
    sandbox.end().await;
}

#[tokio::test]
async fn a_file_is_attached_replaced_and_taken_off() {
    let sandbox = TestSandbox::start().await;
    let id = payable(&sandbox, "dots_balance", 10).await;
    let path = format!("{PAYABLES}/{id}/file");
    let missing = sandbox.delete(&path).await.error();
    assert_eq!(missing, format!("404 no_such_resource the payable `{id}` has no file"));

    let attached = sandbox.post(&path, json!({ "file": "JVBERi0x" })).await.expect(200);
    assert_eq!(attached, json!({ "id": id, "updated": true, "object": "payable" }));
    let first = get(&sandbox, &id).await["file_url"].clone();
    assert_eq!(content(&sandbox, &first).await.text, "%PDF-1");
    let refused = sandbox.post(&path, json!({ "file": "aGVsbG8=" })).await.error();
    assert_eq!(refused, "400 invalid-input `file` must be a PDF, which begins with `%PDF`");
    assert_eq!(get(&sandbox, &id).await["file_url"], first);

    sandbox.post(&path, json!({ "file": "JVBERi0y" })).await.expect(200);
    let second = get(&sandbox, &id).await["file_url"].clone();
    assert_eq!(
        (content(&sandbox, &first).await.status, content(&sandbox, &second).await.text),
        (404, "%PDF-2".to_owned())
    );
    let gone = sandbox.delete(&path).await.expect(200);
    let file = second.as_str().unwrap().rsplit('/').next().unwrap();
    assert_eq!(gone, json!({ "id": file, "deleted": true, "object": "file" }));
    content(&sandbox, &second).await.expect(404);
    assert_eq!(get(&sandbox, &id).await["file_url"], Value::Null);
    sandbox.end().await;
}

#[tokio::test]
async fn a_file_may_come_with_the_bill() {
    let sandbox = TestSandbox::start().await;
    let body = json!({ "acting_user_id": ADMIN, "number": "1", "file": "JVBERi0x" });
    let made = sandbox.post(PAYABLES, body).await.expect(201);
    assert_eq!(content(&sandbox, &made["file_url"]).await.text, "%PDF-1");
    sandbox.end().await;
}
