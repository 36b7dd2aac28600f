//! The example `pay_invoices`, run as people run it: killed in the middle, and started again.

use std::env;
use std::path::Path;
use std::process::{Command, Output};

use dots_sandbox::Sandbox;

/// The variable that makes the child process run the program; it holds the arguments.
const IS_PROGRAM: &str = "DOTS_TESTS_PAY_INVOICES";

#[allow(dead_code, reason = "the program's own `main` has a runtime of its own, and is called below")]
#[path = "../../../dots-api-ext/examples/pay_invoices.rs"]
mod pay_invoices;

fn run(folder: &Path, crash_after: &str) -> Output {
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "outbox::example::it_is_killed_in_the_middle_and_pays_every_invoice_once"]);
    child.arg("--nocapture").env(IS_PROGRAM, folder).env("DOTS_TESTS_CRASH_AFTER", crash_after);
    child.output().unwrap()
}

#[test]
fn it_is_killed_in_the_middle_and_pays_every_invoice_once() {
    if let Some(folder) = env::var_os(IS_PROGRAM) {
        let crash_after = env::var("DOTS_TESTS_CRASH_AFTER").unwrap().parse().ok();
        return pay_invoices::run(Path::new(&folder), crash_after).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let killed = run(folder.path(), "7");
    assert!(!killed.status.success());
    assert!(String::from_utf8_lossy(&killed.stdout).contains("killed: payout 7 is made"), "{killed:?}");
    for known in ["20 known, 6 of them paid", "20 known, 20 of them paid"] {
        let resumed = run(folder.path(), "never");
        let said = String::from_utf8_lossy(&resumed.stdout);
        assert!(resumed.status.success(), "{said}{}", String::from_utf8_lossy(&resumed.stderr));
        assert!(said.contains(known), "{said}");
        assert!(said.contains("20 paid once, by 20 payouts of Dots"), "{said}");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let state = folder.path().join("sandbox.state");
    let sandbox = runtime.block_on(Sandbox::builder().state(state).start()).unwrap();
    assert_eq!((sandbox.links(), sandbox.paid("2025550107")), (20, 61_200));
}
