//! The statements of a connection, each of which is prepared once: preparing costs more than most of them do.

use rusqlite::{Connection, Params, Statement};

/// Statements that are kept ready.
#[derive(Debug)]
pub(super) struct Statements<'c> {
    connection: &'c Connection,
    prepared: Vec<(&'static str, Statement<'c>)>,
}

impl<'c> Statements<'c> {
    pub(super) fn of(connection: &'c Connection) -> Self {
        Self { connection, prepared: Vec::new() }
    }

    /// Returns a statement, which is prepared at its first use.
    pub(super) fn get(&mut self, sql: &'static str) -> Result<&mut Statement<'c>, rusqlite::Error> {
        // A text of the program is found by its place; one with two places is prepared twice, and works.
        let place = self.prepared.iter().position(|(known, _)| std::ptr::eq(*known, sql));
        if place.is_none() {
            self.prepared.push((sql, self.connection.prepare(sql)?));
        }
        let place = place.unwrap_or_else(|| self.prepared.len().saturating_sub(1));
        let found = self.prepared.get_mut(place);
        found.map(|(_, statement)| statement).ok_or(rusqlite::Error::InvalidQuery)
    }

    /// Runs a statement that returns no rows; returns how many it has changed.
    pub(super) fn run(&mut self, sql: &'static str, values: impl Params) -> Result<usize, rusqlite::Error> {
        self.get(sql)?.execute(values)
    }
}
