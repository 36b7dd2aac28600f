//! Prints the SQL of the outbox on PostgreSQL, for those who apply it by hand.
//!
//! ```text
//! cargo run --example print_migrations --features outbox-postgres > outbox.sql
//! psql --set ON_ERROR_STOP=1 --file outbox.sql shop
//! ```
//!
//! Each migration is a transaction of its own, and each is to be applied once: `dots_outbox.migrations` lists those that
//! were. The roles come last, and can be granted again.
#![allow(clippy::print_stdout, reason = "an example talks to the person who runs it")]

use dots_api_ext::outbox::Outbox;

fn main() {
    for migration in Outbox::migrations() {
        println!("-- {:04} {}\nBEGIN;\n{}COMMIT;\n", migration.number, migration.name, migration.sql);
    }
    println!("BEGIN;\n{}COMMIT;", Outbox::grants());
}
