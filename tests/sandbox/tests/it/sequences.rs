#![expect(clippy::print_stdout, reason = "a test that makes its own cases says how many they were")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use dots_sandbox::{Audit, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    actor::{Actor, Route, Step},
    line::{Message, Response, Wire},
    lives::Lives,
    pool::{Pool, walk},
    random::Random,
    schema::{Document, Operation, Way},
};

/// Where links lead, whatever the port is.
const PAGES: &str = "http://pay.invalid";

/// Steps in all when `DOTS_SANDBOX_STEPS` does not say.
const STEPS: u64 = 100_000;

/// The first seed when `DOTS_SANDBOX_SEED` does not say; that variable plays its one sequence alone.
const SEED: u64 = 1;

/// The end of a sequence that went wrong.
struct Failure {
    seed: u64,
    step: usize,
    what: String,
    transcript: String,
}

/// What sequences did, all together.
#[derive(Default)]
struct Tally {
    steps: u64,
    sequences: u64,
    statuses: BTreeMap<u16, u64>,
    succeeded: BTreeSet<String>,
    not_played: BTreeSet<String>,
    moves: BTreeMap<String, usize>,
}

#[test]
fn nothing_goes_wrong_in_a_hundred_thousand_random_steps() {
    let read = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
    let (steps, only) = (read("DOTS_SANDBOX_STEPS").unwrap_or(STEPS), read("DOTS_SANDBOX_SEED"));
    let started = Instant::now();
    let (next, tally, failure) =
        (AtomicU64::new(only.unwrap_or(SEED)), Mutex::<Tally>::default(), Mutex::new(None));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let is_done = || failure.lock().unwrap().is_some() || tally.lock().unwrap().steps >= steps;
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                while !is_done() {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    match runtime.block_on(Sequence::play(seed, &tally)) {
                        Ok(()) if only.is_none() => {}
                        Ok(()) => return,
                        Err(found) => drop(failure.lock().unwrap().replace(found)),
                    }
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    tally.print(started);
    if let Some(Failure { seed, step, what, transcript }) = failure.into_inner().unwrap() {
        panic!("{transcript}\nDOTS_SANDBOX_SEED={seed} went wrong at its step {step}: {what}");
    }
    assert!(only.is_some() || tally.steps >= steps);
}

impl Tally {
    fn print(&self, started: Instant) {
        println!("{} steps in {} sequences, {:?}", self.steps, self.sequences, started.elapsed());
        println!("statuses: {:?}", self.statuses);
        println!("{} operations succeeded, {} are not played", self.succeeded.len(), self.not_played.len());
        let operations = Document::embedded().operations();
        let ids = operations.iter().map(|operation| operation.id);
        let never = ids.filter(|id| !self.succeeded.contains(*id) && !self.not_played.contains(*id));
        println!("never succeeded: {:?}", never.collect::<Vec<_>>());
        println!("changes of status: {:#?}", self.moves);
    }
}

/// How often a sequence has its world in a file, and comes back from it at its end: once in so many.
const KEPT: u64 = 8;

/// What can be asked for without a request.
type Digest = (i64, usize, Audit);

/// One sandbox and what happens to it.
struct Sequence<'d> {
    /// Where the world is, when it is kept.
    folder: Option<TempDir>,
    sandbox: Sandbox,
    wire: Wire,
    actor: Actor<'d>,
    lives: Lives,
}

impl<'d> Sequence<'d> {
    /// Plays the sequence of a seed; a failure that shows only at the end is looked for step by step.
    async fn play(seed: u64, tally: &Mutex<Tally>) -> Result<(), Failure> {
        let operations = Document::embedded().operations();
        let mut sequence = Sequence::start(seed, &operations).await;
        let mut own = Tally { sequences: 1, ..Tally::default() };
        let played = sequence.run(seed, false, &mut own).await;
        own.moves.extend(sequence.lives.moves());
        let mut finished = sequence.finish().await;
        if finished.is_ok() && sequence.folder.is_some() {
            (sequence, finished) = sequence.come_back(seed, &operations).await;
        }
        let failure = match (played, finished) {
            (Ok(()), Ok(())) => None,
            (Err(failure), _) => Some(failure),
            (Ok(()), Err(what)) => {
                let transcript = sequence.sandbox.transcript();
                let late = Failure { seed, step: usize::try_from(own.steps).unwrap(), what, transcript };
                sequence.leave().await;
                sequence = Sequence::start(seed, &operations).await;
                Some(sequence.run(seed, true, &mut Tally::default()).await.err().unwrap_or(late))
            }
        };
        sequence.leave().await;
        tally.lock().unwrap().add(own);
        failure.map_or(Ok(()), Err)
    }

