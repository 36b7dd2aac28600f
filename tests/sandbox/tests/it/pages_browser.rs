//! Both pages in headless Chromium or Chrome. On Debian: `apt-get install chromium chromium-driver`.
//!
//! Without a browser, a test says so and does not run; with `DOTS_SANDBOX_BROWSER=required` it fails.

use std::io::Write as _;

use dots_sandbox::{Sandbox, WebhookEndpoint};
use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    receiver::{Receiver, SECRET},
    webdriver::{Browser, INSTALL, Screen},
};

const PHONE: Screen = Screen { width: 390, dark: false, scripts: true };
const SEND: &str = "/v2/payouts/send-payout";

/// Starts a browser. Without one, it says so past the capture of the test harness.
async fn start(screen: Screen) -> Option<Browser> {
    let browser = Browser::start(screen).await;
    if browser.is_none() {
        let said = format!("no chromedriver with a browser of its version is installed ({INSTALL})");
        let is_required = std::env::var("DOTS_SANDBOX_BROWSER").is_ok_and(|value| value == "required");
        assert!(!is_required, "{said}");
        std::io::stderr().write_all(format!("not run: {said}\n").as_bytes()).unwrap();
    }
    browser
}

async fn send(sandbox: &TestSandbox) -> Value {
    let body = json!({
        "amount": 125_050, "payee": { "country_code": "1", "phone_number": "2025550139" },
        "memo": "Photographs <script>document.title = \"taken over\"</script>", "delivery": { "message": "Thank you" },
    });
    sandbox.post(SEND, body).await.expect(201)
}

fn operator(sandbox: &TestSandbox) -> String {
    sandbox.url().replace("/api", "/_sandbox")
}

/// Takes a payee all the way from the link to the money.
async fn claim(screen: Screen) {
    let Some(browser) = start(screen).await else { return };
    let sandbox = TestSandbox::start().await;
    let link = send(&sandbox).await;
    browser.open(link["link"].as_str().unwrap()).await;
    assert_eq!(browser.text("h1").await, "Dots sandbox pays you\n$1,250.50");
    browser.write("#phone_number", "202 555 0139").await;
    browser.click("button").await;
    browser.write("#code", "000000").await;
    browser.click("button").await;
    assert_eq!(browser.text("#code-problem").await, "This is not the code that was sent.");
    let code = browser.text(".note code").await;
    browser.write("#code", "\u{e009}a\u{e000}").await;
    browser.write("#code", &code).await;
    browser.click("button").await;
    browser.click("label[for=method-paypal]").await;
    browser.write("#paypal_email", "jo@example.com").await;
    browser.click("button").await;
    assert_eq!(browser.text(".done").await, "You have claimed it\n$1,250.50 is on its way to you by PayPal.");
    browser.open(link["link"].as_str().unwrap()).await;
    assert!(browser.text(".why-not").await.starts_with("Claimed already"));
    browser.end().await;
    assert_eq!((sandbox.balance(), sandbox.audit().links), (FUNDS - 125_050, 0));
    sandbox.end().await;
}

#[tokio::test]
async fn a_payee_claims_a_link_in_a_browser() {
    claim(PHONE).await;
}

#[tokio::test]
async fn a_payee_needs_no_script_to_claim() {
    claim(Screen { scripts: false, ..PHONE }).await;
}

#[tokio::test]
async fn the_operator_sees_requests_come_in_and_moves_the_clock() {
    let Some(browser) = start(Screen { width: 1280, ..PHONE }).await else { return };
    let sandbox = TestSandbox::start().await;
    browser.open(&operator(&sandbox)).await;
    browser.wait_for("No request has come in yet.").await;
    send(&sandbox).await;
    browser.wait_for("created link").await;
    browser.wait_for("$8,749.50").await;
    // An opened line stays open when others arrive.
    browser.click("#request-1-line").await;
    sandbox.get("/v2/users").await.expect(200);
    browser.wait_for("0 users").await;
    assert_eq!(browser.run("return document.getElementById('request-1').open").await, true);
    browser.click("button[value='24h']").await;
    browser.wait_for("2026-01-02 00:00:00").await;
    browser.end().await;
    assert_eq!(
        sandbox.control("GET", "clock", None).await.expect(200),
        json!({ "now": "2026-01-02T00:00:00Z" })
    );
    sandbox.end().await;
}

#[tokio::test]
async fn the_operator_switches_a_fault_approves_a_payout_and_sees_it_told() {
    let Some(browser) = start(Screen { width: 1280, ..PHONE }).await else { return };
    let receiver = Receiver::start().await;
    let endpoint = WebhookEndpoint::new(receiver.url()).secret(SECRET).event("payout_request.updated");
    let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().webhook(endpoint)).await;
    browser.open(&operator(&sandbox)).await;

    browser.write("#fault", "503:html").await;
    browser.write("#on", "list_users").await;
    browser.click("#faults > form button").await;
    browser.wait_for("Switch all off").await;
    assert_eq!(sandbox.get("/v2/users").await.status, 503);
    browser.wait_for("1, spent").await;
    browser.click("#fault-off-1").await;
    browser.wait_for("No fault is on.").await;
    sandbox.get("/v2/users").await.expect(200);

    let payout = json!({ "amount": 4_200, "payee": { "country_code": "1", "phone_number": "2025550139" } });
    let request = sandbox.post("/v2/payout-requests", payout).await.expect(201);
    let id = request["id"].as_str().unwrap();
    browser.click("button[value='1h']").await;
    browser.wait_for("2026-01-01 01:00:00").await;
    browser.click(&format!("[id='approve-{id}']")).await;
    browser.wait_for("approved").await;
    // One webhook for the request and one for the approval.
    receiver.wait_for(2).await;
    sandbox.deliver().await;
    browser.wait_for("accepted 200").await;
    assert!(browser.text("#deliveries").await.contains("payout_request.updated"));
    browser.end().await;

    let told = receiver.received();
    assert!(told.len() == 2 && told.iter().all(|one| one.is_signed_with(SECRET)), "{told:?}");
    assert_eq!(sandbox.get(&format!("/v2/payout-requests/{id}")).await.expect(200)["status"], "approved");
    assert_eq!((sandbox.links(), sandbox.balance()), (1, FUNDS - 4_200));
    sandbox.end().await;
}

