//! The verification of a user's phone number: a token is sent, and entered.

use hyper::StatusCode;
use serde_json::Value;

use super::{change, find, said};
use crate::{
    http::Refusal,
    plan::{Decision, Plan},
    state::{State, User, UserStatus},
    validation::Call,
};

/// Pretends to send a token, which is always the same.
pub(super) fn send(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let user = find(call, state)?;
    let by = if call.field("use_voice") == Some(&Value::Bool(true)) { "voice" } else { "sms" };
    let note = format!("sent a token by {by} to user {}", user.id);
    let text = format!("Verification token sent; this sandbox sends no message and takes `{}`", User::TOKEN);
    let reply = said(state, StatusCode::ACCEPTED, &text, note);
    let mut plan = Plan::new(call, state);
    // No answer shows this change, so there is no event.
    plan.put_user(User { token_sent: true, ..user.clone() });
    Ok(plan.answer(reply))
}

/// Verifies a user who enters the token. The token stays valid, so that a repeat after a lost answer succeeds.
pub(super) fn verify(call: &Call<'_>, state: &State) -> Result<Decision, Refusal> {
    let user = find(call, state)?;
    if !user.token_sent {
        return Err(Refusal::invalid("`token` cannot be right: none was sent to this user"));
    }
    if call.field("token").and_then(Value::as_str) != Some(User::TOKEN) {
        return Err(Refusal::invalid(format!(
            "`token` is not the one that was sent; this sandbox sends `{}`",
            User::TOKEN
        )));
    }
    let reply = said(state, StatusCode::OK, "User verified", format!("verified user {}", user.id));
    let mut plan = Plan::new(call, state);
    change(&mut plan, user, User { status: UserStatus::Verified, ..user.clone() });
    Ok(plan.answer(reply))
}
