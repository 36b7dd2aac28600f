//! Signature verification: each check, on both sides of its limit.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dots_api_ext::webhook::{
    HeaderFamily, MAX_BODY, MAX_HEADER, MAX_SIGNATURES, WebhookErrorKind, WebhookSigner, WebhookVerifier,
};
use http::{HeaderMap, HeaderValue};
use insta::assert_snapshot;

use super::{BODY, Headers, ID, OTHER_SECRET, SECRET, SENT, at, outcome, signed, verifier};
use crate::support::world::everything_shown;

/// The headers, with the value of one of them changed.
fn with(headers: &Headers, name: &str, value: &str) -> Headers {
    let mut changed = headers.clone();
    changed.iter_mut().find(|(known, _)| *known == name).unwrap().1 = value.to_owned();
    changed
}

fn kind_at(seconds: u64) -> Option<WebhookErrorKind> {
    verifier().verify(&signed(BODY), BODY, at(seconds)).err().map(|error| error.kind())
}

#[test]
fn five_minutes_before_and_after_are_good_and_a_second_more_is_not() {
    let late = Some(WebhookErrorKind::Timestamp);
    let outcomes = [SENT - 301, SENT - 300, SENT, SENT + 300, SENT + 301].map(kind_at);
    assert_eq!(outcomes, [late, None, None, None, late]);
    // Fractions of a second are not signed, so they do not count.
    let now = at(SENT + 300) + Duration::from_millis(999);
    assert!(verifier().verify(&signed(BODY), BODY, now).is_ok());
}

#[test]
fn the_tolerance_can_be_set() {
    let strict = verifier().tolerance(Duration::from_secs(10));
    assert!(strict.verify(&signed(BODY), BODY, at(SENT + 10)).is_ok());
    assert!(strict.verify(&signed(BODY), BODY, at(SENT + 11)).is_err());
    let lax = verifier().tolerance(Duration::MAX);
    assert!(lax.verify(&signed(BODY), BODY, UNIX_EPOCH).is_ok());
}

#[test]
fn no_time_is_too_odd_to_be_refused() {
    let before_1970 = UNIX_EPOCH - Duration::from_secs(1);
    // Some systems cannot represent this time.
    let far = UNIX_EPOCH.checked_add(Duration::from_secs(u64::MAX / 4)).unwrap_or(at(SENT));
    let texts = [
        "-9223372036854775808",
        "9223372036854775807",
        "9223372036854775808",
        "-1",
        "",
        " ",
        "1614265330.0",
        "1e9",
        "0x60380000",
        "١٦١٤٢٦٥٣٣٠",
        "NaN",
        "1614265330 ",
    ];
    for text in texts {
        for now in [at(SENT), UNIX_EPOCH, before_1970, far] {
            for verifier in [verifier(), verifier().tolerance(Duration::MAX)] {
                let headers = with(&signed(BODY), "svix-timestamp", text);
                assert!(verifier.verify(&headers, BODY, now).is_err(), "{text}");
            }
        }
    }
}

#[test]
fn a_time_that_no_calendar_has_is_refused_though_it_is_signed() {
    let far = UNIX_EPOCH.checked_add(Duration::from_secs(1 << 55)).unwrap_or(SystemTime::UNIX_EPOCH);
    let headers = WebhookSigner::new(SECRET).unwrap().sign(ID, far, BODY);
    let verified = verifier().verify(&headers, BODY, far);
    assert_eq!(verified.map_err(|error| error.kind()).err(), Some(WebhookErrorKind::Timestamp));
}

#[test]
fn the_time_is_signed_as_it_is_written() {
    for same in ["+1614265330", "01614265330"] {
        let headers = with(&signed(BODY), "svix-timestamp", same);
        assert_eq!(outcome(&headers, BODY).err(), Some(WebhookErrorKind::Signature), "{same}");
    }
}

