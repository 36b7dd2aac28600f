//! Where tasks are polled: by hand, in one of two runtimes, on several threads, or by the blocking client.

use std::time::Duration;

use dots_api_ext::{Error, blocking};
use tokio::runtime::{Builder, Runtime};

use super::drive::{Drive, Task, Within};
use super::program::Place;
use super::time::Time;

/// Longer than any program takes on real threads.
const HANGS: Duration = Duration::from_secs(60);

/// The runtimes.
pub(super) struct Places {
    one: Runtime,
    other: Runtime,
    threads: Runtime,
}

impl Places {
    pub(super) fn new() -> Self {
        let current = || Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let threads = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { one: current(), other: current(), threads }
    }

    /// Runs tasks to their end; says if they hang.
    pub(super) fn run(
        &self,
        place: Place,
        tasks: Vec<Task>,
        time: &Time,
        seed: u64,
        blocking: &blocking::Dots,
    ) -> Result<(), String> {
        let drive = |tasks, within| Drive::new(tasks, time, within, seed);
        match place {
            Place::ByHand => drive(tasks, Within::Nothing).by_hand(),
            Place::OneRuntime => in_turn(&self.one, drive(tasks, Within::Runtime)),
            Place::OtherRuntime => in_turn(&self.other, drive(tasks, Within::Runtime)),
            Place::Threads => {
                let (mut even, mut odd) = (Vec::new(), Vec::new());
                for (index, task) in tasks.into_iter().enumerate() {
                    if index % 2 == 0 { even.push(task) } else { odd.push(task) }
                }
                let drives = [even, odd].map(|tasks| self.threads.spawn(drive(tasks, Within::Runtime)));
                self.threads.block_on(async {
                    for drive in drives {
                        tokio::time::timeout(HANGS, drive).await.map_err(|_| no_end())?.unwrap()?;
                    }
                    Ok(())
                })
            }
            Place::Blocking => {
                let drive = drive(tasks, Within::Runtime);
                let ended = blocking.block_on(|_| async move {
                    Ok::<_, Error>(tokio::time::timeout(HANGS, drive).await.map_err(|_| no_end()))
                });
                ended.unwrap()?
            }
        }
    }
}

/// Runs on a runtime whose own time goes on when nothing else does.
fn in_turn(runtime: &Runtime, drive: Drive) -> Result<(), String> {
    runtime.block_on(async {
        tokio::select! {
            biased;
            end = drive => end,
            () = tokio::time::sleep(Duration::from_secs(30 * 24 * 60 * 60)) => Err(no_end()),
        }
    })
}

fn no_end() -> String {
    "no task can go on".to_owned()
}
