//! A client knows which of its keys are in doubt, and lets no refusal talk it out of the doubt.

use dots_api_ext::{Delivery, Dots, IdempotencyKey};

use crate::wire::{Answer, Wire};
use crate::world::{KEY, TEN_DOLLARS, client_of, key, somebody};

const REFUSED: &str = r#"{"success":false,"message":"insufficient funds"}"#;

/// A connection that breaks when the request is read: the payout may have been made.
fn lost() -> Answer {
    Answer::cut("")
}

fn refused() -> Answer {
    Answer::json("400 Bad Request", REFUSED)
}

fn made() -> Answer {
    Answer::json("201 Created", format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#))
}

async fn deliver(dots: &Dots, key: IdempotencyKey) -> Result<(), Delivery> {
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).idempotency_key(key);
    payout.await.map(drop).map_err(|error| error.delivery())
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_stays_unknown() {
    let wire = Wire::start([lost(), refused()]).await;
    let dots = client_of(&wire.url());
    assert_eq!(deliver(&dots, key()).await, Err(Delivery::Unknown));
    assert_eq!(deliver(&dots, key()).await, Err(Delivery::Unknown));
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn a_refused_connection_after_a_lost_answer_stays_unknown() {
    let wire = Wire::start([lost()]).await;
    let dots = client_of(&wire.url());
    assert_eq!(deliver(&dots, key()).await, Err(Delivery::Unknown));
    drop(wire);
    assert_eq!(deliver(&dots, key()).await, Err(Delivery::Unknown));
}

#[tokio::test]
async fn the_clones_of_a_client_share_their_doubts() {
    let wire = Wire::start([lost(), refused()]).await;
    let dots = client_of(&wire.url());
    assert_eq!(deliver(&dots.clone(), key()).await, Err(Delivery::Unknown));
    assert_eq!(deliver(&dots, key()).await, Err(Delivery::Unknown));
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn another_client_of_the_account_knows_the_doubt() {
    let wire = Wire::start([lost(), refused()]).await;
    assert_eq!(deliver(&client_of(&wire.url()), key()).await, Err(Delivery::Unknown));
    assert_eq!(deliver(&client_of(&wire.url()), key()).await, Err(Delivery::Unknown));
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn an_answer_settles_the_doubt_and_a_later_refusal_does_not_undo_it() {
    let wire = Wire::start([lost(), made(), refused()]).await;
    let dots = client_of(&wire.url());
    assert_eq!(deliver(&dots, key()).await, Err(Delivery::Unknown));
    assert_eq!(deliver(&dots, key()).await, Ok(()));
    // What was paid stays paid, whatever a later send of the key is told.
    assert_eq!(deliver(&dots, key()).await, Err(Delivery::Unknown));
    assert_eq!(wire.requests().len(), 3);
}

#[tokio::test]
async fn the_doubt_about_one_key_says_nothing_about_another() {
    let wire = Wire::start([lost(), refused()]).await;
    let dots = client_of(&wire.url());
    assert_eq!(deliver(&dots, key()).await, Err(Delivery::Unknown));
    assert_eq!(deliver(&dots, IdempotencyKey::fresh()).await, Err(Delivery::Rejected));
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn a_call_that_is_dropped_on_its_way_leaves_its_key_in_doubt() {
    let wire = Wire::start([Answer::Silence, refused()]).await;
    let dots = client_of(&wire.url());
    tokio::select! {
        outcome = deliver(&dots, key()) => panic!("nobody answered, and yet: {outcome:?}"),
        () = one_request(&wire) => {}
    }
    assert_eq!(deliver(&dots, key()).await, Err(Delivery::Unknown));
    assert_eq!(wire.requests().len(), 2);
}

/// Waits until a request has arrived.
async fn one_request(wire: &Wire) {
    while wire.requests().is_empty() {
        tokio::task::yield_now().await;
    }
}
