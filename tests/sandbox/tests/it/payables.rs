//! Payables: the whole life cycle, and every change that it must not make.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    client::{Answer, FUNDS, TestSandbox},
    payables::{ADMIN, APPROVERS, CREATOR, DAY, PAYABLES, PAYER, VIEWER, act, approve, get, payable, vendor},
};

fn column(list: &Value, field: &str) -> Vec<Value> {
    list.as_array().unwrap().iter().map(|row| row[field].clone()).collect()
}

#[tokio::test]
async fn a_payable_is_created_changed_submitted_approved_and_paid() {
    let sandbox = TestSandbox::start().await;
    let made = json!({ "acting_user_id": CREATOR, "number": "INV-1", "external_id": "bill-1", "funding_source": "dots_balance" });
    let made = sandbox.post(PAYABLES, made).await.expect(201);
    let id = made["id"].as_str().unwrap();
    for empty in
        ["amount", "ap_vendor_id", "ap_vendor_name", "ap_payment_method_id", "file_url", "transfer_id"]
    {
        assert_eq!(made.get(empty), Some(&Value::Null), "{empty}");
    }
    assert_eq!(
        (&made["status"], &made["currency"], &made["items"]),
        (&json!("created"), &json!("USD"), &json!([]))
    );
    assert_eq!((&made["api_app_id"], &made["external_id"]), (&json!(sandbox.app_id()), &json!("bill-1")));

    let (vendor, method) = vendor(&sandbox, "Example Paper Supply").await;
    let items = json!([{ "name": "Copy paper", "unit_price": 2000, "quantity": 1.5, "amount": 3000 }]);
    let terms =
        json!({ "number": "INV-2", "ap_vendor_id": vendor, "ap_payment_method_id": method, "items": items });
    let changed = sandbox.patch(&format!("{PAYABLES}/{id}"), terms).await.expect(200);
    assert_eq!(
        (&changed["number"], &changed["amount"], &changed["items"]),
        (&json!("INV-2"), &json!(3000), &items)
    );
    assert_eq!(changed["ap_vendor_name"], "Example Paper Supply");
    assert_eq!(changed["ap_payment_method_name"], "Checking");

    sandbox.advance(Duration::from_secs(60));
    let comment = json!({ "acting_user_id": CREATOR, "comment": "please" });
    let submitted = sandbox.post(&format!("{PAYABLES}/{id}/submit-for-approval"), comment).await.expect(200);
    assert_eq!(submitted["approval_steps"][0]["num_approvals_required"], 1);
    assert_eq!(submitted["approval_steps"][0]["completed_timestamp"], Value::Null);
    let approved = act(&sandbox, id, "approve", APPROVERS[0]).await.expect(200);
    assert_eq!(approved["approval_steps"][0]["completed_timestamp"], "2026-01-01T00:01:00Z");
    assert_eq!((sandbox.balance(), sandbox.audit().movements), (FUNDS, 1), "nothing is paid yet");

    let paying = act(&sandbox, id, "pay", PAYER).await.expect(200);
    assert_eq!((&paying["status"], sandbox.balance()), (&json!("payment_initiated"), FUNDS - 3000));
    sandbox.advance(DAY);
    let paid = get(&sandbox, id).await;
    assert_eq!(
        column(&paid["status_history"], "status"),
        ["created", "submitted_for_approval", "approved", "payment_initiated", "payment_completed"]
    );
    assert_eq!(
        column(&paid["action_history"], "action"),
        ["create", "submit_for_approval", "approve", "initiate_payment"]
    );
    assert_eq!(column(&paid["action_history"], "user_id"), [CREATOR, CREATOR, APPROVERS[0], PAYER]);
    assert_eq!(
        column(&paid["action_history"], "user_role"),
        ["ap_creator", "ap_creator", "ap_approver", "payer"]
    );
    assert_eq!(
        column(&paid["action_history"], "comment"),
        [json!(null), json!("please"), json!(null), json!(null)]
    );
    assert_eq!(
        (&paid["created"], &paid["updated"]),
        (&json!("2026-01-01T00:00:00.000000"), &json!("2026-01-02T00:01:00.000000"))
    );
    let audit = sandbox.audit();
    assert_eq!((audit.apps, audit.rails, audit.payees), (FUNDS - 3000, 0, 3000));
    sandbox.end().await;
}

