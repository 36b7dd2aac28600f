//! An executor that polls tasks in a random order, and lets time go by when none can go on. It is a future itself, so
//! that it runs by hand, or in any runtime.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use fastrand::Rng;

use super::time::Time;

/// A task.
pub(super) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// So many polls are more than any step takes.
const MOST_POLLS: u32 = 200_000;

/// How often a runtime is let do its work before time goes by: what a task has yielded for comes back then.
const ROUNDS: u32 = 3;

/// What an executor is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    /// Nothing: it is polled by hand.
    Nothing,
    /// A runtime, which may have timers of its own that are due later.
    Runtime,
}

/// Runs tasks to their end.
pub(super) struct Drive {
    tasks: Vec<(Task, Arc<Flag>)>,
    time: Time,
    within: Within,
    rng: Rng,
    outer: Arc<Mutex<Option<Waker>>>,
    polls: u32,
    idle: u32,
}

/// Whether a task was woken.
struct Flag {
    is_woken: AtomicBool,
    outer: Arc<Mutex<Option<Waker>>>,
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        let outer = self.outer.lock().unwrap().clone();
        outer.into_iter().for_each(Waker::wake);
    }
}

impl Drive {
    pub(super) fn new(tasks: Vec<Task>, time: &Time, within: Within, seed: u64) -> Self {
        let outer = Arc::new(Mutex::new(None));
        let flag = || Arc::new(Flag { is_woken: AtomicBool::new(true), outer: Arc::clone(&outer) });
        let tasks = tasks.into_iter().map(|task| (task, flag())).collect();
        let (time, rng, polls, idle) = (time.clone(), Rng::with_seed(seed), 0, 0);
        Self { tasks, time, within, rng, outer, polls, idle }
    }

    /// Runs the tasks outside of any runtime.
    pub(super) fn by_hand(mut self) -> Result<(), String> {
        match Pin::new(&mut self).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(end) => end,
            Poll::Pending => Err("no task can go on".to_owned()),
        }
    }

    /// Polls a task that was woken; says whether there was one.
    fn step(&mut self) -> bool {
        let woken = |(_, flag): &(Task, Arc<Flag>)| flag.is_woken.load(Ordering::Acquire);
        let count = self.tasks.iter().filter(|task| woken(task)).count();
        if count == 0 {
            return false;
        }
        let chosen = self.rng.usize(..count);
        let index = self.tasks.iter().enumerate().filter(|(_, task)| woken(task)).nth(chosen).unwrap().0;
        let (task, flag) = &mut self.tasks[index];
        flag.is_woken.store(false, Ordering::Release);
        let waker = Waker::from(Arc::clone(flag));
        self.polls += 1;
        if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            drop(self.tasks.swap_remove(index));
        }
        true
    }
}

impl Future for Drive {
    type Output = Result<(), String>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let drive = &mut *self;
        *drive.outer.lock().unwrap() = (drive.within == Within::Runtime).then(|| context.waker().clone());
        loop {
            while drive.step() {
                drive.idle = 0;
                if drive.polls > MOST_POLLS {
                    return Poll::Ready(Err(format!("more than {MOST_POLLS} polls")));
                }
            }
            if drive.tasks.is_empty() {
                return Poll::Ready(Ok(()));
            }
            if drive.within == Within::Runtime && drive.idle < ROUNDS {
                drive.idle += 1;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            if !drive.time.skip() {
                return Poll::Pending;
            }
            drive.idle = 0;
        }
    }
}
