//! Draws programs.

use std::time::Duration;

use fastrand::Rng;

use super::mishap::{Kind, Mishap};
use super::program::{
    Call, Client, ClockKind, Grouping, Jump, Limit, Named, PaymentKind, Place, Policy, Program, Step, Thing,
    Told, Twist, Way,
};
use super::world::Known;

/// Made-up time goes on for so long.
const LONGEST: Duration = Duration::from_secs(30 * 60 * 60);

/// Spellings of one server, and another one at last.
const URLS: [&str; 5] = [
    "https://chaos.example/api",
    "https://CHAOS.example/api/",
    "https://chaos.example:443/api",
    "https://chaos.example./api",
    "https://other-chaos.example/api",
];

const SECONDS: [u64; 12] = [
    1,
    61,
    600,
    3_600,
    5 * 3_600,
    10 * 3_600,
    19 * 3_600,
    20 * 3_600,
    23 * 3_600,
    86_395,
    86_405,
    26 * 3_600,
];

/// Draws the program of a seed.
pub(super) fn program(seed: u64) -> Program {
    let rng = Rng::with_seed(seed);
    let is_this_process = seed.is_multiple_of(4);
    let known = [Known::Refused400, Known::Refused409, Known::Returned][usize::try_from(seed % 3).unwrap()];
    let mut draw = Draw {
        rng,
        is_this_process,
        has_machine: seed.is_multiple_of(20),
        clients: Vec::new(),
        things: Vec::new(),
        passed: Duration::ZERO,
    };
    draw.clients = (0..draw.rng.usize(1..5)).map(|_| draw.client()).collect();
    draw.things();
    let count = draw.rng.usize(3..16);
    let steps = (0..count).map(|_| draw.step()).collect();
    Program { seed, known, is_this_process, clients: draw.clients, things: draw.things, steps }
}

struct Draw {
    rng: Rng,
    is_this_process: bool,
    /// Whether clients by the machine's clock are among the others. A runtime skips their pauses, and their clock does
    /// not: they must not wait for what is not polled.
    has_machine: bool,
    clients: Vec<Client>,
    things: Vec<Thing>,
    passed: Duration,
}

impl Draw {
    fn one_in(&mut self, count: u32) -> bool {
        self.rng.u32(..count) == 0
    }

    fn client(&mut self) -> Client {
        let clock = match self.rng.u8(..8) {
            0..=2 if self.has_machine => ClockKind::Machine,
            // Each has a number for good in the record of this process, which are not many.
            1 if !self.is_this_process => ClockKind::Nameless,
            2 | 3 => ClockKind::Named(2),
            _ => ClockKind::Named(1),
        };
        let url = if self.one_in(8) { URLS[4] } else { URLS[self.rng.usize(..4)] };
        let is_machine = clock == ClockKind::Machine;
        let policy = if is_machine { Policy { attempts: 1, ..Policy::STANDARD } } else { self.policy() };
        let app = self.app();
        Client { id: self.rng.u8(..6) / 4, url, clock, app, timeout: self.timeout(), policy }
    }

    fn app(&mut self) -> Option<u8> {
        self.one_in(3).then(|| self.rng.u8(..2))
    }

    fn policy(&mut self) -> Policy {
        if self.rng.bool() {
            return Policy::STANDARD;
        }
        let seconds = [5, 30, 180, 600][self.rng.usize(..4)];
        let hours = [1, 20, 20, 24][self.rng.usize(..4)];
        let (deadline, window) = (Duration::from_secs(seconds), Duration::from_secs(hours * 3_600));
        Policy { attempts: self.rng.u32(1..5), deadline, window }
    }

    fn timeout(&mut self) -> Duration {
        Duration::from_secs([60, 60, 10, 1, 120][self.rng.usize(..5)])
    }

    fn named(&mut self) -> Named {
        [Named::ByReference, Named::ByReference, Named::ByFreshKey, Named::ByText][self.rng.usize(..4)]
    }

    fn things(&mut self) {
        let count = self.rng.usize(1..5);
        for _ in 0..count {
            use PaymentKind::{Batch, Link, Payout, PayoutByPhone, Transfer, TransferBack, Wallet};
            let kind = [Payout, Payout, PayoutByPhone, Link, Transfer, Transfer, TransferBack, Wallet, Batch]
                [self.rng.usize(..9)];
            let named = self.named();
            let mut items = Vec::new();
            if kind == Batch {
                for _ in 0..self.rng.usize(1..4) {
                    let known =
                        (0..self.things.len()).rev().find(|i| self.things[*i].kind == PaymentKind::Item);
                    match known {
                        // An item of an earlier batch once more.
                        Some(item) if !items.contains(&item) && self.one_in(3) => items.push(item),
                        _ => {
                            items.push(self.things.len());
                            let named = self.named();
                            self.things.push(Thing { kind: PaymentKind::Item, named, items: Vec::new() });
                        }
                    }
                }
            }
            self.things.push(Thing { kind, named, items });
        }
    }

