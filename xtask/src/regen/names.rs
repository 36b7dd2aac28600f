//! Case conversion: the Rust names that progenitor and typify derive from the document's names.
//!
//! If two names of the document become one Rust name, these crates panic, lose a variant, or write code that does not
//! compile. So the checks compare the names that this module derives.

use heck::{ToPascalCase as _, ToSnakeCase as _};

/// The name of a type, a variant or a trait.
pub fn pascal(name: &str) -> String {
    cased(name, str::to_pascal_case)
}

/// The name of a function, an argument, a field or a module.
pub fn snake(name: &str) -> String {
    cased(name, str::to_snake_case)
}

/// Tells whether a value has a character that a name can keep; `<=` has none.
pub fn has_letter_or_digit(value: &str) -> bool {
    value.chars().any(char::is_alphanumeric)
}

/// Tells whether a text is already the name of a type and not a keyword.
pub fn is_pascal(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && name != "Self"
}

/// Follows typify's `sanitize`: removes apostrophes, and splits words at characters that a name cannot have.
///
/// typify also puts an `x` before a leading digit and an underscore after a keyword. Both keep different names
/// different, so a comparison does not need them.
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
