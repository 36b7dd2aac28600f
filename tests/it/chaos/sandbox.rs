//! Programs against the sandbox, over the network: fewer, and judged by what the sandbox has paid.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use dots_api::{AppId, IdempotencyKey};
use dots_api_ext::{
    Alarm, Cents, Clock, Dots, DotsBuilder, EarlierSends, Environment, Error, Keyed, LinkDelivery, Outcome,
    Payee, Phone, Prepared, blocking,
};
use dots_sandbox::{Fault, Sandbox, When};
use fastrand::Rng;
use tokio::runtime::Runtime;

/// How many programs run, and how many actions each has.
const PROGRAMS: u64 = 25;
const ACTIONS: usize = 24;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Faults that may come before the payment or after it.
const EITHER: [&str; 12] = [
    "reset",
    "cut:length",
    "cut:chunked",
    "cut:until-close",
    "500:json",
    "500:html",
    "502:empty",
    "503:json",
    "504:html",
    "endless-body",
    "gzip-bomb",
    "reset-unread",
];

/// Faults that say truly that nothing was paid, or nothing about it.
const BEFORE: [&str; 8] =
    ["401", "409", "429", "429:5", "429:date", "429:garbage", "redirect:307", "429:huge"];

/// Faults of the answer to a payment.
const AFTER: [&str; 7] = [
    "wrong-content-type",
    "other-shape",
    "unknown-values",
    "unknown-fields",
    "duplicate-keys",
    "deep-nesting",
    "wrong-amount",
];

/// The clock of the sandbox and of its clients; a pause takes no time.
#[derive(Clone, Debug)]
struct Shared {
    sandbox: Arc<Sandbox>,
    elapsed: Arc<Mutex<Duration>>,
}

impl Shared {
    fn pass(&self, time: Duration) {
        self.sandbox.advance(time);
        *self.elapsed.lock().unwrap() += time;
    }
}

impl Clock for Shared {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + 20_000 * DAY + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.elapsed.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> Alarm<'_> {
        Box::pin(async move { self.pass(duration) })
    }

    fn name(&self) -> Option<u64> {
        Some(7)
    }
}

/// Something to pay, to a phone of its own.
struct Thing {
    phone: String,
    cents: i64,
    key: Option<IdempotencyKey>,
    is_link: bool,
    app: Option<AppId>,
    first: Option<SystemTime>,
}

struct Scene {
    rng: Rng,
    clock: Shared,
    builder: DotsBuilder,
    clients: Vec<blocking::Dots>,
    things: Vec<Thing>,
    runtimes: [Runtime; 2],
}

impl Scene {
    fn new(seed: u64, world: &Runtime) -> Self {
        let sandbox = Arc::new(world.block_on(Sandbox::builder().seed(seed).start()).unwrap());
        let mut rng = Rng::with_seed(seed);
        let clock = Shared { sandbox, elapsed: Arc::default() };
        let thing = |number: i64| Thing {
            phone: format!("202555010{number}"),
            cents: 1_000 + number,
            key: rng.bool().then(IdempotencyKey::fresh),
            is_link: rng.bool(),
            app: rng.bool().then(|| clock.sandbox.app_id().parse().unwrap()),
            first: None,
        };
        let things = (0..4).map(thing).collect();
        let builder = builder(&clock);
        let clients = clients(&builder);
        let current = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let runtimes = [current(), Runtime::new().unwrap()];
        Self { rng, clock, builder, clients, things, runtimes }
    }

    fn act(&mut self) -> Result<(), String> {
        match self.rng.u8(..12) {
            0 => self.clock.pass(Duration::from_secs(self.rng.u64(..30 * 3_600))),
            1 => {
                self.builder = builder(&self.clock);
                self.clients = clients(&self.builder);
                for key in self.things.iter_mut().filter_map(|thing| thing.key.as_mut()) {
                    *key = key.to_string().parse().unwrap();
                }
            }
            _ => return self.pay(),
        }
        Ok(())
    }

