//! The outbox: each reference is paid once, across crashes, days and persons; what cannot be known is listed.
//!
//! - `once`: a payout is paid once, however often and however late it is asked for
//! - `person`: what a person is asked, and what comes of the answer
//! - `runs`: runs of payouts, limits, and what a worker stops for
//! - `shut_out`: what keeps one payout from being made keeps no other from it
//! - `delivery`: what Dots says of single objects
//! - `planned`: payouts that are planned without an API key
//! - `report`: what became of a run, and its backup
//! - `example`: the example `pay_invoices` is killed in the middle and pays every invoice once
//! - `odds`: copies, twins and clocks that jump; lists of several pages and kinds
//! - `clocks`: a clock that was ahead and is set right
//! - `torture`: a share of the simulation and the torture, and proof that they notice
//! - `twice`: two payments with the mark of one payout are told
//! - `files`: a file that cannot be used says what to do

mod clocks;
mod delivery;
mod example;
mod files;
mod odds;
mod once;
mod person;
mod planned;
mod report;
mod runs;
mod shut_out;
mod torture;
mod twice;

use std::path::PathBuf;
use std::time::Duration;

use dots_api::SendPayout;
use dots_api_ext::outbox::{By, Outbox};
use dots_api_ext::{Cents, Dots, Payee, Prepared};
use dots_sandbox::Sandbox;
use tempfile::TempDir;

use crate::support::clock::TestClock;
use crate::support::world::{PHONE, TEN_DOLLARS, builder_for};

/// A sandbox, a client whose clock goes with it, and a folder for the file.
struct World {
    sandbox: Sandbox,
    dots: Dots,
    clock: TestClock,
    folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let sandbox = Sandbox::start().await.unwrap();
        let clock = TestClock::default();
        let dots = builder_for(&sandbox.url()).clock(clock.clone()).build().unwrap();
        Self { sandbox, dots, clock, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("payouts.sqlite")
    }

    async fn outbox(&self) -> Outbox {
        Outbox::create(self.file(), &self.dots).await.unwrap()
    }

    async fn open(&self) -> Outbox {
        Outbox::open(self.file(), &self.dots).await.unwrap()
    }

    /// Starts the program again: what the process knew of keys is forgotten.
    fn restart(&mut self) {
        let builder = builder_for(&self.sandbox.url()).clock(self.clock.clone());
        self.dots = builder.as_another_process().build().unwrap();
    }

    /// Lets time go by, here and at Dots.
    fn advance(&self, hours: u64) {
        let time = Duration::from_secs(hours * 60 * 60);
        self.clock.advance(time);
        self.sandbox.advance(time);
    }

    /// How many payouts were asked of Dots.
    fn posts(&self) -> usize {
        self.sandbox.requests().iter().filter(|request| request.method == "POST").count()
    }

    fn paid(&self) -> i64 {
        self.sandbox.paid(PHONE)
    }

    fn payout(&self) -> Prepared<SendPayout> {
        self.pays(TEN_DOLLARS)
    }

    fn pays(&self, amount: Cents) -> Prepared<SendPayout> {
        self.dots.send_payout(amount, Payee::phone("1", PHONE))
    }
}

fn by() -> By {
    By::new("jo", "a test")
}
