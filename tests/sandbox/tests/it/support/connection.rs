//! A fast client for many thousand requests: one keep-alive connection, and no more of HTTP than the sandbox uses.

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use dots_sandbox::Sandbox;

use super::schema::Operation;

/// A request that is ready to be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub(crate) method: String,
    /// The path below the base URL, with its query, encoded.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// The body as JSON, or null when it is anything else.
    pub(crate) body: Value,
    pub(crate) text: String,
}

/// A keep-alive connection.
pub(crate) struct Connection {
    socket: TcpStream,
    host: String,
    authorization: String,
    received: Vec<u8>,
}

impl Message {
    /// A request of an operation, with its path filled in.
    pub(crate) fn new(operation: &Operation<'_>, path: String) -> Self {
        Self { method: operation.method.clone(), path, ..Self::default() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        Self { body: body.to_string().into_bytes(), ..self.header("Content-Type", "application/json") }
    }

    /// A form with one part for each field of the body.
    pub(crate) fn form(self, body: &Value) -> Self {
        let mut form = String::new();
        for (name, value) in body.as_object().into_iter().flatten() {
            let file = if name == "file" {
                "; filename=\"invoice.pdf\"\r\nContent-Type: application/pdf"
            } else {
                ""
            };
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let part = format!("Content-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{text}\r\n");
            form.push_str(&format!("--boundary\r\n{part}"));
        }
        form.push_str("--boundary--\r\n");
        Self {
            body: form.into_bytes(),
            ..self.header("Content-Type", "multipart/form-data; boundary=boundary")
        }
    }
}

impl Connection {
    pub(crate) async fn connect(sandbox: &Sandbox) -> Self {
        let host = sandbox.url().trim_start_matches("http://").trim_end_matches("/api").to_owned();
        let socket = TcpStream::connect(&host).await.unwrap();
        socket.set_nodelay(true).unwrap();
        Self { socket, host, authorization: sandbox.credentials().authorization(), received: Vec::new() }
    }

    /// Sends a request to the API.
    pub(crate) async fn send(&mut self, message: &Message) -> Result<Response, String> {
        self.exchange("/api", message).await
    }

    /// Sends a request to the control API.
    pub(crate) async fn control(&mut self, message: &Message) -> Result<Response, String> {
        self.exchange("/_sandbox/", message).await
    }

    async fn exchange(&mut self, prefix: &str, message: &Message) -> Result<Response, String> {
        let (host, authorization) = (&self.host, &self.authorization);
        let mut head = format!("{} {prefix}{} HTTP/1.1\r\nHost: {host}\r\n", message.method, message.path);
        head.push_str(&format!(
            "Authorization: {authorization}\r\nContent-Length: {}\r\n",
            message.body.len()
        ));
        for (name, value) in &message.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let bytes = [head.as_bytes(), &message.body].concat();
        self.socket.write_all(&bytes).await.map_err(|error| format!("the connection is gone: {error}"))?;
        self.receive().await
    }

    async fn receive(&mut self) -> Result<Response, String> {
        let end = loop {
            match self.received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                Some(end) => break end,
                None => self.more().await?,
            }
        };
        let head = String::from_utf8(self.received.drain(..end + 4).collect()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut lines = head.lines().map(str::to_ascii_lowercase);
        let length = lines.find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
        while self.received.len() < length {
            self.more().await?;
        }
        let text = String::from_utf8(self.received.drain(..length).collect()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Response { status, body, text })
    }

    async fn more(&mut self) -> Result<(), String> {
        match self.socket.read_buf(&mut self.received).await {
            Ok(0) => Err("the connection ended before the answer".to_owned()),
            Ok(_) => Ok(()),
            Err(error) => Err(format!("the connection is gone: {error}")),
        }
    }
}
