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

/// The name of the type that a schema becomes; one that generated code uses itself gets an end of its own.
pub fn type_name(schema: &str) -> String {
    let name = pascal(schema);
    if is_taken(&name) { format!("{name}Schema") } else { name }
}

/// The names of the prelude that generated code uses, and those that dots-api exports.
const TAKEN: &[&str] = &[
    "AnswerIds",
    "AnsweredCents",
    "Box",
    "CentsError",
    "Client",
    "ClientError",
    "Clone",
    "CreatePayableFromFile",
    "CursorList",
    "CursorListVisitor",
    "DateError",
    "Debug",
    "Default",
    "Eq",
    "Err",
    "Error",
    "Exchange",
    "From",
    "Hash",
    "IdError",
    "Idempotency",
    "IdempotencyKeyError",
    "Into",
    "IntoIterator",
    "Iterator",
    "MetadataError",
    "None",
    "Ok",
    "Operation",
    "OperationMeta",
    "OperationVisitor",
    "Option",
    "Pagination",
    "Paging",
    "PartialEq",
    "PaymentParts",
    "PhoneError",
    "Request",
    "Response",
    "Result",
    "Send",
    "Some",
    "String",
    "Sync",
    "TimestampError",
    "ToString",
    "Transport",
    "TransportError",
    "TryFrom",
    "UnknownValue",
    "UnknownWebhookEvent",
    "Vec",
];

/// Tells whether a type of this name would hide one that generated code uses.
pub fn is_taken(name: &str) -> bool {
    TAKEN.contains(&name) || super::scalars::is_scalar(name)
}

/// Tells whether a name is that of an idempotency key, in any case: `idempotency_key`, `idempotencyKey`.
pub fn is_key(name: &str) -> bool {
    snake(name) == "idempotency_key"
}

/// The name of the module and file of a tag.
pub fn module(tag: &str) -> String {
    let name = snake(tag).trim_matches('_').to_owned();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("tag_{name}") } else { name }
}

/// The cargo feature of a tag.
pub fn feature(tag: &str) -> String {
    module(tag).replace('_', "-")
}

/// The name of the variant of an enum value; before a leading digit it has a letter.
pub fn variant(value: &str) -> String {
    let name = value.replace(|c: char| !c.is_alphanumeric(), "-").to_pascal_case();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("N{name}") } else { name }
}

/// Tells whether a text can stand as a name in Rust, and is no keyword.
pub fn is_ident(name: &str) -> bool {
    syn::parse_str::<syn::Ident>(name).is_ok()
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

    /// What the root of dots-api exports hides a generated type of the same name without a word.
    #[test]
    fn the_names_that_dots_api_exports_are_taken() {
        fn names(tree: &syn::UseTree, found: &mut Vec<String>) {
            match tree {
                syn::UseTree::Path(path) => names(&path.tree, found),
                syn::UseTree::Group(group) => group.items.iter().for_each(|item| names(item, found)),
                syn::UseTree::Name(name) => found.push(name.ident.to_string()),
                syn::UseTree::Rename(name) => found.push(name.rename.to_string()),
                syn::UseTree::Glob(_) => {}
            }
        }
        let mut found = Vec::new();
        for text in
            [include_str!("../../../dots-api/src/lib.rs"), include_str!("../../../dots-api/src/scalar.rs")]
        {
            for item in syn::parse_file(text).unwrap().items {
                match item {
                    syn::Item::Use(item) if !matches!(item.vis, syn::Visibility::Inherited) => {
                        names(&item.tree, &mut found);
                    }
                    _ => {}
                }
            }
        }
        found.retain(|name| is_pascal(name) && !is_taken(name));
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn signs_alone_leave_no_name() {
        assert!(!has_letter_or_digit("<="));
        assert!(has_letter_or_digit("1099_k"));
        assert_eq!(pascal("<="), "");
    }
}
