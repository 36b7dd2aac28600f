//! The sandbox as a program: `cargo run -p dots-sandbox -- --port 4010`.

#![forbid(unsafe_code)]

use std::{
    error::Error,
    io::{self, Write as _},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use dots_sandbox::{
    Fault, FaultRule, Faults, KeyChangedBody, KeyInflight, KeyRefusal, KeyRepeat, KeyRepeatFor, KeyScope,
    KeyTtlFrom, Sandbox, SandboxBuilder, StoreErrors, Webhook, WebhookClock, WebhookEndpoint,
    WebhookEventKey, WebhookForm, WebhookHeaders,
};
use jiff::SignedDuration;

/// An offline stand-in for the Dots payouts API.
///
/// Listens on 127.0.0.1 alone, checks every request against the API's document, and pays from a wallet that exists
/// nowhere else. It prints its base URL and the one pair of credentials that it accepts; anything that looks like
/// production credentials is refused with 403 and never repeated. Its clock starts at 2026-01-01T00:00:00Z and runs;
/// POST /_sandbox/clock moves it forward. Ctrl-C and SIGTERM end it: requests in progress are answered first.
#[derive(Debug, Parser)]
#[command(name = "dots-sandbox", after_long_help = faults_in_help())]
struct Arguments {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 4010)]
    port: u16,

    /// Keeps the world in this file, and continues from it at the next start; without it, the world ends with the
    /// program.
    #[arg(long, value_name = "FILE", help_heading = "The world")]
    state: Option<PathBuf>,

    /// Stops the clock: then only POST /_sandbox/clock moves it, and the same calls give the same answers, byte for
    /// byte.
    #[arg(long, help_heading = "The world")]
    stopped_clock: bool,

    /// Seed of all ids; the same seed and the same calls give the same ids [default: 1].
    #[arg(long, value_name = "N", help_heading = "The world")]
    seed: Option<u64>,

    /// Opening balance of the app's wallet, in cents [default: 100000000].
    #[arg(long, value_name = "CENTS", help_heading = "The world", allow_negative_numbers = true, value_parser = cents)]
    funds: Option<i64>,

    /// Opening balance of the organization's wallet, in cents [default: 0].
    #[arg(long, value_name = "CENTS", help_heading = "The world", allow_negative_numbers = true, value_parser = cents)]
    organization_funds: Option<i64>,

    /// How long a payout link can be claimed, by the sandbox's clock.
    #[arg(long, value_name = "TIME", help_heading = "The world", default_value = "720h", allow_hyphen_values = true, value_parser = duration)]
    link_ttl: Duration,

    /// Refuses tables of payout fees with 403, as Dots does where the feature is off.
    #[arg(long, help_heading = "The world")]
    no_payout_fee_table: bool,

    /// Writes bodies exactly as the document has them, without the quirks of real bodies.
    #[arg(long, help_heading = "The world")]
    tidy_bodies: bool,

    /// Refuses fields that the document does not name in every body, and not only in those that Dots closes.
    #[arg(long, help_heading = "The world")]
    refuse_unknown_fields: bool,

    /// How many requests are kept for the transcript.
    #[arg(long, value_name = "N", help_heading = "The world", default_value_t = 10_000)]
    record_limit: usize,

    /// What a repeated idempotency key does.
    #[arg(long, value_enum, value_name = "READING", help_heading = "Idempotency keys", default_value_t)]
    key_repeat: KeyRepeat,

    /// What a repeated key does for one operation, or for `create_payout_batch.items` and
    /// `create_transfer_batch.items`; can be given several times.
    #[arg(long, value_name = "OPERATION=READING", help_heading = "Idempotency keys")]
    key_repeat_for: Vec<KeyRepeatFor>,

    /// The status and the code with which a repeated key is refused.
    #[arg(long, value_enum, value_name = "SHAPE", help_heading = "Idempotency keys", default_value_t)]
    key_refusal: KeyRefusal,

    /// Where a key must be unique.
    #[arg(long, value_enum, value_name = "WHERE", help_heading = "Idempotency keys", default_value_t)]
    key_scope: KeyScope,

    /// What happens to a request whose idempotency key is in flight.
    #[arg(long, value_enum, value_name = "READING", help_heading = "Idempotency keys", default_value_t)]
    key_inflight: KeyInflight,

    /// What a repeated key does when the body differs.
    #[arg(long, value_enum, value_name = "READING", help_heading = "Idempotency keys", default_value_t)]
    key_changed_body: KeyChangedBody,

    /// How long a key is remembered, by the sandbox's clock.
    #[arg(long, value_name = "TIME", help_heading = "Idempotency keys", default_value = "24h", allow_hyphen_values = true, value_parser = duration)]
    key_ttl: Duration,

    /// When the time begins for which a key is remembered.
    #[arg(long, value_enum, value_name = "WHEN", help_heading = "Idempotency keys", default_value_t)]
    key_ttl_from: KeyTtlFrom,

    /// Which errors are stored under their key, so that a repeat gets them again.
    #[arg(long, value_enum, value_name = "WHICH", help_heading = "Idempotency keys", default_value_t)]
    store_errors: StoreErrors,

    /// Makes something go wrong, once unless a number or `always` says otherwise; can be given several times. The names
    /// are below; an example is `reset:after@send_payout*2`.
    #[arg(long, value_name = "NAME[:before|:after][@OPERATION][*TIMES]", help_heading = "Faults")]
    fault: Vec<FaultRule>,

    /// Draws random faults from this seed; the same seed and the same requests give the same run.
    #[arg(long, value_name = "N", help_heading = "Faults")]
    fault_seed: Option<u64>,

    /// The share of requests that get a random fault, from 0 to 1; by default 0.5 when there is a seed.
    #[arg(long, value_name = "PART", help_heading = "Faults", value_parser = part)]
    fault_rate: Option<f64>,

    /// Sends every event to this URL, which must be on this machine. Can be given several times.
    #[arg(long, value_name = "URL", help_heading = "Webhooks")]
    webhook: Vec<String>,

    /// Signs webhooks with this secret instead of one drawn from the seed; several secrets all sign.
    #[arg(long, value_name = "WHSEC", help_heading = "Webhooks", requires = "webhook")]
    webhook_secret: Vec<String>,

    /// What the three headers of a webhook are called.
    #[arg(long, value_enum, value_name = "FAMILY", help_heading = "Webhooks", default_value_t)]
    webhook_headers: WebhookHeaders,

    /// Which webhook bodies name their event.
    #[arg(long, value_enum, value_name = "WHICH", help_heading = "Webhooks", default_value_t)]
    webhook_event_key: WebhookEventKey,

    /// The form of webhook bodies where the sources show two.
    #[arg(long, value_enum, value_name = "FORM", help_heading = "Webhooks", default_value_t)]
    webhook_form: WebhookForm,

    /// Which clock stamps webhooks.
    #[arg(long, value_enum, value_name = "CLOCK", help_heading = "Webhooks", default_value_t)]
    webhook_clock: WebhookClock,
}

