//! Transfers between the app's wallet and a user's: one method per direction, so that callers need not remember a sign.

use dots_api::{Cents, CreateTransfer, CreateTransferRequest, GetTransfer, Metadata, TransferId, UserId};

use crate::calls::prepared::{Prepared, keyed};
use crate::dots::Dots;
use crate::policy::validate;

keyed!(CreateTransfer);

impl Dots {
    /// Moves money from the app's wallet to a user's; the amount is positive, and this method adds the sign.
    ///
    /// The answer shows the amount as Dots signs it: negative from the app to the user
    /// ([apireference/transfers/create-a-transfer]). Dots refuses a reused key here, so after an unknown outcome look the
    /// transfer up before you make another one.
    ///
    /// # Errors
    /// Awaiting it returns an error whose [`outcome`](crate::Error::outcome) says whether the money may have moved. An
    /// amount that is not above zero fails validation before anything is sent.
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
    /// use dots_api_ext::Cents;
    ///
    /// let bonus = dots.transfer_to_user(&user.id, Cents::new(1_000)).reference("bonus-17").await?;
    /// assert_eq!(bonus.amount, Cents::new(-1_000));
    /// # assert_eq!(sandbox.balance(), 100_000_000 - 1_000);
    /// # Ok(()) }
    /// ```
    ///
    /// [apireference/transfers/create-a-transfer]: https://docs.dots.dev/apireference/transfers/create-a-transfer
    pub fn transfer_to_user(&self, user: &UserId, amount: Cents) -> Prepared<CreateTransfer> {
        let draft = validate::above_zero(amount).and_then(|amount| {
            // Every positive amount can be negated.
            let amount = amount.checked_neg().ok_or("the amount cannot be negated")?;
            draft(user, amount)
        });
        Prepared::new(self, draft)
    }

    /// Moves money from a user's wallet to the app's; the amount is positive.
    ///
    /// Dots refuses a reused key; see [`transfer_to_user`](Self::transfer_to_user).
    ///
    /// # Errors
    /// Awaiting it returns an error whose [`outcome`](crate::Error::outcome) says whether the money may have moved. An
    /// amount that is not above zero fails validation before anything is sent.
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
    /// # dots.transfer_to_user(&user.id, dots_api_ext::Cents::new(1_000)).await?;
    /// use dots_api_ext::Cents;
    ///
    /// let back = dots.transfer_from_user(&user.id, Cents::new(400)).reference("bonus-17/back").await?;
    ///
    /// let transfer = dots.fetch_transfer(&back.id).await?;
    /// println!("{} is {}", transfer.id, transfer.status);
    /// # assert_eq!((transfer.amount, sandbox.balance()), (Cents::new(400), 100_000_000 - 600));
    /// # Ok(()) }
    /// ```
    pub fn transfer_from_user(&self, user: &UserId, amount: Cents) -> Prepared<CreateTransfer> {
        Prepared::new(self, validate::above_zero(amount).and_then(|amount| draft(user, amount)))
    }

    /// Reads one transfer, with its status and its history.
    ///
    /// # Errors
    /// Awaiting it returns an error when the transfer does not exist or cannot be read.
    ///
    /// # Examples
    /// See [`transfer_from_user`](Dots::transfer_from_user).
    pub fn fetch_transfer(&self, id: &TransferId) -> Prepared<GetTransfer> {
        Prepared::new(self, validate::id(id).map(GetTransfer::new))
    }
}

fn draft(user: &UserId, signed: Cents) -> Result<CreateTransfer, String> {
    Ok(CreateTransfer::new(CreateTransferRequest::new(signed, validate::id(user)?)))
}

/// Setters of [`transfer_to_user`](Dots::transfer_to_user) and [`transfer_from_user`](Dots::transfer_from_user).
impl Prepared<CreateTransfer> {
    /// Sets your own metadata, which Dots returns with the transfer.
    pub fn metadata(self, metadata: impl Into<Metadata>) -> Self {
        self.set(|operation| operation.body.metadata = Some(metadata.into()))
    }

    /// Sets whether the money is tax exempt.
    pub fn tax_exempt(self, exempt: bool) -> Self {
        self.set(|operation| operation.body.tax_exempt = Some(exempt))
    }
}
