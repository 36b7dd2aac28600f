//! The delivery worker: makes the webhook deliveries that are due, in the background and when a test asks for it.

use std::{collections::BTreeMap, sync::Arc};

use tokio::{
    sync::{Mutex, watch},
    task::JoinSet,
};

use super::{Simulator, World};
use crate::webhooks::{Attempt, send};

/// Serializes the deliveries, so that no attempt is made twice.
#[derive(Debug, Default)]
pub(crate) struct DeliveryLock(Mutex<()>);

/// Delivers what becomes due, until the sandbox stops; attempts in progress are then cut off.
pub(crate) async fn run(simulator: Arc<Simulator>, mut stop: watch::Receiver<bool>) {
    let notify = simulator.world().state.outbox.notify();
    loop {
        let round = async {
            notify.notified().await;
            deliver(&simulator).await;
        };
        tokio::select! {
            // An error means that the sandbox was dropped, which means the same.
            _ = stop.changed() => return,
            () = round => {}
        }
    }
}

/// Makes every attempt that is due by the sandbox's clock, and returns when none is left.
pub(crate) async fn deliver(simulator: &Arc<Simulator>) {
    let _alone = simulator.delivery_lock.0.lock().await;
    loop {
        let attempts = simulator.due_deliveries();
        if attempts.is_empty() {
            return;
        }
        let mut routes: BTreeMap<u64, Vec<Attempt>> = BTreeMap::new();
        for attempt in attempts {
            routes.entry(attempt.endpoint_number()).or_default().push(attempt);
        }
        // An endpoint gets its messages one by one and in order; a slow endpoint does not delay the others.
        let mut rounds = JoinSet::new();
        for attempts in routes.into_values() {
            let simulator = Arc::clone(simulator);
            rounds.spawn(async move {
                for attempt in attempts {
                    let sent = send(&attempt).await;
                    simulator.world().dispatcher.note(&attempt, sent);
                }
            });
        }
        while rounds.join_next().await.is_some() {}
    }
}

impl Simulator {
    /// Reads the new events for the webhooks. An event that breaks the document is a mistake of the sandbox.
    pub(crate) fn read_events(&self) {
        self.read_events_into(&mut self.world());
    }

    fn read_events_into(&self, world: &mut World) {
        world.violations.extend(world.dispatcher.read(&world.state, &self.spec));
    }

    fn due_deliveries(&self) -> Vec<Attempt> {
        let world = &mut *self.world();
        self.read_events_into(world);
        world.dispatcher.due(&world.state)
    }
}
