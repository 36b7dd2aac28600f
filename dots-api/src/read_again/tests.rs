use serde::Deserialize;
use serde_json::json;

use super::{mended, twice};
use crate::Cents;

#[derive(Debug, Deserialize, PartialEq)]
struct Row {
    id: String,
    amount: Cents,
    memo: Option<String>,
    tax_exempt: Option<bool>,
    payee: Option<Payee>,
    fee: Option<Cents>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Payee {
    country_code: String,
}

#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default)]
    data: Vec<Row>,
}

fn row(more: &str) -> String {
    format!(r#"{{"id": "l1", "amount": 1000{more}}}"#)
}

fn read(json: &[u8]) -> Option<Row> {
    twice(json, |json| serde_json::from_slice(json)).ok()
}

fn bare() -> Option<Row> {
    read(row("").as_bytes())
}

#[test]
fn an_odd_type_in_an_optional_field_is_left_out() {
    for odd in [
        r#","memo":7"#,
        r#", "memo" : [1, {"a": "]}"}]"#,
        r#","tax_exempt":"""#,
        r#","tax_exempt":{"a":true},"memo":false"#,
        r#","payee":"sms""#,
        r#","payee":{"country_code":1}"#,
        ",\n\"payee\":\n{\n\"country_code\":\n[]}",
        r#","payee":{}"#,
    ] {
        assert!(bare().is_some());
        let read = read(row(odd).as_bytes());
        // A list where no list is can be a list of rows.
        assert_eq!(read, if odd.contains("[1") || odd.contains("[]") { None } else { bare() }, "{odd}");
    }
}

#[test]
fn an_amount_an_id_and_what_must_be_there_are_never_left_out() {
    for json in [
        row(r#","fee":"ten""#),
        row(r#","payee":{"id":"u1"}"#),
        row(r#","payee":{"country_code":7,"amount":1}"#),
        r#"{"id":"l1","amount":"ten"}"#.to_owned(),
        r#"{"id":"l1","amount":true}"#.to_owned(),
        r#"{"id":"l1"}"#.to_owned(),
        r#"{"id":["l1"],"amount":1}"#.to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        "{\"id\":\"l1\",\"amount\":1000".to_owned(),
    ] {
        assert_eq!(read(json.as_bytes()), None, "{json}");
    }
}

#[test]
fn a_row_of_a_list_is_never_left_out() {
    let page = |row: &str| {
        twice(format!(r#"{{"data":[{row}]}}"#).as_bytes(), |json| serde_json::from_slice::<Page>(json))
    };
    assert_eq!(page(&row(r#","memo":7"#)).map(|page| page.data.len()).ok(), Some(1));
    assert!(page(r#"{"id":"l1"}"#).is_err());
    assert!(page("7").is_err());
}

#[test]
fn half_a_pair_of_surrogates_becomes_the_sign_for_what_cannot_be_read() {
    for (json, memo) in [
        (r#"\ud83d"#, "\u{fffd}"),
        (r#"a\uD83Db"#, "a\u{fffd}b"),
        (r#"\ude00\ud83d"#, "\u{fffd}\u{fffd}"),
        (r#"\ud83d\ud83d\ude00"#, "\u{fffd}\u{1f600}"),
        (r#"\\\ud83d"#, "\\\u{fffd}"),
        (r#"\\ud83d"#, "\\ud83d"),
    ] {
        let json = row(&format!(r#","memo":"{json}""#));
        assert_eq!(read(json.as_bytes()).and_then(|row| row.memo).as_deref(), Some(memo), "{json}");
    }
}

#[test]
fn what_is_not_utf_8_becomes_the_sign_for_what_cannot_be_read() {
    let json =
        [br#"{"id": "l1", "amount": 1000, "memo":"caf"#, &b"\xe9"[..], br#"", "tax_exempt":""}"#].concat();
    assert_eq!(read(&json).and_then(|row| row.memo).as_deref(), Some("caf\u{fffd}"));
}

#[test]
fn a_byte_order_mark_is_nothing() {
    let json = format!("\u{feff}{}", row(""));
    assert_eq!(read(json.as_bytes()), bare());
}

#[test]
fn whatever_is_mended_stays_what_it_was_where_nothing_was_odd() {
    let mut random = fastrand::Rng::with_seed(1);
    let pieces = ["\\u0041", "\\ud83d\\ude00", "\\n", "\\\\", "\u{e9}", "\u{1f600}", "a", "\\\"", "\\u"];
    for _ in 0..10_000 {
        let text: String =
            (0..random.usize(..12)).map(|_| pieces[random.usize(..pieces.len() - 1)]).collect();
        assert_eq!(mended(text.as_bytes()), text.as_bytes());
    }
    // Whatever bytes come, none is lost and nothing panics.
    for _ in 0..10_000 {
        let bytes: Vec<u8> =
            (0..random.usize(..40)).map(|_| b"{}[]:,\"\\ud83d019 \n"[random.usize(..18)]).collect();
        let _ = twice(&bytes, |json| serde_json::from_slice::<Row>(json));
        let _ = read(json!(String::from_utf8_lossy(&bytes)).to_string().as_bytes());
        let _ = read(&[row(r#","memo":7,"#).as_bytes(), &bytes].concat());
    }
    let _ = read(row(&format!(r#","memo":7,"a":{}"#, "[".repeat(100_000))).as_bytes());
}
