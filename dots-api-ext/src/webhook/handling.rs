//! Handling a message once: what [`SeenEvents`] asks of a handler, done in one call.

use std::time::SystemTime;

use http::StatusCode;

use super::seen::{Seen, SeenEvents};

/// Remembers messages as [`SeenEvents`] does, in a store that is asked asynchronously, such as a database.
///
/// Every [`SeenEvents`] is one as well. Implement it for a store of your own with `async fn`; what each method has to do
/// is written there, with the SQL statements that do it.
///
/// # Examples
/// ```
/// use std::convert::Infallible;
/// use std::time::SystemTime;
///
/// use dots_api_ext::webhook::{AsyncSeenEvents, Seen, handle_once};
///
/// /// Stands for a table that an async driver asks.
/// #[derive(Default)]
/// struct Table(tokio::sync::Mutex<std::collections::HashMap<String, bool>>);
///
/// impl AsyncSeenEvents for Table {
///     type Error = Infallible;
///
///     async fn note(&self, id: &str, _: SystemTime) -> Result<Seen, Infallible> {
///         let mut rows = self.0.lock().await;
///         Ok(match rows.get(id) {
///             Some(true) => Seen::Duplicate,
///             Some(false) => Seen::InProgress,
///             None => {
///                 rows.insert(id.to_owned(), false);
///                 Seen::New
///             }
///         })
///     }
///
///     async fn done(&self, id: &str) -> Result<(), Infallible> {
///         self.0.lock().await.insert(id.to_owned(), true);
///         Ok(())
///     }
///
///     async fn forget(&self, id: &str) -> Result<(), Infallible> {
///         self.0.lock().await.remove(id);
///         Ok(())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (table, now) = (Table::default(), SystemTime::now());
/// let status = handle_once(&table, "msg_1", now, async { Ok::<_, Infallible>(()) }).await;
/// assert_eq!(status, 200);
/// assert_eq!(table.note("msg_1", now).await, Ok(Seen::Duplicate));
/// # }
/// ```
pub trait AsyncSeenEvents: Sync {
    /// The error of the store; [`Infallible`](std::convert::Infallible) if it cannot fail.
    type Error: Send;

    /// Records the id of a message unless it is present, atomically; see [`SeenEvents::note`].
    ///
    /// # Errors
    /// Returns an error when the id could be neither found nor recorded.
    fn note(&self, id: &str, now: SystemTime) -> impl Future<Output = Result<Seen, Self::Error>> + Send;

    /// Records that a message has been handled; see [`SeenEvents::done`].
    ///
    /// # Errors
    /// Returns an error when that could not be recorded.
    fn done(&self, id: &str) -> impl Future<Output = Result<(), Self::Error>> + Send;

    /// Forgets an id, because handling the message failed; see [`SeenEvents::forget`].
    ///
    /// # Errors
    /// Returns an error when the id could not be removed.
    fn forget(&self, id: &str) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

impl<S: SeenEvents<Error: Send> + Sync> AsyncSeenEvents for S {
    type Error = S::Error;

    async fn note(&self, id: &str, now: SystemTime) -> Result<Seen, S::Error> {
        SeenEvents::note(self, id, now)
    }

    async fn done(&self, id: &str) -> Result<(), S::Error> {
        SeenEvents::done(self, id)
    }

    async fn forget(&self, id: &str) -> Result<(), S::Error> {
        SeenEvents::forget(self, id)
    }
}

/// Handles a verified message unless it was handled before, and returns the status to answer with.
///
/// It notes the id, awaits `handle` if the message is new, and records whether that worked. The status is 200 when the
/// message is handled, now or before, and 503 when it has to be delivered again: it is in progress elsewhere, the
/// handler failed, or the store did. Errors are not kept, so log them in `handle`.
///
/// The two conditions of [`SeenEvents`] hold here too: the handler ends within
/// [`GIVEN_UP_AFTER`](super::GIVEN_UP_AFTER), and its effect may happen twice when the process dies before the message
/// is recorded as handled.
///
/// # Examples
/// A receiver with axum. `Dots` waits 15 seconds for an answer ([references/webhooks]), and the body must be the raw
/// bytes:
/// ```
/// # #[cfg(not(feature = "all-tags"))]
/// # fn main() {}
/// # #[cfg(feature = "all-tags")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use std::time::SystemTime;
///
/// use axum::body::Bytes;
/// use axum::extract::{DefaultBodyLimit, State};
/// use axum::http::{HeaderMap, StatusCode};
/// use axum::{Router, routing::post};
/// use dots_api_ext::Dots;
/// use dots_api_ext::webhook::{MAX_BODY, MemorySeenEvents, WebhookVerifier, handle_once};
///
/// struct App {
///     verifier: WebhookVerifier,
///     seen: MemorySeenEvents,
///     dots: Dots,
/// }
///
/// async fn receive(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> StatusCode {
///     let now = SystemTime::now();
///     let Ok(webhook) = app.verifier.verify(&headers, &body, now) else { return StatusCode::BAD_REQUEST };
///     handle_once(&app.seen, webhook.id(), now, async {
///         let Some(id) = webhook.payout_link_id() else { return Ok(()) };
///         // The event is a hint: what Dots answers counts.
///         let link = app.dots.fetch_payout_link(id).await?;
///         println!("{} is {}", link.id, link.status);
///         Ok::<_, dots_api_ext::Error>(())
///     })
///     .await
/// }
///
/// # let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let endpoint = dots_sandbox::WebhookEndpoint::new(format!("http://{}/dots", listener.local_addr()?)).secret(secret);
/// # let sandbox = dots_sandbox::Sandbox::builder().webhook(endpoint).start().await?;
/// # let dots = Dots::builder()
/// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
/// #     .environment(sandbox.url().parse()?)
/// #     .build()?;
/// let seen = MemorySeenEvents::with_capacity(100_000);
/// let app = Arc::new(App { verifier: WebhookVerifier::new(secret)?, seen, dots });
/// let router = Router::new().route("/dots", post(receive)).layer(DefaultBodyLimit::max(MAX_BODY));
/// # let dots = app.dots.clone();
/// # tokio::spawn(async { axum::serve(listener, router.with_state(app)).await });
/// # dots.send_payout(dots_api_ext::Cents::new(1_000), dots_api_ext::Payee::phone("1", "2025550139")).await?;
/// # sandbox.deliver().await;
/// # let read = sandbox.requests().iter().filter(|request| request.method == "GET").count();
/// # assert!(read > 0, "the receiver asked for the link");
/// # Ok(()) }
/// ```
///
/// [references/webhooks]: https://docs.dots.dev/references/webhooks
pub async fn handle_once<S: AsyncSeenEvents, E>(
    seen: &S,
    id: &str,
    now: SystemTime,
    handle: impl Future<Output = Result<(), E>>,
) -> StatusCode {
    match seen.note(id, now).await {
        Ok(Seen::New) => {}
        Ok(Seen::Duplicate) => return StatusCode::OK,
        Ok(Seen::InProgress) | Err(_) => return StatusCode::SERVICE_UNAVAILABLE,
    }
    let is_noted = match handle.await {
        Ok(()) => seen.done(id).await.is_ok(),
        Err(_) => {
            // If this fails too, the message counts as given up after a while.
            let _ = seen.forget(id).await;
            false
        }
    };
    if is_noted { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
