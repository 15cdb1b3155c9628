//! How much of its time a thread, a wire or a process may be held.

/// How long a thread has been held, or the writers of a wire together. Times are in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Budget {
    /// When it was first asked for. Zero before that.
    first: u64,
    held: u64,
    /// It is as large as that of so many threads.
    threads: u64,
}

impl Budget {
    pub(super) const OF_A_THREAD: Budget = Budget {
        first: 0,
        held: 0,
        threads: 1,
    };

    /// A task has no thread of its own: while it is held, the others go on on another thread, with a budget of its own. So the
    /// wire has one, too: as large as that of two writers.
    pub(super) const OF_A_WIRE: Budget = Budget {
        first: 0,
        held: 0,
        threads: 2,
    };

    /// Of 20 nanoseconds a thread may be held for one.
    const SHARE: u64 = 20;

    /// Whether there may be a hold of this length now: a thread has a twentieth of its time so far, and one longest hold.
    pub(super) fn allows(&mut self, now: u64, length: u64, longest: u64) -> bool {
        if self.first == 0 {
            self.first = now;
        }
        let share = now.saturating_sub(self.first) / Self::SHARE;
        let most = share.saturating_add(longest).saturating_mul(self.threads);
        self.held.saturating_add(length) <= most
    }

    /// There was a hold of this length.
    pub(super) fn spend(&mut self, held: u64) {
        self.held = self.held.saturating_add(held);
    }
}

/// The time in which any writer of the process is held. Each is held for a moment, but writers may wait for each other: all that
/// send under one lock, say. Their holds would add up to a wait that is a stall. Times are in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Together {
    /// When the period began.
    began: u64,
    /// How long there was a hold in this period. Where there were two at a time, it counts once.
    held: u64,
    /// When the last of the holds ends.
    until: u64,
}

impl Together {
    /// A period, the time of a stall, is so many times as long as the time in it in which there may be a hold. A wait that is in two
    /// periods is no stall either.
    pub(super) const PERIOD: u64 = 3;

    /// Takes the time for a hold of this length, if it is left. There may be holds for so much of a period.
    pub(super) fn take(&mut self, now: u64, length: u64, most: u64) -> bool {
        if now.saturating_sub(self.began) >= most.saturating_mul(Self::PERIOD) {
            (self.began, self.held) = (now, 0);
        }
        let until = now.saturating_add(length);
        let held = self
            .held
            .saturating_add(until.saturating_sub(self.until.max(now)));
        let is_left = held <= most;
        if is_left {
            (self.held, self.until) = (held, until.max(self.until));
        }
        is_left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_holds_for_a_third_of_a_period_and_two_at_a_time_count_once() {
        let mut together = Together::default();
        for (now, length, is_left) in [
            (1000, 60, true),
            // At the same time as the first one, and 20 longer.
            (1030, 50, true),
            (1100, 30, false),
            (1100, 20, true),
            (1299, 1, false),
            (1300, 100, true),
            (1350, 50, true),
            (1450, 1, false),
            (1600, 1, true),
        ] {
            assert_eq!(together.take(now, length, 100), is_left, "{now} {length}");
        }
        let mut without_stalls = Together::default();
        for now in [1, 2, u64::MAX] {
            assert!(without_stalls.take(now, u64::MAX, u64::MAX), "{now}");
        }
    }

    #[test]
    fn a_thread_is_held_for_a_twentieth_of_its_time_and_one_longest_hold() {
        let mut budget = Budget::OF_A_THREAD;
        assert!(budget.allows(1000, 100, 100));
        budget.spend(100);
        for (now, length, is_allowed) in [
            (1000, 1, false),
            (1199, 10, false),
            (1200, 10, true),
            (1200, 11, false),
            (3000, 100, true),
        ] {
            assert_eq!(
                budget.allows(now, length, 100),
                is_allowed,
                "{now} {length}"
            );
        }
    }

    #[test]
    fn a_wire_is_held_no_longer_than_two_threads() {
        let mut budget = Budget::OF_A_WIRE;
        assert!(budget.allows(1000, 100, 100));
        budget.spend(200);
        for (now, length, is_allowed) in [
            (1000, 1, false),
            (1199, 20, false),
            (1200, 20, true),
            (1200, 21, false),
        ] {
            assert_eq!(
                budget.allows(now, length, 100),
                is_allowed,
                "{now} {length}"
            );
        }
    }
}
