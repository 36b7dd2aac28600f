//! Raw responses: what is sent on the bare socket when a fault breaks HTTP.

use std::{fmt, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use http_body_util::Full;
use hyper::Response;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::Semaphore,
};

/// The chunk that an endless body repeats.
const ENDLESS: &[u8] = &[b' '; 16 * 1024];

/// How the end of a body is marked; a cut answer lacks the mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// `Content-Length`: the body is shorter than announced.
    Length,
    /// `Transfer-Encoding: chunked`: the last chunk is missing.
    Chunked,
    /// The body ends with the connection, so nothing shows that it is cut.
    UntilClose,
}

/// When the next byte of a slow answer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// After this much real time.
    Every(Duration),
    /// When [`Injection::release`](crate::Injection::release) is called.
    Released,
}

/// A fault below HTTP: how an answer is sent when it breaks the protocol.
#[derive(Clone, Debug)]
pub(crate) enum WireFault {
    Reset,
    Hold,
    Cut(Framing),
    Drip(Pace, Arc<Semaphore>),
    Endless,
}

/// Steps on the bare socket. It travels as the error of the HTTP service, which makes hyper give up the connection.
#[derive(Clone, Debug)]
pub(crate) struct RawResponse {
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Send(Bytes),
    Drip(Bytes, Pace, Arc<Semaphore>),
    /// Sends the same bytes until the client disconnects.
    Repeat(Bytes),
    /// Keeps the connection open until the client disconnects.
    Hold,
    Reset,
}

impl RawResponse {
    /// Builds the steps that send an answer.
    pub(crate) fn new(head: &Response<Full<Bytes>>, body: &Bytes, wire: &WireFault) -> Self {
        let chunked = "transfer-encoding: chunked";
        let length = format!("content-length: {}", body.len());
        let half = body.slice(..body.len() / 2);
        let steps = match wire {
            WireFault::Reset => vec![Step::Reset],
            WireFault::Hold => vec![Step::Hold],
            WireFault::Cut(Framing::Length) => vec![Step::Send(join(head, &length, &half))],
            WireFault::Cut(Framing::Chunked) => vec![Step::Send(join(head, chunked, &chunk(&half)))],
            WireFault::Cut(Framing::UntilClose) => vec![Step::Send(join(head, "connection: close", &half))],
            WireFault::Drip(pace, gate) => {
                vec![Step::Drip(join(head, &length, body), *pace, Arc::clone(gate))]
            }
            WireFault::Endless => {
                // Everything but the last byte: a client sees a well-formed beginning and never its end.
                let beginning = body.slice(..body.len().saturating_sub(1));
                let first = if beginning.is_empty() { Bytes::from_static(b"[") } else { beginning };
                vec![
                    Step::Send(join(head, chunked, &chunk(&first))),
                    Step::Repeat(chunk(&Bytes::from_static(ENDLESS))),
                ]
            }
        };
        Self { steps }
    }

    /// Finds the raw response in the error that ended the HTTP connection.
    pub(crate) fn find(error: &hyper::Error) -> Option<Self> {
        std::error::Error::source(error)?.downcast_ref::<Self>().cloned()
    }

    /// Sends the raw response. Returns the socket when it is to be closed gracefully.
    pub(crate) async fn perform(self, mut stream: TcpStream) -> Option<TcpStream> {
        for step in self.steps {
            if step.perform(&mut stream).await.is_err() {
                return None;
            }
        }
        Some(stream)
    }
}

impl Step {
    async fn perform(self, stream: &mut TcpStream) -> std::io::Result<()> {
        match self {
            Self::Send(bytes) => stream.write_all(&bytes).await,
            Self::Drip(bytes, pace, gate) => drip(stream, &bytes, pace, &gate).await,
            Self::Repeat(bytes) => loop {
                stream.write_all(&bytes).await?;
            },
            Self::Hold => {
                let mut rest = vec![0; 4096];
                while stream.read(&mut rest).await? > 0 {}
                Ok(())
            }
            Self::Reset => {
                stream.set_zero_linger()?;
                // The reset is sent when the socket is dropped, so nothing may follow.
                Err(std::io::ErrorKind::ConnectionReset.into())
            }
        }
    }
}

async fn drip(stream: &mut TcpStream, bytes: &[u8], pace: Pace, gate: &Semaphore) -> std::io::Result<()> {
    for byte in bytes {
        match pace {
            Pace::Every(pause) => tokio::time::sleep(pause.max(Duration::from_micros(1))).await,
            Pace::Released => match gate.acquire().await {
                Ok(permit) => permit.forget(),
                // The sandbox has stopped.
                Err(_) => return Ok(()),
            },
        }
        stream.write_u8(*byte).await?;
    }
    Ok(())
}

fn chunk(bytes: &Bytes) -> Bytes {
    let mut chunk = BytesMut::from(format!("{:x}\r\n", bytes.len()).as_bytes());
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk.freeze()
}

/// Writes the head of an answer with one more header, and the body.
fn join(head: &Response<Full<Bytes>>, framing: &str, body: &[u8]) -> Bytes {
    let mut bytes = BytesMut::from(format!("HTTP/1.1 {}\r\n", head.status()).as_bytes());
    for (name, value) in head.headers() {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(framing.as_bytes());
    bytes.extend_from_slice(b"\r\n\r\n");
    bytes.extend_from_slice(body);
    bytes.freeze()
}

impl fmt::Display for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fault ends the connection")
    }
}

impl std::error::Error for RawResponse {}
