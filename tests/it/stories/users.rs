//! An employer takes on a contractor: the phone is verified, the tax form corrected, the bank account added, a bonus
//! paid; and when they part, the rest of the wallet goes back.

use dots_api::{
    AddPayoutMethod, AddPayoutMethodRequest, AddPayoutMethodRequestPlatform, BankAccountType, Cents,
    CreateTransfer, CreateTransferRequest, CreateUser, CreateUserRequest, CreateUserRequestFields, Date,
    DeleteUser, GetUser, ListPayoutMethods, ListUsers, PaymentMethodPlatform, Rail, SendVerificationToken,
    SendVerificationTokenRequest, SetUserAddress, SubmitUserCompliance, TaxEntityType, TaxIdVerification,
    UpdateUser, UpdateUserRequest, User, UserAddressRequest, UserAddressRequestFields, UserComplianceRequest,
    UserId, UserStatus, VerifyUser, VerifyUserRequest, W9, W9Address, W9AddressFields,
};

use super::scene::{FUNDS, HOUR, Scene, refusal};

#[tokio::test]
async fn a_contractor_is_taken_on_paid_and_seen_off() {
    super::assert_told("users", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens().await;
    let ann = takes_on_ann(&scene).await;
    proves_her_phone(&scene, &ann).await;
    signs_a_w9_with_a_slip_in_it(&scene, &ann).await;
    says_where_she_wants_her_money(&scene, &ann).await;
    is_found_among_the_verified(&scene, &ann).await;
    leaves_before_she_has_spent_her_bonus(&scene, &ann).await;
    scene.ends().await
}

async fn takes_on_ann(scene: &Scene) -> UserId {
    let (code, number) = ("1".parse().unwrap(), "2025550117".parse().unwrap());
    let ann = CreateUserRequest::new(CreateUserRequestFields {
        first_name: "Ann".into(),
        last_name: "Ibarra".into(),
        email: "ann@example.com".into(),
        country_code: code,
        phone_number: number,
    });
    let ann = scene.dots.run(CreateUser::new(ann)).await.unwrap();
    assert_eq!((&ann.status, ann.verified), (&Some(UserStatus::Unverified), Some(false)));
    // The first answer has neither of them (guides/white-labeled-payouts).
    assert_eq!((&ann.wallet, &ann.compliance), (&None, &None));
    ann.id.clone()
}

async fn proves_her_phone(scene: &Scene, ann: &UserId) {
    let token = |text: &str| VerifyUser::new(ann.clone(), VerifyUserRequest::new(text));
    let by_voice = SendVerificationTokenRequest::new().use_voice(true);
    scene.dots.run(SendVerificationToken::new(ann.clone(), by_voice)).await.unwrap();
    let misheard = scene.dots.run(token("123465")).await;
    assert_eq!(refusal(misheard), "Rejected 400 invalid-input");
    scene.dots.run(token("123456")).await.unwrap();
    assert_eq!(seen(scene, ann).await.verified, Some(true));
}

async fn signs_a_w9_with_a_slip_in_it(scene: &Scene, ann: &UserId) {
    let address = UserAddressRequest::new(UserAddressRequestFields {
        postcode: "89501".into(),
        city: "Reno".into(),
        state: "NV".into(),
        country: "US".into(),
        line_1: "1 Main St".into(),
    })
    .line_2("Apartment 4");
    scene.dots.run(SetUserAddress::new(ann.clone(), address)).await.unwrap();
    scene.dots.run(w9(ann, "000456789")).await.unwrap();
    assert_eq!(tax_number(scene, ann).await, Some(TaxIdVerification::Pending));
    scene.later(HOUR);
    assert_eq!(tax_number(scene, ann).await, Some(TaxIdVerification::Mismatched));

    scene.dots.run(w9(ann, "123456789")).await.unwrap();
    scene.later(HOUR);
    assert_eq!(tax_number(scene, ann).await, Some(TaxIdVerification::Matched));
    let compliance = seen(scene, ann).await.compliance.unwrap();
    assert_eq!((compliance.collected_1099, compliance.must_collect_1099), (Some(true), Some(false)));
    assert_eq!((compliance.address_collected, compliance.flagged), (Some(true), Some(false)));
}

fn w9(ann: &UserId, tin: &str) -> SubmitUserCompliance {
    let address = W9Address::new(W9AddressFields {
        line_1: "1 Main St".into(),
        city: "Reno".into(),
        state: "NV".into(),
        country: "US".into(),
        postcode: "89501".into(),
    });
    let form = W9::new(TaxEntityType::Individual, tin, address).first_name("Ann").last_name("Ibarra");
    let form = form.date_of_birth(Date::new(1990, 1, 31).unwrap());
    SubmitUserCompliance::new(ann.clone(), UserComplianceRequest::new().w9(form))
}

async fn says_where_she_wants_her_money(scene: &Scene, ann: &UserId) {
    let venmo = AddPayoutMethodRequest::new(AddPayoutMethodRequestPlatform::Venmo);
    let nowhere = scene.dots.run(AddPayoutMethod::new(ann.clone(), venmo.clone())).await;
    assert_eq!(refusal(nowhere), "Rejected 400 invalid-input");
    scene.dots.run(AddPayoutMethod::new(ann.clone(), venmo.handle("ann-ibarra"))).await.unwrap();
    let bank = AddPayoutMethodRequest::new(AddPayoutMethodRequestPlatform::Ach)
        .routing_number("110000000")
        .account_number("000123456789")
        .account_type(BankAccountType::Checking);
    let bank = scene.dots.run(AddPayoutMethod::new(ann.clone(), bank)).await.unwrap();

    // The newest comes first, and a list shows the last four digits alone.
    let methods = scene.dots.run(ListPayoutMethods::new(ann.clone())).await.unwrap();
    let [first, second] = methods.as_slice() else { panic!("two methods were added") };
    assert_eq!(
        (&first.platform, &second.platform),
        (&PaymentMethodPlatform::Ach, &PaymentMethodPlatform::Venmo)
    );
    assert_eq!((&first.id, first.mask.as_deref(), &second.id), (&bank.id, Some("6789"), &None));
    let to_the_bank = UpdateUserRequest::new().default_payout_method(Rail::Ach);
    let ann = scene.dots.run(UpdateUser::new(ann.clone(), to_the_bank)).await.unwrap();
    assert_eq!(ann.default_payout_method, Some(Rail::Ach));
    assert_eq!(ann.default_payout_method_details.as_ref().and_then(|it| it.mask.as_deref()), Some("6789"));
}

async fn is_found_among_the_verified(scene: &Scene, ann: &UserId) {
    let bob = scene.knows("Bob", "Tran", "2025550118").await;
    let page = scene.dots.run(ListUsers::new().limit(1)).await.unwrap();
    assert_eq!((&page.data[0].id, page.has_more), (&bob, true));
    let page = scene.dots.run(ListUsers::new().limit(1).starting_after(bob)).await.unwrap();
    assert_eq!((&page.data[0].id, page.has_more), (ann, false));
    let verified = scene.dots.run(ListUsers::new().status(UserStatus::Verified)).await.unwrap();
    assert_eq!(verified.data.iter().map(|user| &user.id).collect::<Vec<_>>(), [ann]);
}

async fn leaves_before_she_has_spent_her_bonus(scene: &Scene, ann: &UserId) {
    let bonus = CreateTransferRequest::new(Cents::new(-25_000), ann.clone());
    scene.dots.run(CreateTransfer::new(bonus)).await.unwrap();
    assert_eq!((scene.wallet(ann).await, scene.sandbox.balance()), (Cents::new(25_000), FUNDS - 25_000));

    let gone = scene.dots.run(DeleteUser::new(ann.clone())).await.unwrap();
    assert_eq!(&gone.id, ann);
    let looked_up = scene.dots.run(GetUser::new(ann.clone())).await;
    assert_eq!(refusal(looked_up), "Rejected 404 no_such_resource");
    assert_eq!((scene.sandbox.audit().users, scene.sandbox.balance()), (0, FUNDS));
}

async fn seen(scene: &Scene, ann: &UserId) -> User {
    scene.dots.run(GetUser::new(ann.clone())).await.unwrap().into_inner()
}

async fn tax_number(scene: &Scene, ann: &UserId) -> Option<TaxIdVerification> {
    seen(scene, ann).await.compliance.unwrap().tax_id_verification
}
