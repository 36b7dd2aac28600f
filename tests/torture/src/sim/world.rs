//! One world: what happens in it, and what must never be.

use dots_api_ext::outbox::{
    Answer, Applied, Effect, Event, MemoryStore, Next, Note, Now, Permit, Row, Rules, State, Store as _, Time,
};
use dots_api_ext::{Cents, IdempotencyKey};
use fastrand::Rng;

use super::bugs::{self, Bug};
use super::dots::{Asked, DAY, Dots, MINUTE, Reply};
use super::options::{Options, WrongClock};
use super::payouts::{entry, key, name, request};

/// A store, and what it has been told.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    pub store: MemoryStore,
    /// The rows as the store has them, by the number of the payout.
    pub rows: Vec<Option<Row>>,
    /// Whether a list has shown it that the payout is made.
    pub told: Vec<bool>,
}

/// A claimed payout in the hands of a worker.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub side: usize,
    pub number: usize,
    pub permit: Permit,
    key: IdempotencyKey,
    /// Whether its store is the one that was lost.
    pub is_lost: bool,
    /// What the store had before, if a bug lets it forget the claim.
    before: Option<Box<dots_api_ext::outbox::Record>>,
}

impl Held {
    /// The same, when the store is gone that it was claimed in.
    pub(super) fn lost(self) -> Self {
        Self { is_lost: true, ..self }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Worker {
    Idle,
    Holds(Held),
    Knows(Held, Answer),
}

/// A reading of the lists that goes on.
#[derive(Clone, Debug)]
struct Reading {
    side: usize,
    number: usize,
    seen: dots_api_ext::outbox::Seen,
    begun: Now,
    shown: Vec<u32>,
}

pub(super) struct World {
    pub rng: Rng,
    pub options: Options,
    pub sides: Vec<Side>,
    pub copy: Option<Side>,
    pub workers: [Worker; 3],
    pub dots: Dots,
    pub is_well: bool,
    /// When the first store was last replaced by a copy from the past.
    pub restored_at: Option<Time>,
    rules: Rules,
    pub(super) now: u64,
    /// How far the wrong clock is off, in milliseconds.
    error: i64,
    /// Which payouts the second store plans, and when.
    twins: Vec<(usize, u64)>,
    reading: Option<Reading>,
    bug: Option<Bug>,
    pub(super) broken: Option<&'static str>,
    /// When a request of each payout has left last.
    pub(super) left: Vec<Option<u64>>,
}

impl World {
    pub(super) fn new(seed: u64, bug: Option<Bug>) -> Self {
        let mut rng = Rng::with_seed(seed);
        let options = Options::draw(&mut rng);
        let is_twin = options.twin_after.is_some();
        let side = Side {
            store: MemoryStore::default(),
            rows: vec![None; options.payouts],
            told: vec![false; options.payouts],
        };
        let mut dots = Dots::default();
        dots.refuses_known = options.refuses_known;
        (dots.is_very_late, dots.is_careful) = (options.very_late, is_twin);
        Self {
            rng,
            options,
            sides: vec![side; 1 + usize::from(is_twin)],
            copy: None,
            workers: [Worker::Idle, Worker::Idle, Worker::Idle],
            dots,
            is_well: false,
            restored_at: None,
            rules: Rules { shared_references: is_twin, ..Rules::default() },
            now: 1_700_000_000_000,
            error: 0,
            twins: Vec::new(),
            reading: None,
            bug,
            broken: None,
            left: vec![None; options.payouts],
        }
    }

    /// Lets the world go its way.
    pub(super) fn live(&mut self) -> Result<(), &'static str> {
        self.plan(0, 0);
        for _ in 0..self.options.moves {
            self.happens();
            self.look()?;
        }
        self.is_well = true;
        for number in 0..self.options.payouts {
            self.plan(0, number);
        }
        for round in 0..60 {
            if round > 3 && self.rows().all(|row| row.state.is_final()) {
                break;
            }
            self.heal(round);
            self.look()?;
        }
        self.advance(if self.options.very_late { 5 * 24 * 60 * MINUTE } else { 60 * MINUTE });
        self.each(Self::read);
        self.look()?;
        self.look_back()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.sides.iter().flat_map(|side| side.rows.iter().flatten())
    }

    fn happens(&mut self) {
        let number = self.rng.usize(..self.options.payouts);
        let (side, w) = (self.rng.usize(..self.sides.len()), self.rng.usize(..3));
        match self.rng.u8(..27) {
            0..=6 => self.work(w, side, number),
            7 => self.crash(w),
            8 => self.hand_back(w),
            9 => drop(self.apply(side, number, Event::LeaseEnded { is_holder_gone: false }, false)),
            10 => self.begin_reading(side, number),
            11 => self.end_reading(),
            12 => self.read(side, number),
            13 => self.decide(side, number),
            14 if self.options.restores => self.copy_or_restore(),
            15 => self.jump(),
            16 if self.options.people => self.person(number),
            17 => self.plan(0, number),
            18..=21 => {
                let minutes = self.rng.u64(1..30);
                self.advance(minutes * MINUTE);
            }
            22 => {
                let minutes = self.rng.u64(60..600);
                self.advance(minutes * MINUTE);
            }
            23 => {
                let now = self.clocks().earliest();
                bugs::prune(self.bug, &mut self.sides[side].store, now);
            }
            _ => self.advance(MINUTE / 2),
        }
    }

    fn heal(&mut self, round: u32) {
        self.error = 0;
        self.workers = [Worker::Idle, Worker::Idle, Worker::Idle];
        self.advance(if round.is_multiple_of(2) { 30 * MINUTE } else { 21 * 60 * MINUTE });
        self.each(|world, side, number| {
            drop(world.apply(side, number, Event::LeaseEnded { is_holder_gone: true }, false));
            drop(world.apply(side, number, Event::Release { is_meant: true }, false));
            for _ in 0..3 {
                world.work(0, side, number);
            }
            world.crash(0);
            world.read(side, number);
            world.decide(side, number);
        });
    }

    /// Does something for every payout of every store.
    fn each(&mut self, does: impl Fn(&mut Self, usize, usize)) {
        for side in 0..self.sides.len() {
            for number in 0..self.options.payouts {
                does(self, side, number);
            }
        }
    }

    /// Sets the wrong clock forward or back.
    fn jump(&mut self) {
        if self.options.wrong_clock.is_some() {
            self.error = self.rng.i64(-48 * 60..48 * 60) * 60_000;
        }
    }

    pub(super) fn clocks(&self) -> Now {
        let right = Time(self.now);
        let wrong = Time(self.now.saturating_add_signed(self.error));
        match self.options.wrong_clock {
            Some(WrongClock::Store) => Now { store: wrong, worker: right },
            Some(WrongClock::Worker) => Now { store: right, worker: wrong },
            None => Now { store: right, worker: right },
        }
    }

    fn advance(&mut self, time: u64) {
        let until = self.now + time;
        self.twins.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
        while let Some((number, at)) = self.twins.pop_if(|(_, at)| *at <= until) {
            self.now = self.now.max(at);
            self.plan(1, number);
        }
        self.now = until;
        self.dots.advance(until, &mut self.rng);
    }

    /// Writes a payout down, if the store does not know it.
    fn plan(&mut self, side: usize, number: usize) {
        if self.sides[side].rows[number].is_some() {
            return;
        }
        let row = Row::planned(self.clocks().earliest(), &self.rules);
        let is_restored = self.restored_at.is_some();
        let others_may_send = row.others_may_send || is_restored;
        let (awaits_listing, last_possible_send) = (is_restored, self.restored_at);
        let row = Row { others_may_send, awaits_listing, last_possible_send, ..row };
        let entry = entry(number, self.options.alike);
        let Ok(known) = self.sides[side].store.insert(&entry, &row);
        debug_assert!(known.is_none(), "a reference is planned once");
        self.sides[side].rows[number] = Some(row);
        if let Some(minutes) = self.options.twin_after.filter(|_| side == 0) {
            self.twins.push((number, self.now + minutes * MINUTE));
        }
    }

    /// Lets a worker do its next step.
    fn work(&mut self, w: usize, side: usize, number: usize) {
        match std::mem::replace(&mut self.workers[w], Worker::Idle) {
            Worker::Idle => self.claim(w, side, number),
            Worker::Holds(held) if bugs::allows(self.bug, &held.permit, self.clocks()) => {
                let answer = self.send(&held);
                self.workers[w] = Worker::Knows(held, answer);
            }
            Worker::Holds(held) => {
                self.workers[w] = Worker::Holds(held);
                self.hand_back(w);
            }
            Worker::Knows(Held { is_lost: true, .. }, _) => {}
            Worker::Knows(held, answer) => {
                let event = Event::Answered { seen: held.permit.seen, answer };
                drop(self.apply(held.side, held.number, event, false));
            }
        }
    }

    fn claim(&mut self, w: usize, side: usize, number: usize) {
        let before = match self.bug {
            Some(Bug::RecordedAfterSend | Bug::NotSynced) => self.sides[side].store.load(&name(number)),
            _ => Ok(None),
        };
        if self.hold_if_alike(side, number) {
            return;
        }
        let Some(Applied::Done(step, record)) = self.apply(side, number, Event::Claim, false) else { return };
        let Effect::Send(permit) = step.effect else { return };
        self.broken = self.broken.or(self.wrongly_sent(side, number, &record));
        let key = match self.bug {
            Some(Bug::NewKeyOnRetry) if !permit.is_first => key(number, self.rng.u32(100..)),
            _ => record.entry.key,
        };
        let Ok(before) = before;
        let before = before.map(Box::new);
        self.workers[w] = Worker::Holds(Held { side, number, permit, key, is_lost: false, before });
    }

    /// Holds a planned payout if one that is alike was or may have been sent within a day.
    fn hold_if_alike(&mut self, side: usize, number: usize) -> bool {
        let row = self.sides[side].rows[number].as_ref();
        if !row.is_some_and(|row| row.state == State::Planned && !row.is_meant) {
            return false;
        }
        // A day has passed when it has by both clocks.
        let since = Time(self.clocks().earliest().0.saturating_sub(DAY));
        let entry = entry(number, self.options.alike);
        let is_alike = bugs::alike(self.bug, &mut self.sides[side].store, &entry, since).is_some();
        if is_alike {
            drop(self.apply(side, number, Event::Hold, false));
        }
        is_alike
    }

    /// Sends a request; returns what its sender learns.
    pub(super) fn send(&mut self, held: &Held) -> Answer {
        let Held { number, permit, key, .. } = *held;
        let asked = Asked { number, generation: permit.seen.generation, key };
        let percent = if self.is_well { 0 } else { self.options.fault_percent };
        let soon = self.clocks().worker.after(std::time::Duration::from_secs(60));
        self.left[number] = Some(self.now);
        match self.dots.receive(asked, self.now, percent, &mut self.rng) {
            Reply::Paid => Answer::Settled,
            // Who is told that a key was never sent takes the refusal of a known key for that of a payout.
            Reply::KnownKey if permit.is_first => Answer::Rejected,
            Reply::KnownKey => Answer::KnownKey,
            Reply::Refused => Answer::Rejected,
            Reply::DidNothing => Answer::Nothing(soon),
            Reply::NoAnswer => Answer::Unknown(soon),
            Reply::OfAnother => Answer::Mismatch,
        }
    }

    /// A worker dies.
    fn crash(&mut self, w: usize) {
        let was = std::mem::replace(&mut self.workers[w], Worker::Idle);
        if let Worker::Holds(Held { side, number, before: Some(before), .. })
        | Worker::Knows(Held { side, number, before: Some(before), .. }, _) = was
        {
            // A bug: the store had not kept the claim yet.
            let Ok(()) =
                self.sides[side].store.save(&before, before.row.state, "forgotten", &Note::default());
            self.sides[side].rows[number] = Some(before.row);
        }
    }

    fn hand_back(&mut self, w: usize) {
        let was = std::mem::replace(&mut self.workers[w], Worker::Idle);
        if let Worker::Holds(held) | Worker::Knows(held, _) = was
            && !held.is_lost
        {
            let event = Event::HandedBack { seen: held.permit.seen };
            drop(self.apply(held.side, held.number, event, false));
        }
    }

    fn begin_reading(&mut self, side: usize, number: usize) {
        let Some(row) = &self.sides[side].rows[number] else { return };
        let (seen, begun) = (row.seen(), self.clocks());
        let bug = self.bug;
        let shown = self.dots.shown(number, self.now).filter(|payment| bugs::reads(bug, payment));
        let shown: Vec<u32> = shown.map(|payment| payment.generation).collect();
        self.reading = Some(Reading { side, number, seen, begun, shown });
    }

    fn end_reading(&mut self) {
        let Some(Reading { side, number, seen, begun, shown }) = self.reading.take() else { return };
        if shown.iter().all(|generation| *generation < seen.generation) {
            drop(self.apply(side, number, Event::NotSeen { seen, begun, is_ambiguous: false }, true));
        }
        for (i, generation) in shown.iter().enumerate() {
            drop(self.apply(side, number, Event::Found { generation: *generation }, false));
            if shown[..i].contains(generation) {
                drop(self.apply(side, number, Event::FoundTwice, false));
            }
            self.sides[side].told[number] = true;
        }
    }

    /// Reads the lists for one payout, at once.
    pub(super) fn read(&mut self, side: usize, number: usize) {
        self.begin_reading(side, number);
        self.end_reading();
    }

    pub(super) fn forget_reading(&mut self) {
        self.reading = None;
    }

    /// Lets an event happen; with what another generation needs, if it may make one.
    pub(super) fn apply(
        &mut self,
        side: usize,
        number: usize,
        event: Event,
        is_new: bool,
    ) -> Option<Applied> {
        let row = self.sides[side].rows[number].as_ref()?;
        let (before, generation) = (row.state, row.generation);
        let fingerprint = entry(number, self.options.alike).fingerprint;
        let next = || Next {
            key: key(number, generation + 1),
            request: request(number, generation + 1),
            cents: Cents::new(1),
            fingerprint,
        };
        let note = Note { next: is_new.then(next), ..Note::default() };
        let now = self.clocks();
        let store = &mut self.sides[side].store;
        let applied = bugs::apply(self.bug, store, &name(number), event, &note, now, &self.rules);
        if let Applied::Done(step, _) = &applied {
            let is_kept = match before {
                State::Settled | State::PaidElsewhere | State::GivenUp => step.row.state == before,
                _ => true,
            };
            if !is_kept {
                self.broken = Some("a payout that had ended has changed");
            }
            self.sides[side].rows[number] = Some(step.row.clone());
        }
        Some(applied)
    }
}
