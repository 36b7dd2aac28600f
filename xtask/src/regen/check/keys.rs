//! Unknown keys: keys that the generator ignores, unknown extensions (`x-` keys), and extensions with a wrong value.
//!
//! openapiv3 drops unknown keys in silence, so a misspelt `maxLenght`, or an extension one level too high, would have
//! no effect.

use serde_json::Value;

use crate::problem::Problems;
use crate::regen::index::{Index, Part, elements, entries, field};
use crate::regen::names;
use crate::regen::pointer::Pointer;

/// A kind of object: the keys and the extensions that it may have.
struct Kind {
    name: &'static str,
    keys: &'static [&'static str],
    extensions: &'static [Extension],
}

/// An extension, and the values that it takes.
struct Extension {
    key: &'static str,
    value: Takes,
}

/// The values that an extension takes.
enum Takes {
    /// One of a few words.
    OneOf(&'static [&'static str]),
    /// Only `true`.
    True,
    /// The name of a type.
    TypeName,
    /// The names of variants.
    VariantNames,
    /// Any string.
    Text,
}

const DOCUMENT: Kind = Kind {
    name: "the document",
    keys: &["openapi", "info", "servers", "security", "tags", "paths", "components", "externalDocs"],
    extensions: &[],
};
const INFO: Kind = Kind {
    name: "`info`",
    keys: &["title", "description", "termsOfService", "contact", "license", "version"],
    extensions: &[],
};
const TAG: Kind = Kind { name: "a tag", keys: &["name", "description", "externalDocs"], extensions: &[] };
const SERVER: Kind = Kind { name: "a server", keys: &["url", "description", "variables"], extensions: &[] };
const COMPONENTS: Kind = Kind {
    name: "`components`",
    keys: &["schemas", "parameters", "requestBodies", "responses", "headers", "examples", "securitySchemes"],
    extensions: &[],
};
const PATH: Kind = Kind {
    name: "a path",
    keys: &[
        "summary",
        "description",
        "servers",
        "parameters",
        "get",
        "put",
        "post",
        "delete",
        "options",
        "head",
        "patch",
        "trace",
    ],
    extensions: &[],
};
const OPERATION: Kind = Kind {
    name: "an operation",
    keys: &[
        "operationId",
        "tags",
        "summary",
        "description",
        "parameters",
        "requestBody",
        "responses",
        "security",
        "servers",
        "deprecated",
        "externalDocs",
    ],
    extensions: &[
        Extension { key: "x-idempotency", value: Takes::OneOf(super::extensions::IDEMPOTENCY) },
        Extension { key: "x-pagination", value: Takes::OneOf(super::extensions::PAGINATION) },
        Extension { key: "x-hand-written", value: Takes::True },
        Extension { key: "x-pays", value: Takes::OneOf(&["nothing"]) },
    ],
};
const PARAMETER: Kind = Kind {
    name: "a parameter",
    // `parameters` reports `content`.
    keys: &[
        "$ref",
        "name",
        "in",
        "description",
        "required",
        "deprecated",
        "schema",
        "content",
        "style",
        "explode",
        "allowEmptyValue",
        "allowReserved",
        "example",
        "examples",
    ],
    extensions: &[],
};
const BODY: Kind =
    Kind { name: "a request body", keys: &["$ref", "description", "content", "required"], extensions: &[] };
const RESPONSE: Kind =
    Kind { name: "a response", keys: &["$ref", "description", "content", "headers"], extensions: &[] };
// `bodies` reports `encoding`.
const MEDIA: Kind =
    Kind { name: "a media type", keys: &["schema", "example", "examples", "encoding"], extensions: &[] };
