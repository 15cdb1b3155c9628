//! What the wires of a process share: how long writers may be held now, and what is known of pairs.

use super::budget::Together;
use super::limits::Limits;
use super::pairs::Pair;
use super::plan::{PLANNED_HOLDS, Plan};
use super::shards::Shards;
use super::side::{Couple, Spot};
use super::track::Known;
use super::wakes::Wakes;
use crate::settings::{Policy, Provoke, Settings};
use crate::witness::Stack;
use redhanded_report::near_miss;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, TryLockError};
use std::time::{Duration, Instant};

/// How many pairs of call sites are known.
const MOST_PAIRS: usize = 1000;

/// How many call sites are known.
const MOST_SPOTS: usize = 4000;

/// How many watches live. While there is one, writers are held a little by default.
static WATCHES: AtomicUsize = AtomicUsize::new(0);

/// While it lives, a test watches.
#[derive(Debug)]
pub(crate) struct Watching(());

impl Watching {
    pub(crate) fn begin() -> Watching {
        WATCHES.fetch_add(1, Relaxed);
        Watching(())
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        WATCHES.fetch_sub(1, Relaxed);
    }
}

/// Holds the writers of a process.
#[derive(Debug, Clone)]
pub(crate) struct Holds(Arc<Shared>);

/// What all wires share.
#[derive(Debug)]
pub(super) struct Shared {
    /// `None` for what the watches of tests say.
    mode: Option<Provoke>,
    pub(super) pairs: Shards<Couple, Pair>,
    pub(super) spots: Shards<Spot, SpotRecord>,
    pub(super) plan: Plan,
    /// Call sites are told in a file.
    pub(super) are_spots_told: bool,
    /// No hold is longer, in nanoseconds.
    longest: u64,
    /// How long writers were held, all together, and how long they may be in the time of a stall, in nanoseconds.
    together: Mutex<Periods>,
    most_together: u64,
    pub(super) wakes: Wakes,
}

/// The holds of all writers in the time of a stall, and in a shorter time.
#[derive(Debug, Default)]
struct Periods {
    of_stall: Together,
    short: Together,
}

/// What is known of a call site.
#[derive(Debug, Clone, Default)]
pub(super) struct SpotRecord {
    /// How often it came to a wire of two or more handles.
    pub(super) came: u64,
    /// How often it came to a wire of one handle. Only counted with a plan.
    pub(super) came_alone: u64,
    /// It was held because another handle had not written yet.
    pub(super) was_held_eagerly: bool,
    /// How often it was held for no certain other one.
    pub(super) held_alone: u64,
    /// A writer from here has met another one.
    pub(super) has_met: bool,
    pub(super) planned: Planned,
    /// The backtrace of the first call, until the call has its name.
    pub(super) stack: Option<Stack>,
    /// The call as its backtrace names it.
    pub(super) name: Option<near_miss::Side>,
}

/// Whether a call site is in the plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Planned {
    #[default]
    Unknown,
    No,
    /// It is, and may be held so often.
    Left(u8),
}

impl Planned {
    pub(super) const ALL: Planned = Planned::Left(PLANNED_HOLDS);

    pub(super) fn is_planned(self) -> bool {
        matches!(self, Planned::Left(_))
    }

    /// Whether one of the holds is left.
    pub(super) fn is_left(self) -> bool {
        matches!(self, Planned::Left(left) if left > 0)
    }

    /// Takes one of the holds that are left.
    pub(super) fn take(&mut self) -> bool {
        match self {
            Planned::Left(left) if *left > 0 => {
                *left = left.saturating_sub(1);
                true
            }
            _ => false,
        }
    }
}

impl Holds {
    /// Whether writers are held with these settings, at least while a test watches.
    pub(crate) fn are_on(settings: &Settings) -> bool {
        match settings.provoke {
            Some(mode) => mode != Provoke::Off,
            None => settings.policy == Policy::Observe || settings.plan.is_some(),
        }
    }

    /// Holds writers as the settings say, at these call sites first. `None` if they never are.
    pub(crate) fn new(settings: &Settings, plan: Plan) -> Option<Holds> {
        Self::are_on(settings).then(|| {
            // Who names a plan asks for holds.
            let by_plan = settings.plan.as_ref().map(|_| Provoke::Light);
            Holds(Arc::new(Shared {
                plan,
                are_spots_told: settings.report_dir.is_some(),
                longest: part(4, settings.stall),
                together: Mutex::default(),
                most_together: part(Together::PERIOD, settings.stall),
                wakes: Wakes::default(),
                mode: settings.provoke.or(by_plan),
                pairs: Shards::with_room_for(MOST_PAIRS),
                spots: Shards::with_room_for(MOST_SPOTS),
            }))
        })
    }
}

