//! Error messages for schema violations.
//!
//! A message names the field and the rule. It does not repeat the value: a body may carry account and tax numbers.

use serde_json::Value;

use crate::spec::{Format, Rule, Type, Validator, Violation};

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
        schema.violations(value).iter().take(MOST).map(|error| objection(error, name)).collect();
    (!objections.is_empty()).then(|| objections.join("; "))
}

fn objection(error: &Violation, name: &str) -> String {
    let path = dotted(error, name);
    let subject = if path.is_empty() { "the body".to_owned() } else { format!("`{path}`") };
    let within = |field: &str| if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
    match &error.rule {
        Rule::Required(field) => format!("`{}` is required", within(field)),
        Rule::Unknown(unexpected) => {
            let fields: Vec<String> = unexpected.iter().map(|field| within(field)).collect();
            format!("{} {} not known here", list(&fields), if fields.len() == 1 { "is" } else { "are" })
        }
        Rule::NoAlternative(alternatives) => match likeliest(alternatives, error) {
            Some(error) => objection(error, name),
            None => format!("{subject} {}", none_of(alternatives, error)),
        },
        broken => format!("{subject} {}", rule(broken, error)),
    }
}

/// Describes the rule that the value broke, as the end of a sentence.
fn rule(broken: &Rule, error: &Violation) -> String {
    match broken {
        Rule::Above(limit) => format!("must be greater than {limit}"),
        Rule::Minimum(limit) => format!("must be at least {limit}"),
        Rule::Below(limit) => format!("must be less than {limit}"),
        Rule::Maximum(limit) => format!("must be at most {limit}"),
        Rule::Whole(objection) => (*objection).to_owned(),
        Rule::MinLength(limit) => format!("must have at least {limit} characters"),
        Rule::MaxLength(limit) => format!("must have at most {limit} characters"),
        Rule::MinItems(limit) => format!("must have at least {limit} items"),
        Rule::MaxItems(limit) => format!("must have at most {limit} items"),
        Rule::UniqueItems => "must not hold the same item twice".to_owned(),
        Rule::Pattern(pattern) => digits(pattern).unwrap_or_else(|| format!("must match `{pattern}`")),
        Rule::Options(options) => format!("must be one of {}", options_of(options)),
        Rule::Format(format) => format!("must be {}", format_of(*format)),
        Rule::Type(types) => format!("must be {}, not {}", types_of(types), named(error.found)),
        Rule::SeveralAlternatives => "matches several of the shapes, of which one is allowed".to_owned(),
        Rule::Not | Rule::Never => "is not allowed".to_owned(),
        // `objection` describes these itself.
        Rule::Required(_) | Rule::Unknown(_) | Rule::NoAlternative(_) => error.to_string(),
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
fn likeliest<'c>(alternatives: &'c [Vec<Violation>], whole: &Violation) -> Option<&'c Violation> {
    let is_another_type =
        |errors: &[Violation]| errors.iter().any(|error| wants_type(error, whole).is_some());
    let nearest = alternatives
        .iter()
        .filter(|errors| !is_another_type(errors))
        .min_by_key(|errors| (errors.iter().any(is_another_kind), errors.len()))?;
    // Of equals the first wins, so that the order is that of the document.
    nearest.iter().rev().max_by_key(|error| error.path.len())
}

/// Returns the types that an alternative requires for the whole value, if that is what failed.
fn wants_type<'e>(error: &'e Violation, whole: &Violation) -> Option<&'e [Type]> {
    match &error.rule {
        Rule::Type(types) if error.path == whole.path => Some(types),
        _ => None,
    }
}

/// Whether the violation is in a constant field that tells this alternative from the others.
fn is_another_kind(error: &Violation) -> bool {
    matches!(&error.rule, Rule::Options(options) if options.len() == 1)
}

/// Describes the types that the alternatives require, when the value has none of them.
fn none_of(alternatives: &[Vec<Violation>], whole: &Violation) -> String {
    let mut types: Vec<String> = Vec::new();
    for wanted in alternatives.iter().flatten().filter_map(|error| wants_type(error, whole)) {
        let wanted = types_of(wanted);
        if !types.contains(&wanted) {
            types.push(wanted);
        }
    }
    if types.is_empty() {
        return "does not match any of the allowed shapes".to_owned();
    }
    format!("must be {}, not {}", types.join(" or "), named(whole.found))
}

/// Writes `/payee/phone_number` as `payee.phone_number`.
fn dotted(error: &Violation, name: &str) -> String {
    let fields = error.path.split('/').skip(1).map(|field| field.replace("~1", "/").replace("~0", "~"));
    let name = Some(name.to_owned()).filter(|name| !name.is_empty());
    name.into_iter().chain(fields).collect::<Vec<_>>().join(".")
}

fn list(fields: &[String]) -> String {
    fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ")
}

fn options_of(options: &[Value]) -> String {
    let shown = |option: &Value| option.as_str().map_or_else(|| option.to_string(), str::to_owned);
    list(&options.iter().map(shown).collect::<Vec<_>>())
}

fn types_of(types: &[Type]) -> String {
    types.iter().map(|wanted| named(*wanted)).collect::<Vec<_>>().join(" or ")
}

fn named(kind: Type) -> &'static str {
    match kind {
        Type::Array => "an array",
        Type::Boolean => "a boolean",
        Type::Integer => "an integer",
        Type::Null => "null",
        Type::Number => "a number",
        Type::Object => "an object",
        Type::Text => "a string",
    }
}

fn format_of(format: Format) -> &'static str {
    match format {
        Format::Uuid => "a UUID",
        Format::Email => "an e-mail address",
        Format::Date => "a date such as `2024-07-11`",
        Format::DateTime | Format::LenientDateTime => "a time such as `2024-07-11T12:31:33Z`",
        Format::Uri => "an absolute URI",
        Format::Base64 => "of the format `base64`",
        Format::HttpDate => "of the format `http-date`",
    }
}
