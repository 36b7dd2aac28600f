//! What is noted of each call: what its caller knew, and what it was told.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use dots_api_ext::Outcome;

use super::drive::Task;
use super::gate::Gate;
use super::program::{Limit, Told};
use super::time::Time;
use super::world::World;

/// The notes of a program. Clones are one.
#[derive(Clone, Debug)]
pub(super) struct Notes {
    pub(super) time: Time,
    pub(super) world: World,
    notes: Arc<Mutex<Vec<Note>>>,
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) number: u64,
    /// What it pays: its own intent, and those of the items of a batch.
    pub(super) intents: Vec<String>,
    /// The things whose keys it sends.
    pub(super) keys: Vec<String>,
    pub(super) amount: i64,
    pub(super) operation: &'static str,
    pub(super) is_batch: bool,
    pub(super) process: usize,
    pub(super) gate: u64,
    pub(super) told: Told,
    /// When the first of its keys was written to disk, in true time.
    pub(super) written: Duration,
    /// It told that no other process can have sent the key, which was not so.
    pub(super) is_lie: bool,
    pub(super) deadline: Duration,
    /// Whether it is polled whenever it is woken.
    pub(super) is_prompt: bool,
    pub(super) began: Option<(u64, Duration)>,
    pub(super) ended: Option<Ended>,
    /// When its future was dropped, if it was begun.
    pub(super) gone: Option<u64>,
}

/// How a call ended.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    pub(super) event: u64,
    pub(super) at: Duration,
    pub(super) end: End,
    pub(super) gate: Gate,
}

#[derive(Clone, Debug)]
pub(super) enum End {
    Paid {
        id: String,
    },
    Failed {
        outcome: Outcome,
        attempts: u32,
        text: String,
    },
    /// The raw client says whether an answer came.
    Raw {
        is_paid: bool,
    },
}

impl Notes {
    pub(super) fn new(time: &Time, world: &World) -> Self {
        Self { time: time.clone(), world: world.clone(), notes: Arc::default() }
    }

    /// Notes a call that is to be made, and returns its number.
    pub(super) fn add(&self, mut note: Note) -> u64 {
        let mut notes = self.all();
        note.number = u64::try_from(notes.len()).unwrap();
        let number = note.number;
        notes.push(note);
        number
    }

    pub(super) fn all(&self) -> MutexGuard<'_, Vec<Note>> {
        self.notes.lock().unwrap()
    }

    /// Makes the task of a call, which notes how it goes.
    pub(super) fn follow(&self, number: u64, call: impl Future<Output = End> + Send + 'static) -> Task {
        let notes = self.clone();
        let index = usize::try_from(number).unwrap();
        Box::pin(async move {
            let began = (notes.time.event(), notes.time.steady());
            notes.all()[index].began = Some(began);
            let gone = Gone { notes: notes.clone(), index };
            let end = call.await;
            drop(gone);
            let gate = notes.world.gate(notes.all()[index].gate);
            let ended = Ended { event: notes.time.event(), at: notes.time.steady(), end, gate };
            notes.all()[index].ended = Some(ended);
        })
    }
}

/// Notes that the future of a call is gone.
struct Gone {
    notes: Notes,
    index: usize,
}

impl Drop for Gone {
    fn drop(&mut self) {
        let event = self.notes.time.event();
        self.notes.all()[self.index].gone = Some(event);
    }
}

/// A task that is polled so often at most, and is dropped then, or kept.
pub(super) struct Limited {
    task: Option<Task>,
    limit: Limit,
    kept: Arc<Mutex<Vec<Task>>>,
}

impl Limited {
    pub(super) fn new(task: Task, limit: Limit, kept: &Arc<Mutex<Vec<Task>>>) -> Task {
        Box::pin(Self { task: Some(task), limit, kept: Arc::clone(kept) })
    }
}

impl Future for Limited {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let Some(mut task) = self.task.take() else { return Poll::Ready(()) };
        if self.limit.polls > 0 {
            self.limit.polls -= 1;
            if task.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            if self.limit.polls > 0 {
                self.task = Some(task);
                return Poll::Pending;
            }
        }
        if self.limit.is_kept {
            self.kept.lock().unwrap().push(task);
        }
        Poll::Ready(())
    }
}
