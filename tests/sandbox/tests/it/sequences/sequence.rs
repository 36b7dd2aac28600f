//! One random sequence of operations, in a world of its own.

use std::{collections::BTreeSet, sync::Mutex};

use dots_sandbox::{Audit, Sandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    Tally,
    generator::{Generator, Route, Step},
    lifecycles::Lifecycles,
    random::Random,
};
use crate::support::{
    connection::{Connection, Message, Response},
    id_pool::{Pool, walk},
    schema::{Document, Operation, Way},
};

/// The base URL of links, so that they do not depend on the port.
const PAGES: &str = "http://pay.invalid";

/// How many steps a sequence has.
#[derive(Clone, Copy)]
pub(crate) enum Length {
    /// A few, in a new world: many beginnings.
    Short,
    /// Hundreds: worlds with a long history.
    Long,
}

impl Length {
    fn draw(self, random: &mut Random) -> usize {
        match self {
            Self::Short => 3 + random.below(10),
            Self::Long => 20 + random.below(380),
        }
    }

    /// How often a sequence keeps its world in a file and restores it at the end: one in this many.
    fn kept(self) -> u64 {
        match self {
            // Reading everything costs more than many short sequences.
            Self::Short => 250,
            Self::Long => 8,
        }
    }
}

/// The statuses of a link that holds its money.
const OPEN: [&str; 5] = ["created", "delivery_pending", "sent", "delivered", "delivery_failed"];

/// A failed sequence.
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) step: usize,
    pub(crate) what: String,
    pub(crate) transcript: String,
}

/// What all sequences share.
pub(crate) struct Setting<'d> {
    pub(crate) operations: &'d [Operation<'d>],
    pub(crate) routes: Vec<Route>,
    pub(crate) pool: Pool,
}

/// What can be read without a request.
type Digest = (i64, usize, Audit);

/// One sandbox and its history.
pub(crate) struct Sequence<'d> {
    /// The folder of the state file, if there is one.
    folder: Option<TempDir>,
    sandbox: Sandbox,
    connection: Connection,
    generator: Generator<'d>,
    lifecycles: Lifecycles,
}

impl<'d> Sequence<'d> {
    /// Plays the sequence of a seed. A failure that shows only at the end is then searched for step by step.
    pub(crate) async fn play(
        setting: &'d Setting<'d>,
        length: Length,
        seed: u64,
        tally: &Mutex<Tally>,
    ) -> Result<(), Failure> {
        let mut sequence = Sequence::start(setting, length, seed).await;
        let mut own = Tally { sequences: 1, ..Tally::default() };
        let played = sequence.run(seed, length, false, &mut own).await;
        own.moves.extend(sequence.lifecycles.moves());
        let mut finished = sequence.finish().await;
        if finished.is_ok() && sequence.folder.is_some() {
            (sequence, finished) = sequence.come_back(seed, setting.operations).await;
        }
        let failure = match (played, finished) {
            (Ok(()), Ok(())) => None,
            (Err(failure), _) => Some(failure),
            (Ok(()), Err(what)) => {
                let transcript = sequence.sandbox.transcript();
                let late = Failure { seed, step: usize::try_from(own.steps).unwrap(), what, transcript };
                sequence.leave().await;
                sequence = Sequence::start(setting, length, seed).await;
                let again = sequence.run(seed, length, true, &mut Tally::default()).await;
                Some(again.err().unwrap_or(late))
            }
        };
        sequence.leave().await;
        tally.lock().unwrap().add(own);
        failure.map_or(Ok(()), Err)
    }

    async fn start(setting: &'d Setting<'d>, length: Length, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let funds = random.one(&[0, 1, 1_000, 1_000_000, 1_000_000, 1_000_000, i64::MAX / 2]);
        let builder = Sandbox::builder().seed(seed).funds(funds).page_base(PAGES);
        let folder = seed.is_multiple_of(length.kept()).then(|| tempfile::tempdir().unwrap());
        let builder = match &folder {
            Some(folder) => builder.state(folder.path().join("world.state")),
            None => builder,
        };
        let sandbox = builder.start().await.unwrap();
        let connection = Connection::connect(&sandbox).await;
        let mut pool = setting.pool.clone();
        pool.add("/v2/apps", &[], &sandbox.app_id());
        let generator = Generator {
            document: Document::embedded(),
            operations: setting.operations,
            routes: &setting.routes,
            pool,
            random,
            keys: Vec::new(),
        };
        Self { folder, sandbox, connection, generator, lifecycles: Lifecycles::default() }
    }

