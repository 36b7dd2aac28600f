//! The real binary: how it starts, how it ends, and what a state file brings back.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
};

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::payouts::page_body;

/// How often a clock that runs is read at most, so that one that stands still is noticed.
const READS: u32 = 50_000;

const SEND: &str = "/api/v2/payouts/send-payout";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dots-sandbox"));
    command.args(["--port", "0", "--stopped-clock"]).args(arguments);
    pipe(command)
}

/// The program as a person starts it, whose clock runs.
fn running(arguments: &[&str]) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dots-sandbox"));
    command.args(["--port", "0"]).args(arguments);
    Program::spawn(pipe(command))
}

fn pipe(mut command: Command) -> Command {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Returns the exit code and the error output of a program that does not start.
fn refused(arguments: &[&str]) -> String {
    let output = command(arguments).output().unwrap();
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    let code = output.status.code().unwrap();
    format!("{code} {}", String::from_utf8(output.stderr).unwrap().lines().next().unwrap())
}

/// The time at which each new world begins.
fn start() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

/// A running program and a client of it.
struct Program {
    child: Child,
    said: BufReader<ChildStdout>,
    greeting: String,
    client: Client,
}

#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    base: String,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        Self::spawn(command(arguments))
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("watch it") {
            assert!(said.read_line(&mut greeting).unwrap() > 0, "it ended after: {greeting}");
        }
        let base = greeting.lines().next().unwrap().rsplit(' ').next().unwrap();
        let base = base.strip_suffix("/api").unwrap().to_owned();
        // Another test may have installed it.
        drop(rustls::crypto::ring::default_provider().install_default());
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { child, said, greeting, client: Client { http, base } }
    }

    fn with_state(path: &Path) -> Self {
        Self::start(&["--state", path.to_str().unwrap()])
    }

    #[cfg(unix)]
    fn signal(mut self, name: &str) -> ExitStatus {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.said.read_to_string(&mut self.greeting).unwrap();
        self.child.wait().unwrap()
    }

    /// Kills the program, whatever it is doing.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Client {
    async fn try_ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<(u16, Value)> {
        let request = self.http.request(method, format!("{}{path}", self.base));
        let request = request.header("authorization", "Basic cGtfZGV2X3NhbmRib3g6c2tfZGV2X3NhbmRib3g=");
        let request = match body {
            Some(body) => request.header("content-type", "application/json").body(body.to_string()),
            None => request,
        };
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        // Links lead to the port of the program that shows them.
        let text = answer.text().await?.replace(&self.base, "");
        Ok((status, serde_json::from_str(&text).unwrap()))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.try_ask(Method::GET, path, None).await.unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn now(&self) -> Timestamp {
        self.get("/_sandbox/clock").await["now"].as_str().unwrap().parse().unwrap()
    }

    async fn time_passes(&self) {
        let mut reads = 0;
        while self.now().await == start() {
            reads += 1;
            assert!(reads < READS, "the clock stands still");
        }
    }

    async fn pay(&self, body: &Value) -> Value {
        let (status, link) = self.try_ask(Method::POST, SEND, Some(body)).await.unwrap();
        assert_eq!(status, 201, "{link}");
        link
    }
}

/// A payout of $10.00 with a key of its own.
fn payout(number: u32) -> Value {
    let mut body = page_body();
    body["idempotency_key"] = json!(format!("00000000-0000-4000-8000-{number:012}"));
    body
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_is_told_to_end_goes_on_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let program = Program::start(&["--state", path.to_str().unwrap(), "--funds", "5000", "--seed", "7"]);
    assert!(program.greeting.contains("(new)"), "{}", program.greeting);
    let first = program.client.pay(&payout(1)).await;
    let (link, balance) =
        (format!("/api/v2/payout-links/{}", first["id"].as_str().unwrap()), "/_sandbox/balance");
    let before = (program.client.get(&link).await, program.client.get(balance).await);
    assert_eq!(before.1["wallet"], 4000);
    assert_eq!(program.signal("TERM").code(), Some(0));

    let program = Program::with_state(&path);
    assert!(program.greeting.contains("(goes on after 1 changes)"), "{}", program.greeting);
    assert_eq!((program.client.get(&link).await, program.client.get(balance).await), before);
    assert_eq!(program.client.pay(&payout(1)).await, first);
    assert_eq!(program.client.get(balance).await, before.1);
    let second = program.client.pay(&payout(2)).await;
    assert_ne!(second["id"], first["id"]);
    assert_ne!(second["flow_id"], first["flow_id"]);
    assert_eq!(program.signal("INT").code(), Some(0));

    let program = Program::with_state(&path);
    let audit = program.client.get("/_sandbox/audit").await;
    assert_eq!(
        (&audit["balanced"], &audit["apps"], &audit["links"]),
        (&json!(true), &json!(3000), &json!(2000))
    );
    program.kill();
}

