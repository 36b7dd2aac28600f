//! The sandbox as a program: `cargo run -p dots-sandbox -- --port 4010`.

#![forbid(unsafe_code)]

use std::{error::Error, process::ExitCode, time::Duration};

use clap::Parser;
use dots_sandbox::{
    FaultRule, Faults, KeyChangedBody, KeyInflight, KeyRepeat, Sandbox, SandboxBuilder, StoreErrors, Webhook,
    WebhookClock, WebhookEndpoint, WebhookEventKey, WebhookForm, WebhookHeaders,
};
use jiff::SignedDuration;

/// An offline stand-in for the Dots payouts API.
///
/// Listens on 127.0.0.1 alone, checks every request against the API's document, and pays from a wallet that exists
/// nowhere else. The state is in memory: stopping the program forgets everything. Its clock starts at
/// 2026-01-01T00:00:00Z and moves only when POST /_sandbox/clock tells it to.
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

    /// What a known idempotency key does.
    #[arg(long, value_enum, value_name = "READING", default_value_t)]
    key_repeat: KeyRepeat,

    /// What a key does while its first request is under way.
    #[arg(long, value_enum, value_name = "READING", default_value_t)]
    key_inflight: KeyInflight,

    /// What a known key does when the body is another one.
    #[arg(long, value_enum, value_name = "READING", default_value_t)]
    key_changed_body: KeyChangedBody,

    /// How long a key is known, by the sandbox's clock.
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = duration)]
    key_ttl: Duration,

    /// How long a payout link can be claimed, by the sandbox's clock.
    #[arg(long, value_name = "TIME", default_value = "720h", value_parser = duration)]
    link_ttl: Duration,

    /// Which refusals use their key up.
    #[arg(long, value_enum, value_name = "WHICH", default_value_t)]
    store_errors: StoreErrors,

    /// Writes bodies as the document has them, without the oddities of real ones.
    #[arg(long)]
    tidy_bodies: bool,

    /// What the organization's wallet holds at the start, in cents.
    #[arg(long, value_name = "CENTS", default_value_t = 0, allow_negative_numbers = true)]
    organization_funds: i64,

    /// Refuses tables of payout fees with 403, as Dots does where the feature is off.
    #[arg(long)]
    no_payout_fee_table: bool,

    /// How many requests are kept for the transcript.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    record_limit: usize,

    /// Tells this URL of every event; it must be of this machine. Can be given several times.
    #[arg(long, value_name = "URL")]
    webhook: Vec<String>,

    /// Signs webhooks with this secret instead of one drawn from the seed; of several, each one signs.
    #[arg(long, value_name = "WHSEC")]
    webhook_secret: Vec<String>,

    /// What the three headers of a webhook are called.
    #[arg(long, value_enum, value_name = "FAMILY", default_value_t)]
    webhook_headers: WebhookHeaders,

    /// Which webhook bodies say which event they tell of.
    #[arg(long, value_enum, value_name = "WHICH", default_value_t)]
    webhook_event_key: WebhookEventKey,

    /// Which form webhook bodies have where the sources show two.
    #[arg(long, value_enum, value_name = "FORM", default_value_t)]
    webhook_form: WebhookForm,

    /// Which clock stamps webhooks.
    #[arg(long, value_enum, value_name = "CLOCK", default_value_t)]
    webhook_clock: WebhookClock,

    /// Something to go wrong, once unless a number or `always` says otherwise; may be given several times. The README
    /// lists the names, such as `reset:after@send_payout*2`.
    #[arg(long, value_name = "NAME[:before|:after][@OPERATION][*TIMES]")]
    fault: Vec<FaultRule>,

    /// Draws what goes wrong from this seed; the same seed and the same requests give the same run.
    #[arg(long, value_name = "N")]
    fault_seed: Option<u64>,

    /// For which part of the requests something is drawn, from 0 to 1; by default 0.5 when there is a seed.
    #[arg(long, value_name = "PART", value_parser = part)]
    fault_rate: Option<f64>,
}

impl Arguments {
    fn webhooks(&self) -> impl Iterator<Item = WebhookEndpoint> {
        self.webhook.iter().map(|url| {
            let endpoint = WebhookEndpoint::new(url).headers(self.webhook_headers);
            self.webhook_secret.iter().fold(endpoint, WebhookEndpoint::secret)
        })
    }

    fn faults(&self) -> Option<Faults> {
        (self.fault_seed.is_some() || self.fault_rate.is_some())
            .then(|| Faults::seeded(self.fault_seed.unwrap_or(1)).rate(self.fault_rate.unwrap_or(0.5)))
    }
}

fn part(text: &str) -> Result<f64, String> {
    let part: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    (0.0..=1.0).contains(&part).then_some(part).ok_or_else(|| "not between 0 and 1".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let read = text.parse::<SignedDuration>().map_err(|error| error.to_string())?;
    Duration::try_from(read).map_err(|_| format!("`{text}` is negative"))
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
    let mut builder = Sandbox::builder();
    if let Some(faults) = arguments.faults() {
        builder = builder.faults(faults);
    }
    let builder = builder
        .port(arguments.port)
        .funds(arguments.funds)
        .seed(arguments.seed)
        .key_repeat(arguments.key_repeat)
        .key_inflight(arguments.key_inflight)
        .key_changed_body(arguments.key_changed_body)
        .key_ttl(arguments.key_ttl)
        .link_ttl(arguments.link_ttl)
        .store_errors(arguments.store_errors)
        .tidy_bodies(arguments.tidy_bodies)
        .record_limit(arguments.record_limit)
        .organization_funds(arguments.organization_funds)
        .payout_fee_table(!arguments.no_payout_fee_table)
        .webhook_event_key(arguments.webhook_event_key)
        .webhook_form(arguments.webhook_form)
        .webhook_clock(arguments.webhook_clock);
    let sandbox = arguments.webhooks().fold(builder, SandboxBuilder::webhook).start().await?;
    for rule in arguments.fault {
        sandbox.inject(rule);
    }
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
{webhooks}
  watch it   {watch}

Send a first payout (the second time, the key finds the first one and nothing is paid again):

{curl}

Ctrl-C stops it.",
        url = sandbox.url(),
        client_id = credentials.client_id,
        api_key = credentials.api_key,
        app_id = sandbox.app_id(),
        balance = sandbox.balance(),
        webhooks = webhooks(sandbox),
        watch = sandbox.url().replace("/api", "/_sandbox"),
        curl = curl(&sandbox.url(), &credentials.authorization()),
    );
}

/// One line per webhook, with what its receiver verifies with.
fn webhooks(sandbox: &Sandbox) -> String {
    let line = |webhook: Webhook| format!("  webhook    {} {}\n", webhook.url, webhook.secrets.join(" "));
    sandbox.webhooks().list().into_iter().map(line).collect()
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
