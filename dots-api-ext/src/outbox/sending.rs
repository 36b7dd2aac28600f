//! Sends one payout: claims it, checks the claim again, sends it once, and stores what came of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::desk::Outbox;
use super::error::OutboxError;
use super::event::{Answer, Effect, Event, Illegal, Permit};
use super::outbox_store::OutboxStore;
use super::payable::{Payout, Sent, Stop};
use super::row::{Now, State, Time};
use super::store::{Applied, Note, Record};
use super::store_error::StoreError;
use crate::calls::stored::StoredRequest;
use crate::error::Outcome;
use crate::policy::key_registry::EarlierSends;
use crate::policy::retry::RetryPolicy;

/// A row that may be sent, and the right to do so; it is handed back if it is dropped before it is sent.
///
/// That is so once its commit is known to be made: until then, another worker may have the row, with the same fence.
#[derive(Debug)]
pub(super) struct Claim {
    record: Arc<Record>,
    permit: Permit,
    /// Where it is handed back to, until it is sent.
    unsent_in: Option<Outbox>,
}

impl Drop for Claim {
    fn drop(&mut self) {
        let Some(outbox) = self.unsent_in.take() else { return };
        let (reference, permit) = (self.record.entry.reference.clone(), self.permit);
        let worker = outbox.clock();
        // The job is run though its outcome is not waited for.
        drop(outbox.writer.clone().write(move |store| {
            let now = store.now(worker)?;
            // Nothing has left: it is as if it had not been claimed, unless the claim is over.
            let event = if permit.allows(now) {
                Event::Answered { seen: permit.seen, answer: Answer::Nothing(now.latest()) }
            } else {
                Event::HandedBack { seen: permit.seen }
            };
            store.apply(&reference, event, &Note::default(), now, &outbox.rules).map(drop)
        }));
    }
}

impl Claim {
    pub(super) fn reference(&self) -> &str {
        &self.record.entry.reference
    }

    /// Notes that it is committed.
    pub(super) fn hold(&mut self, outbox: &Outbox) {
        self.unsent_in = Some(outbox.clone());
    }
}

/// What came of an attempt to claim a row.
#[derive(Debug)]
pub(super) enum Claimed {
    /// It is claimed.
    Yes(Box<Claim>),
    /// It is not, and the lists have to be read for it.
    NeedsLists,
    /// It is not.
    No,
}

impl Claimed {
    /// Notes that it is committed.
    pub(super) fn hold(&mut self, outbox: &Outbox) {
        if let Self::Yes(claim) = self {
            claim.hold(outbox);
        }
    }
}

/// What came of an attempt, once it is stored.
#[derive(Debug, Default)]
pub(super) struct Attempted {
    /// Whether it was sent, and not only handed back.
    pub is_sent: bool,
    /// Why nothing else should be sent either.
    pub stop: Option<Stop>,
    pub record: Option<Box<Record>>,
}

/// Claims a row within a job of the writer.
pub(super) fn claim(
    store: &mut dyn OutboxStore,
    outbox: &Outbox,
    reference: &str,
    worker: Time,
) -> Result<Claimed, StoreError> {
    let now = store.now(worker)?;
    let Some(record) = store.load(reference)? else { return Ok(Claimed::No) };
    if let Some(reason) = suspicion(store, outbox, &record, now)? {
        let note = Note { reason: Some(reason), ..Note::default() };
        store.apply_to(record, Event::Hold, &note, now, &outbox.rules)?;
        return Ok(Claimed::No);
    }
    // An earlier process left it in doubt, and no clock tells for certain how long ago that was.
    if record.row.state == State::Unknown && !outbox.has_read.load(Ordering::Acquire) {
        return Ok(Claimed::NeedsLists);
    }
    match store.apply_to(record, Event::Claim, &Note::default(), now, &outbox.rules)? {
        Applied::Done(step, record) => match step.effect {
            Effect::Send(permit) => {
                Ok(Claimed::Yes(Box::new(Claim { record: Arc::from(record), permit, unsent_in: None })))
            }
            _ => Ok(Claimed::No),
        },
        Applied::Illegal(Illegal::WindowOver | Illegal::AwaitsListing, _) => Ok(Claimed::NeedsLists),
        Applied::Illegal(..) | Applied::Missing => Ok(Claimed::No),
    }
}

/// Says why a person has to see a row before it is sent: one that is alike was, or it is not what it says.
fn suspicion(
    store: &mut dyn OutboxStore,
    outbox: &Outbox,
    record: &Record,
    now: Now,
) -> Result<Option<String>, StoreError> {
    if record.row.state != State::Planned {
        return Ok(None);
    }
    if !store.writes_all_rows()
        && record.row.generation == 0
        && let Err(why) = outbox.check_planned(record)
    {
        return Ok(Some(why));
    }
    let within = u64::try_from(outbox.limits.alike_within.as_millis()).unwrap_or(u64::MAX);
    if within == 0 || record.row.is_meant {
        return Ok(None);
    }
    let other = store.alike(&record.entry, Time(now.earliest().0.saturating_sub(within)))?;
    Ok(other.map(|other| {
        format!("`{other}` paid the same amount to the same payee; release this one if it is meant")
    }))
}

