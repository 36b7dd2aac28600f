//! The payee's page and the operator's, over plain HTTP.

use std::time::Duration;

use dots_sandbox::Sandbox;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    page_client::PageClient,
};

const SEND: &str = "/v2/payouts/send-payout";
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x>";

fn payout() -> Value {
    json!({
        "amount": 125_050, "payee": { "country_code": "1", "phone_number": "2025550139" },
        "memo": "Photographs", "delivery": { "message": "Thank you, Jo" },
    })
}

async fn sent(sandbox: &TestSandbox, body: Value) -> String {
    sandbox.post(SEND, body).await.expect(201)["link"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_link_in_an_answer_opens_and_says_who_pays_how_much_and_why() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let link = sent(&sandbox, payout()).await;
    assert!(link.starts_with(&format!("{}/flow/", client.base)), "{link}");
    let page = client.open(&link).await;
    page.shows(
        200,
        &["Dots sandbox pays you", "$1,250.50", "Photographs", "Thank you, Jo", "<html lang=\"en\">"],
    );
    page.shows(200, &["<label for=\"phone_number\">", "ends in 39", "Sandbox: this page pays nobody"]);
    // Opening a page changes nothing, and is not a request to the API.
    assert_eq!((sandbox.balance(), sandbox.requests().len()), (FUNDS - 125_050, 1));
    sandbox.end().await;
}

#[tokio::test]
async fn three_answers_claim_a_link_once() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let link = sent(&sandbox, payout()).await;
    let phone = "country_code=%2B1&phone_number=(202)+555-0139";
    let code = client.fill(&link, &format!("step=phone&{phone}")).await;
    code.shows(200, &["Step 2 of 3", "The code is <code>123456</code>", "value=\"2025550139\""]);
    let method = client.fill(&link, &format!("step=code&{phone}&code=123456")).await;
    method.shows(200, &["Step 3 of 3", "Bank account", "PayPal", "Venmo", "Cash App", "Claim $1,250.50"]);
    let claim = format!("step=claim&{phone}&code=123456&method=paypal&paypal_email=jo%40example.com");
    let claimed = client.fill(&link, &claim).await;
    claimed.shows(303, &[]);
    let next = claimed.headers["location"].to_str().unwrap().to_owned();
    client.open(&next).await.shows(200, &["You have claimed it", "on its way to you by PayPal"]);
    client.open(&link).await.shows(200, &["Claimed already", "Dots sandbox paid you"]);
    client.fill(&link, &claim).await.shows(409, &["Claimed already"]);

    let links = sandbox.get("/v2/payout-links").await.expect(200);
    assert_eq!(links["data"][0]["status"], "claimed");
    assert_eq!((sandbox.balance(), sandbox.audit().links), (FUNDS - 125_050, 0));
    sandbox.end().await;
}

#[tokio::test]
async fn wrong_and_missing_answers_are_asked_again_and_pay_nothing() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let link = sent(&sandbox, payout()).await;
    let phone = "country_code=1&phone_number=2025550139";
    for (form, step, problem) in [
        ("step=claim&code=123456&method=paypal".to_owned(), "Step 1", "1 to 3 digits"),
        ("step=phone&country_code=1&phone_number=none".to_owned(), "Step 1", "Please enter digits"),
        ("step=phone&country_code=1&phone_number=2025550140".to_owned(), "Step 1", "another phone number"),
        (format!("step=code&{phone}&code=654321"), "Step 2", "not the code"),
        (format!("step=claim&{phone}&method=paypal&paypal_email=jo%40example.com"), "Step 2", "not the code"),
        (format!("step=claim&{phone}&code=123456"), "Step 3", "Please choose one"),
        (format!("step=claim&{phone}&code=123456&method=crypto"), "Step 3", "Please choose one"),
        (format!("step=claim&{phone}&code=123456&method=paypal&paypal_email=jo"), "Step 3", "not an e-mail"),
        (format!("step=claim&{phone}&code=123456&method=venmo&venmo_account=jo"), "Step 3", "begins with @"),
        (
            format!("step=claim&{phone}&code=123456&method=ach&ach_routing_number=12"),
            "Step 3",
            "must be 9 digits",
        ),
    ] {
        let page = client.fill(&link, &form).await;
        page.shows(422, &[step, problem, "role=\"alert\"", "<title>Error: "]);
    }
    assert_eq!((sandbox.balance(), sandbox.audit().links), (FUNDS - 125_050, 125_050));
    sandbox.end().await;
}

