//! Flips bits of a file: it has to be refused, or to say of every payout what it said before.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use dots_api_ext::outbox::{By, Outbox};
use dots_sandbox::{Fault, Faults, KeyRepeat, Sandbox, When};
use fastrand::Rng;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::{Failure, payroll};

/// What the flips came to.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// How many there were.
    pub flips: u32,
    /// How many took the program with them.
    pub panics: u32,
    /// How often the file was refused, when it was opened or read.
    pub refused: u32,
    /// How often nothing that counts was hit.
    pub unchanged: u32,
    /// How often a stored request had changed; it is noticed when it is to be sent.
    pub unsendable: u32,
    /// How often the file was taken for whole, and said something else of a payout or in its log.
    pub silently_wrong: u32,
    /// How often a payout was sent that was not planned: to another payee, of another amount, or under another key.
    pub paid_wrong: u32,
    /// How often each table said something else, and the first such flips.
    pub wrong_in: BTreeMap<String, u32>,
    /// The first flips that went wrong: the place, the bit, and what changed.
    pub first: Vec<String>,
}

/// Everything that a file says, by table and key.
type Said = BTreeMap<(String, String), String>;

/// Flips one bit of a copy, as often as asked; one time in eight, a sector is zeroed instead.
///
/// # Errors
/// Returns an error if the file cannot be made.
pub async fn run(flips: u32, seed: u64) -> Result<Outcome, Failure> {
    let mut rng = Rng::with_seed(seed);
    let folder =
        tempfile::Builder::new().tempdir_in(if Path::new("/dev/shm").exists() { "/dev/shm" } else { "." })?;
    let file = folder.path().join("payouts.sqlite");
    // Each request makes a payment, so that a key of an earlier flip hides nothing.
    let repeat = KeyRepeat::PayAgain;
    let sandbox = Sandbox::builder().seed(seed).key_repeat(repeat).record_limit(200).start().await?;
    make(&sandbox, &file, seed).await?;
    let whole = fs::read(&file)?;
    let truth = said(&file)?;
    let keys = keys(&file)?;
    let mut known = HashSet::new();
    let mut outcome = Outcome { flips, ..Outcome::default() };
    for _ in 0..flips {
        let (mut bytes, at) = (whole.clone(), rng.usize(..whole.len()));
        let what = if rng.u8(..8) == 0 {
            let sector = at / 512 * 512;
            bytes[sector..(sector + 512).min(whole.len())].fill(0);
            format!("sector {sector} zeroed")
        } else {
            let bit = rng.u8(..8);
            bytes[at] ^= 1 << bit;
            format!("byte {at} bit {bit}")
        };
        put(&file, &bytes)?;
        let (url, path) = (sandbox.url(), file.clone());
        match tokio::spawn(async move { open(&url, &path).await }).await {
            Err(_) => outcome.panics += 1,
            Ok(Err(_)) => outcome.refused += 1,
            Ok(Ok(())) if compare(&mut outcome, &truth, said(&file), &what) => {
                put(&file, &bytes)?;
                // What it cannot send or store, it says; what it does send is what counts.
                drop(work(&sandbox.url(), &file).await);
                let sent = sandbox.requests().into_iter().filter(|request| request.method == "POST");
                let wrong = sent.map(|request| request.body).filter(|body| !is_planned(body, &keys));
                let wrong: Vec<String> = wrong.filter(|body| known.insert(body.clone())).collect();
                if !wrong.is_empty() {
                    outcome.paid_wrong += 1;
                    outcome.first.insert(0, format!("{what}: a payout was sent that was not planned"));
                }
            }
            Ok(Ok(())) => {}
        }
    }
    Ok(outcome)
}

/// Opens the file and reads every payout, as a program does.
async fn open(url: &str, file: &Path) -> Result<(), Failure> {
    let dots = payroll::client(url, Duration::from_secs(120)).build()?;
    let outbox = Outbox::open(file, &dots).await?;
    for number in 0..PAYOUTS {
        let reference = format!("run/{number}");
        outbox.status(&reference).await?.ok_or("a payout is gone")?;
        outbox.history(&reference).await?;
    }
    outbox.review().await?;
    outbox.totals().await?;
    outbox.close().await;
    Ok(())
}

