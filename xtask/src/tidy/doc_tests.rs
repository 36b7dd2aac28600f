//! Doc tests: examples in documentation compile, and the calls that they show are made.

use super::Finding;
use super::source::has_word;
use super::tree::{File, Tree};

/// The crates whose documentation shows calls of the API, which the sandbox can answer.
const CLIENTS: [&str; 2] = ["dots-api-ext/src/", "dots-api/src/"];

/// What makes a call, in the async clients and in the blocking one.
const CALLS: [&str; 2] = [".await", ".wait("];

/// A code block.
struct Block {
    line: usize,
    is_run: bool,
    has_call: bool,
}

/// Reads the code blocks in the documentation of each Rust file written by hand.
pub(super) fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in tree.rust() {
        let mut add = |line, what: &str| findings.push(Finding::new(&file.path, line, what));
        let is_client = CLIENTS.iter().any(|folder| file.path.starts_with(folder));
        for (line, info) in ignored(file) {
            add(line, &format!("the doc test is never compiled (`{info}`); let it run, or call it `text`"));
        }
        for block in blocks(file).into_iter().filter(|block| is_client && block.has_call && !block.is_run) {
            add(
                block.line,
                "the example shows a call and never makes it; let it run against the sandbox, without `no_run`",
            );
        }
    }
}

/// The code blocks that are never compiled.
fn ignored(file: &File) -> Vec<(usize, String)> {
    let lines = file.comments().filter_map(|(line, comment)| Some((line, fence(comment)?)));
    lines.filter(|(_, info)| has_word(info, "ignore")).map(|(line, info)| (line, info.to_owned())).collect()
}

/// The code blocks of a file.
fn blocks(file: &File) -> Vec<Block> {
    let (mut blocks, mut open) = (Vec::new(), None);
    for (line, comment) in file.comments() {
        match (fence(comment), open.take()) {
            (Some(info), None) => {
                open = Some(Block { line, is_run: !has_word(info, "no_run"), has_call: false });
            }
            (Some(_), Some(block)) => blocks.push(block),
            // The end of the comment ends the block.
            (None, _) if comment.trim().is_empty() => {}
            (None, Some(mut block)) => {
                block.has_call |= CALLS.iter().any(|call| comment.contains(call));
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    blocks
}

/// The info string after the fence (three backticks) of a code block.
fn fence(comment: &str) -> Option<&str> {
    comment.trim_start().trim_start_matches(['/', '!']).trim_start().strip_prefix("```")
}
