//! The tag `users`: the people an app pays, from their creation until they are deleted.

mod body;
mod compliance;
pub(super) mod payout_methods;
mod verification;

use hyper::StatusCode;
use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use self::body::UserBody;
use super::{Entry, Handler, list::list, resources};
use crate::{
    http::{Refusal, Reply},
    plan::{Decision, NewTransfer, Plan},
    state::{Account, Kind, State, TransactionKind, TransferKind, TransferStatus, User},
    validation::Call,
};

pub(super) use compliance::end_tax_check;

pub(super) const HANDLERS: &[Entry] = &[
    ("create_user", Handler::custom(create_user)),
    ("list_users", Handler::custom(list_users)),
    ("get_user", Handler::custom(get_user)),
    ("update_user", Handler::custom(update_user)),
    ("delete_user", Handler::custom(delete_user)),
    ("set_user_address", Handler::custom(compliance::set_address)),
    ("submit_user_compliance", Handler::custom(compliance::submit)),
    ("send_verification_token", Handler::custom(verification::send)),
    ("verify_user", Handler::custom(verification::verify)),
    ("list_payout_methods", Handler::custom(payout_methods::list)),
    ("add_payout_method", Handler::custom(payout_methods::add)),
];

/// The fields of a create request that the sandbox stores.
#[derive(Deserialize)]
struct CreateUser {
    first_name: String,
    last_name: String,
    email: String,
    country_code: String,
    phone_number: String,
    username: Option<String>,
    #[serde(flatten)]
    settings: Settings,
}

/// The fields of an update request that the sandbox stores.
#[derive(Deserialize)]
struct UpdateUser {
    default_payout_method: Option<String>,
    auto_payout_enabled: Option<bool>,
    #[serde(flatten)]
    settings: Settings,
}

