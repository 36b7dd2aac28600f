//! Who is paid, by the two ways in which a request can name a person.

use uuid::Uuid;

use super::digits;
use crate::{
    http::Refusal,
    spec::is_email,
    state::{Contact, State, User},
    validation::Call,
};

impl Contact {
    /// What a user's record knows.
    pub(super) fn of(user: &User) -> Self {
        Self {
            first_name: Some(user.first_name.clone()),
            last_name: Some(user.last_name.clone()),
            email: Some(user.email.clone()),
            country_code: Some(user.country_code.clone()),
            phone_number: Some(user.phone_number.clone()),
        }
    }

    /// Whether nothing in `self` says otherwise than `other`.
    fn agrees_with(&self, other: &Self) -> bool {
        let fields = |contact: &Self| {
            let Self { first_name, last_name, email, country_code, phone_number } = contact.clone();
            [first_name, last_name, email, country_code, phone_number]
        };
        fields(self).into_iter().zip(fields(other)).all(|(own, other)| own.is_none() || own == other)
    }
}

/// Finds the person who is paid; nobody in particular when the request names nobody.
///
/// Both ways at once are fine as long as they name the same person, as the sample of the send-payout page does.
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

/// The rules that Dots documents for a user's contact data; for a payee's it documents none, and a link to a number
/// that cannot be dialed would be paid to nobody.
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
