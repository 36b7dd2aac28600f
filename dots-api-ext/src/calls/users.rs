//! Users (payees with an account): creation, phone verification, tax forms and payout methods.
//!
//! - this file: users and their phone numbers
//! - `payout_methods`: where their money goes
//! - `tax`: where they live and which tax form they signed

mod payout_methods;
mod tax;

use dots_api::{
    CreateUser, CreateUserRequest, CreateUserRequestFields, Date, GetUser, Metadata, PhonePayee,
    SendVerificationToken, SendVerificationTokenRequest, UserId, VerifyUser, VerifyUserRequest,
};

use crate::calls::payee::Phone;
use crate::calls::prepared::Prepared;
use crate::dots::Dots;
use crate::policy::validate;

pub use payout_methods::PayoutMethod;
pub use tax::{Address, W8benForm, W8benSigner, W9Form};

/// The longest name that Dots takes ([apireference/users/create-a-user]).
///
/// [apireference/users/create-a-user]: https://docs.dots.dev/apireference/users/create-a-user
const LONGEST_NAME: usize = 50;

impl Dots {
    /// Creates a user, who can then be verified, asked for a tax form and paid.
    ///
    /// The operation takes no idempotency key. Dots' pages disagree on whether a known phone number returns the
    /// existing user or is refused ([references/users]). In the offline sandbox numbers may repeat, so a repeat creates a
    /// second user there.
    ///
    /// # Errors
    /// Awaiting it returns an error when Dots refuses the user. A name that is empty or longer than 50 characters, a
    /// malformed address and a malformed phone number fail validation before anything is sent.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = dots_sandbox::Sandbox::start().await?;
    /// # let dots = dots_api_ext::Dots::builder()
    /// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
    /// #     .environment(sandbox.url().parse()?)
    /// #     .build()?;
    /// use dots_api_ext::Phone;
    ///
    /// let user = dots.create_user("Jo", "Doe", "jo@example.com", Phone::new("1", "2025550139")).await?;
    /// dots.send_verification_code(&user.id).await?;
    /// # let code_that_the_user_typed = "123456";
    /// dots.verify_user(&user.id, code_that_the_user_typed).await?;
    ///
    /// let user = dots.fetch_user(&user.id).await?;
    /// println!("verified: {:?}", user.verified);
    /// # assert_eq!(user.verified, Some(true));
    /// # Ok(()) }
    /// ```
    ///
    /// [references/users]: https://docs.dots.dev/references/users
    pub fn create_user(
        &self,
        first_name: impl Into<String>,
        last_name: impl Into<String>,
        email: impl Into<String>,
        phone: Phone,
    ) -> Prepared<CreateUser> {
        Prepared::new(self, draft(first_name.into(), last_name.into(), email.into(), phone))
    }

    /// Reads one user, with wallet, verification and tax status.
    ///
    /// # Errors
    /// Awaiting it returns an error when the user does not exist or cannot be read.
    ///
    /// # Examples
    /// See [`create_user`](Dots::create_user).
    pub fn fetch_user(&self, id: &UserId) -> Prepared<GetUser> {
        Prepared::new(self, validate::id(id).map(GetUser::new))
    }

    /// Sends a code to the user's phone, by text message unless [`by_voice`](Prepared::by_voice) is set.
    ///
    /// # Errors
    /// Awaiting it returns an error when Dots refuses, such as for a landline number ([references/error-codes]).
    ///
    /// # Examples
    /// See [`create_user`](Dots::create_user).
    ///
    /// [references/error-codes]: https://docs.dots.dev/references/error-codes
    pub fn send_verification_code(&self, user: &UserId) -> Prepared<SendVerificationToken> {
        let body = SendVerificationTokenRequest::new();
        Prepared::new(self, validate::id(user).map(|user| SendVerificationToken::new(user, body)))
    }

    /// Verifies a user with the code that the user received.
    ///
    /// # Errors
    /// Awaiting it returns an error when the code is wrong: a [`Rejected`](crate::Outcome::Rejected) with status 400
    /// ([apireference/users/verify-a-user]). A code of fewer than six characters fails validation before anything is
    /// sent.
    ///
    /// # Examples
    /// See [`create_user`](Dots::create_user).
    ///
    /// [apireference/users/verify-a-user]: https://docs.dots.dev/apireference/users/verify-a-user
    pub fn verify_user(&self, user: &UserId, code: impl Into<String>) -> Prepared<VerifyUser> {
        let code = code.into();
        let is_code = code.chars().count() >= 6 && !code.contains(char::is_control);
        let draft = if is_code {
            validate::id(user).map(|user| VerifyUser::new(user, VerifyUserRequest::new(code)))
        } else {
            Err("the code must be at least six printable characters".to_owned())
        };
        Prepared::new(self, draft)
    }
}

fn draft(first_name: String, last_name: String, email: String, phone: Phone) -> Result<CreateUser, String> {
    validate::text("first name", &first_name, LONGEST_NAME)?;
    validate::text("last name", &last_name, LONGEST_NAME)?;
    validate::email(&email)?;
    let PhonePayee { country_code, phone_number, .. } = phone.read()?;
    let body = CreateUserRequest::new(CreateUserRequestFields {
        first_name,
        last_name,
        email,
        country_code,
        phone_number,
    });
    Ok(CreateUser::new(body))
}

/// Setters of [`create_user`](Dots::create_user): the optional fields of a user.
impl Prepared<CreateUser> {
    /// Sets the date of birth.
    pub fn date_of_birth(self, date: Date) -> Self {
        self.set(|operation| operation.body.date_of_birth = Some(date))
    }

    /// Sets the user name at Dots: 1 to 50 letters, digits or hyphens.
    ///
    /// By default Dots generates one ([apireference/users/create-a-user]).
    ///
    /// [apireference/users/create-a-user]: https://docs.dots.dev/apireference/users/create-a-user
    pub fn username(self, name: impl Into<String>) -> Self {
        let name = name.into();
        let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let is_short = (1..=LONGEST_NAME).contains(&name.len());
        self.try_set(|operation| {
            if !(is_plain && is_short) {
                return Err(format!("the username must be 1 to {LONGEST_NAME} letters, digits or hyphens"));
            }
            operation.body.username = Some(name);
            Ok(())
        })
    }

    /// Sets your own metadata, which Dots returns with the user.
    pub fn metadata(self, metadata: impl Into<Metadata>) -> Self {
        self.set(|operation| operation.body.metadata = Some(metadata.into()))
    }
}

/// Setters of [`send_verification_code`](Dots::send_verification_code).
impl Prepared<SendVerificationToken> {
    /// Delivers the code by a voice call.
    pub fn by_voice(self) -> Self {
        self.set(|operation| operation.body.use_voice = Some(true))
    }
}
