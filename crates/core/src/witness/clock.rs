//! Time on a writer's path. A stamp costs about 10 ns where the processor has a usable counter.
//!
//! The counter must be calibrated once. This takes a millisecond, and up to 200 on a busy machine, so the collector's
//! thread does it. Until then stamps come from `Instant`. Their top bit says which clock they come from.

use once_cell::race::OnceBox;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

// No thread waits for another one to set these: a forked child would do so for ever.
static COUNTER: OnceBox<(quanta::Clock, Anchor)> = OnceBox::new();
static START: OnceBox<Instant> = OnceBox::new();

/// A thread of this process, or of its parent before a fork, began to calibrate the counter.
static HAS_BEGUN: AtomicBool = AtomicBool::new(false);

/// The stamp of the latest [`tick`]. Zero before the first one.
static RECENT: AtomicU64 = AtomicU64::new(0);

/// How much time the process has lost, in nanoseconds.
static LOST: AtomicU64 = AtomicU64::new(0);

/// How often the collector's thread calls [`tick`].
const BEAT: Duration = Duration::from_millis(100);

/// A beat that comes after this was lost.
const LATEST_BEAT: Duration = Duration::from_millis(500);

/// The bit of a stamp that comes from `Instant`.
const FROM_INSTANT: u64 = 1 << 63;

/// One moment, read on both clocks.
struct Anchor {
    raw: u64,
    since_start: Duration,
}

/// Calibrates the counter. Later stamps come from it. A child that was forked meanwhile goes on without: `quanta` would wait
/// for the parent's thread.
pub(crate) fn calibrate() {
    if HAS_BEGUN.swap(true, Relaxed) {
        return;
    }
    let clock = quanta::Clock::new();
    let anchor = Anchor {
        since_start: since_start(),
        raw: clock.raw(),
    };
    // It is set only here.
    let _ = COUNTER.set(Box::new((clock, anchor)));
}

/// Sets the time that [`Stamp::recent_bits`] gives. The collector's thread calls it at every beat. Gives whether the process
/// stood still since the last one.
pub(crate) fn tick() -> bool {
    let lost = lost_since_tick();
    RECENT.store(Stamp::now().0, Relaxed);
    LOST.fetch_add(lost.as_nanos() as u64, Relaxed);
    !lost.is_zero()
}

/// The time that the process lost since the latest [`tick`].
fn lost_since_tick() -> Duration {
    let Some(latest) = Stamp::from_recent_bits(Stamp::recent_bits()) else {
        return Duration::ZERO;
    };
    let since = Stamp::now().micros_since(latest).max(0.0);
    lost_of(Duration::from_micros(since as u64))
}

/// What of the time between two beats was lost. A beat that is a little late has lost nothing.
fn lost_of(gap: Duration) -> Duration {
    if gap <= LATEST_BEAT {
        Duration::ZERO
    } else {
        gap.saturating_sub(BEAT)
    }
}

/// Measures the time in which the process ran. While the process is stopped (SIGSTOP, a debugger, a machine that is
/// suspended or far too busy) the collector's thread loses its beat, and that time does not count.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    start: Instant,
    lost: Duration,
}

impl Stopwatch {
    pub(crate) fn start() -> Stopwatch {
        Stopwatch {
            start: Instant::now(),
            lost: Self::lost(),
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        let lost = Self::lost().saturating_sub(self.lost);
        self.start.elapsed().saturating_sub(lost)
    }

    fn lost() -> Duration {
        Duration::from_nanos(LOST.load(Relaxed)).saturating_add(lost_since_tick())
    }
}

fn since_start() -> Duration {
    START.get_or_init(|| Box::new(Instant::now())).elapsed()
}

/// A moment, as its clock gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp(u64);

impl Stamp {
    #[inline]
    pub(crate) fn now() -> Stamp {
        match COUNTER.get() {
            Some((clock, _)) => Stamp(clock.raw() & !FROM_INSTANT),
            None => Stamp(since_start().as_nanos() as u64 | FROM_INSTANT),
        }
    }

    #[inline]
    pub(crate) fn to_bits(self) -> u64 {
        self.0
    }

    /// The stamp that [`to_bits`](Self::to_bits) gave.
    pub(crate) fn from_bits(bits: u64) -> Stamp {
        Stamp(bits)
    }

    /// The moment of the latest [`tick`]. Costs one load.
    #[inline]
    pub(crate) fn recent_bits() -> u64 {
        RECENT.load(Relaxed)
    }

    /// The stamp that [`recent_bits`](Self::recent_bits) gave. `None` if there was no [`tick`] before it.
    pub(crate) fn from_recent_bits(bits: u64) -> Option<Stamp> {
        (bits != 0).then_some(Stamp(bits))
    }

    /// Microseconds since `earlier`. Negative if this stamp is the earlier one.
    pub(crate) fn micros_since(self, earlier: Stamp) -> f64 {
        self.nanos().saturating_sub(earlier.nanos()) as f64 / 1000.0
    }

    /// Nanoseconds since the clock's start.
    fn nanos(self) -> i128 {
        if self.0 & FROM_INSTANT != 0 {
            return (self.0 & !FROM_INSTANT) as i128;
        }
        let Some((clock, anchor)) = COUNTER.get() else {
            return 0;
        };
        let start = anchor.since_start.as_nanos() as i128;
        let after = clock.delta_as_nanos(anchor.raw, self.0) as i128;
        let before = clock.delta_as_nanos(self.0, anchor.raw) as i128;
        start.saturating_add(after).saturating_sub(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_without_a_beat_is_lost_and_a_late_beat_loses_nothing() {
        let table = [(0, 0), (100, 0), (500, 0), (501, 401), (3_000, 2_900)];
        for (gap, lost) in table {
            assert_eq!(
                lost_of(Duration::from_millis(gap)),
                Duration::from_millis(lost)
            );
        }
    }

    #[test]
    fn stamps_of_both_clocks_are_on_one_scale() {
        let from_instant = Stamp(since_start().as_nanos() as u64 | FROM_INSTANT);
        calibrate();
        let from_counter = Stamp::now();
        let micros = from_counter.micros_since(from_instant);
        assert!((0.0..10_000_000.0).contains(&micros), "{micros}");
        assert_eq!(
            from_counter.micros_since(from_instant),
            -from_instant.micros_since(from_counter)
        );
    }
}
