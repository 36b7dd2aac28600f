//! Uses both crates, so that both are linked.

#![forbid(unsafe_code)]

use diesel::Connection as _;

fn main() {
    let state = dots_api_ext::outbox::State::Planned;
    let connection = diesel::SqliteConnection::establish(":memory:");
    assert_eq!((state.is_final(), connection.is_ok()), (false, true));
}
