//! Kills workers of one database again and again, and its server, and cuts connections in the middle of commits, while
//! Dots answers badly and days go by.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dots_api::{PhonePayee, SendPayout, SendPayoutRequest};
use dots_api_ext::Dots;
use dots_api_ext::outbox::{Outbox, Planner, PostgresConfig};
use dots_sandbox::Sandbox;
use fastrand::Rng;

use crate::Failure;
use crate::clock::BEGINNING;
use crate::kill9::{bad_answers, pause, sandbox};
use crate::payroll;
use crate::postgres::{Proxy, Server, shift_clock};
use crate::worker::{JOB, Job};
use crate::world::{self, Program, Verdict};

/// Of a thousand commits, how many are cut.
const CUTS: u32 = 5;

/// How much there is to do.
#[derive(Clone, Copy, Debug)]
pub struct Kills {
    /// How many payouts have to be made.
    pub payouts: u32,
    /// How often a worker is killed.
    pub kills: u32,
    /// How many work at a time.
    pub workers: u32,
    /// What chance begins with.
    pub seed: u64,
    /// How long a worker lives at most before the next one is killed.
    pub longest: Duration,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// What was found in the end.
    pub verdict: Verdict,
    /// How often the server was killed.
    pub server_kills: u32,
    /// How many commits were cut.
    pub cut: u32,
    /// How much time went by in the world.
    pub passed: Duration,
    /// How long it took.
    pub took: Duration,
}

/// Dots, the database, the time, and the workers.
struct World {
    sandbox: Sandbox,
    server: Server,
    proxy: Proxy,
    program: Program,
    passed: Duration,
    began: Instant,
}

/// Kills workers, and judges what is left.
///
/// # Errors
/// Returns an error if the world cannot be set up or judged.
pub async fn run(settings: Kills, program: Program) -> Result<Outcome, Failure> {
    let (began, mut rng) = (Instant::now(), Rng::with_seed(settings.seed));
    let mut world = World::new(settings.seed, program).await?;
    bad_answers(&world.sandbox, settings.seed)?;
    let (mut kills, mut planned, mut server_kills) = (0, 0, 0);
    while kills < settings.kills {
        world.proxy.cut_commits(CUTS);
        let share = u64::from(settings.payouts) * u64::from(kills + settings.workers * 2);
        let until = u32::try_from(share / u64::from(settings.kills))?.min(settings.payouts);
        world.plan(planned..until, &mut rng).await?;
        planned = planned.max(until);
        let mut workers = (0..settings.workers).map(|_| world.start(true)).collect::<Result<Vec<_>, _>>()?;
        for _ in 0..settings.workers {
            let longest = u64::try_from(settings.longest.as_millis())?;
            tokio::time::sleep(Duration::from_millis(rng.u64(1..longest))).await;
            let victim = rng.usize(..workers.len());
            end(&mut workers[victim])?;
            kills += 1;
            if rng.u8(..8) == 0 {
                world.server.kill();
                server_kills += 1;
                world.server.start_again().await?;
            }
            workers[victim] = world.start(true)?;
        }
        for worker in &mut workers {
            end(worker)?;
            kills += 1;
        }
        if rng.bool() {
            world.sandbox.commit_late();
        }
        world.advance(pause(&mut rng)).await?;
    }
    world.plan(planned..settings.payouts, &mut rng).await?;
    world.heal(settings.workers).await?;
    let verdict = world.judge(settings.payouts).await?;
    let (cut, passed) = (world.proxy.cut(), world.passed);
    Ok(Outcome { verdict, server_kills, cut, passed, took: began.elapsed() })
}

fn end(child: &mut Child) -> Result<(), Failure> {
    // It may have ended because its server was gone.
    child.kill()?;
    child.wait()?;
    Ok(())
}