#[tokio::test]
async fn a_program_that_is_killed_has_lost_nothing_that_it_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let program = Program::with_state(&path);
    let (client, (paid, mut links)) = (program.client.clone(), mpsc::unbounded_channel());
    let paying = tokio::spawn(async move {
        for number in 1.. {
            let Ok((201, link)) = client.try_ask(Method::POST, SEND, Some(&payout(number))).await else {
                break;
            };
            paid.send(link).unwrap();
        }
    });
    let mut answered = Vec::new();
    while answered.len() < 50 {
        answered.push(links.recv().await.unwrap());
    }
    program.kill();
    paying.await.unwrap();
    while let Some(link) = links.recv().await {
        answered.push(link);
    }

    let program = Program::with_state(&path);
    for (number, link) in (1..).zip(&answered) {
        // The key returns what it created, so the payee is not paid twice.
        assert_eq!(program.client.pay(&payout(number)).await["id"], link["id"]);
    }
    let new = program.client.pay(&payout(1_000_000)).await;
    assert!(answered.iter().all(|link| link["id"] != new["id"]));
    let audit = program.client.get("/_sandbox/audit").await;
    // The payout under way may have been made, although nobody was told.
    let made = audit["links"].as_u64().unwrap() / 1000;
    let told = u64::try_from(answered.len()).unwrap() + 1;
    assert!((told..=told + 1).contains(&made), "{told} were told of {made}");
    assert_eq!(audit["balanced"], true);
    program.kill();
}

#[cfg(unix)]
#[tokio::test]
async fn what_cannot_be_written_down_is_not_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let mut limited = Command::new("sh");
    // No file can become larger than eight blocks, as if the disk were full.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_dots-sandbox")]);
    limited.args(["--port", "0", "--state", path.to_str().unwrap()]);
    let program = Program::spawn(pipe(limited));
    let mut answered = Vec::new();
    let refusal = loop {
        let number = u32::try_from(answered.len()).unwrap();
        match program.client.try_ask(Method::POST, SEND, Some(&payout(number))).await.unwrap() {
            (201, link) => answered.push(link),
            (status, refusal) => break (status, refusal),
        }
    };
    assert_eq!((refusal.0, &refusal.1["error_code"]), (500, &json!("sandbox-violation")));
    let message = refusal.1["message"].as_str().unwrap();
    assert!(
        message.starts_with(&format!("could not write the state file `{}`: ", path.display())),
        "{message}"
    );
    let (status, _) = program.client.try_ask(Method::GET, "/_sandbox/audit", None).await.unwrap();
    assert_eq!(status, 500);
    program.kill();

    let program = Program::with_state(&path);
    for (number, link) in (0..).zip(&answered) {
        assert_eq!(program.client.pay(&payout(number)).await["id"], link["id"]);
    }
    let audit = program.client.get("/_sandbox/audit").await;
    assert_eq!(audit["links"], json!(1000 * answered.len()));
    assert!(!answered.is_empty());
    program.kill();
}

#[test]
fn a_state_file_that_another_program_uses_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let program = Program::with_state(&path);
    let text = path.to_str().unwrap();
    let expected = format!(
        "1 error: could not use the state file `{text}`: another sandbox uses it; stop that one, or name another file"
    );
    assert_eq!(refused(&["--state", text]), expected);
    program.kill();
    Program::with_state(&path).kill();
}