    fn step(&mut self) -> Step {
        match self.rng.u8(..20) {
            0..=9 => {
                let count = [1, 1, 1, 2, 3, 6][self.rng.usize(..6)];
                let calls = self.calls(count);
                // The machine's clock does not go on with the others.
                let jumps = !self.has_machine && self.one_in(8);
                let jump = jumps.then(|| (Duration::from_millis(self.rng.u64(..60_000)), self.jump()));
                Step::Calls { place: self.place(), calls, jump }
            }
            10 | 11 if !self.has_machine => self.group(),
            12 => self.reads(),
            13 => Step::Resume { place: self.place() },
            14 if !self.one_in(3) => Step::Restart,
            _ => Step::Clock(self.jump()),
        }
    }

    fn jump(&mut self) -> Jump {
        let seconds = SECONDS[self.rng.usize(..SECONDS.len())];
        let left = LONGEST.saturating_sub(self.passed).as_secs();
        let seconds = if seconds < left { seconds } else { self.rng.u64(1..600) };
        match self.rng.u8(..10) {
            0 => Jump::SetDay(i64::try_from(seconds).unwrap()),
            1 | 2 => Jump::SetDay(-i64::try_from(seconds).unwrap()),
            3 | 4 => {
                self.passed += Duration::from_secs(seconds);
                Jump::SleepMachine(Duration::from_secs(seconds))
            }
            _ => {
                self.passed += Duration::from_secs(seconds);
                Jump::Pass(Duration::from_secs(seconds))
            }
        }
    }

    fn place(&mut self) -> Place {
        match self.rng.u16(..400) {
            0..240 if self.has_machine => Place::OneRuntime,
            0..240 => Place::ByHand,
            240..320 => Place::OneRuntime,
            320..390 => Place::OtherRuntime,
            _ if self.has_machine => Place::OneRuntime,
            390..395 => Place::Threads,
            _ => Place::Blocking,
        }
    }

    fn group(&mut self) -> Step {
        use Grouping::{BufferUnordered, Buffered, Select, Ticks, Unordered};
        let grouping = [BufferUnordered, Buffered, Unordered, Select, Ticks][self.rng.usize(..5)];
        let most = if self.one_in(6) { 40 } else { 6 };
        let count = self.rng.usize(2..most);
        let bodies = self.rng.usize(..4);
        Step::Group {
            place: self.place(),
            grouping,
            width: self.rng.usize(1..21),
            calls: self.calls(count),
            bodies: self.calls(bodies),
            reads: self.rng.usize(..3),
        }
    }

    fn reads(&mut self) -> Step {
        let client = self.rng.usize(..self.clients.len());
        let mut mishap = self.mishap(client);
        mishap.arrives = Duration::ZERO;
        let most = if self.has_machine { 3 } else { 40 };
        Step::Reads { client, count: self.rng.usize(1..most), mishap }
    }

    fn calls(&mut self, count: usize) -> Vec<Call> {
        (0..count).map(|_| self.call()).collect()
    }

    fn call(&mut self) -> Call {
        let client = self.rng.usize(..self.clients.len());
        let payable: Vec<usize> =
            (0..self.things.len()).filter(|i| self.things[*i].kind != PaymentKind::Item).collect();
        let thing = *self.rng.choice(&payable).unwrap();
        let way = match self.rng.u8(..10) {
            0..=4 => Way::Send,
            5 | 6 => Way::Run,
            7 | 8 => Way::ReadBack,
            _ => Way::Raw,
        };
        let told = match self.rng.u8(..8) {
            0..=2 => Told::Nothing,
            3..=5 => Told::Honest,
            6 => Told::Never,
            _ => Told::Hours(self.rng.i8(-30..5)),
        };
        let twist = match self.rng.u8(..30) {
            0 => Twist::OtherAmount,
            1 | 2 => Twist::KeyOf(self.rng.usize(..self.things.len())),
            _ => Twist::None,
        };
        let is_kept = !self.has_machine && self.rng.bool();
        let limit = self.one_in(6).then(|| Limit { polls: self.rng.u32(..6), is_kept });
        let is_machine = self.clients[client].clock == ClockKind::Machine;
        let policy = (!is_machine && self.one_in(4)).then(|| self.policy());
        let timeout = self.one_in(4).then(|| self.timeout());
        let mishaps = if self.one_in(3) { 0 } else { self.rng.usize(1..5) };
        Call {
            client,
            thing,
            way,
            app: self.app(),
            told,
            policy,
            timeout,
            twist,
            limit,
            order: self.rng.u64(..),
            mishaps: (0..mishaps).map(|_| self.mishap(client)).collect(),
        }
    }

    fn mishap(&mut self, client: usize) -> Mishap {
        let mishap = Mishap::draw(&mut self.rng);
        let is_machine = self.clients[client].clock == ClockKind::Machine;
        // The machine's clock does not skip the pauses after it, nor those after many failures.
        let is_busy = matches!(mishap.kind, Kind::Answer { status: 429 | 503, .. });
        if is_machine && (is_busy || !self.one_in(4)) { Mishap::FINE } else { mishap }
    }
}
