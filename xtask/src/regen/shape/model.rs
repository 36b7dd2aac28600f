//! The intermediate representation: progenitor's syntax tree, reduced to structs, unions and calls.

use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, FnArg, GenericArgument, Ident, ImplItem, Item, Pat, PathArguments, ReturnType, Type};

use super::Passes;
use crate::regen::lower::Lowered;
use crate::regen::names;
use crate::regen::order::Order;
use crate::regen::scalars::is_scalar;

/// The input of the passes.
pub(super) struct Model {
    pub structs: Vec<Struct>,
    pub unions: Vec<Union>,
    pub calls: Vec<Call>,
}

/// A generated struct.
pub(super) struct Struct {
    pub name: Ident,
    pub fields: Vec<Field>,
    pub closed: bool,
}

/// A field of a struct, or a parameter of a call.
#[derive(Clone)]
pub(super) struct Field {
    pub name: Ident,
    /// The name on the wire.
    pub wire: String,
    /// The type without `Option`.
    pub kind: Type,
    pub presence: Presence,
}

/// Whether a value may be absent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
    /// Absent, null and a value differ: null clears the stored value.
    Clearable,
    /// Absent means empty: a list of an answer.
    EmptyWhenAbsent,
    /// Optional in an answer, and of a strict type (a timestamp, or a type that requests carry): an unreadable value
    /// becomes absent, so that the answer is not lost.
    LostWhenUnreadable,
    /// The properties that the document does not name, by their names.
    Flat,
    /// Required in a request, where null is a value.
    Null,
    /// Whether a list goes on: a null says nothing, and the next page has to tell.
    TrueWhenNull,
}

/// An untagged enum.
pub(super) struct Union {
    pub name: Ident,
    pub variants: Vec<(Ident, Type)>,
}

/// One operation, as a client method.
pub(super) struct Call {
    pub id: String,
    pub arguments: Vec<Field>,
    pub output: Type,
}

/// Reads progenitor's output.
pub(super) fn read(made: &syn::File, lowered: &Lowered, passes: &mut Passes) -> Model {
    let mut made = made.clone();
    let mut paths = ShortPaths { scalars: 0 };
    paths.visit_file_mut(&mut made);
    passes.add("named scalars", paths.scalars);
    let mut model = Model { structs: Vec::new(), unions: Vec::new(), calls: Vec::new() };
    for item in made.items {
        match item {
            Item::Mod(module) if module.ident == "types" => {
                for item in module.content.into_iter().flat_map(|(_, items)| items) {
                    read_type(item, lowered, &mut model);
                }
            }
            Item::Impl(block) if block.trait_.is_none() => read_calls(block.items, lowered, &mut model),
            _ => {}
        }
    }
    model
}

/// Puts the fields of types and calls into the document's order; the body of a call comes last.
pub(super) fn sort(model: &mut Model, lowered: &Lowered, order: &Order<'_>) {
    for structure in &mut model.structs {
        let place = lowered.place(&structure.name.to_string());
        structure.fields.sort_by_cached_key(|field| order.rank(&place, &field.wire));
    }
    for call in &mut model.calls {
        let Some(facts) = lowered.operations.get(&call.id) else { continue };
        let wires: Vec<&str> = facts.wires().collect();
        let rank = |field: &Field| wires.iter().position(|wire| *wire == field.wire).unwrap_or(usize::MAX);
        call.arguments.sort_by_key(rank);
    }
}

fn read_type(item: Item, lowered: &Lowered, model: &mut Model) {
    match item {
        Item::Struct(item) => {
            let schema = item.ident.to_string();
            let in_requests = lowered.in_requests.contains(&schema);
            let fields = item.fields.into_iter().filter_map(|field| read_field(field, in_requests));
            let fields = fields.map(|field| refined(field, &schema, lowered)).collect();
            let closed = Serde::of(&item.attrs).has("deny_unknown_fields");
            model.structs.push(Struct { name: item.ident, fields, closed });
        }
        Item::Enum(item) if Serde::of(&item.attrs).has("untagged") => {
            let variants = item
                .variants
                .into_iter()
                .filter_map(|variant| Some((variant.ident, variant.fields.into_iter().next()?.ty)))
                .collect();
            model.unions.push(Union { name: item.ident, variants });
        }
        _ => {}
    }
}

fn read_field(field: syn::Field, in_requests: bool) -> Option<Field> {
    let name = field.ident?;
    let serde = Serde::of(&field.attrs);
    let wire = serde.rename.clone().unwrap_or_else(|| name.to_string());
    let (kind, optional) = without_option(&field.ty);
    let presence = match (optional, serde.has("default")) {
        _ if serde.has("flatten") => Presence::Flat,
        (true, _) => Presence::Optional,
        // An empty list in a request means "none"; an absent list does not.
        (false, true) if in_requests => Presence::Optional,
        (false, true) => Presence::EmptyWhenAbsent,
        (false, false) => Presence::Required,
    };
    Some(Field { name: digits_last(&name), wire, kind, presence })
}

/// Marks the fields of which null clears the value, and those that may be unreadable in an answer.
fn refined(field: Field, schema: &str, lowered: &Lowered) -> Field {
    let facts = lowered.fields.get(&(schema.to_owned(), field.wire.clone()));
    let is_end_mark = field.wire == "has_more" && field.kind == syn::parse_quote!(bool);
    let presence = match field.presence {
        Presence::Required if is_end_mark && !lowered.in_requests.contains(schema) => Presence::TrueWhenNull,
        Presence::Optional if facts.is_some_and(|facts| facts.null_clears) => Presence::Clearable,
        Presence::Optional if facts.is_some_and(|facts| facts.required_null) => Presence::Null,
        Presence::Optional if !lowered.in_requests.contains(schema) && is_strict(&field.kind, lowered) => {
            Presence::LostWhenUnreadable
        }
        presence => presence,
    };
    Field { presence, ..field }
}

