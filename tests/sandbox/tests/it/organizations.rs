//! The wallet above the apps, and the organization's transfers.

use dots_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::client::{FUNDS, TestSandbox};

const TRANSFERS: &str = "/v2/organization-transfers";
const NOBODY: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
const COPY: &str = "/v2/organizations/copy-compliance-information-between-apps";

async fn balance(sandbox: &TestSandbox) -> Value {
    sandbox.get("/v2/organizations").await.expect(200)["balance"].clone()
}

async fn app(sandbox: &TestSandbox, name: &str) -> String {
    sandbox.post("/v2/apps", json!({ "name": name })).await.expect(201)["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_negative_transfer_fills_the_apps_wallet_and_a_positive_one_empties_it() {
    let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().organization_funds(5000)).await;
    let app = sandbox.app_id();
    let sent = sandbox.post(TRANSFERS, json!({ "amount": -1000, "api_app_id": app })).await.expect(200);
    assert_eq!((&sent["amount"], &sent["status"]), (&json!("-1000"), &json!("completed")));
    assert_eq!(
        (&sent["user_id"], &sent["transactions"][0]["source_name"]),
        (&json!(null), &json!("Organization"))
    );
    let back = sandbox
        .post(TRANSFERS, json!({ "amount": 400, "api_app_id": app, "metadata": "x" }))
        .await
        .expect(200);
    assert_eq!(sandbox.walk(TRANSFERS, 1).await, [back, sent.clone()]);
    let path = format!("{TRANSFERS}/{}", sent["id"].as_str().unwrap());
    assert_eq!(sandbox.get(&path).await.expect(200), sent);
    // The app's own list does not have them.
    assert_eq!(sandbox.walk("/v2/transfers", 10).await, Vec::<Value>::new());
    sandbox.get(&format!("/v2/transfers/{}", sent["id"].as_str().unwrap())).await.expect(404);
    assert_eq!((balance(&sandbox).await, sandbox.balance()), (json!(4400), FUNDS + 600));
    sandbox.end().await;
}

#[tokio::test]
async fn what_the_organization_does_not_have_is_not_transferred() {
    let sandbox = TestSandbox::start().await;
    let app = sandbox.app_id();
    let cases = [
        (
            json!({ "amount": -1, "api_app_id": app }),
            "400 transaction-insufficient-funds `amount` is 1 and the wallet holds 0 cents".to_owned(),
        ),
        (json!({ "amount": 0, "api_app_id": app }), "400 invalid-input `amount` must not be 0".to_owned()),
        (
            json!({ "amount": 1, "api_app_id": NOBODY }),
            format!("404 no_such_resource `api_app_id`: there is no app `{NOBODY}`"),
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(sandbox.post(TRANSFERS, body).await.error(), expected);
    }
    sandbox.get(&format!("{TRANSFERS}/{NOBODY}")).await.expect(404);
    assert_eq!((balance(&sandbox).await, sandbox.audit().movements), (json!(0), 1));
    sandbox.end().await;
}

#[tokio::test]
async fn a_known_key_moves_the_organizations_money_once() {
    let sandbox = TestSandbox::start().await;
    let body = json!({ "amount": 700, "api_app_id": sandbox.app_id(), "idempotency_key": NOBODY });
    let first = sandbox.post(TRANSFERS, body.clone()).await;
    assert_eq!(sandbox.post(TRANSFERS, body).await.text, first.text);
    assert_eq!((balance(&sandbox).await, sandbox.balance()), (json!(700), FUNDS - 700));
    sandbox.end().await;
}

#[tokio::test]
async fn compliance_is_copied_from_the_organization_and_from_app_to_app() {
    let sandbox = TestSandbox::start().await;
    let (one, other) = (app(&sandbox, "One").await, app(&sandbox, "Other").await);
    let empty = json!({ "source_app_id": one, "destination_app_id": other });
    let refused = sandbox.put(COPY, empty.clone()).await.error();
    assert_eq!(refused, "400 invalid-input `source_app_id`: the app has no compliance information");
    let path = format!("/v2/organizations/copy-organization-compliance-to-app/{one}");
    let copied = sandbox.request("PUT", &path).send().await.expect(200);
    assert_eq!(copied, json!({ "success": true, "message": "the compliance information was copied" }));
    sandbox.put(COPY, empty).await.expect(200);
    let [first, second] = [&one, &other].map(|app| format!("/v2/apps/{app}/compliance"));
    assert_eq!(sandbox.get(&first).await.expect(200), sandbox.get(&second).await.expect(200));
    assert_eq!(sandbox.get(&format!("/v2/apps/{other}")).await.expect(200)["status"], "in_review");
    sandbox.end().await;
}

#[tokio::test]
async fn compliance_of_other_peoples_apps_is_not_copied() {
    let sandbox = TestSandbox::start().await;
    let own = sandbox.app_id();
    let none = "the organization has no app";
    let cases = [
        (NOBODY, own.as_str(), format!("403 forbidden `source_app_id`: {none} `{NOBODY}`")),
        (&own, NOBODY, format!("403 forbidden `destination_app_id`: {none} `{NOBODY}`")),
        (
            &own,
            &own,
            "400 invalid-input `source_app_id` and `destination_app_id` must be two apps".to_owned(),
        ),
    ];
    for (source, destination, expected) in cases {
        let body = json!({ "source_app_id": source, "destination_app_id": destination });
        assert_eq!(sandbox.put(COPY, body).await.error(), expected);
    }
    let path = format!("/v2/organizations/copy-organization-compliance-to-app/{NOBODY}");
    assert_eq!(sandbox.request("PUT", &path).send().await.status, 403);
    sandbox.get(&format!("/v2/apps/{own}/compliance")).await.expect(404);
    sandbox.end().await;
}

#[tokio::test]
async fn an_organization_cannot_begin_with_less_than_nothing() {
    let poor = Sandbox::builder().organization_funds(-1).start().await.unwrap_err();
    assert_eq!(poor.to_string(), "could not start with `-1` cents: funds must not be negative");
}
