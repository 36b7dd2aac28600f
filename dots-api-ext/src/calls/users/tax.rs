//! Tax compliance: a user's postal address, W-9 and W-8BEN.

use std::fmt;

use dots_api::{
    Date, SetUserAddress, SubmitUserCompliance, TaxEntityType, UserAddressRequest, UserAddressRequestFields,
    UserComplianceRequest, UserId, W8ben, W8benAddress, W8benAddressFields, W8benFields, W8benSignature,
    W8benSignatureFields, W9, W9Address, W9AddressFields,
};

use crate::calls::prepared::Prepared;
use crate::dots::Dots;
use crate::policy::validate::{self, Check};

/// Citizens of these countries need no foreign tax number ([apireference/users/submit-compliance-information]).
///
/// [apireference/users/submit-compliance-information]: https://docs.dots.dev/apireference/users/submit-compliance-information
const WITHOUT_TAX_ID: [&str; 5] = ["AU", "BM", "VG", "KY", "JP"];

/// Holds a postal address; `Debug` shows city, state and country.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Address {
    /// Street and number.
    pub line_1: String,
    /// Apartment, floor or the like.
    pub line_2: Option<String>,
    /// City or town.
    pub city: String,
    /// State, province or region; optional for a W-8BEN only.
    pub state: Option<String>,
    /// Postal code.
    pub postcode: String,
    /// Country; Dots does not document the form, and its samples write `US`.
    pub country: String,
}

/// Holds a W-9, the form for US taxpayers ([apireference/users/submit-compliance-information]).
///
/// `Debug` shows only whether it is for an individual or a business.
///
/// [apireference/users/submit-compliance-information]: https://docs.dots.dev/apireference/users/submit-compliance-information
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum W9Form {
    /// The W-9 of an individual; made by [`W9Form::individual`].
    #[non_exhaustive]
    Individual {
        /// First name.
        first_name: String,
        /// Last name.
        last_name: String,
        /// Date of birth.
        date_of_birth: Date,
        /// Social security number, nine digits.
        tin: String,
        /// Residential address.
        address: Address,
    },
    /// The W-9 of a business; made by [`W9Form::business`].
    #[non_exhaustive]
    Business {
        /// Name of the business.
        name: String,
        /// Employer identification number, nine digits.
        tin: String,
        /// Address of the business.
        address: Address,
    },
}

/// Holds a W-8BEN, the form for people who are not US taxpayers ([apireference/users/submit-compliance-information]).
/// `Debug` shows none of it.
///
/// [apireference/users/submit-compliance-information]: https://docs.dots.dev/apireference/users/submit-compliance-information
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct W8benForm {
    /// Full name.
    pub name: String,
    /// Country of citizenship, two capital letters such as `DE`.
    pub citizenship_country: String,
    /// Date of birth.
    pub date_of_birth: Date,
    /// Tax number of the person's own country; optional for citizens of `AU`, `BM`, `VG`, `KY` and `JP`.
    pub foreign_tax_id: Option<String>,
    /// Residential address.
    pub address: Address,
    /// Who signed.
    pub signer: W8benSigner,
}

/// Names the person who signed electronically. By passing it, the caller states that this person has consented to sign
/// electronically.
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct W8benSigner {
    /// Name of the person who signs.
    pub name: String,
    /// E-mail address of the person who signs.
    pub email: String,
}

impl Dots {
    /// Stores a user's postal address.
    ///
    /// # Errors
    /// Awaiting it returns an error when Dots refuses the address. An address without a state, or with an empty part,
    /// fails validation before anything is sent.
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
    /// use dots_api_ext::Address;
    ///
    /// let address = Address::new("1 Main Street", "Springfield", "62701", "US").state("IL").line_2("Floor 2");
    /// dots.set_user_address(&user.id, address).await?;
    /// # let compliance = dots.fetch_user(&user.id).await?.into_inner().compliance.ok_or("no compliance")?;
    /// # assert_eq!(compliance.address_collected, Some(true));
    /// # Ok(()) }
    /// ```
    pub fn set_user_address(&self, user: &UserId, address: Address) -> Prepared<SetUserAddress> {
        let draft = address.check().and_then(|()| address.check_state()).and_then(|()| validate::id(user));
        Prepared::new(self, draft.map(|user| SetUserAddress::new(user, address.into_body())))
    }

