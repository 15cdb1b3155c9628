//! What is known of two call sites that come to the same wires.

use super::limits::Limits;
use super::side::End;
use crate::witness::Lock;

/// What is known of two call sites. Times are in nanoseconds.
#[derive(Debug, Clone, Default)]
pub(super) struct Pair {
    /// How often the two have met.
    met: u64,
    /// How often they came close, and the shortest time between the two.
    near: u64,
    nearest: Option<u64>,
    /// Of the holds of either side.
    first: Course,
    second: Course,
    /// A watched lock that both held.
    lock: Option<Lock>,
}

/// What is known of the holds of one side for the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Course {
    /// How often this side came to a wire while the other one was known on it.
    pub(super) came: u64,
    pub(super) holds: u64,
    pub(super) held: u64,
    misses: u32,
    /// Of these, those in which the other one was expected.
    expected_misses: u32,
    /// Until then it is not held.
    not_before: u64,
    /// How often on end the other came as soon as a hold was over that it had missed.
    at_once: u8,
}

/// Why a writer is not held for another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skip {
    /// The two were found.
    Found,
    /// Something that is not watched puts the two in order.
    Ordered,
    /// Both hold one watched lock.
    CommonLock,
    /// It was held in vain a short while ago.
    Backoff,
    /// It was held in vain long enough.
    InVain,
}

impl Course {
    /// So often on end the other comes at once before the two are taken to be ordered. Once is too little: true races were
    /// dropped.
    const ORDERED: u8 = 2;

    pub(super) fn has_no_hold(&self) -> bool {
        self.holds == 0
    }

    pub(super) fn is_ordered(&self) -> bool {
        self.at_once >= Self::ORDERED
    }

    /// A hold begins. Until the two meet it counts as one in vain, after which there is a pause: at first twice as long as the hold,
    /// and longer with each one, most of all with those in which the other was expected.
    pub(super) fn note_hold(&mut self, now: u64, length: u64, is_expected: bool) {
        self.holds = self.holds.saturating_add(1);
        self.held = self.held.saturating_add(length);
        self.misses = self.misses.saturating_add(1);
        self.expected_misses = self.expected_misses.saturating_add(u32::from(is_expected));
        let doublings = self.expected_misses.saturating_mul(2);
        let doublings = doublings
            .saturating_add(self.misses)
            .min(Self::MOST_DOUBLINGS);
        let pause = length.saturating_mul(1 << doublings);
        self.not_before = now.saturating_add(length).saturating_add(pause);
    }

    const MOST_DOUBLINGS: u32 = 24;
}

impl Pair {
    pub(super) fn course(&self, end: End) -> &Course {
        match end {
            End::First => &self.first,
            End::Second => &self.second,
        }
    }

    pub(super) fn course_mut(&mut self, end: End) -> &mut Course {
        match end {
            End::First => &mut self.first,
            End::Second => &mut self.second,
        }
    }

    /// Why this side is not held for the other one now, if it is not.
    pub(super) fn skip(&self, end: End, now: u64, limits: &Limits) -> Option<Skip> {
        let course = self.course(end);
        if self.met > 0 {
            Some(Skip::Found)
        } else if course.is_ordered() {
            Some(Skip::Ordered)
        } else if self.lock.is_some() {
            Some(Skip::CommonLock)
        } else if now < course.not_before {
            Some(Skip::Backoff)
        } else if self.held() >= limits.most_in_vain {
            Some(Skip::InVain)
        } else {
            None
        }
    }

    /// Whether a hold of this length stays below what a pair may be held in vain.
    pub(super) fn has_room_for(&self, length: u64, limits: &Limits) -> bool {
        self.held().saturating_add(length) <= limits.most_in_vain
    }

    /// How long both sides were held together.
    pub(super) fn held(&self) -> u64 {
        self.first.held.saturating_add(self.second.held)
    }

    /// One came while the other was on the wire.
    pub(super) fn note_came(&mut self, end: End) {
        let course = self.course_mut(end);
        course.came = course.came.saturating_add(1);
    }

    /// One came so long after the other.
    pub(super) fn note_gap(&mut self, gap: u64, is_near: bool) {
        self.near = self.near.saturating_add(u64::from(is_near));
        self.nearest = Some(self.nearest.map_or(gap, |nearest| nearest.min(gap)));
    }

    pub(super) fn note_met(&mut self) {
        self.met = self.met.saturating_add(1);
    }

    /// Both hold this lock.
    pub(super) fn note_common_lock(&mut self, lock: Lock) {
        self.lock = Some(lock);
    }

    /// The other one came when a hold of this side was over that it had missed: at once, or later.
    pub(super) fn note_after_miss(&mut self, end: End, came_at_once: bool) {
        let course = self.course_mut(end);
        if !came_at_once && !course.is_ordered() {
            course.at_once = 0;
        } else if came_at_once {
            course.at_once = course.at_once.saturating_add(1);
        }
    }

