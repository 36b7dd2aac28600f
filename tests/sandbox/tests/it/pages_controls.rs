//! The controls on the pages: what a form changes shows on the next page, and in the API.

use dots_sandbox::{Fault, Faults};
use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    page_client::PageClient,
};

const OPERATOR: &str = "/_sandbox";
const FAULTS: &str = "/_sandbox/page/forms/faults";
const REQUESTS: &str = "/v2/payout-requests";

/// Sends a form and opens the page that it leads to.
async fn pull(client: &PageClient, form: &str, fields: &str, shows: &[&str]) {
    let pulled = client.fill(form, fields).await;
    pulled.shows(303, &[]);
    client.open(pulled.headers["location"].to_str().unwrap()).await.shows(200, shows);
}

async fn armed(sandbox: &TestSandbox) -> Value {
    sandbox.control("GET", "faults", None).await.expect(200)["faults"].clone()
}

#[tokio::test]
async fn a_fault_is_switched_on_meets_its_requests_and_is_switched_off() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    client.open(OPERATOR).await.shows(200, &["No fault is on."]);
    let form = "fault=503%3Ahtml&on=list_users&times%3Anumber=2&when=before";
    pull(&client, FAULTS, form, &["503:html", "list_users", "before", "Switch 503:html off"]).await;
    let expected = json!({
        "id": 1, "fault": "503:html", "when": "before", "on": "list_users", "times": 2, "fired": 0,
    });
    assert_eq!(armed(&sandbox).await, json!([expected]));

    sandbox.get("/v2/flows").await.expect(200);
    assert_eq!(sandbox.get("/v2/users").await.status, 503);
    assert_eq!(armed(&sandbox).await[0]["fired"], 1);
    pull(&client, &format!("{FAULTS}/1"), "_method=delete", &["No fault is on."]).await;
    sandbox.get("/v2/users").await.expect(200);
    assert_eq!(armed(&sandbox).await, json!([]));
    sandbox.end().await;
}

#[tokio::test]
async fn a_fault_by_form_needs_no_more_than_its_name() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let payout = json!({ "amount": 700, "payee": { "country_code": "1", "phone_number": "2025550139" } });
    pull(
        &client,
        FAULTS,
        "fault=500&on=&times%3Anumber=&when=after",
        &["<span>500:json</span>", "<span>after</span>"],
    )
    .await;
    assert_eq!(sandbox.post("/v2/payouts/send-payout", payout).await.status, 500);
    // The payout was made all the same, and the page tells both.
    client.open(OPERATOR).await.shows(200, &["created link", "$9,993.00"]);
    assert_eq!((sandbox.balance(), sandbox.audit().links), (FUNDS - 700, 700));
    sandbox.end().await;
}

#[tokio::test]
async fn a_fault_that_is_none_is_refused_and_none_is_on() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    for (form, says) in [
        ("fault=earthquake", "earthquake"),
        ("fault=reset&on=send_money", "send_money"),
        ("fault=reset&times%3Anumber=twice", "`times` must be a number"),
        ("fault=reset&when=never", "the body cannot be used"),
        ("", "That was not done"),
    ] {
        client.fill(FAULTS, form).await.shows(400, &["That was not done", says, "Back"]);
    }
    client.fill(&format!("{FAULTS}/7"), "_method=delete").await.shows(404, &["no such fault is armed"]);
    assert_eq!(armed(&sandbox).await, json!([]));
    sandbox.end().await;
}

#[tokio::test]
async fn faults_that_are_drawn_are_shown_and_switched_off_with_all_others() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    sandbox.draw(Faults::seeded(7).rate(1.0).only([Fault::Conflict]));
    sandbox.inject(Fault::Reset).on("create_user");
    client
        .open(OPERATOR)
        .await
        .shows(200, &["Drawn from seed 7, for 1.0 of all requests: 0 so far", "create_user"]);
    assert_eq!(sandbox.get("/v2/users").await.status, 409);
    client.open("/_sandbox/page/live").await.shows(200, &["1 so far"]);
    pull(&client, FAULTS, "_method=delete", &["No fault is on."]).await;
    sandbox.get("/v2/users").await.expect(200);
    let none = json!({ "faults": [], "drawn": null, "waiting_to_commit": 0 });
    assert_eq!(sandbox.control("GET", "faults", None).await.expect(200), none);
    sandbox.end().await;
}

