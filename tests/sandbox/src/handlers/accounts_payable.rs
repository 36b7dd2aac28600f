//! The tag `accounts-payable`: vendors and the bills they send.

mod files;
mod life;
mod payables;
mod payment;
mod policies;
mod staff;
mod status;
mod steps;
mod vendors;

use super::{Play, Row};
use crate::{resources::Verb, state::Kind};

pub(crate) use files::show as show_file;
pub(crate) use payment::fail;
pub(super) use payment::{SETTLE, settle};

pub(super) const PLAYS: &[Row] = &[
    ("list_vendors", Play::plain(Verb::List, Kind::Vendor)),
    ("create_vendor", Play::rule(vendors::create)),
    ("get_vendor", Play::plain(Verb::Get, Kind::Vendor)),
    ("delete_vendor", Play::rule(vendors::delete)),
    ("list_vendor_payment_methods", Play::plain(Verb::List, Kind::VendorPaymentMethod)),
    ("create_vendor_payment_method", Play::plain(Verb::Create, Kind::VendorPaymentMethod)),
    ("get_vendor_payment_method", Play::plain(Verb::Get, Kind::VendorPaymentMethod)),
    ("delete_vendor_payment_method", Play::plain(Verb::Delete, Kind::VendorPaymentMethod)),
    ("list_payables", Play::plain(Verb::List, Kind::Payable)),
    ("create_payable", Play::rule(payables::create)),
    ("create_payable_from_file", Play::rule(files::create_payable)),
    ("get_payable", Play::plain(Verb::Get, Kind::Payable)),
    ("update_payable", Play::rule(payables::update)),
    ("upload_payable_file", Play::rule(files::upload)),
    ("delete_payable_file", Play::rule(files::delete)),
    ("cancel_payable", Play::rule(life::cancel)),
    ("submit_payable", Play::rule(life::submit)),
    ("approve_payable", Play::rule(life::approve)),
    ("reject_payable", Play::rule(life::reject)),
    ("pay_payable", Play::rule(payment::pay)),
    ("list_approval_policies", Play::plain(Verb::List, Kind::ApprovalPolicy)),
    ("create_approval_policy", Play::rule(policies::create)),
    ("set_approval_policy_priority", Play::rule(policies::set_priority)),
    ("delete_approval_policy", Play::plain(Verb::Delete, Kind::ApprovalPolicy)),
    ("list_approvers", Play::rule(staff::list_approvers)),
];
