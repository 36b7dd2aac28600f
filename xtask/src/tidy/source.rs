//! A small lexer: tells code from comments and string literals, so that rules about code do not read prose.

/// A Rust file in two copies, each with the same lines and columns as the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Masked {
    /// The code; comments and string literals are blank.
    pub code: String,
    /// The comments, documentation included; all else is blank.
    pub comments: String,
}

/// The state of the lexer.
enum State {
    Code,
    LineComment,
    /// Block comments nest.
    BlockComment(usize),
    String,
    /// The number of `#` that end it.
    RawString(usize),
}

/// Separates code from comments.
///
/// It knows line and block comments, strings, raw strings and characters. It needs to know no more, because the rules
/// only search the code for words.
pub fn mask(source: &str) -> Masked {
    let mut masked = Masked::default();
    let mut state = State::Code;
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let (length, next) = step(&state, rest, masked.code.chars().next_back());
        let length = length.max(c.len_utf8());
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        // The `//` of a comment belongs to it, so that documentation shows its `///`.
        let in_comment = matches!(state, State::LineComment | State::BlockComment(_))
            || matches!(next, Some(State::LineComment | State::BlockComment(_)));
        // The characters that open a string or a comment are not code.
        let in_code = matches!(state, State::Code) && next.is_none();
        for c in token.chars() {
            masked.code.push(if c == '\n' || in_code { c } else { ' ' });
            masked.comments.push(if c == '\n' || in_comment { c } else { ' ' });
        }
        state = next.unwrap_or(state);
        rest = after;
    }
    masked
}

/// Returns how many bytes to read, and the next state if it changes.
fn step(state: &State, rest: &str, before: Option<char>) -> (usize, Option<State>) {
    match state {
        State::Code => step_in_code(rest, before),
        State::LineComment if rest.starts_with('\n') => (1, Some(State::Code)),
        State::LineComment => (0, None),
        State::BlockComment(depth) if rest.starts_with("*/") => {
            (2, Some(if *depth == 1 { State::Code } else { State::BlockComment(depth - 1) }))
        }
        State::BlockComment(depth) if rest.starts_with("/*") => (2, Some(State::BlockComment(depth + 1))),
        State::BlockComment(_) => (0, None),
        State::String if rest.starts_with('\\') => (1 + rest.chars().nth(1).map_or(0, char::len_utf8), None),
        State::String if rest.starts_with('"') => (1, Some(State::Code)),
        State::String => (0, None),
        State::RawString(hashes) => {
            let end = format!("\"{}", "#".repeat(*hashes));
            if rest.starts_with(&end) { (end.len(), Some(State::Code)) } else { (0, None) }
        }
    }
}

/// A step in code: does a comment, a string or a character begin here?
fn step_in_code(rest: &str, before: Option<char>) -> (usize, Option<State>) {
    if rest.starts_with("//") {
        return (2, Some(State::LineComment));
    }
    if rest.starts_with("/*") {
        return (2, Some(State::BlockComment(1)));
    }
    if rest.starts_with('"') {
        return (1, Some(State::String));
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if let Some(after) = rest.strip_prefix('r').filter(|_| !in_word || before == Some('b')) {
        let hashes = after.chars().take_while(|c| *c == '#').count();
        if after.chars().nth(hashes) == Some('"') {
            return (2 + hashes, Some(State::RawString(hashes)));
        }
    }
    (character(rest), None)
}

/// The length of a character literal such as `'"'`, which must not open a string; 0 for a lifetime or anything else.
fn character(rest: &str) -> usize {
    let mut chars = rest.chars();
    match (chars.next(), chars.next(), chars.next(), chars.next()) {
        (Some('\''), Some('\\'), Some(c), Some('\'')) => 3 + c.len_utf8(),
        (Some('\''), Some(c), Some('\''), _) if c != '\\' => 2 + c.len_utf8(),
        _ => 0,
    }
}

/// Tells whether a line contains a whole word, not only as a part of a longer name.
pub fn has_word(line: &str, word: &str) -> bool {
    words(line).any(|found| found == word)
}

/// The names in a line.
pub fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Tells whether a macro is called in a line.
pub fn calls_macro(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line.get(..at).and_then(|it| it.chars().next_back());
        let after = line.get(at + name.len()..).is_some_and(|it| it.starts_with('!'));
        after && !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_comments_are_blank_in_the_code() {
        let masked = mask("let a = \"dbg!\"; // dbg!\nlet b = 1;\n");
        assert_eq!(masked.code, "let a =       ;        \nlet b = 1;\n");
        assert_eq!(masked.comments.trim(), "// dbg!");
    }

    #[test]
    fn raw_strings_end_where_they_end() {
        let masked = mask("r#\"a \" b\"# c br\"d\" e \"\\\"\" f");
        assert_eq!(masked.code.split_whitespace().collect::<Vec<_>>(), ["c", "b", "e", "f"]);
    }

    #[test]
    fn characters_and_lifetimes_open_no_string() {
        let masked = mask("'\"' 'a '\\'' '\\\\' x");
        assert!(masked.code.ends_with(" x"), "{}", masked.code);
        assert!(masked.comments.trim().is_empty());
    }

    #[test]
    fn block_comments_nest() {
        assert_eq!(mask("a /* b /* c */ d */ e").code.split_whitespace().collect::<Vec<_>>(), ["a", "e"]);
    }

    #[test]
    fn words_are_whole() {
        assert!(has_word("use dots_api::X;", "dots_api"));
        assert!(!has_word("use dots_api_ext::X;", "dots_api"));
        assert!(calls_macro("  println!(1)", "println"));
        assert!(!calls_macro("  eprintln!(1)", "println"));
    }
}
