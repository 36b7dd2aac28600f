//! The handle: transcript, requests, reproducible bytes, start and stop.

use dots_sandbox::Sandbox;
use serde_json::json;

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::page_body,
};

/// Sends a little of everything, valid and invalid.
async fn story(sandbox: &TestSandbox) -> String {
    let user = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
    let user = sandbox.post("/v2/users", user).await;
    let id = user.body["id"].as_str().unwrap().to_owned();
    let sent = sandbox.post("/v2/payouts/send-payout", page_body()).await;
    let link = sent.body["id"].as_str().unwrap().to_owned();
    let answers = [
        sandbox.post("/v2/payouts/send-payout", json!({ "amount": 0, "user_id": id })).await,
        sandbox.post("/v2/payout-links", json!({ "amount": 5, "user_id": id })).await,
        sandbox.get("/v2/payout-links?limit=1").await,
        sandbox.get(&format!("/v2/payout-links?limit=1&starting_after={link}")).await,
        sandbox.delete(&format!("/v2/payout-links/{link}")).await,
        sandbox.get("/v2/users/3c90c3cc-0d44-4b50-8888-8dd25736052b").await,
        sandbox.get("/v2/flows").await,
        sandbox.get(&format!("/v2/apps/{}", sandbox.app_id())).await,
        sandbox.delete(&format!("/v2/users/{id}")).await,
    ];
    let dates = [&user, &sent].map(|answer| answer.headers["date"].to_str().unwrap());
    assert_eq!(dates, ["Thu, 01 Jan 2026 00:00:00 GMT"; 2]);
    let texts: Vec<&str> =
        [&user, &sent].into_iter().chain(&answers).map(|answer| answer.text.as_str()).collect();
    texts.join("\n")
}

#[tokio::test]
async fn the_transcript_tells_the_story_with_stable_names() {
    let sandbox = TestSandbox::start().await;
    story(&sandbox).await;
    let expected = "\
POST /v2/users -> 201 created user [u1]
POST /v2/payouts/send-payout key=[k1] -> 201 created link [l1]
POST /v2/payouts/send-payout -> 400 invalid-input: `amount` must be greater than 0
POST /v2/payout-links -> 201 created link [l2]
GET /v2/payout-links?limit=1 -> 200 1 link, has more
GET /v2/payout-links?limit=1&starting_after=[l1] -> 200 0 links
DELETE /v2/payout-links/[l1] -> 200 canceled link [l1]
GET /v2/users/[x1] -> 404 no_such_resource: there is no user `[x1]`
GET /v2/flows -> 200 0 flows
GET /v2/apps/[a1] -> 200 wallet 999995 cents
DELETE /v2/users/[u1] -> 200 deleted user [u1]";
    assert_eq!(sandbox.transcript(), expected);
    sandbox.end().await;
}

#[tokio::test]
async fn the_same_calls_give_the_same_bytes() {
    // By default, links lead to the sandbox's own pages, and its port differs each time.
    let builder = || Sandbox::builder().page_base("https://pages.example");
    let (one, other) = (TestSandbox::with(FUNDS, builder()).await, TestSandbox::with(FUNDS, builder()).await);
    assert_eq!(story(&one).await, story(&other).await);
    one.end().await;
    other.end().await;
}

#[tokio::test]
async fn another_seed_gives_other_ids() {
    let one = Sandbox::builder().seed(1).start().await.unwrap();
    let other = Sandbox::builder().seed(2).start().await.unwrap();
    assert_ne!(one.app_id(), other.app_id());
}

#[tokio::test]
async fn requests_are_kept_as_they_came_but_for_the_credentials() {
    let sandbox = TestSandbox::start().await;
    let request = sandbox.request("POST", "/v2/payouts/send-payout").header("Api-App-Id", &sandbox.app_id());
    request.json(&json!({ "amount": 1 })).send().await.expect(400);
    sandbox.get("/v2/users?limit=%31").await.expect(200);

    let requests = sandbox.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[0].method.as_str(), requests[0].path.as_str()), ("POST", "/v2/payouts/send-payout"));
    assert_eq!(requests[0].body, r#"{"amount":1}"#);
    assert!(requests[0].headers.contains(&("api-app-id".to_owned(), sandbox.app_id())));
    assert!(!requests[0].headers.iter().any(|(name, _)| name == "authorization"));
    assert!(requests[0].headers.is_sorted());
    assert_eq!(requests[1].query.as_deref(), Some("limit=%31"));
    sandbox.end().await;
}

#[tokio::test]
async fn a_port_in_use_and_negative_funds_are_clear_errors() {
    let sandbox = Sandbox::start().await.unwrap();
    let port: u16 = sandbox.url().trim_end_matches("/api").rsplit(':').next().unwrap().parse().unwrap();
    let taken = Sandbox::builder().port(port).start().await.unwrap_err();
    assert_eq!(
        taken.to_string(),
        format!(
            "could not listen on `127.0.0.1:{port}`: another program uses this port; name another one, or 0 for a free one"
        )
    );
    let poor = Sandbox::builder().funds(-1).start().await.unwrap_err();
    assert_eq!(poor.to_string(), "could not start with `-1` cents: funds must not be negative");
}

#[tokio::test]
async fn shutting_down_and_dropping_both_free_the_port() {
    let first = Sandbox::start().await.unwrap();
    let address = first.url().trim_start_matches("http://").trim_end_matches("/api").to_owned();
    first.shutdown().await;
    tokio::net::TcpStream::connect(&address).await.unwrap_err();

    let second = Sandbox::start().await.unwrap();
    let address = second.url().trim_start_matches("http://").trim_end_matches("/api").to_owned();
    drop(second);
    // The server ends when the runtime polls it next.
    while tokio::net::TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sandboxes_side_by_side_have_worlds_of_their_own() {
    let (rich, poor) = (TestSandbox::with_funds(1000).await, TestSandbox::with_funds(0).await);
    rich.post("/v2/payouts/send-payout", page_body()).await.expect(201);
    poor.post("/v2/payouts/send-payout", page_body()).await.expect(400);
    assert_eq!((rich.balance(), rich.links()), (0, 1));
    assert_eq!((poor.balance(), poor.links()), (0, 0));
    rich.end().await;
    poor.end().await;
}
