//! A PostgreSQL server of one's own, in a folder that is removed with it.
//!
//! It is found in `PATH`, or where Debian has it. It refuses to run as root, and is run as `nobody` then. A shell stands
//! between, which ends the server when this process has ended, however it did.

mod proxy;
mod speed;

pub use proxy::{Fate, Proxy};
pub use speed::measure;

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::Failure;

/// How to install it.
pub const INSTALL: &str = "apt-get install postgresql";

/// How long it may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts the server; when the standard input ends, kills it and removes its folder.
const GUARD: &str = r#""$@" >"$LOG" 2>&1 & server=$!
( read -r line; touch "$FOLDER/over"; kill -QUIT $server ) <&3 & guard=$!
wait $server; if [ -e "$FOLDER/over" ]; then rm -rf "$FOLDER"; else kill $guard; fi 2>/dev/null"#;

/// A server that runs as long as this is held.
#[derive(Debug)]
pub struct Server {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    options: Vec<String>,
    running: Option<(Child, ChildStdin)>,
}

/// Where the programs of a server are, if it is installed.
#[must_use]
pub fn installed() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

impl Server {
    /// Starts a server on a free port of this machine; the options are those of `postgres -c`.
    ///
    /// # Errors
    /// Returns an error if it is not installed, or if it does not start.
    pub async fn start(options: &[&str]) -> Result<Self, Failure> {
        Self::start_with(options, &[]).await
    }

    /// The same, with files of one's own beside its data, such as a certificate.
    ///
    /// # Errors
    /// Returns the errors of [`start`](Self::start).
    pub async fn start_with(options: &[&str], files: &[(&str, &str)]) -> Result<Self, Failure> {
        let programs = installed().ok_or_else(|| format!("no PostgreSQL is installed ({INSTALL})"))?;
        let folder = tempfile::Builder::new().prefix("dots-postgres-").tempdir()?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let options = options.iter().map(|option| (*option).to_owned()).collect();
        let mut server = Self { programs, folder, port, options, running: None };
        if is_root() {
            run_program(Command::new("chown").arg("nobody").arg(server.folder.path()))?;
        }
        let data = server.folder.path().join("data");
        let mut initdb = as_nobody(&server.programs.join("initdb"));
        initdb
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "-D"])
            .arg(data);
        run_program(&mut initdb)?;
        for (name, text) in files {
            server.put(name, text)?;
        }
        server.start_again().await?;
        Ok(server)
    }

    /// Starts it with what it had written, and waits until it answers.
    ///
    /// # Errors
    /// Returns an error if it does not start.
    pub async fn start_again(&mut self) -> Result<(), Failure> {
        self.kill();
        let began = Instant::now();
        while self.connect("postgres").await.is_err() {
            if began.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                return Err(format!("the PostgreSQL server does not start: {log}").into());
            }
            let has_ended = match &mut self.running {
                Some((guard, _)) => guard.try_wait()?.is_some(),
                None => true,
            };
            if has_ended {
                // The children of one that was killed hold its memory for a moment, and keep the next one out.
                self.running = Some(self.spawn()?);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    fn spawn(&self) -> Result<(Child, ChildStdin), Failure> {
        let folder = self.folder.path();
        let mut command = Command::new("sh");
        command.args(["-c", &format!("exec 3<&0; {GUARD}"), "sh"]);
        command.env("FOLDER", folder).env("LOG", folder.join("log"));
        let server = as_nobody(&self.programs.join("postgres"));
        command.arg(server.get_program()).args(server.get_args());
        command.arg("-D").arg(folder.join("data")).arg("-p").arg(self.port.to_string());
        command.arg("-k").arg(folder).args(["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"]);
        for option in &self.options {
            command.args(["-c", option]);
        }
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let input = child.stdin.take().ok_or("the guard of the server has no input")?;
        Ok((child, input))
    }

    /// Kills it as a power cut of the machine would, except that the system's memory stays.
    pub fn kill(&mut self) {
        let Some((mut guard, input)) = self.running.take() else { return };
        let file = self.folder.path().join("data/postmaster.pid");
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        if let Some(pid) = text.lines().next().filter(|pid| pid.parse::<u32>().is_ok()) {
            // Its children end when they notice.
            drop(Command::new("kill").args(["-KILL", pid]).stderr(Stdio::null()).status());
        }
        drop(guard.wait());
        drop(input);
        // A lock file of a process that has ended: the next server would wait for it.
        drop(std::fs::remove_file(file));
    }

    /// Starts it again as a standby of none: it can be read, and goes on as a primary when it is promoted.
    ///
    /// # Errors
    /// Returns an error if it does not start.
    pub async fn become_standby(&mut self) -> Result<(), Failure> {
        self.kill();
        self.put("standby.signal", "")?;
        self.start_again().await
    }

    /// Writes a file of its own, which other users may not read.
    fn put(&self, name: &str, text: &str) -> Result<(), Failure> {
        let file = self.folder.path().join("data").join(name);
        std::fs::write(&file, text)?;
        run_program(Command::new("chmod").arg("600").arg(&file))?;
        if is_root() {
            run_program(Command::new("chown").arg("nobody").arg(&file))?;
        }
        Ok(())
    }

    /// Makes a standby the primary, on a timeline of its own.
    ///
    /// # Errors
    /// Returns an error if it does not become one.
    pub async fn promote(&self) -> Result<(), Failure> {
        let owner = self.connect("postgres").await?;
        owner.batch_execute("SELECT pg_promote()").await?;
        // The control file is written by a checkpoint.
        Ok(owner.batch_execute("CHECKPOINT").await?)
    }

    /// Returns the connection string of a database, as its owner.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Returns its port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Connects as the owner of a database.
    ///
    /// # Errors
    /// Returns an error if it does not answer.
    pub async fn connect(&self, database: &str) -> Result<tokio_postgres::Client, Failure> {
        connect(&self.url(database)).await
    }

    /// Creates an empty database; returns its connection string.
    ///
    /// # Errors
    /// Returns an error if it cannot be created.
    pub async fn create(&self, database: &str) -> Result<String, Failure> {
        let owner = self.connect("postgres").await?;
        owner.batch_execute(&format!("CREATE DATABASE {database}")).await?;
        Ok(self.url(database))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Some((mut guard, mut input)) = self.running.take() else { return };
        drop(writeln!(input, "end"));
        drop(input);
        drop(guard.wait());
    }
}

/// Connects, with a task that drives the connection.
///
/// # Errors
/// Returns an error if the server does not answer.
pub async fn connect(url: &str) -> Result<tokio_postgres::Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(async move { drop(connection.await) });
    Ok(client)
}

/// Lets the clock of an outbox's database go with another one: it says so many milliseconds more than the machine's.
///
/// # Errors
/// Returns an error if the clock cannot be replaced.
pub async fn shift_clock(owner: &tokio_postgres::Client, milliseconds: i64) -> Result<(), Failure> {
    let sql = format!(
        "CREATE OR REPLACE FUNCTION dots_outbox.clock() RETURNS bigint LANGUAGE sql VOLATILE \
         SET search_path = pg_catalog, pg_temp AS $$ \
         SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + ({milliseconds}) $$"
    );
    Ok(owner.batch_execute(&sql).await?)
}

fn is_root() -> bool {
    let said = Command::new("id").arg("-u").output();
    said.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn as_nobody(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]).arg(program);
    command
}

fn run_program(command: &mut Command) -> Result<(), Failure> {
    let output = command.current_dir("/").output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{} ended with {}: {said}", command.get_program().display(), output.status).into())
}
