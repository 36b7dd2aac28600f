//! Pays the twenty invoices of `invoices.csv` once each, though the program is killed in the middle.
//!
//! ```text
//! cargo run --example pay_invoices --features outbox-sqlite -- --crash-after 7
//! cargo run --example pay_invoices --features outbox-sqlite
//! ```
//!
//! The first program dies when Dots has made the seventh payout and has not answered yet, so that nothing here knows of
//! it. The second one finds out, and goes on. What they know outlives them, in `target/pay_invoices` or in the folder that
//! `--folder` names: the outbox, and the world of the offline sandbox. A third run finds everything paid; remove the
//! folder to begin again.
#![allow(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use dots_api_ext::outbox::{Outbox, State};
use dots_api_ext::{Cents, Dots, Environment, Payee};
use dots_sandbox::{Fault, Sandbox};

/// A row of the file.
struct Invoice {
    number: &'static str,
    payee: Payee,
    phone: &'static str,
    amount: Cents,
}

fn main() -> Result<(), Box<dyn Error>> {
    let (folder, crash_after) = arguments()?;
    run(&folder, crash_after)
}

/// Pays the invoices, with the outbox and the sandbox of a folder.
#[tokio::main]
pub(crate) async fn run(folder: &Path, crash_after: Option<usize>) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let sandbox = start_sandbox(folder).await?;
    if let Some(payouts) = crash_after {
        crash_in_the_middle(&sandbox, payouts);
    }
    let dots = Dots::builder()
        .credentials(sandbox.credentials().client_id, sandbox.credentials().api_key)
        .environment(sandbox.url().parse::<Environment>()?)
        .build()?;

    let outbox = pay(&dots, &folder.join("payouts.sqlite")).await?;
    let ties_out = print_table(&outbox, &sandbox).await?;
    outbox.close().await;
    sandbox.shutdown().await;
    if ties_out { Ok(()) } else { Err("not every invoice is paid once".into()) }
}

/// Starts the sandbox with the world of the last run, and at its address: a payout is sent to no other server than the
/// one that it was planned for.
async fn start_sandbox(folder: &Path) -> Result<Sandbox, Box<dyn Error>> {
    let port = folder.join("port");
    let last = if port.exists() { fs::read_to_string(&port)?.parse()? } else { 0 };
    let sandbox = Sandbox::builder().state(folder.join("sandbox.state")).port(last).start().await?;
    let (url, here) = (sandbox.url(), "http://127.0.0.1:");
    let address = url.strip_prefix(here).and_then(|rest| rest.split('/').next());
    fs::write(port, address.ok_or("the sandbox is on this machine")?)?;
    Ok(sandbox)
}

/// Plans what is not planned yet, and sends what was not sent.
async fn pay(dots: &Dots, file: &Path) -> Result<Outbox, Box<dyn Error>> {
    let outbox = match file.exists() {
        true => Outbox::open(file, dots).await?,
        false => Outbox::create(file, dots).await?,
    };
    let client = dots.clone();
    let rows = invoices()?.into_iter().map(move |invoice| {
        (invoice.number, client.send_payout(invoice.amount, invoice.payee).memo(invoice.number))
    });
    let run = outbox.plan_all("invoices", rows).await?;
    println!(
        "{} invoices of {}: {} new, {} known, {} of them paid",
        run.new + run.known + run.already_paid,
        run.total.dollars(),
        run.new,
        run.known + run.already_paid,
        run.already_paid
    );
    // One at a time. Of several in flight, one may die before Dots has seen it, and would wait for 15 minutes then.
    outbox.work().concurrency(1).await?;
    Ok(outbox)
}

/// Prints what the outbox and Dots say of each invoice; whether they agree that all are paid once.
async fn print_table(outbox: &Outbox, sandbox: &Sandbox) -> Result<bool, Box<dyn Error>> {
    let (mut owed, mut paid, mut settled) = (Cents::ZERO, Cents::ZERO, 0);
    println!("{:<10} {:>10} {:>10}  outbox", "invoice", "owed", "paid");
    for invoice in invoices()? {
        let status = outbox.status(&format!("invoices/{}", invoice.number)).await?;
        let state = status.map(|status| status.state).ok_or("an invoice was not planned")?;
        let got = Cents::new(sandbox.paid(invoice.phone));
        println!(
            "{:<10} {:>10} {:>10}  {state}",
            invoice.number,
            invoice.amount.dollars().to_string(),
            got.dollars().to_string()
        );
        let add = |sum: Cents, cents: Cents| sum.checked_add(cents).ok_or("the amounts are too large");
        (owed, paid) = (add(owed, invoice.amount)?, add(paid, got)?);
        settled += usize::from(state == State::Settled && got == invoice.amount);
    }
    println!("{:<10} {:>10} {:>10}", "in all", owed.dollars().to_string(), paid.dollars().to_string());
    let is_all = settled == invoices()?.len() && sandbox.links() == settled;
    println!("{settled} paid once, by {} payouts of Dots", sandbox.links());
    Ok(is_all && owed == paid)
}

/// Kills this program when Dots has made so many payouts more and has not answered the last one.
fn crash_in_the_middle(sandbox: &Sandbox, payouts: usize) {
    // Faults come one after the other: the first answers have a field more, which no client minds.
    sandbox.inject(Fault::UnknownFields).on("send_payout").times(payouts.saturating_sub(1));
    let last = sandbox.inject(Fault::NoAnswer).on("send_payout");
    tokio::spawn(async move {
        last.wait(1).await;
        println!("killed: payout {payouts} is made, and nothing here knows");
        process::abort();
    });
}

fn invoices() -> Result<Vec<Invoice>, Box<dyn Error>> {
    let read = |line: &'static str| -> Result<Invoice, Box<dyn Error>> {
        let mut cells = line.split(',');
        let mut cell = || cells.next().ok_or("a row has four cells");
        let (number, country_code, phone) = (cell()?, cell()?, cell()?);
        let amount = Cents::from_dollars(cell()?)?;
        Ok(Invoice { number, payee: Payee::phone(country_code, phone), phone, amount })
    };
    include_str!("invoices.csv").lines().skip(1).map(read).collect()
}

fn arguments() -> Result<(PathBuf, Option<usize>), Box<dyn Error>> {
    let (mut folder, mut crash_after) = (PathBuf::from("target/pay_invoices"), None);
    let mut words = env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or("an option needs a value")?;
        match word.as_str() {
            "--crash-after" => crash_after = Some(value.parse()?),
            "--folder" => folder = PathBuf::from(value),
            _ => return Err(format!("there is no option `{word}`").into()),
        }
    }
    Ok((folder, crash_after))
}
