//! Looks, when a request leaves for Dots, whether its claim is in the file: with another connection, as another program
//! would.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use dots_api::{Exchange, Request, Transport};
use dots_api_ext::outbox::Outbox;
use dots_sandbox::{Faults, Sandbox};
use rusqlite::{Connection, OpenFlags};

use crate::{Failure, payroll};

/// How many requests left, and how many of them the file knew to be in flight, under their key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How many left.
    pub requests: u32,
    /// How many of them were claimed.
    pub claimed: u32,
}

/// Makes payouts while 40 % of the requests go wrong, and looks at each that leaves.
///
/// # Errors
/// Returns an error if the payouts cannot be made.
pub async fn run(payouts: u32, seed: u64) -> Result<Outcome, Failure> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("payouts.sqlite");
    let sandbox = Sandbox::builder().seed(seed).record_limit(10).start().await?;
    sandbox.draw(Faults::seeded(seed).rate(0.4).on("send_payout")?);
    // Without one, `reqwest` has no client.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let counts = Arc::new((AtomicU32::new(0), AtomicU32::new(0)));
    let mut passed = Duration::ZERO;
    for round in 0..4 {
        let witness =
            Witness { sends: reqwest::Client::new(), file: file.clone(), counts: Arc::clone(&counts) };
        let dots = payroll::client(&sandbox.url(), passed).transport(witness).build()?;
        let outbox =
            if round == 0 { Outbox::create(&file, &dots).await? } else { Outbox::open(&file, &dots).await? };
        outbox.plan_all("run", payroll::rows(&dots, (0, payouts))).await?;
        outbox.work().concurrency(8).await?;
        outbox.close().await;
        let hour = Duration::from_secs(60 * 60);
        (passed, _) = (passed + hour, sandbox.advance(hour));
    }
    let (requests, claimed) = (counts.0.load(Ordering::SeqCst), counts.1.load(Ordering::SeqCst));
    Ok(Outcome { requests, claimed })
}

/// Sends by HTTP, and looks into the file first.
#[derive(Debug)]
struct Witness {
    sends: reqwest::Client,
    file: PathBuf,
    counts: Arc<(AtomicU32, AtomicU32)>,
}

impl Transport for Witness {
    fn send(&self, request: Request) -> Exchange<'_> {
        if let Some(key) = request.idempotency_key.filter(|_| request.operation.id == "send_payout") {
            let is_claimed = is_claimed(&self.file, &key.to_string()).unwrap_or(false);
            self.counts.0.fetch_add(1, Ordering::SeqCst);
            self.counts.1.fetch_add(u32::from(is_claimed), Ordering::SeqCst);
        }
        Transport::send(&self.sends, request)
    }
}

fn is_claimed(file: &std::path::Path, key: &str) -> Result<bool, rusqlite::Error> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let sql = "SELECT count(*) FROM payouts WHERE idempotency_key = ?1 AND state = 'in_flight'";
    let claims: i64 = connection.query_row(sql, [key], |row| row.get(0))?;
    Ok(claims == 1)
}