    fn pay(&mut self) -> Result<(), String> {
        let now = self.clock.now();
        let (number, client) = (self.rng.usize(..self.things.len()), self.rng.usize(..self.clients.len()));
        let faults: Vec<_> = (0..self.rng.usize(..4)).map(|_| self.fault()).collect();
        let place = self.rng.usize(..4);
        let first = *self.things[number].first.get_or_insert(now);
        let thing = &self.things[number];
        let armed: Vec<_> = faults
            .iter()
            .map(|(name, when)| {
                let fault: Fault = name.parse().unwrap();
                self.clock.sandbox.inject(fault).when(*when)
            })
            .collect();
        let dots = &self.clients[client];
        let (phone, cents) = (Phone::new("1", thing.phone.clone()), Cents::new(thing.cents));
        let sends = EarlierSends::sent(first, Outcome::Unknown);
        let result = if thing.is_link {
            let link = dots.create_payout_link(cents, LinkDelivery::Sms(phone));
            self.go(dots, named(link, thing, number).earlier(sends), place)
        } else {
            let payout = dots.send_payout(cents, Payee::from(phone));
            self.go(dots, named(payout, thing, number).earlier(sends), place)
        };
        armed.iter().for_each(dots_sandbox::Injection::clear);
        let paid = self.clock.sandbox.paid(&thing.phone);
        let text = format!("{faults:?}: {result:?}, paid {paid} of {}", thing.cents);
        let denies = |error: &Error| matches!(error.outcome(), Outcome::Rejected | Outcome::NotSent);
        match &result {
            _ if paid > thing.cents => Err(format!("paid twice: {text}")),
            Ok(()) if paid != thing.cents => Err(format!("wrong success: {text}")),
            Err(error) if denies(error) && paid > 0 => Err(format!("wrongly denied: {text}")),
            _ => Ok(()),
        }
    }

    fn go<O: Keyed + Send + Sync + 'static>(
        &self,
        dots: &blocking::Dots,
        call: Prepared<O>,
        place: usize,
    ) -> Result<(), Error>
    where
        O::Output: Send,
    {
        match self.runtimes.get(place) {
            Some(runtime) => runtime.block_on(call.send()).map(drop),
            None => dots.wait(call).map(drop),
        }
    }

    fn fault(&mut self) -> (&'static str, When) {
        match self.rng.u8(..3) {
            0 => (self.rng.choice(BEFORE).unwrap(), When::Before),
            1 => (self.rng.choice(AFTER).unwrap(), When::After),
            _ => (self.rng.choice(EITHER).unwrap(), if self.rng.bool() { When::Before } else { When::After }),
        }
    }
}

fn named<O: Keyed>(call: Prepared<O>, thing: &Thing, number: usize) -> Prepared<O> {
    let call = match thing.key {
        Some(key) => call.with_idempotency_key(key),
        None => call.reference(format!("thing-{number}")),
    };
    thing.app.iter().fold(call, Prepared::app)
}

fn builder(clock: &Shared) -> DotsBuilder {
    Dots::builder()
        .credentials("pk_dev_sandbox", "sk_dev_sandbox")
        .environment(clock.sandbox.url().parse::<Environment>().unwrap())
        .clock(clock.clone())
        .jitter_seed(7)
        .as_another_process()
}

fn clients(builder: &DotsBuilder) -> Vec<blocking::Dots> {
    (0..2).map(|_| blocking::Dots::new(builder.clone().build().unwrap())).collect()
}

#[test]
fn no_program_over_the_network_pays_twice_or_is_denied() {
    let world = Runtime::new().unwrap();
    let first = super::variable("DOTS_CHAOS_SEED").unwrap_or_default();
    for seed in first..first + PROGRAMS {
        let mut scene = Scene::new(seed, &world);
        for action in 0..ACTIONS {
            if let Err(why) = scene.act() {
                panic!("seed {seed}, action {action}: {why}");
            }
        }
    }
}