    /// Stops, restarts from the file, and checks that everything is as it was.
    async fn come_back(mut self, seed: u64, operations: &[Operation<'_>]) -> (Self, Result<(), String>) {
        let before = (self.digest(), self.look_at_all(operations).await);
        let options = self.control("GET", "options", None).await;
        let path = self.folder.as_ref().unwrap().path().join("world.state");
        let Self { folder, sandbox, connection, generator, lifecycles } = self;
        drop(connection);
        sandbox.shutdown().await;
        let sandbox = Sandbox::builder().seed(seed).page_base(PAGES).state(path).start().await.unwrap();
        let connection = Connection::connect(&sandbox).await;
        let mut back = Self { folder, sandbox, connection, generator, lifecycles };
        // Options are not kept in the file; those that show in answers are set again.
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
        self.connection.control(&message).await.unwrap().body
    }

    /// Returns the answers of every read operation about everything that exists.
    async fn look_at_all(&mut self, operations: &[Operation<'_>]) -> Vec<String> {
        let mut seen = Vec::new();
        for operation in operations.iter().filter(|operation| operation.method == "GET") {
            let mut paths = BTreeSet::new();
            for place in 0..50 {
                paths.insert(self.generator.pool.path(operation.path, &mut |count| Some(place % count)));
            }
            for path in paths {
                let answer = self.connection.send(&Message::new(operation, path.clone())).await.unwrap();
                seen.push(format!("GET {path} -> {} {}", answer.status, answer.text));
            }
        }
        seen
    }

    async fn run(
        &mut self,
        seed: u64,
        length: Length,
        thorough: bool,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let length = length.draw(&mut self.generator.random);
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

    /// Plays one step and checks its answer.
    async fn one(&mut self, tally: &mut Tally) -> Result<(), String> {
        tally.steps += 1;
        let before = self.digest();
        match self.generator.step(before.0) {
            Step::Control(message) => {
                let answer = self.connection.control(&message).await?;
                let ok = answer.status < 500;
                if ok {
                    Ok(())
                } else {
                    Err(format!("{message:?} was answered {}: {}", answer.status, answer.text))
                }
            }
            Step::Operation(operation, message) => {
                let answer = self.connection.send(&message).await?;
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
        let document = self.generator.document;
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
        self.generator.pool.learn(document, operation, &message.path, answer.status, &answer.body);
        let (lifecycles, mut seen) = (&mut self.lifecycles, Ok(()));
        walk(document, schema, &answer.body, &mut |name, object| {
            if let (Some(name), Ok(())) = (name, &seen) {
                seen = lifecycles.see(name, object);
            }
        });
        seen
    }

    /// Recounts all money and collects the sandbox's own mistakes.
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
        let open = self.in_open_links().await?;
        if open != audit.links.into() {
            return Err(format!("open links are worth {open} cents and hold {}", audit.links));
        }
        Ok(())
    }

    /// Adds up the open links of all apps, as lists show them.
    async fn in_open_links(&mut self) -> Result<i128, String> {
        let mut sum = 0;
        for app in self.ask("/v2/apps?limit=100", None).await?.as_array().unwrap() {
            let app = app["id"].as_str().unwrap();
            let mut cursor = String::new();
            loop {
                let page = self.ask(&format!("/v2/payout-links?limit=100{cursor}"), Some(app)).await?;
                let rows = page["data"].as_array().unwrap();
                let is_open = |row: &&Value| OPEN.iter().any(|status| row["status"] == *status);
                sum += rows
                    .iter()
                    .filter(is_open)
                    .map(|row| i128::from(row["amount"].as_i64().unwrap()))
                    .sum::<i128>();
                match rows.last().filter(|_| page["has_more"] == true) {
                    Some(last) => cursor = format!("&starting_after={}", last["id"].as_str().unwrap()),
                    None => break,
                }
            }
        }
        Ok(sum)
    }

    async fn ask(&mut self, path: &str, app: Option<&str>) -> Result<Value, String> {
        let message = Message { method: "GET".to_owned(), path: path.to_owned(), ..Message::default() };
        let message = app.into_iter().fold(message, |message, app| message.header("Api-App-Id", app));
        let answer = self.connection.send(&message).await?;
        if answer.status == 200 { Ok(answer.body) } else { Err(format!("{path}: {}", answer.text)) }
    }

    fn digest(&self) -> Digest {
        (self.sandbox.balance(), self.sandbox.links(), self.sandbox.audit())
    }

    /// Ends the sandbox without a panic of its own: the failure is reported with its seed.
    async fn leave(self) {
        drop(self.connection);
        let violations = self.sandbox.violations();
        if violations.is_empty() {
            self.sandbox.shutdown().await;
        } else {
            std::mem::forget(self.sandbox);
        }
    }
}
