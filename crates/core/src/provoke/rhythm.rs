//! When a handle comes to its wire, and when it is due again.

/// When a handle has come. Times are in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rhythm {
    /// Zero before it has come.
    last: u64,
    /// The longest of its recent intervals. It fades by a 32nd with each that is shorter. Zero before there was one.
    longest: u64,
}

/// When a handle is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) at: u64,
    /// It has come at least twice, so that its interval is known.
    pub(super) is_known: bool,
}

impl Rhythm {
    /// The handle comes now. Gives the time since it came last.
    pub(super) fn beat(&mut self, now: u64) -> Option<u64> {
        let last = std::mem::replace(&mut self.last, now);
        if last == 0 {
            return None;
        }
        let interval = now.saturating_sub(last);
        let faded = self.longest.saturating_sub(self.longest / 32);
        self.longest = interval.max(faded);
        Some(interval)
    }

    /// When it came last. Zero before it has come.
    pub(super) fn last(&self) -> u64 {
        self.last
    }

    /// How long ago it came.
    pub(super) fn since(&self, now: u64) -> u64 {
        now.saturating_sub(self.last)
    }

    /// When it is due: 9/8 of its longest recent interval after it came last. Where none is known, the time since then
    /// stands for it.
    pub(super) fn due(&self, now: u64) -> Due {
        let is_known = self.longest != 0;
        let interval = if is_known {
            self.longest
        } else {
            self.since(now)
        };
        let late = interval.saturating_add(interval / 8);
        Due {
            at: self.last.saturating_add(late),
            is_known,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_due_an_eighth_after_its_longest_recent_interval() {
        // When it came, and when it is due then.
        let table: &[(&[u64], u64)] = &[
            (&[1000, 1800], 1800 + 900),
            (&[1000, 1800, 2000], 2000 + 775 + 96),
            (&[1000, 1800, 2700], 2700 + 900 + 112),
        ];
        for (came, due) in table {
            let mut rhythm = Rhythm::default();
            for now in *came {
                let _ = rhythm.beat(*now);
            }
            let expected = Due {
                at: *due,
                is_known: true,
            };
            assert_eq!(rhythm.due(5000), expected, "{came:?}");
        }
    }

    #[test]
    fn a_handle_that_came_once_is_due_an_eighth_of_the_time_since_later() {
        let mut rhythm = Rhythm::default();
        assert_eq!(rhythm.last(), 0);
        assert_eq!(rhythm.beat(1000), None);
        let due = |at| Due {
            at,
            is_known: false,
        };
        assert_eq!(rhythm.due(1800), due(1900));
        assert_eq!(rhythm.due(9000), due(10_000));
        assert_eq!((rhythm.since(1800), rhythm.beat(1800)), (800, Some(800)));
    }
}