#[tokio::test]
async fn a_canceled_link_says_why_it_cannot_be_claimed() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let made = sandbox.post("/v2/payout-links", json!({ "amount": 5 })).await.expect(201);
    let link = made["link"].as_str().unwrap();
    sandbox.delete(&format!("/v2/payout-links/{}", made["id"].as_str().unwrap())).await.expect(200);
    client.open(link).await.shows(200, &["Taken back", "Dots sandbox has canceled this payout"]);
    let claim =
        "step=claim&country_code=1&phone_number=2025550139&code=123456&method=venmo&venmo_account=%40jo";
    client.fill(link, claim).await.shows(409, &["Taken back"]);
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test]
async fn a_link_that_came_to_its_end_says_why_and_takes_no_answer() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let payee = json!({ "country_code": "1", "phone_number": "2025550139" });
    let make = async |funding: &str, status| {
        let body = json!({ "amount": 700, "payee": payee, "funding_source": funding });
        sandbox.post("/v2/payout-links", body).await.expect(status)
    };
    let (expired, reversed, unfunded) =
        (make("dots_balance", 201).await, make("dots_balance", 201).await, make("ach", 202).await);
    client.open(unfunded["link"].as_str().unwrap()).await.shows(200, &["Not yet", "still on its way"]);
    for (link, what) in [(&reversed, "reverse"), (&unfunded, "fail-funding")] {
        let path = format!("links/{}/{what}", link["id"].as_str().unwrap());
        sandbox.control("POST", &path, None).await.expect(200);
    }
    sandbox.advance(Duration::from_secs(30 * 24 * 60 * 60));
    let claim =
        "step=claim&country_code=1&phone_number=2025550139&code=123456&method=venmo&venmo_account=%40jo";
    for (link, status, title, text) in [
        (&expired, "expired", "Too late", "This link has expired."),
        (&reversed, "reversed", "Taken back", "Dots sandbox has taken this payout back."),
        (&unfunded, "failed", "No money came", "Dots sandbox could not fund this payout."),
    ] {
        let url = link["link"].as_str().unwrap();
        let page = client.open(url).await;
        page.shows(200, &[title, text, "ask them for a new link", "Payout from Dots sandbox"]);
        assert!(!page.text.contains("<form"), "{}", page.text);
        client.fill(url, claim).await.shows(409, &[title, text]);
        let shown = sandbox.get(&format!("/v2/payout-links/{}", link["id"].as_str().unwrap())).await;
        assert_eq!(shown.expect(200)["status"], status);
    }
    client.open("/_sandbox").await.shows(200, &["expired", "reversed", "failed"]);
    assert_eq!((sandbox.balance(), sandbox.audit().links, sandbox.paid("2025550139")), (FUNDS, 0, 0));
    sandbox.end().await;
}

