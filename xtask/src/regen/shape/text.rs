//! The text of generated files: lines of our width from those of prettyplease, which are shorter, and wrapped prose.

use proc_macro2::TokenStream;
use quote::quote;

/// The widest line of code.
const CODE: usize = 110;

/// The widest line of prose, without its indentation and its `///`.
const PROSE: usize = 98;

/// Wraps the lines of Markdown that are too long; code blocks, tables and code spans stay whole.
pub(super) fn wrapped(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut in_block = false;
    for line in text.trim().lines().map(str::trim_end) {
        let is_fence = line.trim_start().starts_with("```");
        in_block ^= is_fence;
        if is_fence || in_block || line.starts_with('|') || line.chars().count() <= PROSE {
            out.push(line.to_owned());
        } else {
            wrap(line, &mut out);
        }
    }
    out
}

/// Wraps one line; what goes on below stands as deep as the text of a list's item.
fn wrap(line: &str, out: &mut Vec<String>) {
    let body = line.trim_start();
    let item = ["- ", "* "].iter().any(|mark| body.starts_with(mark));
    let indent = " ".repeat(line.len() - body.len() + if item { 2 } else { 0 });
    let mut current = String::new();
    for word in words(line) {
        if current.is_empty() {
            current = word;
        } else if current.chars().count() + 1 + word.chars().count() <= PROSE || begins_something(&word) {
            current.push(' ');
            current.push_str(&word);
        } else {
            out.push(std::mem::replace(&mut current, format!("{indent}{word}")));
        }
    }
    out.push(current);
}

/// Splits a line at its spaces, except within code spans and before its first word.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut in_code) = (String::new(), false);
    for c in line.chars() {
        in_code ^= c == '`';
        if c == ' ' && !in_code && !word.trim().is_empty() {
            words.push(std::mem::take(&mut word));
        } else {
            word.push(c);
        }
    }
    words.push(word);
    words
}

/// Tells whether a word at the beginning of a line would begin a list, a heading or a quote.
fn begins_something(word: &str) -> bool {
    let number = word.strip_suffix(['.', ')']).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
    number || matches!(word, "-" | "*" | "+" | "=") || word.starts_with(['#', '>', '|'])
}

/// Writes a doc comment.
pub(super) fn doc_comment(text: &str, indent: &str) -> String {
    let lines = wrapped(text).into_iter();
    lines.map(|line| format!("{indent}/// {line}").trim_end().to_owned() + "\n").collect()
}

/// Joins what prettyplease breaks within brackets, where it fits into a line.
pub(super) fn widened(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let (whole, next) = joined(&lines, at).unwrap_or_else(|| ((*line).to_owned(), at + 1));
        out.push_str(&whole);
        out.push('\n');
        at = next;
    }
    out
}

/// The group that begins on a line, as one line, and the line after it.
fn joined(lines: &[&str], at: usize) -> Option<(String, usize)> {
    let first = lines.get(at).filter(|line| !is_comment(line) && line.ends_with(['(', '[']))?;
    let indent = |line: &str| line.len() - line.trim_start().len();
    let inner = lines.get(at + 1..)?;
    let length = inner.iter().position(|line| indent(line) == indent(first))?;
    let last = inner.get(length).filter(|line| line.trim_start().starts_with([')', ']']))?;
    let mut whole = (*first).to_owned();
    for line in inner.get(..length)? {
        if is_comment(line) || line.ends_with('{') {
            return None;
        }
        append(&mut whole, line.trim());
    }
    append(&mut whole, last.trim());
    (whole.chars().count() <= CODE).then_some((whole, at + length + 2))
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn append(whole: &mut String, part: &str) {
    if part.starts_with([')', ']']) {
        let kept = whole.trim_end_matches(',').len();
        whole.truncate(kept);
    } else if !whole.ends_with(['(', '[']) {
        whole.push(' ');
    }
    whole.push_str(part);
}

/// Writes the statements of a function, without its braces and as deep as it.
pub(super) fn of_body(statements: &TokenStream) -> Option<String> {
    let file = syn::parse2(quote!(fn body() { #statements })).ok()?;
    let text = widened(&prettyplease::unparse(&file));
    let inner = text.strip_prefix("fn body() {\n")?.strip_suffix("}\n")?;
    let lines = inner.lines().map(|line| line.strip_prefix("    ").unwrap_or(line));
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// Puts a blank line between the members of an `impl`.
pub(super) fn airy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut ended = false;
    for line in text.lines() {
        if ended && line != "}" {
            out.push('\n');
        }
        out.push_str(line);
        out.push('\n');
        ended = line == "    }";
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, reason = "a test that panics has failed")]

    use super::{PROSE, widened, wrapped};

    #[test]
    fn prose_is_wrapped_and_code_and_lists_stay_what_they_are() {
        let word = "word ".repeat(15);
        let text =
            format!("- {word}`a code span with several words in it` {word}{word}- 7. # > end\n\n    code");
        let lines = wrapped(&text);
        assert!(lines.iter().all(|line| line.chars().count() <= PROSE + 12), "{lines:#?}");
        assert_eq!(
            lines.join("\n").split_whitespace().collect::<Vec<_>>(),
            text.split_whitespace().collect::<Vec<_>>()
        );
        assert!(lines.iter().all(|line| line.matches('`').count() % 2 == 0), "{lines:#?}");
        let goes_on = |line: &String| {
            line.strip_prefix("  ").is_some_and(|rest| !rest.starts_with(['-', '7', '#', '>']))
        };
        assert!(lines[1..lines.len() - 2].iter().all(goes_on), "{lines:#?}");
        let table = format!("| {word}{word} |\n```\n{word}{}\n```", word.trim_end());
        assert_eq!(wrapped(&table).join("\n"), table);
    }

    #[test]
    fn what_fits_is_joined_and_comments_and_blocks_are_left() {
        let text = "#[cfg(\n    any(\n        feature = \"a\",\n        feature = \"b\"\n    )\n)]\nfn f(\n    a: A,\n    b: B,\n) -> C {\n    g(\n        // why\n        a,\n    )\n}\n";
        let wide = "#[cfg(any(feature = \"a\", feature = \"b\"))]\nfn f(a: A, b: B) -> C {\n    g(\n        // why\n        a,\n    )\n}\n";
        assert_eq!(widened(text), wide);
        let long = format!("f(\n    {},\n    b,\n)\n", "a".repeat(120));
        assert_eq!(widened(&long), long);
    }
}