impl Arguments {
    fn builder(self) -> SandboxBuilder {
        let builder = Sandbox::builder()
            .port(self.port)
            .key_repeat(self.key_repeat)
            .key_refusal(self.key_refusal)
            .key_scope(self.key_scope)
            .key_ttl_from(self.key_ttl_from)
            .key_inflight(self.key_inflight)
            .key_changed_body(self.key_changed_body)
            .key_ttl(self.key_ttl)
            .link_ttl(self.link_ttl)
            .store_errors(self.store_errors)
            .tidy_bodies(self.tidy_bodies)
            .refuse_unknown_fields(self.refuse_unknown_fields)
            .record_limit(self.record_limit)
            .payout_fee_table(!self.no_payout_fee_table)
            .webhook_event_key(self.webhook_event_key)
            .webhook_form(self.webhook_form)
            .webhook_clock(self.webhook_clock);
        let builder = self
            .key_repeat_for
            .iter()
            .fold(builder, |builder, own| builder.key_repeat_for(&own.operation, own.reading));
        let builder = given(builder, self.seed, SandboxBuilder::seed);
        let builder = given(builder, self.funds, SandboxBuilder::funds);
        let builder = given(builder, self.organization_funds, SandboxBuilder::organization_funds);
        let builder = given(builder, self.faults(), SandboxBuilder::faults);
        let builder = self.webhooks().fold(builder, SandboxBuilder::webhook);
        let builder = given(builder, self.state, SandboxBuilder::state);
        self.fault.into_iter().fold(builder, SandboxBuilder::fault)
    }

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

/// Applies a setting that was given, and leaves the others to the state file or to the builder.
fn given<T>(
    builder: SandboxBuilder,
    value: Option<T>,
    set: impl FnOnce(SandboxBuilder, T) -> SandboxBuilder,
) -> SandboxBuilder {
    match value {
        Some(value) => set(builder, value),
        None => builder,
    }
}

fn part(text: &str) -> Result<f64, String> {
    let part: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    (0.0..=1.0).contains(&part).then_some(part).ok_or_else(|| "not between 0 and 1".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    let read =
        text.parse::<SignedDuration>().map_err(|_| "not a time such as `24h` or `1h30m`".to_owned())?;
    Duration::try_from(read).map_err(|_| "less than nothing".to_owned())
}

fn cents(text: &str) -> Result<i64, String> {
    let cents = text.parse().map_err(|_| "not a whole number of cents".to_owned())?;
    if cents < 0 { Err("less than nothing".to_owned()) } else { Ok(cents) }
}

fn faults_in_help() -> String {
    format!(
        "\
Names of faults (the README says what each does, and what can stand behind a colon):
  {}

OPERATION is the id of an operation, a tag, a path such as /v2/users/* or * for everything.",
        Fault::NAMES.join(" ")
    )
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
    // A caller that reads the first line may end the program at once.
    let ending = ending()?;
    let is_stopped = arguments.stopped_clock;
    let sandbox = arguments.builder().start().await?;
    greet(&sandbox);
    let clock = async { if is_stopped { std::future::pending().await } else { sandbox.run_clock().await } };
    tokio::select! {
        ended = ending => ended?,
        () = clock => {}
    }
    sandbox.shutdown().await;
    Ok(())
}

/// Waits until the program is told to end: by Ctrl-C, or by SIGTERM from a container or a service manager.
#[cfg(unix)]
fn ending() -> io::Result<impl Future<Output = io::Result<()>>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

/// Waits until the program is told to end, by Ctrl-C.
#[cfg(not(unix))]
fn ending() -> io::Result<impl Future<Output = io::Result<()>>> {
    Ok(tokio::signal::ctrl_c())
}

fn greet(sandbox: &Sandbox) {
    let credentials = sandbox.credentials();
    // The sandbox works even when its output cannot be written.
    let _ = writeln!(
        io::stdout(),
        "\
The Dots sandbox listens at {url}
It is bound to the loopback address: no other machine can reach it, and nothing leaves this one.

  client id  {client_id}
  api key    {api_key}
  app id     {app_id}
  wallet     {balance} cents
  code       {code}, which verifies every user's phone number; no message is sent
{state}{webhooks}
  watch it   {watch}

Send a first payout (the second time, the key finds the first one and nothing is paid again):

{curl}

Ctrl-C stops it.",
        url = sandbox.url(),
        client_id = credentials.client_id,
        api_key = credentials.api_key,
        app_id = sandbox.app_id(),
        balance = sandbox.balance(),
        code = Sandbox::VERIFICATION_CODE,
        state = state(sandbox),
        webhooks = webhooks(sandbox),
        watch = sandbox.url().replace("/api", "/_sandbox"),
        curl = curl(&sandbox.url(), &credentials.authorization()),
    );
}

/// One line about the state file, if there is one.
fn state(sandbox: &Sandbox) -> String {
    let Some(file) = sandbox.state_file() else { return String::new() };
    let found = match (file.changes, file.cut) {
        (0, _) => "new".to_owned(),
        (changes, 0) => format!("goes on after {changes} changes"),
        (changes, cut) => {
            format!("goes on after {changes} changes; one that was never finished, {cut} bytes, was cut off")
        }
    };
    format!("  state      {} ({found})\n", file.path.display())
}

/// One line per webhook, with the secret that its receiver needs for verification.
fn webhooks(sandbox: &Sandbox) -> String {
    let line = |webhook: Webhook| format!("  webhook    {} {}\n", webhook.url, webhook.secrets.join(" "));
    sandbox.webhooks().list().into_iter().map(line).collect()
}

/// The sample of the send-payout page with real values, ready to paste.
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