    async fn start(seed: u64, operations: &'d [Operation<'d>]) -> Self {
        let mut random = Random::new(seed);
        let funds = random.one(&[0, 1, 1_000, 1_000_000, 1_000_000, 1_000_000, i64::MAX / 2]);
        let builder = Sandbox::builder().seed(seed).funds(funds).page_base(PAGES);
        let folder = seed.is_multiple_of(KEPT).then(|| tempfile::tempdir().unwrap());
        let builder = match &folder {
            Some(folder) => builder.state(folder.path().join("world.state")),
            None => builder,
        };
        let sandbox = builder.start().await.unwrap();
        let mut wire = Wire::connect(&sandbox).await;
        let routes = Message { method: "GET".to_owned(), path: "routes".to_owned(), ..Message::default() };
        let routes = wire.control(&routes).await.unwrap().body;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let routes = routes.as_array().unwrap().iter();
        let routes = routes.map(|route| Route { method: text(&route["method"]), path: text(&route["path"]) });
        let mut pool = Pool::new(operations);
        pool.add("/v2/apps", &[], &sandbox.app_id());
        let routes = routes.collect();
        let actor =
            Actor { document: Document::embedded(), operations, routes, pool, random, keys: Vec::new() };
        Self { folder, sandbox, wire, actor, lives: Lives::default() }
    }

    /// Stops, starts again from the file, and looks whether everything is as it was.
    async fn come_back(mut self, seed: u64, operations: &[Operation<'_>]) -> (Self, Result<(), String>) {
        let before = (self.digest(), self.look_at_all(operations).await);
        let options = self.control("GET", "options", None).await;
        let path = self.folder.as_ref().unwrap().path().join("world.state");
        let Self { folder, sandbox, wire, actor, lives } = self;
        drop(wire);
        sandbox.shutdown().await;
        let sandbox = Sandbox::builder().seed(seed).page_base(PAGES).state(path).start().await.unwrap();
        let wire = Wire::connect(&sandbox).await;
        let mut back = Self { folder, sandbox, wire, actor, lives };
        // Settings are of each start; what shows in answers is set again.
        let patch = json!({ "tidy_bodies": options["tidy_bodies"] });
        back.control("POST", "options", Some(&patch)).await;
        let after = (back.digest(), back.look_at_all(operations).await);
        let differs = before.1.iter().zip(&after.1).find(|(before, after)| before != after);
        let same = match differs {
            Some((before, after)) => Err(format!("it came back otherwise:\n{before}\n{after}")),
            None if before.0 != after.0 => {
                Err(format!("it came back otherwise: {:?} {:?}", before.0, after.0))
            }
            None => back.finish().await,
        };
        (back, same)
    }

    async fn control(&mut self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let message = Message { method: method.to_owned(), path: path.to_owned(), ..Message::default() };
        let message = body.into_iter().fold(message, Message::json);
        self.wire.control(&message).await.unwrap().body
    }

    /// What every operation that only looks answers about everything there is.
    async fn look_at_all(&mut self, operations: &[Operation<'_>]) -> Vec<String> {
        let mut seen = Vec::new();
        for operation in operations.iter().filter(|operation| operation.method == "GET") {
            let mut paths = BTreeSet::new();
            for place in 0..50 {
                paths.insert(self.actor.pool.path(operation.path, &mut |count| Some(place % count)));
            }
            for path in paths {
                let answer = self.wire.send(&Message::new(operation, path.clone())).await.unwrap();
                seen.push(format!("GET {path} -> {} {}", answer.status, answer.text));
            }
        }
        seen
    }

    async fn run(&mut self, seed: u64, thorough: bool, tally: &mut Tally) -> Result<(), Failure> {
        let length = 20 + self.actor.random.below(380);
        for step in 1..=length {
            let mut played = self.one(tally).await;
            if thorough && played.is_ok() {
                played = self.finish().await;
            }
            if let Err(what) = played {
                return Err(Failure { seed, step, what, transcript: self.sandbox.transcript() });
            }
        }
        Ok(())
    }

    /// Plays one step and looks at its answer.
    async fn one(&mut self, tally: &mut Tally) -> Result<(), String> {
        tally.steps += 1;
        let before = self.digest();
        match self.actor.step(before.0) {
            Step::Control(message) => {
                let answer = self.wire.control(&message).await?;
                let ok = answer.status < 500;
                if ok {
                    Ok(())
                } else {
                    Err(format!("{message:?} was answered {}: {}", answer.status, answer.text))
                }
            }
            Step::Operation(operation, message) => {
                let answer = self.wire.send(&message).await?;
                tally.count(operation, &answer);
                let unchanged = answer.status >= 400 || operation.method == "GET";
                let mut seen = self.see(operation, &message, &answer);
                if unchanged && self.digest() != before {
                    seen = seen.and(Err("it changed something all the same".to_owned()));
                }
                let sent = String::from_utf8_lossy(&message.body);
                let tell = |what| {
                    format!(
                        "{} {} {sent}\n-> {} {}\n{what}",
                        message.method, message.path, answer.status, answer.text
                    )
                };
                seen.map_err(tell)
            }
        }
    }

    /// Checks one answer and learns from it.
    fn see(&mut self, operation: &Operation<'_>, message: &Message, answer: &Response) -> Result<(), String> {
        let document = self.actor.document;
        if answer.status >= 400 {
            let is_error = answer.body["success"] == false && answer.body["message"].is_string();
            let is_expected = answer.status < 500 || answer.status == 501;
            return if is_error && is_expected {
                Ok(())
            } else {
                Err("no such refusal is documented".to_owned())
            };
        }
        let schema = operation.answers.get(&answer.status).ok_or("this status is not documented")?;
        let Some(schema) = schema else { return Ok(()) };
        if !document.allows(schema, &answer.body, Way::Out) {
            return Err("the document does not allow this answer".to_owned());
        }
        self.actor.pool.learn(document, operation, &message.path, answer.status, &answer.body);
        let (lives, mut seen) = (&mut self.lives, Ok(()));
        walk(document, schema, &answer.body, &mut |name, object| {
            if let (Some(name), Ok(())) = (name, &seen) {
                seen = lives.see(name, object);
            }
        });
        seen
    }

    /// Recounts all money and asks for mistakes.
    async fn finish(&mut self) -> Result<(), String> {
        let audit = self.sandbox.audit();
        let violations = self.sandbox.violations();
        if !violations.is_empty() {
            return Err(violations.join("; "));
        }
        if !audit.balanced || audit.inside.checked_add(audit.outside) != Some(0) {
            return Err(format!("money was made or lost: {audit:?}"));
        }
        let held = [audit.organization, audit.apps, audit.users, audit.links, audit.rails];
        if held.iter().any(|cents| *cents < 0)
            || held.iter().map(|cents| i128::from(*cents)).sum::<i128>() != audit.inside.into()
        {
            return Err(format!("what is inside does not add up: {audit:?}"));
        }
        Ok(())
    }

    fn digest(&self) -> Digest {
        (self.sandbox.balance(), self.sandbox.links(), self.sandbox.audit())
    }

    /// Ends the sandbox without a panic of its own: a failure is told with its seed.
    async fn leave(self) {
        drop(self.wire);
        let violations = self.sandbox.violations();
        if violations.is_empty() {
            self.sandbox.shutdown().await;
        } else {
            std::mem::forget(self.sandbox);
        }
    }
}

impl Tally {
    fn count(&mut self, operation: &Operation<'_>, answer: &Response) {
        *self.statuses.entry(answer.status).or_default() += 1;
        match answer.status {
            200..300 => drop(self.succeeded.insert(operation.id.to_owned())),
            501 => drop(self.not_played.insert(operation.id.to_owned())),
            _ => {}
        }
    }

    fn add(&mut self, other: Self) {
        self.steps += other.steps;
        self.sequences += other.sequences;
        self.succeeded.extend(other.succeeded);
        self.not_played.extend(other.not_played);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        for (change, count) in other.moves {
            *self.moves.entry(change).or_default() += count;
        }
    }
}
