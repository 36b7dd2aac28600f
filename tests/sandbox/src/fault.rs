//! Fault injection: what goes wrong on demand, request by request or drawn from a seed.
//!
//! A fault fires at one of four injection points: at the listener (connections), at the head (the request is not read
//! yet), before the commit or after it. A fault never changes the state itself: its injection point decides whether the
//! operation happens, and `simulator` carries that out. Where a fault breaks HTTP itself, the server sends a
//! [`RawResponse`](crate::http::RawResponse) on the bare socket; otherwise it sends an ordinary answer. Nothing of this
//! costs anything while no fault is armed.

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
