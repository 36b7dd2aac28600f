//! Ways to pay twice that were found from outside, and others like them: each ends with what was paid.

use std::time::{Duration, SystemTime};

use dots_api::{AppId, Client, Operation, UserId};
use dots_api_ext::{
    BatchItem, Clock, Dots, DotsBuilder, EarlierSends, Environment, ErrorKind, IdempotencyKey, LinkDelivery,
    Outcome, PayoutRail, RetryPolicy,
};
use http::{HeaderName, HeaderValue};

use crate::support::clock::TestClock;
use crate::support::mini::{Fault, Mini};
use crate::support::world::{KEY, TEN_DOLLARS, phone, somebody};

const HOUR: Duration = Duration::from_secs(3_600);

/// A client of a Dots in memory, which is at an address of its own.
fn builder(mini: &Mini, host: &str) -> DotsBuilder {
    Dots::builder()
        .credentials("pk_dev_sandbox", "sk_dev_sandbox")
        .environment(format!("https://{host}.example/api").parse::<Environment>().unwrap())
        .transport(mini.clone())
        .retry(RetryPolicy::none())
}

/// A client by a clock that tests move, together with true time.
fn client(mini: &Mini, host: &str) -> (Dots, TestClock) {
    let clock = TestClock::default();
    (builder(mini, host).clock(clock.clone()).build().unwrap(), clock)
}

fn user() -> UserId {
    KEY.parse().unwrap()
}

fn text(key: IdempotencyKey) -> IdempotencyKey {
    key.to_string().parse().unwrap()
}

fn outcome<T>(result: Result<T, dots_api_ext::Error>) -> Option<Outcome> {
    result.err().map(|error| error.outcome())
}

#[tokio::test]
async fn a_reference_that_was_paid_is_not_paid_again_when_dots_has_forgotten_it() {
    for others in [0, 100, 100_100] {
        let mini = Mini::default();
        let (dots, clock) = client(&mini, &format!("forgotten-{others}"));
        let pay = || dots.send_payout(TEN_DOLLARS, somebody()).reference("x");
        pay().await.unwrap();
        for other in 0..others {
            // Some by reference, some by a fresh key, some by the text of one.
            let payout = dots.send_payout(TEN_DOLLARS, somebody());
            let payout = match other % 3 {
                0 => payout.reference(format!("other-{other}")),
                1 => payout.with_idempotency_key(text(IdempotencyKey::fresh())),
                _ => payout,
            };
            payout.await.unwrap();
        }
        let paid = mini.payments();
        for hours in [1, 25, 48, 24 * 365] {
            clock.advance(HOUR * hours);
            mini.advance(HOUR * hours);
            let again = pay().await;
            // Within the day it is the first answer; later nothing is sent, and a person has to look.
            assert_eq!(outcome(again), (hours > 1).then_some(Outcome::Unknown), "{others} {hours}");
        }
        assert_eq!((mini.payments(), mini.requests()), (paid, paid + 1));
    }
}

#[tokio::test]
async fn a_told_time_makes_no_key_younger_when_the_day_was_set_back() {
    for (host, back) in [("set-back-10", 10), ("set-back-30", 30), ("set-back-1", 1)] {
        let mini = Mini::default();
        let (dots, clock) = client(&mini, host);
        mini.faults([Fault::Lost]);
        let recorded = clock.now();
        let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
        assert_eq!(outcome(dots.run(payout.clone()).await), Some(Outcome::Unknown));
        clock.advance(HOUR * 26);
        mini.advance(HOUR * 26);
        clock.set_back(HOUR * back);
        for told in [recorded, recorded + HOUR * 10, clock.now()] {
            let sends = EarlierSends::sent(told, Outcome::Unknown);
            let again = dots.with_earlier(sends).run(payout.clone()).await;
            assert_eq!(outcome(again), Some(Outcome::Unknown), "{back} {told:?}");
        }
        assert_eq!(outcome(dots.run(payout).await), Some(Outcome::Unknown));
        assert_eq!((mini.payments(), mini.requests()), (1, 1));
    }
}

