//! What must never be in a world.

use dots_api_ext::outbox::{Record, Row, State};

use super::dots::{DAY, MINUTE};
use super::payouts::request;
use super::world::World;

impl World {
    /// What must never be.
    pub(super) fn look(&self) -> Result<(), &'static str> {
        if let Some(why) = self.broken {
            return Err(why);
        }
        for number in 0..self.options.payouts {
            let times = self.dots.times(number);
            if times > 1 && !self.options.very_late {
                return Err("a payout was made twice");
            }
            for row in self.sides.iter().filter_map(|side| side.rows[number].as_ref()) {
                let is_denied = matches!(row.state, State::Rejected | State::Cancelled);
                if is_denied && times > 0 && row.alarm.is_none() && !row.others_may_send {
                    return Err("a payment was denied");
                }
                if row.state == State::Settled && times == 0 {
                    return Err("a payout is called paid");
                }
            }
        }
        Ok(())
    }

    /// What must not be when all is over.
    pub(super) fn look_back(&self) -> Result<(), &'static str> {
        for number in 0..self.options.payouts {
            let times = self.dots.times(number);
            let rows = || self.sides.iter().filter_map(|side| side.rows[number].as_ref());
            if times > 1 && !rows().any(|row| row.alarm.is_some()) {
                return Err("a payout was made twice, without an alarm");
            }
            let is_told = |row: &Row| row.paid.is_some() || row.alarm.is_some();
            let may_be_late = |row: &Row| self.options.very_late && row.state == State::GivenUp;
            if times > 0 && !rows().any(|row| is_told(row) || may_be_late(row)) {
                return Err("a payout was made, and no row says so");
            }
        }
        Ok(())
    }

    /// Why a payout that was claimed may not be sent.
    pub(super) fn wrongly_sent(&self, side: usize, number: usize, record: &Record) -> Option<&'static str> {
        let is_new = !record.row.is_meant && !record.row.in_doubt;
        match () {
            () if self.sides[side].told[number] => Some("a payout was sent though the lists had shown it"),
            () if record.entry.request != request(number, record.row.generation) => {
                Some("a payout was sent with another request, or with none")
            }
            () if is_new && self.twin_has_left(side, number) => {
                Some("a payout was sent though one that is alike was, and no person was asked")
            }
            () => None,
        }
    }

    /// Whether a request of the other of two payouts that are alike has left within a day, as its store knows: to the
    /// minutes for which a worker that has lost its store may go on.
    fn twin_has_left(&self, side: usize, number: usize) -> bool {
        let other = if self.options.alike { [1, 0].get(number).copied() } else { None };
        let Some(other) = other.filter(|other| *other < self.options.payouts) else { return false };
        let is_nothing = |row: &Row| matches!(row.state, State::Planned | State::Rejected | State::Cancelled);
        let is_known = self.sides[side].rows[other].as_ref().is_some_and(|row| !is_nothing(row));
        is_known && self.left[other].is_some_and(|left| self.now + 2 * MINUTE < left + DAY)
    }
}