    pub(super) fn met(&self) -> u64 {
        self.met
    }

    pub(super) fn near(&self) -> u64 {
        self.near
    }

    pub(super) fn nearest(&self) -> Option<u64> {
        self.nearest
    }

    pub(super) fn lock(&self) -> Option<&Lock> {
        self.lock.as_ref()
    }
}

/// Whether a writer that comes now was kept from coming by the hold of another one that it missed: it comes as soon as that was
/// over, and would have come earlier by its own last interval.
pub(super) fn came_at_once(since_end: u64, interval: Option<u64>, held: u64) -> bool {
    since_end < AT_ONCE && interval.is_some_and(|interval| interval > held / 2)
}

/// A writer that comes so soon after a hold is over has waited for it.
const AT_ONCE: u64 = 500_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provoke::clock::MILLISECOND as MS;

    const FULL: Limits = Limits::FULL;

    #[test]
    fn a_side_pauses_longer_after_each_hold_in_vain_and_longest_if_the_other_was_expected() {
        // Which holds were before, of 1 ms each, and how many milliseconds there is no other one after the last.
        let table: &[(&[bool], u64)] = &[
            (&[false], 2),
            (&[false, false], 4),
            (&[false, false, false], 8),
            (&[true], 8),
            (&[true, true], 64),
            (&[false, true], 16),
        ];
        for (holds, pause) in table {
            let mut pair = Pair::default();
            for is_expected in *holds {
                pair.course_mut(End::First).note_hold(0, MS, *is_expected);
            }
            let over = (1 + pause) * MS;
            let skip = |now| pair.skip(End::First, now, &FULL);
            assert_eq!(skip(over - 1), Some(Skip::Backoff), "{holds:?}");
            assert_eq!(skip(over), None, "{holds:?}");
            assert_eq!(pair.skip(End::Second, 0, &FULL), None);
        }
    }

    #[test]
    fn two_that_have_met_are_not_held_again_on_either_side() {
        let mut pair = Pair::default();
        pair.note_met();
        for end in [End::First, End::Second] {
            assert_eq!(pair.skip(end, u64::MAX, &FULL), Some(Skip::Found));
        }
    }

    #[test]
    fn a_side_is_ordered_when_the_other_comes_at_once_twice_on_end() {
        // Whether the other came at once, hold by hold, and whether the two are ordered then.
        let table: &[(&[bool], bool)] = &[
            (&[true], false),
            (&[true, true], true),
            (&[true, false, true], false),
            (&[true, false, true, true], true),
            (&[true, true, false], true),
            (&[false, false], false),
        ];
        for (came, is_ordered) in table {
            let mut pair = Pair::default();
            came.iter()
                .for_each(|at_once| pair.note_after_miss(End::Second, *at_once));
            let skip = pair.skip(End::Second, 0, &FULL);
            assert_eq!(skip == Some(Skip::Ordered), *is_ordered, "{came:?}");
            assert_eq!(pair.skip(End::First, 0, &FULL), None, "{came:?}");
        }
    }

    #[test]
    fn a_writer_has_waited_if_it_comes_as_soon_as_a_hold_is_over_and_would_have_come_in_it() {
        for (since_end, interval, held, expected) in [
            (0, Some(10 * MS), 10 * MS, true),
            (AT_ONCE, Some(10 * MS), 10 * MS, false),
            (AT_ONCE - 1, Some(6 * MS), 10 * MS, true),
            // It comes so often that it may just be its time.
            (0, Some(5 * MS), 10 * MS, false),
            (0, None, 10 * MS, false),
        ] {
            assert_eq!(came_at_once(since_end, interval, held), expected);
        }
    }

    #[test]
    fn a_pair_is_held_in_vain_for_three_of_the_longest_holds_and_no_longer_in_light() {
        let light = Limits::LIGHT;
        let mut pair = Pair::default();
        for (end, expected) in [
            (End::First, None),
            (End::Second, None),
            (End::First, Some(Skip::InVain)),
        ] {
            let left = 30 * MS - pair.held();
            assert!(pair.has_room_for(left, &light) && !pair.has_room_for(left + 1, &light));
            pair.course_mut(end).note_hold(0, 10 * MS, false);
            assert_eq!(pair.skip(end, u64::MAX, &light), expected);
            assert_eq!(pair.skip(end, u64::MAX, &FULL), None);
        }
    }

    #[test]
    fn a_pair_knows_how_often_and_how_near_its_sides_came() {
        let mut pair = Pair::default();
        for (end, gap, is_near) in [
            (End::First, 900, true),
            (End::Second, 800, true),
            (End::First, 2000, false),
        ] {
            pair.note_came(end);
            pair.note_gap(gap, is_near);
        }
        // The other one was gone.
        pair.note_gap(1900, false);
        assert_eq!((pair.near(), pair.nearest()), (2, Some(800)));
        let came = [End::First, End::Second].map(|end| pair.course(end).came);
        assert_eq!(came, [2, 1]);
    }
}
