//! The program that pays: one workflow for each payout, whose one step is `pay_once`.

use std::fs::File;
use std::path::{Path, PathBuf};

use dots_api_ext::outbox::{FileProblem, Outbox, OutboxError, Payment};
use dots_api_ext::{Cents, Dots, Environment, Payee};
use restate_sdk::prelude::*;

use crate::Failure;

/// Pays an invoice; its id is the reference.
struct Payout {
    outbox: Outbox,
    dots: Dots,
    /// Where a first program leaves that it has died.
    died: PathBuf,
}

#[restate_sdk::workflow]
impl Payout {
    #[handler]
    async fn run(&self, context: WorkflowContext<'_>, phone: String) -> Result<String, HandlerError> {
        let reference = context.key().to_owned();
        let paid = context
            .run(|| async move {
                let payout = self.dots.send_payout(Cents::new(4_810), Payee::phone("1", &phone));
                let payment =
                    self.outbox.pay_once(reference, payout).await.map_err(TerminalError::from_error)?;
                if File::create_new(&self.died).is_ok() {
                    // Dots has paid, and Restate has not heard of it.
                    std::process::abort();
                }
                match payment {
                    Payment::Settled(paid) if paid.was_paid_before => Ok("paid before".to_owned()),
                    Payment::Settled(_) => Ok("paid now".to_owned()),
                    Payment::Rejected(_) => Err(TerminalError::new("Dots refused it").into()),
                    // Restate waits, and runs the step again.
                    other => Err(format!("not known yet: {}", other.status().state).into()),
                }
            })
            .name("pay_once")
            .await?;
        Ok(paid)
    }
}

/// Serves the workflow to Restate.
pub async fn serve(port: &str, folder: &Path, sandbox: &str) -> Result<(), Failure> {
    let dots = Dots::builder()
        .credentials("pk_dev_sandbox", "sk_dev_sandbox")
        .environment(sandbox.parse::<Environment>()?)
        .build()?;
    let file = folder.join("payouts.sqlite");
    let outbox = match Outbox::open(&file, &dots).await {
        Err(OutboxError::File(FileProblem::Missing(_))) => Outbox::create(&file, &dots).await?,
        outbox => outbox?,
    };
    let payout = Payout { outbox, dots, died: folder.join("died") };
    let endpoint = Endpoint::builder().bind(payout).build();
    HttpServer::new(endpoint).listen_and_serve(format!("127.0.0.1:{port}").parse()?).await;
    Ok(())
}
