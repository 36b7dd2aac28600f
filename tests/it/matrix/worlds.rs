//! Worlds with unreliable keys: forgotten, or reused for another payment.

use std::time::Duration;

use dots_api_ext::{Outcome, RetryPolicy};
use dots_sandbox::{Fault, KeyChangedBody, Sandbox, StoreErrors, When};

use super::kinds::{FUNDS, KEYED, Kind};
use crate::support::clock::TestClock;
use crate::support::world::builder_for;

/// The faults that lose the answer after the operation was carried out.
const LOSSES: [&str; 5] = ["reset", "cut:chunked", "502:html", "503:json", "redirect:307"];

fn fault(name: &str) -> Fault {
    name.parse().unwrap()
}

#[tokio::test]
async fn funds_that_the_first_payment_took_are_no_reason_to_call_it_rejected() {
    for store_errors in [StoreErrors::None, StoreErrors::All] {
        for (kind, loss) in KEYED.into_iter().flat_map(|kind| LOSSES.map(|loss| (kind, loss))) {
            let builder = Sandbox::builder().funds(1_000).key_ttl(Duration::ZERO).store_errors(store_errors);
            let sandbox = builder.start().await.unwrap();
            let builder = builder_for(&sandbox.url()).retry(RetryPolicy::standard());
            let dots = builder.clock(TestClock::default()).build().unwrap();
            let played = kind.prepare(&sandbox).await;
            let lost = sandbox.inject(fault(loss)).on(kind.operation()).when(When::After);
            let mut asked = Vec::new();
            for _ in 0..2 {
                let error = (played.run)(dots.clone()).await.unwrap_err();
                assert_eq!(error.outcome(), Outcome::Unknown, "{kind:?} after `{loss}`: {error}");
                asked.push(error.status());
            }
            // The key is forgotten, so only the empty wallet causes a refusal.
            assert!(asked.iter().all(|status| matches!(status, Some(400 | 402 | 307))), "{asked:?}");
            assert_eq!((lost.fired(), sandbox.balance()), (1, 0), "{kind:?} after `{loss}`");
        }
    }
}

#[tokio::test]
async fn a_key_that_comes_back_with_another_amount_pays_what_it_was_first_sent_for() {
    for reading in [KeyChangedBody::FirstAnswer, KeyChangedBody::Refuse] {
        for (kind, loss) in KEYED.into_iter().flat_map(|kind| LOSSES.map(|loss| (kind, loss))) {
            for (when, paid) in [(When::After, 1_000), (When::Before, 2_000)] {
                let sandbox =
                    Sandbox::builder().funds(FUNDS).key_changed_body(reading).start().await.unwrap();
                let dots = builder_for(&sandbox.url()).build().unwrap();
                let played = kind.prepare(&sandbox).await;
                let lost = sandbox.inject(fault(loss)).on(kind.operation()).when(when);
                let first = (played.run)(dots.clone()).await.unwrap_err();
                let second = (played.changed.unwrap())(dots).await;
                let seen = format!("{kind:?}, {reading:?}, `{loss}` {when:?}: {second:?}");
                assert_eq!((first.outcome(), lost.fired()), (Outcome::Unknown, 1), "{seen}");
                assert_eq!(second.is_ok(), when == When::Before, "{seen}");
                if let Err(error) = &second {
                    assert_eq!(error.outcome(), Outcome::Unknown, "{seen}");
                }
                assert_eq!(FUNDS - sandbox.balance(), paid, "{seen}");
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_that_used_its_key_up_stays_a_rejection_and_pays_nobody() {
    for kind in [Kind::SendPayout, Kind::WithdrawAppFunds] {
        let sandbox = Sandbox::builder().funds(0).store_errors(StoreErrors::All).start().await.unwrap();
        let dots = builder_for(&sandbox.url()).build().unwrap();
        let played = kind.prepare(&sandbox).await;
        for _ in 0..2 {
            let error = (played.run)(dots.clone()).await.unwrap_err();
            assert_eq!(error.outcome(), Outcome::Rejected, "{kind:?}: {error}");
        }
        assert_eq!((sandbox.balance(), sandbox.links()), (0, 0), "{kind:?}");
    }
}
