//! Nothing, in the shape of `on`.

use std::time::Duration;

use dots_api::{IdempotencyKey, OperationMeta};
use http::StatusCode;

use crate::error::Error;
use crate::network::config::Environment;

/// Where calls go, which nobody asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Server;

impl Server {
    #[inline]
    pub(crate) const fn of(_: &Environment) -> Self {
        Self
    }
}

#[inline]
pub(crate) const fn call<F>(
    _: &'static OperationMeta,
    _: Option<IdempotencyKey>,
    _: &Server,
    attempts: F,
) -> F {
    attempts
}

#[inline]
pub(crate) const fn answered(_: u32, _: StatusCode) {}

#[inline]
pub(crate) const fn failed(_: u32, _: &Error, _: Option<Duration>) {}
