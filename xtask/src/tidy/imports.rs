//! Which crate may name which, and the layers of dots-api-ext.
//!
//! ARCHITECTURE.md tells the reasons; these tables are the rule.

use std::collections::BTreeMap;

use super::Finding;
use super::source::has_word;
use super::tree::{File, Tree};

/// What the code below one folder must not name.
pub(super) struct CrateRule {
    /// The folder of the crate, with a slash at the end.
    pub folder: &'static str,
    /// Where in the crate the rule holds; empty for everywhere.
    pub within: &'static str,
    /// The crates that are not named.
    pub never: &'static [&'static str],
    /// Whether the crate's tests, examples and their dependencies may.
    pub dev_may_name: bool,
    /// Why.
    pub why: &'static str,
}

/// Who must not name whom.
pub(super) const CRATES: [CrateRule; 4] = [
    CrateRule {
        folder: "dots-api/",
        within: "",
        never: &["dots_api_ext", "dots_sandbox", "dots_tests", "xtask"],
        dev_may_name: false,
        why: "the raw client stands at the bottom and uses nothing of the workspace",
    },
    CrateRule {
        folder: "dots-api-ext/",
        within: "src/",
        never: &["dots_sandbox", "dots_tests", "xtask"],
        dev_may_name: true,
        why: "the client does not know that a sandbox exists",
    },
    CrateRule {
        folder: "tests/sandbox/",
        within: "",
        never: &["dots_api", "dots_api_ext", "dots_tests", "xtask"],
        dev_may_name: false,
        why: "the sandbox shares no type with the client, or both would share its mistakes",
    },
    CrateRule {
        folder: "xtask/",
        within: "",
        never: &["dots_api", "dots_api_ext", "dots_sandbox", "dots_tests"],
        dev_may_name: false,
        why: "the commands run when generated code does not compile",
    },
];

/// Where a module of dots-api-ext stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    /// In the stack; it may use its own layer and those below.
    At(u8),
    /// Beside the stack: it may use layer 0, and nothing uses it.
    Beside,
}

/// The folder that the layers are about.
const LAYERED: &str = "dots-api-ext/src/";

/// The modules of dots-api-ext, from the leaves up.
const LAYERS: &[(&str, Layer)] = &[
    ("error", Layer::At(0)),
    ("reply", Layer::At(0)),
    ("policy", Layer::At(1)),
    ("network", Layer::At(1)),
    ("engine", Layer::At(2)),
    ("dots", Layer::At(3)),
    ("builder", Layer::At(4)),
    ("look_up", Layer::At(4)),
    ("pagination", Layer::At(4)),
    ("waiting", Layer::At(4)),
    ("calls", Layer::At(5)),
    ("blocking", Layer::At(6)),
    ("webhook", Layer::Beside),
];

/// Checks the names of crates, then the layers.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.rust() {
        for rule in &CRATES {
            if file.path.starts_with(&format!("{}{}", rule.folder, rule.within)) {
                crates(file, rule, findings);
            }
        }
    }
    let exported = tree.file(&format!("{LAYERED}lib.rs")).map(exports).unwrap_or_default();
    for file in tree.rust().filter(|file| file.path.starts_with(LAYERED)) {
        layers(file, &exported, findings);
    }
}

/// Refuses the names of crates that a file must not name.
fn crates(file: &File, rule: &CrateRule, findings: &mut Vec<Finding>) {
    for (line, code) in file.code() {
        for name in rule.never.iter().filter(|name| has_word(code, name)) {
            let what = format!("names `{name}`: {}", rule.why);
            findings.push(Finding::new(&file.path, line, what));
        }
    }
}

