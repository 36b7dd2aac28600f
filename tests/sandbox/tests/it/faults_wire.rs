//! Fault injection where the connection itself breaks.

use std::{io::ErrorKind, time::Duration};

use dots_sandbox::{Fault, Framing, KeyInflight, Pace, Sandbox, When};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{
    client::{FUNDS, TestSandbox},
    payouts::page_body,
    raw_socket::{End, RawAnswer, address, exchange, read, send},
};

const SEND: &str = "/v2/payouts/send-payout";

async fn pay(sandbox: &TestSandbox) -> RawAnswer {
    exchange(sandbox, "POST", SEND, Some(&page_body())).await
}

#[tokio::test]
async fn a_reset_before_the_commit_has_paid_nothing_and_after_it_everything() {
    for (when, cents, told) in [
        (When::Before, 0, "(connection reset before commit)"),
        (When::After, 1000, "(connection reset after commit) 201 created link [l1]"),
    ] {
        let sandbox = TestSandbox::start().await;
        let reset = sandbox.inject(Fault::Reset).on("send_payout").when(when);
        let seen = pay(&sandbox).await;
        assert_eq!((seen.head.as_str(), seen.end, reset.fired()), ("", End::Reset, 1));
        assert_eq!(sandbox.transcript(), format!("POST {SEND} key=[k1] -> {told}"));
        assert_eq!(sandbox.paid("2025550139"), cents);
        assert_eq!(pay(&sandbox).await.status(), 201);
        assert_eq!(sandbox.paid("2025550139"), 1000);
        sandbox.end().await;
    }
}

