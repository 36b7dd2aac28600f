//! Who sends the bills, and into which accounts they are paid.

use dots_api::{
    BankAccountType, CreateVendor, CreateVendorPaymentMethod, CreateVendorPaymentMethodRequest,
    CreateVendorPaymentMethodRequestFields, CreateVendorRequest, DeleteVendor, DeleteVendorPaymentMethod,
    GetVendor, GetVendorPaymentMethod, ListVendorPaymentMethods, ListVendors, VendorAddressInput,
    VendorAddressInputCountry, VendorAddressInputFields, VendorAddressInputState, VendorId,
    VendorPaymentMethodId,
};

use crate::stories::scene::{Scene, refusal};

/// A supplier and the account that it wants its money in.
pub(super) struct Supplier {
    pub(super) id: VendorId,
    pub(super) account: VendorPaymentMethodId,
}

pub(super) async fn knows_its_supplier(scene: &Scene) -> Supplier {
    let (country, state) = (VendorAddressInputCountry::Us, VendorAddressInputState::Il);
    let address = VendorAddressInput::new(VendorAddressInputFields {
        country,
        city: "Springfield".into(),
        state,
        line_1: "100 Main Street".into(),
        postcode: "62701".into(),
    });
    let vendor = CreateVendorRequest::new("Example Paper Supply", address).contact_email("paper@example.com");
    let vendor = scene.dots.run(CreateVendor::new(vendor)).await.unwrap();
    let old = has_account(scene, &vendor.id, "Old account", "000111111111").await;
    let account = has_account(scene, &vendor.id, "New account", "000123456789").await;

    // The old account is closed before a payment goes into it.
    scene.dots.run(DeleteVendorPaymentMethod::new(vendor.id.clone(), old.clone())).await.unwrap();
    let looked_up = scene.dots.run(GetVendorPaymentMethod::new(vendor.id.clone(), old)).await;
    assert_eq!(refusal(looked_up), "Rejected 404 no_such_resource");
    let kept = scene.dots.run(GetVendorPaymentMethod::new(vendor.id.clone(), account.clone())).await.unwrap();
    assert_eq!(kept.name.as_deref(), Some("New account"));
    let all = scene.dots.run(ListVendorPaymentMethods::new(vendor.id.clone())).await.unwrap();
    assert_eq!((all.len(), &all[0].id), (1, &Some(account.clone())));

    let found = scene.dots.run(GetVendor::new(vendor.id.clone())).await.unwrap();
    assert_eq!((found.name.as_deref(), found.active), (Some("Example Paper Supply"), Some(true)));
    let page = scene.dots.run(ListVendors::new().limit(1)).await.unwrap();
    assert_eq!((&page.data[0].id, page.has_more), (&vendor.id, false));
    Supplier { id: vendor.id.clone(), account }
}

async fn has_account(scene: &Scene, vendor: &VendorId, name: &str, number: &str) -> VendorPaymentMethodId {
    let account = CreateVendorPaymentMethodRequest::new(CreateVendorPaymentMethodRequestFields {
        name: name.into(),
        ach_account_number: number.into(),
        ach_routing_number: "110000000".into(),
        ach_account_type: BankAccountType::Checking,
    });
    let account = scene.dots.run(CreateVendorPaymentMethod::new(vendor.clone(), account)).await.unwrap();
    account.id.clone().unwrap()
}

pub(super) async fn parts_from_its_supplier(scene: &Scene, supplier: &Supplier) {
    let gone = scene.dots.run(DeleteVendor::new(supplier.id.clone())).await.unwrap();
    assert_eq!((gone.deleted, gone.id.as_deref()), (Some(true), Some(supplier.id.as_str())));
    let page = scene.dots.run(ListVendors::new()).await.unwrap();
    assert_eq!(page.data, []);
}
