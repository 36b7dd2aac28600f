//! Payouts from a user's wallet, funded by the app or not.

use std::time::Duration;

use dots_api::{Cents, Metadata, PayoutFeeParty, PayoutMethodId, TransferStatus};
use dots_api_ext::{Outcome, PayoutRail};
use dots_sandbox::{Fault, When};
use serde_json::json;

use crate::support::operator::does;
use crate::support::world::{FULL_WALLET, KEY, TEN_DOLLARS, key, last_body, sandbox, user};

#[tokio::test]
async fn a_wallet_pays_what_is_in_it_and_no_more() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let error = dots.pay_from_wallet(&user, TEN_DOLLARS, PayoutRail::Venmo).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
    dots.transfer_to_user(&user, TEN_DOLLARS).await.unwrap();
    dots.pay_from_wallet(&user, TEN_DOLLARS, PayoutRail::Venmo).await.unwrap();
    assert_eq!((sandbox.paid(user.as_str()), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}

#[tokio::test]
async fn each_rail_goes_over_the_wire_with_the_account_that_it_needs() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let account: PayoutMethodId = "5cd1d05a-8ae7-4d78-9d3c-8f05e0c0b1d2".parse().unwrap();
    let method =
        dots_api_ext::PayoutMethod::ach("110000000", "000123456789", dots_api::BankAccountType::Checking);
    dots.add_payout_method(&user, method).await.unwrap();
    let ach = dots.list_payout_methods(&user).await.unwrap()[0].id.clone().unwrap();
    let cent = Cents::new(1);
    for (rail, name, account) in [
        (PayoutRail::Paypal, "paypal", None),
        (PayoutRail::Venmo, "venmo", None),
        (PayoutRail::CashApp, "cash_app", None),
        (PayoutRail::Payoneer, "payoneer", None),
        (PayoutRail::Airtm, "airtm", None),
        (PayoutRail::Ach(ach.clone()), "ach", Some(ach)),
        (PayoutRail::BankTransfer(account.clone()), "bank_transfer", Some(account)),
    ] {
        dots.pay_from_wallet(&user, cent, rail).fund().await.unwrap();
        let body = last_body(&sandbox);
        let expected = account.map(|account| json!(account));
        assert_eq!((&body["platform"], body.get("account_id")), (&json!(name), expected.as_ref()));
    }
    assert_eq!((sandbox.paid(user.as_str()), sandbox.balance()), (7, FULL_WALLET - 7));
}

#[tokio::test]
async fn every_option_goes_over_the_wire() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    dots.pay_from_wallet(&user, TEN_DOLLARS, PayoutRail::Paypal)
        .fund_tax_exempt()
        .payout_fee_party(PayoutFeeParty::User)
        .metadata(Metadata::from_iter([("invoice", "881")]))
        .with_idempotency_key(key())
        .await
        .unwrap();
    let expected = json!({
        "user_id": user, "amount": 1000, "platform": "paypal", "fund": true, "tax_exempt": true,
        "payout_fee_party": "user", "metadata": { "invoice": "881" }, "idempotency_key": KEY,
    });
    assert_eq!(last_body(&sandbox), expected);
    assert_eq!(sandbox.paid(user.as_str()), 1_000);
}

#[tokio::test]
async fn a_funded_payout_that_comes_back_gives_the_app_its_money() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    let payout = dots.pay_from_wallet(&user, TEN_DOLLARS, PayoutRail::Venmo).fund().await.unwrap();
    assert_eq!(payout.status, TransferStatus::Pending);
    does(&sandbox, &format!("transfers/{}/fail", payout.id), "").await;
    assert_eq!(dots.fetch_transfer(&payout.id).await.unwrap().status, TransferStatus::Failed);
    assert_eq!((sandbox.paid(user.as_str()), sandbox.balance()), (0, FULL_WALLET));
}

#[tokio::test]
async fn a_repeat_after_a_lost_answer_pays_once() {
    let (sandbox, dots) = sandbox().await;
    let user = user(&dots).await;
    sandbox.inject(Fault::Reset).on("create_payout").when(When::After);
    let payout = dots.pay_from_wallet(&user, TEN_DOLLARS, PayoutRail::Venmo).fund().reference("invoice-881");
    assert_eq!(payout.clone().await.unwrap_err().outcome(), Outcome::Unknown);
    let error = payout.await.unwrap_err();
    assert_eq!((error.outcome(), error.status()), (Outcome::Unknown, Some(409)));
    sandbox.advance(Duration::from_secs(60));
    assert_eq!((sandbox.paid(user.as_str()), sandbox.balance()), (1_000, FULL_WALLET - 1_000));
}
