//! Idempotency keys in flight: their first request has not finished.
//!
//! Requests are decided one after the other. A key is in flight only while its request waits between
//! [`acquire`](InFlightKeys::acquire) and the end of its [`KeyLease`]: because of `commit_delay`, or of a fault that
//! commits late.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::{http::Refusal, options::KeyInflight, state::Scope};

type Locks = Mutex<HashMap<Scope, Arc<AsyncMutex<()>>>>;

/// The keys in flight.
#[derive(Debug, Default)]
pub(crate) struct InFlightKeys {
    locks: Locks,
}

/// The lease on a key: the key belongs to one request until the lease is dropped.
#[derive(Debug)]
pub(crate) struct KeyLease<'i> {
    key: Option<(&'i Locks, Scope, OwnedMutexGuard<()>)>,
}

impl InFlightKeys {
    /// Leases a key to a request, if the request has one.
    ///
    /// # Errors
    /// Refuses with 409 when another request holds the key and the option says so.
    pub(crate) async fn acquire(
        &self,
        scope: Option<Scope>,
        reading: KeyInflight,
    ) -> Result<KeyLease<'_>, Refusal> {
        let Some(scope) = scope.filter(|_| reading != KeyInflight::Race) else {
            return Ok(KeyLease { key: None });
        };
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(locks.entry(scope).or_default())
        };
        let guard = match reading {
            KeyInflight::Conflict => lock.try_lock_owned().map_err(|_| {
                Refusal::busy(format!("the first request with the key `{}` is still under way", scope.key))
            })?,
            KeyInflight::Wait | KeyInflight::Race => lock.lock_owned().await,
        };
        Ok(KeyLease { key: Some((&self.locks, scope, guard)) })
    }
}

impl Drop for KeyLease<'_> {
    fn drop(&mut self) {
        let Some((locks, scope, guard)) = self.key.take() else { return };
        let mut locks = locks.lock().unwrap_or_else(PoisonError::into_inner);
        // One reference in the map and one in this guard: no request waits, so the entry can go.
        if Arc::strong_count(OwnedMutexGuard::mutex(&guard)) <= 2 {
            locks.remove(&scope);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

    use uuid::Uuid;

    use super::*;

    fn scope() -> Option<Scope> {
        Some(Scope { app: Uuid::nil(), operation: 0, key: Uuid::nil(), body: 0 })
    }

    #[tokio::test]
    async fn a_key_in_flight_is_refused_waited_for_or_raced() {
        let keys = InFlightKeys::default();
        let first = keys.acquire(scope(), KeyInflight::Wait).await.unwrap();
        keys.acquire(scope(), KeyInflight::Conflict).await.unwrap_err();
        drop(keys.acquire(scope(), KeyInflight::Race).await.unwrap());
        let second = keys.acquire(scope(), KeyInflight::Wait);
        let ((), _second) = tokio::join!(async { drop(first) }, second);
    }

    #[tokio::test]
    async fn nothing_is_left_of_a_key_without_a_lease() {
        let keys = InFlightKeys::default();
        drop(keys.acquire(scope(), KeyInflight::Wait).await.unwrap());
        assert!(keys.locks.lock().unwrap().is_empty());
        drop(keys.acquire(scope(), KeyInflight::Conflict).await.unwrap());
    }
}
