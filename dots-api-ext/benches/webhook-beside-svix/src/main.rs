//! What it costs to prove a webhook, beside `svix`, the library of those who deliver Dots' webhooks.
//!
//! ```text
//! cargo run --release --locked --manifest-path dots-api-ext/benches/webhook-beside-svix/Cargo.toml
//! ```
//!
//! `svix` only proves; `dots-api-ext` proves and reads. So there are two tables. In the first, the body is no JSON: both
//! prove it, and ours then fails at its first byte. In the second, the body is an event, and after `svix` has proven it,
//! it is read by the same code that ours reads with. Most of the difference is SHA-256, for which ours uses the
//! instructions of the processor where it has them.
//!
//! This is a package outside the workspace, because of what `svix` brings. It is a client of all that Svix offers, which
//! does not compile without TLS; with it, it turns on `rustls` with aws-lc-rs, for every test and example of a workspace
//! that it is built in. The tests would then run with another TLS than is shipped, and each first build would compile that
//! library from C.
#![forbid(unsafe_code)]

use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

use allocation_counter::measure;
use dots_api_ext::webhook::{WebhookErrorKind, WebhookEvent, WebhookSigner, WebhookVerifier};
use http::{HeaderMap, HeaderValue};
use serde_json::Value;
use svix::webhooks::Webhook;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The bytes of the bodies.
const SIZES: [usize; 3] = [200, 2 << 10, 64 << 10];

/// How often each has its turn; the best turn counts, since what else runs only ever makes it slower.
const TURNS: u32 = 60;

fn main() {
    let ours = WebhookVerifier::new(SECRET).expect("a good secret");
    let svix = Webhook::new(SECRET).expect("a good secret");
    head("proof alone");
    for size in SIZES {
        let (body, headers) = signed(vec![b'x'; size]);
        row(size, &|| svix.verify(&body, &headers).expect("it is proven"), &|| {
            let refused = ours.verify(&headers, &body, SystemTime::now()).expect_err("it is no JSON");
            assert_eq!(refused.kind(), WebhookErrorKind::Payload, "it is proven");
        });
    }
    head("proof and reading");
    for size in SIZES {
        let (body, headers) = signed(event(size));
        row(
            size,
            &|| {
                svix.verify(&body, &headers).expect("it is proven");
                let payload: Value = serde_json::from_slice(&body).expect("it is JSON");
                assert!(matches!(black_box(WebhookEvent::from(payload)), WebhookEvent::TransferUpdated(_)));
            },
            &|| {
                let webhook = ours.verify(&headers, &body, SystemTime::now()).expect("it is proven");
                assert!(matches!(black_box(&webhook).event(), WebhookEvent::TransferUpdated(_)));
            },
        );
    }
}

/// An event of this size, with what fills a payload: data of its owner.
fn event(size: usize) -> Vec<u8> {
    let mut body =
        String::from(r#"{"event":"transfer.updated","transfer_id":"68db1237-3953-47b0-86aa-739a201dcb16""#);
    body += r#","metadata":{"invoice":"881""#;
    for number in 0.. {
        let field = format!(r#","field_{number}":"a value of some length""#);
        if body.len() + field.len() + 2 > size {
            break;
        }
        body += &field;
    }
    body += "}}";
    let mut body = body.into_bytes();
    body.resize(size, b' ');
    body
}

/// The headers as an HTTP server gives them, signed now; both look at the time, and five minutes are allowed.
fn signed(body: Vec<u8>) -> (Vec<u8>, HeaderMap) {
    let signer = WebhookSigner::new(SECRET).expect("a good secret");
    let mut headers = HeaderMap::new();
    for (name, value) in signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", SystemTime::now(), &body) {
        headers.insert(name, HeaderValue::try_from(value).expect("a plain value"));
    }
    (body, headers)
}

fn head(what: &str) {
    println!(
        "\n| {what} | svix | allocations | dots-api-ext | allocations | × svix |\n|---|---|---|---|---|---|"
    );
}

/// Measures both on one body, in turns, and prints the best of each.
fn row(size: usize, svix: &dyn Fn(), ours: &dyn Fn()) {
    let calls = u32::try_from(8_000_000 / (size + 2_000)).expect("few calls");
    let contenders = [svix, ours];
    let mut best = [Duration::MAX; 2];
    for _ in 0..TURNS {
        for (contender, best) in contenders.iter().zip(&mut best) {
            let started = Instant::now();
            (0..calls).for_each(|_| contender());
            *best = started.elapsed().min(*best);
        }
    }
    let [theirs, own] = best.map(|time| time / calls);
    let [their_allocations, own_allocations] = contenders.map(|contender| measure(contender).count_total);
    let hundredths = own.as_nanos() * 100 / theirs.as_nanos().max(1);
    println!(
        "| {size} B | {theirs:.2?} | {their_allocations} | {own:.2?} | {own_allocations} | {}.{:02} |",
        hundredths / 100,
        hundredths % 100
    );
}
