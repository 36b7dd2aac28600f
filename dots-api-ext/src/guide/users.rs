//! Users: from a name to a user who can be paid without a link.
//!
//! Create the user, have the phone number verified, add a payout method, and collect the tax form that the law asks for.
//!
//! ```
//! # #[cfg(not(feature = "all-tags"))]
//! # fn main() {}
//! # #[cfg(feature = "all-tags")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let sandbox = dots_sandbox::Sandbox::start().await?;
//! # let dots = dots_api_ext::Dots::builder()
//! #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
//! #     .environment(sandbox.url().parse()?)
//! #     .build()?;
//! use dots_api_ext::{Address, Cents, PayoutMethod, PayoutRail, Phone, W9Form};
//!
//! let user = dots.create_user("Jo", "Doe", "jo@example.com", Phone::from_e164("+12025550139")?).await?.id.clone();
//!
//! // The user tells you the code that Dots has sent. The offline sandbox sends none and takes `123456`.
//! dots.send_verification_code(&user).await?;
//! dots.verify_user(&user, "123456").await?;
//!
//! dots.add_payout_method(&user, PayoutMethod::paypal("jo@example.com")).as_default().await?;
//! let address = Address::new("1 Main Street", "Springfield", "62701", "US").state("IL");
//! dots.submit_w9(&user, W9Form::individual("Jo", "Doe", "1990-01-31".parse()?, "900112222", address)).await?;
//!
//! // From the app's money to the user's wallet and out of it, in one call.
//! let payout = dots.pay_from_wallet(&user, Cents::new(1_000), PayoutRail::Default).fund();
//! let transfer = payout.reference("march/jo").await?;
//! println!("{} is {}", transfer.id, transfer.status);
//! assert_eq!(sandbox.paid(user.as_str()), 1_000);
//! # Ok(()) }
//! ```
//!
//! A user can do the same on a page of Dots: `create_flow` makes one with the steps that you name. Bank accounts outside
//! the United States can be added there only.
//!
//! Names, numbers and forms show in no `Debug` and in no error of this crate. What you print yourself is yours to
//! redact.