#[tokio::test]
async fn a_told_time_counts_though_this_process_has_sent_the_key_later() {
    let mini = Mini::default();
    let (dots, clock) = client(&mini, "told-later");
    let payout = || dots.send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(KEY.parse().unwrap());
    payout().await.unwrap();
    clock.advance(HOUR * 2);
    mini.advance(HOUR * 2);
    // Another process has sent it 19 hours ago, which is 17 hours before this one did.
    let sends = EarlierSends::sent(clock.now() - HOUR * 19, Outcome::Unknown);
    payout().earlier(sends).await.unwrap();
    clock.advance(HOUR * 2);
    assert_eq!(outcome(payout().await), Some(Outcome::Unknown));
    assert_eq!((mini.payments(), mini.requests()), (1, 2));
}

#[tokio::test]
async fn an_app_that_is_named_later_is_in_the_keys_of_the_items_of_a_batch() {
    let (mini, one, other) = (Mini::default(), app("app_a"), app("app_b"));
    let dots = builder(&mini, "batch-app").build().unwrap();
    let item = || BatchItem::new(&user(), TEN_DOLLARS, PayoutRail::Default).reference("march/jo");
    // The same payout for the same app, by each way to name the app, in batches of their own.
    dots.with_app(&one).unwrap().create_payout_batch([item()]).reference("batch-1").await.unwrap();
    dots.create_payout_batch([item()]).app(&one).reference("batch-2").await.unwrap();
    dots.create_payout_batch([item()]).reference("batch-3").app(&one).await.unwrap();
    dots.with_app(&other)
        .unwrap()
        .create_payout_batch([item()])
        .app(&one)
        .reference("batch-4")
        .await
        .unwrap();
    assert_eq!(mini.paid(), 1_000);
    // The same reference for another app is another payout.
    dots.create_payout_batch([item()]).app(&other).reference("batch-5").await.unwrap();
    assert_eq!(mini.paid(), 2_000);
}

fn app(id: &str) -> AppId {
    id.parse().unwrap()
}

#[tokio::test]
async fn headers_that_are_the_clients_own_cannot_be_added_so_no_app_is_named_unseen() {
    let mini = Mini::default();
    let dots = builder(&mini, "own-headers").build().unwrap();
    for name in [
        "api-app-id",
        "Api-App-Id",
        "API-APP-ID",
        "dots-user-ip",
        "authorization",
        "accept-encoding",
        "accept",
        "user-agent",
        "host",
        "content-type",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "expect",
        "te",
    ] {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        let payout = dots.send_payout(TEN_DOLLARS, somebody()).reference("x");
        let error = payout.header(name.clone(), HeaderValue::from_static("app_a")).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
        assert!(dots.with_header(name, HeaderValue::from_static("app_a")).is_err());
    }
    assert_eq!(mini.requests(), 0);
}

#[tokio::test]
async fn a_key_of_one_operation_is_not_sent_by_another_and_the_error_names_both() {
    let mini = Mini::default();
    let (dots, clock) = client(&mini, "two-operations");
    mini.faults([Fault::Lost]);
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    let key = error.idempotency_key().unwrap();
    for key in [key, text(key)] {
        for hours in [0, 30] {
            clock.advance(HOUR * hours);
            let link = dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Sms(phone()));
            let error = link.with_idempotency_key(key).await.unwrap_err();
            assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
            let text = error.to_string();
            assert!(text.contains("`send_payout`") && text.contains("`create_payout_link`"), "{text}");
            let item = BatchItem::new(&user(), TEN_DOLLARS, PayoutRail::Default).with_idempotency_key(key);
            let error = dots.create_payout_batch([item]).await.unwrap_err();
            assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
        }
    }
    assert_eq!((mini.payments(), mini.requests()), (1, 1));
}