/// The fields that a request can set on creation and change later.
#[derive(Deserialize)]
struct Settings {
    payout_options_exclude_list: Option<Vec<String>>,
    #[serde(rename = "1099_adjustment")]
    adjustment_1099: Option<Value>,
    date_of_birth: Option<String>,
    /// Null clears the metadata, and absence leaves them; a single `Option` cannot tell the two apart.
    #[serde(default, deserialize_with = "present")]
    metadata: Option<Option<Value>>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Value>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Settings {
    /// Applies the settings to a user.
    fn onto(self, user: User, now: Timestamp) -> Result<User, Refusal> {
        // The document lets an update send any JSON here and an answer show only these types, so the rest is refused.
        if let Some(Some(Value::Bool(_) | Value::Number(_) | Value::Array(_))) = self.metadata {
            return Err(Refusal::invalid("`metadata` must be a string or an object"));
        }
        let year = self.adjustment_1099.as_ref().and_then(|adjustment| adjustment.get("year"));
        if year.is_some_and(|year| year.as_i64() != Some(i64::from(now.to_zoned(TimeZone::UTC).year()))) {
            return Err(Refusal::invalid("`1099_adjustment.year` must be the current year"));
        }
        Ok(User {
            payout_options_exclude_list: self
                .payout_options_exclude_list
                .unwrap_or(user.payout_options_exclude_list),
            adjustment_1099: self.adjustment_1099.or(user.adjustment_1099),
            date_of_birth: self.date_of_birth.or(user.date_of_birth),
            metadata: self.metadata.unwrap_or(user.metadata),
            ..user
        })
    }
}

fn create_user(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let request: CreateUser = call.body()?;
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if request.username.is_some_and(|name| !name.chars().all(is_allowed)) {
        return Err(Refusal::invalid("`username` must be letters, digits and hyphens"));
    }
    let mut plan = Plan::new(call, state);
    let unknown = User::unknown(plan.id(Kind::User), call.app, plan.now());
    let named = User {
        first_name: request.first_name,
        last_name: request.last_name,
        email: request.email,
        country_code: request.country_code,
        phone_number: request.phone_number,
        ..unknown
    };
    let user = request.settings.onto(named, plan.now())?;
    let reply = Reply::json(StatusCode::CREATED, &UserBody::new(&user), format!("created user {}", user.id));
    plan.put_user(user);
    Ok(plan.answer(reply))
}

fn list_users(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let status = call.query("status").and_then(Value::as_str);
    let label = status.map(User::status_label);
    list(call, state, &state.users, label, "user", |user, _| UserBody::full(user, state))
}

fn get_user(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let user = find(call, state)?;
    let body = UserBody::alone(user, state);
    Ok(Decision::unchanged(Reply::json(StatusCode::OK, &body, format!("user {}", user.id))))
}

fn update_user(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let old = find(call, state)?;
    let request: UpdateUser = call.body()?;
    let mut plan = Plan::new(call, state);
    let mut user = request.settings.onto(old.clone(), plan.now())?;
    user.auto_payout_enabled = request.auto_payout_enabled.unwrap_or(user.auto_payout_enabled);
    if let Some(rail) = request.default_payout_method
        && old.default_payout_method.as_ref() != Some(&rail)
    {
        user.default_method_id = payout_methods::newest(state, user.id, &rail);
        user.default_payout_method = Some(rail);
    }
    let body = UserBody::full(&user, state);
    let reply = Reply::json(StatusCode::OK, &body, format!("updated user {}", user.id));
    change(&mut plan, old, user);
    Ok(plan.answer(reply))
}

fn delete_user(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let user = find(call, state)?;
    let body = UserBody::full(user, state);
    let reply = Reply::json(StatusCode::OK, &body, format!("deleted user {}", user.id));
    let mut plan = Plan::new(call, state);
    return_money(&mut plan, user)?;
    for method in payout_methods::of(state, user.id) {
        plan.remove(Kind::PayoutMethod, method.id);
    }
    plan.remove_user(user.id);
    Ok(plan.answer(reply))
}

/// Moves the balance of a user's wallet back to the app, as a transfer like one that the app requests.
fn return_money(plan: &mut Plan<'_>, user: &User) -> Result<(), Refusal> {
    let amount = plan.balance(Account::User(user.id));
    if amount == 0 {
        return Ok(());
    }
    let mut transfer = plan.transfer(NewTransfer {
        kind: TransferKind::Balance,
        user_id: Some(user.id),
        amount,
        organization: false,
        metadata: None,
    });
    let (from, to) = (Account::User(user.id), Account::App(user.app));
    plan.transact(&mut transfer, TransactionKind::Balance, from, to, amount)?;
    plan.advance(&mut transfer, TransferStatus::Completed)?;
    plan.emit("transfer.updated", json!({ "transfer_id": transfer.id, "metadata": null }));
    plan.put_transfer(transfer);
    Ok(())
}

/// Replaces a user, and emits the events for what changed.
fn change(plan: &mut Plan<'_>, old: &User, user: User) {
    if *old == user {
        return;
    }
    tell(plan, "user.updated", &user);
    tell_default(plan, old, &user);
    plan.put_user(user);
}

fn tell_default(plan: &mut Plan<'_>, old: &User, user: &User) {
    let default = |user: &User| (user.default_payout_method.clone(), user.default_method_id);
    if default(old) != default(user) {
        tell(plan, "user.updated.default_payout_method_changed", user);
    }
}

/// Emits an event about a user; all of them have the same payload.
pub(super) fn tell(plan: &mut Plan<'_>, event: &'static str, user: &User) {
    plan.emit(event, json!({ "user_id": user.id, "metadata": user.metadata }));
}

/// Finds the user that the path names.
fn find<'s>(call: &Call<'_>, state: &'s State) -> Result<&'s User, Refusal> {
    let user = call.path_id("user_id").and_then(|id| state.users.find(&id));
    let user = user.filter(|user| user.app == call.app);
    user.ok_or_else(|| Refusal::missing(format!("there is no user `{}`", call.path_text("user_id"))))
}

/// Checks that the user in the body, if there is one, belongs to the acting app.
pub(super) fn check_named(call: &Call<'_>, state: &State) -> Result<(), Refusal> {
    let named = call.field("user_id").and_then(Value::as_str);
    let Some(id) = named.and_then(|text| Uuid::try_parse(text).ok()) else { return Ok(()) };
    match state.users.find(&id) {
        Some(user) if user.app == call.app => Ok(()),
        _ => Err(Refusal::missing(format!("`user_id`: there is no user `{id}`"))),
    }
}

/// Answers with plain text, as real answers do where the document shows no body.
fn said(state: &State, status: StatusCode, text: &str, note: String) -> Reply {
    if resources::style(state).tidy { Reply::empty(status, note) } else { Reply::text(status, text, note) }
}