    /// Submits a user's W-9, whose tax number Dots then checks, within seconds or at most a day.
    ///
    /// The result is in the user's compliance data; a form whose number did not match can be submitted again
    /// ([references/users]).
    ///
    /// # Errors
    /// Awaiting it returns an error when Dots refuses the form. A tax number that is not nine digits, an empty name and
    /// an address without a state fail validation before anything is sent.
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
    /// use dots_api_ext::{Address, W9Form};
    ///
    /// let address = Address::new("1 Main Street", "Springfield", "62701", "US").state("IL");
    /// let form = W9Form::individual("Jo", "Doe", "1990-01-31".parse()?, "900112222", address);
    /// dots.submit_w9(&user.id, form).await?;
    /// # let compliance = dots.fetch_user(&user.id).await?.into_inner().compliance.ok_or("no compliance")?;
    /// # assert_eq!(compliance.tax_id_collected, Some(true));
    /// # Ok(()) }
    /// ```
    ///
    /// [references/users]: https://docs.dots.dev/references/users
    pub fn submit_w9(&self, user: &UserId, form: W9Form) -> Prepared<SubmitUserCompliance> {
        let draft = form.check().and_then(|()| validate::id(user));
        let body = |form: W9Form| UserComplianceRequest::new().w9(form.into_body());
        Prepared::new(self, draft.map(|user| SubmitUserCompliance::new(user, body(form))))
    }

    /// Submits a user's W-8BEN.
    ///
    /// To claim a tax treaty benefit, set it on the operation; see [`Prepared`].
    ///
    /// # Errors
    /// Awaiting it returns an error when Dots refuses the form. A missing tax number where the citizenship requires
    /// one, a country that is not two capital letters and an empty part fail validation before anything is sent.
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
    /// use dots_api_ext::{Address, W8benForm, W8benSigner};
    ///
    /// let address = Address::new("Lindenallee 1", "Musterstadt", "12345", "DE");
    /// let signer = W8benSigner::new("Jo Doe", "jo@example.com");
    /// let form = W8benForm::new("Jo Doe", "DE", "1990-01-31".parse()?, address, signer).foreign_tax_id("12345678901");
    /// dots.submit_w8ben(&user.id, form).await?;
    /// # let compliance = dots.fetch_user(&user.id).await?.into_inner().compliance.ok_or("no compliance")?;
    /// # assert_eq!(compliance.w8_ben_collected, Some(true));
    /// # Ok(()) }
    /// ```
    pub fn submit_w8ben(&self, user: &UserId, form: W8benForm) -> Prepared<SubmitUserCompliance> {
        let draft = form.check().and_then(|()| validate::id(user));
        let body = |form: W8benForm| UserComplianceRequest::new().w8ben(form.into_body());
        Prepared::new(self, draft.map(|user| SubmitUserCompliance::new(user, body(form))))
    }
}

impl Address {
    /// Creates an address of what every form needs: street and number, city, postal code and country.
    ///
    /// # Examples
    /// See [`Dots::set_user_address`].
    #[must_use]
    pub fn new(
        line_1: impl Into<String>,
        city: impl Into<String>,
        postcode: impl Into<String>,
        country: impl Into<String>,
    ) -> Self {
        let (line_2, state) = (None, None);
        let (line_1, city) = (line_1.into(), city.into());
        Self { line_1, line_2, city, state, postcode: postcode.into(), country: country.into() }
    }

    /// Sets apartment, floor or the like.
    #[must_use]
    pub fn line_2(mut self, text: impl Into<String>) -> Self {
        self.line_2 = Some(text.into());
        self
    }

    /// Sets state, province or region, which all but a W-8BEN need.
    #[must_use]
    pub fn state(mut self, text: impl Into<String>) -> Self {
        self.state = Some(text.into());
        self
    }

    fn check(&self) -> Check {
        let parts = [
            ("first line of the address", &self.line_1),
            ("city", &self.city),
            ("postcode", &self.postcode),
            ("country", &self.country),
        ];
        parts.into_iter().try_for_each(|(what, text)| validate::printable(what, text))
    }

    fn check_state(&self) -> Check {
        validate::printable("state", self.state.as_deref().unwrap_or_default())
    }
}

impl W9Form {
    /// Creates the W-9 of an individual; `tin` is the social security number.
    ///
    /// # Examples
    /// See [`Dots::submit_w9`].
    #[must_use]
    pub fn individual(
        first_name: impl Into<String>,
        last_name: impl Into<String>,
        date_of_birth: Date,
        tin: impl Into<String>,
        address: Address,
    ) -> Self {
        let (first_name, last_name) = (first_name.into(), last_name.into());
        Self::Individual { first_name, last_name, date_of_birth, tin: tin.into(), address }
    }

    /// Creates the W-9 of a business; `tin` is the employer identification number.
    #[must_use]
    pub fn business(name: impl Into<String>, tin: impl Into<String>, address: Address) -> Self {
        Self::Business { name: name.into(), tin: tin.into(), address }
    }