/// Sends what is due two hours later.
async fn work(url: &str, file: &Path) -> Result<(), Failure> {
    let dots = payroll::client(url, Duration::from_secs(2 * 60 * 60)).build()?;
    let outbox = Outbox::open(file, &dots).await?;
    drop(outbox.work().await);
    outbox.close().await;
    Ok(())
}

/// The keys of the file, by reference.
fn keys(file: &Path) -> Result<HashMap<String, String>, rusqlite::Error> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut statement = connection.prepare("SELECT reference, idempotency_key FROM payouts")?;
    let keys = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    keys.collect()
}

/// Whether a payout is one of those that were planned: its payee, its amount and its key.
fn is_planned(body: &str, keys: &HashMap<String, String>) -> bool {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let reference = body["metadata"]["outbox_reference"].as_str().unwrap_or_default();
    let number = reference.strip_prefix("run/").and_then(|number| number.parse().ok()).unwrap_or_default();
    body["amount"] == payroll::cents(number).get()
        && body["payee"]["phone_number"] == format!("2{number:09}")
        && body["idempotency_key"].as_str() == keys.get(reference).map(String::as_str)
}

/// Compares what the file says now with the truth; whether it is another thing.
fn compare(outcome: &mut Outcome, truth: &Said, now: Result<Said, rusqlite::Error>, what: &str) -> bool {
    let Ok(now) = now else {
        outcome.refused += 1;
        return false;
    };
    let Some(((table, key), _)) = truth.iter().find(|(name, text)| now.get(*name) != Some(*text)) else {
        outcome.unchanged += 1;
        return false;
    };
    if table == "requests"
        && truth.iter().all(|(name, text)| name.0 == "requests" || now.get(name) == Some(text))
    {
        outcome.unsendable += 1;
        return true;
    }
    outcome.silently_wrong += 1;
    *outcome.wrong_in.entry(table.clone()).or_default() += 1;
    if outcome.first.len() < 10 {
        outcome.first.push(format!("{what}: `{table}` `{key}`"));
    }
    true
}

const PAYOUTS: u32 = 40;

/// Makes a file with payouts in many states.
async fn make(sandbox: &Sandbox, file: &Path, seed: u64) -> Result<(), Failure> {
    let dots = payroll::client(&sandbox.url(), Duration::ZERO).build()?;
    let outbox = Outbox::create(file, &dots).await?;
    outbox.plan_all("run", payroll::rows(&dots, (0, PAYOUTS))).await?;
    for number in 0..8 {
        outbox.hold(&format!("run/{number}"), By::new("a test", "to be there")).await?;
    }
    outbox.cancel("run/7", By::new("a test", "to be there")).await?;
    sandbox.draw(Faults::seeded(seed).rate(0.3).on("send_payout")?);
    sandbox.inject(Fault::Unauthorized).on("send_payout").when(When::Before);
    outbox.work().concurrency(4).await?;
    outbox.work().concurrency(4).await?;
    outbox.close().await;
    Ok(())
}

fn put(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    for ending in ["-wal", "-shm"] {
        drop(fs::remove_file(format!("{}{ending}", file.display())));
    }
    // The same file to the system, so that it does not count as a copy.
    fs::write(file, bytes)?;
    fs::write(format!("{}.lock", file.display()), "")?;
    Ok(())
}

/// Reads everything that a file says of payouts.
fn said(file: &Path) -> Result<Said, rusqlite::Error> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut said = Said::new();
    for (table, key) in [("payouts", "reference"), ("requests", "idempotency_key"), ("events", "number")] {
        let mut statement = connection.prepare(&format!("SELECT {key}, * FROM {table}"))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let show = |cell: ValueRef<'_>| match cell {
                ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                other => format!("{other:?}"),
            };
            let cells = (0..columns).map(|n| row.get_ref(n).map(show));
            let cells = cells.collect::<Result<Vec<_>, _>>()?;
            let name = cells.first().cloned().unwrap_or_default();
            said.insert((table.to_owned(), name), cells.join(" "));
        }
    }
    Ok(said)
}
