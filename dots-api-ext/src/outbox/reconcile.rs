//! Reconciliation: one reading of Dots' lists for all rows in doubt together.

use std::collections::HashMap;

use dots_api::{ListPayoutLinks, ListTransfers, Metadata, Timestamp};

use super::desk::Outbox;
use super::error::OutboxError;
use super::event::Event;
use super::mark::Mark;
use super::outbox_store::OutboxStore;
use super::payable::{Payout, key_of};
use super::row::{Now, Row, State, Time};
use super::sending::alarm;
use super::store::{Applied, Note, Record, Wanted};

/// The most rows of a kind that one reading is made for.
const MOST: u32 = 50_000;

/// How much earlier than its plan a payout may seem to be created.
const CLOCKS_DIFFER: u64 = 60 * 60 * 1_000;

/// A row that the lists are read for.
#[derive(Debug)]
struct Sought {
    record: Record,
    payout: Option<Payout>,
    /// The generations that were found, and the ids of what was made.
    found: Vec<(u32, String)>,
    is_ambiguous: bool,
}

impl Outbox {
    /// Reads Dots' lists once for all payouts in doubt; returns how many of them changed.
    ///
    /// A payout that shows is settled. One that two complete readings do not show, after its key is too old to be sent
    /// and nothing of it can be on its way any more, goes to review.
    ///
    /// # Errors
    /// Returns an error if a list cannot be read to its end, or if the store fails. What was found before is stored.
    pub async fn reconcile(&self) -> Result<u64, OutboxError> {
        // Of what a task of this process has left behind.
        self.for_each(
            Wanted::In(State::InFlight),
            Event::LeaseEnded { is_holder_gone: false },
            Note::default(),
        )
        .await?;
        let (now, rules) = (self.clock(), self.rules);
        let clocks = Now { store: now, worker: now };
        let is_stale =
            |row: &Row| !Wanted::Doubtful.takes(row) && super::step::is_window_over(row, clocks, &rules);
        let (mut doubtful, mut due) = (Some(String::new()), Some(String::new()));
        let mut changed = 0_u64;
        // As many rows as fit into memory at a time, each time with one reading.
        while doubtful.is_some() || due.is_some() {
            let mut records = self.records(Wanted::Doubtful, &mut doubtful, MOST).await?;
            if doubtful.is_none() {
                let stale = self.records(Wanted::Due(now), &mut due, MOST).await?;
                records.extend(stale.into_iter().filter(|record| is_stale(&record.row)));
            }
            changed = changed.saturating_add(self.read_lists(records).await?);
        }
        Ok(changed)
    }

    /// Reads the lists for these rows, and stores what they show.
    pub(super) async fn read_lists(&self, records: Vec<Record>) -> Result<u64, OutboxError> {
        if records.is_empty() {
            return Ok(0);
        }
        let worker = self.clock();
        let begun = self.writer.read(move |store| store.now(worker)).await?;
        let mut sought = self.sought(records);
        let result = self.read(&mut sought).await;
        let mut changed = self.store_found(&sought).await?;
        result?;
        changed = changed.saturating_add(self.store_absent(sought, begun).await?);
        Ok(changed)
    }

    fn sought(&self, records: Vec<Record>) -> HashMap<String, Sought> {
        let sought = |record: Record| {
            let payout = self.payout(&record).ok();
            let reference = record.entry.reference.clone();
            (reference, Sought { record, payout, found: Vec::new(), is_ambiguous: false })
        };
        records.into_iter().map(sought).collect()
    }

    /// Reads every list in which a payout may show, to its end.
    async fn read(&self, sought: &mut HashMap<String, Sought>) -> Result<(), OutboxError> {
        let since = sought.values().map(|sought| sought.record.row.planned_at.0).min().unwrap_or_default();
        let since = since.saturating_sub(CLOCKS_DIFFER.saturating_mul(24));
        let mut unmarked = HashMap::<u64, Vec<String>>::new();
        for (reference, row) in &*sought {
            let amount = row.record.entry.cents.get().unsigned_abs();
            unmarked.entry(amount).or_default().push(reference.clone());
        }
        let mut links = self.dots.list(ListPayoutLinks::new()).items();
        while let Some(link) = links.next().await.transpose()? {
            if self.note_marked(sought, link.metadata.as_ref(), link.id.as_str()) {
                continue;
            }
            let amount = link.amount.get().unsigned_abs();
            note_alike(sought, unmarked.get(&amount), |payout, since| payout.may_be_link(&link, since));
        }
        let seconds = i64::try_from(since / 1_000).unwrap_or_default();
        let mut list = ListTransfers::new();
        if let Ok(since) = Timestamp::from_unix_seconds(seconds) {
            list = list.start_date(since);
        }
        let mut transfers = self.dots.list(list).items();
        while let Some(transfer) = transfers.next().await.transpose()? {
            if self.note_marked(sought, transfer.metadata.as_ref(), transfer.id.as_str()) {
                continue;
            }
            let amount = transfer.amount.get().unsigned_abs();
            note_alike(sought, unmarked.get(&amount), |payout, since| {
                payout.may_be_transfer(&transfer, since)
            });
        }
        Ok(())
    }

