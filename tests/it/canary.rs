//! Canary values: secrets and personal data, planted in all inputs and searched for in all output, in every encoding.

use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};

use dots_api_ext::webhook::{WebhookSigner, WebhookVerifier};
use dots_api_ext::{Dots, Error, Metadata, Outcome, Payee, RetryPolicy};

use crate::support::canaries::{CANARIES, CANARY, CANARY_DAY};
use crate::support::listener::Listener;
use crate::support::sample::{Filling, operations};
use crate::support::wire::{Answer, Wire, nobody};
use crate::support::world::{KEY, TEN_DOLLARS, builder_for, everything_shown};

/// The credentials; the key is chosen so that each encoding of it gives a different text.
const CLIENT_ID: &str = "pk_canary_3f9";
const API_KEY: &str = "sk_canary/+=%&?_7d1";

/// The secret of a webhook endpoint, which an answer or metadata may hold as well, and its bytes.
const WEBHOOK: &str = "whsec_Y2FuYXJ5LXdlYmhvb2stb2YtdGhlLXRlc3RzPz8+";
const WEBHOOK_KEY: &str = "canary-webhook-of-the-tests??>";

/// Every text that must not show, with the name of what it would reveal.
fn forbidden() -> Vec<(String, String)> {
    let pair = format!("{CLIENT_ID}:{API_KEY}");
    let secrets = [
        ("api key", API_KEY),
        ("credentials", pair.as_str()),
        ("webhook secret", WEBHOOK),
        ("webhook key", WEBHOOK_KEY),
        ("phone or tin", CANARY),
        ("day of birth", CANARY_DAY),
    ];
    secrets.iter().flat_map(|(name, secret)| forms(secret).map(|form| ((*name).to_owned(), form))).collect()
}

/// A secret in plain text, in base64 at any offset of a longer text, in URLs, in hex, and as a list of bytes.
fn forms(secret: &str) -> [String; 9] {
    let hex = |format: fn(&u8) -> String| secret.bytes().map(|byte| format(&byte)).collect::<String>();
    let list = format!("{:?}", secret.as_bytes());
    [
        secret.to_owned(),
        base64(secret.as_bytes(), 0),
        base64(secret.as_bytes(), 1),
        base64(secret.as_bytes(), 2),
        base64(secret.as_bytes(), 0).replace('+', "-").replace('/', "_"),
        secret.bytes().map(url_encoded).collect(),
        hex(|byte| format!("{byte:02x}")),
        hex(|byte| format!("{byte:02X}")),
        list.trim_matches(['[', ']']).to_owned(),
    ]
}

/// The base64 characters of the bytes after `before` other bytes, without those that depend on neighbors.
fn base64(bytes: &[u8], before: usize) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
    // After one byte four bits of the first character are ours, after two bytes two.
    let skipped = [0, 4, 2][before];
    let sixes = bits[skipped..].chunks_exact(6);
    sixes
        .map(|six| char::from(ALPHABET[six.iter().fold(0, |all, bit| all << 1 | usize::from(*bit))]))
        .collect()
}