/// Tells whether a type can be unreadable: timestamps, dates, and types that requests carry.
fn is_strict(kind: &Type, lowered: &Lowered) -> bool {
    let Type::Path(path) = kind else { return false };
    path.path.get_ident().map(ToString::to_string).is_some_and(|name| {
        let of_requests = lowered.in_requests.contains(&name) && lowered.schemas.contains_key(&name);
        matches!(name.as_str(), "Timestamp" | "Date") || (of_requests && !lowered.enums.contains_key(&name))
    })
}

/// `x1099_adjustment`, which typify makes of `1099_adjustment`, becomes `adjustment_1099`.
fn digits_last(name: &Ident) -> Ident {
    let text = name.to_string();
    let parts = text.strip_prefix('x').and_then(|rest| rest.split_once('_'));
    match parts.filter(|(digits, _)| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())) {
        Some((digits, rest)) => Ident::new(&format!("{rest}_{digits}"), name.span()),
        None => name.clone(),
    }
}

fn read_calls(items: Vec<ImplItem>, lowered: &Lowered, model: &mut Model) {
    for item in items {
        let ImplItem::Fn(method) = item else { continue };
        let id = method.sig.ident.to_string();
        let (Some(facts), ReturnType::Type(_, output)) = (lowered.operations.get(&id), &method.sig.output)
        else {
            continue;
        };
        let Some(output) = first_generic(output).and_then(first_generic).cloned() else { continue };
        let wires: Vec<&str> = facts.wires().collect();
        let arguments = method.sig.inputs.iter().filter_map(|input| {
            let FnArg::Typed(typed) = input else { return None };
            let Pat::Ident(pattern) = typed.pat.as_ref() else { return None };
            Some(read_argument(&pattern.ident, &typed.ty, &wires))
        });
        model.calls.push(Call { id, arguments: arguments.collect(), output });
    }
}

fn read_argument(name: &Ident, borrowed: &Type, wires: &[&str]) -> Field {
    let (inner, optional) = without_option(borrowed);
    let kind = match &inner {
        Type::Reference(reference) if is_str(&reference.elem) => syn::parse_quote!(String),
        Type::Reference(reference) => (*reference.elem).clone(),
        other => other.clone(),
    };
    let text = name.to_string();
    // progenitor puts an underscore behind keywords, and an `x` before a digit.
    let is_of = |wire: &&&str| {
        let name = names::snake(wire);
        text == name || text == format!("{name}_") || text == format!("x{name}")
    };
    let wire = wires.iter().find(is_of).map_or(text.clone(), |wire| (*wire).to_owned());
    let presence = if optional { Presence::Optional } else { Presence::Required };
    Field { name: name.clone(), wire, kind, presence }
}

fn is_str(kind: &Type) -> bool {
    matches!(kind, Type::Path(path) if path.path.is_ident("str"))
}

/// The type within `Option<…>`, or the type itself.
fn without_option(kind: &Type) -> (Type, bool) {
    match kind {
        Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == "Option") => {
            first_generic(kind).map_or_else(|| (kind.clone(), false), |inner| (inner.clone(), true))
        }
        _ => (kind.clone(), false),
    }
}

/// The struct that a type is.
pub(super) fn struct_of<'a>(kind: &Type, model: &'a Model) -> Option<&'a Struct> {
    let Type::Path(path) = kind else { return None };
    model.structs.iter().find(|structure| path.path.is_ident(&structure.name))
}

/// The type of a list's items.
pub(super) fn item(kind: &Type) -> Option<&Type> {
    let Type::Path(path) = kind else { return None };
    path.path.segments.last().filter(|segment| segment.ident == "Vec").and_then(|_| first_generic(kind))
}

fn first_generic(kind: &Type) -> Option<&Type> {
    let Type::Path(path) = kind else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}

/// What the `#[serde(…)]` attributes of an item say.
#[derive(Default)]
struct Serde {
    words: Vec<String>,
    rename: Option<String>,
}

impl Serde {
    fn of(attributes: &[Attribute]) -> Self {
        let mut serde = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            // typify writes what serde reads, so that there is no error to report.
            let _ = attribute.parse_nested_meta(|meta| {
                let word = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                if let Ok(value) = meta.value() {
                    let text: syn::LitStr = value.parse()?;
                    if word == "rename" {
                        serde.rename = Some(text.value());
                    }
                }
                serde.words.push(word);
                Ok(())
            });
        }
        serde
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }
}

/// Shortens paths to types of the prelude and of this crate to their last name.
struct ShortPaths {
    scalars: usize,
}

impl VisitMut for ShortPaths {
    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        reference.lifetime = None;
        visit_mut::visit_type_reference_mut(self, reference);
    }

    fn visit_path_mut(&mut self, path: &mut syn::Path) {
        visit_mut::visit_path_mut(self, path);
        path.leading_colon = None;
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let short = matches!(
            names.as_slice(),
            ["types" | "crate" | "super" | "self", _]
                | ["std", "option", "Option"]
                | ["std", "string", "String"]
                | ["std", "vec", "Vec"]
                | ["std", "boxed", "Box"]
        );
        if short && let Some(last) = path.segments.last().cloned() {
            self.scalars += usize::from(is_scalar(&last.ident.to_string()));
            *path = syn::Path { leading_colon: None, segments: std::iter::once(last).collect() };
        }
    }
}
