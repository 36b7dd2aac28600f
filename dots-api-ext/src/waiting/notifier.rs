//! Publish and subscribe by object id, so that a webhook ends a polling pause early.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::policy::event::Event;

/// Tells waits that an object has changed, so that they read it at once.
///
/// Clones share their subscribers: give a clone to the webhook handler, and another to each [`Wait`](super::Wait). A
/// notification is not trusted; it only triggers a read, so a superfluous one costs a request and nothing else.
///
/// # Examples
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = dots_sandbox::Sandbox::start().await?;
/// # let dots = dots_api_ext::Dots::builder()
/// #     .credentials("pk_dev_sandbox", "sk_dev_sandbox")
/// #     .environment(sandbox.url().parse()?)
/// #     .build()?;
/// # use dots_api_ext::{Cents, LinkDelivery, dots_api::PayoutLinkStatus};
/// # let link = dots.create_payout_link(Cents::new(1_000), LinkDelivery::Link).await?;
/// use dots_api_ext::Notifier;
///
/// let notifier = Notifier::default();
///
/// // Where webhooks come in, once one is verified: `notifier.notify_all(webhook.ids())`. Or by hand:
/// notifier.notify(&link.id);
///
/// // Elsewhere:
/// # let until = PayoutLinkStatus::Delivered;
/// let link = dots.wait_for_payout_link(&link.id).until(until).notified_by(&notifier).await?;
/// # assert_eq!(link.amount, Cents::new(1_000));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Notifier(Arc<Mutex<Events>>);

/// An event for each id that a wait listens to.
type Events = HashMap<Box<str>, Arc<Event>>;

/// A subscription to one id.
#[derive(Debug)]
pub(super) struct Listener {
    notifier: Notifier,
    id: Box<str>,
    event: Arc<Event>,
    /// How many of its notifications were waited for.
    heard: u64,
}

impl Notifier {
    /// Reports that the object with this id has changed. If no wait listens to it, nothing happens.
    pub fn notify(&self, id: impl AsRef<str>) {
        let event = self.events().get(id.as_ref()).cloned();
        if let Some(event) = event {
            event.happen();
        }
    }

    /// Reports that each of these objects has changed; pass `webhook.ids()` of a verified webhook.
    ///
    /// An event concerns more objects than its name says: a finished flow may be that of a payout link
    /// ([references/webhooks]), and the event of a link also concerns the transfer that carries its money.
    ///
    /// [references/webhooks]: https://docs.dots.dev/references/webhooks
    pub fn notify_all(&self, ids: impl IntoIterator<Item = impl AsRef<str>>) {
        ids.into_iter().for_each(|id| self.notify(id));
    }

    pub(super) fn listen(&self, id: &str) -> Listener {
        let event = Arc::clone(self.events().entry(id.into()).or_default());
        let heard = event.count();
        Listener { notifier: self.clone(), id: id.into(), event, heard }
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        // Each change of the map is a single step, so a panic elsewhere cannot leave it inconsistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// Waits for the next notification; one that has arrived since the last call counts.
    pub(super) async fn notified(&mut self) {
        self.event.after(self.heard).await;
        self.heard = self.event.count();
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut events = self.notifier.events();
        // The map and this listener hold it.
        if Arc::strong_count(&self.event) <= 2 {
            events.remove(&self.id);
        }
    }
}
