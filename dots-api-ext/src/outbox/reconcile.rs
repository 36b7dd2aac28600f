//! Reconciliation: one reading of Dots' lists for all rows in doubt together.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use dots_api::{ListPayoutLinks, ListTransfers, Timestamp};

use super::desk::Outbox;
use super::error::OutboxError;
use super::event::Event;
use super::mark::Mark;
use super::outbox_store::OutboxStore;
use super::payable::{Payout, key_of};
use super::row::{Alarm, Now, Row, Seen, State, Time};
use super::shown::Shown;
use super::store::{Applied, Note, Record, Wanted};

/// The most rows that one reading is made for. Each takes some 250 bytes, and its request as well where the lists show
/// something unmarked of its amount.
const MOST: usize = 100_000;

/// How many rows are read from the store at once.
const PAGE: u32 = 1_000;

/// How many marked objects are looked up in the store at once: as many as a page of a list has.
const TOGETHER: usize = 100;

/// How much earlier than its plan a payout may seem to be created.
const CLOCKS_DIFFER: u64 = 60 * 60 * 1_000;

/// A row that the lists are read for.
#[derive(Debug)]
struct SoughtRow {
    seen: Seen,
    planned_at: Time,
    /// Only what was never sent is planned anew.
    is_unsent: bool,
    others_may_send: bool,
    /// Read only where the lists show something unmarked of its amount.
    payout: Option<Box<Payout>>,
    /// What bears its mark.
    found: Vec<(u32, Shown)>,
    is_ambiguous: bool,
}

/// The rows that the lists are read for.
#[derive(Debug, Default)]
struct Sought {
    rows: HashMap<String, SoughtRow>,
    /// Their references by amount, for what bears no mark.
    by_amount: HashMap<u64, Vec<String>>,
    earliest: Option<Time>,
}

impl Sought {
    fn add(&mut self, record: Record) {
        let Record { entry, row, .. } = record;
        self.earliest = self.earliest.into_iter().chain([row.planned_at]).min();
        self.by_amount.entry(entry.cents.get().unsigned_abs()).or_default().push(entry.reference.clone());
        let sought = SoughtRow {
            seen: row.seen(),
            planned_at: row.planned_at,
            is_unsent: row.state == State::Planned,
            others_may_send: row.others_may_send,
            payout: None,
            found: Vec::new(),
            is_ambiguous: false,
        };
        self.rows.insert(entry.reference, sought);
    }
}

/// An object whose mark is of a row that is not sought.
type Other = (Mark, Shown);

