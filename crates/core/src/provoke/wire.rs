//! The holds of one wire: who comes when, who is held for whom, and what came of it.

use super::clock::{self, MILLISECOND};
use super::hold;
use super::pairs::{Pair, came_at_once};
use super::place::{self, Ground};
use super::process::Shared;
use super::rhythm::Rhythm;
use super::rule::{self, Length, Limits};
use super::side::{Couple, End, Spot};
use crate::wire::{Caller, Claimed, Side, WireProvoker};
use crate::witness::{Lock, Runner, try_held_locks};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

/// How many handles of one wire are known.
const MOST_TRACKS: usize = 64;

/// Two that come closer than this are a near miss.
const NEAR: u64 = 100 * MILLISECOND;

/// The holds of one wire.
#[derive(Debug)]
pub(super) struct WireHolds {
    shared: Arc<Shared>,
    /// Only the holder of the claim asks, so that hardly any two threads come for it.
    tracks: Mutex<Vec<Track>>,
}

/// What is known of a handle.
#[derive(Debug)]
struct Track {
    handle: u64,
    side: Side,
    spot: Spot,
    runner: Runner,
    rhythm: Rhythm,
    /// The watched locks that it had when it was last about to be held.
    locks: Vec<Lock>,
    missed: Option<Missed>,
}

/// A hold of another handle that this one did not come into.
#[derive(Debug, Clone, Copy)]
struct Missed {
    couple: Couple,
    held: End,
    ended: u64,
    length: u64,
}

/// A writer that has just come.
struct Coming {
    handle: u64,
    spot: Spot,
    runner: Runner,
    now: u64,
}

/// A hold that is to be, and for whom.
struct Plan {
    length: Length,
    /// `None` for a hold for any handle.
    other: Option<Other>,
}

/// The handle that a writer is held for.
#[derive(Clone, Copy)]
struct Other {
    handle: u64,
    couple: Couple,
    /// Which of the couple is held.
    held: End,
}

