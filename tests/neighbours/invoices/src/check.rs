//! Approves invoices in all the ways that matter, and checks that each is paid once: by the service's own transactions.

use std::time::Duration;

use dots_api_ext::outbox::{Outbox, Planned, State};
use dots_sandbox::Sandbox;

use crate::Failure;
use crate::shop::Shop;

const PHONE: &str = "2025550139";

/// Checks the service against an empty database.
pub async fn run(shop: &Shop, outbox: &Outbox, sandbox: &Sandbox) -> Result<(), Failure> {
    is("a new invoice", shop.approve("881", 4_810, PHONE).await?, "approved")?;
    is("the same again", shop.approve("881", 4_810, PHONE).await?, "approved before")?;

    let changed = shop.approve("881", 9_999, PHONE).await.map_or_else(|error| state(&*error), |_| None);
    is("another amount", changed.as_deref().unwrap_or("no error"), "OB001")?;
    let cents: i64 =
        sqlx::query_scalar("SELECT cents FROM invoices WHERE number = '881'").fetch_one(&shop.pool).await?;
    is("the invoice after that", &cents.to_string(), "4810")?;

    let rolled_back = shop.approve("883", 100, "no number").await;
    is("an invalid payee", if rolled_back.is_err() { "refused" } else { "approved" }, "refused")?;

    // Many at once, several of them of one invoice.
    let mut approvals = tokio::task::JoinSet::new();
    for number in 0..40 {
        let shop = shop.clone();
        approvals.spawn(async move {
            shop.approve(&format!("many-{}", number / 2), 100 + number / 2, PHONE).await
        });
    }
    let mut approved = 0;
    while let Some(done) = approvals.join_next().await {
        approved += usize::from(done?? == "approved");
    }
    is("invoices that were approved once", &approved.to_string(), "20")?;
    strict(shop).await?;

    while !is_done(outbox).await? {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (expected, paid) =
        (4_810 + 7_000 + (0..20).map(|number| 100 + number).sum::<i64>(), sandbox.paid(PHONE));
    is("what was paid", &paid.to_string(), &expected.to_string())?;
    is("payouts of Dots", &sandbox.links().to_string(), "22")
}

/// A serializable transaction that began before a plan cannot see it, and has to be run again.
async fn strict(shop: &Shop) -> Result<(), Failure> {
    let text = shop.plan("882", 7_000, PHONE)?.to_string();
    let mut late = shop.pool.begin().await?;
    sqlx::query("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE").execute(&mut *late).await?;
    sqlx::query("SELECT count(*) FROM dots_outbox.status").execute(&mut *late).await?;
    is("an approval in between", shop.approve("882", 7_000, PHONE).await?, "approved")?;
    let failed = sqlx::query(Planned::SQL).bind(&text).execute(&mut *late).await;
    let failed = failed.err().and_then(|error| state(&error));
    is("a transaction that came too late", failed.as_deref().unwrap_or("no error"), "40001")?;
    late.rollback().await?;
    is("that transaction again", shop.approve("882", 7_000, PHONE).await?, "approved before")
}

/// Whether every payout is made.
async fn is_done(outbox: &Outbox) -> Result<bool, Failure> {
    Ok(outbox.totals().await?.iter().all(|(state, ..)| *state == State::Settled))
}

/// The SQLSTATE of an error.
fn state(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let error = error.downcast_ref::<sqlx::Error>()?.as_database_error()?;
    error.code().map(|code| code.into_owned())
}

fn is(what: &str, seen: &str, expected: &str) -> Result<(), Failure> {
    println!("{what}: {seen}");
    if seen == expected { Ok(()) } else { Err(format!("{what}: `{seen}`, and not `{expected}`").into()) }
}
