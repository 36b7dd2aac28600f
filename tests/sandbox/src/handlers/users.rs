//! The tag `users`: the people an app pays.

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{Play, Row, list::list};
use crate::{
    check::Call,
    plan::{Decision, Plan},
    reply::{Refusal, Reply},
    state::{Account, Kind, State, User, UserStatus},
};

pub(super) const PLAYS: &[Row] = &[
    ("create_user", Play::rule(create_user)),
    ("list_users", Play::rule(list_users)),
    ("get_user", Play::rule(get_user)),
    ("update_user", Play::rule(update_user)),
    ("delete_user", Play::rule(delete_user)),
];

/// The fields of a create request that the sandbox keeps.
#[derive(Deserialize)]
struct CreateUser {
    first_name: String,
    last_name: String,
    email: String,
    country_code: String,
    phone_number: String,
    #[serde(flatten)]
    settings: Settings,
}

/// What can be set when a user is made and changed later.
#[derive(Deserialize)]
struct Settings {
    default_payout_method: Option<String>,
    payout_options_exclude_list: Option<Vec<String>>,
    #[serde(rename = "1099_adjustment")]
    adjustment_1099: Option<Value>,
    /// Null clears the metadata, absence leaves them; `Option` alone cannot tell the two apart.
    #[serde(default, deserialize_with = "present")]
    metadata: Option<Option<Value>>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Value>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Settings {
    /// Carries the settings over to a user.
    fn onto(self, user: User) -> Result<User, Refusal> {
        // The document lets an update send any JSON here and an answer show only these, so the rest is refused.
        if let Some(Some(Value::Bool(_) | Value::Number(_) | Value::Array(_))) = self.metadata {
            return Err(Refusal::invalid("`metadata` must be a string or an object"));
        }
        Ok(User {
            default_payout_method: self.default_payout_method.or(user.default_payout_method),
            payout_options_exclude_list: self
                .payout_options_exclude_list
                .unwrap_or(user.payout_options_exclude_list),
            adjustment_1099: self.adjustment_1099.or(user.adjustment_1099),
            metadata: self.metadata.unwrap_or(user.metadata),
            ..user
        })
    }
}

/// A user as answers show it.
#[derive(Serialize)]
struct UserBody<'u> {
    id: Uuid,
    first_name: &'u str,
    last_name: &'u str,
    email: &'u str,
    phone_number: Phone<'u>,
    status: UserStatus,
    verified: bool,
    default_payout_method: Option<&'u str>,
    payout_options_exclude_list: &'u [String],
    metadata: Option<&'u Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wallet: Option<Wallet>,
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
    /// The user as the answer to its creation shows it: without a wallet.
    fn new(user: &'u User) -> Self {
        Self {
            id: user.id,
            first_name: &user.first_name,
            last_name: &user.last_name,
            email: &user.email,
            phone_number: Phone { country_code: &user.country_code, phone_number: &user.phone_number },
            status: user.status,
            verified: match user.status {
                UserStatus::Unverified => false,
            },
            default_payout_method: user.default_payout_method.as_deref(),
            payout_options_exclude_list: &user.payout_options_exclude_list,
            metadata: user.metadata.as_ref(),
            wallet: None,
            adjustment_1099: None,
        }
    }

    /// The user as every later answer shows it.
    fn with_wallet(user: &'u User, state: &State) -> Self {
        let amount = state.ledger.balance(Account::User(user.id));
        let wallet = Wallet { amount, withdrawable_amount: amount, credit_balance: 0 };
        Self { wallet: Some(wallet), ..Self::new(user) }
    }
}

fn create_user(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let request: CreateUser = call.body()?;
    let mut plan = Plan::new(call, state);
    let user = request.settings.onto(User {
        id: plan.id(Kind::User),
        app: call.app,
        created: plan.now(),
        first_name: request.first_name,
        last_name: request.last_name,
        email: request.email,
        country_code: request.country_code,
        phone_number: request.phone_number,
        status: UserStatus::Unverified,
        default_payout_method: None,
        payout_options_exclude_list: Vec::new(),
        adjustment_1099: None,
        metadata: None,
    })?;
    let reply = Reply::json(StatusCode::CREATED, &UserBody::new(&user), format!("created user {}", user.id));
    plan.put_user(user);
    Ok(plan.answer(reply))
}

fn list_users(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let status = call.query("status").and_then(Value::as_str);
    let label = status.map(User::status_label);
    list(call, state, &state.users, label, "user", |user, _| UserBody::with_wallet(user, state))
}

fn get_user(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let user = find(call, state)?;
    // Only this answer shows the adjustment (apireference/users/retrieve-a-user).
    let body =
        UserBody { adjustment_1099: user.adjustment_1099.as_ref(), ..UserBody::with_wallet(user, state) };
    Ok(Decision::unchanged(Reply::json(StatusCode::OK, &body, format!("user {}", user.id))))
}

fn update_user(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let user = call.body::<Settings>()?.onto(find(call, state)?.clone())?;
    let reply = Reply::json(
        StatusCode::OK,
        &UserBody::with_wallet(&user, state),
        format!("updated user {}", user.id),
    );
    let mut plan = Plan::new(call, state);
    plan.put_user(user);
    Ok(plan.answer(reply))
}

fn delete_user(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let user = find(call, state)?;
    let reply =
        Reply::json(StatusCode::OK, &UserBody::with_wallet(user, state), format!("deleted user {}", user.id));
    let mut plan = Plan::new(call, state);
    plan.remove_user(user.id);
    Ok(plan.answer(reply))
}

fn find<'s>(call: &Call<'_>, state: &'s State) -> Result<&'s User, Refusal> {
    let user = call.path_id("user_id").and_then(|id| state.users.find(&id));
    let user = user.filter(|user| user.app == call.app);
    user.ok_or_else(|| Refusal::missing(format!("there is no user `{}`", call.path_text("user_id"))))
}
