//! The payout methods of a user: those that the app has added, and the default.

use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{find, tell, tell_default};
use crate::{
    handlers::resources,
    http::Refusal,
    plan::{Decision, Plan},
    spec::is_email,
    state::{Kind, Label, Object, State, User},
    validation::Call,
};

/// The field that holds a method's own id, which is not shaped like a UUID, as the document says.
const ID: &str = "account_id";

#[derive(Deserialize)]
struct AddPayoutMethod {
    platform: Platform,
    is_default: Option<bool>,
    auto_payout_enabled: Option<bool>,
}

/// The rails for which an app can add a method; a user adds the others in a flow.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Platform {
    Ach,
    Paypal,
    Venmo,
    CashApp,
}

impl Platform {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ach => "ach",
            Self::Paypal => "paypal",
            Self::Venmo => "venmo",
            Self::CashApp => "cash_app",
        }
    }

    /// Returns the fields of a method of this rail.
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Ach => &["routing_number", "account_number", "account_type"],
            Self::Paypal => &["email"],
            Self::Venmo => &["phone_number", "handle"],
            Self::CashApp => &["routing_number", "account_number", "cash_tag"],
        }
    }

    /// Checks that the fields exist and are plausible.
    fn check(self, fields: &Map<String, Value>) -> Result<(), Refusal> {
        if self == Self::Venmo {
            if fields.is_empty() {
                let message = "one of `phone_number` and `handle` is required when `platform` is `venmo`";
                return Err(Refusal::invalid(message));
            }
            return Ok(());
        }
        if let Some(missing) = self.fields().iter().find(|field| !fields.contains_key(**field)) {
            let platform = self.as_str();
            return Err(Refusal::invalid(format!("`{missing}` is required when `platform` is `{platform}`")));
        }
        let text = |field: &str| fields.get(field).and_then(Value::as_str);
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if text("routing_number").is_some_and(|number| number.len() != 9 || !is_number(number)) {
            return Err(Refusal::invalid("`routing_number` must be nine digits"));
        }
        if text("account_number").is_some_and(|number| number.len() > 17 || !is_number(number)) {
            return Err(Refusal::invalid("`account_number` must be 1 to 17 digits"));
        }
        if text("email").is_some_and(|email| !is_email(email)) {
            return Err(Refusal::invalid("`email` must be an e-mail address"));
        }
        Ok(())
    }
}

pub(super) fn list(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let user = find(call, state)?;
    let rows = of(state, user.id).rev().map(listed).collect();
    Ok(Decision::unchanged(resources::page_reply(call, state, rows, false, "payout method")))
}

/// Adds a method, or replaces the earlier version of it.
pub(super) fn add(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let user = find(call, state)?;
    let request: AddPayoutMethod = call.body()?;
    let platform = request.platform;
    let fields = fields(call, platform);
    platform.check(&fields)?;
    let mut plan = Plan::new(call, state);
    let mut method = version_of(user, platform, fields, &mut plan);
    if let Some(meta) = call.field("metadata") {
        method.set("meta", meta.clone());
    }
    let mut changed = user.clone();
    changed.auto_payout_enabled = request.auto_payout_enabled.unwrap_or(user.auto_payout_enabled);
    let is_first = user.default_payout_method.is_none();
    let is_awaited =
        user.default_payout_method.as_deref() == Some(platform.as_str()) && user.default_method_id.is_none();
    if request.is_default.unwrap_or(is_first) || is_awaited {
        changed.default_payout_method = Some(platform.as_str().to_owned());
        changed.default_method_id = Some(method.id);
    }
    let note = format!("added {} payout method {}", platform.as_str(), method.id);
    let reply = resources::reply(call, state, added(&method), note);
    plan.put(method);
    tell(&mut plan, "user.updated.payout_method", &changed);
    tell_default(&mut plan, user, &changed);
    plan.put_user(changed);
    Ok(plan.answer(reply))
}

