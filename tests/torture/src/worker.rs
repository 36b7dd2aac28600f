//! The worker that is killed: it opens the outbox of a database, and works.

use std::time::Duration;

use dots_api_ext::outbox::{Outbox, PostgresConfig};
use serde_json::{Value, json};

use crate::Failure;
use crate::payroll;
pub(crate) use crate::payroll::JOB;

/// What a worker is to do.
#[derive(Debug)]
pub(crate) struct Job {
    pub url: String,
    pub database: String,
    pub passed: Duration,
    /// Whether it goes on until it is killed.
    pub is_endless: bool,
}

impl Job {
    pub(crate) fn to_text(&self) -> String {
        json!({
            "url": self.url, "database": self.database, "passed": self.passed.as_secs_f64(),
            "is_endless": self.is_endless,
        })
        .to_string()
    }

    /// Nothing if it is another job.
    pub(crate) fn from_text(text: &str) -> Result<Option<Self>, Failure> {
        let job: Value = serde_json::from_str(text)?;
        let Some(database) = job["database"].as_str() else { return Ok(None) };
        Ok(Some(Self {
            url: job["url"].as_str().ok_or("the job has no server")?.to_owned(),
            database: database.to_owned(),
            passed: Duration::from_secs_f64(job["passed"].as_f64().unwrap_or_default()),
            is_endless: job["is_endless"] == true,
        }))
    }

    pub(crate) async fn work(self) -> Result<(), Failure> {
        let dots = payroll::client(&self.url, self.passed).build()?;
        let config: PostgresConfig = self.database.parse()?;
        let outbox = Outbox::postgres(&config.connections(2), &dots).await?;
        if self.is_endless {
            outbox.work().until(std::future::pending()).await?;
        } else {
            outbox.work().await?;
        }
        outbox.close().await;
        Ok(())
    }
}
