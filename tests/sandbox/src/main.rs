//! The sandbox as a program: `cargo run -p dots-sandbox -- --port 4010`.

#![forbid(unsafe_code)]

use std::{error::Error, process::ExitCode};

use clap::Parser;
use dots_sandbox::Sandbox;

/// An offline stand-in for the Dots payouts API.
///
/// Listens on 127.0.0.1 alone, checks every request against the API's document, and pays from a wallet that exists
/// nowhere else. The state is in memory: stopping the program forgets everything. Its clock stands still at
/// 2026-01-01T00:00:00Z, so idempotency keys do not expire while it runs. What it does not play yet answers 501.
#[derive(Debug, Parser)]
#[command(name = "dots-sandbox")]
struct Arguments {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 4010)]
    port: u16,

    /// What the app wallet holds at the start, in cents.
    #[arg(long, value_name = "CENTS", default_value_t = 100_000_000, allow_negative_numbers = true)]
    funds: i64,

    /// Seed of all ids; the same seed and the same calls give the same answers, byte for byte.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error.as_ref());
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let Arguments { port, funds, seed } = arguments;
    let sandbox = Sandbox::builder().port(port).funds(funds).seed(seed).start().await?;
    greet(&sandbox);
    tokio::signal::ctrl_c().await?;
    sandbox.shutdown().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this is what the program is started for")]
fn greet(sandbox: &Sandbox) {
    let credentials = sandbox.credentials();
    println!(
        "\
The Dots sandbox listens at {url}
It is bound to the loopback address: no other machine can reach it, and nothing leaves this one.

  client id  {client_id}
  api key    {api_key}
  app id     {app_id}
  wallet     {balance} cents

Send a first payout (the second time, the key finds the first one and nothing is paid again):

{curl}

Ctrl-C stops it.",
        url = sandbox.url(),
        client_id = credentials.client_id,
        api_key = credentials.api_key,
        app_id = sandbox.app_id(),
        balance = sandbox.balance(),
        curl = curl(&sandbox.url(), &credentials.authorization()),
    );
}

/// The sample of the send-payout page with real values, ready to be pasted.
fn curl(url: &str, authorization: &str) -> String {
    format!(
        r#"curl --request POST \
--url {url}/v2/payouts/send-payout \
--header 'Authorization: {authorization}' \
--header 'Content-Type: application/json' \
--data '{{
"amount": 1000,
"payee": {{
"country_code": "1",
"phone_number": "2025550139"
}},
"delivery": {{
"message": "My first payout"
}},
"force_collect_compliance_information": false,
"additional_steps": [
"compliance"
],
"tax_exempt": false,
"metadata": "invoice 881",
"memo": "Thank you",
"idempotency_key": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
"payout_fee_party": "user",
"accounting_data": {{
"quickbooks_account_id": 123,
"quickbooks_class_id": 123
}}
}}'"#
    )
}

#[expect(clippy::print_stderr, reason = "the reason for the exit code belongs on the terminal")]
fn complain(error: &dyn Error) {
    eprintln!("error: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        eprintln!("  because: {error}");
        source = error.source();
    }
}