#[tokio::test]
async fn text_from_requests_is_never_markup() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let user = json!({ "first_name": HOSTILE, "last_name": HOSTILE, "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
    let user = sandbox.post("/v2/users", user).await.expect(201);
    let payee = json!({ "first_name": HOSTILE, "last_name": HOSTILE, "country_code": "1", "phone_number": "2025550139" });
    let body = json!({
        "amount": 7, "payee": payee, "memo": HOSTILE, "metadata": HOSTILE,
        "delivery": { "message": HOSTILE },
    });
    let link = sent(&sandbox, body).await;
    sandbox.post("/v2/transfers", json!({ "amount": -3, "user_id": user["id"] })).await.expect(200);
    sandbox.get("/v2/<script>alert(1)</script>?x=<script>").await.expect(404);

    let form = "step=phone&country_code=%22%3E%3Cscript%3E&phone_number=%3Cscript%3Ealert(1)%3C/script%3E";
    let asked = client.fill(&link, form).await;
    let mut pages = vec![asked];
    for path in
        [link.as_str(), "/_sandbox", "/_sandbox/page/live", "/_sandbox/page/requests", "/flow/%3Cscript%3E"]
    {
        pages.push(client.open(path).await);
    }
    for page in &pages {
        let without_ours = page.text.replace("<script src=\"/_sandbox/page/live.js\" defer></script>", "");
        assert!(!without_ours.contains("<script"), "{}", page.text);
        assert!(!without_ours.contains("<img"), "{}", page.text);
    }
    let memo = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x";
    assert!(pages[1].text.contains(memo) && pages[2].text.contains(memo), "{}", pages[1].text);
    // The payee's page shows the memo and the message alone, and nothing of what the payer keeps private.
    assert_eq!(pages[1].text.matches(memo).count(), 2);
    sandbox.end().await;
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere_and_say_so() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let link = sent(&sandbox, payout()).await;
    for path in
        [link.as_str(), "/_sandbox", "/_sandbox/", "/_sandbox/page/style.css", "/_sandbox/page/live.js"]
    {
        let page = client.open(path).await;
        page.shows(200, &[]);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"), "{policy}");
        assert!(policy.contains("form-action 'self'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers["x-content-type-options"], "nosniff");
        assert_eq!(page.headers["cache-control"], "no-store");
        let elsewhere = page.text.replace(&client.base, "");
        assert!(!elsewhere.contains("http://") && !elsewhere.contains("https://"), "{}", page.text);
        assert!(!page.text.contains("style=") && !page.text.contains("onclick"), "{}", page.text);
    }
    client.open("/_sandbox/page/nothing").await.shows(404, &[]);
    client.open("/_sandbox/page/forms/clock").await.shows(405, &[]);
    client.open("/flow/3c90c3cc-0d44-4b50-8888-8dd25736052a").await.shows(404, &["No such link"]);
    client.send(Method::DELETE, &link, "", &[]).await.shows(405, &[]);
    sandbox.end().await;
}

#[tokio::test]
async fn a_page_from_elsewhere_can_neither_claim_nor_pull_a_lever() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let link = sent(&sandbox, payout()).await;
    let claim =
        "step=claim&country_code=1&phone_number=2025550139&code=123456&method=venmo&venmo_account=%40jo";
    let elsewhere =
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")];
    for header in elsewhere {
        for (path, form) in
            [(link.as_str(), claim), ("/_sandbox/page/forms/clock", "advance=1h"), ("/_sandbox/clock", "")]
        {
            let page = client.send(Method::POST, path, form, &[header]).await;
            page.shows(403, &["a page from elsewhere must not change anything"]);
        }
    }
    assert_eq!(sandbox.audit().links, 125_050);
    let now = sandbox.control("GET", "clock", None).await.expect(200);
    assert_eq!(now, json!({ "now": "2026-01-01T00:00:00Z" }));
    client.send(Method::POST, &link, claim, &[("origin", &client.base)]).await.shows(303, &[]);
    assert_eq!(sandbox.audit().links, 0);
    sandbox.end().await;
}

#[tokio::test]
async fn the_clock_goes_forward_by_a_form() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let moved = client.fill("/_sandbox/page/forms/clock", "advance=24h").await;
    moved.shows(303, &[]);
    assert_eq!(moved.headers["location"], "/_sandbox");
    client.open("/_sandbox").await.shows(200, &["2026-01-02 00:00:00"]);
    client
        .fill("/_sandbox/page/forms/clock", "advance=soon")
        .await
        .shows(400, &["That was not done", "Back"]);
    client.fill("/_sandbox/page/forms/nothing", "").await.shows(404, &["That was not done"]);
    let back = client.fill("/_sandbox/page/forms/clock", "advance=1h&back=https://evil.example").await;
    assert_eq!(back.headers["location"], "/_sandbox");
    let now = sandbox.control("GET", "clock", None).await.expect(200);
    assert_eq!(now, json!({ "now": "2026-01-02T01:00:00Z" }));
    sandbox.end().await;
}

#[tokio::test]
async fn the_operators_page_shows_the_money_and_what_moved_it() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    client.open("/_sandbox").await.shows(200, &["No request has come in yet", "No link has been made yet"]);
    sent(&sandbox, payout()).await;
    sandbox.post(SEND, json!({ "amount": 0 })).await.expect(400);
    let page = client.open("/_sandbox").await;
    page.shows(200, &["Balanced", "2 movements recounted", "$8,749.50", "+1 2025550139", "created link"]);
    page.shows(200, &["Wallet of Dots sandbox → Payout links", "`amount` must be greater than 0"]);
    client.open("/_sandbox/page/live").await.shows(200, &["$8,749.50", "created link", "id=\"requests\""]);
    let requests = client.open("/_sandbox/page/requests").await;
    requests.shows(200, &["<meta http-equiv=\"refresh\" content=\"2\">", "created link"]);
    // Requests to the pages are not recorded.
    assert_eq!(sandbox.requests().len(), 2);
    sandbox.end().await;
}

