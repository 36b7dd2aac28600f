//! The payee of a request, named by a user id, by contact data, or by both.

use uuid::Uuid;

use super::digits;
use crate::{
    http::Refusal,
    spec::is_email,
    state::{Contact, State, User},
    validation::Call,
};

impl Contact {
    /// Returns the contact data of a user's record.
    pub(super) fn of(user: &User) -> Self {
        Self {
            first_name: Some(user.first_name.clone()),
            last_name: Some(user.last_name.clone()),
            email: Some(user.email.clone()),
            country_code: Some(user.country_code.clone()),
            phone_number: Some(user.phone_number.clone()),
        }
    }

    /// Whether no field of `self` contradicts `other`.
    fn agrees_with(&self, other: &Self) -> bool {
        let fields = |contact: &Self| {
            let Self { first_name, last_name, email, country_code, phone_number } = contact.clone();
            [first_name, last_name, email, country_code, phone_number]
        };
        fields(self).into_iter().zip(fields(other)).all(|(own, other)| own.is_none() || own == other)
    }
}

/// Finds the payee; an empty contact when the request names none.
///
/// Both ways at once are fine as long as they name the same person, as in the sample of the send-payout page.
pub(super) fn find(
    call: &Call<'_>,
    state: &State,
    user_id: Option<Uuid>,
    payee: Option<Contact>,
) -> Result<Contact, Refusal> {
    if let Some(payee) = &payee {
        check(payee)?;
    }
    let user =
        user_id.map(|id| (id, state.users.find(&id).filter(|user| user.app == call.app).map(Contact::of)));
    match (user, payee) {
        (None, payee) => Ok(payee.unwrap_or_default()),
        (Some((_, Some(user))), None) => Ok(user),
        (Some((id, None)), None) => Err(Refusal::missing(format!("`user_id`: there is no user `{id}`"))),
        (Some((_, Some(user))), Some(payee)) if payee.agrees_with(&user) => Ok(user),
        (Some((id, _)), Some(_)) => Err(Refusal::invalid(format!(
            "`user_id` and `payee` must name the same person, and no user `{id}` has this `payee`"
        ))),
    }
}

/// Checks the contact data of a payee. The rules are those that Dots documents for a user; for a payee it documents
/// none, and a link to a number that cannot be dialed could never be claimed.
fn check(payee: &Contact) -> Result<(), Refusal> {
    digits::at_most("payee.country_code", payee.country_code.as_deref(), 3)?;
    digits::at_most("payee.phone_number", payee.phone_number.as_deref(), 20)?;
    if payee.country_code.is_some() != payee.phone_number.is_some() {
        return Err(Refusal::invalid("`payee.country_code` and `payee.phone_number` need each other"));
    }
    // The document asks for the format in the answer alone, where it would be too late.
    match payee.email.as_deref() {
        Some(email) if !is_email(email) => Err(Refusal::invalid("`payee.email` must be an e-mail address")),
        _ => Ok(()),
    }
}