impl WireHolds {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        WireHolds {
            shared,
            tracks: Mutex::default(),
        }
    }

    fn try_tracks(&self) -> Option<MutexGuard<'_, Vec<Track>>> {
        match self.tracks.try_lock() {
            Ok(tracks) => Some(tracks),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Notes that a writer has come, and plans its hold.
    fn plan(&self, claimed: &Claimed<'_>, limits: &Limits) -> Option<(Plan, Ground)> {
        let mut tracks = self.try_tracks()?;
        let coming = Coming {
            handle: claimed.caller.handle,
            spot: Spot::of(&claimed.caller),
            runner: Runner::this(),
            now: clock::now(),
        };
        self.note_coming(&mut tracks, &coming, claimed.caller.side)?;
        let best = self.best(&tracks, &coming, limits);
        if claimed.was_held || !hold::may_hold() {
            return None;
        }
        let plan = match best {
            Some(plan) => plan,
            None => self.eager(&tracks, &coming, claimed.handles, limits)?,
        };
        if !hold::has_budget(coming.now, plan.length.nanos, limits.longest) {
            return None;
        }
        let ground = place::ground(claimed.is_polled);
        if ground == Ground::Nowhere || self.has_common_lock(&mut tracks, &coming, &plan)? {
            return None;
        }
        self.note_hold(&plan, &coming)?;
        Some((plan, ground))
    }

    /// Notes that a handle has come. `None` if there are too many on the wire.
    fn note_coming(&self, tracks: &mut Vec<Track>, coming: &Coming, side: Side) -> Option<()> {
        let known = tracks
            .iter()
            .position(|track| track.handle == coming.handle);
        if known.is_none() && tracks.len() >= MOST_TRACKS {
            return None;
        }
        let index = known.unwrap_or(tracks.len());
        if known.is_none() {
            tracks.push(Track {
                handle: coming.handle,
                side,
                spot: coming.spot,
                runner: coming.runner,
                rhythm: Rhythm::default(),
                locks: Vec::new(),
                missed: None,
            });
        }
        let track = tracks.get_mut(index)?;
        (track.side, track.spot, track.runner) = (side, coming.spot, coming.runner);
        let interval = track.rhythm.beat(coming.now);
        if let Some(missed) = track.missed.take() {
            let since_end = coming.now.saturating_sub(missed.ended);
            let at_once = came_at_once(since_end, interval, missed.length);
            self.shared.pairs.try_with(&missed.couple, |pair| {
                pair.note_after_miss(missed.held, at_once);
            });
        }
        self.shared.spots.try_with(&coming.spot, |spot| {
            spot.came = spot.came.saturating_add(1);
        });
        Some(())
    }

    /// The shortest hold that is worth it, for one of the other handles.
    fn best(&self, tracks: &[Track], coming: &Coming, limits: &Limits) -> Option<Plan> {
        let others = tracks.iter().filter(|track| track.is_other(coming));
        let plans = others.filter_map(|track| self.plan_for(track, coming, limits));
        plans.min_by_key(|plan| (!plan.length.is_expected, plan.length.nanos))
    }

    fn plan_for(&self, track: &Track, coming: &Coming, limits: &Limits) -> Option<Plan> {
        let couple = Couple::of(coming.spot, track.spot);
        let held = couple.end(coming.spot);
        let gap = track.rhythm.since(coming.now);
        let look = |pair: &mut Pair| {
            pair.note_came(held, gap, gap <= NEAR);
            if pair.skip(held, coming.now, limits).is_some() {
                return None;
            }
            rule::length(coming.now, &track.rhythm, pair.course(held), limits)
        };
        let length = self.shared.pairs.try_with(&couple, look)??;
        Some(Plan {
            length,
            other: Some(Other {
                handle: track.handle,
                couple,
                held,
            }),
        })
    }

    /// A hold of a call site that was not held for a handle that has not written yet.
    fn eager(
        &self,
        tracks: &[Track],
        coming: &Coming,
        handles: usize,
        limits: &Limits,
    ) -> Option<Plan> {
        if !limits.is_eager || handles <= tracks.len() {
            return None;
        }
        let take = |spot: &mut super::process::SpotRecord| {
            !std::mem::replace(&mut spot.was_held_eagerly, true)
        };
        let is_first = self.shared.spots.try_with(&coming.spot, take)?;
        is_first.then_some(Plan {
            length: Length {
                nanos: limits.longest,
                is_expected: false,
            },
            other: None,
        })
    }

    /// Whether the other one has a watched lock that this one has: it cannot come. `None` if that is not known now.
    fn has_common_lock(&self, tracks: &mut [Track], coming: &Coming, plan: &Plan) -> Option<bool> {
        let held = try_held_locks()?;
        let locks: Vec<Lock> = held.into_iter().map(|held| held.lock).collect();
        let other = plan.other.and_then(|other| {
            let track = tracks.iter().find(|track| track.handle == other.handle)?;
            let common = track.locks.iter().find(|lock| locks.contains(lock))?;
            Some((other, *common))
        });
        if let Some(track) = tracks
            .iter_mut()
            .find(|track| track.handle == coming.handle)
        {
            track.locks = locks;
        }
        if let Some((other, lock)) = other {
            self.shared
                .pairs
                .try_with(&other.couple, |pair| pair.note_common_lock(lock));
        }
        Some(other.is_some())
    }

    /// Notes a hold before it begins. `None` if that could not be noted: then there is none.
    fn note_hold(&self, plan: &Plan, coming: &Coming) -> Option<()> {
        let Some(other) = plan.other else {
            return Some(());
        };
        let Length { nanos, is_expected } = plan.length;
        self.shared.pairs.try_with(&other.couple, |pair| {
            pair.course_mut(other.held)
                .note_hold(coming.now, nanos, is_expected);
        })
    }

    /// The other one has not come in all that time.
    fn note_missed(&self, other: Other, length: Duration) {
        let Some(mut tracks) = self.try_tracks() else {
            return;
        };
        let track = tracks.iter_mut().find(|track| track.handle == other.handle);
        if let Some(track) = track {
            track.missed = Some(Missed {
                couple: other.couple,
                held: other.held,
                ended: clock::now(),
                length: u64::try_from(length.as_nanos()).unwrap_or(u64::MAX),
            });
        }
    }
}

impl Track {
    /// Whether it is a handle of another runner that has come before.
    fn is_other(&self, coming: &Coming) -> bool {
        self.handle != coming.handle && self.rhythm.has_come() && !self.runner.is(&coming.runner)
    }
}

impl WireProvoker for WireHolds {
    fn on_claim(&self, claimed: &Claimed<'_>) -> Duration {
        let Some(limits) = self.shared.limits() else {
            return Duration::ZERO;
        };
        let Some((plan, ground)) = self.plan(claimed, limits) else {
            return Duration::ZERO;
        };
        let (is_hit, held) = hold::wait(claimed.claim, plan.length.nanos, ground);
        if let Some(other) = plan.other.filter(|_| !is_hit) {
            self.note_missed(other, held);
        }
        held
    }

    fn on_met(&self, one: &Caller, other: &Caller) {
        if self.shared.limits().is_some() {
            let couple = Couple::of(Spot::of(one), Spot::of(other));
            self.shared.pairs.try_with(&couple, Pair::note_met);
        }
    }

    fn on_gone(&self, handle: u64) {
        let mut tracks = self.tracks.lock().unwrap_or_else(PoisonError::into_inner);
        tracks.retain(|track| track.handle != handle);
    }
}