#[test]
fn another_secret_another_id_and_another_body_are_refused() {
    let signature = Some(WebhookErrorKind::Signature);
    let forged = WebhookSigner::new(OTHER_SECRET).unwrap().sign(ID, at(SENT), BODY);
    assert_eq!(outcome(&forged, BODY).err(), signature);
    assert_eq!(outcome(&with(&signed(BODY), "svix-id", "msg_2"), BODY).err(), signature);
    let sooner = with(&signed(BODY), "svix-timestamp", &(SENT - 1).to_string());
    assert_eq!(outcome(&sooner, BODY).err(), signature);
    for other in [&BODY[1..], &BODY[..BODY.len() - 1], b"", &[BODY, b" "].concat()] {
        assert_eq!(outcome(&signed(BODY), other).err(), signature);
    }
    assert!(outcome(&signed(BODY), BODY).is_ok());
}

#[test]
fn while_a_secret_is_changed_both_are_good() {
    let both = verifier().add_secret(OTHER_SECRET).unwrap();
    for secret in [SECRET, OTHER_SECRET] {
        let headers = WebhookSigner::new(secret).unwrap().sign(ID, at(SENT), BODY);
        assert!(both.verify(&headers, BODY, at(SENT)).is_ok());
    }
    let third = WebhookSigner::new("whsec_plJ3nmyCDGBKInavdOK15jsl").unwrap();
    assert!(both.verify(&third.sign(ID, at(SENT), BODY), BODY, at(SENT)).is_err());
}

#[test]
fn every_signature_is_tried_and_other_versions_prove_nothing() {
    let headers = signed(BODY);
    let good = headers[2].1.as_str();
    let mac = good.trim_start_matches("v1,");
    let wrong = signed(b"{}")[2].1.clone();
    for (list, is_good) in [
        (format!("{wrong} {good}"), true),
        (format!("v1a,{mac} v2,{mac} {good} v3"), true),
        (format!("  {good}  "), true),
        (wrong.clone(), false),
        (format!("v2,{mac}"), false),
        (format!("v1a,{mac}"), false),
        (format!("V1,{mac}"), false),
        (format!("v1={mac}"), false),
        (format!("v1,v1,{mac}"), false),
        (mac.to_owned(), false),
        (good.replace(' ', ","), true),
        (format!("{wrong},{good}"), true),
        (format!("{wrong}, {good}"), true),
        (format!("{wrong},v2,{mac}"), false),
        (format!("{good}A"), false),
        (good.trim_end_matches('=').to_owned(), false),
        ("v1,".to_owned(), false),
        (String::new(), false),
    ] {
        let verified = outcome(&with(&headers, "svix-signature", &list), BODY);
        assert_eq!(verified.is_ok(), is_good, "{list}");
    }
}

#[test]
fn every_line_of_signatures_is_read_in_every_kind_of_map() {
    let [id, timestamp, good] = signed(BODY).map(|(_, value)| value);
    let wrong = signed(b"{}")[2].1.clone();
    for lines in [[&good, &wrong], [&wrong, &good]] {
        let mut headers = HeaderMap::new();
        headers.insert("svix-id", HeaderValue::from_str(&id).unwrap());
        headers.insert("svix-timestamp", HeaderValue::from_str(&timestamp).unwrap());
        for line in lines {
            headers.append("svix-signature", HeaderValue::from_str(line).unwrap());
        }
        assert!(outcome(&headers, BODY).is_ok());
        let pairs = [
            ("Svix-Id", &id),
            ("Svix-Timestamp", &timestamp),
            ("Svix-Signature", lines[0]),
            ("Svix-Signature", lines[1]),
        ];
        assert!(outcome(&pairs, BODY).is_ok());
        assert!(outcome(pairs.as_slice(), BODY).is_ok());
        let listed: [(&str, Vec<&String>); 3] = [
            ("svix-id", vec![&id]),
            ("svix-timestamp", vec![&timestamp]),
            ("svix-signature", lines.to_vec()),
        ];
        assert!(outcome(&HashMap::from(listed.clone()), BODY).is_ok());
        assert!(outcome(&BTreeMap::from(listed.clone()), BODY).is_ok());
        assert!(outcome(&Vec::from(listed), BODY).is_ok());
        let owned: HashMap<String, Vec<Vec<u8>>> = HashMap::from([
            ("SVIX-ID".to_owned(), vec![id.clone().into_bytes()]),
            ("SVIX-TIMESTAMP".to_owned(), vec![timestamp.clone().into_bytes()]),
            ("SVIX-SIGNATURE".to_owned(), lines.map(|line| line.clone().into_bytes()).to_vec()),
        ]);
        assert!(outcome(&owned, BODY).is_ok());
    }
    let none: HashMap<&str, Vec<String>> =
        HashMap::from([("svix-id", vec![]), ("svix-signature", vec![good])]);
    assert_eq!(outcome(&none, BODY).err(), Some(WebhookErrorKind::Header));
}

