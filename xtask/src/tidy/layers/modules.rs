//! The module tree of a crate: what each module declares, what it imports, and which paths it names.
//!
//! It is read the way the compiler reads it, from the crate's root along the `mod` lines. What stands below
//! `#[cfg(test)]` is left out: tests of a module may use all of its crate.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, Item};

use crate::tidy::Finding;
use crate::tidy::tree::{File, Tree};

/// The names on the way from the crate's root, which is the empty path.
pub(super) type ModulePath = Vec<String>;

/// The modules of a crate.
pub(super) type Modules = BTreeMap<ModulePath, Module>;

/// One module.
#[derive(Debug, Default)]
pub(super) struct Module {
    /// The file that it stands in.
    pub file: String,
    /// The names of its child modules.
    pub children: BTreeSet<String>,
    /// The names of what it declares.
    pub items: BTreeSet<String>,
    /// The names that `use` brings into it, each with its path as written.
    pub imports: BTreeMap<String, Vec<String>>,
    /// The paths of `use path::*`.
    pub globs: Vec<Vec<String>>,
    /// Every path that it names, as written, with the first line that does.
    pub mentions: BTreeMap<Vec<String>, usize>,
}

/// Macros whose tokens are code of another crate.
const QUOTING: [&str; 4] = ["quote", "quote_spanned", "parse_quote", "format_ident"];

/// Reads the crate whose root is the file `root`.
pub(super) fn read(tree: &Tree, root: &File, findings: &mut Vec<Finding>) -> Modules {
    let mut reader = Reader { tree, modules: Modules::new(), findings };
    let folder = root.path.strip_suffix(root.name()).unwrap_or_default();
    reader.file(root, folder, Vec::new());
    reader.modules
}

/// Walks from file to file.
struct Reader<'a> {
    tree: &'a Tree,
    modules: Modules,
    findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    /// Reads the module at `path`, whose children stand in `folder`.
    fn file(&mut self, file: &File, folder: &str, path: ModulePath) {
        let parsed = syn::parse_file(&file.text);
        if let Err(error) = &parsed {
            let line = error.span().start().line;
            self.findings.push(Finding::new(&file.path, line, format!("could not parse it: {error}")));
        }
        self.module(file, folder, path, &parsed.map(|parsed| parsed.items).unwrap_or_default());
    }

    fn module(&mut self, file: &File, folder: &str, path: ModulePath, items: &[Item]) {
        let mut names = Names(Module { file: file.path.clone(), ..Module::default() });
        items.iter().for_each(|item| names.visit_item(item));
        let mut module = names.0;
        for item in items.iter().filter_map(child) {
            let name = item.ident.to_string();
            let child: ModulePath = path.iter().cloned().chain([name.clone()]).collect();
            let below = format!("{folder}{name}/");
            let places = [format!("{folder}{name}.rs"), format!("{below}mod.rs")];
            match (&item.content, places.iter().find_map(|place| self.tree.file(place))) {
                (Some((_, items)), _) => self.module(file, &below, child, items),
                (None, Some(file)) => self.file(file, &below, child),
                (None, None) if item.attrs.iter().any(is_example) => continue,
                (None, None) => {
                    let what = format!("the module `{name}` has no file `{folder}{name}.rs`");
                    self.findings.push(Finding::new(&file.path, item.span().start().line, what));
                    continue;
                }
            }
            module.children.insert(name);
        }
        self.modules.insert(path, module);
    }
}

/// Whether an attribute says that a module is an example of another crate, which a test runs.
fn is_example(attribute: &Attribute) -> bool {
    let syn::Meta::NameValue(pair) = &attribute.meta else { return false };
    let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return false };
    pair.path.is_ident("path") && text.value().contains("/examples/")
}

/// The module that an item declares, unless it holds tests.
fn child(item: &Item) -> Option<&syn::ItemMod> {
    match item {
        Item::Mod(item) if !is_test(&item.attrs) => Some(item),
        _ => None,
    }
}

/// Collects the names in one module, without its child modules.
struct Names(Module);

impl Names {
    /// Notes a path, unless it was met before.
    fn mention(&mut self, path: Vec<String>, line: usize) {
        self.0.mentions.entry(path).or_insert(line);
    }

