//! What a process does that was started for a job: it is killed in the middle of it, more often than not.

use crate::worker::JOB;
use crate::{Failure, payroll, worker};

/// Does the job of this process, if it was started for one; whether it was.
///
/// # Errors
/// Returns an error if the job cannot be done.
pub fn was_a_job() -> Result<bool, Failure> {
    let Ok(text) = std::env::var(JOB) else { return Ok(false) };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match worker::Job::from_text(&text)? {
        Some(job) => runtime.block_on(job.work())?,
        None => runtime.block_on(payroll::run(&text))?,
    }
    Ok(true)
}
