//! What goes wrong on demand: scripted, one exchange after the other, or drawn from a seed.
//!
//! A fault stands at one of four places: at the listener (connections), at the head (the request is not read), before the
//! commit or after it. It never touches the world itself: whether the operation happened is decided by where the fault
//! stands, and `simulator` carries that out. What is sent instead of the answer is a [`RawResponse`] for the bare socket when
//! HTTP itself breaks, and an ordinary answer otherwise. Nothing of this costs anything while no fault is armed.

mod armed;
mod corrupt;
mod deferred;
mod draw;
mod gzip_bomb;
mod kind;
mod list_lag;
mod name;
mod rule;
mod target;
mod triggered;

pub(crate) use armed::{ArmedFaults, Entry as FaultEntry, Shared};
pub(crate) use deferred::DeferredRequest;
pub use draw::Faults;
pub(crate) use draw::identity;
pub(crate) use kind::InjectionPoint;
pub use kind::{ErrorBody, Fault, Lag, RetryAfter, When};
pub use name::FaultError;
pub use rule::FaultRule;
pub(crate) use target::{Candidate, Target};
pub(crate) use triggered::TriggeredFault;
