//! Replication lag: lists that show new rows late.

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use serde_json::Value;

use super::{Lag, corrupt::rows};

/// Rows that were created while a lag is armed, by id, and how often lists left them out.
#[derive(Debug, Default)]
pub(super) struct HiddenRows {
    rows: HashMap<String, Row>,
}

#[derive(Debug)]
struct Row {
    since: Timestamp,
    calls: usize,
}

impl HiddenRows {
    /// Hides a new row from now on.
    pub(super) fn add(&mut self, id: &str, now: Timestamp) {
        self.rows.entry(id.to_owned()).or_insert(Row { since: now, calls: 0 });
    }

    /// Leaves out hidden rows and the rows that belong to them. Returns nothing when no row is hidden.
    pub(super) fn withhold(&mut self, body: &[u8], lag: Lag, now: Timestamp) -> Option<Vec<u8>> {
        let mut body: Value = serde_json::from_slice(body).ok()?;
        let list = rows(&mut body)?;
        let before = list.len();
        list.retain(|row| !self.hides(row, lag, now));
        (list.len() < before).then(|| serde_json::to_vec(&body).ok()).flatten()
    }

    fn hides(&mut self, row: &Value, lag: Lag, now: Timestamp) -> bool {
        // The transactions of a transfer are hidden with it.
        let ids = ["id", "transfer_id"].into_iter().filter_map(|name| row.get(name)?.as_str());
        let mut hidden = false;
        for id in ids {
            hidden |= self.rows.get_mut(id).is_some_and(|row| row.is_hidden(lag, now));
        }
        hidden
    }
}

impl Row {
    fn is_hidden(&mut self, lag: Lag, now: Timestamp) -> bool {
        match lag {
            Lag::Calls(calls) => {
                let hidden = self.calls < calls;
                self.calls = self.calls.saturating_add(1);
                hidden
            }
            Lag::Time(time) => Duration::try_from(now.duration_since(self.since)).unwrap_or_default() < time,
        }
    }
}
