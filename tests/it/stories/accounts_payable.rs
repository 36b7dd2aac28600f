//! A company pays its paper supplier: large bills need two people's approval, one bill is rejected, one was made by
//! mistake, one comes as a file; and the bank sends a payment back before it arrives.

mod bills;
mod rules;
mod vendors;

use super::scene::{FUNDS, Scene};

/// People in the company's dashboard, by the ids that the sandbox gives them.
mod people {
    use dots_api::DashboardUserId;

    pub(super) const ADMIN: DashboardUserId = DashboardUserId::new(17);
    pub(super) const FIRST_APPROVER: DashboardUserId = DashboardUserId::new(23);
    pub(super) const SECOND_APPROVER: DashboardUserId = DashboardUserId::new(31);
    pub(super) const CREATOR: DashboardUserId = DashboardUserId::new(41);
    pub(super) const PAYER: DashboardUserId = DashboardUserId::new(43);
}

#[tokio::test]
async fn bills_are_paid_once_the_right_people_have_approved() {
    super::assert_told("accounts-payable", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens().await;
    let supplier = vendors::knows_its_supplier(&scene).await;
    rules::agrees_who_approves_what(&scene).await;
    let large = bills::writes_down_a_large_bill(&scene, &supplier).await;
    bills::attaches_the_right_file(&scene, &large).await;
    bills::two_people_approve_it(&scene, &large).await;
    bills::pays_it_at_the_second_attempt(&scene, &large).await;
    bills::rejects_a_small_one(&scene, &supplier).await;
    bills::takes_back_a_mistake(&scene, &large).await;
    rules::drops_a_rule(&scene).await;
    vendors::parts_from_its_supplier(&scene, &supplier).await;
    let audit = scene.sandbox.audit();
    assert_eq!((scene.sandbox.balance(), audit.payees, audit.rails), (FUNDS - 150_000, 150_000, 0));
    scene.ends().await
}
