#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at the first surprise")]

use serde_json::{Value, json};

use super::*;

/// Compiles a schema that may refer to `Amount`, an integer.
fn compile(direction: Direction, schema: &Value) -> Validator {
    let document = json!({ "components": { "schemas": { "Amount": { "type": "integer" } } } });
    Schemas::new(&document, direction).unwrap().validator(schema).unwrap()
}

fn request(schema: &Value, value: &Value) -> bool {
    compile(Direction::Request, schema).is_valid(value)
}

fn answer(schema: &Value, value: &Value) -> bool {
    compile(Direction::Answer, schema).is_valid(value)
}

#[test]
fn null_is_allowed_only_where_the_schema_says_nullable() {
    let plain = json!({ "type": "string" });
    let nullable = json!({ "type": "string", "nullable": true });
    assert!(!request(&plain, &Value::Null));
    assert!(request(&nullable, &Value::Null));
    assert!(request(&nullable, &json!("text")));
    assert!(!request(&nullable, &json!(1)));
    assert!(!request(&json!({ "type": "string", "nullable": false }), &Value::Null));
}

#[test]
fn a_nullable_enum_allows_null_beside_its_values() {
    let schema = json!({ "type": "string", "enum": ["user", "platform"], "nullable": true });
    assert!(request(&schema, &Value::Null));
    assert!(request(&schema, &json!("user")));
    assert!(!request(&schema, &json!("nobody")));
}

#[test]
fn a_nullable_composition_allows_null() {
    let one_of = json!({ "oneOf": [{ "type": "string" }, { "type": "object" }], "nullable": true });
    assert!(request(&one_of, &Value::Null));
    assert!(!request(&one_of, &json!(1)));
    let all_of = json!({ "allOf": [{ "$ref": "#/components/schemas/Amount" }], "nullable": true });
    assert!(request(&all_of, &Value::Null));
    assert!(!request(&all_of, &json!("text")));
}

#[test]
fn an_exclusive_bound_shuts_out_the_bound_itself() {
    let schema = json!({
        "type": "integer", "minimum": 0, "exclusiveMinimum": true, "maximum": 9, "exclusiveMaximum": true,
    });
    assert!(!request(&schema, &json!(0)));
    assert!(request(&schema, &json!(1)));
    assert!(request(&schema, &json!(8)));
    assert!(!request(&schema, &json!(9)));
}

#[test]
fn an_inclusive_bound_lets_the_bound_in() {
    let schema = json!({ "type": "integer", "minimum": 0, "exclusiveMinimum": false, "maximum": 9 });
    assert!(request(&schema, &json!(0)));
    assert!(request(&schema, &json!(9)));
    assert!(!request(&schema, &json!(-1)));
    assert!(!request(&schema, &json!(10)));
}

#[test]
fn what_stands_beside_a_reference_is_ignored() {
    let schema = json!({ "$ref": "#/components/schemas/Amount", "nullable": true, "minimum": 10 });
    assert!(request(&schema, &json!(1)));
    assert!(!request(&schema, &Value::Null));
}

#[test]
fn a_property_may_be_called_like_a_keyword() {
    let properties = json!({ "nullable": { "type": "string" }, "description": { "type": "integer" } });
    let schema = json!({ "type": "object", "properties": properties });
    assert!(request(&schema, &json!({ "nullable": "text", "description": 1 })));
    assert!(!request(&schema, &json!({ "nullable": true })));
    assert!(!request(&schema, &json!({ "description": "text" })));
}

#[test]
fn a_missing_zone_is_allowed_in_answers_alone_and_only_with_the_mark() {
    let plain = json!({ "type": "string", "format": "date-time" });
    let marked = json!({ "type": "string", "format": "date-time", "x-zoneless": true });
    let zoneless = json!("2024-07-11T12:31:33.479437");
    assert!(answer(&marked, &zoneless));
    assert!(answer(&marked, &json!("2024-07-11T12:31:33Z")));
    assert!(!answer(&plain, &zoneless));
    assert!(!request(&marked, &zoneless));
}

#[test]
fn decimal_text_is_allowed_in_answers_alone_and_only_with_the_mark() {
    let plain = json!({ "type": "number" });
    let marked = json!({ "type": "number", "x-decimal-text": true });
    for text in ["-1000", "1000.0000000000"] {
        assert!(answer(&marked, &json!(text)));
        assert!(!answer(&plain, &json!(text)));
        assert!(!request(&marked, &json!(text)));
    }
    assert!(answer(&marked, &json!(-1000)));
    for text in ["", "ten", "1e3", "1.", "0x10"] {
        assert!(!answer(&marked, &json!(text)), "{text}");
    }
}

#[test]
fn the_formats_of_the_document_are_checked() {
    let cases = [
        ("uuid", "3c90c3cc-0d44-4b50-8888-8dd25736052a", "3c90c3cc"),
        ("date", "2024-02-29", "2023-02-29"),
        ("date-time", "2024-07-11T12:31:33Z", "2024-07-11T12:31:33"),
        ("email", "jsmith@example.com", "jsmith"),
        ("uri", "https://example.com/a", "example"),
        ("base64", "aW52b2ljZQ==", "%"),
        ("http-date", "Thu, 11 Jul 2024 12:31:33 GMT", "now"),
    ];
    for (format, good, bad) in cases {
        let schema = json!({ "type": "string", "format": format });
        assert!(request(&schema, &json!(good)), "{format}");
        assert!(!request(&schema, &json!(bad)), "{format}");
    }
}
