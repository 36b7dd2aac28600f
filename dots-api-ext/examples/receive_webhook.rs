//! Receives a webhook about a payout, believes it only because it is signed, and asks Dots for the truth.
//!
//! ```text
//! cargo run --example receive_webhook --features webhook
//! ```
//!
//! The payout is made in this process, at the offline sandbox, which then delivers its webhooks to the receiver below:
//! no account, no network. The first delivery was tampered with, and the second comes twice.
#![allow(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use dots_api_ext::dots_api::UserStatus;
use dots_api_ext::webhook::{
    MAX_BODY, MemorySeenEvents, Seen, SeenEvents as _, VerifiedWebhook, WebhookVerifier,
};
use dots_api_ext::{Cents, Dots, Environment, Payee, RetryPolicy};
use dots_sandbox::{Sandbox, WebhookEndpoint, WebhookFault};
use tokio::net::TcpListener;

/// The secret of the endpoint, which the dashboard shows; yours belongs into the environment.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = format!("http://{}/dots", listener.local_addr()?);
    let endpoint = WebhookEndpoint::new(address.as_str()).secret(SECRET);
    let sandbox = Sandbox::builder().webhook(endpoint).start().await?;
    sandbox.webhooks().misbehave(WebhookFault::TamperedBody)?;
    sandbox.webhooks().misbehave(WebhookFault::Duplicate)?;
    let dots = Dots::builder()
        .credentials(sandbox.credentials().client_id, sandbox.credentials().api_key)
        .environment(sandbox.url().parse::<Environment>()?)
        .build()?;
    let receiver = Arc::new(Receiver::new(&dots)?);
    let app = Router::new()
        .route("/dots", post(receive))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(Arc::clone(&receiver));
    tokio::spawn(async { axum::serve(listener, app).await });
    println!("The receiver listens at {address}; nothing leaves this machine.\n");

    println!("Sending $10.00. What comes in:");
    dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).memo("Invoice 881").await?;
    sandbox.deliver().await;
    // What was refused is delivered again after a while, which passes at once on the sandbox's clock.
    sandbox.advance(Duration::from_secs(60));
    sandbox.deliver().await;
    sandbox.shutdown().await;
    if receiver.told.load(Ordering::Relaxed) == 0 { Err("no webhook was believed".into()) } else { Ok(()) }
}

/// What the handler needs.
struct Receiver {
    verifier: WebhookVerifier,
    seen: MemorySeenEvents,
    dots: Dots,
    /// How often Dots was asked and answered.
    told: AtomicUsize,
}

impl Receiver {
    fn new(dots: &Dots) -> Result<Self, Box<dyn Error>> {
        // An answer is waited for for 15 seconds (references/webhooks), so a question has one attempt of ten; what fails
        // comes again.
        let dots = dots.with_timeout(Duration::from_secs(10)).with_retry(RetryPolicy::none());
        Ok(Self {
            verifier: WebhookVerifier::new(SECRET)?,
            seen: MemorySeenEvents::with_capacity(100_000),
            dots,
            told: AtomicUsize::new(0),
        })
    }
}

/// Takes a delivery. `body` is the raw bytes: whatever parses first breaks the signature.
async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let now = SystemTime::now();
    let webhook = match receiver.verifier.verify(&headers, &body, now) {
        Ok(webhook) => webhook,
        Err(error) => {
            println!("  refused    {error}");
            return StatusCode::BAD_REQUEST;
        }
    };
    let name = webhook.event().name().unwrap_or("unnamed");
    match receiver.seen.note(webhook.id(), now) {
        Ok(Seen::New) => println!("  new        {name}"),
        Ok(Seen::Duplicate) => {
            println!("  again      {name}, and nothing is done");
            return StatusCode::OK;
        }
        // Should the handler that has it fail, this delivery is the one that comes again.
        Ok(Seen::InProgress) => {
            println!("  under way  {name}, and nothing is done");
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        Err(error) => {
            println!("  put off    {error}");
            return StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    handle(&receiver, &webhook).await
}

/// Does what there is to do about a message that is new.
async fn handle(receiver: &Receiver, webhook: &VerifiedWebhook) -> StatusCode {
    // A webhook is a hint: what counts is the answer of Dots to a question about the id.
    match truth_about(&receiver.dots, webhook).await {
        Ok(truth) => {
            println!("  asked      {}", truth.as_deref().unwrap_or("nothing: it names no object"));
            receiver.told.fetch_add(1, Ordering::Relaxed);
            let noted = receiver.seen.done(webhook.id());
            if noted.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
        }
        Err(error) => {
            println!("  put off    {error}");
            // Should it not be forgotten, it counts as given up after five minutes.
            let _ = receiver.seen.forget(webhook.id());
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Asks about the object that an event names. Whether the event has a name makes no difference: several come without.
async fn truth_about(dots: &Dots, webhook: &VerifiedWebhook) -> Result<Option<String>, dots_api_ext::Error> {
    let truth = if let Some(id) = webhook.payout_link_id() {
        let link = dots.fetch_payout_link(id).await?;
        format!("payout link {} is {}, {}", link.id, link.status, link.amount.dollars())
    } else if let Some(id) = webhook.transfer_id() {
        let transfer = dots.fetch_transfer(id).await?;
        format!("transfer {} is {}, {}", transfer.id, transfer.status, transfer.amount.dollars())
    } else if let Some(id) = webhook.payout_request_id() {
        let request = dots.fetch_payout_request(id).await?;
        format!("payout request {} is {}", request.id, request.status)
    } else if let Some(id) = webhook.flow_id() {
        let flow = dots.fetch_flow(id).await?;
        format!("flow {} has {} steps behind it", flow.id, flow.completed_steps.len())
    } else if let Some(id) = webhook.user_id() {
        let user = dots.fetch_user(id).await?;
        format!("user {} is {}", user.id, user.status.as_ref().map_or("there", UserStatus::as_str))
    } else {
        return Ok(None);
    };
    Ok(Some(truth))
}
