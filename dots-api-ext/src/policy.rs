//! What decides about money: pure rules, without input or output.

pub(crate) mod circuit_breaker;
pub(crate) mod clock;
pub(crate) mod cross_check;
pub(crate) mod idempotency;
pub(crate) mod key_registry;
pub(crate) mod retry;
pub(crate) mod validate;
