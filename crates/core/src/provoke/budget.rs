//! How much of its time a thread may be held.

/// What one thread has been held. Times are in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Budget {
    /// When the thread was first asked for. Zero before that.
    first: u64,
    held: u64,
}

impl Budget {
    /// Nothing was asked yet.
    pub(super) const NONE: Budget = Budget { first: 0, held: 0 };

    /// Of 20 nanoseconds a thread may be held for one.
    const SHARE: u64 = 20;

    /// Whether the thread may be held so long now: it has a twentieth of its time so far, and one longest hold.
    pub(super) fn allows(&mut self, now: u64, length: u64, longest: u64) -> bool {
        if self.first == 0 {
            self.first = now;
        }
        let share = now.saturating_sub(self.first) / Self::SHARE;
        self.held.saturating_add(length) <= share.saturating_add(longest)
    }

    /// The thread was held so long.
    pub(super) fn spend(&mut self, held: u64) {
        self.held = self.held.saturating_add(held);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_held_for_a_twentieth_of_its_time_and_one_longest_hold() {
        let mut budget = Budget::NONE;
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
}
