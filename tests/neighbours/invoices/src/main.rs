//! A service that approves invoices: the approval and the payout are one transaction, and a worker beside it pays.
//!
//! ```text
//! createdb invoices
//! cargo run -- postgres://localhost/invoices             # listens on 127.0.0.1:8088, with an offline Dots
//! curl -X POST localhost:8088/invoices/881/approve -H 'content-type: application/json' \
//!      -d '{"cents": 4810, "phone": "2025550139"}'
//! curl localhost:8088/invoices/881
//! cargo run -- postgres://localhost/invoices --check     # approves some, and checks what became of them
//! ```
//!
//! Start as many of it as you like: each has a worker, and every payout is made once. In a service of your own, the
//! client is made with `Dots::from_env()`, and the tables are made by a deployment step that runs `Outbox::migrate`.

#![forbid(unsafe_code)]

mod check;
mod service;
mod shop;

use std::error::Error;

use dots_api_ext::outbox::{Outbox, PostgresConfig};
use dots_api_ext::{Dots, Environment};
use dots_sandbox::Sandbox;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::shop::Shop;

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (flags, names): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let is_check = flags.iter().any(|flag| flag == "--check");
    let database = names.into_iter().next().or_else(|| std::env::var("DATABASE_URL").ok());
    let database = database.ok_or("name the database, such as postgres://localhost/invoices")?;

    let sandbox = Sandbox::start().await?;
    let dots = Dots::builder()
        .credentials("pk_dev_sandbox", "sk_dev_sandbox")
        .environment(sandbox.url().parse::<Environment>()?)
        .build()?;
    let config: PostgresConfig = database.parse()?;
    Outbox::migrate(&config).await?;
    let shop = Shop::open(&database, dots.environment()).await?;
    let outbox = Outbox::postgres(&config, &dots).await?;

    let (stop, mut stopped) = watch::channel(());
    let worker = outbox.work().until(async move { drop(stopped.changed().await) });
    let worker = tokio::spawn(worker.into_future());
    let served = if is_check {
        check::run(&shop, &outbox, &sandbox).await
    } else {
        let listener = TcpListener::bind("127.0.0.1:8088").await?;
        println!("listens on {}", listener.local_addr()?);
        let shutdown = async { drop(tokio::signal::ctrl_c().await) };
        let served = axum::serve(listener, service::routes(shop, outbox.clone()));
        served.with_graceful_shutdown(shutdown).await.map_err(Failure::from)
    };
    // What is in flight is stored before the worker ends.
    drop(stop);
    let done = worker.await??;
    println!("{} attempts", done.attempts);
    outbox.close().await;
    served
}
