//! One call: send the operation once, and say what came of it.

use bytes::Bytes;
use dots_api::{ApiError, Client, IdempotencyKey, Operation, OperationMeta, Response};

use crate::error::{Answer, Delivery, Error};
use crate::idempotency::{Doubts, delivery_of_refusal};
use crate::receipt::Receipt;
use crate::transport::Failure;

/// Sends an operation once.
///
/// Dropping the future leaves the key in `doubts`: the request may have left.
pub(crate) async fn once<O: Operation>(
    client: &Client,
    doubts: &Doubts,
    operation: &O,
) -> Result<Receipt<O::Output>, Error> {
    let key = operation.idempotency_key();
    let in_doubt = key.is_some_and(|key| doubts.raise(key));
    let outcome = match operation.send(client).await {
        Ok(Response { value, status, .. }) => Ok(Receipt::new(value, status, key)),
        Err(error) => Err(explained(O::META, key, error)),
    };
    let outcome = outcome.map_err(|error| if in_doubt { error.in_doubt() } else { error });
    let settled = outcome.as_ref().map_or_else(|error| error.delivery() != Delivery::Unknown, |_| true);
    key.filter(|_| settled).inspect(|key| doubts.settle(*key));
    outcome
}

/// Says what an error of the raw client means for the money.
fn explained(
    operation: &'static OperationMeta,
    key: Option<IdempotencyKey>,
    error: dots_api::Error,
) -> Error {
    use dots_api::Error as Raw;
    match error {
        Raw::Refused { response, error, .. } => refused(operation, *response, error.map(|error| *error)),
        Raw::Unreadable { response, source, .. } => {
            let what = format!(
                "Dots answered with status {}, and the answer cannot be read",
                response.status.as_u16()
            );
            Error::new(Delivery::Unknown, what).with_answer(answer(*response, None)).because(source)
        }
        Raw::Transport { source, .. } => match source.downcast::<Failure>() {
            Ok(failure) => broken(*failure),
            Err(source) => Error::new(Delivery::Unknown, "no complete answer came back").because(source),
        },
        Raw::InvalidRequest { why, .. } => Error::not_sent(why),
        // What is left was found before anything was sent.
        error => Error::not_sent(error.to_string()),
    }
    .of(operation, key)
}

fn refused(operation: &'static OperationMeta, response: Response<Bytes>, error: Option<ApiError>) -> Error {
    let status = response.status;
    let delivery = delivery_of_refusal(operation, status, error.as_ref().is_some_and(says_refused));
    let what = match delivery {
        Delivery::Rejected => format!("Dots refused it with status {}", status.as_u16()),
        _ => format!("Dots answered with status {}", status.as_u16()),
    };
    Error::new(delivery, what).with_answer(answer(response, error))
}

/// Whether an error is Dots' own: a gateway on the way may well write a `message`, but no `success` and no code.
fn says_refused(error: &ApiError) -> bool {
    error.success == Some(false) || error.error_code.is_some()
}

fn broken(failure: Failure) -> Error {
    let Failure { sent, status, what, source } = failure;
    let error = Error::new(if sent { Delivery::Unknown } else { Delivery::NotSent }, what);
    let error = match status {
        Some(status) => error.with_answer(Answer { status, code: None, message: None, body: Bytes::new() }),
        None => error,
    };
    match source {
        Some(source) => error.because(source),
        None => error,
    }
}

fn answer(response: Response<Bytes>, error: Option<ApiError>) -> Answer {
    let (code, message) =
        error.map_or((None, None), |error| (error.error_code, error.message.or(error.error)));
    Answer { status: response.status, code, message, body: response.value }
}