impl World {
    async fn new(seed: u64, program: Program) -> Result<Self, Failure> {
        let (sandbox, server) = (sandbox(seed).await?, Server::start(&[]).await?);
        let config: PostgresConfig = server.create("shop").await?.parse()?;
        Outbox::migrate(&config).await?;
        let proxy = Proxy::start(server.port(), seed).await?;
        let world = Self { sandbox, server, proxy, program, passed: Duration::ZERO, began: Instant::now() };
        world.set_clock().await?;
        // The first one to open it binds it to its account and server.
        let dots = world.client()?;
        Outbox::postgres(&config, &dots).await?.close().await;
        Ok(world)
    }

    fn client(&self) -> Result<Dots, Failure> {
        Ok(payroll::client(&self.sandbox.url(), self.passed).build()?)
    }

    /// Sets the clock of the database to that of the world.
    async fn set_clock(&self) -> Result<(), Failure> {
        let ours = i64::try_from((BEGINNING + self.passed).as_millis())?;
        let machine = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
        shift_clock(&self.server.connect("shop").await?, ours - machine).await
    }

    /// Lets time go by, beside what passed by itself.
    async fn advance(&mut self, time: Duration) -> Result<(), Failure> {
        self.goes_on(time);
        self.set_clock().await
    }

    fn goes_on(&mut self, time: Duration) {
        let time = time + self.began.elapsed();
        self.began = Instant::now();
        self.passed += time;
        self.sandbox.advance(time);
    }

    fn start(&mut self, is_endless: bool) -> Result<Child, Failure> {
        self.goes_on(Duration::ZERO);
        let database = self.server.url("shop");
        let database = database.replace(&self.server.port().to_string(), &self.proxy.port().to_string());
        let job = Job { url: self.sandbox.url(), database, passed: self.passed, is_endless };
        let mut child = Command::new(&self.program.file);
        child.args(&self.program.arguments).env(JOB, job.to_text());
        Ok(child.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?)
    }

    /// Plans payouts as an application does: many in one transaction, some of which is rolled back first.
    async fn plan(&self, numbers: std::ops::Range<u32>, rng: &mut Rng) -> Result<(), Failure> {
        let now = UNIX_EPOCH + BEGINNING + self.passed + self.began.elapsed();
        let planner = Planner::new("main account", self.sandbox.url().parse()?).at(now);
        let mut client = self.server.connect("shop").await?;
        for from in numbers.clone().step_by(50) {
            let mut lines = Vec::new();
            for number in from..(from + 50).min(numbers.end) {
                let payee = PhonePayee::new("1".parse()?, format!("2{number:09}").parse()?);
                let payout = SendPayout::new(SendPayoutRequest::new(payroll::cents(number)).payee(payee));
                lines.push(planner.plan(format!("run/{number}"), payout)?.to_string());
            }
            for is_kept in [rng.bool(), true] {
                let transaction = client.transaction().await?;
                transaction.query_one("SELECT dots_outbox.plan_many($1)", &[&lines.join("\n")]).await?;
                if is_kept {
                    transaction.commit().await?;
                } else {
                    transaction.rollback().await?;
                }
            }
        }
        Ok(())
    }

    /// Lets all be well, and the workers run until every payout has ended.
    async fn heal(&mut self, workers: u32) -> Result<(), Failure> {
        self.proxy.cut_commits(0);
        self.sandbox.clear_faults();
        self.sandbox.commit_late();
        for _ in 0..4 {
            for hours in [2, 26] {
                let children = (0..workers).map(|_| self.start(false)).collect::<Result<Vec<_>, _>>()?;
                for mut child in children {
                    tokio::task::spawn_blocking(move || child.wait()).await??;
                }
                self.advance(Duration::from_secs(hours * 60 * 60)).await?;
            }
        }
        Ok(())
    }

    async fn judge(&self, payouts: u32) -> Result<Verdict, Failure> {
        let dots = self.client()?;
        let config: PostgresConfig = self.server.url("shop").parse()?;
        let outbox = Outbox::postgres(&config, &dots).await?;
        let references = (0..payouts).map(|number| (format!("run/{number}"), number));
        let verdict = world::judge(&dots, &outbox, references).await;
        outbox.close().await;
        verdict
    }
}
