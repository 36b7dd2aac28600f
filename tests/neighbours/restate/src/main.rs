//! A workflow of Restate pays an invoice, and its program dies after Dots has paid and before Restate has heard of it.
//!
//! ```text
//! npm install @restatedev/restate-server
//! RESTATE_SERVER=node_modules/.bin/restate-server cargo run
//! ```
//!
//! Restate runs the step again, in a program that was started again; the outbox knows that it is paid. Without a server,
//! it says so and does nothing; with `DOTS_RESTATE=required` it fails.

#![forbid(unsafe_code)]

mod check;
mod workflow;

use std::error::Error;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [mode, port, folder, sandbox] if mode == "serve" => {
            workflow::serve(port, folder.as_ref(), sandbox).await
        }
        _ => check::run().await,
    }
}