#[tokio::test]
async fn a_method_that_the_user_excludes_is_not_offered() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let user = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139", "payout_options_exclude_list": ["venmo"] });
    let user = sandbox.post("/v2/users", user).await.expect(201);
    let link = sent(&sandbox, json!({ "amount": 5, "user_id": user["id"] })).await;
    let phone = "country_code=1&phone_number=2025550139&code=123456";
    let page = client.fill(&link, &format!("step=code&{phone}")).await;
    page.shows(200, &["PayPal"]);
    assert!(!page.text.contains("Venmo"), "{}", page.text);
    let claim = format!("step=claim&{phone}&method=venmo&venmo_account=%40jo");
    client.fill(&link, &claim).await.shows(422, &["Please choose one"]);
    assert_eq!(sandbox.audit().links, 5);
    sandbox.end().await;
}

#[tokio::test]
async fn links_lead_where_the_builder_says() {
    let builder = Sandbox::builder().page_base("https://pages.example/");
    let sandbox = TestSandbox::with(FUNDS, builder).await;
    let made = sandbox.post("/v2/payout-links", json!({ "amount": 5 })).await.expect(201);
    assert_eq!(made["link"], format!("https://pages.example/flow/{}", made["flow_id"].as_str().unwrap()));
    sandbox.end().await;
}

#[tokio::test]
async fn the_operators_page_begins_with_the_requests_and_its_events_name_the_link() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let made = sandbox.post("/v2/payout-links", json!({ "amount": 70 })).await.expect(201);
    let page = client.open("/_sandbox").await.text;
    let places: Vec<usize> = ["requests", "links", "transfers", "clock", "events", "movements"]
        .iter()
        .map(|part| page.find(&format!("<section id=\"{part}\"")).expect(part))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    let short = &made["id"].as_str().unwrap()[..8];
    let events = &page[page.find("<section id=\"events\"").unwrap()..];
    assert!(events.contains(&format!("<code>payout_link.updated</code> id {short}")), "{events}");
    sandbox.end().await;
}

#[tokio::test]
async fn a_payee_may_write_the_country_code_into_the_number_and_sees_what_else_is_asked() {
    let sandbox = TestSandbox::start().await;
    let client = PageClient::of(&sandbox);
    let mut body = payout();
    body["additional_steps"] = json!(["compliance", "id-verification"]);
    let link = sent(&sandbox, body).await;
    client.open(&link).await.shows(200, &["Dots would also ask", "Tax form", "Proof of identity"]);
    let phone = "step=phone&country_code=1&phone_number=%2B1+202-555-0139";
    client.fill(&link, phone).await.shows(200, &["Step 2 of 3", "value=\"2025550139\""]);
    sandbox.end().await;
}
