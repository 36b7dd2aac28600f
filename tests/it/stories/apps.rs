//! A platform opens an app for a client: its compliance documents are submitted, its wallet is filled from its bank,
//! runs low, fills itself, and is emptied again.

use dots_api::{
    App, AppCompliance, AppComplianceCompanyInfo, AppComplianceCompanyInfoFields,
    AppComplianceCompanyInfoIncorporationType, AppComplianceContactInfo, AppComplianceContactInfoFields,
    AppComplianceDirector, AppComplianceDirectorAddress, AppComplianceDirectorAddressFields,
    AppComplianceDirectorFields, AppComplianceFlowOfFunds, AppComplianceFlowOfFundsFields, AppFundsRequest,
    AppId, AppStatus, BankAccountType, Cents, ChangeAppSettings, ChangeAppSettingsRequest, CreateApp,
    CreateAppKybFlow, CreateAppRequest, Date, DepositAppFunds, GetApp, GetAppAchAccount, GetAppCompliance,
    KybFlowStatus, ListApps, Metadata, SetAppAchAccount, SetAppAchAccountRequest,
    SetAppAchAccountRequestFields, SetAppCompliance, TransferStatus, TransferType, WithdrawAppFunds,
};
use dots_api_ext::{Dots, Payee};
use serde_json::Value;

use super::scene::{DAY, FUNDS, MINUTE, Scene, refusal};