/// Returns the fields of the request that a method of this rail has; an empty text counts as missing.
fn fields(call: &Call<'_>, platform: Platform) -> Map<String, Value> {
    let sent = platform.fields().iter().filter_map(|name| Some((*name, call.field(name)?)));
    let filled = sent.filter(|(_, value)| value.as_str().is_some_and(|text| !text.trim().is_empty()));
    filled.map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// Finds the earlier version of a method with these fields. A user has any number of bank accounts, and one method of
/// every other rail.
fn version_of(user: &User, platform: Platform, fields: Map<String, Value>, plan: &mut Plan<'_>) -> Object {
    let is_same = |method: &&Object| {
        let numbers = ["routing_number", "account_number"];
        let is_account = numbers.iter().all(|name| Some(method.field(name)) == fields.get(*name));
        method.text("platform") == Some(platform.as_str()) && (platform != Platform::Ach || is_account)
    };
    let known = of(plan.state(), user.id).find(is_same);
    let (id, created) = match known {
        Some(known) => (known.id, known.created),
        None => (plan.id(Kind::PayoutMethod), plan.now()),
    };
    let mut method =
        Object { kind: Kind::PayoutMethod, id, app: user.app, owner: Some(user.id), created, fields };
    method.set("platform", platform.as_str());
    if platform == Platform::Ach {
        method.set(ID, format!("ach_{}", id.simple()));
    }
    method
}

/// Returns a user's methods, oldest first.
pub(super) fn of(state: &State, user: Uuid) -> impl DoubleEndedIterator<Item = &Object> {
    state.objects.with(Kind::PayoutMethod, Label::owner(user))
}

/// Whether a user has a bank account with this id.
pub(in crate::handlers) fn has_account(state: &State, user: Uuid, id: &str) -> bool {
    of(state, user).any(|method| method.text(ID) == Some(id))
}

/// Returns the newest method of a rail.
pub(super) fn newest(state: &State, user: Uuid, rail: &str) -> Option<Uuid> {
    of(state, user).rev().find(|method| method.text("platform") == Some(rail)).map(|method| method.id)
}

/// Returns the user's default method.
pub(super) fn default_of<'s>(user: &User, state: &'s State) -> Option<&'s Object> {
    state.objects.find(Kind::PayoutMethod, &user.default_method_id?)
}

/// A method right after it was added: the fields as they were sent.
fn added(method: &Object) -> Value {
    let mut fields = method.fields.clone();
    fields.extend(method.fields.get(ID).map(|id| ("id".to_owned(), id.clone())));
    Value::Object(fields)
}

/// A method as lists and the user's details show it: an account number is cut down to its last digits.
pub(super) fn listed(method: &Object) -> Value {
    let kept = ["platform", "email", "phone_number", "cash_tag", "meta"];
    let kept = kept.iter().filter_map(|name| Some(((*name).to_owned(), method.fields.get(*name)?.clone())));
    let mut shown: Map<String, Value> = kept.collect();
    shown.extend(method.fields.get(ID).map(|id| ("id".to_owned(), id.clone())));
    let of_account = method.text("account_number").map(end);
    let named = ["email", "cash_tag", "handle", "phone_number"].iter().find_map(|name| method.text(name));
    let bank = of_account.map(|end| format!("Bank account ending in {end}"));
    let description = named.map(str::to_owned).or(bank);
    shown.extend(description.map(|text| ("description".to_owned(), Value::from(text))));
    if let Some(end) = of_account {
        let of_banks = [("mask", end), ("country", "US"), ("currency", "USD")];
        shown.extend(of_banks.map(|(name, value)| (name.to_owned(), Value::from(value))));
    }
    Value::Object(shown)
}

/// The last four digits of an account.
fn end(account: &str) -> &str {
    account.get(account.len().saturating_sub(4)..).unwrap_or_default()
}
