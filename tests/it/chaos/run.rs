//! Runs a program: decides what each call is, and lets it go where it is to go.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use dots_api::{IdempotencyKey, ListTransfers};
use dots_api_ext::{EarlierSends, Outcome};
use http::HeaderValue;

use super::drive::Task;
use super::make::{Bill, Decided, Name, failed};
use super::mishap::Mishap;
use super::notes::{End, Limited, Note, Notes};
use super::places::Places;
use super::process::Process;
use super::program::{Call, ClockKind, Jump, Named, PaymentKind, Program, Step, Told, Twist, Way};
use super::stream;
use super::time::Time;
use super::world::{CALL, World};

/// A client by the machine's clock sends no key that is older in made-up time: its own clock has not moved.
const MACHINE_AGE: Duration = Duration::from_secs(19 * 60 * 60);

/// A program that runs.
pub(super) struct Session<'a> {
    pub(super) program: &'a Program,
    pub(super) notes: Notes,
    run: u64,
    process: Process,
    keys: HashMap<usize, IdempotencyKey>,
    disk: HashMap<String, Written>,
    kept: Arc<Mutex<Vec<Task>>>,
    /// Whether the raw client may call: it sends a key however old it has become on the way.
    allows_raw: bool,
}

/// What is written on disk of a key before it is sent.
#[derive(Clone, Copy, Debug)]
struct Written {
    day: SystemTime,
    truly: Duration,
    process: usize,
}

/// Runs a program to its end; says if it hung.
pub(super) fn run<'a>(program: &'a Program, places: &Places) -> (Session<'a>, Result<(), String>) {
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let run = RUNS.fetch_add(1, Ordering::Relaxed);
    let time = Time::default();
    let world = World::new(&time, program.known);
    let process = Process::start(program, 0, run, &time, &world);
    let (keys, disk, kept) = (HashMap::new(), HashMap::new(), Arc::default());
    let mut session = Session {
        program,
        notes: Notes::new(&time, &world),
        run,
        process,
        keys,
        disk,
        kept,
        allows_raw: true,
    };
    let end = program.steps.iter().try_for_each(|step| session.step(step, places));
    (session, end)
}