impl Outbox {
    /// Sends a payout if it may be sent now, and looks it up where it may have been sent; `first` is what came of a claim
    /// that was made just now.
    pub(super) async fn send_or_look(
        &self,
        reference: &str,
        mut first: Option<Claimed>,
    ) -> Result<Record, OutboxError> {
        let mut has_looked = false;
        loop {
            let (outbox, name, worker) = (self.clone(), reference.to_owned(), self.clock());
            let claimed = match first.take() {
                Some(claimed) => claimed,
                None => {
                    let holder = self.clone();
                    let job = move |store: &mut dyn OutboxStore| claim(store, &outbox, &name, worker);
                    self.writer.write_then(job, move |claimed| claimed.hold(&holder)).await?
                }
            };
            let was_refused = matches!(claimed, Claimed::NeedsLists);
            if let Claimed::Yes(claim) = claimed {
                // A task of its own: what came of it is stored even if the caller has gone.
                let outbox = self.clone();
                let sent = tokio::spawn(async move { outbox.send(*claim).await });
                sent.await.unwrap_or(Err(OutboxError::Unrecorded(StoreError::Broken)))?;
            }
            let record = self.known(reference).await?;
            let needs_lists = was_refused || matches!(record.row.state, State::Unknown | State::Review);
            // What the lists show is paid; if they cannot be read, it stays as it is.
            if has_looked || !needs_lists || self.read_lists(vec![record.clone()]).await.is_err() {
                return Ok(record);
            }
            has_looked = true;
            let after = self.known(reference).await?;
            if after.row.state != State::Planned && !was_refused {
                return Ok(after);
            }
        }
    }

    /// Sends a claimed row once, and stores what came of it before it returns.
    pub(super) async fn send(&self, mut claim: Claim) -> Result<Attempted, OutboxError> {
        let sent = self.attempt(&mut claim).await;
        self.store_outcome(&claim, sent).await
    }

    /// Stores what came of an attempt. The next commit holds it, also if the future is not polled.
    pub(super) fn store_outcome(
        &self,
        claim: &Claim,
        sent: Option<Sent>,
    ) -> impl Future<Output = Result<Attempted, OutboxError>> + Send + use<> {
        let Claim { record, permit, .. } = claim;
        let is_sent = sent.is_some();
        let event = match &sent {
            Some(sent) => Event::Answered { seen: permit.seen, answer: sent.answer },
            None => Event::HandedBack { seen: permit.seen },
        };
        let (note, stop) = sent.map_or_else(Default::default, |sent| {
            let Sent { object_id, note: reason, evidence, stop, .. } = sent;
            (Note { reason, object_id, evidence, ..Note::default() }, stop)
        });
        let stored = self.apply_patiently(Arc::clone(record), event, note);
        async move {
            match stored.await {
                Ok(applied) => {
                    alarm(&applied);
                    let record = match applied {
                        Applied::Done(_, record) | Applied::Illegal(_, record) => Some(record),
                        Applied::Missing => None,
                    };
                    Ok(Attempted { is_sent, stop, record })
                }
                Err(OutboxError::Store(error)) => Err(OutboxError::Unrecorded(error)),
                Err(error) => Err(error),
            }
        }
    }

    /// Sends the request of a claimed row once; nothing if the claim is too old by now.
    pub(super) async fn attempt(&self, claim: &mut Claim) -> Option<Sent> {
        claim.unsent_in = None;
        let (record, permit, now) = (&claim.record, claim.permit, self.clock());
        let unsent = |why: String| {
            let answer = Answer::Nothing(now.after(Duration::from_secs(60)));
            Some(Sent { answer, object_id: None, note: Some(why), evidence: None, stop: None })
        };
        let request: StoredRequest = match record.entry.request.parse() {
            Ok(request) => request,
            Err(_) => return unsent("the stored request cannot be read".to_owned()),
        };
        let payout = match Payout::of(&request, &self.dots) {
            Ok(payout) => payout,
            Err(why) => return unsent(why),
        };
        let earlier = if permit.is_first {
            EarlierSends::Never
        } else {
            EarlierSends::sent(permit.since.as_system_time(), Outcome::Unknown)
        };
        // The last moment before the client is asked to write.
        let now = self.clock();
        let left = permit.until.since(now);
        if !permit.allows(Now { store: now, worker: now }) || left.is_zero() {
            return None;
        }
        let policy = RetryPolicy::none().deadline(left.saturating_add(self.rules.timeout));
        let dots = self.dots.with_earlier(earlier).with_retry(policy);
        let sent = payout.send(&dots, &request, now).await;
        // The answer's pause counts from when it came.
        let waited = self.clock().since(now);
        Some(match sent.answer {
            Answer::Nothing(at) => Sent { answer: Answer::Nothing(at.after(waited)), ..sent },
            Answer::Unknown(at) => Sent { answer: Answer::Unknown(at.after(waited)), ..sent },
            _ => sent,
        })
    }
}

/// Says loudly that a payout was paid twice, or was paid after all.
pub(super) fn alarm(applied: &Applied) {
    #[cfg(feature = "tracing")]
    if let Applied::Done(step, record) = applied
        && let Effect::Alarm(alarm) = step.effect
    {
        tracing::error!(
            target: "dots_api_ext",
            alarm = alarm.as_str(),
            reference = %record.entry.reference,
            "a payout needs a person"
        );
    }
    #[cfg(not(feature = "tracing"))]
    let _ = applied;
}
