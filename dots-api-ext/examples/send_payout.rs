//! Sends $10.00 to a phone number, sends the same payout again, and shows that it was paid once.
//!
//! ```text
//! cargo run --example send_payout
//! ```
//!
//! Without settings it starts the offline sandbox in this process: no account and no network needed. With
//! `DOTS_CLIENT_ID` and `DOTS_API_KEY` set it calls Dots' own sandbox, or the environment that `DOTS_ENVIRONMENT`
//! names, and prints so first.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to the person who runs it")]

use std::env;
use std::error::Error;
use std::process::ExitCode;

use dots_api_ext::dots_api::PayoutLink;
use dots_api_ext::{Cents, Dots, Environment, Payee, Reply};
use dots_sandbox::Sandbox;

const AMOUNT: Cents = Cents::new(1_000);
const COUNTRY_CODE: &str = "1";
const PHONE_NUMBER: &str = "2025550139";

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
    let set = |name| env::var_os(name).is_some();
    match (set("DOTS_CLIENT_ID"), set("DOTS_API_KEY")) {
        (true, true) => return at_dots().await,
        (true, false) => {
            println!("DOTS_CLIENT_ID is set and DOTS_API_KEY is not, so this stays offline.");
        }
        (false, true) => {
            println!("DOTS_API_KEY is set and DOTS_CLIENT_ID is not, so this stays offline.");
        }
        (false, false) => {}
    }
    let sandbox = Sandbox::start().await?;
    println!("The offline sandbox runs at {}; nothing leaves this machine.\n", sandbox.url());
    let dots = Dots::builder()
        .credentials(sandbox.credentials().client_id, sandbox.credentials().api_key)
        .environment(sandbox.url().parse::<Environment>()?)
        .build()?;
    let before = sandbox.balance();
    let (first, second) = pay_twice(&dots).await?;
    let debited = Cents::new(before.checked_sub(sandbox.balance()).ok_or("the wallet overflowed")?);
    println!("The wallet was debited {} in all.", debited.dollars());
    if first.id != second.id || debited != AMOUNT {
        return Err("the repeat was paid again".into());
    }
    println!(
        "Paid once.\n\nTo do the same at Dots' own sandbox, set DOTS_CLIENT_ID and DOTS_API_KEY and run this again."
    );
    sandbox.shutdown().await;
    Ok(())
}

/// Does the same at Dots.
async fn at_dots() -> Result<(), Box<dyn Error>> {
    // Build the client before printing the URL: a URL that it refuses may contain a password.
    let dots = Dots::from_env()?;
    let place = env::var("DOTS_ENVIRONMENT").unwrap_or_else(|_| "sandbox".to_owned());
    println!("DOTS_CLIENT_ID and DOTS_API_KEY are set: this goes to Dots ({place}).\n");
    let (first, second) = pay_twice(&dots).await?;
    if first.id != second.id {
        return Err("Dots created a second payout link for the same key; cancel one of them".into());
    }
    println!("Paid once.");
    Ok(())
}

/// Sends a payout, and sends it again with the same key.
async fn pay_twice(dots: &Dots) -> Result<(Reply<PayoutLink>, Reply<PayoutLink>), Box<dyn Error>> {
    println!("Sending {} to +{COUNTRY_CODE} {PHONE_NUMBER} …", AMOUNT.dollars());
    let payout = dots
        .send_payout(AMOUNT, Payee::phone(COUNTRY_CODE, PHONE_NUMBER))
        .message("Thank you for your work. Here is your payout.")
        .memo("First payout");
    let first = payout.clone().await?;
    show(&first);
    println!("Sending it again with the same key …");
    let second = payout.await?;
    show(&second);
    println!("The link is {}.", if first.id == second.id { "the same" } else { "another one" });
    Ok((first, second))
}

fn show(payout: &Reply<PayoutLink>) {
    println!("  status  {}", payout.status);
    println!(
        "  link    {}",
        payout.link.as_deref().unwrap_or("none: paid by the payee's saved payout method")
    );
    println!("  amount  {}", payout.amount.dollars());
    if let Some(key) = payout.idempotency_key() {
        println!("  key     {key}\n");
    }
}
