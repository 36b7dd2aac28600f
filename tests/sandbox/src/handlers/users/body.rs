//! The view of a user.

use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::payout_methods;
use crate::{
    handlers::resources,
    spec::Style,
    state::{Account, State, TaxEntity, TaxForm, User, UserStatus},
};

/// A user. The fields that are left out when they are empty are those that some answers never have.
#[derive(Serialize)]
pub(super) struct UserBody<'u> {
    id: Uuid,
    first_name: &'u str,
    last_name: &'u str,
    email: &'u str,
    phone_number: Phone<'u>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'u str>,
    status: UserStatus,
    verified: bool,
    default_payout_method: Option<&'u str>,
    default_payout_method_details: Option<Value>,
    payout_options_exclude_list: &'u [String],
    metadata: Option<&'u Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet: Option<Wallet>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compliance: Option<ComplianceBody<'u>>,
    #[serde(rename = "1099_adjustment", skip_serializing_if = "Option::is_none")]
    adjustment_1099: Option<&'u Value>,
}

#[derive(Serialize)]
struct Phone<'u> {
    country_code: &'u str,
    phone_number: &'u str,
}

/// The wallet of a user, in cents.
#[derive(Serialize)]
struct Wallet {
    amount: i64,
    withdrawable_amount: i64,
    credit_balance: i64,
}

impl<'u> UserBody<'u> {
    /// A user as the answer to its creation shows it: without wallet and compliance.
    pub(super) fn new(user: &'u User) -> Self {
        Self {
            id: user.id,
            first_name: &user.first_name,
            last_name: &user.last_name,
            email: &user.email,
            phone_number: Phone { country_code: &user.country_code, phone_number: &user.phone_number },
            country: user.address.as_ref().and_then(|address| address.get("country")?.as_str()),
            status: user.status,
            verified: match user.status {
                UserStatus::Unverified => false,
                UserStatus::Verified => true,
            },
            default_payout_method: user.default_payout_method.as_deref(),
            default_payout_method_details: None,
            payout_options_exclude_list: &user.payout_options_exclude_list,
            metadata: user.metadata.as_ref(),
            wallet: None,
            compliance: None,
            adjustment_1099: None,
        }
    }

    /// The user as every later answer shows it.
    pub(super) fn full(user: &'u User, state: &State) -> Self {
        let amount = state.ledger.balance(Account::User(user.id));
        let wallet = Wallet { amount, withdrawable_amount: amount, credit_balance: 0 };
        Self {
            default_payout_method_details: payout_methods::default_of(user, state)
                .map(payout_methods::listed),
            wallet: Some(wallet),
            compliance: Some(ComplianceBody::of(user, resources::style(state))),
            ..Self::new(user)
        }
    }

    /// A user as the answer for a single user shows it: no other answer has the adjustment
    /// ([apireference/users/retrieve-a-user]).
    ///
    /// [apireference/users/retrieve-a-user]: https://docs.dots.dev/apireference/users/retrieve-a-user
    pub(super) fn alone(user: &'u User, state: &State) -> Self {
        Self { adjustment_1099: user.adjustment_1099.as_ref(), ..Self::full(user, state) }
    }
}

/// The compliance of a user. The sandbox flags no user.
#[derive(Serialize)]
struct ComplianceBody<'u> {
    tax_id_collected: bool,
    tax_id_verification: &'static str,
    address_collected: bool,
    date_of_birth_collected: bool,
    must_collect_1099: bool,
    #[serde(rename = "1099_collected")]
    collected_1099: bool,
    w8_ben_collected: bool,
    flagged: bool,
    id_verified: bool,
    has_criminal_activity: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    background_check: Option<Value>,
    /// Null for a person outside the US.
    w9: Option<W9Body<'u>>,
    flags: Value,
}

#[derive(Serialize)]
struct W9Body<'u> {
    #[serde(skip_serializing_if = "Option::is_none")]
    entity_type: Option<TaxEntity>,
    business_name: Option<&'u str>,
    tax_id_collected: bool,
    address_collected: bool,
    tax_id_verification: &'static str,
}

impl<'u> ComplianceBody<'u> {
    fn of(user: &'u User, style: Style) -> Self {
        let form = user.compliance.form.as_ref();
        let address_collected = user.address.is_some() || form.is_some();
        let (entity_type, business_name, tax_id_verification) = match form {
            Some(TaxForm::W9 { entity_type, business_name, check }) => {
                (Some(*entity_type), business_name.as_deref(), check.as_str())
            }
            Some(TaxForm::W8ben) | None => (None, None, "unsubmitted"),
        };
        let tax_id_collected = entity_type.is_some();
        let w9 =
            W9Body { entity_type, business_name, tax_id_collected, address_collected, tax_id_verification };
        let w8_ben_collected = form == Some(&TaxForm::W8ben);
        let passed = |at| json!({ "status": "pass", "updated": style.time(at) });
        Self {
            tax_id_collected,
            tax_id_verification,
            address_collected,
            date_of_birth_collected: user.date_of_birth.is_some(),
            // Dots' sandbox shows the compliance step to every user (flows/overview).
            must_collect_1099: form.is_none(),
            collected_1099: tax_id_collected,
            w8_ben_collected,
            flagged: false,
            id_verified: user.compliance.id_verified,
            has_criminal_activity: false,
            background_check: user.compliance.background_check.map(passed),
            w9: (!w8_ben_collected).then_some(w9),
            flags: unflagged(),
        }
    }
}

fn unflagged() -> Value {
    json!({
        "ofac": false,
        "ofac_status": "unflagged",
        "payout_method": false,
        "payout_method_cycle": false,
        "name_mismatch": false,
    })
}