    fn check(&self) -> Check {
        let (tin, address) = match self {
            Self::Individual { first_name, last_name, tin, address, .. } => {
                validate::printable("first name", first_name)?;
                validate::printable("last name", last_name)?;
                (tin, address)
            }
            Self::Business { name, tin, address } => {
                validate::printable("name of the business", name)?;
                (tin, address)
            }
        };
        validate::digits("tax number", tin, 9..=9)?;
        address.check()?;
        address.check_state()
    }

    fn into_body(self) -> W9 {
        match self {
            Self::Individual { first_name, last_name, date_of_birth, tin, address } => {
                W9::new(TaxEntityType::Individual, tin, address.into_w9())
                    .first_name(first_name)
                    .last_name(last_name)
                    .date_of_birth(date_of_birth)
            }
            Self::Business { name, tin, address } => {
                W9::new(TaxEntityType::Business, tin, address.into_w9()).business_name(name)
            }
        }
    }
}

impl Address {
    fn into_body(self) -> UserAddressRequest {
        let Self { line_1, line_2, city, state, postcode, country } = self;
        let mut body = UserAddressRequest::new(UserAddressRequestFields {
            postcode,
            city,
            state: state.unwrap_or_default(),
            country,
            line_1,
        });
        body.line_2 = line_2;
        body
    }

    fn into_w9(self) -> W9Address {
        let Self { line_1, line_2, city, state, postcode, country } = self;
        let mut address = W9Address::new(W9AddressFields {
            line_1,
            city,
            state: state.unwrap_or_default(),
            country,
            postcode,
        });
        address.line_2 = line_2;
        address
    }

    fn into_w8ben(self) -> W8benAddress {
        let Self { line_1, line_2, city, state, postcode, country } = self;
        let mut address = W8benAddress::new(W8benAddressFields { line_1, city, country, postcode });
        (address.line_2, address.state) = (line_2, state);
        address
    }
}

impl W8benSigner {
    /// Names the person who signed, with the person's e-mail address.
    #[must_use]
    pub fn new(name: impl Into<String>, email: impl Into<String>) -> Self {
        Self { name: name.into(), email: email.into() }
    }
}

impl W8benForm {
    /// Creates a W-8BEN of what it must have; `citizenship_country` is two capital letters, such as `DE`.
    ///
    /// # Examples
    /// See [`Dots::submit_w8ben`].
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        citizenship_country: impl Into<String>,
        date_of_birth: Date,
        address: Address,
        signer: W8benSigner,
    ) -> Self {
        let (name, citizenship_country) = (name.into(), citizenship_country.into());
        Self { name, citizenship_country, date_of_birth, foreign_tax_id: None, address, signer }
    }

    /// Sets the tax number of the person's own country.
    #[must_use]
    pub fn foreign_tax_id(mut self, number: impl Into<String>) -> Self {
        self.foreign_tax_id = Some(number.into());
        self
    }

    fn check(&self) -> Check {
        validate::printable("name", &self.name)?;
        let country = self.citizenship_country.as_str();
        if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err("the country of citizenship must be two capital letters, such as `DE`".to_owned());
        }
        let has_tax_id = self.foreign_tax_id.as_deref().is_some_and(|id| !id.trim().is_empty());
        if !has_tax_id && !WITHOUT_TAX_ID.contains(&country) {
            return Err(format!("a citizen of `{country}` needs a tax number of that country"));
        }
        self.address.check()?;
        validate::printable("name of the person who signs", &self.signer.name)?;
        validate::email(&self.signer.email)
    }

    fn into_body(self) -> W8ben {
        let Self { name, citizenship_country, date_of_birth, foreign_tax_id, address, signer } = self;
        let signature = W8benSignature::new(W8benSignatureFields {
            consent: true,
            name: signer.name,
            email: signer.email,
        });
        let mut form = W8ben::new(W8benFields {
            name,
            citizenship_country,
            date_of_birth,
            address: address.into_w8ben(),
            signature,
        });
        form.foreign_tax_id = foreign_tax_id;
        form
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.as_deref().unwrap_or("-");
        write!(f, "Address(***, {}, {state}, {})", self.city, self.country)
    }
}

impl fmt::Debug for W9Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Individual { .. } => "W9Form(individual ***)",
            Self::Business { .. } => "W9Form(business ***)",
        })
    }
}

impl fmt::Debug for W8benForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("W8benForm(***)")
    }
}

impl fmt::Debug for W8benSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("W8benSigner(***)")
    }
}
