//! The life cycles: which status may follow which, written down from the documentation a second time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The steps of one life cycle: a status, and those that may come next.
type Steps = &'static [(&'static str, &'static [&'static str])];

/// The life cycles, by the names of the schemas that show them. A status without a line is a final one.
const LIVES: [(&[&str], Steps); 6] = [
    // guides/payout-links and apireference/payouts/send-a-payout; the path itself is inferred.
    (
        &["PayoutLink"],
        &[
            ("funds_pending", &["created", "canceled", "failed"]),
            ("created", &["delivery_pending", "claimed", "canceled", "expired", "failed", "reversed"]),
            ("delivery_pending", &["sent", "delivery_failed", "claimed", "canceled", "expired"]),
            ("sent", &["delivered", "delivery_failed", "claimed", "canceled", "expired", "delivery_pending"]),
            ("delivered", &["claimed", "canceled", "expired", "delivery_pending"]),
            ("delivery_failed", &["delivery_pending", "claimed", "canceled", "expired"]),
            ("claimed", &["reversed"]),
        ],
    ),
    // The picture of overview/concepts: completed, failed, reversed and canceled transfers have ended.
    (
        &["Transfer", "PayoutBatchItemResultTransfer"],
        &[
            ("created", &["flagged", "pending"]),
            ("flagged", &["pending"]),
            ("pending", &["completed", "failed", "reversed", "canceled"]),
        ],
    ),
    // apireference/accounts-payable: canceled only before submission; a failed payment can be made again.
    (
        &["Payable"],
        &[
            ("created", &["submitted_for_approval", "canceled"]),
            ("submitted_for_approval", &["approved", "rejected"]),
            ("approved", &["payment_initiated"]),
            ("payment_initiated", &["payment_completed", "payment_failed"]),
            ("payment_failed", &["payment_initiated"]),
        ],
    ),
    // apireference/payout-requests/create-a-payout-request.
    (&["PayoutRequest"], &[("created", &["approved", "rejected"])]),
    // guides/batch-payouts.
    (
        &["PayoutBatch", "PayoutBatchResults"],
        &[("created", &["processing"]), ("processing", &["paying_out"]), ("paying_out", &["completed"])],
    ),
    (&["TransferBatch"], &[("pending", &["completed"])]),
];

/// The last status that was seen, by life cycle and id.
#[derive(Default)]
pub(crate) struct Lifecycles {
    seen: BTreeMap<(usize, String), String>,
    moves: BTreeMap<(usize, String, String), usize>,
}

impl Lifecycles {
    /// Looks at an object in an answer.
    pub(crate) fn see(&mut self, schema: &str, object: &Value) -> Result<(), String> {
        let Some(life) = LIVES.iter().position(|(schemas, _)| schemas.contains(&schema)) else {
            return Ok(());
        };
        let (Some(id), Some(status)) = (object["id"].as_str(), object["status"].as_str()) else {
            return Ok(());
        };
        let steps = LIVES[life].1;
        if !knows(steps, status) {
            return Err(format!("{schema} `{id}` has a status that no life has: `{status}`"));
        }
        history(steps, object).map_err(|error| format!("{schema} `{id}`: {error}"))?;
        let old = self.seen.insert((life, id.to_owned()), status.to_owned());
        let Some(old) = old.filter(|old| old != status) else { return Ok(()) };
        // There may have been many steps since it was last seen.
        if !reach(steps, &old).contains(status) {
            return Err(format!("{schema} `{id}` went from `{old}` to `{status}`"));
        }
        *self.moves.entry((life, old, status.to_owned())).or_default() += 1;
        Ok(())
    }

    /// Returns how often each change of status was seen.
    pub(crate) fn moves(&self) -> impl Iterator<Item = (String, usize)> {
        self.moves
            .iter()
            .map(|((life, old, new), count)| (format!("{} {old} -> {new}", LIVES[*life].0[0]), *count))
    }
}

fn knows(steps: Steps, status: &str) -> bool {
    steps.iter().any(|(from, to)| *from == status || to.contains(&status))
}

fn next(steps: Steps, from: &str) -> Vec<&'static str> {
    steps.iter().filter(|(old, _)| *old == from).flat_map(|(_, new)| new.iter().copied()).collect()
}

/// Returns every status that can follow, after any number of steps.
fn reach(steps: Steps, from: &str) -> BTreeSet<&'static str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&'static str> = next(steps, from);
    while let Some(status) = open.pop() {
        if reached.insert(status) {
            open.extend(next(steps, status));
        }
    }
    reached
}

/// Checks the history of an object, where it has one: every step must be allowed, and the last one is the status.
fn history(steps: Steps, object: &Value) -> Result<(), String> {
    let Some(rows) = object["status_history"].as_array() else { return Ok(()) };
    let history: Vec<&str> = rows.iter().filter_map(|row| row["status"].as_str()).collect();
    let may_follow = |old: &str, new: &str| steps.iter().any(|(from, to)| *from == old && to.contains(&new));
    match history.windows(2).find(|pair| !may_follow(pair[0], pair[1])) {
        Some(pair) => Err(format!("its history has `{}` after `{}`", pair[1], pair[0])),
        None if history.first() != Some(&"created") => {
            Err(format!("its history begins otherwise: {history:?}"))
        }
        None if history.last().copied() != object["status"].as_str() => {
            Err(format!("its history ends otherwise: {history:?}"))
        }
        None => Ok(()),
    }
}

#[test]
fn a_life_cycle_may_skip_unseen_steps_and_never_goes_back() {
    let object = |status: &str| serde_json::json!({ "id": "1", "status": status });
    let mut lifecycles = Lifecycles::default();
    lifecycles.see("PayoutBatch", &object("created")).unwrap();
    lifecycles.see("PayoutBatchResults", &object("paying_out")).unwrap();
    lifecycles.see("PayoutBatch", &object("processing")).unwrap_err();
    lifecycles.see("Payable", &object("paid")).unwrap_err();
}
