//! Payout links: created, delivered, found, listed and canceled.

use serde_json::{Value, json};

use crate::support::client::{FUNDS, TestSandbox};

const LINKS: &str = "/v2/payout-links";

fn path(link: &Value) -> String {
    format!("{LINKS}/{}", link["id"].as_str().unwrap())
}

async fn make(sandbox: &TestSandbox, count: i64) -> Vec<Value> {
    let mut links = Vec::new();
    for amount in 1..=count {
        links.push(sandbox.post(LINKS, json!({ "amount": amount })).await.expect(201));
    }
    links
}

#[tokio::test]
async fn a_link_needs_only_an_amount_and_reads_back_as_it_was_made() {
    let sandbox = TestSandbox::start().await;
    let link = sandbox.post(LINKS, json!({ "amount": 250 })).await.expect(201);
    assert_eq!(link["amount"], 250);
    // A link that is not sent anywhere is delivered at once (guides/payout-links).
    assert_eq!(link["status"], "delivered");
    assert_eq!(link["delivery"]["method"], "link");
    assert_eq!(link["funding_source"], "dots_balance");
    assert_eq!(
        link["accounting_data"],
        json!({ "quickbooks_account_id": null, "quickbooks_class_id": null })
    );
    assert_eq!(sandbox.get(&path(&link)).await.expect(200), link);
    assert_eq!(sandbox.balance(), FUNDS - 250);
    sandbox.end().await;
}

