//! Random faults, drawn from a seed.

use std::collections::HashMap;

use serde_json::Value;

use super::{
    ErrorBody, Fault, FaultError, RetryAfter, When,
    target::{Candidate, Target},
};
use crate::{
    http::{Framing, Incoming},
    state::{fingerprint, mix},
};

/// Random faults drawn from a seed: the same seed and the same requests give the same run.
///
/// The draw for a request depends on its content, without the idempotency key, and on how often that content came
/// before. So neither fresh keys nor the order in which concurrent requests arrive change the run.
///
/// The default faults lose money in clients that take a lost answer for a failed payout: a reset before the request is
/// read, before and after the commit; an answer cut in each framing; 500, 502, 503 and 504 on both sides of the commit;
/// 409 and 429 on both sides; a redirect after the commit; JSON of another shape. Faults that end only when the client
/// gives up, such as [`Fault::NoAnswer`], are drawn when [`only`](Self::only) names them.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    pub(super) seed: u64,
    pub(super) rate: f64,
    pub(super) target: Target,
    pub(super) faults: Vec<(Fault, When)>,
}

impl Faults {
    /// Draws from this seed, for half of the requests.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, rate: 0.5, target: Target::Everything, faults: usual() }
    }

    /// Sets the share of requests that get a fault, from 0 (none) to 1 (all).
    #[must_use]
    pub fn rate(self, rate: f64) -> Self {
        Self { rate, ..self }
    }

    /// Draws for one operation, tag or path alone.
    ///
    /// # Errors
    /// Returns an error for a name that the document does not have.
    pub fn on(self, target: &str) -> Result<Self, FaultError> {
        Ok(Self { target: Target::read(target)?, ..self })
    }

    /// Draws from these faults alone, each on both sides of the commit.
    #[must_use]
    pub fn only(self, faults: impl IntoIterator<Item = Fault>) -> Self {
        let both = |fault: Fault| [(fault.clone(), When::Before), (fault, When::After)];
        Self { faults: faults.into_iter().flat_map(both).collect(), ..self }
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    pub(crate) fn part(&self) -> f64 {
        self.rate
    }
}

fn usual() -> Vec<(Fault, When)> {
    use When::{After, Before};
    let error = |status, body| Fault::ServerError { status, body };
    let elsewhere = "https://elsewhere.dots-sandbox.invalid/".to_owned();
    vec![
        (Fault::ResetUnread, Before),
        (Fault::Reset, Before),
        (Fault::Reset, After),
        (Fault::CutAnswer(Framing::Length), After),
        (Fault::CutAnswer(Framing::Chunked), After),
        (Fault::CutAnswer(Framing::UntilClose), After),
        (error(500, ErrorBody::Json), Before),
        (error(500, ErrorBody::Json), After),
        (error(502, ErrorBody::Html), After),
        (error(503, ErrorBody::Empty), Before),
        (error(503, ErrorBody::Empty), After),
        (error(504, ErrorBody::Html), After),
        (Fault::Conflict, Before),
        (Fault::Conflict, After),
        (Fault::TooManyRequests(RetryAfter::Absent), Before),
        (Fault::TooManyRequests(RetryAfter::Absent), After),
        (Fault::Redirect { status: 307, to: elsewhere }, After),
        (Fault::OtherShape, After),
    ]
}

/// A draw in progress.
#[derive(Debug)]
pub(crate) struct Draw {
    pub(crate) faults: Faults,
    pub(crate) fired: usize,
    /// How often each request came, by its identity.
    met: HashMap<u64, u64>,
}

impl Draw {
    pub(crate) fn new(faults: Faults) -> Self {
        Self { faults, fired: 0, met: HashMap::new() }
    }

    /// Whether the draw includes this request.
    pub(crate) fn fits(&self, candidate: &Candidate<'_>) -> bool {
        self.faults.target.fits(candidate)
    }

    /// Counts a request, and returns how often it came before.
    pub(crate) fn meet(&mut self, identity: u64) -> u64 {
        let met = self.met.entry(identity).or_default();
        let before = *met;
        *met = before.saturating_add(1);
        before
    }

    /// Draws for one request.
    pub(crate) fn next(&mut self, identity: u64) -> Option<(Fault, When)> {
        let before = self.meet(identity);
        let drawn = mix(self.faults.seed ^ mix(identity ^ mix(before)));
        if !is_within(drawn, self.faults.rate) {
            return None;
        }
        let count = u64::try_from(self.faults.faults.len()).ok().filter(|count| *count > 0)?;
        let chosen = usize::try_from(mix(drawn) % count).ok()?;
        self.faults.faults.get(chosen).cloned()
    }
}

/// Whether the upper half of a drawn number falls within this share of its range.
#[expect(clippy::float_arithmetic, reason = "a rate is a fraction, and no money depends on it")]
fn is_within(drawn: u64, rate: f64) -> bool {
    let upper = u32::try_from(drawn >> 32).unwrap_or(u32::MAX);
    f64::from(upper) < rate * (f64::from(u32::MAX) + 1.0)
}

/// Returns a number that identifies a request, without its idempotency key.
pub(crate) fn identity(incoming: &Incoming) -> u64 {
    let mut body: Value = serde_json::from_slice(&incoming.body).unwrap_or_default();
    if let Some(fields) = body.as_object_mut() {
        fields.remove("idempotency_key");
    }
    let whole = Value::from(vec![
        Value::from(incoming.method.as_str()),
        Value::from(incoming.path.as_str()),
        Value::from(incoming.query.clone()),
        body,
    ]);
    fingerprint(&whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_the_part_of_requests_that_go_wrong() {
        let part = |rate| (0..10_000).filter(|n| is_within(mix(*n), rate)).count();
        assert_eq!((part(0.0), part(1.0)), (0, 10_000));
        assert!((3_800..4_200).contains(&part(0.4)), "{}", part(0.4));
    }
}
