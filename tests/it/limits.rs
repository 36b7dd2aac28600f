//! Body limits: an answer is read up to a limit, in bounded memory, and what was read is kept.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use allocation_counter::measure;
use dots_api_ext::{Error, Operation, Outcome, Prepared};
use tokio::runtime;

use crate::support::wire::{Answer, Wire};
use crate::support::world::{KEY, TEN_DOLLARS, builder_for, client_of, key, somebody};

/// How much additional memory a call may use.
const MOST: u64 = 8 << 20;

/// How much additional memory the results of a batch may use.
const MOST_OF_RESULTS: u64 = 40 << 20;

/// The body limits of a success, of the results of a batch, and of an error.
const SUCCESS: usize = 4 << 20;
const RESULTS: usize = 32 << 20;
const ERROR: usize = 64 << 10;

/// A payout link in gzip: `{"id":"l1","amount":1000,"status":"created"}`.
const GZIP: &[u8] = &[
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0xca, 0x4c, 0x51, 0xb2, 0x52,
    0xca, 0x31, 0x54, 0xd2, 0x51, 0x4a, 0xcc, 0xcd, 0x2f, 0xcd, 0x2b, 0x51, 0xb2, 0x32, 0x34, 0x30, 0x30,
    0xd0, 0x51, 0x2a, 0x2e, 0x49, 0x2c, 0x29, 0x2d, 0x06, 0xca, 0x25, 0x17, 0xa5, 0x26, 0x96, 0xa4, 0xa6,
    0x28, 0xd5, 0x02, 0x00, 0x55, 0xa6, 0xf3, 0x2f, 0x2c, 0x00, 0x00, 0x00,
];

/// Sends a payout to a server that gives this answer.
async fn payout_against(answer: Answer) -> Error {
    let wire = Wire::start([answer]).await;
    let payout = client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).with_idempotency_key(key());
    let error = payout.await.unwrap_err();
    assert_eq!(wire.requests().len(), 1);
    error
}

/// Starts a server on a thread of its own. It answers one request with `head` and then repeats the same chunk until the
/// client closes the connection or it has sent 1 GiB.
fn endless(head: String, chunk: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        read_request(&mut stream);
        let mut open = stream.write_all(head.as_bytes()).is_ok();
        let mut left = 1_usize << 30;
        while open && left > 0 {
            open = stream.write_all(&chunk).is_ok();
            left = left.saturating_sub(chunk.len());
        }
    });
    url
}

/// Reads to the end of the payout's JSON, or to the end of the head of a GET.
fn read_request(stream: &mut TcpStream) {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    let is_whole = |bytes: &[u8]| match bytes.starts_with(b"GET ") {
        true => bytes.ends_with(b"\r\n\r\n"),
        false => bytes.ends_with(b"}"),
    };
    while !is_whole(&bytes) {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the request is not whole: {}", String::from_utf8_lossy(&bytes));
        bytes.extend_from_slice(&buffer[..count]);
    }
}

/// Sends a payout and returns its error and the peak memory of the client's thread.
fn peak_of_a_payout(url: &str) -> (Error, u64) {
    peak_of(client_of(url).send_payout(TEN_DOLLARS, somebody()))
}

/// Makes a call and returns its error and the peak memory of the client's thread.
fn peak_of<O: Operation>(call: Prepared<O>) -> (Error, u64) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut outcome = None;
    let counted = measure(|| outcome = Some(runtime.block_on(async { call.await })));
    (outcome.unwrap().unwrap_err(), counted.bytes_max)
}

#[test]
fn an_answer_of_a_gibibyte_or_without_end_costs_at_most_eight_mebibytes() {
    let spaces = vec![b' '; 1 << 20];
    let chunk = [b"100000\r\n", spaces.as_slice(), b"\r\n"].concat();
    for (status, limit) in [("201 Created", SUCCESS), ("400 Bad Request", ERROR), ("502 Bad Gateway", ERROR)]
    {
        for (header, body) in [
            ("transfer-encoding: chunked", &chunk),
            ("content-length: 1073741824", &spaces),
            ("content-length: 9223372036854775807", &spaces),
            ("connection: close", &spaces),
        ] {
            let url = endless(format!("HTTP/1.1 {status}\r\n{header}\r\n\r\n"), body.clone());
            let (error, peak) = peak_of_a_payout(&url);
            assert_eq!((error.outcome(), error.body().map(<[u8]>::len)), (Outcome::Unknown, Some(limit)));
            assert!(error.to_string().contains("longer than this client reads"), "{error}");
            assert!(peak <= MOST, "{status}, {header}: {peak} bytes");
            // The kept body was counted, which proves that the measurement works.
            assert!(peak >= limit as u64, "{status}, {header}: {peak} bytes");
        }
    }
}

