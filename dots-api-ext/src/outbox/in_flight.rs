//! The attempts of a worker that are under way, and the rows that are claimed for the next ones.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::desk::Outbox;
use super::error::OutboxError;
use super::outbox_store::OutboxStore;
use super::payable::Sent;
use super::sending::{Attempted, Claim, Claimed, claim};

/// The most rows that are claimed ahead, if that is more than are sent at a time.
const MOST_AHEAD: usize = 32;

/// The attempts that are under way.
///
/// Some more rows are claimed than are sent at a time, so that the next ones can go while the disk is waited for.
pub(super) struct InFlight {
    pub tasks: JoinSet<Result<Attempted, OutboxError>>,
    pub turns: Arc<Turns>,
    concurrency: usize,
    /// How many were claimed.
    claimed: usize,
    /// How many attempts had ended when rows were last claimed.
    ended_then: usize,
    /// The reference up to which the rows of this round were looked at.
    cursor: String,
    /// Whether a whole round found nothing more to send.
    pub is_over: bool,
}

/// Lets so many attempts go on at a time.
pub(super) struct Turns {
    /// Closed when nothing more is to be sent.
    pub free: Semaphore,
    /// How many attempts have ended, whether or not what came of them is stored.
    ended: AtomicUsize,
    /// Says that one has ended.
    pub news: Notify,
    /// The payout that Dots has refused with 403, if that was its last answer.
    forbidden: Mutex<Option<String>>,
}

impl Drop for InFlight {
    /// What was sent goes on and is stored, though the caller has gone; the rest is handed back.
    fn drop(&mut self) {
        self.turns.free.close();
        self.tasks.detach_all();
    }
}

impl InFlight {
    pub(super) fn new(concurrency: usize) -> Self {
        let free = Semaphore::new(concurrency.min(Semaphore::MAX_PERMITS));
        let (ended, news, forbidden) = (AtomicUsize::new(0), Notify::new(), Mutex::default());
        let turns = Arc::new(Turns { free, ended, news, forbidden });
        let (cursor, is_over) = (String::new(), false);
        Self { tasks: JoinSet::new(), turns, concurrency, claimed: 0, ended_then: 0, cursor, is_over }
    }

    /// How many more rows are to be claimed: one waits for each that is sent, or more where they end faster than rows
    /// are claimed. A claim that waits for too long cannot be used.
    pub(super) fn free(&self) -> usize {
        let ended = self.turns.ended.load(Ordering::Acquire);
        let ahead = match self.concurrency {
            // A crash leaves one payout in doubt at most.
            1 => 0,
            most => ended.saturating_sub(self.ended_then).saturating_mul(2).min(MOST_AHEAD).max(most),
        };
        let room = self.concurrency.saturating_add(ahead).saturating_sub(self.claimed.saturating_sub(ended));
        // Half of them go while the disk is waited for: one commit for many is cheaper than one for each.
        if room < ahead.div_ceil(2) { 0 } else { room }
    }

    /// Claims rows until enough wait for their turn, and starts to send them.
    pub(super) async fn fill(&mut self, outbox: &Outbox) -> Result<(), OutboxError> {
        let free = self.free();
        if free == 0 {
            return Ok(());
        }
        self.ended_then = self.turns.ended.load(Ordering::Acquire);
        let (claims, cursor) = outbox.claim_some(self.cursor.clone(), free).await?;
        self.is_over = cursor.is_empty() && claims.is_empty();
        (self.cursor, self.claimed) = (cursor, self.claimed.saturating_add(claims.len()));
        for claim in claims {
            self.tasks.spawn(Arc::clone(&self.turns).send(outbox.clone(), claim));
        }
        Ok(())
    }
}

impl Turns {
    /// Sends a payout when it is its turn, and stores what came of it when the turn is over.
    async fn send(self: Arc<Self>, outbox: Outbox, mut claim: Claim) -> Result<Attempted, OutboxError> {
        // Without a turn, the claim is handed back.
        let Ok(turn) = self.free.acquire().await else { return Ok(Attempted::default()) };
        let mut sent = outbox.attempt(&mut claim).await;
        if let Some(sent) = &mut sent {
            self.judge(claim.reference(), sent);
        }
        if sent.as_ref().is_some_and(|sent| sent.stop.is_some()) {
            // The next one would be refused as well.
            self.free.close();
        }
        drop(turn);
        let stored = outbox.store_outcome(&claim, sent);
        self.ended.fetch_add(1, Ordering::AcqRel);
        self.news.notify_one();
        stored.await
    }
}

impl Turns {
    /// Lets the others go on where a 403 may be about one payee alone: until two payouts are refused so in a row.
    fn judge(&self, reference: &str, sent: &mut Sent) {
        let status = sent.evidence.as_ref().and_then(|evidence| evidence.http_status);
        let now = (status == Some(403)).then(|| reference.to_owned());
        let mut last = self.forbidden.lock().unwrap_or_else(PoisonError::into_inner);
        if now.is_some() && (last.is_none() || *last == now) {
            sent.stop = None;
        }
        *last = now;
    }
}

impl Outbox {
    /// Claims rows after one, at most so many, in one commit; returns them and where to go on, at the start if empty.
    async fn claim_some(&self, after: String, most: usize) -> Result<(Vec<Claim>, String), OutboxError> {
        let (outbox, worker) = (self.clone(), self.clock());
        let job = move |store: &mut dyn OutboxStore| {
            let (mut claims, mut cursor) = (Vec::new(), after.clone());
            let now = store.now(worker)?;
            loop {
                let page = store.claimable(now.earliest(), &cursor, most.saturating_sub(claims.len()))?;
                if page.is_empty() {
                    return Ok((claims, String::new()));
                }
                for reference in page {
                    if let Claimed::Yes(claim) = claim(store, &outbox, &reference, worker)? {
                        claims.push(*claim);
                    }
                    cursor = reference;
                    if claims.len() >= most {
                        return Ok((claims, cursor));
                    }
                }
            }
        };
        let holder = self.clone();
        let hold = move |(claims, _): &mut (Vec<Claim>, String)| {
            claims.iter_mut().for_each(|claim| claim.hold(&holder));
        };
        Ok(self.writer.write_then(job, hold).await?)
    }
}
