//! The blocking client: the same calls, on the calling thread.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use dots_api::{GetOrganization, PayoutLinkStatus, SendPayout, SendPayoutRequest};
use dots_api_ext::{Error, LinkDelivery, Outcome, blocking};
use dots_sandbox::{Fault, Framing, RetryAfter, Sandbox, When};
use tokio::runtime::Runtime;

use crate::support::world::{KEY, PHONE, TEN_DOLLARS, client_of, phone, somebody};

/// A sandbox with the runtime that it runs on, and a client of it.
struct World {
    runtime: Runtime,
    sandbox: Sandbox,
    dots: blocking::Dots,
}

fn world() -> World {
    let runtime = Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start()).unwrap();
    let dots = blocking::Dots::new(client_of(&sandbox.url()));
    World { runtime, sandbox, dots }
}

#[test]
fn a_payout_is_sent_and_sent_once_for_its_reference() {
    let World { sandbox, dots, .. } = &world();
    let pay =
        || dots.block_on(|dots| dots.send_payout(TEN_DOLLARS, somebody()).reference("invoice-881")).unwrap();
    assert_eq!(pay().id, pay().id);
    assert_eq!(sandbox.paid(PHONE), 1_000);
}

#[test]
fn any_operation_can_be_run() {
    let World { sandbox, dots, .. } = &world();
    assert!(dots.run(GetOrganization::new()).is_ok());
    let body = SendPayoutRequest::new(TEN_DOLLARS)
        .payee(dots_api::PhonePayee::new("1".parse().unwrap(), PHONE.parse().unwrap()));
    dots.run(SendPayout::new(body)).unwrap();
    assert_eq!(sandbox.paid(PHONE), 1_000);
}

#[test]
fn what_is_to_happen_is_waited_for_with_the_errors_of_a_wait() {
    let World { runtime, sandbox, dots } = world();
    let link =
        dots.block_on(|dots| dots.create_payout_link(TEN_DOLLARS, LinkDelivery::Sms(phone()))).unwrap();
    let wait =
        |until| dots.block_on(|dots| dots.wait_for_payout_link(&link.id).until(until).within(Duration::ZERO));
    let error = wait(PayoutLinkStatus::Claimed).unwrap_err();
    assert!(error.is_timeout() && error.last().is_some(), "{error}");
    sandbox.advance(Duration::from_secs(60));
    assert_eq!(wait(PayoutLinkStatus::Delivered).unwrap().id, link.id);
    let requests = sandbox.requests().len();
    let error = runtime.block_on(async { wait(PayoutLinkStatus::Delivered) }).unwrap_err();
    let why = error.call_error().unwrap();
    assert_eq!(why.outcome(), Outcome::NotSent);
    assert!(why.to_string().contains("await the async client"), "{why}");
    assert!(!error.is_timeout() && !error.is_terminal() && error.last().is_none(), "{error}");
    assert_eq!(error.to_string(), "could not start to wait, and nothing was read");
    assert_eq!((requests, sandbox.requests().len()), (3, 3));
}

#[test]
fn many_threads_share_one_client() {
    let World { sandbox, dots, .. } = &world();
    thread::scope(|scope| {
        for _ in 0..8 {
            let dots = dots.clone();
            scope.spawn(move || {
                for _ in 0..5 {
                    dots.block_on(|dots| dots.send_payout(TEN_DOLLARS, somebody())).unwrap();
                }
            });
        }
    });
    assert_eq!((sandbox.links(), sandbox.paid(PHONE)), (40, 40_000));
}

#[test]
fn inside_an_async_runtime_nothing_is_sent_and_nothing_panics() {
    let World { runtime, sandbox, dots } = world();
    let within = dots.clone();
    let pay = move || within.block_on(|dots| dots.send_payout(TEN_DOLLARS, somebody())).unwrap_err();
    let blocking = pay.clone();
    let errors = [
        runtime.block_on(async { pay() }),
        runtime
            .block_on(runtime.spawn(async move { dots.run(GetOrganization::new()).unwrap_err() }))
            .unwrap(),
        runtime.block_on(runtime.spawn_blocking(blocking)).unwrap(),
    ];
    for error in errors {
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert!(error.to_string().contains("await the async client"), "{error}");
    }
    // The last clone is dropped inside the runtime as well.
    runtime.block_on(async move { drop(pay) });
    assert_eq!(sandbox.requests(), []);
}

#[test]
fn an_error_is_that_of_the_async_client() {
    let World { runtime, sandbox, .. } = &world();
    // All that an error says, but for its key, which is another one in each call.
    let said = |error: Error| {
        let (text, key) = (format!("{error} {error:?}"), error.idempotency_key());
        let key = key.map(|key| key.to_string()).unwrap_or_default();
        (text.replace(&key, "<key>"), error.outcome(), error.attempts())
    };
    let faults = [
        None,
        Some((Fault::Reset, Outcome::Unknown)),
        Some((Fault::Conflict, Outcome::Unknown)),
        Some((Fault::Unauthorized, Outcome::Rejected)),
        Some((Fault::TooManyRequests(RetryAfter::Seconds(7)), Outcome::Rejected)),
        Some((Fault::CutAnswer(Framing::Chunked), Outcome::Unknown)),
    ];
    for fault in faults {
        let url = if fault.is_some() { sandbox.url() } else { crate::support::wire::nobody() };
        let fails = || {
            let Some((fault, _)) = &fault else { return };
            sandbox.inject(fault.clone()).on("send_payout").when(When::Before).times(1);
        };
        // A client each, so that none waits for what the other was told.
        fails();
        let dots = client_of(&url);
        let asynchronous = runtime.block_on(async { dots.send_payout(TEN_DOLLARS, somebody()).await });
        fails();
        let dots = blocking::Dots::new(client_of(&url));
        let blocking = dots.block_on(|dots| dots.send_payout(TEN_DOLLARS, somebody()));
        let (asynchronous, blocking) = (asynchronous.unwrap_err(), blocking.unwrap_err());
        assert_eq!(blocking.outcome(), fault.as_ref().map_or(Outcome::NotSent, |(_, outcome)| *outcome));
        assert_eq!(said(blocking), said(asynchronous));
    }
    assert_eq!(sandbox.paid(PHONE), 0);
}

/// Between two calls nothing drives the connection: the second must notice that the server has closed it.
#[test]
fn a_connection_that_was_closed_between_two_calls_leaves_no_doubt() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap());
    let dots = blocking::Dots::new(client_of(&url));
    let body = format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#);
    let answer = format!("HTTP/1.1 201 Created\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    for _ in 0..3 {
        let (listener, answer) = (listener.try_clone().unwrap(), answer.clone());
        let (close, closing) = mpsc::channel::<()>();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            assert!(stream.read(&mut request).unwrap() > 0);
            stream.write_all(answer.as_bytes()).unwrap();
            closing.recv().unwrap_err();
        });
        dots.block_on(|dots| dots.send_payout(TEN_DOLLARS, somebody())).unwrap();
        // The connection becomes idle before it is closed.
        dots.block_on(async |_| {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            Ok::<_, Error>(())
        })
        .unwrap();
        drop(close);
        server.join().unwrap();
    }
}