#[tokio::test]
async fn a_link_carries_everything_that_was_said_about_it() {
    let sandbox = TestSandbox::start().await;
    let payee = json!({ "first_name": "Jo", "last_name": "Doe", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" });
    let body = json!({
        "amount": 1, "payee": payee, "delivery": { "method": "all", "message": "Hello" }, "tax_exempt": true,
        "metadata": { "order": 7 }, "memo": "Thanks", "description": "internal", "funding_source": "dots_balance",
        "accounting_data": { "quickbooks_account_id": 1 }, "additional_steps": ["compliance", { "name": "redirect" }],
    });
    let link = sandbox.post(LINKS, body).await.expect(201);
    assert_eq!(link["payee"], payee);
    assert_eq!(
        link["delivery"],
        json!({ "method": "all", "email": "jo@example.com", "country_code": "1", "phone_number": "2025550139" })
    );
    assert_eq!(link["metadata"], json!({ "order": 7 }));
    assert_eq!((&link["memo"], &link["description"]), (&json!("Thanks"), &json!("internal")));
    assert_eq!(link["accounting_data"]["quickbooks_account_id"], 1);
    assert_eq!(link["tax_exempt"], true);
    sandbox.end().await;
}

#[tokio::test]
async fn a_delivery_needs_its_address() {
    let sandbox = TestSandbox::start().await;
    let body =
        |method: &str, payee: Value| json!({ "amount": 1, "payee": payee, "delivery": { "method": method } });
    let phone = json!({ "country_code": "1", "phone_number": "2025550139" });
    let email = json!({ "email": "jo@example.com" });

    let sms = sandbox.post(LINKS, body("sms", email.clone())).await.error();
    assert_eq!(sms, "400 invalid-input `payee.phone_number` is required when `delivery.method` is `sms`");
    let mail = sandbox.post(LINKS, body("email", phone.clone())).await.error();
    assert_eq!(mail, "400 invalid-input `payee.email` is required when `delivery.method` is `email`");

    let sms = sandbox.post(LINKS, body("sms", phone.clone())).await.expect(201);
    assert_eq!(
        sms["delivery"],
        json!({ "method": "sms", "email": null, "country_code": "1", "phone_number": "2025550139" })
    );
    let mail = sandbox.post(LINKS, body("email", email)).await.expect(201);
    assert_eq!(mail["delivery"]["email"], "jo@example.com");
    let link = sandbox.post(LINKS, body("link", phone)).await.expect(201);
    assert_eq!(link["delivery"]["phone_number"], Value::Null);
    sandbox.post(LINKS, body("all", json!({}))).await.expect(201);

    assert_eq!((sandbox.links(), sandbox.balance()), (4, FUNDS - 4));
    sandbox.end().await;
}

#[tokio::test]
async fn what_makes_no_link_is_refused_with_the_name_of_the_field() {
    let sandbox = TestSandbox::start().await;
    let cases = [
        (json!({}), "400 invalid-input `amount` is required"),
        (json!({ "amount": 0 }), "400 invalid-input `amount` must be greater than 0"),
        (json!({ "amount": -5 }), "400 invalid-input `amount` must be greater than 0"),
        (json!({ "amount": 1, "color": "red" }), "400 invalid-input `color` is not known here"),
        (
            json!({ "amount": 1, "delivery": { "method": "pigeon" } }),
            "400 invalid-input `delivery.method` must be one of `sms`, `link`, `email`, `all`",
        ),
        (
            json!({ "amount": 1, "payee": { "email": "jo@" } }),
            "400 invalid-input `payee.email` must be an e-mail address",
        ),
        (
            json!({ "amount": 1, "payee": { "phone_number": "2025550139" } }),
            "400 invalid-input `payee.country_code` and `payee.phone_number` need each other",
        ),
        (
            json!({ "amount": 1, "additional_steps": [{ "name": "redirect", "redirect_url": "no" }] }),
            "400 invalid-input `additional_steps.0.redirect_url` must be an absolute URI",
        ),
        (
            json!({ "amount": 1, "additional_steps": ["payout", "payout"] }),
            "400 invalid-input `additional_steps` must not hold the same item twice",
        ),
        (
            json!({ "amount": 1, "accounting_data": { "quickbooks_account_id": 1.0 } }),
            "400 invalid-input `accounting_data.quickbooks_account_id` must be a whole number, written without a fraction",
        ),
    ];
    for (body, expected) in cases {
        let answer = sandbox.post(LINKS, body.clone()).await;
        assert_eq!(answer.error(), expected, "{body}");
    }
    assert_eq!((sandbox.links(), sandbox.balance()), (0, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn cursors_walk_all_links_in_both_directions_without_a_repeat_or_a_gap() {
    let sandbox = TestSandbox::start().await;
    let mut newest_first = make(&sandbox, 23).await;
    newest_first.reverse();

    for limit in [1, 2, 7, 22, 23, 24, 100] {
        assert_eq!(sandbox.walk(LINKS, limit).await, newest_first, "limit {limit}");
    }

    // Upwards from the oldest: every page precedes the one that was read last.
    let mut upwards = vec![newest_first.last().unwrap().clone()];
    loop {
        let first = upwards[0]["id"].as_str().unwrap();
        let page = sandbox.get(&format!("{LINKS}?limit=4&ending_before={first}")).await.expect(200);
        upwards.splice(0..0, page["data"].as_array().unwrap().iter().cloned());
        if page["has_more"] == false {
            break;
        }
    }
    assert_eq!(upwards, newest_first);
    sandbox.end().await;
}

#[tokio::test]
async fn a_list_has_ten_rows_unless_told_otherwise_and_refuses_cursors_it_does_not_know() {
    let sandbox = TestSandbox::start().await;
    assert_eq!(sandbox.get(LINKS).await.expect(200), json!({ "data": [], "has_more": false }));
    let links = make(&sandbox, 11).await;
    let page = sandbox.get(LINKS).await.expect(200);
    assert_eq!((page["data"].as_array().unwrap().len(), &page["has_more"]), (10, &json!(true)));

    let unknown = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
    let refused = sandbox.get(&format!("{LINKS}?starting_after={unknown}")).await.error();
    assert_eq!(refused, "400 invalid-input `starting_after` is not the id of a row of this list");
    let id = links[0]["id"].as_str().unwrap();
    let both = sandbox.get(&format!("{LINKS}?starting_after={id}&ending_before={id}")).await.error();
    assert_eq!(both, "400 invalid-input `starting_after` and `ending_before` exclude each other");
    sandbox.end().await;
}

#[tokio::test]
async fn canceling_gives_the_money_back_once() {
    let sandbox = TestSandbox::start().await;
    let links = make(&sandbox, 3).await;
    assert_eq!(sandbox.balance(), FUNDS - 6);
    let canceled = sandbox.delete(&path(&links[1])).await.expect(200);
    assert_eq!((&canceled["id"], &canceled["status"]), (&links[1]["id"], &json!("canceled")));
    assert_eq!(sandbox.get(&path(&links[1])).await.expect(200), canceled);
    let again = sandbox.delete(&path(&links[1])).await.error();
    assert_eq!(
        again,
        format!(
            "400 invalid-transaction the payout link `{}` is canceled already",
            links[1]["id"].as_str().unwrap()
        )
    );
    assert_eq!((sandbox.links(), sandbox.balance()), (3, FUNDS - 4));
    sandbox.end().await;
}

#[tokio::test]
async fn a_canceled_payout_no_longer_counts_as_paid() {
    let sandbox = TestSandbox::start().await;
    let body = json!({ "amount": 40, "payee": { "country_code": "1", "phone_number": "2025550139" } });
    let link = sandbox.post("/v2/payouts/send-payout", body.clone()).await.expect(201);
    sandbox.post("/v2/payouts/send-payout", body).await.expect(201);
    sandbox.delete(&path(&link)).await.expect(200);
    assert_eq!(sandbox.paid("2025550139"), 40);
    sandbox.end().await;
}

#[tokio::test]
async fn a_link_that_does_not_exist_is_404_and_one_that_cannot_is_400() {
    let sandbox = TestSandbox::start().await;
    let nothing = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
    let missing = format!("404 no_such_resource there is no payout link `{nothing}`");
    let bad = "400 invalid-input `payout_link_id` must be a UUID";
    for (id, expected) in [(nothing, missing.as_str()), ("1", bad), ("a%20b", bad)] {
        assert_eq!(sandbox.get(&format!("{LINKS}/{id}")).await.error(), expected);
        assert_eq!(sandbox.delete(&format!("{LINKS}/{id}")).await.error(), expected);
    }
    sandbox.end().await;
}

#[tokio::test]
async fn a_list_shows_each_link_as_it_is_now_and_in_the_style_of_now() {
    let sandbox = TestSandbox::start().await;
    let made = sandbox.post("/v2/payout-links", json!({ "amount": 5 })).await.expect(201);
    let list = async || sandbox.get("/v2/payout-links").await.expect(200)["data"].clone();
    let path = format!("/v2/payout-links/{}", made["id"].as_str().unwrap());
    assert_eq!((list().await, list().await), (json!([made]), json!([made])));
    sandbox.control("POST", "options", Some(json!({ "tidy_bodies": true }))).await.expect(200);
    let tidy = sandbox.get(&path).await.expect(200);
    assert_eq!((&tidy["created"], list().await), (&json!("2026-01-01T00:00:00Z"), json!([tidy])));
    let canceled = sandbox.delete(&path).await.expect(200);
    assert_eq!((&canceled["status"], list().await), (&json!("canceled"), json!([canceled])));
    sandbox.end().await;
}
