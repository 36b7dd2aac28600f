//! Transfers between app and user, with the right sign.

use dots_api::{Cents, Metadata, TransferStatus};
use dots_api_ext::Outcome;
use dots_sandbox::{Fault, When};
use insta::assert_snapshot;
use serde_json::json;

use crate::support::world::{FULL_WALLET, KEY, TEN_DOLLARS, key, last_body, refused_unsent, sandbox, user};

#[tokio::test]
async fn what_goes_to_a_user_is_negative_and_what_comes_back_is_positive() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let given = dots
        .transfer_to_user(&user, TEN_DOLLARS)
        .metadata(Metadata::from_iter([("bonus", "17")]))
        .tax_exempt(true)
        .with_idempotency_key(key())
        .await
        .unwrap();
    let expected = json!({
        "amount": -1000, "user_id": user, "metadata": { "bonus": "17" }, "tax_exempt": true,
        "idempotency_key": KEY,
    });
    assert_eq!(last_body(&sandbox), expected);
    assert_eq!((given.amount, given.status.clone()), (Cents::new(-1_000), TransferStatus::Completed));
    assert_eq!(sandbox.balance(), FULL_WALLET - 1_000);
    let back = dots.transfer_from_user(&user, Cents::new(400)).await.unwrap();
    assert_eq!(dots.fetch_transfer(&back.id).await.unwrap().amount, Cents::new(400));
    let wallet = dots.fetch_user(&user).await.unwrap().into_inner().wallet.unwrap();
    assert_eq!((wallet.amount, sandbox.balance()), (Some(Cents::new(600)), FULL_WALLET - 600));
}

#[tokio::test]
async fn a_repeat_after_a_lost_answer_is_refused_and_moves_the_money_once() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    sandbox.inject(Fault::Reset).on("create_transfer").when(When::After);
    let transfer = dots.transfer_to_user(&user, TEN_DOLLARS).reference("bonus-17");
    let error = transfer.clone().await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    let error = transfer.await.unwrap_err();
    assert_eq!((error.outcome(), error.status()), (Outcome::Unknown, Some(409)));
    assert_snapshot!(sandbox.transcript(), @r"
    POST /v2/users -> 201 created user [u1]
    POST /v2/transfers key=[k1] -> (connection reset after commit) 200 created transfer [t1]
    POST /v2/transfers key=[k1] -> 409 invalid-transaction: `idempotency_key` was used before
    ");
    assert_eq!(sandbox.balance(), FULL_WALLET - 1_000);
}

#[tokio::test]
async fn a_sign_in_the_amount_is_not_sent() {
    let (sandbox, dots) = sandbox().await;
    let user = "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse().unwrap();
    for cents in [0, -1, -1_000, i64::MIN] {
        for transfer in [
            dots.transfer_to_user(&user, Cents::new(cents)),
            dots.transfer_from_user(&user, Cents::new(cents)),
        ] {
            let error = refused_unsent(transfer).await;
            assert!(error.to_string().contains(&format!("`{cents}` cents")), "{error}");
        }
    }
    assert_eq!((sandbox.requests().len(), sandbox.balance()), (0, FULL_WALLET));
}
