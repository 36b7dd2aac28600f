//! Diagnostics: what is wrong, where, and how to fix it.

use std::fmt;

/// One thing that is wrong with a file or a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: a JSON pointer (RFC 6901) into the document, or a file, with line and column where they are known.
    pub pointer: String,
    /// The file and the line of the place, where they are known.
    pub line: Option<String>,
    /// What is wrong there, lower case, with the offending value in backticks.
    pub what: String,
    /// How to fix it.
    pub fix: String,
}

impl Problem {
    /// Creates a problem; line breaks in its messages become spaces, so that it prints as one line.
    pub fn new(pointer: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), line: None, what: one_line(&what.into()), fix: one_line(&fix.into()) }
    }
}

impl Problem {
    /// What is wrong and how to fix it, without the values in backticks.
    fn kind(&self) -> String {
        let text = format!("{}; {}", self.what, self.fix);
        text.split('`').enumerate().filter(|(index, _)| index % 2 == 0).map(|(_, part)| part).collect()
    }

    /// Its place, with the line if it is known.
    pub fn place(&self) -> String {
        match &self.line {
            Some(line) => format!("{} ({line})", self.pointer),
            None => self.pointer.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The pointer of the whole document is empty, and a reader would not see it.
        let pointer = if self.pointer.is_empty() { "(document)" } else { &self.pointer };
        let line = self.line.as_ref().map(|line| format!(" ({line})")).unwrap_or_default();
        write!(f, "{pointer}{line}: {}; {}", self.what, self.fix)
    }
}

/// The problems that were found, in the order of finding; never empty when returned as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Creates an empty collection to gather problems in.
    pub fn none() -> Self {
        Self::default()
    }

    /// Creates a collection of one.
    pub fn one(pointer: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self(vec![Problem::new(pointer, what, fix)])
    }

    /// Adds a problem.
    pub fn add(&mut self, pointer: impl Into<String>, what: impl Into<String>, fix: impl Into<String>) {
        self.0.push(Problem::new(pointer, what, fix));
    }

    /// Adds all problems of another collection.
    pub fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// Adds the line of each place, which `find` knows, in `file`.
    #[must_use]
    pub fn located(mut self, file: &str, find: impl Fn(&str) -> Option<usize>) -> Self {
        for problem in self.0.iter_mut().filter(|problem| problem.pointer.starts_with('/')) {
            problem.line = find(&problem.pointer).map(|line| format!("{file}:{line}"));
        }
        self
    }

    /// The problems in groups of one kind, each with its first: what is wrong is the same but for the values, and so is
    /// the remedy.
    pub fn grouped(&self) -> Vec<(&Problem, Vec<&Problem>)> {
        let mut groups: Vec<(String, &Problem, Vec<&Problem>)> = Vec::new();
        for problem in &self.0 {
            let kind = problem.kind();
            match groups.iter_mut().find(|(known, _, _)| *known == kind) {
                Some((_, _, others)) => others.push(problem),
                None => groups.push((kind, problem, Vec::new())),
            }
        }
        groups.into_iter().map(|(_, first, others)| (first, others)).collect()
    }

    /// Tells whether there are no problems.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts the problems.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Iterates over the problems.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// Returns `value` unless there are problems.
    ///
    /// # Errors
    /// Returns the problems if there is at least one.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Joins the lines of a message that a library formatted for a terminal.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_prints_where_what_and_what_to_do_on_one_line() {
        let problem = Problem::new("/paths/~1a/get", "`operationId`\n  is missing", "name the operation");
        assert_eq!(problem.to_string(), "/paths/~1a/get: `operationId` is missing; name the operation");
    }

    #[test]
    fn the_whole_document_has_a_name() {
        assert_eq!(Problem::new("", "empty", "write one").to_string(), "(document): empty; write one");
    }
}
