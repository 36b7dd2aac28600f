//! What a conflict is about: the object that exists in place of the one that was asked for.

use dots_api::Cents;
use dots_api::read_again::twice;
use serde::Deserialize;
use serde_json::Value;

/// Holds what is known of the object that a conflict is about.
///
/// An error has it where Dots answered with another object than the one that was asked for: a reference or a key that
/// was used for another payment before. Compare it with your own records before you pay anything.
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
/// use dots_api_ext::{Cents, ErrorKind, Payee};
///
/// let pay = |cents| dots.send_payout(Cents::new(cents), Payee::phone("1", "2025550139")).reference("invoice-881");
/// let link = pay(1_000).await?;
/// // The same invoice, and another amount: one of the two is a mistake.
/// let error = pay(2_000).await.unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Conflict);
/// let existing = error.existing().expect("what was paid");
/// assert_eq!((existing.id, existing.amount), (Some(link.id.to_string()), Some(Cents::new(1_000))));
/// # assert_eq!(sandbox.paid("2025550139"), 1_000);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Existing {
    /// Its id.
    pub id: Option<String>,
    /// Its amount; the sign is as Dots writes it.
    pub amount: Option<Cents>,
}

impl Existing {
    /// Reads it from the answer; none if the answer holds neither.
    pub(super) fn of(body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Object {
            #[serde(default)]
            id: Value,
            #[serde(default)]
            amount: Value,
        }
        let object: Object = twice(body, |body| serde_json::from_slice(body)).ok()?;
        let amount = match object.amount {
            Value::Number(cents) => cents.as_i64().map(Cents::new),
            Value::String(cents) => cents.parse().ok(),
            _ => None,
        };
        let id = object.id.as_str().map(str::to_owned);
        (id.is_some() || amount.is_some()).then_some(Self { id, amount })
    }
}