const SCHEMA: Kind = Kind {
    name: "a schema",
    // `composition` reports `not` and `discriminator`. `title` is missing, because typify would name types by it;
    // `load` takes it out of the document.
    keys: &[
        "$ref",
        "type",
        "format",
        "description",
        "default",
        "nullable",
        "readOnly",
        "writeOnly",
        "deprecated",
        "example",
        "externalDocs",
        "enum",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "items",
        "minItems",
        "maxItems",
        "uniqueItems",
        "properties",
        "required",
        "additionalProperties",
        "minProperties",
        "maxProperties",
        "allOf",
        "oneOf",
        "anyOf",
        "not",
        "discriminator",
    ],
    extensions: &[
        Extension { key: "x-type", value: Takes::TypeName },
        Extension { key: "x-name", value: Takes::TypeName },
        Extension { key: "x-enum-varnames", value: Takes::VariantNames },
        Extension { key: "x-enum-description", value: Takes::Text },
        Extension { key: "x-sensitive", value: Takes::True },
        Extension { key: "x-zoneless", value: Takes::True },
        Extension { key: "x-decimal-text", value: Takes::True },
        Extension { key: "x-null-clears", value: Takes::True },
        Extension { key: "x-pays", value: Takes::OneOf(&["amount", "signed-amount", "payee", "nothing"]) },
        Extension { key: "x-event", value: Takes::Text },
        Extension { key: "x-event-alias", value: Takes::Text },
        Extension { key: "x-event-form", value: Takes::Text },
    ],
};

/// Checks the keys of each object that OpenAPI defines.
pub(super) fn check(index: &Index<'_>, problems: &mut Problems) {
    let root = Pointer::root();
    let document = index.document;
    refuse(&DOCUMENT, [(root.clone(), document)], problems);
    refuse(&INFO, field(&root, document, "info"), problems);
    refuse(&TAG, elements(&root, document, "tags"), problems);
    refuse(&SERVER, elements(&root, document, "servers"), problems);
    refuse(&COMPONENTS, field(&root, document, "components"), problems);
    refuse(&PATH, index.path_items.iter().cloned(), problems);
    refuse(&OPERATION, index.operations.iter().map(|it| (it.pointer.clone(), it.value)), problems);
    refuse(&PARAMETER, index.parameters(), problems);
    refuse(&BODY, index.bodies(), problems);
    refuse(&RESPONSE, index.responses(), problems);
    let contents = index.bodies().chain(index.responses());
    refuse(&MEDIA, contents.flat_map(|(at, value)| entries(&at, value, "content")), problems);
    refuse(&SCHEMA, index.schemas.iter().map(|it| (it.pointer.clone(), it.value)), problems);
}

/// Refuses keys that a kind of object does not have.
fn refuse<'a>(kind: &Kind, parts: impl IntoIterator<Item = Part<'a>>, problems: &mut Problems) {
    for (at, value) in parts {
        for (key, value) in value.as_object().into_iter().flatten() {
            if kind.keys.contains(&key.as_str()) {
                continue;
            }
            let at = at.key(key);
            match kind.extensions.iter().find(|extension| extension.key == key) {
                Some(extension) => refuse_value(extension, &at, value, problems),
                None if key.starts_with("x-") => problems.add(
                    at,
                    format!("unknown extension `{key}` on {}", kind.name),
                    "openapi/README.md lists the `x-` keys and where each stands; take those of others out of the document",
                ),
                None => problems.add(
                    at,
                    format!("{} with the key `{key}`, which the generator does not read", kind.name),
                    "correct its spelling, or take it out of the document",
                ),
            }
        }
    }
}

/// Refuses a value that an extension does not take.
fn refuse_value(extension: &Extension, at: &Pointer, value: &Value, problems: &mut Problems) {
    let fits = match &extension.value {
        Takes::OneOf(words) => value.as_str().is_some_and(|word| words.contains(&word)),
        Takes::True => *value == Value::Bool(true),
        Takes::TypeName => value.as_str().is_some_and(names::is_pascal),
        Takes::VariantNames => value
            .as_array()
            .is_some_and(|all| all.iter().all(|name| name.as_str().is_some_and(names::is_pascal))),
        Takes::Text => value.as_str().is_some_and(|text| !text.is_empty()),
    };
    if !fits {
        let wanted = match &extension.value {
            Takes::OneOf(words) => format!("write one of {}", super::listed(words)),
            Takes::True => "write `true`, or remove the key".to_owned(),
            Takes::TypeName => "write the name of a type, such as `UserId`".to_owned(),
            Takes::VariantNames => "write a list of variant names, such as `[AtMost, Exactly]`".to_owned(),
            Takes::Text => "write a string".to_owned(),
        };
        problems.add(at, format!("`{}` does not take {}", extension.key, super::shown(value)), wanted);
    }
}
