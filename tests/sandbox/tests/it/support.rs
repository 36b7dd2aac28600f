//! Support for the tests: clients, a webhook receiver, a browser, what the document says, and shared fixtures.

pub(crate) mod client;
pub(crate) mod connection;
pub(crate) mod example;
pub(crate) mod id_pool;
pub(crate) mod page_client;
pub(crate) mod payables;
pub(crate) mod payouts;
pub(crate) mod raw_socket;
pub(crate) mod receiver;
pub(crate) mod schema;
pub(crate) mod values;
pub(crate) mod webdriver;
