//! Proxies: calls to this machine and calls with `no_proxy` bypass the configured proxy.

use std::env;
use std::process::Command;

use dots_api_ext::Outcome;

use crate::support::tls_front::Door;
use crate::support::wire::{Answer, Wire};
use crate::support::world::{KEY, PHONE, TEN_DOLLARS, builder_for, client_of, sandbox, somebody};

/// The variable with the address of the server, for the child process.
const SERVER: &str = "DOTS_TESTS_SERVER";

/// The variable with the certificate to trust, for the child process.
const ROOT: &str = "DOTS_TESTS_ROOT";

/// The variables that configure a proxy.
const PROXIES: [&str; 6] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Runs in a child process, because the environment of this one cannot be changed: the test starts itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_sees_nothing_of_a_call_on_this_machine() {
    if let Ok(server) = env::var(SERVER) {
        client_of(&server).send_payout(TEN_DOLLARS, somebody()).await.unwrap();
        return;
    }
    let made = Answer::json("201 Created", format!(r#"{{"id":"{KEY}","amount":1000,"status":"created"}}"#));
    let (server, proxy) = (Wire::start([made.clone()]).await, Wire::start([made]).await);
    let proxy_url = proxy.url().replace("/api", "");
    for url in [server.url(), server.url().replace("127.0.0.1", "localhost")] {
        let mut child = Command::new(env::current_exe().unwrap());
        child.args(["--exact", "proxy::a_proxy_sees_nothing_of_a_call_on_this_machine"]).env(SERVER, url);
        child.envs(PROXIES.map(|name| (name, &proxy_url))).env_remove("NO_PROXY").env_remove("no_proxy");
        let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    }
    assert_eq!((proxy.connections(), server.requests().len()), (0, 2));
}

/// The counterpart: a call that leaves this machine uses the proxy, which sees only a request for a connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_a_call_to_the_outside_sees_no_credential() {
    if let Ok(server) = env::var(SERVER) {
        let error = client_of(&server).send_payout(TEN_DOLLARS, somebody()).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
        return;
    }
    let proxy = Wire::start([Answer::new("403 Forbidden", &[], "")]).await;
    let proxy_url = proxy.url().split("/api").next().unwrap().to_owned();
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "proxy::a_proxy_of_a_call_to_the_outside_sees_no_credential"]);
    child.env(SERVER, "https://dots.invalid/api").envs(PROXIES.map(|name| (name, &proxy_url)));
    let output = tokio::task::spawn_blocking(move || child.env_remove("NO_PROXY").output()).await;
    let output = output.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let requests = proxy.requests();
    assert!(requests[0].head().starts_with("CONNECT dots.invalid:443 "), "{}", requests[0].head());
    assert!(requests.iter().all(|request| request.header("authorization").is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_proxy_the_outside_is_paid_once_and_the_proxy_sees_nothing() {
    if let (Ok(server), Ok(root)) = (env::var(SERVER), env::var(ROOT)) {
        let dots = builder_for(&server).root_certificate(root).no_proxy().build().unwrap();
        dots.send_payout(TEN_DOLLARS, somebody()).await.unwrap();
        return;
    }
    let (sandbox, _) = sandbox().await;
    // An address that the client does not recognize as this machine, although it leads here.
    let door = Door::before(&sandbox, &["0.0.0.0"]).await;
    let proxy = Wire::start([Answer::new("403 Forbidden", &[], "")]).await;
    let proxy_url = proxy.url().split("/api").next().unwrap().to_owned();
    let mut child = Command::new(env::current_exe().unwrap());
    child.args(["--exact", "proxy::without_a_proxy_the_outside_is_paid_once_and_the_proxy_sees_nothing"]);
    child.env(SERVER, door.url("0.0.0.0")).env(ROOT, door.pem());
    child.envs(PROXIES.map(|name| (name, &proxy_url))).env_remove("NO_PROXY").env_remove("no_proxy");
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!((proxy.connections(), sandbox.paid(PHONE)), (0, 1_000));
}