impl Holds {
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.0
    }

    /// Wakes the tasks whose writes go on now. The worker calls it every so often.
    pub(crate) fn on_tick(&self) {
        self.0.wakes.wake(Instant::now());
    }

    /// Whether there is a plan.
    pub(crate) fn has_plan(&self) -> bool {
        !self.0.plan.is_empty()
    }

    /// What is in force now: the value of `REDHANDED_PROVOKE`.
    pub(crate) fn mode(&self) -> &'static str {
        let by_watches = self.0.limits().map(|_| Provoke::Light);
        match self.0.mode.or(by_watches) {
            None | Some(Provoke::Off) => "off",
            Some(Provoke::Light) => "light",
            Some(Provoke::Full) => "full",
            Some(Provoke::FullSplit) => "full+split",
        }
    }
}

impl Shared {
    /// Whether half a frame is handed on where a thread must not wait.
    pub(super) fn splits(&self) -> bool {
        self.mode == Some(Provoke::FullSplit)
    }

    /// How long writers may be held now. `None` if they may not.
    pub(super) fn limits(&self) -> Option<Limits> {
        let limits = limits(self.mode, WATCHES.load(Relaxed) > 0)?;
        Some(limits.within(self.longest))
    }

    /// A handle is gone, and with it the use of what is known under its number. It is still told, if there is room.
    pub(super) fn forget(&self, gone: &Known) {
        if !self.are_spots_told || self.spots.is_half_full() {
            self.spots.remove(&gone.spots);
        }
        if !self.are_spots_told || self.pairs.is_half_full() {
            self.pairs.remove(&gone.couples);
        }
    }

    /// Takes the time for a hold of this length, if there is any: the holds of all writers, one behind the other, make no stall
    /// either. `None` if another thread takes some now.
    pub(super) fn take_time(&self, now: u64, length: u64, most_in_short: u64) -> Option<bool> {
        let mut together = match self.together.try_lock() {
            Ok(together) => together,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let is_left = together.short.take(now, length, most_in_short)
            && together.of_stall.take(now, length, self.most_together);
        Some(is_left)
    }

    /// How long a planned call site is held, in nanoseconds.
    pub(super) fn planned_hold(&self) -> u64 {
        Limits::FULL.within(self.longest).longest
    }
}

fn limits(mode: Option<Provoke>, is_watched: bool) -> Option<Limits> {
    match mode {
        None if is_watched => Some(Limits::LIGHT),
        None | Some(Provoke::Off) => None,
        Some(Provoke::Light) => Some(Limits::LIGHT),
        Some(Provoke::Full | Provoke::FullSplit) => Some(Limits::FULL),
    }
}

/// This part of the time that makes a wait a stall, in nanoseconds. Others may wait for a lock of a held writer.
fn part(divisor: u64, stall: Option<Duration>) -> u64 {
    let nanos = |stall: Duration| u64::try_from(stall.as_nanos()).unwrap_or(u64::MAX);
    stall.map_or(u64::MAX, |stall| {
        nanos(stall).checked_div(divisor).unwrap_or(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_writers_are_held_a_little_while_a_test_watches() {
        for (mode, is_watched, expected) in [
            (None, false, None),
            (None, true, Some(Limits::LIGHT)),
            (Some(Provoke::Off), true, None),
            (Some(Provoke::Light), false, Some(Limits::LIGHT)),
            (Some(Provoke::Full), true, Some(Limits::FULL)),
            (Some(Provoke::FullSplit), false, Some(Limits::FULL)),
        ] {
            assert_eq!(limits(mode, is_watched), expected, "{mode:?} {is_watched}");
        }
    }

    #[test]
    fn no_hold_is_long_enough_to_make_a_stall_of_a_wait_for_the_held_writer() {
        let held = |stall: Option<Duration>| {
            let settings = Settings::default().provoke(Provoke::Full).stall(stall);
            let holds = Holds::new(&settings, Plan::default()).expect("it is on");
            let longest = holds.0.limits().expect("it is on").longest;
            assert_eq!(longest, holds.0.planned_hold());
            Duration::from_nanos(longest)
        };
        let ms = Duration::from_millis;
        assert_eq!(held(Some(ms(60))), ms(15));
        assert_eq!(held(Some(ms(1000))), ms(100));
        assert_eq!(held(None), ms(100));
    }

    #[test]
    fn under_another_policy_writers_are_held_only_if_that_is_asked_for_by_name() {
        let settings = Settings::default;
        for (settings, is_on) in [
            (settings(), true),
            (settings().policy(Policy::Error), false),
            (settings().policy(Policy::Panic), false),
            (
                settings().policy(Policy::Error).provoke(Provoke::Light),
                true,
            ),
            (settings().policy(Policy::Error).plan("plan.json"), true),
            (settings().plan("plan.json").provoke(Provoke::Off), false),
            (settings().provoke(Provoke::Off), false),
        ] {
            assert_eq!(Holds::are_on(&settings), is_on, "{settings:?}");
        }
    }
}
