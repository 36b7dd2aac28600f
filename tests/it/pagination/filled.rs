//! A sandbox in which no list is empty.

use dots_api::{
    AppId, Cents, CreateApp, CreateAppRequest, CreateFlow, CreateFlowRequest, CreateOrganizationTransfer,
    CreateOrganizationTransferRequest, CreatePayable, CreatePayableRequest, CreatePaymentCustomer,
    CreatePaymentCustomerRequest, CreatePayoutBatch, CreatePayoutBatchRequest, CreatePayoutLink,
    CreatePayoutLinkRequest, CreateTransfer, CreateTransferBatch, CreateTransferBatchRequest,
    CreateTransferBatchRequestItem, CreateTransferRequest, CreateUser, CreateUserRequest,
    CreateUserRequestFields, CreateVendor, CreateVendorRequest, DashboardUserId, FlowStep, Operation,
    PayoutBatchItem, PayoutBatchItemPlatform, SubmitPayoutRequest, SubmitPayoutRequestRequest, UserId,
    VendorAddressInput, VendorAddressInputCountry, VendorAddressInputFields, VendorAddressInputState,
};
use dots_api_ext::{Dots, Reply};
use dots_sandbox::Sandbox;

use crate::support::world::client_of;

/// One dollar.
const DOLLAR: Cents = Cents::new(100);

/// One dollar, as a negative amount: to a user.
const OUT: Cents = Cents::new(-100);

/// The person in the sandbox's dashboard who may create payables.
const CREATOR: DashboardUserId = DashboardUserId::new(41);

/// Starts a sandbox and adds rows to every list, one at a time.
pub(super) async fn filled(rows: usize) -> (Sandbox, Dots) {
    let sandbox = Sandbox::builder().organization_funds(1_000_000).start().await.unwrap();
    let dots = client_of(&sandbox.url());
    for _ in 0..rows {
        add_a_row_to_every_list(&dots, &sandbox.app_id()).await;
    }
    (sandbox, dots)
}

/// Adds at least one row to every list.
pub(super) async fn add_a_row_to_every_list(dots: &Dots, app: &str) {
    let user = add_a_user(dots, "2025550139").await;
    add_a_transfer(dots, &user).await;
    run(dots, CreateApp::new(CreateAppRequest::new("Example"))).await;
    run(dots, CreateFlow::new(CreateFlowRequest::new(vec![FlowStep::Payout.into()]))).await;
    let customer = CreatePaymentCustomerRequest::new().business_name("Example Paper Supply");
    run(dots, CreatePaymentCustomer::new(customer)).await;
    run(dots, CreatePayoutLink::new(CreatePayoutLinkRequest::new(DOLLAR))).await;
    let request = SubmitPayoutRequestRequest::new(DOLLAR).user_id(user.clone());
    run(dots, SubmitPayoutRequest::new(request)).await;
    let item = PayoutBatchItem::new(user.clone(), DOLLAR, PayoutBatchItemPlatform::Default, true);
    run(dots, CreatePayoutBatch::new(CreatePayoutBatchRequest::new(vec![item]))).await;
    let item = CreateTransferBatchRequestItem::new().amount(OUT).user_id(user);
    run(dots, CreateTransferBatch::new(CreateTransferBatchRequest::new().items(vec![item]))).await;
    let app: AppId = app.parse().unwrap();
    let transfer = CreateOrganizationTransferRequest::new(OUT, app);
    run(dots, CreateOrganizationTransfer::new(transfer)).await;
    let (country, state) = (VendorAddressInputCountry::Us, VendorAddressInputState::Il);
    let address = VendorAddressInput::new(VendorAddressInputFields {
        country,
        city: "Springfield".into(),
        state,
        line_1: "100 Main Street".into(),
        postcode: "62701".into(),
    });
    run(dots, CreateVendor::new(CreateVendorRequest::new("Example Paper Supply", address))).await;
    run(dots, CreatePayable::new(CreatePayableRequest::new(CREATOR, "INV-1001"))).await;
}

/// Adds a user.
pub(super) async fn add_a_user(dots: &Dots, phone: &str) -> UserId {
    let (code, number) = ("1".parse().unwrap(), phone.parse().unwrap());
    let request = CreateUserRequest::new(CreateUserRequestFields {
        first_name: "Jo".into(),
        last_name: "Doe".into(),
        email: "jo@example.com".into(),
        country_code: code,
        phone_number: number,
    });
    run(dots, CreateUser::new(request)).await.id.clone()
}

/// Moves a dollar to a user.
pub(super) async fn add_a_transfer(dots: &Dots, user: &UserId) {
    run(dots, CreateTransfer::new(CreateTransferRequest::new(OUT, user.clone()))).await;
}

async fn run<O: Operation>(dots: &Dots, operation: O) -> Reply<O::Output> {
    dots.run(operation).await.unwrap()
}