impl Outbox {
    /// Reads Dots' lists once for all payouts in doubt; returns how many payouts changed.
    ///
    /// A payout that shows is settled. One that two complete readings do not show, after its key is too old to be sent
    /// and nothing of it can be on its way any more, goes to review. Whatever else bears the mark of this outbox is
    /// compared with it: a payout of which the lists show two payments gets the alarm *paid twice*.
    ///
    /// It reads the payout links to their end, since Dots cannot filter them, and the transfers since the oldest payout in
    /// doubt: a request for each hundred. One reading serves 100,000 payouts in doubt, in some 25 MB.
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
        // Of two clocks that differ, one may be behind.
        let latest = self.writer.read(move |store| store.now(now)).await?.latest();
        let clocks = Now { store: now, worker: now };
        let is_stale =
            |row: &Row| !Wanted::Doubtful.takes(row) && super::step::is_window_over(row, clocks, &rules);
        let (mut sought, mut changed) = (Sought::default(), 0_u64);
        for wanted in [Wanted::Doubtful, Wanted::Due(now), Wanted::PlannedAfter(latest.after(rules.horizon))]
        {
            let mut after = Some(String::new());
            while after.is_some() {
                let mut records = self.records(wanted, &mut after, PAGE).await?;
                records.retain(|record| wanted == Wanted::Doubtful || is_stale(&record.row));
                records.into_iter().for_each(|record| sought.add(record));
                if sought.rows.len() >= MOST {
                    changed = changed.saturating_add(self.read_for(std::mem::take(&mut sought)).await?);
                }
            }
        }
        Ok(changed.saturating_add(self.read_for(sought).await?))
    }

    /// Reads the lists for these rows, and stores what they show.
    pub(super) async fn read_lists(&self, records: Vec<Record>) -> Result<u64, OutboxError> {
        let mut sought = Sought::default();
        records.into_iter().for_each(|record| sought.add(record));
        self.read_for(sought).await
    }

    async fn read_for(&self, mut sought: Sought) -> Result<u64, OutboxError> {
        if sought.rows.is_empty() {
            return Ok(0);
        }
        let worker = self.clock();
        let begun = self.writer.read(move |store| store.now(worker)).await?;
        // A plan that a clock has dated ahead says nothing of when it may have been paid.
        sought.earliest = sought.earliest.min(Some(begun.earliest()));
        let mut changed = 0_u64;
        let result = self.read(&mut sought, &mut changed).await;
        changed = changed.saturating_add(self.store_found(&mut sought).await?);
        result?;
        self.has_read.store(true, Ordering::Release);
        changed = changed.saturating_add(self.store_absent(sought, begun).await?);
        Ok(changed)
    }

    /// Reads every list in which a payout may show, to its end.
    async fn read(&self, sought: &mut Sought, changed: &mut u64) -> Result<(), OutboxError> {
        let mut others = Vec::new();
        let mut links = self.dots.list(ListPayoutLinks::new()).items();
        while let Some(link) = links.next().await.transpose()? {
            if !self.note_marked(sought, &mut others, Shown::link(&link)) {
                let amount = link.amount.get().unsigned_abs();
                self.note_alike(sought, amount, |payout, since| payout.may_be_link(&link, since)).await?;
            }
            *changed = changed.saturating_add(self.store_others(&mut others, TOGETHER).await?);
        }
        let since = sought.earliest.map_or(0, |earliest| earliest.0);
        let seconds = since.saturating_sub(CLOCKS_DIFFER.saturating_mul(24)) / 1_000;
        let mut list = ListTransfers::new();
        if let Ok(since) = Timestamp::from_unix_seconds(i64::try_from(seconds).unwrap_or_default()) {
            list = list.start_date(since);
        }
        let mut transfers = self.dots.list(list).items();
        while let Some(transfer) = transfers.next().await.transpose()? {
            if !self.note_marked(sought, &mut others, Shown::transfer(&transfer)) {
                let amount = transfer.amount.get().unsigned_abs();
                self.note_alike(sought, amount, |payout, since| payout.may_be_transfer(&transfer, since))
                    .await?;
            }
            *changed = changed.saturating_add(self.store_others(&mut others, TOGETHER).await?);
        }
        *changed = changed.saturating_add(self.store_others(&mut others, 1).await?);
        Ok(())
    }

    /// Notes what bears the mark of an outbox; whether it does.
    fn note_marked(&self, sought: &mut Sought, others: &mut Vec<Other>, shown: Shown) -> bool {
        let Some(mark) = shown.mark.clone() else { return false };
        let is_ours = self.has_made(&mark);
        match sought.rows.get_mut(&mark.reference) {
            Some(row) if is_ours || row.others_may_send => row.found.push((mark.generation, shown)),
            None if is_ours => others.push((mark, shown)),
            Some(_) | None => {}
        }
        true
    }

    /// Notes which rows something without a mark may be.
    async fn note_alike(
        &self,
        sought: &mut Sought,
        amount: u64,
        is_alike: impl Fn(&Payout, Time) -> bool,
    ) -> Result<(), OutboxError> {
        for reference in sought.by_amount.get(&amount).into_iter().flatten() {
            let Some(row) = sought.rows.get_mut(reference).filter(|row| !row.is_ambiguous) else { continue };
            if row.payout.is_none() {
                row.payout = self.payout(&self.known(reference).await?).ok().map(Box::new);
            }
            let since = Time(row.planned_at.0.saturating_sub(CLOCKS_DIFFER));
            row.is_ambiguous = row.payout.as_ref().is_some_and(|payout| is_alike(payout, since));
        }
        Ok(())
    }

    async fn store_found(&self, sought: &mut Sought) -> Result<u64, OutboxError> {
        let mut changed = 0_u64;
        for (reference, row) in &mut sought.rows {
            for (generation, shown) in &row.found {
                let record = self.known(reference).await?;
                if is_news(&record, *generation, shown) {
                    let shown = shown.clone();
                    let is_changed = self.store_shown(record, *generation, shown, IN_A_LIST).await?;
                    changed = changed.saturating_add(u64::from(is_changed));
                }
            }
        }
        Ok(changed)
    }

    /// Stores what is new of rows that were not sought, if there are so many by now.
    async fn store_others(&self, others: &mut Vec<Other>, least: usize) -> Result<u64, OutboxError> {
        if others.len() < least {
            return Ok(0);
        }
        let shown = std::mem::take(others);
        let job = move |store: &mut dyn OutboxStore| {
            let mut news = Vec::new();
            for (mark, shown) in &shown {
                let record = store.load(&mark.reference)?;
                let record = record.filter(|record| is_news(record, mark.generation, shown));
                news.extend(record.map(|record| (record, mark.generation, shown.clone())));
            }
            Ok(news)
        };
        let mut changed = 0_u64;
        for (record, generation, shown) in self.writer.read(job).await? {
            let is_changed = self.store_shown(record, generation, shown, IN_A_LIST).await?;
            changed = changed.saturating_add(u64::from(is_changed));
        }
        Ok(changed)
    }

    async fn store_absent(&self, sought: Sought, begun: Now) -> Result<u64, OutboxError> {
        // Of an older generation that shows, nothing follows for the newest one.
        let is_absent = |row: &SoughtRow| {
            let newest = row.seen.generation;
            row.found.iter().all(|(generation, _)| *generation < newest)
        };
        let absent = sought.rows.into_iter().filter(|(_, row)| is_absent(row));
        let mut absent: Vec<(String, SoughtRow)> = absent.collect();
        let mut changed = 0_u64;
        while !absent.is_empty() {
            let rest = absent.len().saturating_sub(usize::try_from(PAGE).unwrap_or(usize::MAX));
            let page = absent.split_off(rest);
            let (outbox, worker) = (self.clone(), self.clock());
            let job = move |store: &mut dyn OutboxStore| {
                let (now, mut changed) = (store.now(worker)?, 0_u64);
                for (reference, row) in &page {
                    let (seen, is_ambiguous) = (row.seen, row.is_ambiguous);
                    let event = Event::NotSeen { seen, begun, is_ambiguous };
                    let unsent = if row.is_unsent { store.load(reference)? } else { None };
                    let next = unsent.and_then(|record| outbox.next(&record).ok());
                    let note = next.unwrap_or_default();
                    let applied = store.apply(reference, event, &note, now, &outbox.rules)?;
                    let is_changed = matches!(applied, Applied::Done(step, _) if step.row.seen() != seen);
                    changed = changed.saturating_add(u64::from(is_changed));
                }
                Ok(changed)
            };
            changed = changed.saturating_add(self.writer.write(job).await?);
        }
        Ok(changed)
    }

    /// Makes what the next generation of a row is sent with.
    pub(super) fn next(&self, record: &Record) -> Result<Note, String> {
        let payout = self.payout(record)?;
        let generation = record.row.generation.saturating_add(1);
        let reference = record.entry.reference.clone();
        let key = key_of(record.entry.key, generation)?;
        let mark = Mark { reference, generation, store: self.store_id };
        Ok(Note { next: Some(payout.next(&self.dots, key, &mark)?), ..Note::default() })
    }
}

/// What the log says of an object that a list has shown.
const IN_A_LIST: &str = "found in a list of Dots";

/// Whether a row does not know yet that it has made an object, or with which amount.
fn is_news(record: &Record, generation: u32, shown: &Shown) -> bool {
    let row = &record.row;
    let is_known = row.paid == Some(generation)
        && record.object_id.as_ref() == Some(&shown.id)
        && (row.alarm.is_some() || shown.other_amount(record.entry.cents).is_none());
    let is_told = row.alarm == Some(Alarm::PaidTwice) && row.paid >= Some(generation);
    !is_known && !is_told
}
