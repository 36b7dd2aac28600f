//! Our validation against that of the `jsonschema` crate: the same verdict on every schema of the document, for valid
//! values and for thousands that were changed at random.

use jsonschema::{Draft, Keyword, ValidationError};
use serde_json::{Map, Value, json};

use super::*;
use crate::spec::{Style, formats, sample};

/// How many values are tried with each schema.
const VALUES: usize = 120;

/// Refuses numbers that are not whole, as the crate's own keyword of ours.
struct Whole;

impl<'i> Keyword<'i> for Whole {
    fn validate(&self, instance: &'i Value) -> Result<(), ValidationError<'i>> {
        let is_valid = self.is_valid(instance);
        is_valid.then_some(()).ok_or_else(|| ValidationError::custom("is not whole"))
    }

    fn is_valid(&self, instance: &'i Value) -> bool {
        !instance.is_number() || instance.is_i64()
    }
}

fn theirs(schemas: &Schemas, document: &Value, schema: &Value) -> jsonschema::Validator {
    let components = document.pointer("/components/schemas").and_then(Value::as_object);
    let translated: Map<String, Value> = components
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.clone(), schemas.translator.schema(schema)))
        .collect();
    let whole = json!({
        "components": { "schemas": translated },
        "allOf": [schemas.translator.schema(schema)],
    });
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .with_format(formats::LENIENT_DATE_TIME, |text: &str| formats::Format::LenientDateTime.fits(text))
        .with_format("http-date", |text: &str| formats::Format::HttpDate.fits(text))
        .with_format("base64", |text: &str| formats::Format::Base64.fits(text))
        .with_keyword(formats::WHOLE, |_, _, _| Ok(Box::new(Whole)))
        .build(&whole)
        .unwrap()
}

/// A generator of numbers; the same seed gives the same ones.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    /// Changes one place of a value.
    fn change(&mut self, value: &mut Value) {
        let deeper = self.below(4) > 0;
        match value {
            Value::Object(fields) if deeper && !fields.is_empty() => {
                let place = self.below(fields.len());
                let name = fields.keys().nth(place).unwrap().clone();
                if self.below(6) == 0 {
                    fields.remove(&name);
                } else {
                    self.change(fields.get_mut(&name).unwrap());
                }
            }
            Value::Array(values) if deeper && !values.is_empty() => {
                let place = self.below(values.len());
                self.change(&mut values[place]);
            }
            Value::Object(fields) if self.below(2) == 0 => {
                fields.insert("surplus".to_owned(), self.any());
            }
            Value::Array(values) if self.below(2) == 0 => {
                let repeated = values.first().cloned();
                values.push(repeated.unwrap_or_else(|| json!("compliance")));
            }
            other => *other = self.any(),
        }
    }

    fn any(&mut self) -> Value {
        let values = [
            json!(null),
            json!(true),
            json!(0),
            json!(1),
            json!(-1),
            json!(7.5),
            json!(10.0),
            json!(1e30),
            json!(u64::MAX),
            json!(1_000_001),
            json!(""),
            json!("text"),
            json!("1"),
            json!("123456789"),
            json!("12345678901234567890123"),
            json!("-1000.50"),
            json!("2026-01-01"),
            json!("2026-01-01T00:00:00Z"),
            json!("2026-01-01T00:00:00"),
            json!("3c90c3cc-0d44-4b50-8888-8dd25736052a"),
            json!("jo@example.com"),
            json!("jo@"),
            json!("https://example.com/a?b=c"),
            json!("no uri"),
            json!("created"),
            json!("compliance"),
            json!("é".repeat(51)),
            json!([]),
            json!(["payout", "payout"]),
            json!({}),
            json!({ "name": "redirect", "redirect_url": "https://example.com" }),
        ];
        let place = self.below(values.len());
        values[place].clone()
    }
}

#[test]
fn both_say_the_same_about_every_schema_of_the_document() {
    let document: Value = serde_json::from_str(crate::spec::merged()).unwrap();
    let (mut tried, mut refused) = (0_usize, 0_usize);
    for direction in [Direction::Request, Direction::Answer] {
        let schemas = Schemas::new(&document, direction).unwrap();
        let components = document.pointer("/components/schemas").and_then(Value::as_object).unwrap();
        for (place, (name, schema)) in components.iter().enumerate() {
            let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
            let ours = schemas.validator(&reference).unwrap();
            let theirs = theirs(&schemas, &document, &reference);
            let sample =
                sample::sample(&document, schema, Style { tidy: direction == Direction::Request }).unwrap();
            let mut dice = Dice(u64::try_from(place).unwrap());
            for number in 0..VALUES {
                let mut value = sample.clone();
                (0..number.min(4)).for_each(|_| dice.change(&mut value));
                let (by_us, by_them) = (ours.is_valid(&value), theirs.is_valid(&value));
                assert_eq!(by_us, by_them, "{name} {direction:?}: {value}\n{:?}", ours.violations(&value));
                assert_eq!(by_us, ours.violations(&value).is_empty(), "{name}: {value}");
                let text = serde_json::to_vec(&value).unwrap();
                assert_eq!(by_us, ours.accepts(&text), "{name} {direction:?}, while it is read: {value}");
                tried += 1;
                refused += usize::from(!by_us);
            }
        }
    }
    assert!(tried > 30_000 && refused > tried / 4 && refused < tried, "{refused} of {tried} were refused");
}
