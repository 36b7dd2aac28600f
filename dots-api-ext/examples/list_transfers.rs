//! Paginates through a list of transfers: row by row, page by page, backward, and from where an earlier run stopped.
//!
//! ```text
//! cargo run --example list_transfers
//! ```
//!
//! It starts the offline sandbox in this process and moves money to a user there: no account and no network needed.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to the person who runs it")]

use std::error::Error;
use std::process::ExitCode;

use dots_api_ext::dots_api::{
    CreateTransfer, CreateTransferRequest, CreateUser, CreateUserRequest, CreateUserRequestFields,
    ListTransfers, TransferType,
};
use dots_api_ext::{Cents, Dots, Environment};
use dots_sandbox::Sandbox;

/// The number of transfers in the list.
const TRANSFERS: i64 = 25;

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = run().await else { return ExitCode::SUCCESS };
    eprintln!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
    ExitCode::FAILURE
}

async fn run() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    println!("The offline sandbox runs at {}; nothing leaves this machine.\n", sandbox.url());
    let dots = Dots::builder()
        .credentials(sandbox.credentials().client_id, sandbox.credentials().api_key)
        .environment(sandbox.url().parse::<Environment>()?)
        .build()?;
    fill(&dots).await?;
    by_rows(&dots).await?;
    by_pages(&dots).await?;
    stop_and_resume(&dots).await?;
    sandbox.shutdown().await;
    Ok(())
}

/// Moves one cent to a user, then two, and so on.
async fn fill(dots: &Dots) -> Result<(), Box<dyn Error>> {
    println!(
        "Creating {TRANSFERS} transfers, from {} to {} …",
        Cents::new(1).dollars(),
        Cents::new(TRANSFERS).dollars()
    );
    let (code, number) = ("1".parse()?, "2025550139".parse()?);
    let user = CreateUserRequest::new(CreateUserRequestFields {
        first_name: "Jo".into(),
        last_name: "Doe".into(),
        email: "jo@example.com".into(),
        country_code: code,
        phone_number: number,
    });
    let user = dots.run(CreateUser::new(user)).await?;
    for cents in 1..=TRANSFERS {
        // A negative amount moves money from the app to the user.
        let transfer = CreateTransferRequest::new(Cents::new(-cents), user.id.clone());
        dots.run(CreateTransfer::new(transfer)).await?;
    }
    println!();
    Ok(())
}

/// The transfers between app and user; the filter applies to every page.
fn balance_transfers() -> ListTransfers {
    ListTransfers::new().type_(TransferType::Balance)
}

/// Adds up every row, with one page in memory at a time.
async fn by_rows(dots: &Dots) -> Result<(), Box<dyn Error>> {
    let mut transfers = dots.list(balance_transfers()).items();
    let (mut count, mut sum) = (0, Cents::ZERO);
    while let Some(transfer) = transfers.next().await {
        count += 1;
        sum = sum.checked_add(transfer?.amount).ok_or("the sum is too large")?;
    }
    println!("Row by row: {count} transfers of {} in all.", sum.dollars());
    if count != TRANSFERS {
        return Err("a transfer is missing or duplicated".into());
    }
    Ok(())
}

/// Prefetches the next page while one is being read.
async fn by_pages(dots: &Dots) -> Result<(), Box<dyn Error>> {
    let mut pages = dots.list(balance_transfers().limit(10)).prefetch().pages();
    while let Some(page) = pages.next().await {
        let page = page?;
        println!("Page by page: {} transfers, more to come: {}.", page.data.len(), page.has_more);
    }
    Ok(())
}

/// Stops after some rows, then reads on from the id of the last one, forward and backward.
async fn stop_and_resume(dots: &Dots) -> Result<(), Box<dyn Error>> {
    let mut newest = dots.list(balance_transfers()).items();
    for _ in 0..10 {
        newest.next().await.ok_or("the list is too short")??;
    }
    // A later run needs only this id; after an error it is the id of the last row that was read.
    let stopped_at = newest.cursor().cloned().ok_or("no row was read")?;
    println!("Stopped at {stopped_at}.");
    let mut older = dots.list(balance_transfers()).after(stopped_at.clone()).items();
    let mut count = 0;
    while let Some(transfer) = older.next().await {
        transfer?;
        count += 1;
    }
    let mut newer = dots.list(balance_transfers()).before(stopped_at).items();
    let mut newer_count = 0;
    while let Some(transfer) = newer.next().await {
        transfer?;
        newer_count += 1;
    }
    println!("After it in the list: {count}; before it: {newer_count}.");
    if (count, newer_count) != (15, 9) {
        return Err("the list did not continue where it stopped".into());
    }
    Ok(())
}
