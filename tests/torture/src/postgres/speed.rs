//! What the outbox on PostgreSQL costs: plans and payouts a second, a long run, and a million rows that have ended.

use std::time::{Duration, Instant};

use dots_api::{PhonePayee, SendPayout, SendPayoutRequest};
use dots_api_ext::outbox::{Outbox, Planner, PostgresConfig};
use dots_api_ext::{Cents, Dots};
use dots_sandbox::Sandbox;
use tokio::task::JoinSet;
use tokio_postgres::Client;

use super::Server;
use crate::Failure;

/// What a worker looks for, as it is sent.
const DUE: &str = "SELECT reference FROM dots_outbox.payouts WHERE state IN ('planned', 'unknown') \
    AND paid_generation IS NULL AND NOT awaits_listing AND not_before <= dots_outbox.clock() AND reference > '' \
    ORDER BY reference LIMIT 16 FOR UPDATE SKIP LOCKED";

/// Measures all of it, and prints it.
///
/// # Errors
/// Returns an error if something cannot be planned or paid.
pub async fn measure(payouts: u32, rows: u32) -> Result<(), Failure> {
    let server = Server::start(&[]).await?;
    plans(&server, payouts).await?;
    for workers in [1, 4, 8] {
        pay(&server, payouts, workers).await?;
    }
    many(&server, 100_000).await?;
    ended(&server, rows).await
}

/// A sandbox, a client, and an empty outbox.
struct Shop {
    sandbox: Sandbox,
    dots: Dots,
    config: PostgresConfig,
    client: Client,
    planner: Planner,
}

impl Shop {
    async fn new(server: &Server, name: &str) -> Result<Self, Failure> {
        let sandbox = Sandbox::builder().record_limit(10).validate_answers(false).start().await?;
        let dots = Dots::builder().credentials("pk_dev_sandbox", "sk_dev_sandbox");
        let dots = dots.environment(sandbox.url().parse()?).build()?;
        let config: PostgresConfig = server.create(name).await?.parse()?;
        Outbox::migrate(&config).await?;
        let planner = Planner::new("main account", dots.environment());
        Ok(Self { sandbox, dots, config, client: server.connect(name).await?, planner })
    }

    fn text(&self, number: u32) -> Result<String, Failure> {
        let payee = PhonePayee::new("1".parse()?, format!("2{number:09}").parse()?);
        let payout = SendPayout::new(SendPayoutRequest::new(Cents::new(1_000)).payee(payee));
        Ok(self.planner.plan(format!("run/{number}"), payout)?.to_string())
    }

    fn texts(&self, count: u32) -> Result<Vec<String>, Failure> {
        (0..count).map(|number| self.text(number)).collect()
    }
}

fn per_second(count: u32, took: Duration) -> u128 {
    u128::from(count) * 1_000_000 / took.as_micros().max(1)
}

async fn plans(server: &Server, count: u32) -> Result<(), Failure> {
    let mut shop = Shop::new(server, "plans").await?;
    let texts = shop.texts(count * 2)?;
    let (alone, within) = texts.split_at(usize::try_from(count)?);
    let plan = shop.client.prepare("SELECT dots_outbox.plan($1)").await?;
    let began = Instant::now();
    for text in alone {
        shop.client.query_one(&plan, &[text]).await?;
    }
    println!("plans alone: {}/s", per_second(count, began.elapsed()));
    shop.client.batch_execute("CREATE TABLE invoices (number text PRIMARY KEY)").await?;
    let insert = shop.client.prepare("INSERT INTO invoices VALUES ($1)").await?;
    for (name, has_plan) in [("without a plan", false), ("with a plan", true)] {
        let began = Instant::now();
        for (number, text) in within.iter().enumerate() {
            let transaction = shop.client.transaction().await?;
            transaction.execute(&insert, &[&format!("{name} {number}")]).await?;
            if has_plan {
                transaction.query_one(&plan, &[text]).await?;
            }
            transaction.commit().await?;
        }
        println!("transactions of an invoice {name}: {}/s", per_second(count, began.elapsed()));
    }
    Ok(())
}

async fn pay(server: &Server, count: u32, workers: u32) -> Result<(), Failure> {
    let shop = Shop::new(server, &format!("workers_{workers}")).await?;
    let lines = shop.texts(count)?.join("\n");
    shop.client.query_one("SELECT dots_outbox.plan_many($1)", &[&lines]).await?;
    let mut outboxes = Vec::new();
    for _ in 0..workers {
        outboxes.push(Outbox::postgres(&shop.config.clone().connections(2), &shop.dots).await?);
    }
    let (began, mut working) = (Instant::now(), JoinSet::new());
    for outbox in outboxes {
        working.spawn(async move { outbox.work().await });
    }
    while let Some(done) = working.join_next().await {
        done??;
    }
    let took = began.elapsed();
    if shop.sandbox.links() != usize::try_from(count)? {
        return Err("not everything was paid once".into());
    }
    println!("payouts by {workers} workers: {}/s", per_second(count, took));
    Ok(())
}

async fn many(server: &Server, count: u32) -> Result<(), Failure> {
    let mut shop = Shop::new(server, "many").await?;
    let texts = shop.texts(count)?;
    let began = Instant::now();
    let transaction = shop.client.transaction().await?;
    for lines in texts.chunks(10_000) {
        transaction.query_one("SELECT dots_outbox.plan_many($1)", &[&lines.join("\n")]).await?;
    }
    transaction.commit().await?;
    println!("{count} rows by plan_many, 10,000 a call: {} ms", began.elapsed().as_millis());
    Ok(())
}

async fn ended(server: &Server, rows: u32) -> Result<(), Failure> {
    let shop = Shop::new(server, "ended").await?;
    let sql = format!(
        "INSERT INTO dots_outbox.payouts (reference, created_at, operation, cents, planned_cents, fingerprint, \
         idempotency_key, state, generation, fence, planned_at, last_possible_send, not_before, in_doubt, \
         older_in_doubt, others_may_send, awaits_listing, absences, paid_generation, is_meant, changed_at) \
         SELECT 'old/' || n, 1, 'send_payout', 1, 1, gen_random_uuid(), gen_random_uuid(), 'settled', 0, 2, 1, 1, 1, \
         false, false, false, false, 0, 0, false, 1 FROM generate_series(1, {rows}) AS n"
    );
    shop.client.batch_execute(&sql).await?;
    shop.client.batch_execute("VACUUM ANALYZE dots_outbox.payouts").await?;
    shop.client.query_one("SELECT dots_outbox.plan_many($1)", &[&shop.texts(100)?.join("\n")]).await?;
    println!("the due query beside {rows} rows that have ended:");
    for row in shop.client.query(&format!("EXPLAIN (ANALYZE, COSTS OFF) {DUE}"), &[]).await? {
        println!("  {}", row.get::<_, &str>(0));
    }
    println!("the counts beside them:");
    for row in shop.client.query("EXPLAIN (ANALYZE, COSTS OFF) SELECT * FROM dots_outbox.counts", &[]).await?
    {
        println!("  {}", row.get::<_, &str>(0));
    }
    Ok(())
}
