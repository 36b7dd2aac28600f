//! The outbox on PostgreSQL: planned in the transaction of a caller, paid once by any number of workers.
//!
//! - `store`: the tables do what every store does, and refuse what would let a payout be made again
//! - `opening`: what is refused when it is opened, and what a restore and another server mean
//! - `plan`: `plan` and `plan_many` in transactions of callers: rollback, other payouts, concurrency, isolation
//! - `drivers`: the same by Python's psycopg
//! - `torture`: a share of the torture: killed workers, a killed server, and commits that are cut
//! - `workers`: several workers, leases, fences, a server that dies, and a commit whose outcome is unknown
//!
//! Without a PostgreSQL server, a test says so and does not run; with `DOTS_POSTGRES=required` it fails.

mod drivers;
mod opening;
mod plan;
mod store;
mod torture;
mod workers;

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dots_api::{PhonePayee, SendPayout, SendPayoutRequest};
use dots_api_ext::outbox::{By, Outbox, Planned, Planner, PostgresConfig};
use dots_api_ext::{Cents, Clock as _, Dots};
use dots_sandbox::Sandbox;
use dots_torture::postgres::{self, INSTALL, Server};
use tokio::sync::OnceCell;
use tokio_postgres::Client;

use crate::support::clock::TestClock;
use crate::support::world::{PHONE, builder_for};

/// The server of this process; it ends with it.
static SERVER: OnceCell<Option<Server>> = OnceCell::const_new();

/// Counts the databases.
static DATABASES: AtomicU32 = AtomicU32::new(0);

async fn server() -> Option<&'static Server> {
    let start = || async {
        if postgres::installed().is_none() {
            let said = format!("no PostgreSQL server is installed ({INSTALL})");
            let is_required = std::env::var("DOTS_POSTGRES").is_ok_and(|value| value == "required");
            assert!(!is_required, "{said}");
            std::io::stderr().write_all(format!("not run: {said}\n").as_bytes()).unwrap();
            return None;
        }
        // Nothing of a test outlives its server, so nothing has to reach the disk.
        Some(Server::start(&["fsync=off", "deadlock_timeout=200ms"]).await.unwrap())
    };
    SERVER.get_or_init(start).await.as_ref()
}

/// A sandbox, a client whose clock goes with it, and a database whose clock does.
struct World {
    sandbox: Sandbox,
    dots: Dots,
    clock: TestClock,
    url: String,
    config: PostgresConfig,
    owner: Client,
}

impl World {
    /// Nothing without a server.
    async fn new() -> Option<Self> {
        let world = Self::without_tables().await?;
        Outbox::migrate(&world.config).await.unwrap();
        world.set_clock().await;
        Some(world)
    }

    async fn without_tables() -> Option<Self> {
        let server = server().await?;
        let name = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let url = server.create(&name).await.unwrap();
        let owner = server.connect(&name).await.unwrap();
        let sandbox = Sandbox::start().await.unwrap();
        let clock = TestClock::default();
        let dots = builder_for(&sandbox.url()).clock(clock.clone()).build().unwrap();
        let config = url.parse().unwrap();
        Some(Self { sandbox, dots, clock, url, config, owner })
    }

    async fn outbox(&self) -> Outbox {
        Outbox::postgres(&self.config, &self.dots).await.unwrap()
    }

    /// Lets time go by: here, at Dots and in the database.
    async fn advance(&self, time: Duration) {
        self.clock.advance(time);
        self.sandbox.advance(time);
        self.set_clock().await;
    }

    /// The clock of the database runs, and the other two stand still: so it is a little behind them.
    async fn set_clock(&self) {
        let millis =
            |time: SystemTime| i64::try_from(time.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
        let behind = millis(SystemTime::now()) + 30_000;
        postgres::shift_clock(&self.owner, millis(self.clock.now()) - behind).await.unwrap();
    }

    fn planned(&self, reference: &str, cents: i64) -> Planned {
        let payee = PhonePayee::new("1".parse().unwrap(), PHONE.parse().unwrap());
        let payout = SendPayout::new(SendPayoutRequest::new(Cents::new(cents)).payee(payee));
        let planner = Planner::new("main account", self.dots.environment()).at(self.clock.now());
        planner.plan(reference, payout).unwrap()
    }

    fn text(&self, reference: &str, cents: i64) -> String {
        self.planned(reference, cents).to_string()
    }

    /// How many payouts were asked of Dots.
    fn posts(&self) -> usize {
        self.sandbox.requests().iter().filter(|request| request.method == "POST").count()
    }

    fn paid(&self) -> i64 {
        self.sandbox.paid(PHONE)
    }

    async fn connect(&self) -> Client {
        postgres::connect(&self.url).await.unwrap()
    }
}

fn by() -> By {
    By::new("jo", "a test")
}

/// The SQLSTATE of an error.
fn state(error: &tokio_postgres::Error) -> &str {
    error.code().map_or("", |code| code.code())
}

/// Plans by one statement.
async fn plan(client: &Client, text: &str) -> Result<String, tokio_postgres::Error> {
    Ok(client.query_one("SELECT dots_outbox.plan($1)", &[&text]).await?.get(0))
}
