//! Starts Restate, Dots and the program that pays, and starts that one again when it has died.

use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use dots_sandbox::Sandbox;
use reqwest::Client;
use serde_json::json;

use crate::Failure;

const PHONE: &str = "2025550139";

/// How long the server may take to start, and the workflow to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that is killed with this, and what it has started: npm's command starts the server and only waits for it.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> Result<Self, Failure> {
        Ok(Self(command.process_group(0).spawn()?))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // They may have ended.
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.0.wait();
    }
}

/// Runs the workflow, and checks that it paid once.
pub async fn run() -> Result<(), Failure> {
    let Some(server) = server() else {
        let said = "no Restate server is installed (npm install @restatedev/restate-server; RESTATE_SERVER names it)";
        if std::env::var("DOTS_RESTATE").is_ok_and(|value| value == "required") {
            return Err(said.into());
        }
        println!("not run: {said}");
        return Ok(());
    };
    let (folder, sandbox) = (tempfile::tempdir()?, Sandbox::start().await?);
    let [ingress, admin, fabric, port] = free_ports()?;
    let restate = restate(&server, folder.path(), [ingress, admin, fabric])?;
    // Another client of `reqwest` in a program with the one of dots-api-ext has to choose its cryptography.
    let _ = dots_api_ext::rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().build()?;
    wait_for(&client, &format!("http://127.0.0.1:{admin}/health")).await?;
    wait_for(&client, &format!("http://127.0.0.1:{ingress}/restate/health")).await?;

    let mut program = serve(port, folder.path(), &sandbox.url())?;
    register(&client, admin, port).await?;
    let asked = format!("http://127.0.0.1:{ingress}/Payout/invoice-881/run");
    let paying = tokio::spawn(client.post(&asked).json(&PHONE).send());
    let ended = tokio::task::spawn_blocking(move || program.0.wait()).await??;
    println!("the program has died: {ended}");
    is("what Dots has paid by then", sandbox.paid(PHONE), 4_810)?;

    let program = serve(port, folder.path(), &sandbox.url())?;
    let answer = tokio::time::timeout(PATIENCE, paying).await???.error_for_status()?.text().await?;
    println!("the workflow says: {answer}");
    if answer != "\"paid before\"" {
        return Err(format!("the workflow says {answer}").into());
    }
    is("what Dots has paid", sandbox.paid(PHONE), 4_810)?;
    is("payouts of Dots", i64::try_from(sandbox.links())?, 1)?;
    drop((program, restate));
    Ok(())
}

/// Finds the server: by its variable, or in `PATH`.
fn server() -> Option<String> {
    let server = std::env::var("RESTATE_SERVER").unwrap_or_else(|_| "restate-server".to_owned());
    let said = Command::new(&server).arg("--version").output();
    said.is_ok_and(|output| output.status.success()).then_some(server)
}

fn free_ports() -> Result<[u16; 4], Failure> {
    let listeners: Vec<TcpListener> =
        (0..4).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect::<Result<_, _>>()?;
    let ports: Vec<u16> = listeners
        .iter()
        .map(|listener| Ok(listener.local_addr()?.port()))
        .collect::<Result<_, std::io::Error>>()?;
    ports.try_into().map_err(|_| "no ports are free".into())
}

fn restate(server: &str, folder: &Path, [ingress, admin, fabric]: [u16; 3]) -> Result<Running, Failure> {
    let mut command = Command::new(server);
    command.args(["--listen-mode", "tcp", "--no-logo"]).env("RESTATE_BASE_DIR", folder.join("restate"));
    command.env("RESTATE_DISABLE_TELEMETRY", "true");
    for (name, port) in [
        ("RESTATE_INGRESS__BIND_PORT", ingress),
        ("RESTATE_ADMIN__BIND_PORT", admin),
        ("RESTATE_BIND_PORT", fabric),
    ] {
        command.env(name, port.to_string());
    }
    Running::start(command.stdout(Stdio::null()).stderr(Stdio::null()))
}

fn serve(port: u16, folder: &Path, sandbox: &str) -> Result<Running, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["serve", &port.to_string()]).arg(folder).arg(sandbox);
    Running::start(&mut command)
}

async fn wait_for(client: &Client, address: &str) -> Result<(), Failure> {
    let began = Instant::now();
    loop {
        let answer = client.get(address).send().await;
        if answer.is_ok_and(|answer| answer.status().is_success()) {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("{address} does not answer").into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Tells Restate where the workflow is; the program may still be starting.
async fn register(client: &Client, admin: u16, port: u16) -> Result<(), Failure> {
    let began = Instant::now();
    loop {
        let deployment = json!({ "uri": format!("http://127.0.0.1:{port}") });
        let answer =
            client.post(format!("http://127.0.0.1:{admin}/deployments")).json(&deployment).send().await?;
        if answer.status().is_success() {
            return Ok(());
        }
        if began.elapsed() > PATIENCE {
            return Err(format!("Restate does not take the workflow: {}", answer.text().await?).into());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn is(what: &str, seen: i64, expected: i64) -> Result<(), Failure> {
    println!("{what}: {seen}");
    if seen == expected { Ok(()) } else { Err(format!("{what}: `{seen}`, and not `{expected}`").into()) }
}
