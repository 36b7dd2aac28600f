//! `/_sandbox/faults`: arms, draws, lists and clears faults.

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    fault::{Fault, FaultError, FaultRule, Faults, Target, When},
    http::{Incoming, Refusal, Reply},
    simulator::Simulator,
};

/// A rule, `{"fault": "reset", "when": "after", "on": "send_payout", "times": 2}`, or a draw,
/// `{"seed": 7, "rate": 0.4, "on": "send_payout", "only": ["reset"]}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    fault: Option<String>,
    when: Option<When>,
    on: Option<String>,
    /// A number, or `always`.
    times: Option<Value>,
    seed: Option<u64>,
    rate: Option<f64>,
    only: Option<Vec<String>>,
}

/// How many more bytes of a slow answer are sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Release {
    bytes: usize,
}

pub(crate) fn list(simulator: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &simulator.world().faults.show(), ""))
}

pub(crate) fn inject(simulator: &Simulator, incoming: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    let wanted: Wanted = incoming.json()?;
    let is_draw = wanted.seed.is_some() || wanted.rate.is_some() || wanted.only.is_some();
    match wanted.fault.as_deref() {
        Some(name) if !is_draw => {
            let rule = rule(name, &wanted).map_err(|error| refuse(&error))?;
            simulator.world().faults.arm(rule);
        }
        None if is_draw => {
            let faults = drawn(&wanted).map_err(|error| refuse(&error))?;
            simulator.world().faults.draw(Some(faults));
        }
        _ => return Err(Refusal::invalid("one of `fault` and `seed` is needed, and not both")),
    }
    list(simulator, incoming, params)
}

fn rule(name: &str, wanted: &Wanted) -> Result<FaultRule, FaultError> {
    let mut rule = FaultRule::from(name.parse::<Fault>()?);
    rule.when = wanted.when.unwrap_or(rule.when);
    rule.target = target(wanted)?;
    rule.limit = match &wanted.times {
        None => rule.limit,
        Some(Value::String(word)) if word == "always" => None,
        Some(number) => {
            let number = number.as_u64().and_then(|number| usize::try_from(number).ok());
            Some(number.ok_or_else(|| FaultError::new("`times` must be a number or `always`"))?)
        }
    };
    rule.endable()
}

fn drawn(wanted: &Wanted) -> Result<Faults, FaultError> {
    let rate = wanted.rate.unwrap_or(0.5);
    if !(0.0..=1.0).contains(&rate) {
        return Err(FaultError::new("`rate` must be between 0 and 1"));
    }
    let mut faults = Faults::seeded(wanted.seed.unwrap_or(1)).rate(rate);
    if let Some(names) = &wanted.only {
        let only: Result<Vec<Fault>, FaultError> = names.iter().map(|name| name.parse()).collect();
        faults = faults.only(only?);
    }
    faults.on(wanted.on.as_deref().unwrap_or("*"))
}

fn target(wanted: &Wanted) -> Result<Target, FaultError> {
    wanted.on.as_deref().map_or(Ok(Target::Everything), Target::read)
}

fn refuse(error: &FaultError) -> Refusal {
    Refusal::invalid(error.to_string())
}

pub(crate) fn clear_all(
    simulator: &Simulator,
    incoming: &Incoming,
    params: &[&str],
) -> Result<Reply, Refusal> {
    simulator.world().faults.clear();
    list(simulator, incoming, params)
}

pub(crate) fn clear_one(
    simulator: &Simulator,
    incoming: &Incoming,
    params: &[&str],
) -> Result<Reply, Refusal> {
    let id = id(params).filter(|id| simulator.world().faults.clear_one(*id));
    id.map_or_else(|| Err(missing()), |_| list(simulator, incoming, params))
}

/// Sends more bytes of a slow answer.
pub(crate) fn release(simulator: &Simulator, incoming: &Incoming, params: &[&str]) -> Result<Reply, Refusal> {
    let Release { bytes } = incoming.json()?;
    let released = id(params).is_some_and(|id| simulator.world().faults.release(id, bytes));
    if released { list(simulator, incoming, params) } else { Err(missing()) }
}

/// Commits the deferred requests.
pub(crate) fn commit_late(simulator: &Simulator, _: &Incoming, _: &[&str]) -> Result<Reply, Refusal> {
    Ok(Reply::json(StatusCode::OK, &json!({ "committed": simulator.commit_late() }), ""))
}

fn id(params: &[&str]) -> Option<u64> {
    params.first()?.parse().ok()
}

fn missing() -> Refusal {
    Refusal::missing("no such fault is armed")
}