#[tokio::test]
async fn a_payment_is_a_transfer_that_the_api_shows() {
    let sandbox = TestSandbox::start().await;
    let id = payable(&sandbox, "dots_balance", 1234).await;
    approve(&sandbox, &id).await;
    let paying = act(&sandbox, &id, "pay", PAYER).await.expect(200);
    let path = format!("/v2/transfers/{}", paying["transfer_id"].as_str().unwrap());
    let transfer = sandbox.get(&path).await.expect(200);
    assert_eq!(
        (&transfer["type"], &transfer["status"], &transfer["amount"]),
        (&json!("payable"), &json!("pending"), &json!("-1234"))
    );
    assert_eq!(
        transfer["external_data"],
        json!({ "account_id": paying["ap_payment_method_id"], "platform": "ach" })
    );
    assert_eq!((&transfer["user_id"], transfer["transactions"].as_array().unwrap().len()), (&Value::Null, 1));
    assert_eq!(paying["transfer_history"][0]["transfer_id"], paying["transfer_id"]);

    sandbox.advance(DAY - Duration::from_secs(1));
    assert_eq!(get(&sandbox, &id).await["status"], "payment_initiated");
    sandbox.advance(Duration::from_secs(1));
    let transfer = sandbox.get(&path).await.expect(200);
    assert_eq!(column(&transfer["status_history"], "status"), ["created", "pending", "completed"]);
    assert_eq!((sandbox.balance(), sandbox.audit().payees), (FUNDS - 1234, 1234));
    sandbox.end().await;
}

#[tokio::test]
async fn a_payment_that_fails_gives_its_money_back_and_may_be_tried_again() {
    for (source, left) in [("dots_balance", FUNDS - 500), ("ach", FUNDS)] {
        let sandbox = TestSandbox::start().await;
        let id = payable(&sandbox, source, 500).await;
        approve(&sandbox, &id).await;
        act(&sandbox, &id, "pay", PAYER).await.expect(200);
        assert_eq!((sandbox.balance(), sandbox.audit().rails), (left, 500));
        let failed = sandbox.control("POST", &format!("payables/{id}/fail"), None).await.expect(200);
        assert_eq!(failed["status"], "payment_failed");
        assert_eq!((sandbox.balance(), sandbox.audit().rails, sandbox.audit().bank), (FUNDS, 0, -FUNDS));

        // The first attempt would have settled now; the second one is not due before tomorrow.
        sandbox.advance(DAY / 2);
        act(&sandbox, &id, "pay", PAYER).await.expect(200);
        sandbox.advance(DAY / 2);
        assert_eq!(get(&sandbox, &id).await["status"], "payment_initiated");
        sandbox.advance(DAY / 2);
        let paid = get(&sandbox, &id).await;
        assert_eq!(column(&paid["action_history"], "action")[3..], ["initiate_payment", "retry_payment"]);
        let attempts = &paid["transfer_history"];
        let keys = column(attempts, "idempotency_key");
        assert_ne!(keys[0], keys[1]);
        assert_eq!(
            (&attempts[0]["transfer_id"], &attempts[1]["transfer_id"]),
            (&failed["transfer_id"], &paid["transfer_id"])
        );
        let first = sandbox
            .get(&format!("/v2/transfers/{}", failed["transfer_id"].as_str().unwrap()))
            .await
            .expect(200);
        assert_eq!(
            (&first["status"], first["transactions"].as_array().unwrap().len()),
            (&json!("failed"), 2)
        );
        assert_eq!((sandbox.balance(), sandbox.audit().payees), (left, 500));
        sandbox.end().await;
    }
}

/// Every action on a payable.
const ACTIONS: [&str; 9] =
    ["update", "upload", "delete file", "cancel", "submit-for-approval", "approve", "reject", "pay", "fail"];

/// Every status, how it is reached, and which actions it allows.
const LIVES: [(&str, &[&str], &[&str]); 8] = [
    ("created", &[], &["update", "upload", "delete file", "cancel", "submit-for-approval"]),
    ("canceled", &["cancel"], &[]),
    ("submitted_for_approval", &["submit-for-approval"], &["approve", "reject"]),
    ("rejected", &["submit-for-approval", "reject"], &[]),
    ("approved", &["submit-for-approval", "approve"], &["pay"]),
    ("payment_initiated", &["submit-for-approval", "approve", "pay"], &["fail"]),
    ("payment_failed", &["submit-for-approval", "approve", "pay", "fail"], &["pay"]),
    ("payment_completed", &["submit-for-approval", "approve", "pay", "arrive"], &[]),
];

async fn perform(sandbox: &TestSandbox, id: &str, action: &str) -> Answer {
    let path = format!("{PAYABLES}/{id}");
    match action {
        "update" => sandbox.patch(&path, json!({ "number": "INV-9" })).await,
        "upload" => sandbox.post(&format!("{path}/file"), json!({ "file": "JVBERi0=" })).await,
        "delete file" => sandbox.delete(&format!("{path}/file")).await,
        "fail" => sandbox.control("POST", &format!("payables/{id}/fail"), None).await,
        "arrive" => {
            sandbox.advance(DAY);
            sandbox.get(&path).await
        }
        _ => act(sandbox, id, action, ADMIN).await,
    }
}

