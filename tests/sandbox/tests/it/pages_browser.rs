//! Both pages in headless Chromium. On Debian and Ubuntu: `apt-get install chromium chromium-driver`.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::{
    client::{FUNDS, Stage},
    webdriver::{Browser, Screen},
};

const PHONE: Screen = Screen { width: 390, dark: false, scripts: true };
const SEND: &str = "/v2/payouts/send-payout";

/// Starts a browser; where there is none, says so past the capture of the test harness.
async fn start(screen: Screen) -> Option<Browser> {
    let browser = Browser::start(screen).await;
    if browser.is_none() {
        let said = b"not run: chromium is not installed (apt-get install chromium chromium-driver)\n";
        std::io::stderr().write_all(said).unwrap();
    }
    browser
}

async fn send(stage: &Stage) -> Value {
    let body = json!({
        "amount": 125_050, "payee": { "country_code": "1", "phone_number": "2025550139" },
        "memo": "Photographs <script>document.title = \"taken over\"</script>", "delivery": { "message": "Thank you" },
    });
    stage.post(SEND, body).await.expect(201)
}

fn operator(stage: &Stage) -> String {
    stage.url().replace("/api", "/_sandbox")
}

/// Goes all the way from the link to the money.
async fn claim(screen: Screen) {
    let Some(browser) = start(screen).await else { return };
    let stage = Stage::start().await;
    let link = send(&stage).await;
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
    assert_eq!((stage.balance(), stage.audit().links), (FUNDS - 125_050, 0));
    stage.end().await;
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
    let stage = Stage::start().await;
    browser.open(&operator(&stage)).await;
    browser.wait_for("No request has come in yet.").await;
    send(&stage).await;
    browser.wait_for("created link").await;
    browser.wait_for("$8,749.50").await;
    // A line that was opened stays open when others come in.
    browser.click("#request-1-line").await;
    stage.get("/v2/users").await.expect(200);
    browser.wait_for("0 users").await;
    assert_eq!(browser.run("return document.getElementById('request-1').open").await, true);
    browser.click("button[value='24h']").await;
    browser.wait_for("2026-01-02 00:00:00").await;
    browser.end().await;
    assert_eq!(
        stage.control("GET", "clock", None).await.expect(200),
        json!({ "now": "2026-01-02T00:00:00Z" })
    );
    stage.end().await;
}

/// What is wrong with a page for somebody with a small screen, weak eyes or a screen reader.
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

async fn look(browser: &Browser, stage: &Stage) {
    let link = send(stage).await;
    browser.open(link["link"].as_str().unwrap()).await;
    assert_eq!(browser.run(FLAWS).await, json!([]));
    browser.click("button").await;
    browser.text("#phone_number-problem").await;
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
    browser.open(&operator(stage)).await;
    browser.wait_for("Live").await;
    browser.click("#request-1-line").await;
    assert_eq!(browser.run(FLAWS).await, json!([]));
}

#[tokio::test]
async fn both_pages_can_be_read_on_a_small_screen_by_day_and_by_night() {
    for dark in [false, true] {
        let Some(browser) = start(Screen { width: 320, dark, ..PHONE }).await else { return };
        let stage = Stage::start().await;
        look(&browser, &stage).await;
        browser.end().await;
        assert_eq!(stage.audit().links, 125_050);
        stage.end().await;
    }
}
