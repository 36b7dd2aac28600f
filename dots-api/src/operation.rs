//! Operations as values: a request that can be built, cloned, stored, sent and sent again.

use std::fmt::Debug;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::read::Answer;
use crate::request::JSON;
use crate::scalar::begin_sending;
use crate::{Cents, Client, ClientError, IdempotencyKey, OperationMeta, Request, Response};

/// An API call as a value, with everything that is needed to send it.
///
/// There is one type per operation of the document, such as [`SendPayout`](crate::SendPayout), each with an example.
/// Sending a clone sends the same request with the same idempotency key. `dots-api-ext` sends an operation with retries:
/// `dots.run(operation)`.
///
/// No other crate implements it, so that methods can be added.
///
/// # Examples
/// ```
/// # #[derive(Debug)]
/// # struct Memory;
/// # impl dots_api::Transport for Memory {
/// #     fn send(&self, _: dots_api::Request) -> dots_api::Exchange<'_> {
/// #         let body = r#"{"id": "3c90c3cc-0d44-4b50-8888-8dd25736052a", "amount": 1000, "status": "created"}"#.into();
/// #         Box::pin(async { Ok(dots_api::Response::new(http::StatusCode::OK, http::HeaderMap::new(), body)) })
/// #     }
/// # }
/// # #[cfg(not(feature = "payouts"))]
/// # fn main() {}
/// # #[cfg(feature = "payouts")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let transport = std::sync::Arc::new(Memory);
/// # let client = &dots_api::Client::with_transport("https://pls.senddotssandbox.com/api", transport)?;
/// use dots_api::{Cents, Operation, PhonePayee, SendPayout, SendPayoutRequest};
///
/// let payee = PhonePayee::new("1".parse()?, "2025550139".parse()?);
/// let payout = SendPayout::new(SendPayoutRequest::new(Cents::new(1_000)).payee(payee));
/// let link = payout.send(client).await?;
/// println!("{} asked for with key {:?}", link.value.id, payout.idempotency_key());
/// # assert_eq!(payout.idempotency_key(), payout.clone().idempotency_key());
/// # Ok(()) }
/// ```
pub trait Operation: Clone + Debug + Send + Sync + 'static + sealed::Sealed {
    /// The answer of Dots after carrying out the operation.
    type Output: Debug + DeserializeOwned + Send + Sync + 'static;

    /// What the document says about the operation.
    const META: &'static OperationMeta;

    /// Returns the idempotency key of the call, if the operation takes one.
    fn idempotency_key(&self) -> Option<IdempotencyKey> {
        None
    }

    /// Returns the idempotency keys of a batch's items, in order; none for any other operation.
    fn item_keys(&self) -> Vec<IdempotencyKey> {
        Vec::new()
    }

    /// Builds the request of the operation without sending it.
    ///
    /// Its body holds the keys of the operation, and whatever stores it may send it too, so they are
    /// [given away](IdempotencyKey::serial).
    ///
    /// # Errors
    /// Returns an error when the operation cannot be turned into a valid request.
    fn request(&self, client: &Client) -> Result<Request, ClientError>;

    /// Returns the ids by which an answer is told from that of another object.
    fn ids<'a>(&'a self, answer: &'a Self::Output) -> AnswerIds<'a> {
        let _ = answer;
        AnswerIds::default()
    }

    /// Returns what the operation asks to pay, if it names an amount.
    #[doc(hidden)]
    fn pays(&self) -> Option<PaymentParts<'_>> {
        None
    }

    /// Returns what an answer says was paid, where the operation has something to compare it with.
    #[doc(hidden)]
    fn paid(answer: &Self::Output) -> Option<PaymentParts<'_>> {
        let _ = answer;
        None
    }

    /// Reads the body of a success.
    ///
    /// # Errors
    /// Returns an error when the body does not have the form of a success.
    fn read(body: &[u8]) -> Result<Self::Output, serde_json::Error> {
        let _answer = Answer::begin();
        // UTF-8 is checked once for the whole body: string by string costs a sixth of a list.
        serde_json::from_str(std::str::from_utf8(body).map_err(serde::de::Error::custom)?)
    }

    /// Sends the operation once.
    ///
    /// # Errors
    /// Returns an error when the request could not be sent, when no complete answer arrived, and when the answer is not
    /// a success. The raw client does not say whether money may have moved; `dots-api-ext` does.
    fn send(
        &self,
        client: &Client,
    ) -> impl Future<Output = Result<Response<Self::Output>, ClientError>> + Send {
        let sending = begin_sending();
        let request = self.request(client);
        drop(sending);
        client.fetch(request, Self::read)
    }
}

/// Restricts [`Operation`] to the operations of the API. Only tests of this workspace implement it for types of theirs.
pub mod sealed {
    /// Marks the operations.
    pub trait Sealed {}
}

