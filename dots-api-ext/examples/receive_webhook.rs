//! Receives a webhook about a payout, verifies its signature, and fetches the current state from Dots.
//!
//! ```text
//! cargo run --example receive_webhook --features webhook
//! ```
//!
//! The example makes a payout at the offline sandbox in this process, which then delivers its webhooks to the receiver
//! below: no account and no network needed. The sandbox tampers with the first delivery, and sends the second twice.
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

/// The secret of the endpoint, which the dashboard shows; keep yours out of the code, such as in an environment
/// variable.
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

    println!("Sending $10.00. Deliveries received:");
    dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).memo("Invoice 881").await?;
    sandbox.deliver().await;
    // A refused delivery is retried after a while, which passes at once on the sandbox's clock.
    sandbox.advance(Duration::from_secs(60));
    sandbox.deliver().await;
    sandbox.shutdown().await;
    if receiver.fetched.load(Ordering::Relaxed) == 0 { Err("no webhook was verified".into()) } else { Ok(()) }
}

/// The state of the handler.
struct Receiver {
    verifier: WebhookVerifier,
    seen: MemorySeenEvents,
    dots: Dots,
    /// How often Dots answered with the current state.
    fetched: AtomicUsize,
}

impl Receiver {
    fn new(dots: &Dots) -> Result<Self, Box<dyn Error>> {
        // Dots waits 15 seconds for an answer (references/webhooks), so a fetch gets one attempt of ten seconds. If it
        // fails, the message is delivered again.
        let dots = dots.with_timeout(Duration::from_secs(10)).with_retry(RetryPolicy::none());
        Ok(Self {
            verifier: WebhookVerifier::new(SECRET)?,
            seen: MemorySeenEvents::with_capacity(100_000),
            dots,
            fetched: AtomicUsize::new(0),
        })
    }
}

/// Receives a delivery. `body` is the raw bytes: a parsed body does not verify.
async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let now = SystemTime::now();
    let webhook = match receiver.verifier.verify(&headers, &body, now) {
        Ok(webhook) => webhook,
        Err(error) => {
            println!("  refused     {error}");
            return StatusCode::BAD_REQUEST;
        }
    };
    let name = webhook.event().name().unwrap_or("unnamed");
    match receiver.seen.note(webhook.id(), now) {
        Ok(Seen::New) => println!("  new         {name}"),
        Ok(Seen::Duplicate) => {
            println!("  duplicate   {name}: nothing to do");
            return StatusCode::OK;
        }
        // If the other handler fails, this delivery is retried.
        Ok(Seen::InProgress) => {
            println!("  in progress {name}: nothing to do");
            return StatusCode::SERVICE_UNAVAILABLE;
        }
        Err(error) => {
            println!("  retry later {error}");
            return StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    handle(&receiver, &webhook).await
}

/// Handles a new message.
async fn handle(receiver: &Receiver, webhook: &VerifiedWebhook) -> StatusCode {
    // A webhook is a hint: only the state that Dots returns for the id counts.
    match current_state(&receiver.dots, webhook).await {
        Ok(state) => {
            println!("  fetched     {}", state.as_deref().unwrap_or("nothing: the event names no object"));
            receiver.fetched.fetch_add(1, Ordering::Relaxed);
            let noted = receiver.seen.done(webhook.id());
            if noted.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
        }
        Err(error) => {
            println!("  retry later {error}");
            // If this fails too, the message counts as given up after five minutes.
            let _ = receiver.seen.forget(webhook.id());
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// Fetches the object that an event names. It does not matter whether the event itself has a name: several have none.
async fn current_state(
    dots: &Dots,
    webhook: &VerifiedWebhook,
) -> Result<Option<String>, dots_api_ext::Error> {
    let state = if let Some(id) = webhook.payout_link_id() {
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
        format!("flow {} has {} completed steps", flow.id, flow.completed_steps.len())
    } else if let Some(id) = webhook.user_id() {
        let user = dots.fetch_user(id).await?;
        format!("user {} is {}", user.id, user.status.as_ref().map_or("there", UserStatus::as_str))
    } else {
        return Ok(None);
    };
    Ok(Some(state))
}