#[tokio::test]
async fn a_connection_can_be_reset_while_the_body_is_still_on_its_way() {
    let sandbox = TestSandbox::start().await;
    let reset = sandbox.inject(Fault::ResetUnread).on("send_payout");
    let mut socket = TcpStream::connect(address(&sandbox)).await.unwrap();
    let head = format!("POST /api{SEND} HTTP/1.1\r\nhost: sandbox\r\ncontent-length: 1000\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    // The body never arrives, and the sandbox does not wait for it.
    assert_eq!(read(socket).await.end, End::Reset);
    assert_eq!((reset.fired(), sandbox.requests().len()), (1, 1));
    assert_eq!(
        sandbox.transcript(),
        format!("POST {SEND} -> (connection reset before the request was read)")
    );
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test]
async fn an_answer_that_never_comes_hides_a_payout_that_was_made_or_was_not() {
    for (when, cents) in [(When::Before, 0), (When::After, 1000)] {
        let sandbox = TestSandbox::start().await;
        let silence = sandbox.inject(Fault::NoAnswer).on("send_payout").when(when);
        let socket = send(&sandbox, "POST", SEND, Some(&page_body())).await;
        silence.wait(1).await;
        assert_eq!(socket.try_read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(sandbox.paid("2025550139"), cents);
        drop(socket);
        sandbox.end().await;
    }
}

#[tokio::test]
async fn a_held_connection_does_not_keep_the_sandbox_from_stopping() {
    let sandbox = TestSandbox::start().await;
    let silence = sandbox.inject(Fault::NoAnswer).on("send_payout");
    let socket = send(&sandbox, "POST", SEND, Some(&page_body())).await;
    silence.wait(1).await;
    assert_eq!(sandbox.paid("2025550139"), 1000);
    sandbox.end().await;
    assert_eq!(read(socket).await.head, "");
}

#[tokio::test]
async fn an_answer_can_be_cut_in_the_middle_however_its_end_is_known() {
    for framing in [Framing::Length, Framing::Chunked, Framing::UntilClose] {
        let sandbox = TestSandbox::start().await;
        let whole = sandbox.inject(Fault::DateAhead(Duration::ZERO)).on("send_payout").when(When::Before);
        let whole = (pay(&sandbox).await.body, whole.fired()).0;
        sandbox.inject(Fault::CutAnswer(framing)).on("send_payout");
        let seen = pay(&sandbox).await;
        let half = whole.len() / 2;
        assert_eq!((seen.status(), seen.end), (201, End::Closed));
        match framing {
            Framing::Length => {
                assert_eq!(seen.header("content-length"), Some(whole.len().to_string().as_str()));
                assert_eq!(seen.body.len(), half);
            }
            Framing::Chunked => {
                assert_eq!(seen.header("transfer-encoding"), Some("chunked"));
                assert!(seen.text().starts_with(&format!("{half:x}\r\n{{\"id\"")), "{}", seen.text());
                assert!(!seen.text().contains("\r\n0\r\n"), "the last chunk is missing");
            }
            Framing::UntilClose => {
                assert_eq!((seen.header("content-length"), seen.header("transfer-encoding")), (None, None));
                assert_eq!(seen.body, whole[..half]);
            }
        }
        assert!(
            sandbox.transcript().ends_with("(answer cut in the middle after commit) 201 created link [l1]")
        );
        assert_eq!(sandbox.paid("2025550139"), 1000);
        sandbox.end().await;
    }
}

#[tokio::test]
async fn a_client_notices_a_cut_answer_unless_nothing_tells_where_it_ends() {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (framing, noticed) in
        [(Framing::Length, true), (Framing::Chunked, true), (Framing::UntilClose, false)]
    {
        let sandbox = TestSandbox::start().await;
        sandbox.inject(Fault::CutAnswer(framing));
        let request = http.post(format!("{}{SEND}", sandbox.url())).body(page_body().to_string());
        let request = request.header("content-type", "application/json");
        let answer =
            request.header("authorization", sandbox.credentials().authorization()).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.bytes().await.is_err(), noticed, "{framing:?}");
        assert_eq!(sandbox.paid("2025550139"), 1000);
        sandbox.end().await;
    }
}

#[tokio::test]
async fn an_answer_drips_as_fast_as_it_is_let_go() {
    let sandbox = TestSandbox::start().await;
    let drip = sandbox.inject(Fault::SlowDrip(Pace::Released)).on("send_payout");
    let mut socket = send(&sandbox, "POST", SEND, Some(&page_body())).await;
    drip.wait(1).await;
    assert_eq!(sandbox.paid("2025550139"), 1000);
    let mut first = [0; 12];
    drip.release(first.len());
    socket.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 201");
    assert_eq!(socket.try_read(&mut [0; 1]).unwrap_err().kind(), ErrorKind::WouldBlock);
    drip.release(100_000);
    let rest = read(socket).await;
    assert_eq!(rest.end, End::Closed);
    assert!(rest.text().ends_with('}'), "{}", rest.text());
    sandbox.end().await;
}

#[tokio::test]
async fn an_endless_body_goes_on_for_as_long_as_the_client_reads() {
    let sandbox = TestSandbox::start().await;
    sandbox.inject(Fault::EndlessBody).on("send_payout");
    let mut socket = send(&sandbox, "POST", SEND, Some(&page_body())).await;
    let mut much = vec![0; 4 * 1024 * 1024];
    socket.read_exact(&mut much).await.unwrap();
    assert!(much.starts_with(b"HTTP/1.1 201 Created\r\n"));
    drop(socket);
    assert_eq!(sandbox.paid("2025550139"), 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn a_late_commit_happens_when_the_client_has_long_left() {
    let sandbox = TestSandbox::start().await;
    let late = sandbox.inject(Fault::LateCommit { after: None }).on("send_payout");
    let socket = send(&sandbox, "POST", SEND, Some(&page_body())).await;
    late.wait(1).await;
    drop(socket);
    assert_eq!((sandbox.paid("2025550139"), sandbox.transcript().as_str()), (0, ""));
    assert_eq!(sandbox.commit_late(), 1);
    assert_eq!(sandbox.paid("2025550139"), 1000);
    assert_eq!(
        sandbox.transcript(),
        format!("POST {SEND} key=[k1] -> (committed late) 201 created link [l1]")
    );
    assert_eq!(sandbox.commit_late(), 0);
    sandbox.end().await;
}

#[tokio::test]
async fn a_late_commit_comes_by_the_clock_at_its_time() {
    let sandbox = TestSandbox::start().await;
    let after = Some(Duration::from_secs(30));
    let late = sandbox.inject(Fault::LateCommit { after }).on("send_payout");
    let socket = send(&sandbox, "POST", SEND, Some(&page_body())).await;
    late.wait(1).await;
    sandbox.advance(Duration::from_secs(29));
    assert_eq!(sandbox.paid("2025550139"), 0);
    sandbox.advance(Duration::from_secs(60));
    assert_eq!(sandbox.paid("2025550139"), 1000);
    // This client waited.
    let seen = read(socket).await;
    assert_eq!(seen.status(), 201);
    assert!(seen.text().contains(r#""created":"2026-01-01T00:00:30.000000""#), "{}", seen.text());
    sandbox.end().await;
}

#[tokio::test]
async fn a_key_that_is_to_be_committed_late_is_in_flight_and_pays_once() {
    for (reading, status) in [(KeyInflight::Conflict, 409), (KeyInflight::Race, 201)] {
        let sandbox = TestSandbox::with(FUNDS, Sandbox::builder().key_inflight(reading)).await;
        let late = sandbox.inject(Fault::LateCommit { after: None }).on("send_payout");
        let socket = send(&sandbox, "POST", SEND, Some(&page_body())).await;
        late.wait(1).await;
        drop(socket);
        assert_eq!(pay(&sandbox).await.status(), status);
        sandbox.commit_late();
        // In a race, neither request knew of the other's key: this is how a payout is made twice.
        let paid = if reading == KeyInflight::Race { 2000 } else { 1000 };
        assert_eq!(sandbox.paid("2025550139"), paid);
        sandbox.end().await;
    }
}

#[tokio::test]
async fn a_closed_door_refuses_connections_and_ends_idle_ones() {
    let sandbox = TestSandbox::start().await;
    let mut idle = TcpStream::connect(address(&sandbox)).await.unwrap();
    let request = "GET /_sandbox/balance HTTP/1.1\r\nhost: localhost\r\n\r\n";
    idle.write_all(request.as_bytes()).await.unwrap();
    idle.read_exact(&mut [0; 12]).await.unwrap();

    let refused = sandbox.inject(Fault::ConnectionRefused { lasting: None });
    let error = TcpStream::connect(address(&sandbox)).await.unwrap_err();
    assert_eq!((error.kind(), refused.fired()), (ErrorKind::ConnectionRefused, 1));
    assert_eq!(read(idle).await.end, End::Closed);
    refused.clear();
    assert_eq!(pay(&sandbox).await.status(), 201);
    assert_eq!(sandbox.paid("2025550139"), 1000);
    sandbox.end().await;
}

#[tokio::test]
async fn a_closed_door_opens_by_itself_when_told_to() {
    let sandbox = TestSandbox::start().await;
    sandbox.inject(Fault::ConnectionRefused { lasting: Some(Duration::from_millis(1)) });
    TcpStream::connect(address(&sandbox)).await.unwrap_err();
    while TcpStream::connect(address(&sandbox)).await.is_err() {
        tokio::task::yield_now().await;
    }
    sandbox.clear_faults();
    assert_eq!(sandbox.balance(), FUNDS);
    sandbox.end().await;
}

#[tokio::test]
async fn connections_can_be_reset_as_they_come() {
    let sandbox = TestSandbox::start().await;
    let reset = sandbox.inject(Fault::ResetOnAccept).times(2);
    for _ in 0..2 {
        let socket = TcpStream::connect(address(&sandbox)).await.unwrap();
        assert_eq!(read(socket).await.end, End::Reset);
    }
    assert_eq!(pay(&sandbox).await.status(), 201);
    assert_eq!((reset.fired(), sandbox.paid("2025550139")), (2, 1000));
    sandbox.end().await;
}
