//! Flows: hosted pages that lead a user through steps.

use dots_api::{CreateFlowRequestStepsItem, FlowStep, FlowStepOptions, Metadata};
use serde_json::json;

use crate::support::operator::does;
use crate::support::world::{last_body, refused_unsent, sandbox, user};

#[tokio::test]
async fn a_flow_is_made_for_a_user_and_read_as_it_goes_on() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let flow = dots
        .create_flow([FlowStep::Compliance, FlowStep::ManagePayouts])
        .for_user(&user)
        .require_auth()
        .hide_dashboard()
        .metadata(Metadata::from_iter([("page", "7")]))
        .await
        .unwrap();
    let expected = json!({
        "steps": ["compliance", "manage-payouts"], "user_id": user, "require_auth": true,
        "hide_go_to_dashboard_on_complete": true, "metadata": { "page": "7" },
    });
    assert_eq!(last_body(&sandbox), expected);
    does(&sandbox, &format!("flows/{}/complete", flow.id), r#"{"step":"compliance"}"#).await;
    let flow = dots.fetch_flow(&flow.id).await.unwrap();
    assert_eq!(flow.completed_steps, [FlowStep::Compliance]);
}

#[tokio::test]
async fn steps_with_options_stand_beside_plain_ones() {
    let (sandbox, dots) = sandbox().await;
    let redirect = FlowStepOptions::new(FlowStep::Redirect).redirect_url("https://example.com/done");
    let form = FlowStepOptions::new(FlowStep::PdfFormFill).template_id("t_1");
    let steps: [CreateFlowRequestStepsItem; 3] = [FlowStep::Payout.into(), redirect.into(), form.into()];
    let flow = dots.create_flow(steps).await.unwrap();
    assert_eq!(flow.steps, [FlowStep::Payout, FlowStep::Redirect, FlowStep::PdfFormFill]);
    assert_eq!(last_body(&sandbox)["steps"][1]["redirect_url"], "https://example.com/done");
}

#[tokio::test]
async fn steps_that_dots_would_not_take_are_not_sent() {
    let (sandbox, dots) = sandbox().await;
    let options = FlowStepOptions::new;
    let twice: [CreateFlowRequestStepsItem; 2] =
        [FlowStep::Payout.into(), options(FlowStep::Payout).hide_continue_button(true).into()];
    let error = refused_unsent(dots.create_flow(twice)).await;
    assert!(error.to_string().contains("the step `payout` is listed twice"), "{error}");
    for (step, what) in [
        (options(FlowStep::PdfFormFill), "template"),
        (options(FlowStep::PdfFormFill).template_id(" "), "template"),
        (options(FlowStep::Redirect), "`http` or `https`"),
        (options(FlowStep::Redirect).redirect_url("javascript:alert(1)"), "`http` or `https`"),
        (options(FlowStep::Redirect).redirect_url("//evil"), "`http` or `https`"),
    ] {
        let error = refused_unsent(dots.create_flow([step])).await;
        assert!(error.to_string().contains(what), "{error}");
    }
    refused_unsent(dots.create_flow([FlowStep::PdfFormFill])).await;
    refused_unsent(dots.create_flow([FlowStep::Redirect])).await;
    assert_eq!(sandbox.requests(), []);
}
