//! Who has to approve what.

use dots_api::{
    ApprovalPolicyId, ApprovalPolicyPriorityRequest, Approver, Cents, Comparator, CreateApprovalPolicy,
    CreateApprovalPolicyRequest, CreateApprovalPolicyRequestApprovalCondition,
    CreateApprovalPolicyRequestPayableCondition, DashboardUserId, DeleteApprovalPolicy, ListApprovalPolicies,
    ListApprovers, PayableConditionType, SetApprovalPolicyPriority,
};

use super::people::{ADMIN, FIRST_APPROVER, SECOND_APPROVER};
use crate::stories::scene::Scene;

/// Bills of this many cents and more need two approvals.
const LARGE: Cents = Cents::new(100_000);

pub(super) async fn agrees_who_approves_what(scene: &Scene) {
    let approvers = scene.dots.run(ListApprovers::new()).await.unwrap();
    let ids: Vec<DashboardUserId> = approvers.iter().map(|approver: &Approver| approver.id).collect();
    assert_eq!(ids, [ADMIN, FIRST_APPROVER, SECOND_APPROVER]);
    let all = agrees(scene, Cents::new(1), &[FIRST_APPROVER], 1, "Every bill").await;
    let large = agrees(scene, LARGE, &[FIRST_APPROVER, SECOND_APPROVER], 2, "Large bills").await;
    assert_eq!(in_order(scene).await, [all.clone(), large.clone()]);
    // The first rule that covers a bill decides, so the one about large bills has to stand first.
    let first = SetApprovalPolicyPriority::new(large.clone(), ApprovalPolicyPriorityRequest::new(0));
    assert_eq!(scene.dots.run(first).await.unwrap().priority, Some(0));
    assert_eq!(in_order(scene).await, [large, all]);
}

async fn agrees(
    scene: &Scene,
    at_least: Cents,
    people: &[DashboardUserId],
    required: i64,
    description: &str,
) -> ApprovalPolicyId {
    let condition = PayableConditionType::Amount;
    let amount = CreateApprovalPolicyRequestPayableCondition::new(condition, at_least.into())
        .comparator(Comparator::AtLeast);
    let approval = CreateApprovalPolicyRequestApprovalCondition::new(people.to_vec(), required);
    let policy = CreateApprovalPolicyRequest::new(vec![amount], vec![approval]).description(description);
    let policy = scene.dots.run(CreateApprovalPolicy::new(policy)).await.unwrap();
    assert_eq!(policy.payable_conditions[0].value, Some(at_least.into()));
    assert_eq!(policy.payable_conditions[0].comparator.as_deref(), Some(">="));
    assert_eq!(policy.approval_conditions[0].approver_list[0].id, people.first().copied());
    policy.id.clone()
}

pub(super) async fn drops_a_rule(scene: &Scene) {
    let rules = in_order(scene).await;
    let gone = scene.dots.run(DeleteApprovalPolicy::new(rules[0].clone())).await.unwrap();
    assert_eq!(gone.deleted, Some(true));
    assert_eq!(in_order(scene).await, rules[1..]);
}

/// The rules, the one that decides first in front; the list itself begins with the newest.
async fn in_order(scene: &Scene) -> Vec<ApprovalPolicyId> {
    let mut policies = scene.dots.run(ListApprovalPolicies::new()).await.unwrap().into_inner();
    policies.sort_by_key(|policy| policy.priority);
    policies.into_iter().map(|policy| policy.id).collect()
}
