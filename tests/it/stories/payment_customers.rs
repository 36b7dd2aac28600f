//! A yoga studio keeps who pays it, a company among them, and takes the company's first payment.

use dots_api::{
    BankAccountType, Cents, CreatePayment, CreatePaymentCustomer, CreatePaymentCustomerRequest,
    CreatePaymentRequest, CreatePaymentRequestAchInfo, CreatePaymentRequestPlatform, GetPaymentCustomer,
    ListPaymentCustomers, Metadata, PaymentCustomerAddress, PaymentCustomerAddressFields, PaymentCustomerId,
};

use super::scene::{DAY, FUNDS, Scene, refusal};

#[tokio::test]
async fn a_customer_is_kept_found_and_pays() {
    super::assert_told("payment-customers", &story().await);
}

pub(super) async fn story() -> String {
    let scene = Scene::opens().await;
    let company = keeps_a_company(&scene).await;
    let person = keeps_a_person(&scene).await;
    reads_its_list(&scene, [&person, &company]).await;
    is_paid_by_the_company(&scene, &company).await;
    scene.later(DAY);
    assert_eq!(scene.sandbox.balance(), FUNDS + 12_000);
    scene.ends().await
}

async fn keeps_a_company(scene: &Scene) -> PaymentCustomerId {
    let address = PaymentCustomerAddress::new(PaymentCustomerAddressFields {
        country: "US".into(),
        city: "Springfield".into(),
        state: "IL".into(),
        postcode: "62701".into(),
        line_1: "100 Main Street".into(),
    });
    let company = CreatePaymentCustomerRequest::new()
        .business_name("Calm Desks LLC")
        .email("office@example.com")
        .address(address.clone())
        .metadata(Metadata::from_iter([("crm", "C-5")]));
    let made = scene.dots.run(CreatePaymentCustomer::new(company)).await.unwrap();
    assert_eq!(made.email.as_deref(), Some("office@example.com"));
    let found = scene.dots.run(GetPaymentCustomer::new(made.id.clone())).await.unwrap();
    assert_eq!((found.business_name.as_deref(), &found.address), (Some("Calm Desks LLC"), &Some(address)));
    made.id.clone()
}

async fn keeps_a_person(scene: &Scene) -> PaymentCustomerId {
    let half_a_name = CreatePaymentCustomerRequest::new().first_name("Zoe");
    let refused = scene.dots.run(CreatePaymentCustomer::new(half_a_name.clone())).await;
    assert_eq!(refusal(refused), "Rejected 400 invalid-input");
    let zoe = half_a_name.last_name("Adler").country_code("1".parse().unwrap());
    let zoe = zoe.phone_number("2025550130".parse().unwrap());
    scene.dots.run(CreatePaymentCustomer::new(zoe)).await.unwrap().id.clone()
}

async fn reads_its_list(scene: &Scene, newest_first: [&PaymentCustomerId; 2]) {
    let first = scene.dots.run(ListPaymentCustomers::new().limit(1)).await.unwrap();
    assert!(first.has_more);
    let after = ListPaymentCustomers::new().starting_after(first.data[0].id.clone());
    let rest = scene.dots.run(after).await.unwrap();
    assert!(!rest.has_more);
    assert_eq!([&first.data[0].id, &rest.data[0].id], newest_first);
}

async fn is_paid_by_the_company(scene: &Scene, company: &PaymentCustomerId) {
    let account = CreatePaymentRequestAchInfo::new()
        .account_number("000123456789")
        .routing_number("110000000")
        .account_type(BankAccountType::Savings);
    let payment = CreatePaymentRequest::new(Cents::new(12_000), CreatePaymentRequestPlatform::Ach)
        .customer_id(company.clone())
        .ach_info(account);
    let payment = scene.dots.run(CreatePayment::new(payment)).await.unwrap();
    assert_eq!((payment.amount, &payment.user_id), (Cents::new(12_000), &None));
}