async fn payable_in(sandbox: &TestSandbox, path: &[&str]) -> String {
    let id = payable(sandbox, "dots_balance", 10).await;
    perform(sandbox, &id, "upload").await.expect(200);
    for action in path {
        perform(sandbox, &id, action).await.expect(200);
    }
    id
}

#[tokio::test]
async fn no_payable_takes_a_step_that_its_status_does_not_allow() {
    let sandbox = TestSandbox::start().await;
    let mut refused = 0;
    for (status, path, allowed) in LIVES {
        let id = payable_in(&sandbox, path).await;
        let world = async || {
            let transfers = sandbox.walk("/v2/transfers", 100).await;
            (get(&sandbox, &id).await, transfers, sandbox.audit(), sandbox.balance())
        };
        let before = world().await;
        assert_eq!(before.0["status"], status);
        for action in ACTIONS.into_iter().filter(|action| !allowed.contains(action)) {
            let error = perform(&sandbox, &id, action).await.error();
            let expected = format!("400 invalid-transaction the payable `{id}` is `{status}` and ");
            assert!(error.starts_with(&expected), "{action}: {error}");
            assert_eq!(world().await, before, "{status}: {action} was refused and changed something");
            refused += 1;
        }
    }
    assert_eq!(refused, 8 * 9 - 10);
    sandbox.end().await;
}

#[tokio::test]
async fn every_step_that_a_status_allows_is_taken() {
    let sandbox = TestSandbox::start().await;
    for (status, path, allowed) in LIVES {
        for action in allowed {
            let id = payable_in(&sandbox, path).await;
            let answer = perform(&sandbox, &id, action).await;
            assert_eq!(answer.status, 200, "{status}: {action}: {}", answer.text);
        }
    }
    assert_eq!(sandbox.audit().rails, 20, "two were paid at the end and are under way");
    sandbox.end().await;
}

#[tokio::test]
async fn only_known_people_act_and_only_as_far_as_their_role_reaches() {
    let sandbox = TestSandbox::start().await;
    let id = payable(&sandbox, "dots_balance", 10).await;
    let rights = [
        ("cancel", "prepare", [true, false, true, false, false]),
        ("submit-for-approval", "prepare", [true, false, true, false, false]),
        ("approve", "approve", [true, true, false, false, false]),
        ("reject", "approve", [true, true, false, false, false]),
        ("pay", "pay", [true, false, false, true, false]),
    ];
    let people = [ADMIN, APPROVERS[0], CREATOR, PAYER, VIEWER];
    for (action, verb, allowed) in rights {
        for (person, _) in people.into_iter().zip(allowed).filter(|(_, allowed)| !allowed) {
            let error = act(&sandbox, &id, action, person).await.error();
            assert!(error.starts_with("403 forbidden `acting_user_id` has the role `"), "{error}");
            assert!(error.ends_with(&format!("may not {verb} payables")), "{error}");
        }
        let error = act(&sandbox, &id, action, 1).await.error();
        assert_eq!(error, "404 no_such_resource `acting_user_id`: there is no such dashboard user");
    }
    let body = |person: i64| json!({ "acting_user_id": person, "number": "1" });
    sandbox.post(PAYABLES, body(VIEWER)).await.expect(403);
    sandbox.post(PAYABLES, body(1)).await.expect(404);
    assert_eq!(get(&sandbox, &id).await["status"], "created");
    assert_eq!(sandbox.walk(PAYABLES, 1).await.len(), 1);
    sandbox.end().await;
}

#[tokio::test]
async fn more_than_the_wallet_holds_is_not_paid() {
    let sandbox = TestSandbox::start().await;
    let id = payable(&sandbox, "dots_balance", FUNDS + 1).await;
    approve(&sandbox, &id).await;
    let before = get(&sandbox, &id).await;
    let error = act(&sandbox, &id, "pay", PAYER).await.error();
    assert!(error.starts_with("400 transaction-insufficient-funds "), "{error}");
    let rich = payable(&sandbox, "ach", i64::MAX).await;
    approve(&sandbox, &rich).await;
    act(&sandbox, &rich, "pay", PAYER).await.expect(400);
    assert_eq!(get(&sandbox, &id).await, before);
    assert_eq!((sandbox.balance(), sandbox.audit().movements), (FUNDS, 1));
    sandbox.end().await;
}