#[tokio::test]
async fn a_key_that_was_sent_for_one_app_is_sent_for_no_other() {
    let mini = Mini::default();
    let dots = builder(&mini, "two-apps").build().unwrap();
    let (one, other) = (app("app_a"), app("app_b"));
    let pay = || dots.send_payout(TEN_DOLLARS, somebody());
    mini.faults([Fault::Lost]);
    let key = pay().app(&one).await.unwrap_err().idempotency_key().unwrap();
    for key in [key, text(key)] {
        for elsewhere in [pay(), pay().app(&other)] {
            let error = elsewhere.with_idempotency_key(key).await.unwrap_err();
            assert_eq!((error.outcome(), error.kind()), (Outcome::Unknown, ErrorKind::Conflict), "{error}");
        }
    }
    assert_eq!(outcome(pay().app(&one).with_idempotency_key(key).await), None);
    assert_eq!(mini.payments(), 1);

    // The raw client sends for an app as well, and an operation that was taken out of a call forgets its app.
    let raw =
        Client::with_transport("https://two-apps.example/api", std::sync::Arc::new(mini.clone())).unwrap();
    let raw = raw.with_header(HeaderName::from_static("api-app-id"), HeaderValue::from_static("app_a"));
    let payout = pay().into_operation().unwrap();
    payout.send(&raw).await.unwrap();
    assert_eq!(outcome(dots.run(payout.clone()).await), Some(Outcome::Unknown));
    assert_eq!(outcome(dots.with_app(&one).unwrap().run(payout).await), None);
    let payout = pay().app(&one).reference("x").into_operation().unwrap();
    assert_eq!(outcome(dots.run(payout).await), None);
    assert_eq!(outcome(pay().app(&one).reference("x").await), Some(Outcome::Unknown));
    assert_eq!(mini.payments(), 3);
}

#[tokio::test]
async fn references_that_look_the_same_are_paid_once_or_refused() {
    let mini = Mini::default();
    let dots = builder(&mini, "looks").build().unwrap();
    let pay =
        async |reference: &str| outcome(dots.send_payout(TEN_DOLLARS, somebody()).reference(reference).await);
    for (one, other) in [("caf\u{e9}", "cafe\u{301}"), ("\u{d55c}-1", "\u{1112}\u{1161}\u{11ab}-1")] {
        let paid = mini.payments();
        assert_eq!((pay(one).await, pay(other).await), (None, None));
        assert_eq!(mini.payments(), paid + 1, "{one}");
    }
    let paid = mini.payments();
    for hidden in ["\u{200b}", "\u{feff}", "\u{a0}", "\u{ad}", "\u{200d}", "\u{2060}", "\u{fe0f}", "\u{3000}"]
    {
        assert_eq!(pay(&format!("invoice-881{hidden}")).await, Some(Outcome::NotSent), "{hidden:?}");
    }
    assert_eq!(mini.payments(), paid);
}

