//! Stands between an outbox and its server, and cuts connections in the middle of a commit: whether that was made
//! is not known then.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use fastrand::Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::Failure;

/// The statement as it is on the wire: a simple query.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// Passes connections on until it is told to cut them.
#[derive(Clone, Debug)]
pub struct Proxy {
    port: u16,
    /// Of a thousand commits, how many are cut.
    rate: Arc<AtomicU32>,
    cut: Arc<AtomicU32>,
}

impl Proxy {
    /// Listens on a free port, and passes on to a server on this machine.
    ///
    /// # Errors
    /// Returns an error if it cannot listen.
    pub async fn start(server: u16, seed: u64) -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (rate, cut) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let proxy = Self { port: listener.local_addr()?.port(), rate, cut };
        let (settings, mut rng) = (proxy.clone(), Rng::with_seed(seed));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { continue };
                tokio::spawn(pass(client, server, settings.clone(), rng.fork()));
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
        self.rate.store(of_a_thousand, Ordering::Relaxed);
    }

    /// Returns how many it has cut.
    #[must_use]
    pub fn cut(&self) -> u32 {
        self.cut.load(Ordering::Relaxed)
    }
}

/// Passes both ways until one end is gone, or until it cuts.
async fn pass(mut client: TcpStream, mut server: TcpStream, proxy: Proxy, mut rng: Rng) {
    let (mut asked, mut answered) = (vec![0; 64 * 1_024], vec![0; 64 * 1_024]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                let is_commit = asked[..length].windows(COMMIT.len()).any(|window| window == COMMIT);
                let is_cut = is_commit && rng.u32(..1_000) < proxy.rate.load(Ordering::Relaxed);
                let is_made = rng.bool();
                if is_cut {
                    proxy.cut.fetch_add(1, Ordering::Relaxed);
                }
                if is_cut && !is_made {
                    return;
                }
                if server.write_all(&asked[..length]).await.is_err() {
                    return;
                }
                if is_cut {
                    // Its answer is there, and goes no further.
                    let _ = server.read(&mut answered).await;
                    return;
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
