//! The mutants: each bug, and the test that must catch it.
//!
//! - `keys`: idempotency keys that are forgotten, mixed up, too young, or sent by two calls at once
//! - `verdicts`: payments that are called refused, unsent or unread, and others that are called a success
//! - `found`: payments that a lookup overlooks, or takes for another
//! - `retries`: what is retried, how often and how soon
//! - `shut_out`: calls that hang, are shut out, or take the program with them
//! - `network`: the transport, and webhooks
//! - `outbox`: rules that are taken away, commits that are not on the disk, lists that are not read
//! - `outbox_postgres`: the same on PostgreSQL: claims without locks, commits that are believed, tables that forget
//! - `stored`: stored requests that somebody else sends, or too late, or as other bytes

mod found;
mod keys;
mod network;
mod outbox;
mod outbox_postgres;
mod retries;
mod shut_out;
mod stored;
mod verdicts;

/// One bug: what to write where, and the test that must notice.
#[derive(Clone, Copy, Debug)]
pub struct Mutant {
    /// Where it comes from: a letter and a number for each kind of fault that was seen in a run, `E` for a bug that
    /// tests did not notice once, `D` for a smaller fault, `seam` for what another program stores and sends, and
    /// `classic` for what other clients have.
    pub kind: &'static str,
    /// What the bug does, in a sentence.
    pub name: &'static str,
    /// The test of `tests/it` that has to fail.
    pub test: &'static str,
    /// The edits that plant it.
    pub changes: &'static [Change],
}

/// An edit: a text that occurs once in a file, and its replacement.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    /// The file, below the root of the workspace.
    pub file: &'static str,
    /// The text to find.
    pub find: &'static str,
    /// Its replacement.
    pub replace: &'static str,
}

const fn change(file: &'static str, find: &'static str, replace: &'static str) -> Change {
    Change { file, find, replace }
}

/// Returns the bugs that clients of payment APIs have.
pub fn all() -> impl Iterator<Item = &'static Mutant> {
    let tables = [
        keys::BUGS,
        verdicts::BUGS,
        found::BUGS,
        retries::BUGS,
        shut_out::BUGS,
        network::BUGS,
        outbox_postgres::BUGS,
        stored::BUGS,
        outbox::BUGS,
    ];
    tables.into_iter().flatten()
}