fn url_encoded(byte: u8) -> String {
    let is_plain = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    if is_plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

/// Checks that a text contains none of the forbidden texts.
fn assert_clean(what: &str, shown: &str) {
    for (name, form) in forbidden() {
        assert!(!shown.contains(&form), "{what} shows the {name} as `{form}`: {shown}");
    }
}

fn client(url: &str) -> Dots {
    let policy = RetryPolicy::standard().attempts(2).initial_backoff(Duration::ZERO, Duration::ZERO);
    builder_for(url)
        .credentials(CLIENT_ID, API_KEY)
        .timeout(Duration::from_millis(200))
        .retry(policy)
        .build()
        .unwrap()
}

/// A payout full of canaries, and everything that it shows when it is awaited.
async fn payout(dots: &Dots) -> (Result<(), Outcome>, String) {
    let metadata = Metadata::from_iter([("secret", WEBHOOK), ("tin", CANARY)]);
    let payout = dots.send_payout(TEN_DOLLARS, Payee::phone("1", CANARY)).metadata(metadata);
    let before = format!("{dots:?}\n{dots:#?}\n{payout:?}\n{payout:#?}");
    match payout.await {
        Ok(reply) => (Ok(()), format!("{before}\n{reply:?}\n{reply:#?}")),
        Err(error) => (Err(error.outcome()), format!("{before}\n{}", shown_by(error))),
    }
}

/// Everything that an error shows, including as a panic message.
fn shown_by(error: Error) -> String {
    let shown = everything_shown(&error);
    let panic = catch_unwind(AssertUnwindSafe(|| black_box(Err::<(), _>(error)).unwrap())).unwrap_err();
    format!("{shown}\n{}", panic.downcast::<String>().unwrap())
}

/// A body with canaries where an answer has secrets, and headers with canaries.
fn body() -> String {
    format!(
        r#"{{"id":"{KEY}","amount":1000,"status":"created","payee":{{"phone_number":"{CANARY}","email":"{CANARY}"}},
        "delivery":{{"phone_number":"{CANARY}"}},"metadata":{{"secret":"{WEBHOOK}","born":"{CANARY_DAY}"}},
        "link":null,"secret":"{WEBHOOK}","success":false,"message":"no"}}"#
    )
}