/// Finds what is wrong with a page for a person with a small screen, weak eyes or a screen reader.
const FLAWS: &str = r#"
const flaws = [];
if (document.documentElement.scrollWidth > innerWidth) flaws.push(`wider than the screen: ${document.documentElement.scrollWidth}`);
if (document.title === "taken over") flaws.push("a script from a memo ran");
if (!document.documentElement.lang || document.querySelectorAll("h1").length !== 1 || !document.querySelector("main")) flaws.push("no lang, main or single h1");
for (const field of document.querySelectorAll("input:not([type=hidden]), select")) {
  if (!field.labels.length) flaws.push(`no label: ${field.name}`);
}
for (const button of document.querySelectorAll("button, a")) {
  if (!button.innerText.trim() && !button.ariaLabel) flaws.push(`no name: ${button.outerHTML}`);
}
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map((value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const parts = (color) => color.match(/[\d.]+/g).map(Number);
const ground = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = parts(getComputedStyle(at).backgroundColor);
    if (color.length === 3 || color[3] === 1) return color;
  }
  return [255, 255, 255];
};
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !element.checkVisibility() || !element.getClientRects().length) continue;
  const [one, other] = [light(parts(getComputedStyle(element).color)), light(ground(element))];
  const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  if (contrast < 4.5) flaws.push(`contrast ${contrast.toFixed(2)}: ${element.textContent.slice(0, 40)}`);
}
return flaws;
"#;

/// Where the field of the phone number is.
const PLACE: &str = r##"
const { top, left, width, height } = document.querySelector("#phone_number").getBoundingClientRect();
return [top + scrollY, left, width, height];
"##;

/// Which words of a table are broken, where they need not be.
const BROKEN: &str = r#"
const one = [...document.querySelectorAll("th, td:first-child span, td .badge, td a, td code, [data-label=Payee]")];
const isBroken = (element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  return range.getBoundingClientRect().height > 1.9 * parseFloat(getComputedStyle(element).fontSize);
};
return one.filter(isBroken).map((element) => element.textContent);
"#;

async fn look(browser: &Browser, sandbox: &TestSandbox) {
    let link = send(sandbox).await;
    browser.open(link["link"].as_str().unwrap()).await;
    assert_eq!(browser.run(FLAWS).await, json!([]));
    let place = browser.run(PLACE).await;
    browser.click("button").await;
    browser.text("#phone_number-problem").await;
    assert_eq!(browser.run(PLACE).await, place, "the field moved when the problem appeared");
    assert_eq!(browser.run(FLAWS).await, json!([]));
    assert_eq!(browser.run("return document.activeElement.id").await, "phone_number");
    browser.write("#phone_number", "2025550139").await;
    browser.click("button").await;
    browser.write("#code", "123456").await;
    browser.click("button").await;
    browser.click("label[for=method-ach]").await;
    browser.click("button").await;
    browser.text("#ach_routing_number-problem").await;
    assert_eq!(browser.run(FLAWS).await, json!([]));
    browser.open(&operator(sandbox)).await;
    browser.wait_for("Live").await;
    browser.click("#request-1-line").await;
    assert_eq!(browser.run(FLAWS).await, json!([]));
}

#[tokio::test]
async fn no_word_of_the_operators_tables_is_broken_on_a_wide_screen() {
    let Some(browser) = start(Screen { width: 1280, ..PHONE }).await else { return };
    let sandbox = TestSandbox::start().await;
    // A memo of many words takes what width it can get.
    let body = json!({
        "amount": 125_050, "payee": { "country_code": "1", "phone_number": "2025550139" },
        "memo": "Photographs of the harbour for the catalogue of the autumn exhibition",
    });
    sandbox.post(SEND, body).await.expect(201);
    browser.open(&operator(&sandbox)).await;
    browser.wait_for("payout_link.updated").await;
    assert_eq!(browser.run(BROKEN).await, json!([]));
    assert_eq!(browser.run(FLAWS).await, json!([]));
    browser.end().await;
    assert_eq!(sandbox.audit().links, 125_050);
    sandbox.end().await;
}

#[tokio::test]
async fn both_pages_can_be_read_on_a_small_screen_by_day_and_by_night() {
    for dark in [false, true] {
        let Some(browser) = start(Screen { width: 320, dark, ..PHONE }).await else { return };
        let sandbox = TestSandbox::start().await;
        look(&browser, &sandbox).await;
        browser.end().await;
        assert_eq!(sandbox.audit().links, 125_050);
        sandbox.end().await;
    }
}