#[tokio::test]
async fn the_clock_of_the_program_runs_and_what_takes_time_happens() {
    let program = running(&[]);
    let body = json!({
        "amount": 1000, "delivery": { "method": "sms" },
        "payee": { "country_code": "1", "phone_number": "2025550139" },
    });
    let (_, created) =
        program.client.try_ask(Method::POST, "/api/v2/payout-links", Some(&body)).await.unwrap();
    assert_eq!(created["status"], "created");
    let link = format!("/api/v2/payout-links/{}", created["id"].as_str().unwrap());
    // A text message is sent after a second, and no request asks for it.
    let mut reads = 0;
    while program.client.get(&link).await["status"] == "created" {
        reads += 1;
        assert!(reads < READS, "the clock stands still");
    }
    program.kill();
}

#[tokio::test]
async fn a_stopped_clock_stands_still() {
    let program = Program::start(&[]);
    for _ in 0..20 {
        assert_eq!(program.client.now().await, start());
    }
    program.kill();
}

#[tokio::test]
async fn time_that_passes_is_written_down_with_the_next_change_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world.state");
    let text = path.to_str().unwrap();
    let program = running(&["--state", text]);
    program.client.time_passes().await;
    program.kill();

    let program = running(&["--state", text]);
    assert!(program.greeting.contains("(new)"), "{}", program.greeting);
    program.client.time_passes().await;
    let before = program.client.now().await;
    program.client.pay(&payout(1)).await;
    program.kill();

    let program = Program::with_state(&path);
    assert!(program.client.now().await >= before);
    assert_eq!(program.client.get("/_sandbox/balance").await["paid_out"], 1000);
    program.kill();
}

#[test]
fn bad_arguments_are_refused_in_words() {
    for (arguments, expected) in [
        (["--funds", "-5"], "2 error: invalid value '-5' for '--funds <CENTS>': less than nothing"),
        (
            ["--funds", "12.5"],
            "2 error: invalid value '12.5' for '--funds <CENTS>': not a whole number of cents",
        ),
        (
            ["--key-ttl", "soon"],
            "2 error: invalid value 'soon' for '--key-ttl <TIME>': not a time such as `24h` or `1h30m`",
        ),
        (["--key-ttl", "-1h"], "2 error: invalid value '-1h' for '--key-ttl <TIME>': less than nothing"),
        (
            ["--key-repeat-for", "create_transfer"],
            "2 error: invalid value 'create_transfer' for '--key-repeat-for <OPERATION=READING>': not of the form `OPERATION=READING`",
        ),
        (
            ["--key-repeat-for", "create_user=replay"],
            "1 error: could not set a reading for `create_user`: no operation that takes a key has this id",
        ),
        (["--state", "/"], "1 error: could not use the state file `/`: it cannot be read"),
    ] {
        assert_eq!(refused(&arguments), expected);
    }
    let fault = refused(&["--fault", "rest"]);
    assert!(
        fault.contains("`rest` is not a fault; those are connection-refused, reset-on-accept,"),
        "{fault}"
    );
}

#[test]
fn the_help_names_every_option_and_every_fault() {
    let output = command(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for option in [
        "port",
        "seed",
        "stopped-clock",
        "funds",
        "state",
        "key-repeat",
        "key-repeat-for",
        "key-refusal",
        "key-scope",
        "key-ttl-from",
        "key-inflight",
        "key-changed-body",
        "key-ttl",
        "store-errors",
        "tidy-bodies",
        "fault",
        "fault-seed",
        "fault-rate",
        "webhook",
        "webhook-secret",
    ] {
        assert!(
            help.contains(&format!("--{option} ")) || help.contains(&format!("--{option}\n")),
            "{option}: {help}"
        );
    }
    assert!(dots_sandbox::Fault::NAMES.iter().all(|name| help.contains(name)), "{help}");
    assert!(help.contains("127.0.0.1 alone") && help.contains("production"), "{help}");
}
