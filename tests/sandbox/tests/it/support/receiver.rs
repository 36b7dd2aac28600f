//! A webhook receiver with a verifier of its own, which shares nothing with the sandbox's signing.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};

/// The secret of the published test vector.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// How to answer a delivery.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Status(u16),
    /// Accept the connection and never answer.
    Silence,
}

/// A delivery as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Received {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn id(&self) -> &str {
        self.header("svix-id").unwrap()
    }

    pub(crate) fn timestamp(&self) -> i64 {
        self.header("svix-timestamp").unwrap().parse().unwrap()
    }

    /// Whether one of the signatures was made with this secret.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        self.is_signed("svix", secret)
    }

    pub(crate) fn is_signed(&self, family: &str, secret: &str) -> bool {
        let header = |name: &str| self.header(&format!("{family}-{name}"));
        let (Some(id), Some(timestamp)) = (header("id"), header("timestamp")) else { return false };
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mac = hmac_sha256(&key, format!("{id}.{timestamp}.{}", self.text).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac));
        header("signature").is_some_and(|signatures| signatures.split(' ').any(|one| one == expected))
    }
}

/// HMAC as RFC 2104 has it.
fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let (inner, outer) = (block.map(|byte| byte ^ 0x36), block.map(|byte| byte ^ 0x5c));
    let inner = Sha256::new().chain_update(inner).chain_update(message).finalize();
    Sha256::new().chain_update(outer).chain_update(inner).finalize().into()
}

#[derive(Default)]
struct Inbox {
    received: Mutex<Vec<Received>>,
    answers: Mutex<VecDeque<Answer>>,
    always: Mutex<Option<Answer>>,
    arrived: Notify,
}

/// A server that receives deliveries.
pub(crate) struct Receiver {
    url: String,
    inbox: Arc<Inbox>,
    server: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let inbox = Arc::new(Inbox::default());
        let server = tokio::spawn(serve(listener, Arc::clone(&inbox)));
        Self { url, inbox, server }
    }

    /// Returns a URL whose port is closed.
    pub(crate) async fn gone() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/hook", listener.local_addr().unwrap())
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// Answers the next deliveries like this, one after the other, and the rest with 200.
    pub(crate) fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.inbox.answers.lock().unwrap().extend(answers);
    }

    /// Answers every delivery like this.
    pub(crate) fn always(&self, answer: Answer) {
        *self.inbox.always.lock().unwrap() = Some(answer);
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.inbox.received.lock().unwrap().clone()
    }

    /// Returns the names of the events that arrived.
    pub(crate) fn events(&self) -> Vec<String> {
        let name = |received: &Received| received.body()["event"].as_str().unwrap().to_owned();
        self.received().iter().map(name).collect()
    }

    /// Waits until this many deliveries have arrived.
    pub(crate) async fn wait_for(&self, count: usize) {
        while self.received().len() < count {
            self.inbox.arrived.notified().await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, inbox: Arc<Inbox>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let received = read(&mut stream).await;
        inbox.received.lock().unwrap().push(received);
        inbox.arrived.notify_one();
        let scripted = inbox.answers.lock().unwrap().pop_front();
        let always = *inbox.always.lock().unwrap();
        match scripted.or(always).unwrap_or(Answer::Status(200)) {
            Answer::Status(status) => {
                let answer = format!("HTTP/1.1 {status} -\r\nlocation: /hook\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            // Held open until the other side gives up.
            Answer::Silence => while stream.read(&mut [0; 64]).await.is_ok_and(|read| read > 0) {},
        }
    }
}

async fn read(stream: &mut TcpStream) -> Received {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines();
            let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
            let header = |line: &str| {
                let (name, value) = line.split_once(": ").unwrap();
                (name.to_lowercase(), value.to_owned())
            };
            let received = Received { path, headers: lines.map(header).collect(), text: body.to_owned() };
            if received.header("content-length").unwrap() == body.len().to_string() {
                return received;
            }
        }
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "the delivery broke off");
    }
}
