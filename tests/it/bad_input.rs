//! Input validation: invalid ids, amounts and phone numbers, against every method, with nothing sent.

use dots_api::{Cents, FlowStep, Operation, UserId};
use dots_api_ext::{BatchItem, Dots, LinkDelivery, Payee, PayoutMethod, PayoutRail, Phone};
use serde_json::json;

use crate::support::world::{FULL_WALLET, TEN_DOLLARS, phone, refused_unsent, sandbox, somebody};

/// Texts that are not ids. In a path, some of them would reach another operation.
fn bad_ids() -> Vec<String> {
    let short = [
        "",
        ".",
        "..",
        "../x",
        "..\\x",
        "a\\..\\b",
        "%2e%2e",
        "%252e",
        "a/b",
        "a?b",
        "a#b",
        "\0",
        "\r\nX: y",
        "\u{202e}abc",
        "a\u{200b}b",
        "..;",
        "https://example.com/",
        "//evil",
        " ",
        "id ",
        "ïd",
    ];
    short.into_iter().map(str::to_owned).chain(["a".repeat(65), "a".repeat(1 << 20)]).collect()
}

/// Texts that are not amounts.
const BAD_AMOUNTS: [&str; 16] = [
    "",
    "NaN",
    "inf",
    "-inf",
    "1e3",
    "0.001",
    "1.005",
    "10.00",
    "9223372036854775808",
    "-9223372036854775809",
    "1,000",
    "١٢",
    "+1",
    " 1",
    "0x10",
    "$10",
];

/// Amounts that are not above zero.
const NOT_ABOVE_ZERO: [i64; 4] = [0, -1, -1_000, i64::MIN];

/// Invalid country codes and phone numbers.
fn bad_phones() -> Vec<(String, String)> {
    let forty = "9".repeat(40);
    let good = "2025550139";
    let numbers = [
        "",
        "+",
        "+12025550139",
        "202-555-0139",
        "letters",
        "٢٠٢٥",
        "\0",
        " 2025550139",
        "1\r\nX: y",
        &forty,
    ];
    let codes = ["", "+", "+1", "US", "1234", "1 ", "١"];
    let numbers = numbers.iter().map(|number| ("1".to_owned(), (*number).to_owned()));
    numbers.chain(codes.iter().map(|code| ((*code).to_owned(), good.to_owned()))).collect()
}

fn somebody_else() -> UserId {
    "3c90c3cc-0d44-4b50-8888-8dd25736052a".parse().unwrap()
}

#[tokio::test]
async fn an_amount_that_pays_nobody_is_refused_by_every_function() {
    let (sandbox, dots) = sandbox().await;
    let user = somebody_else();
    for cents in NOT_ABOVE_ZERO {
        let amount = Cents::new(cents);
        let item = BatchItem::new(&user, amount, PayoutRail::Default);
        let errors = [
            refused_unsent(dots.send_payout(amount, somebody())).await,
            refused_unsent(dots.create_payout_link(amount, LinkDelivery::Link)).await,
            refused_unsent(dots.submit_payout_request(amount, somebody())).await,
            refused_unsent(dots.transfer_to_user(&user, amount)).await,
            refused_unsent(dots.transfer_from_user(&user, amount)).await,
            refused_unsent(dots.pay_from_wallet(&user, amount, PayoutRail::Default).fund()).await,
            refused_unsent(dots.create_payout_batch([item])).await,
        ];
        for error in errors {
            assert!(
                error.to_string().contains(&format!("must be above zero, not `{cents}` cents")),
                "{error}"
            );
        }
    }
    assert_eq!((sandbox.requests().len(), sandbox.balance()), (0, FULL_WALLET));
}

