//! What people do in a world.

use dots_api_ext::outbox::{Event, State, Why};

use super::world::{Side, Worker, World};

impl World {
    /// What a careful person does about a payout in review: reads the lists, and pays again what is certainly not paid.
    pub(super) fn decide(&mut self, side: usize, number: usize) {
        let Some(row) = &self.sides[side].rows[number] else { return };
        if row.state != State::Review {
            return;
        }
        let generation = row.generation;
        let may_pay_again = self.options.twin_after.is_none() && generation < 3;
        self.read(side, number);
        let Some(row) = &self.sides[side].rows[number] else { return };
        let (seen, why) = (row.seen(), row.why);
        if may_pay_again {
            drop(self.apply(side, number, Event::PayAgain { seen }, true));
        } else if self.is_well && why == Some(Why::Absent) {
            drop(self.apply(side, number, Event::GiveUp, false));
        }
    }

    /// What a person does about a payout that was not sent.
    pub(super) fn person(&mut self, number: usize) {
        let Some(row) = &self.sides[0].rows[number] else { return };
        let (event, is_new) = match self.rng.u8(..6) {
            0 => (Event::Hold, false),
            1 | 2 => (Event::Release { is_meant: true }, false),
            3 => (Event::Cancel, false),
            _ => (Event::Correct { seen: row.seen() }, true),
        };
        drop(self.apply(0, number, event, is_new));
    }

    /// Makes a copy of the store, or loses the store and goes on with the copy.
    pub(super) fn copy_or_restore(&mut self) {
        let Some(copy) = self.copy.take() else {
            self.copy = Some(self.sides[0].clone());
            return;
        };
        self.sides[0] = copy;
        self.restored_at = Some(self.clocks().latest());
        self.forget_reading();
        for worker in &mut self.workers {
            // What it knows goes to the store that was lost; what it holds, it may still send.
            *worker = match std::mem::replace(worker, Worker::Idle) {
                Worker::Holds(held) => Worker::Holds(held.lost()),
                Worker::Idle | Worker::Knows(..) => Worker::Idle,
            };
        }
        let Side { rows, .. } = &self.sides[0];
        let there: Vec<usize> = (0..rows.len()).filter(|number| rows[*number].is_some()).collect();
        for number in there {
            drop(self.apply(0, number, Event::Restored, false));
        }
    }
}
