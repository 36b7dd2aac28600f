//! A store in memory: what other stores are compared with. It survives nothing.

use std::collections::BTreeMap;
use std::convert::Infallible;

use super::row::{Row, State, Time};
use super::store::{Entry, Note, Record, Store, Wanted};

/// Keeps rows in memory, for tests and simulations; nothing survives the process.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    records: BTreeMap<String, Record>,
    log: Vec<(String, String)>,
}

impl MemoryStore {
    /// Returns the reference and the name of each event that was written, in order.
    #[must_use]
    pub fn log(&self) -> &[(String, String)] {
        &self.log
    }

    /// Empties the requests of rows that have ended before a time; returns how many.
    pub fn prune(&mut self, ended_before: Time) -> usize {
        let is_over = |record: &&mut Record| {
            let has_ended = record.row.state.is_final() && record.changed_at < ended_before;
            has_ended && !record.entry.request.is_empty()
        };
        self.records.values_mut().filter(is_over).map(|record| record.entry.request.clear()).count()
    }
}

impl Store for MemoryStore {
    type Error = Infallible;

    fn insert(&mut self, entry: &Entry, row: &Row) -> Result<Option<Record>, Infallible> {
        if let Some(known) = self.records.get(&entry.reference) {
            return Ok(Some(known.clone()));
        }
        let record = Record {
            entry: entry.clone(),
            row: row.clone(),
            object_id: None,
            delivery: None,
            changed_at: row.planned_at,
            note: None,
        };
        self.records.insert(entry.reference.clone(), record);
        self.log.push((entry.reference.clone(), "planned".to_owned()));
        Ok(None)
    }

    fn load(&mut self, reference: &str) -> Result<Option<Record>, Infallible> {
        Ok(self.records.get(reference).cloned())
    }

    fn save(&mut self, record: &Record, _: State, event: &str, _: &Note) -> Result<(), Infallible> {
        self.records.insert(record.entry.reference.clone(), record.clone());
        self.log.push((record.entry.reference.clone(), event.to_owned()));
        Ok(())
    }

    fn list(&mut self, wanted: Wanted, after: &str, limit: u32) -> Result<Vec<String>, Infallible> {
        let rows = self.records.values().filter(|record| record.entry.reference.as_str() > after);
        let wanted = rows.filter(|record| wanted.takes(&record.row));
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(wanted.take(limit).map(|record| record.entry.reference.clone()).collect())
    }

    fn alike(&mut self, entry: &Entry, since: Time) -> Result<Option<String>, Infallible> {
        let alike = |other: &&Record| {
            let has_left = other.row.last_possible_send.is_some_and(|last| last >= since);
            let is_another = other.entry.reference != entry.reference;
            let is_nothing = matches!(other.row.state, State::Rejected | State::Cancelled | State::Planned);
            is_another && has_left && !is_nothing && other.entry.fingerprint == entry.fingerprint
        };
        Ok(self.records.values().find(alike).map(|other| other.entry.reference.clone()))
    }

    fn totals(&mut self) -> Result<Vec<(State, u64, i64)>, Infallible> {
        let total = |state: State| {
            let rows = self.records.values().filter(|record| record.row.state == state);
            rows.fold((state, 0_u64, 0_i64), |(state, count, sum), record| {
                (state, count.saturating_add(1), sum.saturating_add(record.entry.cents.get()))
            })
        };
        Ok(State::ALL.into_iter().map(total).filter(|(_, count, _)| *count > 0).collect())
    }
}

impl Wanted {
    /// Whether a row is among those wanted.
    #[must_use]
    pub fn takes(self, row: &Row) -> bool {
        match self {
            Self::Due(now) => {
                let may_be_sent = matches!(row.state, State::Planned | State::Unknown);
                may_be_sent && row.paid.is_none() && !row.awaits_listing && row.not_before <= now
            }
            Self::Doubtful => {
                row.awaits_listing
                    || row.older_in_doubt
                    || matches!(row.state, State::Unknown | State::Review)
            }
            Self::In(state) => row.state == state,
            Self::ForAPerson => matches!(row.state, State::Review | State::Held) || row.alarm.is_some(),
            Self::PlannedAfter(time) => {
                row.state == State::Planned && row.planned_at > time && row.not_before <= row.planned_at
            }
        }
    }
}
