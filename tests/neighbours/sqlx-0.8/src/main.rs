//! Uses both crates, so that both are linked.

#![forbid(unsafe_code)]

fn main() {
    let state = dots_api_ext::outbox::State::Planned;
    let options = sqlx::sqlite::SqliteConnectOptions::new();
    assert_eq!((state.is_final(), options.get_filename().as_os_str().is_empty()), (false, false));
}