#[tokio::test]
async fn payout_requests_are_approved_and_rejected_by_form_once() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    client.open(OPERATOR).await.shows(200, &["There are no payout requests yet."]);
    let body = |amount| json!({ "amount": amount, "payee": { "country_code": "1", "phone_number": "2025550139" }, "memo": "Travel" });
    let (yes, no) = (
        sandbox.post(REQUESTS, body(4_200)).await.expect(201)["id"].clone(),
        sandbox.post(REQUESTS, body(1)).await.expect(201)["id"].clone(),
    );
    let form = |id: &Value, name: &str| {
        format!("/_sandbox/page/forms/payout-requests/{}/{name}", id.as_str().unwrap())
    };
    let status = async |id: &Value| {
        let path = format!("{REQUESTS}/{}", id.as_str().unwrap());
        sandbox.get(&path).await.expect(200)["status"].clone()
    };
    let [approve, reject] = ["approve", "reject"].map(|name| format!("action=\"{}\"", form(&yes, name)));
    client.open(OPERATOR).await.shows(200, &["$42.00", "badge open\">created", &approve, &reject]);
    pull(&client, &form(&yes, "approve"), "", &["badge good\">approved", "+1 2025550139"]).await;
    pull(&client, &form(&no, "reject"), "", &["badge bad\">rejected"]).await;
    assert_eq!((status(&yes).await, status(&no).await), (json!("approved"), json!("rejected")));
    let page = client.open(OPERATOR).await;
    assert!(!page.text.contains("/approve\"") && !page.text.contains("/reject\""), "{}", page.text);

    for (id, name) in [(&yes, "approve"), (&yes, "reject"), (&no, "approve")] {
        client.fill(&form(id, name), "").await.shows(400, &["That was not done"]);
    }
    let unknown = json!("3c90c3cc-0d44-4b50-8888-8dd25736052a");
    client.fill(&form(&unknown, "approve"), "").await.shows(404, &["there is no payout request"]);
    assert_eq!((sandbox.links(), sandbox.balance()), (1, FUNDS - 4_200));
    sandbox.end().await;
}

#[tokio::test]
async fn a_flows_steps_are_completed_on_its_page() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let user = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
    let user = sandbox.post("/v2/users", user).await.expect(201)["id"].clone();
    let body = json!({ "user_id": user, "steps": ["compliance", "id-verification"] });
    let flow = sandbox.post("/v2/flows", body).await.expect(200);
    let (link, id) = (flow["link"].as_str().unwrap(), flow["id"].as_str().unwrap());
    let form = format!("/_sandbox/page/forms/flows/{id}/complete");
    client
        .open(link)
        .await
        .shows(200, &["What is left to do", "Complete tax form", "Complete proof of identity"]);
    let back = format!("back=/flow/{id}");
    let fields = format!("step=compliance&{back}");
    pull(
        &client,
        &form,
        &fields,
        &["Tax form</span> <span class=\"badge good\">Done", "Complete proof of identity"],
    )
    .await;
    let shown = sandbox.get(&format!("/v2/flows/{id}")).await.expect(200);
    assert_eq!(shown["completed_steps"], json!(["compliance"]));
    client.fill(&form, &fields).await.shows(400, &["That was not done", &format!("href=\"/flow/{id}\"")]);
    pull(&client, &form, &format!("step=id-verification&{back}"), &["All done"]).await;

    let page = client.open(link).await;
    assert!(!page.text.contains("<button"), "{}", page.text);
    let shown = sandbox.get(&format!("/v2/flows/{id}")).await.expect(200);
    assert_eq!(shown["completed_steps"], shown["steps"]);
    sandbox.end().await;
}