#[tokio::test]
async fn a_clients_app_is_opened_approved_filled_and_emptied() {
    super::assert_told("apps", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens().await;
    let bakery = opens_an_app(&scene).await;
    hands_in_its_papers(&scene, &bakery).await;
    need_not_wait_for_the_review(&scene, &bakery).await;
    fills_its_wallet(&scene, &bakery).await;
    pays_until_it_fills_itself(&scene, &bakery).await;
    empties_its_wallet(&scene, &bakery).await;
    // The platform's own app is unchanged.
    assert_eq!((scene.sandbox.balance(), scene.sandbox.paid("2025550132")), (FUNDS, 30_000));
    scene.ends().await
}

async fn opens_an_app(scene: &Scene) -> AppId {
    let request = CreateAppRequest::new("Bakery").metadata(Metadata::from_iter([("client", "B-1")]));
    let app = scene.dots.run(CreateApp::new(request)).await.unwrap();
    assert_eq!((&app.status, balance(&app)), (&Some(AppStatus::Created), Cents::ZERO));
    let apps = scene.dots.run(ListApps::new().limit(10)).await.unwrap();
    let ids: Vec<&str> = apps.iter().map(|app| app.id.as_str()).collect();
    assert_eq!(ids, [app.id.as_str(), scene.sandbox.app_id().as_str()]);
    app.id.clone()
}

fn papers(ein: &str, owners: i64) -> AppCompliance {
    let kind = AppComplianceCompanyInfoIncorporationType::Llc;
    let founded = Date::new(2020, 2, 1).unwrap();
    let company = AppComplianceCompanyInfo::new(AppComplianceCompanyInfoFields {
        ein: ein.into(),
        incorporation_date: founded,
        incorporation_state: "IL".into(),
        incorporation_type: kind,
        name: "Bakery LLC".into(),
        website: "https://example.com".into(),
        ubo_count: owners,
    });
    let contact = AppComplianceContactInfo::new(AppComplianceContactInfoFields {
        city: "Springfield".into(),
        country: "US".into(),
        email: "bakery@example.com".into(),
        line1: "5 Mill Lane".into(),
        phone_number: "2025550133".into(),
        state: "IL".into(),
        zip: "62701".into(),
    });
    let home = AppComplianceDirectorAddress::new(AppComplianceDirectorAddressFields {
        city: "Springfield".into(),
        country: "US".into(),
        line1: "6 Mill Lane".into(),
        state: "IL".into(),
        zip: "62701".into(),
    });
    let born = Date::new(1980, 3, 4).unwrap();
    let baker = AppComplianceDirector::new(AppComplianceDirectorFields {
        address: home,
        dob: born,
        email: "kay@example.com".into(),
        first_name: "Kay".into(),
        last_name: "Bell".into(),
        ownership_percentage: 62.5,
        phone: "2025550134".into(),
        title: "CEO".into(),
    });
    let funds = AppComplianceFlowOfFunds::new(AppComplianceFlowOfFundsFields {
        reasons: "We pay our drivers.".into(),
        usage: "Wages and tips.".into(),
    });
    AppCompliance::new(company, contact, vec![baker.ssn("123456789")], funds)
}

async fn hands_in_its_papers(scene: &Scene, bakery: &AppId) {
    let none_yet = scene.dots.run(GetAppCompliance::new(bakery.clone())).await;
    assert_eq!(refusal(none_yet), "Rejected 404 no_such_resource");
    let miscounted = SetAppCompliance::new(bakery.clone(), papers("123456789", 2));
    assert_eq!(refusal(scene.dots.run(miscounted).await), "Rejected 400 invalid-input");
    let right = papers("123456789", 1);
    scene.dots.run(SetAppCompliance::new(bakery.clone(), right.clone())).await.unwrap();
    assert_eq!(*scene.dots.run(GetAppCompliance::new(bakery.clone())).await.unwrap(), right);
    assert_eq!(seen(scene, bakery).await.status, Some(AppStatus::InReview));
}

async fn need_not_wait_for_the_review(scene: &Scene, bakery: &AppId) {
    let first = scene.dots.run(CreateAppKybFlow::new(bakery.clone())).await.unwrap();
    assert_eq!(first.status, Some(KybFlowStatus::Pending));
    let second = scene.dots.run(CreateAppKybFlow::new(bakery.clone())).await.unwrap();
    let route = |url: &str| format!("kyb-flows/{}/complete", url.rsplit_once("/kyb/").unwrap().1);
    scene.cannot_happen("Kay opens the first form", &route(&first.url), Value::Null).await;
    scene.happens("Kay fills in the second form", &route(&second.url), Value::Null).await;
    assert_eq!(seen(scene, bakery).await.status, Some(AppStatus::Approved));
}

async fn fills_its_wallet(scene: &Scene, bakery: &AppId) {
    let none_yet = scene.dots.run(GetAppAchAccount::new(bakery.clone())).await;
    assert_eq!(refusal(none_yet), "Rejected 404 no_such_resource");
    let account = SetAppAchAccountRequest::new(SetAppAchAccountRequestFields {
        account_number: "000123456789".into(),
        routing_number: "110000000".into(),
        account_type: BankAccountType::Checking,
    });
    scene.dots.run(SetAppAchAccount::new(bakery.clone(), account)).await.unwrap();
    let account = scene.dots.run(GetAppAchAccount::new(bakery.clone())).await.unwrap();
    assert_eq!(account.mask.as_deref(), Some("6789"));

    let deposit = DepositAppFunds::new(bakery.clone(), AppFundsRequest::new(Cents::new(40_000)));
    let refill = scene.dots.run(deposit.clone()).await.unwrap();
    assert_eq!((&refill.status, &refill.type_), (&TransferStatus::Pending, &Some(TransferType::Refill)));
    // Dots does not document the effect of a reused key here; the sandbox returns the first answer again.
    assert_eq!(scene.dots.run(deposit).await.unwrap().id, refill.id);
    assert_eq!(balance(&seen(scene, bakery).await), Cents::ZERO);
    scene.later(DAY);
    assert_eq!(balance(&seen(scene, bakery).await), Cents::new(40_000));
}

async fn pays_until_it_fills_itself(scene: &Scene, bakery: &AppId) {
    let settings = ChangeAppSettingsRequest::new()
        .auto_refill_active(true)
        .refill_amount(Cents::new(25_000))
        .refill_threshold(Cents::new(15_000))
        .payout_options_exclude_list(vec!["venmo".to_owned()]);
    let settings = scene.dots.run(ChangeAppSettings::new(bakery.clone(), settings)).await.unwrap();
    assert_eq!((settings.auto_refill_active, settings.refill_amount), (Some(true), Some(Cents::new(25_000))));
    // The platform acts for its client.
    let acting: Dots = scene.dots.with_app(bakery).unwrap();
    let driver = Payee::phone("1", "2025550132");
    acting.send_payout(Cents::new(30_000), driver.clone()).reference("week-1").await.unwrap();
    let too_much = acting.send_payout(Cents::new(30_000), driver).reference("week-2").await;
    assert_eq!(refusal(too_much), "Rejected 400 transaction-insufficient-funds");
    assert_eq!(balance(&seen(scene, bakery).await), Cents::new(10_000));
    scene.later(DAY);
    assert_eq!(balance(&seen(scene, bakery).await), Cents::new(35_000));
}

async fn empties_its_wallet(scene: &Scene, bakery: &AppId) {
    let by_hand = ChangeAppSettingsRequest::new().auto_refill_active(false);
    scene.dots.run(ChangeAppSettings::new(bakery.clone(), by_hand)).await.unwrap();
    let all = |cents: i64| WithdrawAppFunds::new(bakery.clone(), AppFundsRequest::new(Cents::new(cents)));
    let too_much = scene.dots.run(all(35_001)).await;
    assert_eq!(refusal(too_much), "Rejected 400 transaction-insufficient-funds");
    let left = scene.dots.run(all(35_000)).await.unwrap();
    assert_eq!(left.amount, Cents::new(-35_000));
    scene.later(MINUTE);
    let bakery = seen(scene, bakery).await;
    assert_eq!(
        (balance(&bakery), bakery.metrics.unwrap().money_out),
        (Cents::ZERO, Some(Cents::new(30_000)))
    );
}

async fn seen(scene: &Scene, bakery: &AppId) -> App {
    scene.dots.run(GetApp::new(bakery.clone())).await.unwrap().into_inner()
}

fn balance(app: &App) -> Cents {
    app.metrics.as_ref().and_then(|metrics| metrics.wallet_balance).unwrap()
}
