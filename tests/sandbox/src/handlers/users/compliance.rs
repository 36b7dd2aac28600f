//! The compliance of a user: the address and the tax form.

use std::time::Duration;

use hyper::StatusCode;
use serde::Deserialize;
use uuid::Uuid;

use super::{change, find};
use crate::{
    http::{Refusal, Reply},
    plan::{Decision, Plan},
    state::{State, TaxCheck, TaxEntity, TaxForm, User},
    validation::Call,
};

/// How long the check of a tax number takes; Dots says seconds, and at worst a day ([references/users]).
///
/// [references/users]: https://docs.dots.dev/references/users
const CHECK: Duration = Duration::from_secs(60 * 60);

/// Tax numbers that begin like this are never given out, so these are the ones that do not match.
const NEVER_GIVEN_OUT: &str = "000";

/// Citizens of these need no tax number of their own ([apireference/users/submit-compliance-information]).
///
/// [apireference/users/submit-compliance-information]: https://docs.dots.dev/apireference/users/submit-compliance-information
const WITHOUT_TAX_ID: [&str; 5] = ["AU", "BM", "VG", "KY", "JP"];

#[derive(Deserialize)]
struct Forms {
    w9: Option<W9>,
    w8ben: Option<W8ben>,
}

#[derive(Deserialize)]
struct W9 {
    entity_type: TaxEntity,
    business_name: Option<String>,
    date_of_birth: Option<String>,
    tin: String,
}

#[derive(Deserialize)]
struct W8ben {
    citizenship_country: String,
    date_of_birth: String,
    foreign_tax_id: Option<String>,
    signature: Signature,
}

#[derive(Deserialize)]
struct Signature {
    consent: bool,
}

/// Stores the address of a user; `country` and `compliance.address_collected` show that there is one.
pub(super) fn set_address(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let user = find(call, state)?;
    let reply = Reply::empty(StatusCode::OK, format!("set the address of user {}", user.id));
    let mut plan = Plan::new(call, state);
    change(&mut plan, user, User { address: Some(Box::new(call.whole().clone())), ..user.clone() });
    Ok(plan.answer(reply))
}

/// Stores a tax form in place of an earlier one.
pub(super) fn submit(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let old = find(call, state)?;
    let forms: Forms = call.body()?;
    let mut plan = Plan::new(call, state);
    let mut user = old.clone();
    let note = match (forms.w9, forms.w8ben) {
        (Some(w9), None) => {
            w9.check()?;
            let check = begin_tax_check(&mut plan, user.id, &w9.tin);
            let W9 { entity_type, business_name, date_of_birth, .. } = w9;
            user.compliance.form = Some(TaxForm::W9 { entity_type, business_name, check });
            user.date_of_birth = date_of_birth.or(user.date_of_birth);
            format!("took the W-9 of user {}", old.id)
        }
        (None, Some(w8ben)) => {
            w8ben.check()?;
            user.compliance.form = Some(TaxForm::W8ben);
            user.date_of_birth = Some(w8ben.date_of_birth);
            format!("took the W-8BEN of user {}", old.id)
        }
        (Some(_), Some(_)) => return Err(Refusal::invalid("`w9` and `w8ben` exclude each other")),
        (None, None) => return Err(Refusal::invalid("one of `w9` and `w8ben` is required")),
    };
    change(&mut plan, old, user);
    Ok(plan.answer(Reply::empty(StatusCode::OK, note)))
}

fn begin_tax_check(plan: &mut Plan<'_>, user: Uuid, tin: &str) -> TaxCheck {
    plan.later(CHECK, "user.tax_check", user);
    TaxCheck::Pending { due: plan.state().after(CHECK), matches: !tin.starts_with(NEVER_GIVEN_OUT) }
}

/// Ends the check of a user's tax number, unless a later form has begun another check.
pub(in crate::handlers) fn end_tax_check(plan: &mut Plan<'_>, id: Uuid) -> Result<(), Refusal> {
    let old = plan.state().users.find(&id);
    let old = old.ok_or_else(|| Refusal::missing(format!("there is no user `{id}`")))?;
    let mut user = old.clone();
    if let Some(TaxForm::W9 { check, .. }) = &mut user.compliance.form {
        *check = check.at(plan.now());
    }
    change(plan, old, user);
    Ok(())
}

impl W9 {
    fn check(&self) -> Result<(), Refusal> {
        if !self.tin.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::invalid("`w9.tin` must be nine digits"));
        }
        match self.entity_type {
            TaxEntity::Business => needed("w9.business_name", self.business_name.as_deref(), "a business"),
            // No page asks for the names of an individual.
            TaxEntity::Individual => {
                needed("w9.date_of_birth", self.date_of_birth.as_deref(), "an individual")
            }
        }
    }
}

impl W8ben {
    fn check(&self) -> Result<(), Refusal> {
        let country = self.citizenship_country.as_str();
        if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(Refusal::invalid("`w8ben.citizenship_country` must be two letters such as `AU`"));
        }
        if !WITHOUT_TAX_ID.contains(&country) {
            needed(
                "w8ben.foreign_tax_id",
                self.foreign_tax_id.as_deref(),
                "this `w8ben.citizenship_country`",
            )?;
        }
        if self.signature.consent {
            Ok(())
        } else {
            Err(Refusal::invalid("`w8ben.signature.consent` must be true"))
        }
    }
}

fn needed(field: &str, value: Option<&str>, whom: &str) -> Result<(), Refusal> {
    match value {
        Some(text) if !text.trim().is_empty() => Ok(()),
        _ => Err(Refusal::invalid(format!("`{field}` is required for {whom}"))),
    }
}
