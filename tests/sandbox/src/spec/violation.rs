//! What a schema does not allow about a value, and where.

use std::fmt::{self, Write as _};

use serde_json::Value;

use super::{formats::Format, schema::Type};

/// A rule that a value breaks.
#[derive(Clone, Debug)]
pub(crate) struct Violation {
    /// Where the value is, as a JSON pointer.
    pub(crate) path: String,
    /// Where the rule is in the schema.
    pub(crate) by: String,
    /// The type of the value.
    pub(crate) found: Type,
    pub(crate) rule: Rule,
}

/// A rule of a schema.
#[derive(Clone, Debug)]
pub(crate) enum Rule {
    Type(Vec<Type>),
    Options(Vec<Value>),
    Minimum(Value),
    Above(Value),
    Maximum(Value),
    Below(Value),
    /// The number must be whole; the end of a sentence.
    Whole(&'static str),
    MinLength(u64),
    MaxLength(u64),
    Pattern(String),
    Format(Format),
    MinItems(u64),
    MaxItems(u64),
    UniqueItems,
    Required(String),
    Unknown(Vec<String>),
    /// What is wrong with the value by each alternative.
    NoAlternative(Vec<Vec<Violation>>),
    SeveralAlternatives,
    Not,
    Never,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Rule::Required(name) => write!(f, "\"{name}\" is a required property"),
            Rule::Unknown(names) => write!(f, "{names:?} are not known"),
            Rule::NoAlternative(_) => f.write_str("none of the alternatives fits"),
            rule => write!(f, "{:?} breaks {rule:?}", self.found),
        }
    }
}

/// A path from the root to a value or to a rule.
#[derive(Clone, Copy)]
pub(super) struct Path<'p> {
    pub(super) above: Option<&'p Path<'p>>,
    pub(super) step: Step<'p>,
}

/// The last step of a path.
#[derive(Clone, Copy)]
pub(super) enum Step<'p> {
    Root,
    Field(&'p str),
    Item(usize),
}

impl Path<'_> {
    pub(super) const ROOT: Path<'static> = Path { above: None, step: Step::Root };

    /// Writes the path as a JSON pointer.
    pub(super) fn pointer(&self) -> String {
        let mut pointer = self.above.map(Path::pointer).unwrap_or_default();
        // Writing to a string does not fail.
        let _ = match self.step {
            Step::Root => Ok(()),
            Step::Field(name) => write!(pointer, "/{}", name.replace('~', "~0").replace('/', "~1")),
            Step::Item(place) => write!(pointer, "/{place}"),
        };
        pointer
    }
}
