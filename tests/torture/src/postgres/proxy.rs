//! Stands between an outbox and its server, and cuts connections in the middle of a commit, whose outcome is unknown
//! then, or holds a commit up.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use fastrand::Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::Failure;

/// The statement as it is on the wire: a simple query.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// Passes connections on until it is told to cut them.
#[derive(Clone, Debug)]
pub struct Proxy {
    port: u16,
    orders: Arc<Orders>,
}

/// What is to be cut, and what was.
#[derive(Debug)]
struct Orders {
    /// Of a thousand commits, how many are cut.
    rate: AtomicU32,
    aim: Mutex<Option<Aim>>,
    /// Whether a new connection is passed on, or waits.
    is_open: watch::Sender<bool>,
    cut: AtomicU32,
}

/// One commit that is looked for: that of the first transaction which writes this value.
#[derive(Debug)]
struct Aim {
    value: Vec<u8>,
    fate: Fate,
}

/// What becomes of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It waits until connections are let through.
    Held,
    /// Its connection is cut before it reaches the server.
    NotMade,
    /// Its connection is cut when the server has answered.
    Made,
}

impl Proxy {
    /// Listens on a free port, and passes on to a server on this machine.
    ///
    /// # Errors
    /// Returns an error if it cannot listen.
    pub async fn start(server: u16, seed: u64) -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (rate, aim) = (AtomicU32::new(0), Mutex::new(None));
        let orders = Orders { rate, aim, is_open: watch::Sender::new(true), cut: AtomicU32::new(0) };
        let proxy = Self { port: listener.local_addr()?.port(), orders: Arc::new(orders) };
        let (orders, mut rng) = (Arc::clone(&proxy.orders), Rng::with_seed(seed));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, Arc::clone(&orders), rng.fork()));
            }
        });
        Ok(proxy)
    }

    /// Returns its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Cuts so many of a thousand commits from now on: half of them before they reach the server, half of them after.
    pub fn cut_commits(&self, of_a_thousand: u32) {
        self.orders.rate.store(of_a_thousand, Ordering::Relaxed);
    }

    /// Looks for the next transaction that writes this text as the value of a statement. From its commit on, no new
    /// connection is let through before [`let_through`](Self::let_through).
    pub fn look_for(&self, text: &str, fate: Fate) {
        // No message is longer.
        let length = i32::try_from(text.len()).unwrap_or(i32::MAX);
        let value = [&length.to_be_bytes(), text.as_bytes()].concat();
        *self.orders.aim.lock().unwrap_or_else(PoisonError::into_inner) = Some(Aim { value, fate });
    }

    /// Waits until it has met the commit that it looks for.
    pub async fn met(&self) {
        // The sender is here, so the channel is open.
        let _ = self.orders.is_open.subscribe().wait_for(|is_open| !is_open).await;
    }

    /// Lets connections through again.
    pub fn let_through(&self) {
        self.orders.is_open.send_replace(true);
    }

    /// Returns how many commits it has cut.
    #[must_use]
    pub fn cut(&self) -> u32 {
        self.orders.cut.load(Ordering::Relaxed)
    }
}

impl Orders {
    /// Says what becomes of the commit of a transaction, unless it is passed on.
    fn fate(&self, transaction: &[u8], rng: &mut Rng) -> Option<Fate> {
        let mut aim = self.aim.lock().unwrap_or_else(PoisonError::into_inner);
        let met = aim.take_if(|aim| contains(transaction, &aim.value));
        if met.is_some() {
            self.is_open.send_replace(false);
        }
        let fate = met.map(|aim| aim.fate).or_else(|| {
            let is_cut = rng.u32(..1_000) < self.rate.load(Ordering::Relaxed);
            is_cut.then(|| if rng.bool() { Fate::Made } else { Fate::NotMade })
        })?;
        self.cut.fetch_add(u32::from(fate != Fate::Held), Ordering::Relaxed);
        Some(fate)
    }

    /// Waits until connections are let through.
    async fn opened(&self) {
        // The sender is here, so the channel is open.
        let _ = self.is_open.subscribe().wait_for(|is_open| *is_open).await;
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Passes both ways until one end is gone, or until it cuts.
async fn pass(mut client: TcpStream, server: u16, orders: Arc<Orders>, mut rng: Rng) {
    orders.opened().await;
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
    let (mut asked, mut answered) = (vec![0; 64 * 1_024], vec![0; 64 * 1_024]);
    let mut transaction = Vec::new();
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                transaction.extend_from_slice(&asked[..length]);
                let is_commit = contains(&asked[..length], COMMIT);
                let fate = if is_commit { orders.fate(&transaction, &mut rng) } else { None };
                if fate == Some(Fate::Held) {
                    orders.opened().await;
                }
                if fate == Some(Fate::NotMade) || server.write_all(&asked[..length]).await.is_err() {
                    return;
                }
                if fate == Some(Fate::Made) {
                    // Its answer is there, and goes no further.
                    let _ = server.read(&mut answered).await;
                    return;
                }
                if is_commit {
                    transaction.clear();
                }
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