#[test]
fn a_text_that_is_no_amount_becomes_none() {
    for text in BAD_AMOUNTS {
        assert!(text.parse::<Cents>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn a_malformed_phone_number_is_refused_by_every_function_that_takes_one() {
    let (sandbox, dots) = sandbox().await;
    for (code, number) in bad_phones() {
        let phone = || Phone::new(&code, &number);
        let all = LinkDelivery::all(phone(), "jo@example.com");
        let errors = [
            refused_unsent(dots.send_payout(TEN_DOLLARS, Payee::phone(&code, &number))).await,
            refused_unsent(dots.submit_payout_request(TEN_DOLLARS, phone())).await,
            refused_unsent(dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Sms(phone()))).await,
            refused_unsent(dots.create_payout_link(TEN_DOLLARS, all)).await,
            refused_unsent(dots.create_user("Jo", "Doe", "jo@example.com", phone())).await,
        ];
        for error in errors {
            let shown = format!("{error}{error:?}");
            assert!(shown.contains("could not read a"), "{shown}");
            assert!(number.trim().len() < 2 || !shown.contains(number.trim()), "{shown}");
        }
    }
    assert_eq!((sandbox.requests().len(), sandbox.balance()), (0, FULL_WALLET));
}

#[test]
fn a_text_that_is_no_id_becomes_none() {
    for text in bad_ids() {
        assert!(text.parse::<UserId>().is_err(), "{text:?}");
        assert!(UserId::try_from(text).is_err());
    }
}

/// Runs a call that fails validation because of an id from an answer.
async fn refused<O: Operation>(call: dots_api_ext::Prepared<O>) {
    let error = refused_unsent(call).await;
    assert!(format!("{error:?}").len() < 2_000, "the error repeats the id");
}

async fn refused_in_paths(dots: &Dots, text: &str) {
    macro_rules! id {
        () => {
            &serde_json::from_value(json!(text)).unwrap()
        };
    }
    refused(dots.fetch_payout_link(id!())).await;
    refused(dots.cancel_payout_link(id!())).await;
    refused(dots.redeliver_payout_link(id!())).await;
    refused(dots.fetch_payout_request(id!())).await;
    refused(dots.fetch_flow(id!())).await;
    refused(dots.fetch_transfer(id!())).await;
    refused(dots.fetch_payout_batch(id!())).await;
    refused(dots.fetch_payout_batch_results(id!())).await;
    refused(dots.fetch_user(id!())).await;
    refused(dots.send_verification_code(id!())).await;
    refused(dots.verify_user(id!(), "123456")).await;
    refused(dots.list_payout_methods(id!())).await;
    let method = PayoutMethod::VenmoHandle("jo-doe".to_owned());
    refused(dots.add_payout_method(id!(), method)).await;
    let error = dots.wait_for_payout_link(id!()).await.unwrap_err();
    assert!(error.call_error().is_some() && error.last().is_none(), "{error}");
}

async fn refused_in_bodies(dots: &Dots, user: &UserId) {
    refused(dots.send_payout(TEN_DOLLARS, user)).await;
    refused(dots.submit_payout_request(TEN_DOLLARS, user)).await;
    refused(dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Sms(phone())).for_user(user)).await;
    refused(dots.transfer_to_user(user, TEN_DOLLARS)).await;
    refused(dots.transfer_from_user(user, TEN_DOLLARS)).await;
    refused(dots.pay_from_wallet(user, TEN_DOLLARS, PayoutRail::Default)).await;
    refused(dots.create_payout_batch([BatchItem::new(user, TEN_DOLLARS, PayoutRail::Default)])).await;
    refused(dots.create_flow([FlowStep::Compliance]).for_user(user)).await;
}

#[tokio::test]
async fn an_id_that_came_from_elsewhere_and_is_none_is_refused_by_every_function() {
    let (sandbox, dots) = sandbox().await;
    for text in bad_ids() {
        refused_in_paths(&dots, &text).await;
        refused_in_bodies(&dots, &serde_json::from_value(json!(text)).unwrap()).await;
    }
    assert_eq!((sandbox.requests().len(), sandbox.balance()), (0, FULL_WALLET));
}
