//! The engine: sends one call, attempt by attempt, and reports what came of it.

pub(crate) mod attempt;
pub(crate) mod call;
pub(crate) mod trace;
