//! Schemas, compiled: JSON Schema in the keywords that the document uses, and no others.
//!
//! A keyword, a type or a pattern that is not here is an error when the document is read, so that no rule is ignored.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::FixedState;
use serde_json::{Map, Value};

use super::{
    SpecError,
    formats::{Format, WHOLE},
    pattern::Pattern,
};

/// A compiled schema, with the components that it may refer to.
#[derive(Clone, Debug)]
pub(crate) struct Validator {
    pub(super) root: Arc<Node>,
    pub(super) components: Arc<Components>,
}

/// The schemas of the document that others refer to, by their places.
#[derive(Debug, Default)]
pub(super) struct Components(pub(super) Vec<Node>);

/// A schema and what it demands; what is `None` or empty demands nothing.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) reference: Option<usize>,
    /// Whether a value has to be read whole before it can be checked: alternatives look at it more than once.
    pub(super) needs_tree: bool,
    /// Whether nothing is allowed: the schema `false`.
    pub(super) never: bool,
    pub(super) types: Vec<Type>,
    pub(super) options: Option<Vec<Value>>,
    pub(super) number: Option<Box<NumberRules>>,
    pub(super) text: Option<Box<TextRules>>,
    pub(super) array: Option<Box<ArrayRules>>,
    pub(super) object: Option<Box<ObjectRules>>,
    pub(super) all: Vec<Node>,
    pub(super) any: Vec<Node>,
    pub(super) one: Vec<Node>,
    pub(super) not: Option<Box<Node>>,
}

/// A type of JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Array,
    Boolean,
    Integer,
    Null,
    Number,
    Object,
    Text,
}

/// What a number must be.
#[derive(Debug, Default)]
pub(super) struct NumberRules {
    pub(super) minimum: Option<Value>,
    pub(super) above: Option<Value>,
    pub(super) maximum: Option<Value>,
    pub(super) below: Option<Value>,
    /// What it counts in whole ones.
    pub(super) whole: Option<Whole>,
}

/// What a number counts that must be whole, and written so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    /// Whether the type refuses fractions already.
    pub(super) is_integer: bool,
    pub(super) is_cents: bool,
}

/// What a text must be.
#[derive(Debug, Default)]
pub(super) struct TextRules {
    pub(super) least: Option<u64>,
    pub(super) most: Option<u64>,
    pub(super) pattern: Option<Pattern>,
    pub(super) format: Option<Format>,
}

/// What an array must be.
#[derive(Debug, Default)]
pub(super) struct ArrayRules {
    pub(super) items: Option<Node>,
    pub(super) least: Option<u64>,
    pub(super) most: Option<u64>,
    pub(super) unique: bool,
}

/// What an object must be.
#[derive(Debug, Default)]
pub(super) struct ObjectRules {
    pub(super) required: Vec<String>,
    pub(super) fields: HashMap<String, Field, FixedState>,
    /// The schema of fields that have no name here.
    pub(super) others: Option<Node>,
}

/// A field with a name.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) node: Node,
    /// The bit of a required field, which no other field of the object has; otherwise 0.
    pub(super) bit: u64,
}

impl ObjectRules {
    /// Gives every required field a bit. Returns false where there is a required field without a schema, or too many.
    fn number_required(&mut self) -> bool {
        self.required.iter().zip(0..).all(|(name, place)| {
            let bit = 1_u64.checked_shl(place).unwrap_or_default();
            self.fields.get_mut(name).is_some_and(|field| {
                field.bit = bit;
                bit > 0
            })
        })
    }
}

impl Components {
    /// Compiles components, which may refer to each other.
    pub(super) fn compile(schemas: &Map<String, Value>) -> Result<(Self, HashMap<String, usize>), SpecError> {
        let names: HashMap<String, usize> =
            schemas.keys().enumerate().map(|(place, name)| (name.clone(), place)).collect();
        let compiler = Compiler { names: &names };
        let nodes = schemas.values().map(|schema| compiler.node(schema));
        Ok((Self(nodes.collect::<Result<_, _>>()?), names))
    }
}

/// Compiles schemas.
pub(super) struct Compiler<'n> {
    pub(super) names: &'n HashMap<String, usize>,
}