impl Session<'_> {
    fn step(&mut self, step: &Step, places: &Places) -> Result<(), String> {
        let time = self.notes.time.clone();
        self.allows_raw = match step {
            Step::Calls { place, jump, .. } => jump.is_none() && place.is_in_turn(),
            Step::Group { place, .. } => place.is_in_turn(),
            _ => true,
        };
        let (place, tasks) = match step {
            Step::Clock(jump) => {
                leap(&time, *jump);
                return Ok(());
            }
            Step::Restart => {
                self.restart();
                return Ok(());
            }
            Step::Calls { place, calls, jump } => {
                // A process that is not scheduled is not in time.
                let is_prompt = !matches!(jump, Some((_, Jump::Pass(_)))) && place.is_in_turn();
                let mut tasks = self.tasks(calls, is_prompt);
                if let Some((after, jump)) = *jump {
                    let time = time.clone();
                    tasks.push(Box::pin(async move {
                        time.wait(after).await;
                        leap(&time, jump);
                    }));
                }
                (*place, tasks)
            }
            Step::Group { place, grouping, width, calls, bodies, reads } => {
                let tasks = self.tasks(calls, false);
                let mut bodies = self.tasks(bodies, place.is_in_turn());
                bodies.extend((0..*reads).map(|_| self.read(0, Mishap::FINE, place.is_in_turn())));
                (*place, vec![stream::group(*grouping, *width, tasks, bodies, time.clone())])
            }
            Step::Reads { client, count, mishap } => {
                let reads: Vec<_> = (0..*count).map(|_| self.read(*client, mishap.clone(), true)).collect();
                let one_after_another: Task = Box::pin(async move {
                    for read in reads {
                        read.await;
                    }
                });
                (super::program::Place::OneRuntime, vec![one_after_another])
            }
            Step::Resume { place } => (*place, std::mem::take(&mut *self.kept.lock().unwrap())),
        };
        let blocking = &self.process.clients[0].blocking;
        places.run(place, tasks, &time, self.program.seed, blocking)
    }

    /// Ends the process as a crash does, and starts it again.
    fn restart(&mut self) {
        self.kept.lock().unwrap().clear();
        let number = self.process.number + 1;
        self.process = Process::start(self.program, number, self.run, &self.notes.time, &self.notes.world);
        // What was kept of a key is its text.
        self.keys.values_mut().for_each(|key| *key = key.to_string().parse().unwrap());
    }

    fn tasks(&mut self, calls: &[Call], is_prompt: bool) -> Vec<Task> {
        calls.iter().filter_map(|call| self.task(call, is_prompt)).collect()
    }

    fn read(&mut self, client: usize, mishap: Mishap, is_prompt: bool) -> Task {
        let made = &self.process.clients[client];
        let note = Note {
            number: 0,
            intents: Vec::new(),
            keys: Vec::new(),
            amount: 0,
            operation: "list_transfers",
            is_batch: false,
            process: self.process.number,
            gate: made.gate,
            told: Told::Nothing,
            written: Duration::ZERO,
            is_lie: false,
            deadline: self.program.clients[client].policy.deadline,
            is_prompt: is_prompt && self.program.clients[client].clock != ClockKind::Machine,
            began: None,
            ended: None,
            gone: None,
        };
        let (gate, dots) = (made.gate, made.dots.clone());
        let number = self.notes.add(note);
        self.notes.world.expect(number, &vec![mishap; 4]);
        let label = HeaderValue::try_from(format!("{number}/{gate}")).unwrap();
        let dots = dots.with_header(CALL, label).unwrap();
        self.notes.follow(number, async move {
            match dots.run(ListTransfers::new()).await {
                Ok(_) => End::Paid { id: String::new() },
                Err(error) => failed(&error),
            }
        })
    }

    /// Makes the task of a call; none where a call of this kind cannot be.
    fn task(&mut self, call: &Call, is_prompt: bool) -> Option<Task> {
        let client = &self.program.clients[call.client];
        let is_machine = client.clock == ClockKind::Machine;
        let way = self.way(call, is_machine);
        let app = call.app.or(client.app);
        let (name, bill, keys) = self.bill(call, app);
        let now = self.notes.time.truly();
        let oldest = keys.iter().filter_map(|key| self.disk.get(key)).map(|written| written.truly).min();
        let is_old = oldest.is_some_and(|sent| now.saturating_sub(sent) > MACHINE_AGE);
        if (is_machine || way == Way::Raw) && is_old {
            return None;
        }
        let (told, earlier, is_lie) =
            if is_machine || way == Way::Raw { (Told::Nothing, None, false) } else { self.told(call, &keys) };
        let made = &self.process.clients[call.client];
        for key in &keys {
            let written = Written { day: made.now(), truly: now, process: self.process.number };
            self.disk.entry(key.clone()).or_insert(written);
        }
        let policy = call.policy.unwrap_or(client.policy);
        let intents = [&bill].into_iter().chain(bill.items.iter().map(|(_, item)| item));
        let number = self.notes.add(Note {
            number: 0,
            intents: intents.map(|bill| bill.intent.clone()).collect(),
            keys,
            amount: bill.amount,
            operation: bill.operation(),
            is_batch: !bill.items.is_empty(),
            process: self.process.number,
            gate: made.gate,
            told,
            written: oldest.unwrap_or(now),
            is_lie,
            deadline: policy.deadline,
            is_prompt: is_prompt && !is_machine && call.limit.is_none(),
            began: None,
            ended: None,
            gone: None,
        });
        self.notes.world.expect(number, &call.mishaps);
        let Call { policy, timeout, order, .. } = *call;
        let decided = Decided { way, name, app: call.app, earlier, policy, timeout, order, number };
        let task = self.notes.follow(number, bill.call(made, &decided));
        // The machine's timers belong to the runtime that a future was first polled in, and the raw client sends a key
        // however old it is.
        let limit = call.limit.filter(|limit| !(limit.is_kept && (is_machine || way == Way::Raw)));
        Some(match limit {
            Some(limit) => Limited::new(task, limit, &self.kept),
            None => task,
        })
    }

    /// The raw client writes the record of this process alone, and its timers are nobody's.
    fn way(&self, call: &Call, is_machine: bool) -> Way {
        let is_this = self.program.is_this_process && self.process.number == 0;
        if call.way == Way::Raw && (!is_this || is_machine || !self.allows_raw) {
            Way::Send
        } else {
            call.way
        }
    }

    /// Says what a call pays, by which name, and whose keys it sends.
    fn bill(&mut self, call: &Call, app: Option<u8>) -> (Name, Bill, Vec<String>) {
        let thing = call.thing;
        let (mut name, mut bill) = self.named(call.client, thing, app);
        let mut keys: Vec<String> = vec![bill.intent.clone()];
        for item in self.program.things[thing].items.clone() {
            let (name, item) = self.named(call.client, item, app);
            keys.push(item.intent.clone());
            bill.items.push((name, item));
        }
        match call.twist {
            Twist::OtherAmount if bill.items.is_empty() => bill.amount += 5,
            Twist::KeyOf(other)
                if other != thing && self.program.things[other].named != Named::ByReference =>
            {
                let (of, owner) = self.named(call.client, other, app);
                // Of two batches with one key, no answer says which it is about.
                let are_batches = [bill.kind, owner.kind] == [PaymentKind::Batch; 2];
                if !keys.contains(&owner.intent) && !are_batches {
                    name = of;
                    // Whatever else the call says, it is one payment of this key.
                    bill.intent = format!("{thing}~{}", owner.intent);
                    keys[0] = owner.intent;
                }
            }
            _ => {}
        }
        (name, bill, keys)
    }

    fn named(&mut self, client: usize, thing: usize, app: Option<u8>) -> (Name, Bill) {
        let (spec, of) = (&self.program.clients[client], &self.program.things[thing]);
        let server = u8::from(spec.url.contains("other"));
        let amount = 1_000 + 10 * i64::try_from(thing).unwrap();
        let mut bill = Bill { kind: of.kind, thing, amount, intent: String::new(), items: Vec::new() };
        let name = match of.named {
            Named::ByReference => {
                let app = app.map_or("-".to_owned(), |app| app.to_string());
                bill.intent = format!("{thing}/{}/{app}@{server}", spec.id);
                // One text, in two forms of Unicode.
                let accent = if self.notes.all().len().is_multiple_of(2) { "\u{e9}" } else { "e\u{301}" };
                Name::Reference(format!("{}-caf{accent}-{thing}", self.run))
            }
            by => {
                bill.intent = format!("{thing}@{server}");
                let made = &self.process.clients[client];
                let key = *self.keys.entry(thing).or_insert_with(|| match by {
                    Named::ByText => IdempotencyKey::fresh().to_string().parse().unwrap(),
                    _ => bill.fresh_key(made),
                });
                Name::Key(key)
            }
        };
        (name, bill)
    }

    /// Says what the caller tells: in the first process anything, later what is on disk.
    fn told(&self, call: &Call, keys: &[String]) -> (Told, Option<EarlierSends>, bool) {
        let written: Vec<_> = keys.iter().filter_map(|key| self.disk.get(key)).collect();
        let is_others = written.iter().any(|written| written.process != self.process.number);
        let now = self.process.clients[call.client].now();
        let sent = |first| Some(EarlierSends::sent(first, Outcome::Unknown));
        match call.told {
            Told::Never if !is_others => (Told::Never, Some(EarlierSends::Never), false),
            // One of many programs is wrong about it.
            Told::Never if call.order.is_multiple_of(8) => (Told::Never, Some(EarlierSends::Never), true),
            Told::Hours(hours) if !is_others => {
                let by = Duration::from_secs(3_600 * u64::from(hours.unsigned_abs()));
                let first = if hours < 0 { now - by } else { now + by };
                (call.told, sent(first), false)
            }
            Told::Nothing => (Told::Nothing, None, false),
            _ => match written.iter().map(|written| written.day).min() {
                Some(first) => (Told::Honest, sent(first), false),
                None => (Told::Nothing, None, false),
            },
        }
    }
}

fn leap(time: &Time, jump: Jump) {
    match jump {
        Jump::Pass(by) => time.pass(by),
        Jump::SetDay(seconds) => time.set_day(seconds),
        Jump::SleepMachine(by) => time.sleep_machine(by),
    }
}
