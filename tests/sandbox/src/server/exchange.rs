//! One HTTP exchange: reads a request whole, dispatches it, and writes the answer.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::{
    Request, Response,
    body::{Body as _, Incoming as IncomingBody},
    header::{CONTENT_TYPE, DATE, HeaderValue},
};
use jiff::Timestamp;

use crate::{
    control,
    http::{Incoming, JSON, RawResponse, Refusal, Reply, http_date},
    pages,
    simulator::Simulator,
};

/// The largest body that is read, 4 MiB: a batch of 5,000 payouts fits.
const BODY_LIMIT: usize = 4 * 1024 * 1024;

/// Answers one HTTP request.
///
/// # Errors
/// Returns what to send on the bare socket when a fault breaks HTTP.
pub(crate) async fn answer(
    simulator: &Arc<Simulator>,
    request: Request<IncomingBody>,
) -> Result<Response<Full<Bytes>>, RawResponse> {
    let (head, body) = request.into_parts();
    let mut incoming = Incoming {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body: Bytes::new(),
    };
    let reply = match simulator.cut_unread(&incoming) {
        Some(cut) => cut,
        None => match read(body).await {
            Ok(body) => {
                incoming.body = body;
                if pages::is_for(&incoming) {
                    pages::answer(simulator, &incoming)
                } else if control::is_for(&incoming) {
                    control::answer(simulator, &incoming)
                } else {
                    simulator.handle(incoming).await
                }
            }
            Err(refusal) => simulator.refuse(&incoming, refusal),
        },
    };
    let (now, why_not) = {
        let world = simulator.world();
        (
            world.state.clock.now(),
            world.journal.as_ref().and_then(|journal| Some(journal.why_not_kept()?.to_owned())),
        )
    };
    match why_not {
        None => send(reply, now),
        // The decision is not on the disk and would be forgotten, so the client must not see it.
        Some(why_not) => send(Refusal::violation(why_not).into(), now),
    }
}

/// Turns a reply into an HTTP response, unless a fault breaks HTTP.
fn send(mut reply: Reply, now: Timestamp) -> Result<Response<Full<Bytes>>, RawResponse> {
    if reply.fault.is_none()
        && reply.content_type == JSON
        && !reply.body.is_empty()
        && !reply.body.ends_with(b"\n")
    {
        // The prompt of a shell stands on a line of its own.
        reply.body.push(b'\n');
    }
    let Some(wire) = reply.fault.take().and_then(|fault| fault.wire) else {
        return Ok(response(reply, now));
    };
    let body = Bytes::from(reply.body.clone());
    Err(RawResponse::new(&response(reply, now), &body, &wire))
}

/// Reads a body up to the limit; a body that announces more is not read at all.
async fn read(body: IncomingBody) -> Result<Bytes, Refusal> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > BODY_LIMIT {
        return Err(Refusal::too_large(BODY_LIMIT));
    }
    let read = Limited::new(body, BODY_LIMIT).collect().await;
    read.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.is::<LengthLimitError>() {
            Refusal::too_large(BODY_LIMIT)
        } else {
            Refusal::invalid(format!("the body ended early: {error}"))
        }
    })
}

fn response(reply: Reply, now: Timestamp) -> Response<Full<Bytes>> {
    let has_body = !reply.body.is_empty();
    let mut response = Response::new(Full::new(Bytes::from(reply.body)));
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    if has_body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    }
    // The time is the sandbox's, so that the same calls give the same bytes. A fault may have set another one.
    for (name, value) in [(DATE, http_date(now))].into_iter().chain(reply.headers) {
        // Our own headers are plain ASCII. Any other is left out, rather than failing the answer.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}