#[test]
fn only_the_results_of_a_batch_may_be_longer_and_not_without_end() {
    let spaces = vec![b' '; 1 << 20];
    let chunk = [b"100000\r\n", spaces.as_slice(), b"\r\n"].concat();
    let id = KEY.parse().unwrap();
    for (header, body) in [("transfer-encoding: chunked", &chunk), ("content-length: 1073741824", &spaces)] {
        let url = || endless(format!("HTTP/1.1 200 OK\r\n{header}\r\n\r\n"), body.clone());
        let (error, peak) = peak_of(client_of(&url()).fetch_payout_batch_results(&id));
        assert_eq!(error.body().map(<[u8]>::len), Some(RESULTS));
        assert!((RESULTS as u64..=MOST_OF_RESULTS).contains(&peak), "{header}: {peak} bytes");
        let (error, peak) = peak_of(client_of(&url()).fetch_payout_batch(&id));
        assert_eq!(error.body().map(<[u8]>::len), Some(SUCCESS));
        assert!(peak <= MOST, "{header}: {peak} bytes");
    }
    let url = endless("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n".to_owned(), spaces);
    let (error, peak) = peak_of(client_of(&url).fetch_payout_batch_results(&id));
    assert_eq!(error.body().map(<[u8]>::len), Some(ERROR));
    assert!(peak <= MOST, "{peak} bytes");
}

#[test]
fn headers_without_end_cost_at_most_eight_mebibytes() {
    let line = format!("x-filler: {}\r\n", "x".repeat(1_000));
    for lines in [line.repeat(100), "x".repeat(100_000)] {
        let (error, peak) =
            peak_of_a_payout(&endless("HTTP/1.1 201 Created\r\n".to_owned(), lines.into_bytes()));
        assert_eq!((error.outcome(), error.body()), (Outcome::Unknown, None), "{error}");
        assert!(peak <= MOST, "{peak} bytes");
    }
}

#[test]
fn an_answer_takes_the_room_that_it_announced_and_not_that_of_a_longer_one() {
    const LENGTH: usize = 10_000;
    let head = format!("HTTP/1.1 400 Bad Request\r\ncontent-length: {LENGTH}\r\n\r\n");
    let (error, peak) = peak_of_a_payout(&endless(head, vec![b' '; 1_000]));
    assert_eq!(error.body().map(<[u8]>::len), Some(LENGTH));
    // The rest of a call uses about 50 KB; the first buffer of an answer without a length is 64 KiB.
    assert!(peak < 90_000, "{peak} bytes");
}

#[tokio::test]
async fn a_compressed_answer_is_not_inflated_and_nobody_asked_for_one() {
    let headers = ["content-type: application/json", "content-encoding: gzip"];
    let wire = Wire::start([Answer::new("201 Created", &headers, GZIP)]).await;
    let error = client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.outcome(), error.body()), (Outcome::Unknown, Some(GZIP)), "{error}");
    let requests = wire.requests();
    assert_eq!((requests.len(), requests[0].header("accept-encoding")), (1, Some("identity")));
}

#[tokio::test]
async fn what_came_before_the_cut_is_kept() {
    for head in ["content-length: 500", "transfer-encoding: chunked"] {
        let part = r#"{"id":"l1","amount":"#;
        let body =
            if head.starts_with('c') { part.to_owned() } else { format!("{:x}\r\n{part}\r\n", part.len()) };
        let error =
            payout_against(Answer::cut(&format!("HTTP/1.1 201 Created\r\n{head}\r\n\r\n{body}"))).await;
        assert_eq!((error.status(), error.body()), (Some(201), Some(part.as_bytes())), "{error}");
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
}

#[tokio::test]
async fn what_came_before_the_silence_is_kept() {
    let part = r#"{"id":"l1","amount":"#;
    let head = format!("HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{part}");
    let wire = Wire::start([Answer::Stalled(head.into_bytes())]).await;
    let dots = builder_for(&wire.url()).timeout(Duration::from_secs(2)).build().unwrap();
    let error = dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
    assert_eq!((error.status(), error.body()), (Some(201), Some(part.as_bytes())), "{error}");
    assert_eq!((error.outcome(), wire.requests().len()), (Outcome::Unknown, 1));
}

#[tokio::test]
async fn of_an_error_that_is_too_long_the_first_64_kibibytes_are_kept() {
    let page = format!("<html>{}", "x".repeat(ERROR));
    let error = payout_against(Answer::html("502 Bad Gateway", &page)).await;
    assert_eq!((error.outcome(), error.body()), (Outcome::Unknown, Some(&page.as_bytes()[..ERROR])));
}

#[tokio::test]
async fn an_answer_as_long_as_the_limit_is_read() {
    let link = format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#);
    let whole = format!("{link}{}", " ".repeat(SUCCESS - link.len()));
    let wire = Wire::start([Answer::json("201 Created", whole)]).await;
    client_of(&wire.url()).send_payout(TEN_DOLLARS, somebody()).await.unwrap();
    let refusal = r#"{"success":false,"message":"no"}"#;
    let whole = format!("{refusal}{}", " ".repeat(ERROR - refusal.len()));
    let error = payout_against(Answer::json("400 Bad Request", whole)).await;
    assert_eq!((error.outcome(), error.message()), (Outcome::Rejected, Some("no")));
    assert_eq!(wire.requests().len(), 1);
}
