//! Bodies that are signed but odd.

use dots_api_ext::webhook::{UnknownWebhookEvent, WebhookErrorKind, WebhookEvent};
use serde_json::{Value, json};

use super::{SENT, at, outcome, signed, verifier};
use crate::support::world::everything_shown;

/// The event of a genuine delivery of this body, or the kind of the error.
fn read(body: &[u8]) -> Result<WebhookEvent, WebhookErrorKind> {
    let webhook = outcome(&signed(body), body)?;
    assert_eq!(webhook.raw(), body);
    Ok(webhook.into_event())
}

fn unknown(body: &str) -> UnknownWebhookEvent {
    match read(body.as_bytes()) {
        Ok(WebhookEvent::Unknown(event)) => event,
        other => panic!("{body} was read as {other:?}"),
    }
}

#[test]
fn what_json_does_not_have_is_refused_and_not_repeated() {
    let utf_16: Vec<u8> =
        r#"{"event":"user.updated","user_id":"Canary"}"#.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let odd: [&[u8]; 7] = [
        &utf_16,
        // A number beyond 64 bits.
        br#"{"event":"user.updated","user_id":"Canary","metadata":{"n":1e400}}"#,
        br#"{"event":"user.updated","user_id":"Canary","metadata":{"n":-1e400}}"#,
        br#"{"event":"user.updated","user_id":"Canary","metadata":{"n":NaN}}"#,
        b"{\"event\":\"user.updated\",\"user_id\":\"Canary\"}\0",
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\xef\xbb\xbf{\"event\":\"user.updated\",\"user_id\":\"Canary\"}",
    ];
    for body in odd {
        let shown = String::from_utf8_lossy(body);
        assert_eq!(read(body).err(), Some(WebhookErrorKind::Payload), "{shown}");
        let error = verifier().verify(&signed(body), body, at(SENT)).unwrap_err();
        assert!(!everything_shown(&error).contains("Canary"), "{shown}: {error:?}");
    }
}

#[test]
fn a_byte_order_mark_and_half_an_emoji_leave_a_delivery_readable() {
    let link = r#""id":"l1","link":"https://my.dots.dev/flow/f1","status":"sent","amount":1250"#;
    let odd = [
        format!("\u{feff}{{\"event\":\"payout_link.sent\",{link}}}"),
        format!(r#"{{"event":"payout_link.sent",{link},"memo":"for the \ud83d"}}"#),
        format!(r#"{{"event":"payout_link.sent",{link},"memo":"\udc00\ud800"}}"#),
        format!(r#"{{"event":"payout_link.sent",{link},"metadata":{{"\ud800":"\udfff"}}}}"#),
        // Without its name, as Dots' examples show it.
        r#"{"payout_link_id":"l1","note":"\ud83d"}"#.to_owned(),
    ];
    for body in odd {
        let webhook = outcome(&signed(body.as_bytes()), body.as_bytes()).unwrap();
        assert_eq!(webhook.raw(), body.as_bytes());
        assert_eq!(webhook.ids().collect::<Vec<_>>(), ["l1"], "{body}");
    }
}

#[test]
fn a_number_that_no_amount_has_leaves_the_payload_as_it_came() {
    for amount in ["1e308", "1.5", "9223372036854775808", "-1e30", "\"1e400\"", "\"NaN\"", "\"\""] {
        let link = r#""id":"l1","link":"https://my.dots.dev/flow/f1","status":"sent""#;
        let event = unknown(&format!(r#"{{"event":"payout_link.sent",{link},"amount":{amount}}}"#));
        assert!(event.problem().is_some(), "{amount}");
        let kept: Value = serde_json::from_str(amount).unwrap();
        assert_eq!((event.name(), &event.payload()["amount"]), (Some("payout_link.sent"), &kept));
    }
}

#[test]
fn a_link_that_cannot_be_read_is_asked_about_all_the_same() {
    let body = br#"{"event":"payout_link.sent","id":"l1","link":"https://my.dots.dev","status":"sent","amount":1e308}"#;
    let webhook = outcome(&signed(body), body).unwrap();
    assert!(matches!(webhook.event(), WebhookEvent::Unknown(_)), "{webhook:?}");
    assert_eq!(webhook.payout_link_id().unwrap().as_str(), "l1");
}

#[test]
fn odd_bodies_that_are_json_are_read() {
    for user in [r"\ud83d\ude00", "😀", r"\u0000", "\u{feff}", "\u{fffd}", r"\\ud800"] {
        let body = format!(r#"{{"event":"user.updated","user_id":"u1","metadata":{{"note":"{user}"}}}}"#);
        let Ok(WebhookEvent::UserUpdated(read)) = read(body.as_bytes()) else { panic!("{body}") };
        assert_eq!(read.user_id.as_str(), "u1");
    }
    let spaced = b" \t\r\n{\"event\" : \"user.updated\", \"user_id\" : \"u1\"}\n";
    assert_eq!(read(spaced).unwrap().name(), Some("user.updated"));
    let event = unknown(r#"{"event":"\ud83d\ude00","n":1e308}"#);
    assert_eq!((event.name(), event.payload()), (Some("😀"), &json!({ "event": "😀", "n": 1e308 })));
}
