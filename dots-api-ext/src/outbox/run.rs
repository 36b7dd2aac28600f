//! A run of payouts: its name, when it is to be paid, and what it has to come to.

use std::time::SystemTime;

use dots_api::Cents;

use super::row::Time;
use crate::policy::idempotency::{canonical, checked};

/// Names a run of payouts, such as the payroll of a month; see [`Outbox::plan_all`](super::Outbox::plan_all).
///
/// A text converts into a run without a pay date.
///
/// # Examples
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use dots_api_ext::Cents;
/// use dots_api_ext::outbox::Run;
///
/// let friday = SystemTime::now() + Duration::from_secs(2 * 24 * 60 * 60);
/// let run = Run::new("2026-11").pay_at(friday).expect_total(120, Cents::new(4_810_000));
/// assert_eq!(run.name(), "2026-11");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Run {
    name: String,
    pub(super) pay_at: Option<Time>,
    pub(super) expected: Option<(u64, Cents)>,
}

impl Run {
    /// Names a run. A name with a `/`, with which the reference of a row goes on, is refused when it is planned.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: canonical(&name.into()).into_owned(), pay_at: None, expected: None }
    }

    /// Sets the pay date: nothing of the run is sent earlier.
    ///
    /// A key may be sent for 20 hours after its plan. So a run that is planned further ahead is looked up once in Dots'
    /// lists when its time has come, and is then sent under new keys.
    pub fn pay_at(self, time: SystemTime) -> Self {
        Self { pay_at: Some(time.into()), ..self }
    }

    /// Sets how many payouts the list has to have and what they have to come to, whichever way their money goes; with
    /// other totals nothing is planned.
    pub fn expect_total(self, payouts: u64, total: Cents) -> Self {
        Self { expected: Some((payouts, total)), ..self }
    }

    /// Refuses a name with which no reference can begin.
    pub(super) fn check(&self) -> Result<(), String> {
        // Else the row `b/c` of the run `a` would be the row `c` of the run `a/b`.
        let why = if self.name.contains('/') {
            Some("it holds a `/`".to_owned())
        } else {
            checked(&self.name).err()
        };
        why.map_or(Ok(()), |why| Err(format!("the name of a run is the beginning of references: {why}")))
    }

    /// Returns its name, with which the references of its payouts begin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl From<&str> for Run {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Run {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

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
    /// The sum of all payouts of the run that are not cancelled, whichever way their money goes.
    pub total: Cents,
    /// When it is paid at the earliest, if it has a pay date.
    pub pay_at: Option<SystemTime>,
}
