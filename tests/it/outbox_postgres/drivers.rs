//! A caller that knows nothing of the outbox but one statement: Python's psycopg. The example service does the same by
//! sqlx.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::World;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/outbox_postgres/foreign.py");

/// An interpreter that has psycopg; with `DOTS_PYTHON` it has to.
fn python() -> Option<String> {
    let named = std::env::var("DOTS_PYTHON");
    let python = named.clone().unwrap_or_else(|_| "python3".to_owned());
    let has_it = Command::new(&python).args(["-c", "import psycopg"]).output();
    if has_it.is_ok_and(|output| output.status.success()) {
        return Some(python);
    }
    let said = "no Python with psycopg is installed (`pip install 'psycopg[binary]'`; DOTS_PYTHON names another one)";
    assert!(named.is_err(), "{said}");
    std::io::stderr().write_all(format!("not run: {said}\n").as_bytes()).unwrap();
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn psycopg_plans_in_transactions_of_its_own() {
    let Some(world) = World::new().await else { return };
    let Some(python) = python() else { return };
    let texts = [("881", 1_000), ("881", 2_000), ("883", 3_000), ("884", 4_000)];
    let lines: Vec<String> =
        texts.iter().map(|(number, cents)| world.text(&format!("invoice-{number}"), *cents)).collect();
    let mut child = Command::new(python);
    child.args([SCRIPT, &world.url]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();
    let expected = json!({
        "first": "planned", "again": "known", "changed": "OB001", "one": "planned", "other": "known",
        "early": "planned", "strict": "40001", "strict again": "known", "approved": ["881"],
    });
    assert_eq!(seen, expected);
    assert!(world.outbox().await.work().await.unwrap().is_done());
    assert_eq!((world.posts(), world.paid()), (3, 8_000));
}