#[test]
fn lines_of_signatures_are_counted_together() {
    let [id, timestamp, good] = signed(BODY).map(|(_, value)| value);
    let headers = |count: usize| {
        let wrong = vec!["v2,AAAA".to_owned(); count - 1];
        let lines = [wrong, vec![good.clone()]].concat();
        HashMap::from([
            ("svix-id", vec![id.clone()]),
            ("svix-timestamp", vec![timestamp.clone()]),
            ("svix-signature", lines),
        ])
    };
    let kinds = [MAX_SIGNATURES, MAX_SIGNATURES + 1].map(|count| outcome(&headers(count), BODY).err());
    assert_eq!(kinds, [None, Some(WebhookErrorKind::Header)]);
}

#[test]
fn sixteen_signatures_are_read_and_seventeen_are_not() {
    let headers = signed(BODY);
    let good = headers[2].1.clone();
    let list = |count: usize| [vec!["v2,AAAA"; count - 1].join(" "), good.clone()].join(" ");
    let kinds = [MAX_SIGNATURES, MAX_SIGNATURES + 1]
        .map(|count| outcome(&with(&headers, "svix-signature", &list(count)), BODY).err());
    assert_eq!(kinds, [None, Some(WebhookErrorKind::Header)]);
}

#[test]
fn a_header_of_four_kibibytes_is_read_and_a_byte_more_is_not() {
    let headers = signed(BODY);
    let list = |length: usize| format!("{:<length$}", headers[2].1);
    let kinds = [MAX_HEADER, MAX_HEADER + 1]
        .map(|length| outcome(&with(&headers, "svix-signature", &list(length)), BODY).err());
    assert_eq!(kinds, [None, Some(WebhookErrorKind::TooLarge)]);
    for name in ["svix-id", "svix-timestamp"] {
        let large = with(&headers, name, &"1".repeat(MAX_HEADER + 1));
        assert_eq!(outcome(&large, BODY).err(), Some(WebhookErrorKind::TooLarge), "{name}");
    }
}

#[test]
fn a_body_of_a_mebibyte_is_read_and_a_byte_more_is_not() {
    let body = |length: usize| [BODY, &b" ".repeat(length - BODY.len())].concat();
    let kinds = [MAX_BODY, MAX_BODY + 1].map(|length| {
        let body = body(length);
        outcome(&signed(&body), &body).err()
    });
    assert_eq!(kinds, [None, Some(WebhookErrorKind::TooLarge)]);
}

#[test]
fn headers_that_are_no_plain_text_are_refused() {
    let mut headers = HeaderMap::new();
    for (name, value) in signed(BODY) {
        headers.insert(name, HeaderValue::try_from(value).unwrap());
    }
    assert!(outcome(&headers, BODY).is_ok());
    for name in ["svix-id", "svix-timestamp", "svix-signature"] {
        for value in [&b"\xff\xfe"[..], "msg_\u{fc}".as_bytes(), b"a\tb"] {
            let mut headers = headers.clone();
            headers.insert(name, HeaderValue::from_bytes(value).unwrap());
            assert!(outcome(&headers, BODY).is_err(), "{name}");
        }
    }
    headers.insert("svix-id", HeaderValue::from_static(""));
    assert_eq!(outcome(&headers, BODY).err(), Some(WebhookErrorKind::Header));
}

