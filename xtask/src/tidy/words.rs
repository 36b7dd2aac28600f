//! Forbidden words: leftovers, unfinished work and names that say nothing.

use super::Finding;
use super::source::{calls_macro, has_word, words};
use super::tree::{File, Tree};

/// Words of comments that put off work, which belongs in an issue.
const PUT_OFF: [&str; 3] = ["TODO", "FIXME", "XXX"];

/// Macros of debugging and unfinished work.
const UNFINISHED: [&str; 3] = ["dbg", "todo", "unimplemented"];

/// Macros that print, which a library must not do.
const PRINTING: [&str; 4] = ["println", "eprintln", "print", "eprint"];

/// The libraries whose code never prints.
const SILENT: [&str; 2] = ["dots-api-ext/src/", "dots-api/src/"];

/// Words of names that do not tell what a thing does.
const EMPTY: [&str; 6] = ["util", "utils", "helper", "helpers", "manager", "managers"];

/// The keywords that a name follows.
const NAMING: [&str; 6] = ["fn", "struct", "enum", "trait", "mod", "type"];

/// Reads each handwritten Rust file, and the comments of other files.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.rust() {
        for (line, code) in file.code() {
            in_code(file, line, code, findings);
        }
        for (line, comment) in file.comments() {
            put_off(file, line, comment, findings);
        }
        forbids_unsafe(file, findings);
        if EMPTY.iter().any(|word| file.path.contains(&format!("/{word}."))) {
            findings.push(Finding::new(&file.path, 1, "the name of the file does not tell what it does"));
        }
    }
    // In other files a comment begins with `#`; Markdown may name the words.
    for file in tree.files.iter().filter(|file| !file.is_rust() && !file.path.ends_with(".md")) {
        for (index, line) in file.text.lines().enumerate() {
            if let Some((_, comment)) = line.split_once('#') {
                put_off(file, index + 1, comment, findings);
            }
        }
    }
}

/// Checks one line of code.
fn in_code(file: &File, line: usize, code: &str, findings: &mut Vec<Finding>) {
    let mut add = |what: String| findings.push(Finding::new(&file.path, line, what));
    for name in UNFINISHED.iter().filter(|name| calls_macro(code, name)) {
        add(format!("`{name}!` is left over; remove it"));
    }
    if SILENT.iter().any(|folder| file.path.starts_with(folder)) {
        for name in PRINTING.iter().filter(|name| calls_macro(code, name)) {
            add(format!("`{name}!` in a library; return it, or trace it"));
        }
    }
    if has_word(code, "unsafe") {
        add("`unsafe` is forbidden".to_owned());
    }
    if code.contains("#[ignore") {
        add("the test is ignored; fix it or delete it".to_owned());
    }
    for name in names(code) {
        if parts(name).any(|part| EMPTY.contains(&part.as_str())) {
            add(format!("the name `{name}` does not tell what it does"));
        }
    }
}

/// Finds words that put off work.
fn put_off(file: &File, line: usize, comment: &str, findings: &mut Vec<Finding>) {
    for word in PUT_OFF.iter().filter(|word| has_word(comment, word)) {
        findings.push(Finding::new(&file.path, line, format!("`{word}`: open an issue instead")));
    }
}

/// Finds crate roots that allow unsafe code; the workspace's lints do not travel with a published crate.
fn forbids_unsafe(file: &File, findings: &mut Vec<Finding>) {
    let is_root = ["src/lib.rs", "src/main.rs"].iter().any(|root| file.path.ends_with(root));
    if is_root && !file.masked.code.contains("#![forbid(unsafe_code)]") {
        findings.push(Finding::new(&file.path, 1, "the crate root lacks `#![forbid(unsafe_code)]`"));
    }
}

/// The names that a line of code declares.
fn names(code: &str) -> impl Iterator<Item = &str> {
    words(code).zip(words(code).skip(1)).filter(|(before, _)| NAMING.contains(before)).map(|(_, name)| name)
}

/// The words of a name, lower case: of `RetryManager`, `retry` and `manager`.
fn parts(name: &str) -> impl Iterator<Item = String> {
    heck::ToSnakeCase::to_snake_case(name).split('_').map(str::to_owned).collect::<Vec<_>>().into_iter()
}
