//! What goes wrong on demand: scripted, one exchange after the other, or drawn from a seed.
//!
//! A fault stands at one of four places: at the door (connections), at the head (the request is not read), before the
//! commit or after it. It never touches the world itself: whether the operation happened is decided by where the fault
//! stands, and `simulator` carries that out. What is sent instead of the answer is a [`Script`] for the bare socket when
//! HTTP itself breaks, and an ordinary answer otherwise. Nothing of this costs anything while no fault is armed.

mod armed;
mod bomb;
mod claim;
mod door;
mod draw;
mod injection;
mod kind;
mod lag;
mod late;
mod name;
mod routes;
mod rule;
mod script;
mod spoil;
mod target;

pub(crate) use armed::{Armed, Fact as FaultFact};
pub(crate) use claim::{Claim, Mark};
pub(crate) use door::Door;
pub use draw::Faults;
pub(crate) use draw::identity;
pub use injection::Injection;
pub(crate) use kind::Place;
pub use kind::{ErrorBody, Fault, Framing, Lag, Pace, RetryAfter, When};
pub(crate) use late::Late;
pub use name::FaultError;
pub(crate) use routes::{clear_all, clear_one, commit_late, inject, list, release};
pub use rule::FaultRule;
pub(crate) use script::Script;
pub(crate) use target::Asked;
