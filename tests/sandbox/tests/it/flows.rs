//! Flows and their steps.

use dots_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::client::{Answer, FUNDS, TestSandbox};

const FLOWS: &str = "/v2/flows";

async fn user(sandbox: &TestSandbox) -> Value {
    let jo = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
    sandbox.post("/v2/users", jo).await.expect(201)["id"].clone()
}

async fn complete(sandbox: &TestSandbox, flow: &Value, step: &str) -> Answer {
    let path = format!("flows/{}/complete", flow["id"].as_str().unwrap());
    sandbox.control("POST", &path, Some(json!({ "step": step }))).await
}

#[tokio::test]
async fn a_flow_shows_the_names_of_its_steps_and_no_options() {
    let sandbox =
        TestSandbox::with(FUNDS, Sandbox::builder().page_base("https://my.dots-sandbox.invalid")).await;
    let jo = user(&sandbox).await;
    let steps = json!([
        "compliance",
        { "name": "manage-payouts", "require_default_payout_method": true },
        { "name": "pdf-form-fill", "template_id": "t-1" },
        { "name": "redirect", "redirect_url": "HTTPS://example.com/done" },
    ]);
    let body = json!({ "user_id": jo, "steps": steps, "require_auth": true, "metadata": { "crm": 5 } });
    let flow = sandbox.post(FLOWS, body).await.expect(200);
    let id = flow["id"].as_str().unwrap();
    let expected = json!({
        "id": id,
        "created": "2026-01-01T00:00:00.000000",
        "updated": "2026-01-01T00:00:00.000000",
        "user_id": jo,
        "steps": ["compliance", "manage-payouts", "pdf-form-fill", "redirect"],
        "completed_steps": [],
        "link": format!("https://my.dots-sandbox.invalid/flow/{id}"),
        "payout_link_id": null,
        "metadata": { "crm": 5 },
    });
    assert_eq!(flow, expected);
    assert_eq!(sandbox.get(&format!("{FLOWS}/{id}")).await.expect(200), flow);
    sandbox.end().await;
}

#[tokio::test]
async fn a_flow_without_a_user_has_none_until_a_user_signs_in() {
    let sandbox = TestSandbox::start().await;
    let flow = sandbox.post(FLOWS, json!({ "steps": ["payout"] })).await.expect(200);
    assert_eq!((&flow["user_id"], &flow["metadata"]), (&Value::Null, &Value::Null));
    let nobody = json!({ "steps": ["payout"], "user_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a" });
    let refused = sandbox.post(FLOWS, nobody).await.error();
    assert_eq!(
        refused,
        "404 no_such_resource `user_id`: there is no user `3c90c3cc-0d44-4b50-8888-8dd25736052a`"
    );
    assert_eq!(sandbox.walk(FLOWS, 10).await, [flow]);
    sandbox.end().await;
}

#[tokio::test]
async fn steps_that_cannot_be_gone_through_are_refused_with_their_place() {
    let sandbox = TestSandbox::start().await;
    let cases = [
        (json!(["payout", { "name": "payout" }]), "`steps.1` is in `steps` already"),
        (json!(["payout", "payout"]), "`steps` must not hold the same item twice"),
        (json!(["pdf-form-fill"]), "`steps.0.template_id` is required for `pdf-form-fill`"),
        (json!([{ "name": "pdf-form-fill" }]), "`steps.0.template_id` is required for `pdf-form-fill`"),
        (json!(["payout", "redirect"]), "`steps.1.redirect_url` is required for `redirect`"),
        (
            json!([{ "name": "redirect", "redirect_url": "javascript:alert(1)" }]),
            "`steps.0.redirect_url` must begin with `http://` or `https://`",
        ),
        (
            json!([{ "name": "redirect", "redirect_url": "done" }]),
            "`steps.0.redirect_url` must be an absolute URI",
        ),
    ];
    for (steps, expected) in cases {
        let refused = sandbox.post(FLOWS, json!({ "steps": steps })).await.error();
        assert_eq!(refused, format!("400 invalid-input {expected}"));
    }
    assert_eq!(sandbox.get(FLOWS).await.expect(200)["data"], json!([]));
    sandbox.end().await;
}

