//! Approval policies and approvers.

use serde_json::{Value, json};

use crate::support::{
    client::{FUNDS, TestSandbox},
    payables::{ADMIN, APPROVERS, CREATOR, PAYABLES, PAYER, act, get, payable, vendor},
};

const POLICIES: &str = "/v2/accounts-payable/approval-policies";

/// Creates a policy for payables with such amounts, which requires this many of these approvers.
async fn policy(
    sandbox: &TestSandbox,
    comparator: &str,
    value: i64,
    people: &[i64],
    required: usize,
) -> Value {
    let body = json!({
        "payable_conditions": [{ "type": "amount", "value": value, "comparator": comparator }],
        "approval_conditions": [{ "approver_list": people, "num_approvals_required": required }],
    });
    sandbox.post(POLICIES, body).await.expect(201)
}

/// Submits a payable and returns, per step, how many must approve and who the approvers are.
async fn asked(sandbox: &TestSandbox, amount: i64) -> Vec<(u64, Vec<i64>)> {
    let id = payable(sandbox, "dots_balance", amount).await;
    let submitted = act(sandbox, &id, "submit-for-approval", CREATOR).await.expect(200);
    let steps = submitted["approval_steps"].as_array().unwrap();
    let people = |step: &Value| {
        let approvals = step["user_approvals"].as_array().unwrap();
        approvals.iter().map(|approval| approval["user_id"].as_i64().unwrap()).collect()
    };
    steps.iter().map(|step| (step["num_approvals_required"].as_u64().unwrap(), people(step))).collect()
}

#[tokio::test]
async fn the_approvers_are_those_whose_role_lets_them_approve() {
    let sandbox = TestSandbox::start().await;
    let list = sandbox.get("/v2/accounts-payable/approvers").await.expect(200);
    let rows = list.as_array().unwrap();
    let ids: Vec<&Value> = rows.iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, [ADMIN, APPROVERS[0], APPROVERS[1]]);
    let first = json!({
        "id": 17, "first_name": "Ada", "last_name": "Park", "username": "ada", "email": "ada@example.com",
        "phone_number": "2025550117", "role": "admin", "scope": "organization",
    });
    assert_eq!(rows[0], first);
    sandbox.end().await;
}

#[tokio::test]
async fn without_a_policy_one_approver_is_enough() {
    let sandbox = TestSandbox::start().await;
    assert_eq!(asked(&sandbox, 10).await, [(1, vec![17, 23, 31])]);
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test]
async fn every_comparator_covers_the_amounts_it_says() {
    for (comparator, covered) in
        [("<=", [true, true, false]), ("==", [false, true, false]), (">=", [false, true, true])]
    {
        let sandbox = TestSandbox::start().await;
        policy(&sandbox, comparator, 100, &[31], 1).await;
        for (amount, is_covered) in [99, 100, 101].into_iter().zip(covered) {
            let people = if is_covered { vec![31] } else { vec![17, 23, 31] };
            assert_eq!(asked(&sandbox, amount).await, [(1, people)], "{comparator} {amount}");
        }
        sandbox.end().await;
    }
}

#[tokio::test]
async fn a_policy_covers_what_all_of_its_conditions_cover() {
    let sandbox = TestSandbox::start().await;
    let id = payable(&sandbox, "dots_balance", 100).await;
    let vendor = get(&sandbox, &id).await["ap_vendor_id"].clone();
    let body = json!({
        "payable_conditions": [{ "type": "vendor_id", "value": vendor }, { "type": "amount", "value": 50, "comparator": ">=" }],
        "approval_conditions": [{ "approver_list": [17], "num_approvals_required": 1 }, { "approver_list": [17, 23], "num_approvals_required": 2 }],
    });
    let made = sandbox.post(POLICIES, body.clone()).await.expect(201);
    assert_eq!(made["payable_conditions"], body["payable_conditions"]);
    assert_eq!(made["approval_conditions"][0]["approver_list"], json!([{ "id": 17, "name": "Ada Park" }]));

    assert_eq!(asked(&sandbox, 100).await, [(1, vec![17, 23, 31])], "another vendor's bill");
    let steps =
        act(&sandbox, &id, "submit-for-approval", CREATOR).await.expect(200)["approval_steps"].clone();
    assert_eq!((steps.as_array().unwrap().len(), &steps[1]["num_approvals_required"]), (2, &json!(2)));
    // One approval counts in every step that names the approver, and the last missing one decides.
    let first = act(&sandbox, &id, "approve", ADMIN).await.expect(200);
    assert_eq!(
        (&first["status"], &first["approval_steps"][0]["completed"]),
        (&json!("submitted_for_approval"), &json!(true))
    );
    assert_eq!(first["approval_steps"][1]["completed"], false);
    let second = act(&sandbox, &id, "approve", 23).await.expect(200);
    assert_eq!(second["status"], "approved");
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test]
async fn the_lowest_priority_decides_and_a_new_policy_comes_last() {
    let sandbox = TestSandbox::start().await;
    let first = policy(&sandbox, ">=", 1, &[17], 1).await;
    let second = policy(&sandbox, ">=", 1, &[23], 1).await;
    assert_eq!(
        (&first["priority"], &second["priority"], &first["active"]),
        (&json!(1), &json!(2), &json!(true))
    );
    assert_eq!(asked(&sandbox, 10).await, [(1, vec![17])]);

    let path = |policy: &Value| format!("{POLICIES}/{}", policy["id"].as_str().unwrap());
    let moved = sandbox
        .patch(&path(&second), json!({ "priority": 0, "active": false, "description": "x" }))
        .await
        .expect(200);
    assert_eq!(
        (&moved["priority"], &moved["active"], &moved["description"]),
        (&json!(0), &json!(true), &Value::Null)
    );
    assert_eq!(asked(&sandbox, 10).await, [(1, vec![23])]);
    assert_eq!(sandbox.get(POLICIES).await.expect(200), json!([moved, first]));

    let gone = sandbox.delete(&path(&second)).await.expect(200);
    assert_eq!(gone, json!({ "id": second["id"], "deleted": true, "object": "approval_policy" }));
    assert_eq!(asked(&sandbox, 10).await, [(1, vec![17])]);
    sandbox.end().await;
}