    /// Takes a `use` apart into the single names that it brings.
    fn import(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: &syn::Ident| -> Vec<String> {
            // `use a::b::{self}` brings `a::b`.
            before.iter().cloned().chain((name != "self" || before.is_empty()).then(|| plain(name))).collect()
        };
        match tree {
            syn::UseTree::Path(path) => self.import(&path.tree, &with(&path.ident)),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before)),
            syn::UseTree::Glob(glob) => {
                self.0.globs.push(before.to_vec());
                self.mention(before.to_vec(), glob.span().start().line);
            }
            syn::UseTree::Name(name) => self.bring(None, with(&name.ident), name.ident.span().start().line),
            syn::UseTree::Rename(name) => {
                self.bring(Some(plain(&name.rename)), with(&name.ident), name.ident.span().start().line);
            }
        }
    }

    /// Notes what one name of a `use` stands for.
    fn bring(&mut self, rename: Option<String>, path: Vec<String>, line: usize) {
        if let Some(name) = rename.or_else(|| path.last().cloned()) {
            self.0.imports.insert(name, path.clone());
        }
        self.mention(path, line);
    }

    /// Finds paths in the tokens of a macro, which only the macro itself could parse.
    fn tokens(&mut self, tokens: TokenStream, before: &[String]) {
        let mut tokens = tokens.into_iter().peekable();
        let mut path = before.to_vec();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(name) => {
                    path.push(plain(&name));
                    // Both colons of a `::` are read, if one follows.
                    if tokens.next_if(opens_double_colon).and_then(|_| tokens.next()).is_none() {
                        self.mention(std::mem::take(&mut path), name.span().start().line);
                    }
                }
                // `crate::{a, b}`: what stands in the braces goes on where the path stopped.
                TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                    self.tokens(group.stream(), &std::mem::take(&mut path));
                }
                TokenTree::Group(group) => self.tokens(group.stream(), &[]),
                TokenTree::Punct(punct) if punct.as_char() == ',' => path = before.to_vec(),
                // `a::b::<T>` and `a::b::*`.
                other if !path.is_empty() => {
                    self.mention(std::mem::take(&mut path), other.span().start().line);
                }
                _ => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_test(attributes(item)) {
            return;
        }
        self.0.items.extend(declared(item).map(plain));
        match item {
            Item::Mod(_) => {}
            Item::Use(item) => self.import(&item.tree, &[]),
            item => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_test(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let names = path.segments.iter().map(|segment| plain(&segment.ident)).collect();
            self.mention(names, path.span().start().line);
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_macro(self, call);
        if !QUOTING.iter().any(|name| call.path.is_ident(name)) {
            self.tokens(call.tokens.clone(), &[]);
        }
    }

    /// `#[serde(with = "crate::a")]` names a path in a text.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let syn::Meta::List(list) = &attribute.meta else { return };
        for token in list.tokens.clone() {
            let TokenTree::Literal(literal) = token else { continue };
            let text = literal.to_string();
            let path: Vec<String> = text.trim_matches('"').split("::").map(str::to_owned).collect();
            if path.len() > 1 {
                self.mention(path, literal.span().start().line);
            }
        }
    }
}

/// Tells whether a token is the first colon of a `::`.
fn opens_double_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':' && punct.spacing() == Spacing::Joint)
}

/// Tells whether an item stands below `#[cfg(test)]`, also as `#[cfg(all(test, …))]`.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).any(|attribute| {
        let Ok(condition) = attribute.parse_args::<TokenStream>() else { return false };
        let mut words = condition.to_string().replace(' ', "");
        words.retain(|c| c != '\n');
        words == "test" || words.starts_with("all(test,")
    })
}

/// The name that an item declares.
fn declared(item: &Item) -> Option<&syn::Ident> {
    match item {
        Item::Const(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Fn(item) => Some(&item.sig.ident),
        Item::Macro(item) => item.ident.as_ref(),
        Item::Static(item) => Some(&item.ident),
        Item::Struct(item) => Some(&item.ident),
        Item::Trait(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        Item::Union(item) => Some(&item.ident),
        _ => None,
    }
}

/// The attributes of an item that has them before its name.
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// A name without `r#`.
fn plain(name: &syn::Ident) -> String {
    name.to_string().trim_start_matches("r#").to_owned()
}