#[tokio::test]
async fn a_control_call_finishes_a_step_once() {
    let sandbox = TestSandbox::start().await;
    let flow = sandbox.post(FLOWS, json!({ "steps": ["compliance", "payout"] })).await.expect(200);
    sandbox.advance(std::time::Duration::from_secs(60));
    let done = complete(&sandbox, &flow, "payout").await.expect(200);
    assert_eq!(done["completed_steps"], json!(["payout"]));
    let again = complete(&sandbox, &flow, "payout").await.error();
    assert_eq!(again, "400 invalid-transaction `step` is completed already");
    let other = complete(&sandbox, &flow, "redirect").await.error();
    assert_eq!(other, "400 invalid-input `step` is not one of the flow's steps");
    let done = complete(&sandbox, &flow, "compliance").await.expect(200);
    assert_eq!(done["completed_steps"], json!(["payout", "compliance"]));

    let nothing =
        sandbox.control("POST", "flows/x/complete", Some(json!({ "step": "payout" }))).await.error();
    assert_eq!(nothing, "404 no_such_resource there is no flow `x`");
    let shown = sandbox.get(&format!("{FLOWS}/{}", flow["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(
        (&shown["completed_steps"], &shown["updated"]),
        (&json!(["payout", "compliance"]), &json!("2026-01-01T00:01:00.000000"))
    );
    sandbox.end().await;
}

#[tokio::test]
async fn an_identity_and_a_background_that_were_checked_show_on_the_user() {
    let sandbox = TestSandbox::start().await;
    let jo = user(&sandbox).await;
    let path = format!("/v2/users/{}", jo.as_str().unwrap());
    let before = sandbox.get(&path).await.expect(200);
    assert_eq!(before["compliance"]["id_verified"], false);
    assert!(before["compliance"].get("background_check").is_none());
    let steps = json!({ "user_id": jo, "steps": ["id-verification", "background-check"] });
    let flow = sandbox.post(FLOWS, steps).await.expect(200);
    complete(&sandbox, &flow, "id-verification").await.expect(200);
    complete(&sandbox, &flow, "background-check").await.expect(200);
    let after = sandbox.get(&path).await.expect(200);
    assert_eq!(after["compliance"]["id_verified"], true);
    let check = json!({ "status": "pass", "updated": "2026-01-01T00:00:00.000000" });
    assert_eq!(after["compliance"]["background_check"], check);
    sandbox.end().await;
}

#[tokio::test]
async fn flows_are_listed_newest_first_page_by_page() {
    let sandbox = TestSandbox::start().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.insert(0, sandbox.post(FLOWS, json!({ "steps": ["payout"] })).await.expect(200));
    }
    assert_eq!(sandbox.walk(FLOWS, 2).await, made);
    sandbox.end().await;
}

#[tokio::test]
async fn the_flow_of_a_payout_link_is_found_and_completed_by_the_claim() {
    let sandbox = TestSandbox::start().await;
    let body = json!({
        "amount": 500, "payee": { "country_code": "1", "phone_number": "2025550139" },
        "additional_steps": ["compliance", { "name": "id-verification" }], "metadata": "T-77",
    });
    let link = sandbox.post("/v2/payout-links", body).await.expect(201);
    let path = format!("{FLOWS}/{}", link["flow_id"].as_str().unwrap());
    let flow = sandbox.get(&path).await.expect(200);
    assert_eq!((&flow["id"], &flow["link"]), (&link["flow_id"], &link["link"]));
    assert_eq!((&flow["payout_link_id"], &flow["user_id"]), (&link["id"], &Value::Null));
    assert_eq!((&flow["metadata"], &flow["created"]), (&json!("T-77"), &link["created"]));
    let steps = json!(["compliance", "id-verification", "payout"]);
    assert_eq!((&flow["steps"], &flow["completed_steps"]), (&steps, &json!([])));
    // The list has flows of their own alone, and their steps are completed one by one.
    assert_eq!(sandbox.walk(FLOWS, 10).await, [] as [Value; 0]);
    complete(&sandbox, &flow, "compliance").await.expect(404);

    let claim = json!({ "country_code": "1", "phone_number": "2025550139", "method": "paypal" });
    let id = link["id"].as_str().unwrap();
    let claimed = sandbox.control("POST", &format!("links/{id}/claim"), Some(claim)).await.expect(200);
    let flow = sandbox.get(&path).await.expect(200);
    assert_eq!((&flow["completed_steps"], &flow["user_id"]), (&steps, &claimed["claimed_user_id"]));

    let other = sandbox.post("/v2/apps", json!({ "name": "Second" })).await.expect(201)["id"].clone();
    let elsewhere = sandbox.request("GET", &path).header("Api-App-Id", other.as_str().unwrap());
    assert_eq!(elsewhere.send().await.status, 404);
    assert_eq!((sandbox.links(), sandbox.paid("2025550139")), (1, 500));
    sandbox.end().await;
}