    /// Notes what bears the mark of an outbox; whether it does.
    fn note_marked(
        &self,
        sought: &mut HashMap<String, Sought>,
        metadata: Option<&Metadata>,
        id: &str,
    ) -> bool {
        let Some(mark) = Mark::read(metadata) else { return false };
        if let Some(row) = sought.get_mut(&mark.reference)
            && (self.has_made(&mark) || row.record.row.others_may_send)
        {
            row.found.push((mark.generation, id.to_owned()));
        }
        true
    }

    async fn store_found(&self, sought: &HashMap<String, Sought>) -> Result<u64, OutboxError> {
        let mut changed = 0_u64;
        for (reference, row) in sought {
            for (generation, id) in &row.found {
                let reason = Some("found in a list of Dots".to_owned());
                let note = Note { object_id: Some(id.clone()), reason, ..Note::default() };
                let applied = self.apply(reference, Event::Found { generation: *generation }, note).await?;
                alarm(&applied);
                changed = changed.saturating_add(u64::from(is_change(&applied, &row.record)));
            }
        }
        Ok(changed)
    }

    async fn store_absent(&self, sought: HashMap<String, Sought>, begun: Now) -> Result<u64, OutboxError> {
        // Of an older generation that shows, nothing follows for the newest one.
        let is_absent = |row: &Sought| {
            let newest = row.record.row.generation;
            row.found.iter().all(|(generation, _)| *generation < newest)
        };
        let absent = sought.into_values().filter(is_absent);
        let absent: Vec<(Record, bool, Note)> = absent
            .map(|row| {
                // Only what was never sent is planned anew.
                let is_unsent = row.record.row.state == State::Planned;
                let next = is_unsent.then(|| self.next(&row.record, row.payout).ok()).flatten();
                let note = next.unwrap_or_default();
                (row.record, row.is_ambiguous, note)
            })
            .collect();
        let (worker, rules) = (self.clock(), self.rules);
        let job = move |store: &mut dyn OutboxStore| {
            let now = store.now(worker)?;
            let mut changed = 0_u64;
            for (record, is_ambiguous, note) in &absent {
                let (seen, is_ambiguous) = (record.row.seen(), *is_ambiguous);
                let event = Event::NotSeen { seen, begun, is_ambiguous };
                let applied = store.apply(&record.entry.reference, event, note, now, &rules)?;
                changed = changed.saturating_add(u64::from(is_change(&applied, record)));
            }
            Ok(changed)
        };
        Ok(self.writer.write(job).await?)
    }

    /// Makes what the next generation of a row is sent with.
    pub(super) fn next(&self, record: &Record, payout: Option<Payout>) -> Result<Note, String> {
        let payout = match payout {
            Some(payout) => payout,
            None => self.payout(record)?,
        };
        let generation = record.row.generation.saturating_add(1);
        let reference = record.entry.reference.clone();
        let key = key_of(record.entry.key, generation)?;
        let mark = Mark { reference, generation, store: self.store_id };
        Ok(Note { next: Some(payout.next(&self.dots, key, &mark)?), ..Note::default() })
    }
}

/// Whether an event has changed a row.
fn is_change(applied: &Applied, before: &Record) -> bool {
    matches!(applied, Applied::Done(step, _) if step.row != before.row)
}

/// Notes which rows something without a mark may be.
fn note_alike(
    sought: &mut HashMap<String, Sought>,
    references: Option<&Vec<String>>,
    is_alike: impl Fn(&Payout, Time) -> bool,
) {
    for reference in references.into_iter().flatten() {
        let Some(row) = sought.get_mut(reference) else { continue };
        let since = Time(row.record.row.planned_at.0.saturating_sub(CLOCKS_DIFFER));
        row.is_ambiguous |= row.payout.as_ref().is_some_and(|payout| is_alike(payout, since));
    }
}
