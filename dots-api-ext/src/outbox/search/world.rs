//! The world around one row: Dots with its keys and lists, two workers, clocks, and everything that can happen next.
//!
//! A worker that does nothing more has crashed.

use std::time::Duration;

use super::super::event::{Answer, Effect, Event, Permit};
use super::super::row::{Now, Row, Rules, Seen, State, Time};
use super::bugs::{Bug, step_with};
use super::moves::{Chances, Fate, Move};

/// When the world begins, in ticks.
const START: u64 = 10;

/// How long Dots knows a key, in ticks.
const KNOWN_FOR: u64 = 8;

const RULES: Rules = Rules {
    window: Duration::from_millis(6),
    horizon: Duration::from_millis(2),
    lease: Duration::from_millis(2),
    timeout: Duration::from_millis(1),
    shared_references: false,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Worker {
    Idle,
    /// It may write; whether its store is the one that was lost.
    Holds(Permit, bool),
    /// It was answered, and has not recorded that.
    Knows(Seen, Answer),
}

impl Worker {
    fn rank(self) -> (u8, u64) {
        match self {
            Self::Idle => (0, 0),
            Self::Holds(permit, _) => (1, permit.seen.fence),
            Self::Knows(seen, _) => (2, seen.fence),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Reading {
    seen: Seen,
    begun: Now,
    shown: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct World {
    left: Chances,
    row: Row,
    copy: Option<Row>,
    now: u64,
    /// How far the store's clock is behind.
    behind: u64,
    workers: [Worker; 2],
    /// The keys that Dots has seen, and when first.
    known: Vec<(u32, u64)>,
    /// The generation of each payment, and when it shows.
    payments: Vec<(u32, u64)>,
    /// Requests that are carried out later, until when, and whether under the present API key.
    late: Vec<(u32, u64, bool)>,
    readings: [Option<Reading>; 2],
}

impl World {
    pub(super) fn new(left: Chances) -> Self {
        let planned_at = START + left.ahead;
        Self {
            left,
            row: Row {
                not_before: Time(planned_at + left.due_after),
                ..Row::planned(Time(planned_at), &RULES)
            },
            copy: None,
            now: START,
            behind: 0,
            workers: [Worker::Idle; 2],
            known: Vec::new(),
            payments: Vec::new(),
            late: Vec::new(),
            readings: [None, None],
        }
    }

    /// What must never be.
    pub(super) fn violation(&self) -> Option<&'static str> {
        let is_denied = matches!(self.row.state, State::Rejected | State::Cancelled);
        match () {
            () if self.payments.len() > 1 => Some("it was paid twice"),
            () if is_denied && !self.payments.is_empty() => Some("it was denied and is paid"),
            () if self.row.state == State::Settled && self.payments.is_empty() => Some("it is called paid"),
            () => None,
        }
    }

    /// Everything that can happen next.
    pub(super) fn moves(&self, bug: Option<Bug>) -> Vec<(Move, Self)> {
        let mut moves = Vec::new();
        let mut add = |what, after: Option<Self>| moves.extend(after.map(|after| (what, after.sorted())));
        for w in 0..self.workers.len() {
            add(Move::Claim(w), self.claim(bug, w));
            for fate in [
                Fate::Fine,
                Fate::AnswerLost,
                Fate::NeverArrives,
                Fate::CarriedOutLate,
                Fate::Refused,
                Fate::Unauthorized,
            ] {
                add(Move::Write(w, fate), self.write(bug, w, fate));
            }
            add(Move::Record(w), self.record(bug, w));
            add(Move::HandBack(w), self.hand_back(bug, w));
        }
        for i in 0..self.late.len() {
            add(Move::CommitLate(i), Some(self.late(i, true)));
            add(Move::DropLate(i), Some(self.late(i, false)));
        }
        add(Move::LeaseEnds, self.event(bug, Event::LeaseEnded { is_holder_gone: false }));
        if self.left.slow_readings > 0 {
            add(Move::BeginReading, self.begin_reading());
            for i in 0..self.readings.len() {
                add(Move::EndReading(i), self.end_reading(bug, i));
            }
            add(Move::Gap, self.gap());
        } else {
            let begun = self.begin_reading();
            add(Move::Read, begun.as_ref().and_then(|begun| begun.end_reading(bug, 0)));
            let gap = begun.and_then(|begun| begun.gap());
            add(Move::ReadWithGap, gap.and_then(|gap| gap.end_reading(bug, 0)));
        }
        add(Move::PayAgain, self.pay_again(bug, false));
        add(Move::PayAgainWithGap, self.pay_again(bug, true));
        add(Move::Copy, self.copy());
        add(Move::Restore, self.restore(bug));
        add(Move::PlanAgain, self.plan_again(bug));
        add(Move::Rotate, self.rotate(bug));
        add(Move::SetBack, self.set_back());
        add(Move::SetRight, self.set_right(bug));
        add(Move::Tick, self.tick());
        moves
    }

    /// The world with its workers in one order: which of two does what makes no difference.
    fn sorted(mut self) -> Self {
        if self.workers[0].rank() > self.workers[1].rank() {
            self.workers.swap(0, 1);
        }
        self
    }

    fn clocks(&self) -> Now {
        let time = self.now + self.left.ahead;
        Now { store: Time(time - self.behind), worker: Time(time) }
    }

    /// The world after an event, if it can happen to the row.
    fn event(&self, bug: Option<Bug>, event: Event) -> Option<Self> {
        let step = step_with(bug, &self.row, event, self.clocks(), &RULES).ok()?;
        Some(Self { row: step.row, ..self.clone() })
    }

    fn claim(&self, bug: Option<Bug>, w: usize) -> Option<Self> {
        if self.workers[w] != Worker::Idle || self.left.writes == 0 {
            return None;
        }
        let step = step_with(bug, &self.row, Event::Claim, self.clocks(), &RULES).ok()?;
        let Effect::Send(permit) = step.effect else { panic!("a claim sends") };
        let mut world = Self { row: step.row, ..self.clone() };
        world.workers[w] = Worker::Holds(permit, false);
        Some(world)
    }

    fn write(&self, bug: Option<Bug>, w: usize, fate: Fate) -> Option<Self> {
        let Worker::Holds(permit, is_lost) = self.workers[w] else { return None };
        let Permit { seen, is_first, .. } = permit;
        let is_allowed = permit.allows(self.clocks())
            || bug == Some(Bug::NotCheckedBeforeWrite)
            || bug == Some(Bug::WindowByOneClock);
        if self.left.writes == 0 || !is_allowed || (fate != Fate::Fine && self.left.faults == 0) {
            return None;
        }
        let mut world = self.clone();
        world.left.writes -= 1;
        world.left.faults -= u8::from(fate != Fate::Fine);
        let answer = world.arrives(seen.generation, fate, is_first)?;
        world.workers[w] = if is_lost { Worker::Idle } else { Worker::Knows(seen, answer) };
        Some(world)
    }

    /// What Dots does with a request, and what the worker learns.
    fn arrives(&mut self, generation: u32, fate: Fate, is_first: bool) -> Option<Answer> {
        let now = Time(self.now);
        let is_known = self.known.iter().any(|(known, _)| *known == generation);
        let refuses = is_known && self.left.refuses_known;
        match fate {
            Fate::Fine if refuses => {
                return Some(if is_first { Answer::Rejected } else { Answer::KnownKey });
            }
            Fate::Fine | Fate::AnswerLost => {
                if !is_known {
                    self.pay(generation);
                }
            }
            Fate::CarriedOutLate if !is_known => self.late.push((generation, self.now + 1, true)),
            Fate::NeverArrives => {}
            // Also of a key that it knows, such as for the funds that the first one took.
            Fate::Refused => return Some(Answer::Rejected),
            Fate::Unauthorized => return Some(Answer::Nothing(now)),
            Fate::CarriedOutLate => return None,
        }
        Some(if fate == Fate::Fine { Answer::Settled } else { Answer::Unknown(now) })
    }

    fn pay(&mut self, generation: u32) {
        self.known.push((generation, self.now));
        self.payments.push((generation, self.now + 1));
    }

    fn late(&self, i: usize, is_carried_out: bool) -> Self {
        let mut world = self.clone();
        let (generation, _, is_present) = world.late.remove(i);
        if is_carried_out {
            // Dots does not say what two requests with one key do at once: here, both are carried out.
            world.payments.push((generation, world.now + 1));
            if is_present {
                world.known.push((generation, world.now));
            }
        }
        world
    }

    fn record(&self, bug: Option<Bug>, w: usize) -> Option<Self> {
        let Worker::Knows(seen, answer) = self.workers[w] else { return None };
        let mut world = self.event(bug, Event::Answered { seen, answer })?;
        world.workers[w] = Worker::Idle;
        Some(world)
    }

    fn hand_back(&self, bug: Option<Bug>, w: usize) -> Option<Self> {
        let (Worker::Holds(Permit { seen, .. }, false) | Worker::Knows(seen, _)) = self.workers[w] else {
            return None;
        };
        let mut world = self.event(bug, Event::HandedBack { seen })?;
        world.workers[w] = Worker::Idle;
        Some(world)
    }

    fn begin_reading(&self) -> Option<Self> {
        let free = self.readings.iter().position(Option::is_none)?;
        let is_early = self.now < START + self.left.reads_after;
        if is_early || self.row.state.is_final() || free >= self.left.slow_readings.max(1) {
            return None;
        }
        let reading = Reading { seen: self.row.seen(), begun: self.clocks(), shown: self.shown() };
        let mut world = self.clone();
        world.readings[free] = Some(reading);
        Some(world)
    }

    fn end_reading(&self, bug: Option<Bug>, i: usize) -> Option<Self> {
        let mut world = self.clone();
        let Reading { seen, begun, shown } = world.readings[i].take()?;
        if shown.is_empty() || bug == Some(Bug::AbsentAfterOnePage) {
            return world.event(bug, Event::NotSeen { seen, begun, is_ambiguous: false }).or(Some(world));
        }
        for generation in shown {
            world = world.event(bug, Event::Found { generation })?;
        }
        Some(world)
    }

    /// A list that changes while it is read may leave something out; of every reading that goes on at that moment.
    fn gap(&self) -> Option<Self> {
        let mut world = self.clone();
        world.left.gaps = world.left.gaps.checked_sub(1)?;
        let is_any = world.readings.iter().flatten().any(|reading| !reading.shown.is_empty());
        world.readings.iter_mut().flatten().for_each(|reading| reading.shown.clear());
        is_any.then_some(world)
    }

    /// The generations that the lists show.
    fn shown(&self) -> Vec<u32> {
        self.payments.iter().filter(|(_, at)| *at <= self.now).map(|(generation, _)| *generation).collect()
    }

    fn pay_again(&self, bug: Option<Bug>, has_gap: bool) -> Option<Self> {
        let shows = !self.shown().is_empty() && bug != Some(Bug::AbsentAfterOnePage);
        if self.left.pay_again == 0 || shows != has_gap || (has_gap && self.left.gaps == 0) {
            return None;
        }
        let mut world = self.event(bug, Event::PayAgain { seen: self.row.seen() })?;
        world.left.pay_again -= 1;
        world.left.gaps -= u8::from(has_gap);
        Some(world)
    }

    fn copy(&self) -> Option<Self> {
        if self.copy.is_some() || self.left.restores == 0 {
            return None;
        }
        Some(Self { copy: Some(self.row.clone()), ..self.clone() })
    }

    fn restore(&self, bug: Option<Bug>) -> Option<Self> {
        let mut world = Self { row: self.copy.clone()?, copy: None, readings: [None, None], ..self.clone() };
        world.left.restores -= 1;
        world.lose_store();
        world.event(bug, Event::Restored)
    }

    /// The copy knows nothing of the payout, which is planned again in it.
    fn plan_again(&self, bug: Option<Bug>) -> Option<Self> {
        if self.left.plans_again == 0 || self.row.state.is_final() {
            return None;
        }
        let now = Time(self.now);
        let planned = Row::planned(self.clocks().earliest(), &RULES);
        let is_careful = bug != Some(Bug::PlannedAgainWithoutLists);
        let last_possible_send = Some(now);
        let row = Row { others_may_send: true, awaits_listing: is_careful, last_possible_send, ..planned };
        let mut world = Self { row, copy: None, readings: [None, None], ..self.clone() };
        world.left.plans_again -= 1;
        world.lose_store();
        Some(world)
    }

    fn lose_store(&mut self) {
        for worker in &mut self.workers {
            *worker = match *worker {
                // What it knows goes to the store that was lost.
                Worker::Idle | Worker::Knows(..) => Worker::Idle,
                Worker::Holds(permit, _) => Worker::Holds(permit, true),
            };
        }
    }

    /// The program ends, and begins with another API key, whose idempotency keys Dots tells apart.
    fn rotate(&self, bug: Option<Bug>) -> Option<Self> {
        if self.left.rotations == 0
            || self.workers.iter().any(|worker| matches!(worker, Worker::Holds(_, true)))
        {
            return None;
        }
        let mut world = Self { workers: [Worker::Idle; 2], readings: [None, None], ..self.clone() };
        world.left.rotations -= 1;
        world.known.clear();
        world.late.iter_mut().for_each(|late| late.2 = false);
        if world.row.state == State::InFlight {
            world = world.event(bug, Event::LeaseEnded { is_holder_gone: true })?;
        }
        world.event(bug, Event::Rotated)
    }

    fn set_back(&self) -> Option<Self> {
        let left = Chances { set_back: 0, ..self.left };
        (self.left.set_back > 0).then(|| Self { behind: self.left.set_back, left, ..self.clone() })
    }

    /// The clocks are set right, and the program that is started then is told that they were ahead.
    fn set_right(&self, bug: Option<Bug>) -> Option<Self> {
        if self.left.ahead == 0 || self.workers.iter().any(|worker| matches!(worker, Worker::Holds(_, true)))
        {
            return None;
        }
        let left = Chances { ahead: 0, ..self.left };
        let mut world = Self { left, workers: [Worker::Idle; 2], readings: [None, None], ..self.clone() };
        if world.row.state == State::InFlight {
            world = world.event(bug, Event::LeaseEnded { is_holder_gone: true })?;
        }
        world.event(bug, Event::ClockWasAhead)
    }

    fn tick(&self) -> Option<Self> {
        if self.now == START + self.left.ends || self.late.iter().any(|(_, until, _)| *until <= self.now) {
            return None;
        }
        let mut world = self.clone();
        world.now += 1;
        let now = world.now;
        world.known.retain(|(_, since)| now - since < KNOWN_FOR);
        Some(world)
    }
}
