//! A load generator that costs less than what it measures: blocking sockets, requests built in advance, answers hardly
//! read.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::served::Served;

/// The number of concurrent connections, so that the server always has something to do.
const CONNECTIONS: usize = 16;

/// A number of requests, and their cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measured {
    requests: u64,
    cpu: Duration,
}

impl Measured {
    /// Nanoseconds of the server's thread per request.
    pub(crate) fn cpu_each(&self) -> u64 {
        u64::try_from(self.cpu.as_nanos()).unwrap_or(u64::MAX) / self.requests.max(1)
    }

    /// The cost of one request, such as `12.3 µs`.
    pub(crate) fn cpu_text(&self) -> String {
        let tenths = self.cpu_each() / 100;
        format!("{}.{} µs", tenths / 10, tenths % 10)
    }

    /// Requests per second.
    pub(crate) fn rate(&self) -> u64 {
        1_000_000_000 / self.cpu_each().max(1)
    }

    /// The cheaper of two measurements.
    pub(crate) fn or_better(self, other: Self) -> Self {
        if self.requests > 0 && self.cpu_each() <= other.cpu_each() { self } else { other }
    }

    /// Prints one row of the table of rates, beside the server that answers a constant.
    pub(crate) fn print(&self, what: &str, bare: Self) {
        let (own, bare) = (self.cpu_each().max(1), bare.cpu_each());
        println!("| {what} | {} | {} | {} % |", 1_000_000_000 / own, self.cpu_text(), bare * 100 / own);
    }
}

/// The connections to one server.
pub(crate) struct Client<'s> {
    served: &'s Served,
    connections: Vec<Connection>,
}

struct Connection {
    socket: TcpStream,
    received: Vec<u8>,
    /// How many bytes of `received` belong to answers that were read.
    done: usize,
}

impl<'s> Client<'s> {
    pub(crate) fn connect(served: &'s Served) -> Self {
        let connect = |_| {
            let socket = TcpStream::connect(served.address).expect("the server listens");
            socket.set_nodelay(true).expect("a socket takes the option");
            Connection { socket, received: Vec::new(), done: 0 }
        };
        Self { served, connections: (0..CONNECTIONS).map(connect).collect() }
    }

    /// Sends this many requests; `write` builds each from its number, and `read` gets the body of each answer.
    pub(crate) fn run(
        &mut self,
        requests: u64,
        mut write: impl FnMut(u64, &mut Vec<u8>),
        mut read: impl FnMut(&[u8]),
    ) -> Measured {
        let (started, cpu) = (Instant::now(), self.served.cpu());
        let (mut sent, mut bytes) = (0, Vec::new());
        let mut send = |connection: &mut Connection| {
            if sent < requests {
                bytes.clear();
                write(sent, &mut bytes);
                connection.socket.write_all(&bytes).expect("the server reads");
                sent += 1;
            }
        };
        for connection in &mut self.connections {
            send(connection);
        }
        for (connection, _) in (0..self.connections.len()).cycle().zip(0..requests) {
            if let Some(connection) = self.connections.get_mut(connection) {
                connection.answer(&mut read);
                send(connection);
            }
        }
        let passed = started.elapsed();
        let cpu = self.served.cpu().zip(cpu).map_or(passed, |(after, before)| after.saturating_sub(before));
        Measured { requests, cpu }
    }
}

impl Connection {
    /// Reads one answer, which must have a successful status.
    fn answer(&mut self, read: &mut impl FnMut(&[u8])) {
        self.received.drain(..self.done);
        self.done = 0;
        let head = loop {
            match self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                Some(end) => break end + 4,
                None => self.more(),
            }
        };
        let text =
            String::from_utf8_lossy(self.received.get(..head).unwrap_or_default()).to_ascii_lowercase();
        assert!(text.starts_with("http/1.1 2"), "{}", String::from_utf8_lossy(&self.received));
        let length =
            text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        self.done = head + length.expect("every answer says its length");
        while self.received.len() < self.done {
            self.more();
        }
        read(self.received.get(head..self.done).unwrap_or_default());
    }

    fn more(&mut self) {
        let mut chunk = [0; 64 * 1024];
        let count = self.socket.read(&mut chunk).expect("the server answers");
        assert!(count > 0, "the server closed the connection");
        self.received.extend(chunk.iter().take(count));
    }
}

/// Builds a request as it is sent.
pub(crate) fn request(method: &str, path: &str, body: &str) -> Vec<u8> {
    let authorization = "Authorization: Basic cGtfZGV2X3NhbmRib3g6c2tfZGV2X3NhbmRib3g=";
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    let length = body.len();
    format!(
        "{method} /api{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}\r\n{kind}Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Writes a payout whose key follows from its number.
pub(crate) fn payout(number: u64, bytes: &mut Vec<u8>) {
    let (high, low) = (number >> 48, number & 0xffff_ffff_ffff);
    let key = format!("3c90c3cc-0d44-4b50-{high:04x}-{low:012x}");
    let payee = r#"{"country_code":"1","phone_number":"2025550139"}"#;
    let body = format!(r#"{{"amount":1000,"payee":{payee},"memo":"Thank you","idempotency_key":"{key}"}}"#);
    bytes.extend(request("POST", "/v2/payouts/send-payout", &body));
}

/// Finds the id in the answer to a payout.
pub(crate) fn id_in(body: &[u8]) -> Option<String> {
    let text = str::from_utf8(body).ok()?;
    Some(text.split_once(r#""id":""#)?.1.split_once('"')?.0.to_owned())
}
