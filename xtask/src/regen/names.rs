//! The Rust names that progenitor and typify make of the document's names.
//!
//! Two names of the document that become one name of Rust make both crates panic, lose a variant, or write code
//! that does not compile; the checks compare names in the form they have here.

use heck::{ToPascalCase as _, ToSnakeCase as _};

/// The name of a type, of an enum's variant or of a trait.
pub fn pascal(name: &str) -> String {
    cased(name, str::to_pascal_case)
}

/// The name of a function, an argument, a field or a module.
pub fn snake(name: &str) -> String {
    cased(name, str::to_snake_case)
}

/// Tells whether anything of a value would survive in a name: `<=` has nothing that could.
pub fn has_letter_or_digit(value: &str) -> bool {
    value.chars().any(char::is_alphanumeric)
}

/// Tells whether a text is already the name of a type, and no keyword.
pub fn is_pascal(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && name != "Self"
}

/// Follows typify's `sanitize` up to the case: apostrophes go, whatever cannot stand in a name separates words.
///
/// A leading digit and a keyword are repaired there by an `x` and an underscore; both keep different names
/// different, so they do not matter for a comparison.
fn cased(name: &str, case: impl Fn(&str) -> String) -> String {
    match name {
        // typify's own exceptions.
        "+1" => "plus1".to_owned(),
        "-1" => "minus1".to_owned(),
        _ => case(&name.replace('\'', "").replace(|c: char| !c.is_alphanumeric() && c != '_', "-")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cased_as_the_generator_cases_them() {
        assert_eq!(pascal("ach-account_type"), "AchAccountType");
        assert_eq!(pascal("payee's"), "Payees");
        assert_eq!(snake("listUsers"), "list_users");
        assert_eq!(snake("Api-App-Id"), "api_app_id");
    }

    #[test]
    fn signs_alone_leave_no_name() {
        assert!(!has_letter_or_digit("<="));
        assert!(has_letter_or_digit("1099_k"));
        assert_eq!(pascal("<="), "");
    }
}
