use dots_api_ext::{Cents, Dots, Error, Outcome, Payee};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let dots = Dots::from_env()?;
    let payout = dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).reference("invoice-881");
    let link = payout.await.inspect_err(|error| match error.outcome() {
        Outcome::NotSent => eprintln!("nothing left this machine: {error}"),
        Outcome::Rejected => eprintln!("Dots refused, and nothing was paid: {error}"),
        Outcome::Unknown => eprintln!("it may have been paid; run this again within 24 hours: {error}"),
    })?;
    println!("{} is {}", link.id, link.status);
    Ok(())
}
