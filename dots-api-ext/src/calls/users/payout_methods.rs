//! Payout methods: the accounts that a user is paid to.

use dots_api::{
    AddPayoutMethod, AddPayoutMethodRequest, AddPayoutMethodRequestPlatform as Platform, BankAccountType,
    ListPayoutMethods, PhoneNumber, UserId,
};

use crate::calls::prepared::Prepared;
use crate::dots::Dots;
use crate::policy::validate::{self, Check};

/// Holds a payout method with exactly the fields that its platform needs.
///
/// Only the user can add other platforms, in a [flow](Dots::create_flow) ([apireference/users/add-a-payout-method]).
/// `Debug` shows the platform alone.
///
/// [apireference/users/add-a-payout-method]: https://docs.dots.dev/apireference/users/add-a-payout-method
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PayoutMethod {
    /// A US bank account; made by [`PayoutMethod::ach`].
    #[non_exhaustive]
    Ach {
        /// The routing number of the bank, nine digits.
        routing_number: String,
        /// The account number, 1 to 17 digits.
        account_number: String,
        /// Checking or savings.
        account_type: BankAccountType,
    },
    /// A `PayPal` account; made by [`PayoutMethod::paypal`].
    #[non_exhaustive]
    Paypal {
        /// The e-mail address of the account.
        email: String,
    },
    /// A Venmo account, by its phone number: digits, without the country code.
    VenmoPhone(String),
    /// A Venmo account, by its handle.
    VenmoHandle(String),
    /// A Cash App account; made by [`PayoutMethod::cash_app`].
    #[non_exhaustive]
    CashApp {
        /// The routing number of the bank, nine digits.
        routing_number: String,
        /// The account number, 1 to 17 digits.
        account_number: String,
        /// The cashtag of the account.
        cash_tag: String,
    },
}

impl Dots {
    /// Adds a payout method to a user.
    ///
    /// # Errors
    /// Awaiting it returns an error when Dots refuses the method. Numbers of the wrong length and malformed addresses
    /// fail validation before anything is sent.
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
    /// # use dots_api_ext::Phone;
    /// # let user = dots.create_user("Jo", "Doe", "jo@example.com", Phone::new("1", "2025550139")).await?;
    /// use dots_api_ext::PayoutMethod;
    /// use dots_api_ext::dots_api::BankAccountType;
    ///
    /// let account = PayoutMethod::ach("110000000", "000123456789", BankAccountType::Checking);
    /// let method = dots.add_payout_method(&user.id, account).as_default().await?;
    /// println!("pay into {:?}", method.id);
    ///
    /// let methods = dots.list_payout_methods(&user.id).await?;
    /// println!("one of {}", methods.len());
    /// # assert_eq!(methods.len(), 1);
    /// # Ok(()) }
    /// ```
    pub fn add_payout_method(&self, user: &UserId, method: PayoutMethod) -> Prepared<AddPayoutMethod> {
        let draft = method.check().and_then(|()| validate::id(user));
        Prepared::new(self, draft.map(|user| AddPayoutMethod::new(user, method.into_body())))
    }

    /// Lists the payout methods that a user has added.
    ///
    /// # Errors
    /// Awaiting it returns an error when the user does not exist or the list cannot be read.
    ///
    /// # Examples
    /// See [`add_payout_method`](Dots::add_payout_method).
    pub fn list_payout_methods(&self, user: &UserId) -> Prepared<ListPayoutMethods> {
        Prepared::new(self, validate::id(user).map(ListPayoutMethods::new))
    }
}

/// Setters of [`add_payout_method`](Dots::add_payout_method).
impl Prepared<AddPayoutMethod> {
    /// Makes this the user's default payout method.
    pub fn as_default(self) -> Self {
        self.set(|operation| operation.body.is_default = Some(true))
    }

    /// Turns automatic payout on for the user; Dots does not document whether that pays out at once.
    pub fn with_auto_payout(self) -> Self {
        self.set(|operation| operation.body.auto_payout_enabled = Some(true))
    }
}

impl PayoutMethod {
    /// Creates a US bank account of its routing number (nine digits) and its account number (1 to 17 digits).
    ///
    /// # Examples
    /// See [`Dots::add_payout_method`].
    #[must_use]
    pub fn ach(
        routing_number: impl Into<String>,
        account_number: impl Into<String>,
        account_type: BankAccountType,
    ) -> Self {
        let (routing_number, account_number) = (routing_number.into(), account_number.into());
        Self::Ach { routing_number, account_number, account_type }
    }

    /// Creates a `PayPal` account of its e-mail address.
    #[must_use]
    pub fn paypal(email: impl Into<String>) -> Self {
        Self::Paypal { email: email.into() }
    }

    /// Creates a Cash App account of its bank's routing number, its account number and its cashtag.
    #[must_use]
    pub fn cash_app(
        routing_number: impl Into<String>,
        account_number: impl Into<String>,
        cash_tag: impl Into<String>,
    ) -> Self {
        let (routing_number, account_number) = (routing_number.into(), account_number.into());
        Self::CashApp { routing_number, account_number, cash_tag: cash_tag.into() }
    }

    fn platform(&self) -> Platform {
        match self {
            Self::Ach { .. } => Platform::Ach,
            Self::Paypal { .. } => Platform::Paypal,
            Self::VenmoPhone(_) | Self::VenmoHandle(_) => Platform::Venmo,
            Self::CashApp { .. } => Platform::CashApp,
        }
    }

    fn check(&self) -> Check {
        match self {
            Self::Ach { routing_number, account_number, .. } => check_account(routing_number, account_number),
            Self::Paypal { email } => validate::email(email),
            Self::VenmoPhone(number) => {
                number.parse::<PhoneNumber>().map(drop).map_err(|error| error.to_string())
            }
            Self::VenmoHandle(handle) => validate::printable("handle", handle),
            Self::CashApp { routing_number, account_number, cash_tag } => {
                check_account(routing_number, account_number)?;
                validate::printable("cash tag", cash_tag)
            }
        }
    }

    fn into_body(self) -> AddPayoutMethodRequest {
        let body = AddPayoutMethodRequest::new(self.platform());
        match self {
            Self::Ach { routing_number, account_number, account_type } => {
                body.routing_number(routing_number).account_number(account_number).account_type(account_type)
            }
            Self::Paypal { email } => body.email(email),
            Self::VenmoPhone(number) => body.phone_number(number),
            Self::VenmoHandle(handle) => body.handle(handle),
            Self::CashApp { routing_number, account_number, cash_tag } => {
                body.routing_number(routing_number).account_number(account_number).cash_tag(cash_tag)
            }
        }
    }
}

impl std::fmt::Debug for PayoutMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PayoutMethod({} ***)", self.platform())
    }
}

fn check_account(routing_number: &str, account_number: &str) -> Check {
    validate::digits("routing number", routing_number, 9..=9)?;
    validate::digits("account number", account_number, 1..=17)
}
