//! Plans a run of payouts: all of its rows, or none.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use dots_api::Cents;

use super::desk::{Outbox, differences};
use super::error::OutboxError;
use super::payable::Payable;
use super::row::{Row, State};
use super::row_problem::RowProblem;
use super::sqlite::{SqliteStore, StoreError};
use super::store::{Entry, Store as _};
use crate::calls::prepared::Prepared;

/// The most wrong rows of a run that are told.
const MOST_PROBLEMS: usize = 1_000;

/// What a run came to when it was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunPlan {
    /// The name of the run.
    pub run: String,
    /// How many payouts are new.
    pub new: u64,
    /// How many were planned before, those that are paid left out.
    pub known: u64,
    /// How many were already paid.
    pub already_paid: u64,
    /// The sum of all payouts of the run that are not cancelled.
    pub total: Cents,
}

impl Outbox {
    /// Writes the payouts of a run down, all or none; the reference of each is the name of the run, `/`, and its own.
    ///
    /// So the employee number of a payroll is another reference each month. Planning the same run again is quiet: what
    /// is known stays as it is. Memory does not grow with the rows, except for eight bytes of each.
    ///
    /// # Errors
    /// Returns all rows that are wrong, and plans none then: invalid payouts, references that occur twice, payouts that
    /// differ from those that are known, and a run above its limit.
    ///
    /// # Examples
    /// See [`work`](Self::work).
    pub async fn plan_all<O, R, I>(&self, run: impl Into<String>, rows: I) -> Result<RunPlan, OutboxError>
    where
        O: Payable,
        R: Into<String>,
        I: IntoIterator<Item = (R, Prepared<O>)> + Send + 'static,
    {
        let (run, outbox) = (run.into(), self.clone());
        let (worker, rules, limits) = (self.clock(), self.rules, self.limits);
        let job = move |store: &mut SqliteStore| {
            let row = store.planned(worker, &rules);
            let mut plan =
                RunPlan { run: run.clone(), new: 0, known: 0, already_paid: 0, total: Cents::ZERO };
            let (mut problems, mut seen, hash) = (Vec::new(), HashSet::new(), RandomState::new());
            for (number, (own, payout)) in (1..).zip(rows) {
                let own: String = own.into();
                let reference = format!("{run}/{own}");
                let is_new = seen.insert(hash.hash_one(&reference));
                let problem = if is_new {
                    let entry = outbox.entry(reference.clone(), Some(run.clone()), payout);
                    add(store, &row, entry, &mut plan)?
                } else {
                    Some("the reference occurs twice in the run".to_owned())
                };
                if let Some(why) = problem.filter(|_| problems.len() < MOST_PROBLEMS) {
                    problems.push(RowProblem { number, reference, why });
                }
            }
            plan.total = Cents::new(store.run_total(&run)?);
            if let Some(most) = limits.run.filter(|most| plan.total > *most) {
                let why =
                    format!("the run's total of `{}` is above the limit per run of `{most}`", plan.total);
                problems.push(RowProblem { number: 0, reference: run, why });
            }
            if problems.is_empty() { Ok(plan) } else { Err(StoreError::Rows(problems)) }
        };
        Ok(self.writer.write(job).await?)
    }
}

/// Plans a row of a run; says what is wrong with it.
fn add(
    store: &mut SqliteStore,
    row: &Row,
    entry: Result<Entry, String>,
    plan: &mut RunPlan,
) -> Result<Option<String>, StoreError> {
    let entry = match entry {
        Ok(entry) => entry,
        Err(why) => return Ok(Some(why)),
    };
    let Some(known) = store.insert(&entry, row)? else {
        plan.new = plan.new.saturating_add(1);
        return Ok(None);
    };
    let differs = differences(&entry, &known);
    if !differs.is_empty() {
        return Ok(Some(format!(
            "the reference is known with another payout: its {} differ",
            differs.join(", ")
        )));
    }
    let is_paid = known.row.state == State::Settled;
    let count = if is_paid { &mut plan.already_paid } else { &mut plan.known };
    *count = count.saturating_add(1);
    Ok(None)
}
