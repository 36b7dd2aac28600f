//! Apps: creation, verification, deposits and withdrawals.

use std::time::Duration;

use dots_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::{fail, status},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const NOBODY: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

fn path(sandbox: &TestSandbox, below: &str) -> String {
    format!("/v2/apps/{}/{below}", sandbox.app_id())
}

fn compliance() -> Value {
    let address =
        json!({ "line1": "1 Main St", "city": "Austin", "state": "TX", "zip": "78701", "country": "US" });
    json!({
        "company_info": { "name": "Acme", "ein": "123456789", "incorporation_date": "2020-01-01", "incorporation_state": "DE", "incorporation_type": "llc", "website": "https://example.com", "ubo_count": 1 },
        "contact_info": { "line1": "1 Main St", "city": "Austin", "state": "TX", "zip": "78701", "country": "US", "email": "a@example.com", "phone_number": "2025550100" },
        "directors": [{ "first_name": "Jo", "last_name": "Doe", "title": "CEO", "email": "jo@example.com", "phone": "2025550101", "dob": "1990-01-31", "ssn": "123456789", "ownership_percentage": 62.5, "address": address }],
        "flow_of_funds": { "reasons": "We pay people.", "usage": "Payouts." },
    })
}

#[tokio::test]
async fn a_new_app_is_listed_acts_for_itself_and_begins_with_nothing() {
    let sandbox = TestSandbox::start().await;
    let body = json!({ "name": "Second", "metadata": { "a": 1 }, "settings": 5, "compliance": 5 });
    let made = sandbox.post("/v2/apps", body).await.expect(201);
    let metrics = json!({ "wallet_balance": "0", "money_out": "0", "connected_users": 0 });
    assert_eq!((&made["status"], &made["metrics"]), (&json!("created"), &metrics));
    let id = made["id"].as_str().unwrap();
    assert_eq!(sandbox.get(&format!("/v2/apps/{id}")).await.expect(200), made);
    let list = sandbox.get("/v2/apps").await.expect(200);
    assert_eq!((&list[0], &list[1]["id"]), (&made, &json!(sandbox.app_id())));
    assert_eq!(sandbox.get("/v2/apps?limit=0").await.expect(200), json!([]));
    let next = sandbox.get(&format!("/v2/apps?limit=1&starting_after={id}")).await.expect(200);
    assert_eq!(next[0]["id"], sandbox.app_id());
    sandbox.get("/v2/apps?limit=101").await.expect(400);
    sandbox.get(&format!("/v2/apps/{id}/compliance")).await.expect(404);
    let sent = sandbox.request("POST", "/v2/payouts/send-payout").header("Api-App-Id", id);
    let body = json!({ "amount": 1, "payee": { "country_code": "1", "phone_number": "2025550139" } });
    sent.json(&body).send().await.expect(400);
    assert_eq!((sandbox.balance(), sandbox.links()), (FUNDS, 0));
    sandbox.end().await;
}

#[tokio::test]
async fn a_deposit_arrives_a_day_later_and_a_withdrawal_leaves_at_once() {
    let sandbox = TestSandbox::start().await;
    let deposit = sandbox.post(&path(&sandbox, "deposit"), json!({ "amount": 500 })).await.expect(200);
    let withdrawal = sandbox.post(&path(&sandbox, "withdraw"), json!({ "amount": 200 })).await.expect(200);
    assert_eq!(
        (&deposit["type"], &deposit["status"], &deposit["amount"]),
        (&json!("refill"), &json!("pending"), &json!("500"))
    );
    assert_eq!((&withdrawal["type"], &withdrawal["amount"]), (&json!("payout"), &json!("-200")));
    assert_eq!((sandbox.balance(), sandbox.audit().bank), (FUNDS - 200, 200 - FUNDS));
    sandbox.advance(DAY);
    assert_eq!(status(&sandbox, &deposit["id"]).await, "completed");
    assert_eq!(status(&sandbox, &withdrawal["id"]).await, "completed");
    assert_eq!(sandbox.balance(), FUNDS + 300);
    sandbox.end().await;
}