#[tokio::test]
async fn a_key_that_the_raw_client_has_sent_is_known() {
    let mini = Mini::default();
    let raw = Client::with_transport("https://raw.example/api", std::sync::Arc::new(mini.clone())).unwrap();
    let dots = builder(&mini, "raw").build().unwrap();
    let transfer = dots.transfer_to_user(&user(), TEN_DOLLARS).into_operation().unwrap();
    mini.faults([Fault::Lost]);
    transfer.send(&raw).await.unwrap_err();
    // Dots refuses the key that it knows, in the words of any refusal.
    assert_eq!(outcome(dots.run(transfer).await), Some(Outcome::Unknown));
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn what_one_client_has_sent_every_other_knows() {
    let mini = Mini::default();
    let dots = builder(&mini, "others").build().unwrap();
    let transfer = dots.transfer_to_user(&user(), TEN_DOLLARS).into_operation().unwrap();
    mini.faults([Fault::Lost]);
    assert_eq!(outcome(dots.run(transfer.clone()).await), Some(Outcome::Unknown));
    let others = [
        builder(&mini, "others").credentials("pk_new", "sk_new").build().unwrap(),
        builder(&mini, "OTHERS").build().unwrap(),
        builder(&mini, "others").clock(TestClock::default()).build().unwrap(),
        builder(&mini, "others")
            .environment("https://others.example:443/api/".parse().unwrap())
            .build()
            .unwrap(),
        // At another server it is only known that the key is not new.
        builder(&mini, "elsewhere").build().unwrap(),
    ];
    for (number, other) in others.iter().enumerate() {
        assert_eq!(outcome(other.run(transfer.clone()).await), Some(Outcome::Unknown), "{number}");
    }
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn the_key_of_an_item_is_known_when_it_is_sent_alone() {
    let mini = Mini::default();
    let dots = builder(&mini, "items").build().unwrap();
    let key = IdempotencyKey::fresh();
    let item = || BatchItem::new(&user(), TEN_DOLLARS, PayoutRail::Default).with_idempotency_key(key);
    mini.faults([Fault::Lost]);
    assert_eq!(outcome(dots.create_payout_batch([item()]).await), Some(Outcome::Unknown));
    let alone = dots.pay_from_wallet(&user(), TEN_DOLLARS, PayoutRail::Default).with_idempotency_key(key);
    assert_eq!(outcome(alone.await), Some(Outcome::NotSent));
    // Another batch with the same item: a refusal of it denies nothing of what the first one did.
    mini.faults([Fault::Refused]);
    assert_eq!(outcome(dots.create_payout_batch([item()]).await), Some(Outcome::Unknown));
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn a_batch_is_as_old_as_the_oldest_key_of_its_items() {
    let mini = Mini::default();
    let (dots, clock) = client(&mini, "old-items");
    let item = |name: &str| BatchItem::new(&user(), TEN_DOLLARS, PayoutRail::Default).reference(name);
    dots.create_payout_batch([item("old")]).await.unwrap();
    for hours in [23, 2] {
        clock.advance(HOUR * hours);
        mini.advance(HOUR * hours);
        if hours == 23 {
            dots.create_payout_batch([item("new")]).await.unwrap();
        }
    }
    let both = dots.create_payout_batch([item("new"), item("old")]);
    assert_eq!(outcome(both.await), Some(Outcome::Unknown));
    assert_eq!(mini.paid(), 2_000);
}

#[tokio::test]
async fn a_program_that_is_started_again_and_says_so_pays_nothing_twice() {
    let mini = Mini::default();
    let before = builder(&mini, "restart").as_another_process();
    let transfer = before.clone().build().unwrap().transfer_to_user(&user(), TEN_DOLLARS);
    let transfer = transfer.with_idempotency_key(KEY.parse().unwrap()).into_operation().unwrap();
    mini.faults([Fault::Lost]);
    assert_eq!(outcome(before.build().unwrap().run(transfer.clone()).await), Some(Outcome::Unknown));
    let after = || builder(&mini, "restart").as_another_process().build().unwrap();
    let sent = EarlierSends::sent(SystemTime::now(), Outcome::Unknown);
    for dots in [after(), after().with_earlier(sent)] {
        assert_eq!(outcome(dots.run(transfer.clone()).await), Some(Outcome::Unknown));
    }
    // For a key that was certainly never sent, a refusal is a proof.
    mini.faults([Fault::Refused]);
    let never =
        after().transfer_to_user(&user(), TEN_DOLLARS).with_idempotency_key(text(IdempotencyKey::fresh()));
    assert_eq!(outcome(never.earlier(EarlierSends::Never).await), Some(Outcome::Rejected));
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn a_told_time_that_is_still_to_come_is_said_to_be_one() {
    let mini = Mini::default();
    let (dots, clock) = client(&mini, "future");
    for (ahead, is_sent) in [(60 * 4, true), (60 * 6, false), (3_600 * 30, false)] {
        let sends = EarlierSends::sent(clock.now() + Duration::from_secs(ahead), Outcome::Unknown);
        let payout = dots.send_payout(TEN_DOLLARS, somebody()).earlier(sends);
        let error = payout.await.err().map(|error| error.to_string());
        assert_eq!(error.is_none(), is_sent, "{error:?}");
        assert!(error.is_none_or(|text| text.contains("the clocks differ")));
    }
    assert_eq!(mini.payments(), 1);
}

#[tokio::test]
async fn a_send_that_was_told_with_a_time_to_come_is_not_forgotten() {
    let (mini, host) = (Mini::default(), "told-too-soon");
    let pay = |dots: &Dots| dots.send_payout(TEN_DOLLARS, somebody()).reference("x");
    let (dots, clock) = client(&mini, host);
    pay(&builder(&mini, host).as_another_process().build().unwrap()).await.unwrap();
    let told = EarlierSends::sent(clock.now() + HOUR, Outcome::Unknown);
    assert_eq!(outcome(pay(&dots).earlier(told).await), Some(Outcome::Unknown));
    clock.advance(HOUR * 25);
    mini.advance(HOUR * 25);
    // How long ago it was sent cannot be told, and Dots has forgotten it.
    assert_eq!(outcome(pay(&dots).await), Some(Outcome::Unknown));
    assert_eq!((mini.payments(), mini.requests()), (1, 1));
}

#[tokio::test]
async fn a_told_time_stays_as_old_as_it_was_when_the_day_is_set_back_later() {
    let (mini, host) = (Mini::default(), "told-and-set-back");
    let pay = |dots: &Dots| dots.send_payout(TEN_DOLLARS, somebody()).reference("x");
    let (dots, clock) = client(&mini, host);
    let first_sent = clock.now();
    pay(&builder(&mini, host).as_another_process().build().unwrap()).await.unwrap();
    clock.advance(HOUR * 15);
    mini.advance(HOUR * 15);
    pay(&dots).earlier(EarlierSends::sent(first_sent, Outcome::Unknown)).await.unwrap();
    clock.advance(HOUR * 12);
    mini.advance(HOUR * 12);
    clock.set_back(HOUR * 15);
    assert_eq!(outcome(pay(&dots).await), Some(Outcome::Unknown));
    assert_eq!((mini.payments(), mini.requests()), (1, 2));
}

#[tokio::test]
async fn one_server_in_several_spellings_is_asked_once() {
    for spellings in [
        ["https://spelled.example/api", "https://SPELLED.example.:443/api/"],
        ["http://localhost:7/api", "http://127.0.0.1:7/api"],
    ] {
        let (mini, clock) = (Mini::default(), TestClock::default());
        let [one, other] = spellings.map(|url| {
            let builder = builder(&mini, "spelled").environment(url.parse().unwrap());
            builder.clock(clock.clone()).build().unwrap()
        });
        let payout = one.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
        mini.faults([Fault::Lost, Fault::Refused]);
        assert_eq!(outcome(one.run(payout.clone()).await), Some(Outcome::Unknown));
        assert_eq!(outcome(other.run(payout.clone()).await), Some(Outcome::Unknown), "{spellings:?}");
        clock.advance(HOUR * 26);
        mini.advance(HOUR * 26);
        assert_eq!(outcome(other.run(payout).await), Some(Outcome::Unknown));
        assert_eq!((mini.payments(), mini.requests()), (1, 2), "{spellings:?}");
    }
}

#[tokio::test]
async fn a_key_whose_age_no_clock_tells_is_not_sent_again() {
    let mini = Mini::default();
    let (one, _) = client(&mini, "two-clocks");
    let (other, _) = client(&mini, "two-clocks");
    one.send_payout(TEN_DOLLARS, somebody()).reference("x").await.unwrap();
    mini.advance(HOUR * 25);
    // By the clock of the other client, nobody can say when it was sent.
    let again = other.send_payout(TEN_DOLLARS, somebody()).reference("x").await;
    assert_eq!(outcome(again), Some(Outcome::Unknown));
    assert_eq!((mini.payments(), mini.requests()), (1, 1));
}

#[tokio::test]
async fn a_caller_who_says_less_than_is_known_denies_nothing() {
    let mini = Mini::default();
    // By the machine's clock, so that it is noted once.
    let dots = builder(&mini, "says-less").build().unwrap();
    let payout = dots.send_payout(TEN_DOLLARS, somebody()).into_operation().unwrap();
    mini.faults([Fault::Lost, Fault::Refused, Fault::Refused, Fault::Refused, Fault::Refused]);
    assert_eq!(outcome(dots.run(payout.clone()).await), Some(Outcome::Unknown));
    for less in [
        EarlierSends::Never,
        EarlierSends::sent(SystemTime::now(), Outcome::NotSent),
        EarlierSends::sent(SystemTime::now(), Outcome::Rejected),
    ] {
        let again = dots.with_earlier(less).run(payout.clone()).await;
        assert_eq!(outcome(again), Some(Outcome::Unknown), "{less:?}");
    }
    assert_eq!(outcome(dots.run(payout).await), Some(Outcome::Unknown));
    assert_eq!((mini.payments(), mini.requests()), (1, 5));
}

#[tokio::test]
async fn a_told_time_ends_it_though_this_process_has_sent_the_key_since() {
    let (mini, host) = (Mini::default(), "told-and-sent-since");
    let pay = |dots: &Dots| dots.send_payout(TEN_DOLLARS, somebody()).reference("x");
    let (dots, clock) = client(&mini, host);
    let first_sent = clock.now();
    pay(&builder(&mini, host).as_another_process().build().unwrap()).await.unwrap();
    for hours in [23, 2] {
        clock.advance(HOUR * hours);
        mini.advance(HOUR * hours);
        let told = EarlierSends::sent(first_sent, Outcome::Unknown);
        let payout = if hours == 23 { pay(&dots) } else { pay(&dots).earlier(told) };
        assert_eq!(outcome(payout.await), (hours == 2).then_some(Outcome::Unknown));
    }
    assert_eq!((mini.payments(), mini.requests()), (1, 2));
}
