//! Keeps payouts in a table of one's own, in SQLite: stored before they are sent, with the evidence written beside them.
//!
//! `cargo run -p dots-tests --example own_table` starts the offline sandbox, plans ten invoices, and starts a worker that
//! dies after its fourth payout, before it has written the answer down. A second worker goes on, and each is paid once.
#![allow(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, process};

use dots_api_ext::dots_api::SendPayout;
use dots_api_ext::{Cents, Dots, EarlierSends, Evidence, Outcome, Payee, StoredRequest};
use dots_sandbox::Sandbox;
use rusqlite::{Connection, params};

const SCHEMA: &str = "
    CREATE TABLE payouts (
        reference TEXT PRIMARY KEY,
        request   TEXT NOT NULL,
        sent_at   INTEGER,                    -- when it was first sent, in seconds since 1970
        evidence  TEXT,                       -- what is known since the last send
        is_open   INTEGER NOT NULL DEFAULT 1  -- until it was paid or refused
    )";

/// How many payouts the first worker sends before it dies.
const CRASH_AFTER: &str = "4";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => pay_invoices().await,
        [url, file, crash_after] => work(&client(url)?, &open(Path::new(file))?, crash_after.parse()?).await,
        _ => Err("run it without arguments".into()),
    }
}

/// Plans ten payouts and starts workers until nothing is open.
async fn pay_invoices() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("payouts.sqlite");
    let table = open(&file)?;
    table.execute_batch(SCHEMA)?;
    plan(&client(&sandbox.url())?, &table)?;

    for crash_after in [CRASH_AFTER, "1000"] {
        let worker = Command::new(env::current_exe()?)
            .args([&sandbox.url(), &*file.to_string_lossy(), crash_after])
            .status()?;
        let open: u32 =
            table.query_row("SELECT count(*) FROM payouts WHERE is_open", [], |row| row.get(0))?;
        println!("the worker ended with {worker}; {open} rows are open");
    }

    let mut rows = table.prepare("SELECT reference, evidence FROM payouts ORDER BY reference")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let (reference, evidence): (String, String) = (row.get(0)?, row.get(1)?);
        let evidence: Evidence = serde_json::from_str(&evidence)?;
        let object = evidence.object_id.ok_or("a payout is still open")?;
        println!("{reference}  paid by link {object}");
    }
    let paid = Cents::new(sandbox.paid("2025550139"));
    println!("paid {} for ten invoices of $10.00", paid.dollars());
    if paid == Cents::new(10_000) { Ok(()) } else { Err("an invoice was not paid exactly once".into()) }
}

/// Writes down what is to be paid, in one transaction, before anything is sent.
fn plan(dots: &Dots, table: &Connection) -> Result<(), Box<dyn Error>> {
    table.execute_batch("BEGIN")?;
    for number in 1..=10 {
        let reference = format!("invoice-{number:02}");
        let payout = dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139"));
        let request = payout.reference(&reference).into_stored()?;
        let row = params![reference, request.to_string()];
        table.execute("INSERT INTO payouts (reference, request) VALUES (?1, ?2)", row)?;
    }
    table.execute_batch("COMMIT")?;
    Ok(())
}

/// Sends every open row; dies in the middle if it is told to.
async fn work(dots: &Dots, table: &Connection, crash_after: u32) -> Result<(), Box<dyn Error>> {
    for (sent, (reference, request, sent_at)) in (1..).zip(open_rows(table)?) {
        let request: StoredRequest = request.parse()?;
        let earlier = match sent_at {
            None => {
                // Before it is sent, the table says so: from here on, no process says `Never` of this row.
                let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())?;
                let row = params![now, reference];
                table.execute("UPDATE payouts SET sent_at = ?1 WHERE reference = ?2", row)?;
                EarlierSends::Never
            }
            Some(seconds) => {
                EarlierSends::sent(UNIX_EPOCH + Duration::from_secs(seconds.try_into()?), Outcome::Unknown)
            }
        };
        let result = dots.with_earlier(earlier).send_stored::<SendPayout>(&request).await;
        if sent == crash_after {
            process::abort();
        }
        let evidence = result.map_or_else(|error| error.evidence(), |payout| payout.evidence());
        let is_open = matches!(evidence.outcome, Some(Outcome::NotSent | Outcome::Unknown));
        let row = params![serde_json::to_string(&evidence)?, is_open, reference];
        table.execute("UPDATE payouts SET evidence = ?1, is_open = ?2 WHERE reference = ?3", row)?;
    }
    Ok(())
}

/// A reference, its request, and when it was first sent.
type OpenRow = (String, String, Option<i64>);

fn open_rows(table: &Connection) -> Result<Vec<OpenRow>, rusqlite::Error> {
    let mut rows =
        table.prepare("SELECT reference, request, sent_at FROM payouts WHERE is_open ORDER BY reference")?;
    rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}

/// Opens the file so that a commit is on the disk when it returns.
fn open(file: &Path) -> Result<Connection, rusqlite::Error> {
    let table = Connection::open(file)?;
    table.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL")?;
    Ok(table)
}

fn client(url: &str) -> Result<Dots, dots_api_ext::Error> {
    Dots::builder().credentials("pk_dev_sandbox", "sk_dev_sandbox").environment(url.parse()?).build()
}