#[tokio::test]
async fn an_approval_counts_once_per_person_and_only_of_those_who_are_asked() {
    let sandbox = TestSandbox::start().await;
    policy(&sandbox, ">=", 1, &[17, 23], 2).await;
    let id = payable(&sandbox, "dots_balance", 10).await;
    act(&sandbox, &id, "submit-for-approval", CREATOR).await.expect(200);
    for action in ["approve", "reject"] {
        let error = act(&sandbox, &id, action, 31).await.error();
        assert_eq!(error, "403 forbidden `acting_user_id` is not among the approvers of this payable");
    }
    let body = json!({ "acting_user_id": 23, "comment": "seen" });
    let noted = sandbox.post(&format!("{PAYABLES}/{id}/approve"), body).await.expect(200);
    let approvals = &noted["approval_steps"][0]["user_approvals"];
    assert_eq!(approvals[0].get("approval_timestamp"), None);
    assert_eq!(
        approvals[1],
        json!({ "user_id": 23, "name": "Ben Cole", "approval_given": true, "approval_comment": "seen", "approval_timestamp": "2026-01-01T00:00:00Z" })
    );
    let error = act(&sandbox, &id, "approve", 23).await.error();
    assert_eq!(error, "400 invalid-transaction `acting_user_id` has approved this payable already");
    act(&sandbox, &id, "pay", PAYER).await.expect(400);
    assert_eq!((get(&sandbox, &id).await, sandbox.balance()), (noted, FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn a_rejection_is_the_end_and_keeps_its_reason() {
    let sandbox = TestSandbox::start().await;
    let id = payable(&sandbox, "dots_balance", 10).await;
    act(&sandbox, &id, "submit-for-approval", CREATOR).await.expect(200);
    let body = json!({ "acting_user_id": 31, "comment": "not ours" });
    let rejected = sandbox.post(&format!("{PAYABLES}/{id}/reject"), body).await.expect(200);
    let last = &rejected["action_history"][2];
    assert_eq!(
        (&last["action"], &last["comment"], &last["user_name"]),
        (&json!("reject"), &json!("not ours"), &json!("Cleo Diaz"))
    );
    assert_eq!((&rejected["status"], sandbox.balance()), (&json!("rejected"), FUNDS));
    sandbox.end().await;
}

#[tokio::test]
async fn a_policy_that_could_never_be_met_is_refused() {
    let sandbox = TestSandbox::start().await;
    let (vendor, _) = vendor(&sandbox, "Paper").await;
    let amount = json!({ "type": "amount", "value": 1, "comparator": ">=" });
    let ada = json!({ "approver_list": [17], "num_approvals_required": 1 });
    let nobody = json!("3c90c3cc-0d44-4b50-8888-8dd25736052a");
    let cases = [
        (
            json!({ "type": "amount", "value": 1 }),
            ada.clone(),
            "400 invalid-input `payable_conditions.0.comparator` is required when `type` is `amount`",
        ),
        (
            json!({ "type": "amount", "comparator": "==" }),
            ada.clone(),
            "400 invalid-input `payable_conditions.0.value` is required",
        ),
        (
            json!({ "type": "amount", "value": "1", "comparator": "==" }),
            ada.clone(),
            "400 invalid-input `payable_conditions.0.value` must be a whole number of cents",
        ),
        (
            json!({ "type": "vendor_id", "value": vendor, "comparator": "==" }),
            ada.clone(),
            "400 invalid-input `payable_conditions.0.comparator` goes with `type` `amount` only",
        ),
        (
            json!({ "type": "vendor_id", "value": 1 }),
            ada.clone(),
            "400 invalid-input `payable_conditions.0.value` must be a UUID",
        ),
        (
            json!({ "type": "vendor_id", "value": nobody }),
            ada,
            "404 no_such_resource `payable_conditions.0.value`: there is no such vendor",
        ),
        (
            amount.clone(),
            json!({ "approver_list": [1], "num_approvals_required": 1 }),
            "404 no_such_resource `approval_conditions.0.approver_list`: there is no such dashboard user",
        ),
        (
            amount.clone(),
            json!({ "approver_list": [43], "num_approvals_required": 1 }),
            "400 invalid-input `approval_conditions.0.approver_list` names a person whose role may not approve payables",
        ),
        (
            amount,
            json!({ "approver_list": [17, 23], "num_approvals_required": 3 }),
            "400 invalid-input `approval_conditions.0.num_approvals_required` is more than `approval_conditions.0.approver_list` can give",
        ),
    ];
    for (condition, approval, expected) in cases {
        let body = json!({ "payable_conditions": [condition], "approval_conditions": [approval] });
        assert_eq!(sandbox.post(POLICIES, body).await.error(), expected);
    }
    assert_eq!(sandbox.get(POLICIES).await.expect(200), json!([]));
    sandbox.end().await;
}
