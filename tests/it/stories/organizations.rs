//! An agency has two clients with an app each: it lends the first one its papers, the second one those of the first,
//! and money to both.

use dots_api::{
    AppCompliance, AppId, AppStatus, Cents, CopyAppCompliance, CopyAppComplianceRequest,
    CopyAppComplianceRequestFields, CopyOrganizationCompliance, CreateApp, CreateAppRequest,
    CreateOrganizationTransfer, CreateOrganizationTransferRequest, GetApp, GetAppCompliance, GetOrganization,
    Organization,
};
use dots_api_ext::Payee;
use dots_sandbox::Sandbox;

use super::scene::{DAY, FUNDS, Scene, refusal};

/// An app of another organization.
const NOT_OURS: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

#[tokio::test]
async fn an_agency_lends_its_papers_and_its_money() {
    super::assert_told("organizations", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens_with(Sandbox::builder().organization_funds(90_000)).await;
    let florist = opens(&scene, "Florist").await;
    let printer = opens(&scene, "Printer").await;
    lends_its_papers(&scene, &florist, &printer).await;
    lends_its_money(&scene, &florist, &printer).await;
    the_printer_pays_with_it(&scene, &printer).await;
    let audit = scene.sandbox.audit();
    assert_eq!((audit.organization, audit.apps, audit.links), (40_000, FUNDS + 38_000, 12_000));
    assert_eq!((scene.sandbox.balance(), scene.sandbox.paid("2025550135")), (FUNDS, 12_000));
    scene.ends().await
}

async fn opens(scene: &Scene, name: &str) -> AppId {
    scene.dots.run(CreateApp::new(CreateAppRequest::new(name))).await.unwrap().id.clone()
}

async fn lends_its_papers(scene: &Scene, florist: &AppId, printer: &AppId) {
    let copy = |from: &AppId| {
        CopyAppCompliance::new(CopyAppComplianceRequest::new(CopyAppComplianceRequestFields {
            source_app_id: from.clone(),
            destination_app_id: printer.clone(),
        }))
    };
    let nothing_there = scene.dots.run(copy(florist)).await;
    assert_eq!(refusal(nothing_there), "Rejected 400 invalid-input");
    let not_ours = scene.dots.run(copy(&NOT_OURS.parse().unwrap())).await;
    assert_eq!(refusal(not_ours), "Rejected 403 forbidden");

    let copied = scene.dots.run(CopyOrganizationCompliance::new(florist.clone())).await.unwrap();
    assert_eq!(copied.success, Some(true));
    let copied = scene.dots.run(copy(florist)).await.unwrap();
    assert_eq!(copied.success, Some(true));
    assert_eq!(papers(scene, florist).await, papers(scene, printer).await);
    scene.later(DAY);
    for app in [florist, printer] {
        let app = scene.dots.run(GetApp::new(app.clone())).await.unwrap();
        assert_eq!(app.status, Some(AppStatus::Approved));
    }
}

async fn lends_its_money(scene: &Scene, florist: &AppId, printer: &AppId) {
    assert_eq!(own(scene).await.balance, Cents::new(90_000));
    let lend = |app: &AppId, cents: i64| {
        let body = CreateOrganizationTransferRequest::new(Cents::new(-cents), app.clone());
        scene.dots.run(CreateOrganizationTransfer::new(body))
    };
    lend(florist, 20_000).await.unwrap();
    lend(printer, 30_000).await.unwrap();
    let too_much = lend(printer, 40_001).await;
    assert_eq!(refusal(too_much), "Rejected 400 transaction-insufficient-funds");
    assert_eq!(own(scene).await.balance, Cents::new(40_000));
}

async fn the_printer_pays_with_it(scene: &Scene, printer: &AppId) {
    let acting = scene.dots.with_app(printer).unwrap();
    let payout = acting.send_payout(Cents::new(12_000), Payee::phone("1", "2025550135"));
    payout.memo("Posters").reference("posters-1").await.unwrap();
}

async fn own(scene: &Scene) -> Organization {
    scene.dots.run(GetOrganization::new()).await.unwrap().into_inner()
}

async fn papers(scene: &Scene, app: &AppId) -> AppCompliance {
    scene.dots.run(GetAppCompliance::new(app.clone())).await.unwrap().into_inner()
}
