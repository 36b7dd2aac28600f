//! Policy: what decides about money, as pure rules without input or output.
//!
//! - [`retry`]: what a failed attempt proves, whether a retry follows, and how soon
//! - [`key_registry`]: which idempotency keys were sent, are in doubt or in flight
//! - [`circuit_breaker`], [`pacer`]: when a request is admitted
//! - [`cross_check`]: whether an answer speaks of the payment that was asked for
//! - [`idempotency`]: keys from business references
//! - [`validate`]: what is refused before anything is sent
//! - [`clock`]: the time, which tests make themselves
//! - [`event`]: what waits are made of

pub(crate) mod circuit_breaker;
pub(crate) mod clock;
pub(crate) mod cross_check;
pub(crate) mod event;
pub(crate) mod idempotency;
pub(crate) mod key_registry;
pub(crate) mod pacer;
pub(crate) mod retry;
pub(crate) mod validate;
