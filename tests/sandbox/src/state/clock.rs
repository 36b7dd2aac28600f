//! The sandbox's clock: it moves when it is told to, and never goes back.

use jiff::Timestamp;

/// A clock that starts at 2026-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    now: Timestamp,
}

impl Clock {
    /// 2026-01-01T00:00:00Z.
    const START: Timestamp = Timestamp::constant(1_767_225_600, 0);

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Moves the clock forward to a time; it never goes back.
    pub(crate) fn move_to(&mut self, time: Timestamp) {
        self.now = self.now.max(time);
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self { now: Self::START }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_starts_with_the_year_2026_and_moves_when_told_to() {
        let mut clock = Clock::default();
        assert_eq!(clock.now().to_string(), "2026-01-01T00:00:00Z");
        let next_day = Timestamp::constant(1_767_312_000, 0);
        clock.move_to(next_day);
        assert_eq!(clock.now().to_string(), "2026-01-02T00:00:00Z");
        clock.move_to(Clock::START);
        assert_eq!(clock.now(), next_day);
    }
}