#[tokio::test]
async fn a_deposit_or_withdrawal_that_fails_leaves_everything_as_it_was() {
    let sandbox = TestSandbox::start().await;
    for way in ["deposit", "withdraw"] {
        let sent = sandbox.post(&path(&sandbox, way), json!({ "amount": 500 })).await.expect(200);
        fail(&sandbox, &sent["id"]).await;
    }
    sandbox.advance(DAY);
    assert_eq!((sandbox.balance(), sandbox.audit().bank), (FUNDS, -FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn a_deposit_is_made_once_per_key_and_refused_when_it_is_none() {
    let sandbox = TestSandbox::start().await;
    let body = json!({ "amount": 500, "idempotency_key": NOBODY });
    let first = sandbox.post(&path(&sandbox, "deposit"), body.clone()).await;
    assert_eq!(sandbox.post(&path(&sandbox, "deposit"), body).await.text, first.text);
    for (way, amount) in
        [("deposit", 0), ("deposit", -5), ("deposit", i64::MAX), ("withdraw", 0), ("withdraw", FUNDS + 1)]
    {
        sandbox.post(&path(&sandbox, way), json!({ "amount": amount })).await.expect(400);
    }
    sandbox.post(&format!("/v2/apps/{NOBODY}/deposit"), json!({ "amount": 1 })).await.expect(404);
    sandbox.advance(DAY);
    assert_eq!(sandbox.balance(), FUNDS + 500);
    sandbox.end().await;
}

#[tokio::test]
async fn compliance_is_kept_and_the_app_is_approved_after_a_review() {
    let sandbox = TestSandbox::start().await;
    let app = sandbox.post("/v2/apps", json!({ "name": "Second" })).await.expect(201)["id"].clone();
    let below = format!("/v2/apps/{}", app.as_str().unwrap());
    let missing = sandbox.get(&format!("{below}/compliance")).await.error();
    assert!(missing.ends_with("has no compliance information"), "{missing}");
    assert_eq!(sandbox.put(&format!("{below}/compliance"), compliance()).await.expect(200), compliance());
    assert_eq!(sandbox.get(&format!("{below}/compliance")).await.expect(200), compliance());
    assert_eq!(sandbox.get(&below).await.expect(200)["status"], "in_review");
    sandbox.advance(DAY);
    assert_eq!(sandbox.get(&below).await.expect(200)["status"], "approved");
    sandbox.end().await;
}

#[tokio::test]
async fn every_director_is_counted_and_has_an_ssn_in_the_us() {
    let sandbox = TestSandbox::start().await;
    let (mut two, mut nameless, mut abroad, mut hyphens) =
        (compliance(), compliance(), compliance(), compliance());
    two["company_info"]["ubo_count"] = json!(2);
    for body in [&mut nameless, &mut abroad] {
        body["directors"][0].as_object_mut().unwrap().remove("ssn");
    }
    abroad["directors"][0]["address"]["country"] = json!("CA");
    hyphens["directors"][0]["ssn"] = json!("123-45-678901234567");
    let cases = [
        (two, "400 invalid-input `company_info.ubo_count` must be the number of `directors`"),
        (nameless, "400 invalid-input `directors.0.ssn` is required when the address is in the US"),
        (hyphens, "400 invalid-input `directors.0.ssn` must be 9 digits"),
    ];
    for (body, expected) in cases {
        assert_eq!(sandbox.put(&path(&sandbox, "compliance"), body).await.error(), expected);
    }
    sandbox.get(&path(&sandbox, "compliance")).await.expect(404);
    sandbox.put(&path(&sandbox, "compliance"), abroad.clone()).await.expect(200);
    assert_eq!(sandbox.get(&path(&sandbox, "compliance")).await.expect(200), abroad);
    sandbox.end().await;
}

#[tokio::test]
async fn a_bank_account_is_shown_with_its_last_four_digits_alone() {
    let sandbox = TestSandbox::start().await;
    sandbox.get(&path(&sandbox, "ach-account")).await.expect(404);
    let body = json!({ "account_number": "000123456789", "routing_number": "110000000", "account_type": "checking" });
    let shown = sandbox.put(&path(&sandbox, "ach-account"), body).await.expect(200);
    assert_eq!(shown, json!({ "mask": "6789", "name": "checking account" }));
    let wrong = json!({ "account_number": "x000123456789", "routing_number": "110000000", "account_type": "checking" });
    sandbox.put(&path(&sandbox, "ach-account"), wrong).await.expect(400);
    assert_eq!(sandbox.get(&path(&sandbox, "ach-account")).await.expect(200), shown);
    sandbox.end().await;
}

#[tokio::test]
async fn a_kyb_flow_works_for_72_hours_or_until_there_is_a_newer_one() {
    let sandbox = TestSandbox::start().await;
    let app = sandbox.post("/v2/apps", json!({ "name": "Second" })).await.expect(201)["id"].clone();
    let app = app.as_str().unwrap();
    let flow = async || {
        let flow = sandbox.request("POST", &format!("/v2/apps/{app}/kyb-flow")).send().await.expect(201);
        flow["url"].as_str().unwrap().rsplit_once("/kyb/").unwrap().1.to_owned()
    };
    let complete =
        async |flow: &str| sandbox.control("POST", &format!("kyb-flows/{flow}/complete"), None).await.status;
    let first = flow().await;
    let second = flow().await;
    assert_eq!(complete(&first).await, 404);
    sandbox.advance(3 * DAY);
    assert_eq!(complete(&second).await, 400);
    let third = sandbox.request("POST", &format!("/v2/apps/{app}/kyb-flow")).send().await.expect(201);
    assert_eq!((&third["status"], &third["expires_at"]), (&json!("pending"), &json!("2026-01-07T00:00:00Z")));
    sandbox.advance(2 * DAY);
    assert_eq!(complete(&format!("{app}/3")).await, 200);
    assert_eq!(complete(&format!("{app}/3")).await, 400);
    assert_eq!(sandbox.get(&format!("/v2/apps/{app}")).await.expect(200)["status"], "approved");
    sandbox.end().await;
}

#[tokio::test]
async fn settings_change_one_by_one_and_a_null_clears_the_fee_table() {
    let sandbox = TestSandbox::start().await;
    let settings = path(&sandbox, "change_settings");
    let fees = json!({ "ach": { "fixed": 25, "percent": "0.02", "min": 30, "max": null }, "defaults": {} });
    let set =
        sandbox.post(&settings, json!({ "customer_payout_fee_table": fees, "unknown": 1 })).await.expect(200);
    assert_eq!(set, json!({ "customer_payout_fee_table": fees }));
    let list = json!({ "payout_options_exclude_list": ["venmo"] });
    let both = sandbox.post(&settings, list).await.expect(200);
    assert_eq!(
        (&both["customer_payout_fee_table"], &both["payout_options_exclude_list"]),
        (&fees, &json!(["venmo"]))
    );
    let cleared = sandbox.post(&settings, json!({ "customer_payout_fee_table": null })).await.expect(200);
    assert_eq!(cleared["customer_payout_fee_table"], Value::Null);
    for wrong in [
        json!({ "auto_refill_active": true, "refill_amount": 1000 }),
        json!({ "refill_amount": 999 }),
        json!({ "customer_payout_fee_table": { "ach": { "percent": "two" } } }),
    ] {
        sandbox.post(&settings, wrong).await.expect(400);
    }
    assert_eq!(sandbox.post(&settings, json!({})).await.expect(200), cleared);
    sandbox.end().await;
}

#[tokio::test]
async fn an_excluded_rail_is_never_used() {
    let sandbox = TestSandbox::start().await;
    let jo = crate::support::payouts::user(&sandbox).await;
    let list = json!({ "payout_options_exclude_list": ["paypal"] });
    sandbox.post(&path(&sandbox, "change_settings"), list).await.expect(200);
    for platform in ["paypal", "default"] {
        let body = json!({ "user_id": jo, "amount": 1, "platform": platform, "fund": true });
        sandbox.post("/v2/payouts", body).await.expect(400);
    }
    assert_eq!((sandbox.paid(&jo), sandbox.balance()), (0, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn a_fee_table_is_403_where_the_feature_is_off() {
    let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().payout_fee_table(false)).await;
    let settings = path(&sandbox, "change_settings");
    let refused = sandbox.post(&settings, json!({ "customer_payout_fee_table": {} })).await.error();
    assert_eq!(refused, "403 forbidden `customer_payout_fee_table`: payout fees are off for this app");
    sandbox.control("POST", "options", Some(json!({ "payout_fee_table": true }))).await.expect(200);
    sandbox.post(&settings, json!({ "customer_payout_fee_table": {} })).await.expect(200);
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test]
async fn a_wallet_fills_itself_until_it_holds_enough() {
    let sandbox = TestSandbox::with_funds(10_000).await;
    let settings = json!({ "auto_refill_active": true, "refill_amount": 3000, "refill_threshold": 8000 });
    sandbox.post(&path(&sandbox, "change_settings"), settings).await.expect(200);
    let pay = async |amount: i64| {
        let body =
            json!({ "amount": amount, "payee": { "country_code": "1", "phone_number": "2025550139" } });
        sandbox.post("/v2/payouts/send-payout", body).await.expect(201)
    };
    let refills =
        async || sandbox.get("/v2/transfers?type=refill").await.expect(200)["data"].as_array().unwrap().len();
    pay(2000).await;
    assert_eq!(refills().await, 0);
    pay(6000).await;
    pay(1000).await;
    // A refill is pending, so the second payout orders none.
    assert_eq!((refills().await, sandbox.balance()), (1, 1000));
    sandbox.advance(DAY);
    assert_eq!((refills().await, sandbox.balance()), (2, 4000));
    sandbox.advance(10 * DAY);
    assert_eq!((refills().await, sandbox.balance()), (3, 10_000));
    sandbox.end().await;
}

#[tokio::test]
async fn a_refill_is_ordered_as_soon_as_it_is_asked_for() {
    let sandbox = TestSandbox::with_funds(0).await;
    let settings = json!({ "auto_refill_active": true, "refill_amount": 1000, "refill_threshold": 1000 });
    sandbox.post(&path(&sandbox, "change_settings"), settings.clone()).await.expect(200);
    sandbox.post(&path(&sandbox, "change_settings"), settings).await.expect(200);
    assert_eq!(sandbox.balance(), 0);
    sandbox.advance(DAY);
    assert_eq!(sandbox.balance(), 1000);
    sandbox.end().await;
}