impl Compiler<'_> {
    pub(super) fn node(&self, schema: &Value) -> Result<Node, SpecError> {
        let fields = match schema {
            Value::Bool(allowed) => return Ok(Node { never: !allowed, ..Node::default() }),
            Value::Object(fields) => fields,
            _ => return Err(SpecError::new(format!("`{schema}` is not a schema"))),
        };
        let mut node = Node::default();
        for (keyword, value) in fields {
            self.keyword(&mut node, keyword, value)?;
        }
        if let Some(whole) = node.number.as_mut().and_then(|number| number.whole.as_mut()) {
            whole.is_integer = !node.types.contains(&Type::Number);
        }
        let is_numbered = node.object.as_mut().is_none_or(|object| object.number_required());
        node.needs_tree = !is_numbered || needs_tree(&node);
        Ok(node)
    }

    fn keyword(&self, node: &mut Node, keyword: &str, value: &Value) -> Result<(), SpecError> {
        let count = || value.as_u64().ok_or_else(|| unknown(keyword, value));
        let bound = || Some(value.clone()).filter(Value::is_number).ok_or_else(|| unknown(keyword, value));
        let text = || value.as_str().ok_or_else(|| unknown(keyword, value));
        let list = || value.as_array().ok_or_else(|| unknown(keyword, value));
        match keyword {
            "$ref" => node.reference = Some(self.reference(text()?)?),
            "type" => node.types = types(value)?,
            "enum" => node.options = Some(list()?.clone()),
            "minimum" => node.number.get_or_insert_default().minimum = Some(bound()?),
            "exclusiveMinimum" => node.number.get_or_insert_default().above = Some(bound()?),
            "maximum" => node.number.get_or_insert_default().maximum = Some(bound()?),
            "exclusiveMaximum" => node.number.get_or_insert_default().below = Some(bound()?),
            WHOLE => {
                let is_cents = text()? == super::formats::CENTS;
                node.number.get_or_insert_default().whole = Some(Whole { is_integer: true, is_cents });
            }
            "minLength" => node.text.get_or_insert_default().least = Some(count()?),
            "maxLength" => node.text.get_or_insert_default().most = Some(count()?),
            "pattern" => {
                let pattern = Pattern::read(text()?).ok_or_else(|| unknown(keyword, value))?;
                node.text.get_or_insert_default().pattern = Some(pattern);
            }
            "format" => node.text.get_or_insert_default().format = Format::read(text()?),
            "items" => node.array.get_or_insert_default().items = Some(self.node(value)?),
            "minItems" => node.array.get_or_insert_default().least = Some(count()?),
            "maxItems" => node.array.get_or_insert_default().most = Some(count()?),
            "uniqueItems" => node.array.get_or_insert_default().unique = *value == Value::Bool(true),
            "required" => {
                let names = list()?.iter().map(|name| name.as_str().map(str::to_owned));
                let names = names.collect::<Option<_>>().ok_or_else(|| unknown(keyword, value))?;
                node.object.get_or_insert_default().required = names;
            }
            "properties" => node.object.get_or_insert_default().fields = self.fields(value)?,
            "additionalProperties" => node.object.get_or_insert_default().others = Some(self.node(value)?),
            "allOf" => node.all = self.nodes(list()?)?,
            "anyOf" => node.any = self.nodes(list()?)?,
            "oneOf" => node.one = self.nodes(list()?)?,
            "not" => node.not = Some(Box::new(self.node(value)?)),
            _ => return Err(unknown(keyword, value)),
        }
        Ok(())
    }

    fn nodes(&self, schemas: &[Value]) -> Result<Vec<Node>, SpecError> {
        schemas.iter().map(|schema| self.node(schema)).collect()
    }

    fn fields(&self, value: &Value) -> Result<HashMap<String, Field, FixedState>, SpecError> {
        let fields = value.as_object().ok_or_else(|| unknown("properties", value))?;
        let field = |schema| Ok(Field { node: self.node(schema)?, bit: 0 });
        fields.iter().map(|(name, schema)| Ok((name.clone(), field(schema)?))).collect()
    }

    fn reference(&self, reference: &str) -> Result<usize, SpecError> {
        let name = reference.strip_prefix("#/components/schemas/");
        let place = name.and_then(|name| self.names.get(name));
        place.copied().ok_or_else(|| SpecError::new(format!("`{reference}` leads nowhere")))
    }
}

/// Whether a keyword of this schema itself needs the whole value.
fn needs_tree(node: &Node) -> bool {
    let compares_whole = |option: &Value| option.is_array() || option.is_object();
    let alternatives = [&node.all, &node.any, &node.one].into_iter().any(|nodes| !nodes.is_empty());
    alternatives
        || node.not.is_some()
        || node.array.as_ref().is_some_and(|array| array.unique)
        || node.options.iter().flatten().any(compares_whole)
}

fn types(value: &Value) -> Result<Vec<Type>, SpecError> {
    let one = |value: &Value| {
        Some(match value.as_str()? {
            "array" => Type::Array,
            "boolean" => Type::Boolean,
            "integer" => Type::Integer,
            "null" => Type::Null,
            "number" => Type::Number,
            "object" => Type::Object,
            "string" => Type::Text,
            _ => return None,
        })
    };
    let types = match value {
        Value::Array(types) => types.iter().map(one).collect::<Option<_>>(),
        other => one(other).map(|one| vec![one]),
    };
    types.ok_or_else(|| unknown("type", value))
}

fn unknown(keyword: &str, value: &Value) -> SpecError {
    SpecError::new(format!("a schema has `{keyword}` with `{value}`, which the sandbox cannot check"))
}
