use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::Cents;

struct Payee {
    name: String,
    kind: Option<String>,
    amounts: Vec<Cents>,
}

super::object!(Payee { required name, optional kind: "type", default amounts by money_or_default });

struct Closed {
    name: String,
}

super::object!(closed Closed { required name });

/// The same by serde's derives.
mod derived {
    use serde::{Deserialize, Serialize};

    use crate::Cents;

    #[derive(Serialize, Deserialize)]
    pub(super) struct Payee {
        name: String,
        #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
        kind: Option<String>,
        #[serde(default, deserialize_with = "crate::read::money_or_default")]
        amounts: Vec<Cents>,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Closed {
        name: String,
    }
}

struct Empty {}

super::object!(Empty {});

/// What is read, written again; or the error.
fn read<T: for<'de> Deserialize<'de> + Serialize>(json: &str) -> Result<Value, String> {
    let read = serde_json::from_str::<T>(json).map_err(|error| error.to_string())?;
    Ok(serde_json::to_value(read).unwrap())
}

const TEXTS: &[&str] = &[
    r#"{"name":"a"}"#,
    r#"{"name":"a","type":"b","amounts":[1,"2","3.0000"]}"#,
    r#"{"amounts":null,"type":null,"name":"a"}"#,
    r#"{"type":"b","name":"a","more":{"deep":[1,{}]},"amounts":[]}"#,
    r#"{"kind":"b","name":"a"}"#,
    "{}",
    r#"{"type":"b"}"#,
    r#"{"name":null}"#,
    r#"{"name":"a","name":"b"}"#,
    r#"{"name":"a","type":"b","type":"b"}"#,
    r#"{"name":"a","amounts":["1.5"]}"#,
    r#"{"name":"a""#,
    "null",
    "17",
    r#""a""#,
];

#[test]
fn an_object_is_read_and_written_as_by_the_derives_of_serde() {
    for text in TEXTS {
        assert_eq!(read::<Payee>(text), read::<derived::Payee>(text), "{text}");
        assert_eq!(read::<Closed>(text), read::<derived::Closed>(text), "{text}");
    }
    let payee = Payee { name: "a".into(), kind: None, amounts: vec![Cents::new(1)] };
    assert_eq!(serde_json::to_string(&payee).unwrap(), r#"{"name":"a","amounts":[1]}"#);
}

#[test]
fn a_field_is_found_in_any_order() {
    for text in [r#"{"amounts":[1],"type":"b","name":"a"}"#, r#"{"type":"b","amounts":[1],"name":"a"}"#] {
        assert_eq!(read::<Payee>(text), Ok(json!({ "name": "a", "type": "b", "amounts": [1] })));
    }
}

#[test]
fn a_list_is_no_object() {
    let message = "invalid type: sequence, expected struct Closed at line 1 column 1";
    assert_eq!(read::<Closed>(r#"["a"]"#), Err(message.to_owned()));
}

#[test]
fn an_object_without_fields_reads_any_object() {
    assert_eq!(read::<Empty>(r#"{"more":1}"#), Ok(json!({})));
    assert!(read::<Empty>("[]").is_err());
}
