//! Whether a writer is held for another one, and how long.

use super::clock::MILLISECOND;
use super::limits::Limits;
use super::pairs::Course;
use super::rhythm::Rhythm;

/// A hold that is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Length {
    pub(super) nanos: u64,
    /// The other one keeps a pace, and is due before it ends.
    pub(super) is_expected: bool,
}

/// How far beyond the time at which the other is due.
const MARGIN: u64 = MILLISECOND / 2;

/// A shorter hold is not worth its sleep.
const SHORTEST: u64 = MILLISECOND;

/// How long a writer that comes now is held for a handle with this rhythm. `course` is what is known of earlier holds of this
/// one for that one.
///
/// A hold that is likely to be met is the best use of a small budget, so it comes first. Where the pace is not known, the
/// first near miss (a handle that came, or is due, within the longest hold) may be the only one of the run.
pub(super) fn length(now: u64, other: &Rhythm, course: &Course, limits: &Limits) -> Option<Length> {
    let longest = limits.longest;
    let due = other.due(now);
    let wait = due.at.saturating_sub(now);
    let is_soon = wait > 0 && wait <= longest;
    let is_first = course.has_no_hold();
    let is_near = is_soon || other.since(now) <= longest;
    let (nanos, is_expected) = if let Some(wait) = other.likely_within(now, longest) {
        (wait.saturating_add(MARGIN), true)
    } else if is_soon && (due.is_known || !is_first) {
        (wait.saturating_add(MARGIN), due.is_known)
    } else if is_first && is_near || wait == 0 {
        (longest, false)
    } else {
        return None;
    };
    Some(Length {
        nanos: nanos.max(SHORTEST).min(longest),
        is_expected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = MILLISECOND;

    /// A handle that came at these milliseconds.
    fn rhythm(came: &[u64]) -> Rhythm {
        let mut rhythm = Rhythm::default();
        for ms in came {
            let _ = rhythm.beat(ms * MS);
        }
        rhythm
    }

    fn held_once() -> Course {
        let mut course = Course::default();
        course.note_hold(0, MS, false);
        course
    }

    #[test]
    fn a_writer_is_held_until_the_other_is_due_or_for_the_longest_at_the_first_near_miss() {
        let known = |nanos| {
            Some(Length {
                nanos,
                is_expected: true,
            })
        };
        let blind = |nanos| {
            Some(Length {
                nanos,
                is_expected: false,
            })
        };
        let first = Course::default();
        let later = held_once();
        let ten = Limits::LIGHT;
        // When the other came, when this one comes, what is known, and the hold.
        let table: &[(&[u64], u64, &Course, Option<Length>)] = &[
            // The other comes every 8 ms: it is due 9 ms after it came last.
            (&[92, 100], 102, &first, known(7 * MS + MARGIN)),
            (&[92, 100], 102, &later, known(7 * MS + MARGIN)),
            // It is due within a moment.
            (&[92, 100], 108, &first, known(MS + MARGIN)),
            // It is overdue.
            (&[92, 100], 130, &later, blind(10 * MS)),
            // It came some milliseconds ago, and comes every 80 ms: only the first near miss is worth a hold.
            (&[20, 100], 105, &first, blind(10 * MS)),
            (&[20, 100], 105, &later, None),
            (&[20, 100], 130, &first, None),
            // It comes every 80 ms or so: it is likely to come soon before it is due.
            (&[20, 100, 176, 256], 320, &first, None),
            (&[20, 100, 176, 256], 327, &later, known(10 * MS)),
            (&[20, 100, 176, 256], 335, &later, known(10 * MS)),
            // It came once.
            (&[100], 108, &first, blind(10 * MS)),
            (&[100], 108, &later, blind(MS + MARGIN)),
            (&[100], 900, &first, None),
            (&[100], 900, &later, None),
        ];
        for (came, now, course, expected) in table {
            let length = length(now * MS, &rhythm(came), course, &ten);
            assert_eq!(length, *expected, "{came:?} {now}");
        }
    }

    #[test]
    fn a_hold_is_never_longer_than_the_longest_nor_too_short_to_sleep() {
        let limits = Limits::LIGHT;
        for now in 100..400 {
            let length = length(now * MS, &rhythm(&[91, 100]), &held_once(), &limits);
            let nanos = length.map_or(MS, |length| length.nanos);
            assert!((MS..=10 * MS).contains(&nanos), "{now}: {nanos}");
        }
    }
}
