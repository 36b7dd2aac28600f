//! The invoices of the service, and the one transaction that matters.

use dots_api_ext::dots_api::{PhonePayee, SendPayout, SendPayoutRequest};
use dots_api_ext::outbox::{Planned, Planner};
use dots_api_ext::{Cents, Environment};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::Failure;

/// The table of the invoices, and who plans their payouts. It needs no API key.
#[derive(Clone, Debug)]
pub struct Shop {
    pub pool: PgPool,
    planner: Planner,
}

impl Shop {
    /// Connects, and creates the table.
    pub async fn open(database: &str, environment: Environment) -> Result<Self, Failure> {
        let pool = PgPoolOptions::new().max_connections(4).connect(database).await?;
        let sql = "CREATE TABLE IF NOT EXISTS invoices (number text PRIMARY KEY, cents bigint NOT NULL)";
        sqlx::query(sql).execute(&pool).await?;
        Ok(Self { pool, planner: Planner::new("main account", environment) })
    }

    /// Plans the payout of an invoice: its key, its exact request and its fingerprint.
    pub fn plan(&self, number: &str, cents: i64, phone: &str) -> Result<Planned, Failure> {
        let payee = PhonePayee::new("1".parse()?, phone.parse()?);
        let payout = SendPayout::new(SendPayoutRequest::new(Cents::new(cents)).payee(payee));
        Ok(self.planner.plan(format!("invoice-{number}"), payout)?)
    }

    /// Approves an invoice and plans its payout: both are committed, or neither.
    ///
    /// An invoice that was approved before stays as it is. Another payout for it is an error, and so nothing is changed.
    pub async fn approve(&self, number: &str, cents: i64, phone: &str) -> Result<&'static str, Failure> {
        let planned = self.plan(number, cents, phone)?;
        let mut transaction = self.pool.begin().await?;
        sqlx::query("INSERT INTO invoices VALUES ($1, $2) ON CONFLICT (number) DO UPDATE SET cents = $2")
            .bind(number)
            .bind(cents)
            .execute(&mut *transaction)
            .await?;
        let said: String = sqlx::query_scalar(Planned::SQL)
            .bind(planned.to_string())
            .fetch_one(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(if said == "planned" { "approved" } else { "approved before" })
    }
}
