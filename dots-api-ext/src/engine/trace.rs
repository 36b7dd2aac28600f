//! What a call tells a tracing subscriber: one span for the call, one event for each attempt.
//!
//! With the feature `tracing` off, everything here is empty and costs nothing. With it on, the names are those of
//! OpenTelemetry for HTTP clients, and what is told is only what may stand in any log: the operation, its template, the
//! status, the idempotency key and what became of the call. No id, query, header or body is.

#[cfg(not(feature = "tracing"))]
mod off;
#[cfg(feature = "tracing")]
mod on;

#[cfg(not(feature = "tracing"))]
pub(crate) use off::{Server, answered, call, failed};
#[cfg(feature = "tracing")]
pub(crate) use on::{Server, answered, call, failed};