#[test]
fn what_is_missing_is_named_and_two_families_are_never_mixed() {
    let signer = WebhookSigner::new(SECRET).unwrap();
    let svix = signed(BODY);
    let standard = signer.family(HeaderFamily::Standard).sign(ID, at(SENT), BODY);
    let message =
        |headers: &[(&str, String)]| verifier().verify(headers, BODY, at(SENT)).unwrap_err().to_string();
    assert_eq!(message(&[]), "could not verify a webhook: the header `svix-id` is missing");
    assert_eq!(message(&svix[..2]), "could not verify a webhook: the header `svix-signature` is missing");
    assert_eq!(message(&standard[1..]), "could not verify a webhook: the header `webhook-id` is missing");
    let mixed = [svix[0].clone(), standard[1].clone(), svix[2].clone()];
    assert!(outcome(&mixed, BODY).is_err());
    // The complete family is used, whatever is left of the other.
    assert!(
        outcome(&[svix[0].clone(), standard[0].clone(), standard[1].clone(), standard[2].clone()], BODY)
            .is_ok()
    );
}

#[test]
fn what_is_too_much_is_told_with_its_measure() {
    let message = |headers: &Headers, body: &[u8], seconds| {
        verifier().verify(headers, body, at(seconds)).unwrap_err().to_string()
    };
    let (good, long) = (signed(BODY), "x".repeat(MAX_HEADER + 1));
    let many = vec!["v1,none"; MAX_SIGNATURES + 1].join(" ");
    let messages = [
        message(&good, &vec![b' '; MAX_BODY + 1], SENT),
        message(&with(&good, "svix-id", &long), BODY, SENT),
        message(&with(&good, "svix-signature", &many), BODY, SENT),
        message(&good, BODY, SENT - 301),
        message(&good, BODY, SENT + 301),
        WebhookVerifier::new("whsec_AAAA").unwrap_err().to_string(),
    ];
    assert_snapshot!(messages.join("\n"), @r"
    could not verify a webhook: the body has `1048577` bytes; at most `1048576` are allowed
    could not verify a webhook: the header `svix-id` has `4097` bytes; at most `4096` are allowed
    could not verify a webhook: it has `17` signatures; at most `16` are allowed
    could not verify a webhook: it was signed `301s` after now; at most `300s` are allowed
    could not verify a webhook: it was signed `301s` before now; at most `300s` are allowed
    could not use a webhook secret: it holds `3` bytes; at least `16` are required
    ");
}

#[test]
fn names_of_headers_are_found_in_any_case() {
    let shouted = signed(BODY).map(|(name, value)| (name.to_uppercase(), value));
    assert!(outcome(&shouted, BODY).is_ok());
    assert!(outcome(&shouted.to_vec(), BODY).is_ok());
}

#[test]
fn maps_of_headers_are_read_whatever_the_case_of_their_names() {
    let odd: [fn(&str) -> String; 4] = [
        str::to_owned,
        str::to_uppercase,
        |name| name.replace("svix-", "Svix-"),
        |name| name.replace("ix-", "IX-").replace("at", "At"),
    ];
    for cased in odd {
        let named = || signed(BODY).map(|(name, value)| (cased(name), value));
        let (hashed, sorted) = (HashMap::from(named()), BTreeMap::from(named()));
        assert!(outcome(&hashed, BODY).is_ok() && outcome(&sorted, BODY).is_ok(), "{sorted:?}");
        let bytes: HashMap<_, _> =
            named().into_iter().map(|(name, value)| (name, value.into_bytes())).collect();
        assert!(outcome(&bytes, BODY).is_ok() && outcome(&bytes, b"{}").is_err());
    }
    // Of two names that differ only in case, always the same one counts; of signatures, each does.
    for _ in 0..100 {
        let mut twice = HashMap::from(signed(BODY).map(|(name, value)| (name.to_owned(), value)));
        twice.insert("SVIX-SIGNATURE".to_owned(), "v1,none".to_owned());
        assert!(outcome(&twice, BODY).is_ok());
        twice.insert("SVIX-ID".to_owned(), "msg_other".to_owned());
        assert_eq!(outcome(&twice, BODY).err(), Some(WebhookErrorKind::Signature));
    }
}

#[test]
fn secrets_that_protect_nothing_are_refused() {
    for secret in [
        "",
        "whsec_",
        "whsec_MfKQ9r8GKYqrTwjUPD8I",
        "AAAA",
        "whsec_not base64",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
    ] {
        let made = [
            WebhookVerifier::new(secret).err(),
            verifier().add_secret(secret).err(),
            WebhookSigner::new(secret).err(),
        ];
        assert!(
            made.iter().all(|error| error.as_ref().unwrap().kind() == WebhookErrorKind::Secret),
            "{secret}"
        );
    }
    // 16 bytes are the minimum.
    assert!(WebhookVerifier::new("whsec_MfKQ9r8GKYqrTwjUPD8ILA==").is_ok());
    assert!(WebhookVerifier::new("whsec_MfKQ9r8GKYqrTwjUPD8I").is_err());
}

#[test]
fn a_secret_that_was_copied_badly_is_told_what_is_wrong_with_it() {
    let mistakes = [
        format!("\"{SECRET}\""),
        format!("'{SECRET}"),
        format!("{SECRET}\n"),
        format!("{SECRET}\r\n"),
        format!(" {SECRET}"),
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=".to_owned(),
        "sk_live_K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9".to_owned(),
        "   ".to_owned(),
    ];
    let told = mistakes.each_ref().map(|secret| {
        let error = WebhookVerifier::new(secret).unwrap_err();
        let shown = everything_shown(&error);
        assert!(!shown.contains("MfKQ9r8") && !shown.contains("K5oZfzN95"), "{shown}");
        error.to_string()
    });
    assert_snapshot!(told.join("\n"), @r"
    could not use a webhook secret: it stands in quotation marks, which are no part of it
    could not use a webhook secret: it stands in quotation marks, which are no part of it
    could not use a webhook secret: it holds a space or a line end, which are no part of it
    could not use a webhook secret: it holds a space or a line end, which are no part of it
    could not use a webhook secret: it holds a space or a line end, which are no part of it
    could not use a webhook secret: it is a signature, and not the secret of the endpoint
    could not use a webhook secret: it is a credential of the API, and not the secret of the endpoint
    could not use a webhook secret: it is empty
    ");
}

#[test]
fn a_proven_body_that_is_no_json_is_an_error_of_its_own() {
    for body in [&b"not json"[..], b"", b"{", b"\xff", &[&b"["[..]; 100_000].concat()] {
        assert_eq!(outcome(&signed(body), body).err(), Some(WebhookErrorKind::Payload));
    }
}

#[test]
fn nothing_shows_a_secret_or_a_byte_of_a_body() {
    const CANARY: &str = "Canary90210";
    let secret = "whsec_Q2FuYXJ5OTAyMTBDYW5hcnk5MDIxMENhbmFyeTkwMjEw";
    let signer = WebhookSigner::new(secret).unwrap();
    let body = format!(r#"{{"event":"user.gone","who":"{CANARY}"}}"#);
    let headers = signer.sign(ID, at(SENT), body.as_bytes());
    let verifier = WebhookVerifier::new(secret).unwrap();
    let webhook = verifier.verify(&headers, body.as_bytes(), at(SENT)).unwrap();
    let mut shown = format!("{verifier:?} {verifier:#?} {signer:?} {webhook:?} {webhook:#?}");
    let broken = format!(r#"{{"who":{CANARY}}}"#);
    let headers = signer.sign(ID, at(SENT), broken.as_bytes());
    shown += &everything_shown(&verifier.verify(&headers, broken.as_bytes(), at(SENT)).unwrap_err());
    shown += &everything_shown(&verifier.verify(&signed(BODY), broken.as_bytes(), at(SENT)).unwrap_err());
    shown += &everything_shown(&WebhookVerifier::new(format!("{secret}!")).unwrap_err());
    assert!(!shown.contains(CANARY) && !shown.contains("Q2Fu"), "{shown}");
}