/// Implements [`Operation`]: a table of what the document says of one, a fact a line.
///
/// `send` names the fields that fill the path, `query` how each field goes into the query, `answer` the field of the
/// answer that holds its id, and the field with the id that was asked for; `pays` and `paid` lead to the amount and to
/// each part that tells who is paid, in the body and in the answer; `with` adds methods.
macro_rules! operation {
    (
        $name:ident -> $output:ty {
            id: $id:literal,
            tag: $tag:literal,
            send: $method:ident $path:literal $(($($part:ident),+))?,
            $(query: [$($how:ident $argument:ident: $wire:literal,)+],)?
            $(body: $body:ident,)?
            statuses: [$($status:literal),*],
            headers: [$($header:literal),*],
            $(idempotency: $idempotency:ident,)?
            $(key: $key:ident,)?
            $(pagination: $pagination:ident,)?
            $(answer: $answer:ident $(of $asked:ident)?,)?
            $(pays: $need:ident $amount:ident $($signed:ident)? [$($asks:ident: $($ask:ident)+,)*],)?
            $(paid: $($given:ident $paid:ident)? [$($says:ident: $($say:ident)+,)*],)?
            $(with: { $($rest:tt)* },)?
        }
    ) => {
        impl $crate::sealed::Sealed for $name {}

        impl $crate::Operation for $name {
            type Output = $output;

            const META: &'static $crate::OperationMeta = &$crate::OperationMeta {
                id: $id,
                method: http::Method::$method,
                path: $path,
                tag: $tag,
                statuses: &[$($status),*],
                headers: &[$($header),*],
                idempotency: $crate::object::or!(
                    $crate::Idempotency::Unkeyed $(, $crate::Idempotency::$idempotency)?
                ),
                pagination: $crate::object::or!(
                    $crate::Pagination::None $(, $crate::Pagination::$pagination)?
                ),
            };

            $(
                #[inline]
                fn idempotency_key(&self) -> Option<$crate::IdempotencyKey> {
                    Some(self.body.$key)
                }
            )?

            // Compiled where it is called, and with it all that writes the body: a program calls a few operations.
            #[inline]
            fn request(&self, client: &$crate::Client) -> Result<$crate::Request, $crate::ClientError> {
                let request = client.request(Self::META, &[$($(&self.$part),+)?])?;
                $($(let request = request.$how($wire, &self.$argument);)+)?
                $(let request = request.json(&self.$body)?;)?
                let own = $crate::Operation::idempotency_key(self);
                Ok(request.keyed(own, $crate::Operation::item_keys(self)))
            }

            $(
                #[inline]
                fn ids<'a>(&'a self, answer: &'a $output) -> $crate::AnswerIds<'a> {
                    $crate::AnswerIds {
                        asked: $crate::object::or!(None $(, Some(self.$asked.as_ref()))?),
                        answered: Some(answer.$answer.as_ref()),
                    }
                }
            )?

            $(
                #[inline]
                fn pays(&self) -> Option<$crate::PaymentParts<'_>> {
                    let body = &self.body;
                    Some($crate::PaymentParts {
                        amount: $crate::operation::part!(body, $need $amount).copied(),
                        $($signed: true,)?
                        $($asks: $crate::operation::part!(body, $($ask)+).map(|it| it.as_str()),)*
                        ..$crate::PaymentParts::default()
                    })
                }
            )?

            $(
                #[inline]
                fn paid(answer: &$output) -> Option<$crate::PaymentParts<'_>> {
                    Some($crate::PaymentParts {
                        $(amount: $crate::operation::part!(answer, $given $paid).copied(),)?
                        $($says: $crate::operation::part!(answer, $($say)+).map(|it| it.as_str()),)*
                        ..$crate::PaymentParts::default()
                    })
                }
            )?

            $($($rest)*)?
        }
    };
}

/// Reads a field, or the field of a field, of which each is `required` or `optional`.
macro_rules! part {
    ($whole:ident, required $field:ident) => {
        Some(&$whole.$field)
    };
    ($whole:ident, optional $field:ident) => {
        $whole.$field.as_ref()
    };
    ($whole:ident, $how:ident $field:ident $($inner:ident)+) => {
        $crate::operation::part!($whole, $how $field).and_then(|inner| $crate::operation::part!(inner, $($inner)+))
    };
}

pub(crate) use {operation, part};

/// Builds the request of an operation that has no arguments in its path, with this JSON for its body.
#[doc(hidden)]
pub fn verbatim<O: Operation>(client: &Client, operation: &O, json: Bytes) -> Result<Request, ClientError> {
    let request = client.request(O::META, &[])?.bytes(JSON, json);
    Ok(request.keyed(operation.idempotency_key(), operation.item_keys()))
}

/// The ids by which an answer is told from that of another object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AnswerIds<'a> {
    /// The id that was asked for, where the answer is to speak of the same object.
    pub asked: Option<&'a str>,
    /// The id of the object that the answer speaks of; empty where the answer has none.
    pub answered: Option<&'a str>,
}

/// What tells one payment from another: the amount, and who is paid; what is not told is `None`.
#[doc(hidden)]
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub struct PaymentParts<'a> {
    pub amount: Option<Cents>,
    /// Whether the sign of the amount says which way the money goes, in the answer as well.
    pub signed: bool,
    pub user: Option<&'a str>,
    pub country_code: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub email: Option<&'a str>,
    /// The key of a batch, in an answer.
    pub key: Option<&'a str>,
}

/// Names no person.
impl Debug for PaymentParts<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PaymentParts").field("amount", &self.amount).finish_non_exhaustive()
    }
}

/// A visitor that runs generic code for every operation of the API; see [`visit_operations`](crate::visit_operations).
pub trait OperationVisitor {
    /// Receives one operation type.
    #[cfg(not(feature = "schemars"))]
    fn visit<O>(&mut self)
    where
        O: Operation + serde::Serialize + DeserializeOwned;

    /// Receives one operation type.
    #[cfg(feature = "schemars")]
    fn visit<O>(&mut self)
    where
        O: Operation + serde::Serialize + DeserializeOwned + schemars::JsonSchema,
        O::Output: schemars::JsonSchema;
}