/// One answer of each kind that a payout can get.
fn answers() -> Vec<Answer> {
    let cookie = format!("set-cookie: session={WEBHOOK}");
    let headers = [cookie.as_str(), "content-type: application/json"];
    let location = format!("location: http://{CANARY}.invalid/{CANARY}?token={CANARY}");
    let statuses =
        ["201 Created", "400 Bad", "401 No", "404 None", "409 Twice", "429 Many", "500 Oh", "503 Down"];
    let mut answers: Vec<Answer> = statuses.map(|status| Answer::new(status, &headers, body())).into();
    answers.push(Answer::new("201 Created", &headers, body().replace(r#""success":false,"#, "")));
    answers.extend([
        Answer::new("307 Temporary Redirect", &[&location, &cookie], body()),
        Answer::new("200 OK", &headers, body().replace("1000", &format!("\"{CANARY}\""))),
        Answer::new("200 OK", &headers, body().replace(r#""payee":{"#, r#""payee":{"first_name":["#)),
        Answer::new("200 OK", &headers, format!("\"{CANARY}\"")),
        Answer::html("502 Bad Gateway", &format!("<html>{CANARY} {WEBHOOK}")),
        Answer::cut(&format!("HTTP/1.1 201 Created\r\ncontent-length: 5000\r\n\r\n{}", body())),
        Answer::cut(&format!("HTTP/1.1 201 Created\r\n{CANARY} {WEBHOOK}\r\n\r\n")),
        Answer::cut(&format!("{CANARY} {WEBHOOK}\r\n\r\n")),
        Answer::cut(""),
        Answer::Silence,
    ]);
    answers
}

#[tokio::test]
async fn no_payout_shows_a_secret_or_a_person_however_it_ends() {
    let listener = Listener::start();
    let (mut paid, mut failed) = (0, Vec::new());
    for answer in answers() {
        let wire = Wire::start([answer.clone()]).await;
        let (outcome, shown) = payout(&client(&wire.url())).await;
        assert_clean(&format!("a payout that got {answer:?}"), &shown);
        match outcome {
            Ok(()) => paid += 1,
            Err(delivery) => failed.push(delivery),
        }
        assert!(!wire.requests().is_empty());
    }
    let (outcome, shown) = payout(&client(&nobody())).await;
    assert_eq!(outcome, Err(Outcome::NotSent));
    assert_clean("a payout to nobody", &shown);
    assert_clean("the log", &listener.heard().join("\n"));
    assert_eq!(
        (paid, failed.contains(&Outcome::Rejected), failed.contains(&Outcome::Unknown)),
        (1, true, true)
    );
    for library in ["dots_api_ext", "reqwest", "hyper_util"] {
        assert!(!listener.heard_of(library).is_empty(), "nothing was heard of {library}");
    }
}

#[tokio::test]
async fn no_operation_logs_a_secret_or_a_person() {
    let listener = Listener::start();
    let mut sent = 0;
    for operation in operations() {
        let (request, answer) = (operation.request(CANARIES), operation.answer(CANARIES).to_string());
        for answer in [Answer::json("200 OK", &answer), Answer::json("500 Oh", &answer), Answer::cut(&answer)]
        {
            let wire = Wire::start([answer]).await;
            if let Err(error) = operation.run(&client(&wire.url()), &request).await {
                assert_clean(operation.meta.id, &shown_by(error));
            }
            sent += wire.requests().len();
        }
    }
    assert_clean("the log", &listener.heard().join("\n"));
    assert!(sent > 82 * 3, "{sent}");
}

#[test]
fn no_webhook_shows_its_secret_or_a_person() {
    let (signer, verifier) = (WebhookSigner::new(WEBHOOK).unwrap(), WebhookVerifier::new(WEBHOOK).unwrap());
    let payload =
        format!(r#"{{"event":"user.updated","user_id":"u1","phone_number":"{CANARY}","odd":"{WEBHOOK}"}}"#);
    let now = SystemTime::now();
    let headers = signer.sign("msg_1", now, payload.as_bytes());
    let webhook = verifier.verify(&headers, payload.as_bytes(), now).unwrap();
    let forged = verifier.verify(&headers, format!("{payload} ").as_bytes(), now).unwrap_err();
    let late = verifier.verify(&headers, payload.as_bytes(), now + Duration::from_secs(301)).unwrap_err();
    let short = WebhookVerifier::new("whsec_Y2FuYXJ5").unwrap_err();
    assert_clean(
        "a webhook",
        &format!("{signer:?}\n{signer:#?}\n{verifier:?}\n{verifier:#?}\n{webhook:?}\n{webhook:#?}"),
    );
    for error in [forged, late, short] {
        let shown = everything_shown(&error);
        assert_clean("a webhook that is refused", &shown);
        assert!(!shown.contains("Y2FuYXJ5"), "{shown}");
    }
}

#[test]
fn no_setting_shows_a_secret_when_it_is_refused() {
    for (id, key) in [("pk:canary", API_KEY), (CLIENT_ID, ""), (CLIENT_ID, "sk_canary\n7d1")] {
        let builder = Dots::builder().credentials(id, key);
        let shown = format!("{builder:?}\n{}", shown_by(builder.clone().build().unwrap_err()));
        assert_clean("a client that cannot be made", &shown);
        assert!(!shown.contains("canary\n") && !shown.contains("sk_canary"), "{shown}");
    }
}

#[test]
fn the_search_finds_a_secret_in_each_of_its_forms() {
    assert_eq!(
        forms("ab?"),
        ["ab?", "YWI/", "FiP", "hYj", "YWI_", "ab%3F", "61623f", "61623F", "97, 98, 63"]
    );
    let header = "Basic cGtfY2FuYXJ5XzNmOTpza19jYW5hcnkvKz0lJj9fN2Qx";
    assert!(forbidden().iter().any(|(name, form)| name == "credentials" && header.contains(form)));
    assert!(forbidden().iter().any(|(name, form)| name == "api key" && header.contains(form)));
    // The canaries in the requests are the texts that the test searches for.
    let planted = operations().iter().filter(|it| it.request(CANARIES).to_string().contains(CANARY)).count();
    let plain =
        operations().iter().filter(|it| it.request(Filling::FULL).to_string().contains(CANARY)).count();
    assert!(planted >= 15 && plain == 0, "{planted} {plain}");
}
