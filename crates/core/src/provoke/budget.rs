//! How much of its time a thread, or a wire, may be held.

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

#[cfg(test)]
mod tests {
    use super::*;

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