/// Refuses what a module of dots-api-ext takes from a layer above its own.
fn layers(file: &File, exported: &BTreeMap<String, String>, findings: &mut Vec<Finding>) {
    let Some(module) = module_of(file) else { return };
    let Some(own) = layer_of(module) else {
        let what = format!("`{module}` is in no layer; give it one in xtask/src/tidy/imports.rs");
        findings.push(Finding::new(&file.path, 1, what));
        return;
    };
    for (line, name) in used_names(file) {
        // A name that lib.rs exports belongs to the module that it comes from.
        let used = exported.get(&name).unwrap_or(&name);
        let allowed = match layer_of(used) {
            _ if used == module => true,
            Some(used) => may_use(own, used),
            // Macros and names of other crates that lib.rs exports.
            None => true,
        };
        if !allowed {
            let what = format!("`{module}` takes `{name}` from a layer that is not below it");
            findings.push(Finding::new(&file.path, line, what));
        }
    }
}

/// Tells whether a module of one layer may use one of another.
fn may_use(own: Layer, used: Layer) -> bool {
    match (own, used) {
        (Layer::At(own), Layer::At(used)) => used <= own,
        (Layer::Beside, used) => used == Layer::At(0),
        (_, Layer::Beside) => false,
    }
}

/// The layer of a module.
fn layer_of(module: &str) -> Option<Layer> {
    LAYERS.iter().find(|(name, _)| *name == module).map(|(_, layer)| *layer)
}

/// The module at the top of dots-api-ext that a file belongs to; `None` for lib.rs.
fn module_of(file: &File) -> Option<&str> {
    let rest = file.path.strip_prefix(LAYERED)?;
    let module = rest.split(['/', '.']).next()?;
    (module != "lib").then_some(module)
}

/// The names that follow `crate::`, and `super::` where that is the crate, with their lines.
fn used_names(file: &File) -> Vec<(usize, String)> {
    // In a file directly under src, `super` is the crate.
    let is_flat = file.path.strip_prefix(LAYERED).is_some_and(|rest| !rest.contains('/'));
    let starts = if is_flat { vec!["crate::", "super::"] } else { vec!["crate::"] };
    let code = file.masked.code.as_str();
    let mut names = Vec::new();
    for start in starts {
        for (at, _) in code.match_indices(start) {
            let line = code.get(..at).map_or(0, |before| before.matches('\n').count()) + 1;
            let rest = code.get(at + start.len()..).unwrap_or_default();
            names.extend(first_names(rest).into_iter().map(|name| (line, name)));
        }
    }
    names
}

/// The first names of a path or of each path in a group: of `{a::b, c}`, `a` and `c`.
fn first_names(rest: &str) -> Vec<String> {
    let leading = |path: &str| -> String {
        path.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let Some(group) = rest.trim_start().strip_prefix('{') else { return vec![leading(rest)] };
    let (mut names, mut depth, mut path) = (Vec::new(), 0_usize, String::new());
    for c in group.chars() {
        match c {
            '}' if depth == 0 => break,
            ',' if depth == 0 => names.push(leading(&std::mem::take(&mut path))),
            '{' => depth += 1,
            '}' => depth -= 1,
            c => path.push(c),
        }
    }
    names.push(leading(&path));
    names.retain(|name| !name.is_empty());
    names
}

/// What lib.rs exports, by name, with the module that it comes from.
fn exports(file: &File) -> BTreeMap<String, String> {
    let Ok(parsed) = syn::parse_file(&file.text) else { return BTreeMap::new() };
    let mut found = BTreeMap::new();
    for item in parsed.items {
        if let syn::Item::Use(item) = item {
            flatten(&item.tree, None, &mut found);
        }
    }
    found
}

/// Walks through one `use`, keeping the first module of its path.
fn flatten(tree: &syn::UseTree, module: Option<&str>, found: &mut BTreeMap<String, String>) {
    match tree {
        syn::UseTree::Path(path) => {
            let name = path.ident.to_string();
            let first =
                module.map(str::to_owned).or_else(|| (name != "crate" && name != "self").then_some(name));
            flatten(&path.tree, first.as_deref(), found);
        }
        syn::UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, module, found);
            }
        }
        syn::UseTree::Name(name) => {
            if let Some(module) = module {
                found.insert(name.ident.to_string(), module.to_owned());
            }
        }
        syn::UseTree::Rename(rename) => {
            if let Some(module) = module {
                found.insert(rename.rename.to_string(), module.to_owned());
            }
        }
        syn::UseTree::Glob(_) => {}
    }
}
