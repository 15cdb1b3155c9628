//! Time on a writer's path. Where the processor has a counter of one speed, a stamp is its value.
//!
//! How fast the counter is shows itself between the first tick of the collector's thread and a later one. Until then stamps come
//! from `Instant`. Their top bit says which clock they come from.

#[cfg(target_arch = "x86_64")]
#[path = "clock/x86_64.rs"]
mod counter;
#[cfg(not(target_arch = "x86_64"))]
#[path = "clock/no_counter.rs"]
mod counter;

use once_cell::race::OnceBox;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

// No thread waits for another one to set these: a forked child would do so for ever.
/// When the comparison began. `None` if the counter is no clock.
static FIRST: OnceBox<Option<Anchor>> = OnceBox::new();
static SCALE: OnceBox<Scale> = OnceBox::new();
static START: OnceBox<Instant> = OnceBox::new();

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

/// The bit of a stamp that is only known roughly: the moment was not before it.
const IS_ROUGH: u64 = 1;

/// The time that the counter is compared with `Instant` for. The two are read within some 100 ns of each other, so that the scale
/// is exact to some millionths.
const COMPARED_FOR: Duration = Duration::from_millis(50);

/// How often both clocks are read for an anchor. The thread may be interrupted between the two.
const READINGS: usize = 8;

/// One moment, read on both clocks.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    raw: u64,
    since_start: Duration,
}

impl Anchor {
    fn now() -> Anchor {
        let reading = || {
            let before = counter::read();
            let since_start = since_start();
            let took = counter::read().saturating_sub(before);
            let raw = before.saturating_add(took >> 1);
            (took, Anchor { raw, since_start })
        };
        let mut best = reading();
        for _ in 1..READINGS {
            let next = reading();
            if next.0 < best.0 {
                best = next;
            }
        }
        best.1
    }
}

/// The counter as a clock.
#[derive(Debug)]
struct Scale {
    anchor: Anchor,
    /// So many steps of the counter take so many nanoseconds.
    steps: u64,
    nanos: u64,
}

impl Scale {
    /// `None` while too little time is between the two moments, or the counter stood still.
    fn between(first: Anchor, second: Anchor) -> Option<Scale> {
        let time = second.since_start.saturating_sub(first.since_start);
        let steps = second.raw.saturating_sub(first.raw);
        (time >= COMPARED_FOR && steps > 0).then_some(Scale {
            anchor: second,
            steps,
            nanos: time.as_nanos() as u64,
        })
    }

    /// Nanoseconds since the clock's start.
    fn nanos_at(&self, raw: u64) -> i128 {
        let steps = i128::from(raw).saturating_sub(self.anchor.raw.into());
        let nanos = steps
            .saturating_mul(self.nanos.into())
            .checked_div(self.steps.into());
        let start = self.anchor.since_start.as_nanos() as i128;
        start.saturating_add(nanos.unwrap_or(0))
    }
}

/// Compares the counter with `Instant`. Once this has been done for long enough, later stamps come from the counter.
fn calibrate() {
    if SCALE.get().is_some() {
        return;
    }
    let first = *FIRST.get_or_init(|| Box::new(counter::is_steady().then(Anchor::now)));
    let scale = first.and_then(|first| Scale::between(first, Anchor::now()));
    if let Some(scale) = scale {
        SCALE.get_or_init(|| Box::new(scale));
    }
}

/// Sets the time that [`Stamp::recent_bits`] gives. The collector's thread calls it at every beat. Gives whether the process
/// stood still since the last one.
pub(crate) fn tick() -> bool {
    calibrate();
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
    #[inline(always)]
    pub(crate) fn now() -> Stamp {
        match SCALE.get() {
            Some(_) => Stamp(counter::read() & !(FROM_INSTANT | IS_ROUGH)),
            None => Stamp((since_start().as_nanos() as u64 | FROM_INSTANT) & !IS_ROUGH),
        }
    }

    #[inline(always)]
    pub(crate) fn to_bits(self) -> u64 {
        self.0
    }

    /// The stamp that [`to_bits`](Self::to_bits) gave.
    pub(crate) fn from_bits(bits: u64) -> Stamp {
        Stamp(bits)
    }

    /// The moment of the latest [`tick`]. Costs one load.
    #[inline(always)]
    pub(crate) fn recent_bits() -> u64 {
        RECENT.load(Relaxed)
    }

    /// The moment as it is known without a clock: not before this stamp, which is that of the latest [`tick`], and later than all
    /// that were given before. Costs two loads. Where the collector's thread is busy, its latest tick may be a second ago.
    #[inline(always)]
    pub(crate) fn roughly_after(latest: Stamp) -> Stamp {
        let recent = RECENT.load(Relaxed);
        // Signed: the stamps that come from `Instant` are the earlier ones, and have the top bit.
        let is_later = recent as i64 > latest.0 as i64;
        let after_latest = latest.0.wrapping_add(IS_ROUGH << 1);
        Stamp(if is_later { recent } else { after_latest } | IS_ROUGH)
    }

    /// Whether the moment was at this stamp or some time behind it.
    pub(crate) fn is_rough(self) -> bool {
        self.0 & IS_ROUGH != 0
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
        SCALE.get().map_or(0, |scale| scale.nanos_at(self.0))
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
    fn rough_stamps_are_in_their_order_and_no_later_than_the_moment() {
        tick();
        let mut latest = Stamp::now();
        for _ in 0..1_000 {
            let rough = Stamp::roughly_after(latest);
            assert!(rough.is_rough() && !Stamp::now().is_rough());
            assert!(rough.0 as i64 > latest.0 as i64);
            latest = rough;
        }
        assert!(Stamp::now().micros_since(latest) >= 0.0);
        let early = Stamp(7 | FROM_INSTANT);
        let rough = Stamp::roughly_after(early);
        assert_eq!(rough, Stamp(RECENT.load(Relaxed) | IS_ROUGH));
    }

    #[test]
    fn a_scale_is_made_of_two_moments_that_are_far_enough_apart() {
        let at = |raw, millis| Anchor {
            raw,
            since_start: Duration::from_millis(millis),
        };
        let first = at(1_000, 7);
        assert!(Scale::between(first, at(9_000, 56)).is_none());
        assert!(Scale::between(first, at(1_000, 90)).is_none());
        let scale = Scale::between(first, at(301_000, 107)).unwrap();
        for (raw, nanos) in [
            (301_000, 107_000_000),
            (301_003, 107_001_000),
            (1_000, 7_000_000),
            (0, 6_666_667),
        ] {
            assert_eq!(scale.nanos_at(raw), nanos, "{raw}");
        }
    }

    #[test]
    fn stamps_of_both_clocks_are_on_one_scale() {
        let from_instant = Stamp(since_start().as_nanos() as u64 | FROM_INSTANT);
        while counter::is_steady() && SCALE.get().is_none() {
            calibrate();
            std::thread::yield_now();
        }
        let from_counter = Stamp::now();
        let micros = from_counter.micros_since(from_instant);
        assert!((0.0..10_000_000.0).contains(&micros), "{micros}");
        assert_eq!(
            from_counter.micros_since(from_instant),
            -from_instant.micros_since(from_counter)
        );
    }
}