#[tokio::test]
async fn a_bill_names_what_is_there_and_an_account_of_its_vendor() {
    let sandbox = TestSandbox::start().await;
    let ((paper, paper_account), (ink, ink_account)) =
        (vendor(&sandbox, "Paper").await, vendor(&sandbox, "Ink").await);
    let body = |terms: Value| {
        let mut body = json!({ "acting_user_id": ADMIN, "number": "1" });
        body.as_object_mut().unwrap().extend(terms.as_object().unwrap().clone());
        body
    };
    let nothing = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
    let cases = [
        (json!({ "ap_vendor_id": nothing }), "404 no_such_resource `ap_vendor_id`: there is no such vendor"),
        (
            json!({ "ap_payment_method_id": ink_account }),
            "400 invalid-input `ap_vendor_id` is required with `ap_payment_method_id`",
        ),
        (
            json!({ "ap_vendor_id": paper, "ap_payment_method_id": ink_account }),
            "404 no_such_resource `ap_payment_method_id`: the vendor has no such payment method",
        ),
        (json!({ "file": "aGVsbG8=" }), "400 invalid-input `file` must be a PDF, which begins with `%PDF`"),
        (
            json!({ "items": [{ "name": "a", "unit_price": 1, "quantity": 1, "amount": i64::MAX }, { "name": "b", "unit_price": 1, "quantity": 1, "amount": 1 }] }),
            "400 invalid-input `items` add up to more than can be counted",
        ),
    ];
    for (terms, expected) in cases {
        assert_eq!(sandbox.post(PAYABLES, body(terms)).await.error(), expected);
    }
    sandbox.post(PAYABLES, body(json!({ "amount": 10.5 }))).await.expect(400);
    assert_eq!(sandbox.walk(PAYABLES, 100).await.len(), 0);

    let made = sandbox
        .post(PAYABLES, body(json!({ "ap_vendor_id": paper, "ap_payment_method_id": paper_account })))
        .await
        .expect(201);
    let path = format!("{PAYABLES}/{}", made["id"].as_str().unwrap());
    let changed = sandbox.patch(&path, json!({ "ap_vendor_id": ink })).await.expect(200);
    assert_eq!((&changed["ap_vendor_name"], &changed["ap_payment_method_id"]), (&json!("Ink"), &Value::Null));
    sandbox.end().await;
}

#[tokio::test]
async fn an_amount_that_is_not_given_is_the_sum_of_the_lines() {
    let sandbox = TestSandbox::start().await;
    let line = |amount: i64| json!({ "name": "Paper", "unit_price": 5, "quantity": 2, "amount": amount, "color": "white" });
    let body = json!({ "acting_user_id": ADMIN, "number": "1", "items": [line(10), line(7)] });
    let made = sandbox.post(PAYABLES, body).await.expect(201);
    assert_eq!((&made["amount"], &made["items"][0].get("color")), (&json!(17), &None));
    let path = format!("{PAYABLES}/{}", made["id"].as_str().unwrap());
    assert_eq!(sandbox.patch(&path, json!({ "items": [line(3)] })).await.expect(200)["amount"], 3);
    assert_eq!(sandbox.patch(&path, json!({ "amount": 20 })).await.expect(200)["amount"], 20);
    let last = sandbox.patch(&path, json!({ "items": [line(4)] })).await.expect(200);
    assert_eq!((&last["amount"], last["items"].as_array().unwrap().len()), (&json!(20), 1));
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test]
async fn an_incomplete_payable_is_not_submitted_and_a_missing_vendor_is_not_paid() {
    let sandbox = TestSandbox::start().await;
    let made = sandbox.post(PAYABLES, json!({ "acting_user_id": ADMIN, "number": "1" })).await.expect(201);
    let bare = made["id"].as_str().unwrap();
    let error = act(&sandbox, bare, "submit-for-approval", ADMIN).await.error();
    assert_eq!(error, "400 invalid-input `amount` of the payable is required first");
    sandbox.patch(&format!("{PAYABLES}/{bare}"), json!({ "amount": 1 })).await.expect(200);
    let error = act(&sandbox, bare, "submit-for-approval", ADMIN).await.error();
    assert_eq!(error, "400 invalid-input `ap_vendor_id` of the payable must name what is there");

    let id = payable(&sandbox, "dots_balance", 10).await;
    approve(&sandbox, &id).await;
    let vendor = get(&sandbox, &id).await["ap_vendor_id"].as_str().unwrap().to_owned();
    sandbox.delete(&format!("/v2/accounts-payable/vendors/{vendor}")).await.expect(200);
    act(&sandbox, &id, "pay", PAYER).await.expect(400);
    assert_eq!((&get(&sandbox, &id).await["status"], sandbox.balance()), (&json!("approved"), FUNDS));
    sandbox.end().await;
}
