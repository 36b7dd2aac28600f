use dots_api_ext::{Cents, Outcome, Dots, Payee};

#[tokio::main]
async fn main() -> Result<(), dots_api_ext::Error> {
    let dots = Dots::from_env()?;
    let payout = dots.send_payout(Cents::new(1_000), Payee::phone("1", "2025550139")).reference("invoice-881");
    match payout.await {
        Ok(link) => println!("{} is {}", link.id, link.status),
        Err(error) if error.outcome() == Outcome::Unknown => println!("run this again: {error}"),
        Err(error) => println!("this attempt paid nothing: {error}"),
    }
    Ok(())
}
