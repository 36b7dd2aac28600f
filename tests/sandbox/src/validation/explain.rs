//! Error messages for schema violations.
//!
//! A message names the field and the rule. It does not repeat the value: a body may carry account and tax numbers.

use jsonschema::{
    JsonType, ValidationError, Validator,
    error::{TypeKind, ValidationErrorKind},
};
use serde_json::Value;

/// The most violations that one message lists.
const MOST: usize = 5;

/// Validates a value and describes the violations; returns nothing when the value is valid.
///
/// `name` is the parameter's name, or empty for a body, whose fields have names of their own.
pub(crate) fn explain(schema: &Validator, value: &Value, name: &str) -> Option<String> {
    // Nearly every request is valid, and checking that is cheaper than collecting violations.
    if schema.is_valid(value) {
        return None;
    }
    let objections: Vec<String> =
        schema.iter_errors(value).take(MOST).map(|error| objection(&error, name)).collect();
    (!objections.is_empty()).then(|| objections.join("; "))
}

fn objection(error: &ValidationError<'_>, name: &str) -> String {
    let path = dotted(error, name);
    let subject = if path.is_empty() { "the body".to_owned() } else { format!("`{path}`") };
    let within = |field: &str| if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            format!("`{}` is required", within(property.as_str().unwrap_or_default()))
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let fields: Vec<String> = unexpected.iter().map(|field| within(field)).collect();
            format!("{} {} not known here", list(&fields), if fields.len() == 1 { "is" } else { "are" })
        }
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            match likeliest(context, error) {
                Some(error) => objection(error, name),
                None => format!("{subject} {}", none_of(context, error)),
            }
        }
        kind => format!("{subject} {}", rule(kind, error)),
    }
}

/// Describes the rule that the value broke, as the end of a sentence.
fn rule(kind: &ValidationErrorKind, error: &ValidationError<'_>) -> String {
    match kind {
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("must be greater than {limit}"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::MinLength { limit } => format!("must have at least {limit} characters"),
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} items"),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} items"),
        ValidationErrorKind::UniqueItems => "must not hold the same item twice".to_owned(),
        ValidationErrorKind::Pattern { pattern } => {
            digits(pattern).unwrap_or_else(|| format!("must match `{pattern}`"))
        }
        ValidationErrorKind::Enum { options } => format!("must be one of {}", options_of(options)),
        ValidationErrorKind::Format { format } => format!("must be {}", format_of(format)),
        ValidationErrorKind::Type { kind } => {
            format!("must be {}, not {}", types_of(kind), named(type_of(error.instance())))
        }
        ValidationErrorKind::Custom { message, .. } => message.clone(),
        // The document does not use these keywords today: take the library's sentence, without the value.
        _ => format!("is refused: {}", error.masked()),
    }
}

/// Describes a pattern that allows nothing but digits.
fn digits(pattern: &str) -> Option<String> {
    let count = pattern.strip_prefix("^[0-9]{")?.strip_suffix("}$")?;
    Some(match count.split_once(',') {
        Some((least, most)) => format!("must be {least} to {most} digits, without a plus or spaces"),
        None => format!("must be {count} digits"),
    })
}

/// When all alternatives fail, picks the violation that the sender most likely caused: the deepest one of the closest
/// alternative. Returns nothing when no alternative has the value's type.
fn likeliest<'c>(
    alternatives: &'c [Vec<ValidationError<'static>>],
    whole: &ValidationError<'_>,
) -> Option<&'c ValidationError<'static>> {
    let is_another_type =
        |errors: &[ValidationError<'_>]| errors.iter().any(|error| wants_type(error, whole).is_some());
    let nearest = alternatives
        .iter()
        .filter(|errors| !is_another_type(errors))
        .min_by_key(|errors| (errors.iter().any(is_another_kind), errors.len()))?;
    // Of equals the first wins, so that the order is that of the document.
    nearest.iter().rev().max_by_key(|error| error.instance_path().as_str().len())
}

/// Returns the type that an alternative requires for the whole value, if that is what failed.
fn wants_type<'e>(error: &'e ValidationError<'_>, whole: &ValidationError<'_>) -> Option<&'e TypeKind> {
    match error.kind() {
        ValidationErrorKind::Type { kind } if error.instance_path() == whole.instance_path() => Some(kind),
        _ => None,
    }
}

/// Whether the violation is in a constant field that tells this alternative from the others.
fn is_another_kind(error: &ValidationError<'_>) -> bool {
    match error.kind() {
        ValidationErrorKind::Constant { .. } => true,
        ValidationErrorKind::Enum { options } => options.as_array().is_some_and(|options| options.len() == 1),
        _ => false,
    }
}

/// Describes the types that the alternatives require, when the value has none of them.
fn none_of(alternatives: &[Vec<ValidationError<'static>>], whole: &ValidationError<'_>) -> String {
    let mut types: Vec<String> = Vec::new();
    for kind in alternatives.iter().flatten().filter_map(|error| wants_type(error, whole)) {
        let kind = types_of(kind);
        if !types.contains(&kind) {
            types.push(kind);
        }
    }
    if types.is_empty() {
        return "does not match any of the allowed shapes".to_owned();
    }
    format!("must be {}, not {}", types.join(" or "), named(type_of(whole.instance())))
}

/// Writes `/payee/phone_number` as `payee.phone_number`.
fn dotted(error: &ValidationError<'_>, name: &str) -> String {
    let pointer = error.instance_path().as_str();
    let fields = pointer.split('/').skip(1).map(|field| field.replace("~1", "/").replace("~0", "~"));
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    name.into_iter().chain(fields).collect::<Vec<_>>().join(".")
}

fn list(fields: &[String]) -> String {
    fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ")
}

fn options_of(options: &Value) -> String {
    let options = options.as_array().into_iter().flatten();
    list(
        &options
            .map(|option| option.as_str().map_or_else(|| option.to_string(), str::to_owned))
            .collect::<Vec<_>>(),
    )
}

fn types_of(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(kind) => named(*kind).to_owned(),
        TypeKind::Multiple(kinds) => kinds.iter().map(named).collect::<Vec<_>>().join(" or "),
    }
}

fn type_of(value: &Value) -> JsonType {
    match value {
        Value::Null => JsonType::Null,
        Value::Bool(_) => JsonType::Boolean,
        Value::Number(_) => JsonType::Number,
        Value::String(_) => JsonType::String,
        Value::Array(_) => JsonType::Array,
        Value::Object(_) => JsonType::Object,
    }
}

fn named(kind: JsonType) -> &'static str {
    match kind {
        JsonType::Array => "an array",
        JsonType::Boolean => "a boolean",
        JsonType::Integer => "an integer",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a string",
    }
}

fn format_of(format: &str) -> String {
    match format {
        "uuid" => "a UUID".to_owned(),
        "email" => "an e-mail address".to_owned(),
        "date" => "a date such as `2024-07-11`".to_owned(),
        "date-time" => "a time such as `2024-07-11T12:31:33Z`".to_owned(),
        "uri" => "an absolute URI".to_owned(),
        other => format!("of the format `{other}`"),
    }
}
