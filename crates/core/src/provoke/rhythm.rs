//! When a handle comes to its wire, and when it is due again.

/// When a handle has come. Times are in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rhythm {
    /// Zero before it has come.
    last: u64,
    /// The longest of its recent intervals. It fades by a 32nd with each that is shorter. Zero before there was one.
    longest: u64,
    /// Its latest intervals, in no order. Zero where there was none yet.
    latest: [u64; LATEST],
    next: usize,
}

/// So many intervals are enough to know a pace, and few enough to notice that it has changed.
const LATEST: usize = 8;

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
        if let Some(oldest) = self.latest.get_mut(self.next) {
            *oldest = interval;
        }
        self.next = self.next.wrapping_add(1) % LATEST;
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

impl Rhythm {
    /// How long it may still be until it comes, if that is likely within this time: of its latest intervals that are not over
    /// yet, at least half end by then. An eighth of the interval is added to the last of these. `None` before it has come three
    /// times.
    pub(super) fn likely_within(&self, now: u64, time: u64) -> Option<u64> {
        let since = self.since(now);
        let known = self.latest.iter().filter(|interval| **interval != 0);
        if known.clone().count() < 2 {
            return None;
        }
        let open = known.filter(|interval| **interval >= since);
        let end = since.saturating_add(time);
        let ends = open.clone().filter(|interval| **interval <= end);
        let (open, ends, last) = (open.count(), ends.clone().count(), ends.max()?);
        let late = last.saturating_add(last / 8);
        (ends.saturating_mul(2) >= open).then(|| late.saturating_sub(since))
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

    #[test]
    fn a_handle_is_likely_to_come_where_half_of_its_open_intervals_end() {
        // Its intervals, how long ago it came, and how long it may still be, looking ahead for 10.
        let table: &[(&[u64], u64, Option<u64>)] = &[
            (&[], 5, None),
            // It has come twice: that is no pace.
            (&[40], 39, None),
            (&[40, 40], 29, None),
            (&[40, 40], 30, Some(15)),
            (&[40, 40], 40, Some(5)),
            // It is overdue.
            (&[40, 40], 41, None),
            // Half of them end within the next 10, or fewer.
            (&[32, 40, 48, 56], 30, Some(15)),
            (&[32, 48, 56], 30, None),
            // Those that are over do not count.
            (&[32, 48, 56], 40, Some(14)),
            (&[80, 88, 96, 104, 112, 120], 80, None),
            (&[80, 88, 96, 104, 112, 120], 100, None),
            (&[80, 88, 96, 104, 112, 120], 104, Some(22)),
            (&[80, 88, 96, 104, 112, 120], 110, Some(25)),
            // Of nine the first is forgotten.
            (&[16, 40, 40, 40, 40, 40, 40, 40, 40], 6, None),
        ];
        for (intervals, since, expected) in table {
            let mut rhythm = Rhythm::default();
            let mut now = 1000;
            let _ = rhythm.beat(now);
            for interval in *intervals {
                now += interval;
                let _ = rhythm.beat(now);
            }
            let likely = rhythm.likely_within(now + since, 10);
            assert_eq!(likely, *expected, "{intervals:?} {since}");
        }
    }
}
