//! The bills, from the first draft to the payment.

use dots_api::{
    ApprovePayable, CancelPayable, Cents, CreatePayable, CreatePayableFromFile, CreatePayableRequest,
    DeletePayableFile, FundingSource, GetPayable, ListPayables, PayPayable, PayPayableRequest, Payable,
    PayableAction, PayableActionRequest, PayableFileRequest, PayableId, PayableItemInput,
    PayableItemInputFields, PayableStatus, RejectPayable, SubmitPayable, UpdatePayable, UpdatePayableRequest,
    UploadPayableFile,
};
use serde_json::Value;

use super::people::{CREATOR, FIRST_APPROVER, PAYER, SECOND_APPROVER};
use super::vendors::Supplier;
use crate::stories::scene::{DAY, FUNDS, HOUR, Scene, refusal};

/// `%PDF-1.7`, in base64.
const PDF: &str = "JVBERi0xLjc=";

pub(super) async fn writes_down_a_large_bill(scene: &Scene, supplier: &Supplier) -> PayableId {
    let bill = CreatePayableRequest::new(CREATOR, "INV-1001").funding_source(FundingSource::DotsBalance);
    let bill = scene.dots.run(CreatePayable::new(bill)).await.unwrap();
    let too_early = SubmitPayable::new(bill.id.clone(), PayableActionRequest::new(CREATOR));
    assert_eq!(refusal(scene.dots.run(too_early).await), "Rejected 400 invalid-input");

    let paper = PayableItemInput::new(PayableItemInputFields {
        name: "Copy paper".into(),
        unit_price: Cents::new(2_000),
        quantity: 62.5,
        amount: Cents::new(125_000),
    });
    let toner = PayableItemInput::new(PayableItemInputFields {
        name: "Toner".into(),
        unit_price: Cents::new(25_000),
        quantity: 1.0,
        amount: Cents::new(25_000),
    });
    let terms = UpdatePayableRequest::new()
        .ap_vendor_id(supplier.id.clone())
        .ap_payment_method_id(supplier.account.clone())
        .items(vec![paper, toner]);
    let bill = scene.dots.run(UpdatePayable::new(bill.id.clone(), terms)).await.unwrap();
    assert_eq!((bill.amount, bill.items[0].quantity), (Some(Cents::new(150_000)), Some(62.5)));
    assert_eq!(bill.ap_vendor_name.as_deref(), Some("Example Paper Supply"));
    bill.id.clone()
}

pub(super) async fn attaches_the_right_file(scene: &Scene, bill: &PayableId) {
    let attach = UploadPayableFile::new(bill.clone(), PayableFileRequest::new(PDF));
    assert_eq!(scene.dots.run(attach.clone()).await.unwrap().updated, Some(true));
    // It was last month's, so the company removes it and attaches the right one.
    let removed = scene.dots.run(DeletePayableFile::new(bill.clone())).await.unwrap();
    assert_eq!(removed.deleted, Some(true));
    assert_eq!(seen(scene, bill).await.file_url, None);
    scene.dots.run(attach).await.unwrap();
    assert!(seen(scene, bill).await.file_url.is_some());
}

pub(super) async fn two_people_approve_it(scene: &Scene, bill: &PayableId) {
    let submitted = PayableActionRequest::new(CREATOR).comment("Please pay by Friday.");
    let submitted = scene.dots.run(SubmitPayable::new(bill.clone(), submitted)).await.unwrap();
    assert_eq!(submitted.approval_steps[0].num_approvals_required, Some(2));
    let approve =
        |person| scene.dots.run(ApprovePayable::new(bill.clone(), PayableActionRequest::new(person)));
    let unasked = approve(PAYER).await;
    assert_eq!(refusal(unasked), "Rejected 403 forbidden");
    let first = approve(FIRST_APPROVER).await.unwrap();
    assert_eq!(first.status, Some(PayableStatus::SubmittedForApproval));
    let twice = approve(FIRST_APPROVER).await;
    assert_eq!(refusal(twice), "Rejected 400 invalid-transaction");
    let too_early = scene.dots.run(PayPayable::new(bill.clone(), PayPayableRequest::new(PAYER))).await;
    assert_eq!(refusal(too_early), "Rejected 400 invalid-transaction");
    let second = approve(SECOND_APPROVER).await.unwrap();
    assert_eq!(
        (&second.status, second.approval_steps[0].completed),
        (&Some(PayableStatus::Approved), Some(true))
    );
    assert_eq!(scene.sandbox.balance(), FUNDS);
}

