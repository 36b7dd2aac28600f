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
use dots_api_ext::{Cents, Dots, Environment, Payee};
use dots_sandbox::{Sandbox, WebhookEndpoint, WebhookFault};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The secret of the endpoint, which the dashboard shows; yours belongs into the environment.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (work, mut inbox) = unbounded_channel();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = format!("http://{}/dots", listener.local_addr()?);
    let receiver = Arc::new(Receiver {
        verifier: WebhookVerifier::new(SECRET)?,
        seen: MemorySeenEvents::with_capacity(100_000),
        work,
    });
    let app = Router::new()
        .route("/dots", post(receive))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(receiver);
    tokio::spawn(async { axum::serve(listener, app).await });

    let endpoint = WebhookEndpoint::new(address.as_str()).secret(SECRET);
    let sandbox = Sandbox::builder().webhook(endpoint).start().await?;
    sandbox.webhooks().misbehave(WebhookFault::TamperedBody)?;
    sandbox.webhooks().misbehave(WebhookFault::Duplicate)?;
    println!("The receiver listens at {address}; nothing leaves this machine.\n");
    let dots = Dots::builder()
        .credentials(sandbox.credentials().client_id, sandbox.credentials().api_key)
        .environment(sandbox.url().parse::<Environment>()?)
        .build()?;

    println!("Sending $10.00. What comes in:");
    dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).memo("Invoice 881").await?;
    sandbox.deliver().await;
    // What was refused is delivered again after a while, which passes at once on the sandbox's clock.
    sandbox.advance(Duration::from_secs(60));
    sandbox.deliver().await;

    println!("\nWhat Dots says when asked:");
    let told = ask_for_the_truth(&dots, &mut inbox).await?;
    sandbox.shutdown().await;
    if told == 0 { Err("no webhook was believed".into()) } else { Ok(()) }
}

/// What the handler needs.
struct Receiver {
    verifier: WebhookVerifier,
    seen: MemorySeenEvents,
    work: UnboundedSender<VerifiedWebhook>,
}

/// Takes a delivery. `body` is the raw bytes: whatever parses first breaks the signature.
async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let now = SystemTime::now();
    let webhook = match receiver.verifier.verify(&headers, &body, now) {
        Ok(webhook) => webhook,
        Err(error) => {
            println!("  refused   {error}");
            return StatusCode::BAD_REQUEST;
        }
    };
    let (id, name) = (webhook.id().to_owned(), webhook.event().name().unwrap_or("unnamed").to_owned());
    match receiver.seen.note(&id, now) {
        Ok(Seen::First) => println!("  new       {name}"),
        Ok(Seen::Again) => {
            println!("  again     {name}, and nothing is done");
            return StatusCode::OK;
        }
        Err(error) => {
            println!("  put off   {error}");
            return StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    // The answer has to go out within 15 seconds, so the work is done elsewhere. What cannot be taken in comes again.
    if receiver.work.send(webhook).is_err() {
        let _ = receiver.seen.forget(&id);
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    StatusCode::OK
}

/// A webhook is a hint: what counts is the answer of Dots to a question about the id.
async fn ask_for_the_truth(
    dots: &Dots,
    inbox: &mut UnboundedReceiver<VerifiedWebhook>,
) -> Result<usize, Box<dyn Error>> {
    let mut told = 0;
    while let Ok(webhook) = inbox.try_recv() {
        if let Some(truth) = truth_about(dots, &webhook).await? {
            println!("  {truth}");
            told += 1;
        }
    }
    Ok(told)
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
