//! The tag `accounts-payable`: vendors and the bills they send.

mod approval;
mod approval_steps;
mod attachment;
mod files;
mod history;
mod payables;
mod payment;
mod policies;
mod staff;
mod status;
mod vendors;

use super::{Entry, Handler, resources::Verb};
use crate::state::Kind;

pub(crate) use files::show as show_file;
pub(crate) use payment::fail;
pub(super) use payment::{SETTLE, settle};

pub(super) const HANDLERS: &[Entry] = &[
    ("list_vendors", Handler::resource(Verb::List, Kind::Vendor)),
    ("create_vendor", Handler::custom(vendors::create)),
    ("get_vendor", Handler::resource(Verb::Get, Kind::Vendor)),
    ("delete_vendor", Handler::custom(vendors::delete)),
    ("list_vendor_payment_methods", Handler::resource(Verb::List, Kind::VendorPaymentMethod)),
    ("create_vendor_payment_method", Handler::resource(Verb::Create, Kind::VendorPaymentMethod)),
    ("get_vendor_payment_method", Handler::resource(Verb::Get, Kind::VendorPaymentMethod)),
    ("delete_vendor_payment_method", Handler::resource(Verb::Delete, Kind::VendorPaymentMethod)),
    ("list_payables", Handler::resource(Verb::List, Kind::Payable)),
    ("create_payable", Handler::custom(payables::create)),
    ("create_payable_from_file", Handler::custom(files::create_payable)),
    ("get_payable", Handler::resource(Verb::Get, Kind::Payable)),
    ("update_payable", Handler::custom(payables::update)),
    ("upload_payable_file", Handler::custom(files::upload)),
    ("delete_payable_file", Handler::custom(files::delete)),
    ("cancel_payable", Handler::custom(approval::cancel)),
    ("submit_payable", Handler::custom(approval::submit)),
    ("approve_payable", Handler::custom(approval::approve)),
    ("reject_payable", Handler::custom(approval::reject)),
    ("pay_payable", Handler::custom(payment::pay)),
    ("list_approval_policies", Handler::resource(Verb::List, Kind::ApprovalPolicy)),
    ("create_approval_policy", Handler::custom(policies::create)),
    ("set_approval_policy_priority", Handler::custom(policies::set_priority)),
    ("delete_approval_policy", Handler::resource(Verb::Delete, Kind::ApprovalPolicy)),
    ("list_approvers", Handler::custom(staff::list_approvers)),
];