pub(super) async fn pays_it_at_the_second_attempt(scene: &Scene, bill: &PayableId) {
    let pay = PayPayable::new(bill.clone(), PayPayableRequest::new(PAYER));
    let paying = scene.dots.run(pay.clone()).await.unwrap();
    assert_eq!(paying.status, Some(PayableStatus::PaymentInitiated));
    // The operation takes no key; only the status of the bill keeps it from being paid twice.
    assert_eq!(refusal(scene.dots.run(pay.clone()).await), "Rejected 400 invalid-transaction");
    assert_eq!(scene.sandbox.balance(), FUNDS - 150_000);
    scene.later(HOUR);
    let route = format!("payables/{bill}/fail");
    scene.happens("the supplier's bank sends the money back", &route, Value::Null).await;
    assert_eq!(seen(scene, bill).await.status, Some(PayableStatus::PaymentFailed));
    assert_eq!(scene.sandbox.balance(), FUNDS);

    let second = scene.dots.run(pay).await.unwrap();
    assert_ne!(second.transfer_id, paying.transfer_id);
    scene.later(DAY);
    let paid = seen(scene, bill).await;
    assert_eq!((&paid.status, paid.transfer_history.len()), (&Some(PayableStatus::PaymentCompleted), 2));
    let last = paid.action_history.last().and_then(|step| step.action.clone());
    assert_eq!((last, scene.sandbox.audit().payees), (Some(PayableAction::RetryPayment), 150_000));
}

pub(super) async fn rejects_a_small_one(scene: &Scene, supplier: &Supplier) {
    let bill = CreatePayableRequest::new(CREATOR, "INV-1002")
        .amount(Cents::new(9_900))
        .ap_vendor_id(supplier.id.clone())
        .ap_payment_method_id(supplier.account.clone());
    let bill = scene.dots.run(CreatePayable::new(bill)).await.unwrap();
    let submitted = SubmitPayable::new(bill.id.clone(), PayableActionRequest::new(CREATOR));
    let submitted = scene.dots.run(submitted).await.unwrap();
    assert_eq!(submitted.approval_steps[0].num_approvals_required, Some(1));
    let no = PayableActionRequest::new(FIRST_APPROVER).comment("We never ordered this.");
    let rejected = scene.dots.run(RejectPayable::new(bill.id.clone(), no)).await.unwrap();
    assert_eq!(rejected.status, Some(PayableStatus::Rejected));
    let paid = scene.dots.run(PayPayable::new(bill.id.clone(), PayPayableRequest::new(PAYER))).await;
    assert_eq!(refusal(paid), "Rejected 400 invalid-transaction");
}

pub(super) async fn takes_back_a_mistake(scene: &Scene, paid: &PayableId) {
    let upload = CreatePayableFromFile::new(CREATOR, b"%PDF-1.7 and the rest".to_vec());
    let copy = scene.dots.run(upload.file_name("INV-1001.pdf")).await.unwrap();
    assert_eq!((copy.number.as_deref(), copy.amount), (Some("INV-1001"), None));
    let canceled = CancelPayable::new(copy.id.clone(), PayableActionRequest::new(CREATOR));
    assert_eq!(scene.dots.run(canceled).await.unwrap().status, Some(PayableStatus::Canceled));
    let too_late = CancelPayable::new(paid.clone(), PayableActionRequest::new(CREATOR));
    assert_eq!(refusal(scene.dots.run(too_late).await), "Rejected 400 invalid-transaction");

    let newest = scene.dots.run(ListPayables::new().limit(2)).await.unwrap();
    assert_eq!((newest.data.len(), newest.has_more), (2, true));
    let after = ListPayables::new().starting_after(newest.data[1].id.clone());
    let oldest = scene.dots.run(after).await.unwrap();
    assert_eq!((&oldest.data[0].id, oldest.has_more), (paid, false));
}

async fn seen(scene: &Scene, bill: &PayableId) -> Payable {
    scene.dots.run(GetPayable::new(bill.clone())).await.unwrap().into_inner()
}
