//! A payroll for many people at a server that fails most of the time.

use dots_api_ext::{Cents, Payee, RetryPolicy};
use dots_sandbox::{Faults, Sandbox};

use crate::support::clock::TestClock;
use crate::support::world::builder_for;

#[tokio::test]
async fn a_payroll_through_a_storm_pays_everybody_once() {
    for seed in 1..=20 {
        let faults = Faults::seeded(seed).rate(0.7);
        let sandbox = Sandbox::builder().faults(faults).start().await.unwrap();
        let builder = builder_for(&sandbox.url()).retry(RetryPolicy::standard());
        let dots = builder.clock(TestClock::default()).jitter_seed(seed).build().unwrap();
        let people: Vec<String> = (0..20_u32).map(|person| format!("20255501{person:02}")).collect();
        for phone in &people {
            let payout = dots.send_payout(Cents::new(1_000), Payee::phone("1", phone));
            let payout = payout.into_operation().unwrap();
            let mut rounds = 0;
            while let Err(error) = dots.run(payout.clone()).await {
                rounds += 1;
                assert!(rounds < 200, "seed {seed}: {error}");
            }
        }
        let paid: Vec<i64> = people.iter().map(|phone| sandbox.paid(phone)).collect();
        assert_eq!(paid, [1_000; 20], "seed {seed}: {}", sandbox.transcript());
        assert_eq!(sandbox.links(), 20, "seed {seed}");
        sandbox.clear_faults();
        sandbox.shutdown().await;
    }
}
