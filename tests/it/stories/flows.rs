//! A shop sends a new seller through Dots' hosted steps: identity, background and where the money should go.

use dots_api::{
    CreateFlow, CreateFlowRequest, Flow, FlowStep, FlowStepOptions, GetFlow, GetUser, ListFlows, Metadata,
    UserComplianceBackgroundCheckStatus, UserId,
};
use serde_json::json;

use super::scene::{FUNDS, MINUTE, Scene, refusal};

#[tokio::test]
async fn a_seller_goes_through_the_hosted_steps() {
    super::assert_told("flows", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens().await;
    let uma = scene.knows("Uma", "Petrov", "2025550131").await;
    let flow = asks_uma_to_go_through_it(&scene, &uma).await;
    uma_takes_her_steps(&scene, &flow).await;
    knows_her_now(&scene, &uma, &flow).await;
    assert_eq!((scene.sandbox.balance(), scene.sandbox.links()), (FUNDS, 0));
    scene.ends().await
}

async fn asks_uma_to_go_through_it(scene: &Scene, uma: &UserId) -> Flow {
    let nowhere = CreateFlowRequest::new(vec![FlowStep::Redirect.into()]);
    assert_eq!(refusal(scene.dots.run(CreateFlow::new(nowhere)).await), "Rejected 400 invalid-input");
    let manage = FlowStepOptions::new(FlowStep::ManagePayouts).require_default_payout_method(true);
    let back = FlowStepOptions::new(FlowStep::Redirect).redirect_url("https://example.com/welcome");
    let steps =
        vec![FlowStep::IdVerification.into(), FlowStep::BackgroundCheck.into(), manage.into(), back.into()];
    let body =
        CreateFlowRequest::new(steps).user_id(uma.clone()).metadata(Metadata::from_iter([("shop", "7")]));
    let flow = scene.dots.run(CreateFlow::new(body)).await.unwrap();
    let names =
        [FlowStep::IdVerification, FlowStep::BackgroundCheck, FlowStep::ManagePayouts, FlowStep::Redirect];
    assert_eq!((&flow.steps[..], &flow.completed_steps[..]), (&names[..], &[][..]));
    assert!(flow.link.as_deref().is_some_and(|link| link.ends_with(flow.id.as_str())));
    flow.into_inner()
}

async fn uma_takes_her_steps(scene: &Scene, flow: &Flow) {
    let route = format!("flows/{}/complete", flow.id);
    for (what, step) in [
        ("Uma shows her passport", "id-verification"),
        ("Uma's past is looked into", "background-check"),
        ("Uma looks over her payout methods", "manage-payouts"),
    ] {
        scene.happens(what, &route, json!({ "step": step })).await;
    }
    scene.later(MINUTE);
    let twice = scene.cannot_happen("Uma shows it again", &route, json!({ "step": "id-verification" })).await;
    assert_eq!(twice, "`step` is completed already");
}

async fn knows_her_now(scene: &Scene, uma: &UserId, flow: &Flow) {
    let flow = scene.dots.run(GetFlow::new(flow.id.clone())).await.unwrap();
    assert_eq!((flow.steps.len(), flow.completed_steps.len()), (4, 3));
    let compliance =
        scene.dots.run(GetUser::new(uma.clone())).await.unwrap().into_inner().compliance.unwrap();
    let check = compliance.background_check.and_then(|check| check.status);
    assert_eq!(
        (compliance.id_verified, check),
        (Some(true), Some(UserComplianceBackgroundCheckStatus::Pass))
    );
    let page = scene.dots.run(ListFlows::new().limit(10)).await.unwrap();
    assert_eq!((page.data.len(), &page.data[0].user_id, page.has_more), (1, &Some(uma.clone()), false));
}
