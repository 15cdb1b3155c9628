//! The holds of one wire: who comes when, who is held for whom, and what came of it.

use super::clock::{self, MILLISECOND};
use super::hold;
use super::pairs::{Pair, came_at_once};
use super::place::{self, Ground};
use super::process::{Planned, Shared, SpotRecord};
use super::rhythm::Rhythm;
use super::rule::{self, Length, Limits};
use super::side::{Couple, End, Spot};
use crate::wire::{Caller, Claimed, NearMiss, Provoked, Side, WireProvoker};
use crate::witness::{Lock, Runner, Stack, try_held_locks};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::Waker;
use std::time::{Duration, Instant};

/// How many handles of one wire are known.
const MOST_TRACKS: usize = 64;

/// How many pairs that came close are told of one wire.
const MOST_NEAR: usize = 16;

/// Two that come closer than this are a near miss.
const NEAR: u64 = 100 * MILLISECOND;

/// The holds of one wire.
#[derive(Debug)]
pub(super) struct WireHolds {
    shared: Arc<Shared>,
    /// Only the holder of the claim asks, so that hardly any two threads come for it.
    tracks: Mutex<Vec<Track>>,
    /// Those that came close here, for the page.
    near: Mutex<Vec<NearMiss>>,
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

impl Coming {
    fn of(claimed: &Claimed<'_>) -> Coming {
        Coming {
            handle: claimed.caller.handle,
            spot: Spot::of(&claimed.caller),
            runner: Runner::this(),
            now: clock::now(),
        }
    }
}

/// A hold that is to be, and for whom.
struct Plan {
    length: Length,
    /// `None` for a hold for any handle.
    other: Option<Other>,
    /// The call site is in the plan.
    is_planned: bool,
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
            near: Mutex::default(),
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
        let coming = Coming::of(claimed);
        self.note_coming(&mut tracks, &coming, claimed.caller.side)?;
        self.note_spot(&coming, true);
        let best = self.best(&tracks, &coming, limits);
        if claimed.was_held || !hold::may_hold() {
            return None;
        }
        let plan = match self.planned(&tracks, &coming).or(best) {
            Some(plan) => plan,
            None => self.eager(&tracks, &coming, claimed.handles, limits)?,
        };
        let has_budget = || hold::has_budget(coming.now, plan.length.nanos, limits.longest);
        if !plan.is_planned && !has_budget() {
            return None;
        }
        let ground = place::ground(claimed.is_polled);
        let may_split = claimed.is_polled && self.shared.splits();
        if ground == Ground::Nowhere && !may_split {
            return None;
        }
        if self.has_common_lock(&mut tracks, &coming, &plan)? {
            return None;
        }
        self.note_hold(&plan, &coming)?;
        Some((plan, ground))
    }

    /// A writer has come to a wire that has no other handle.
    fn note_alone(&self, claimed: &Claimed<'_>) {
        let coming = Coming::of(claimed);
        self.note_spot(&coming, false);
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
        Some(())
    }

    /// Notes that a writer has come from a call site. Takes a backtrace the first time, if only that tells which line it is, or in which
    /// function: lines may have moved since the plan was made.
    fn note_spot(&self, coming: &Coming, is_among_others: bool) {
        let plan = &self.shared.plan;
        let needs_stack = self.shared.spots.try_with(&coming.spot, |record| {
            let count = if is_among_others {
                &mut record.came
            } else {
                &mut record.came_alone
            };
            *count = count.saturating_add(1);
            if record.planned != Planned::Unknown {
                return false;
            }
            let is_planned = plan.has(&coming.spot.to_side());
            record.planned = if is_planned {
                Planned::ALL
            } else {
                Planned::No
            };
            coming.spot.needs_backtrace() || !plan.is_empty()
        });
        if needs_stack == Some(true) {
            let stack = Stack::capture();
            self.shared
                .spots
                .try_with(&coming.spot, |record| record.stack = Some(stack));
        }
    }

    /// A hold of a call site that is in the plan: for a planned one of another handle, if there is one on the wire.
    fn planned(&self, tracks: &[Track], coming: &Coming) -> Option<Plan> {
        let take = |record: &mut SpotRecord| !record.has_met && record.planned.take();
        let is_planned =
            !self.shared.plan.is_empty() && self.shared.spots.try_with(&coming.spot, take)?;
        if !is_planned {
            return None;
        }
        let is_partner = |track: &&Track| {
            let is_planned = |record: &mut SpotRecord| matches!(record.planned, Planned::Left(_));
            track.is_other(coming)
                && self.shared.spots.try_with(&track.spot, is_planned) == Some(true)
        };
        let partner = tracks
            .iter()
            .filter(is_partner)
            .max_by_key(|track| track.rhythm.last());
        Some(Plan {
            length: Length {
                nanos: Limits::FULL.longest,
                is_expected: false,
            },
            other: partner.map(|track| Other::of(track, coming)),
            is_planned: true,
        })
    }

    /// The shortest hold that is worth it, for one of the other handles.
    fn best(&self, tracks: &[Track], coming: &Coming, limits: &Limits) -> Option<Plan> {
        let others = tracks.iter().filter(|track| track.is_other(coming));
        let plans = others.filter_map(|track| self.plan_for(track, coming, limits));
        plans.min_by_key(|plan| (!plan.length.is_expected, plan.length.nanos))
    }

    fn plan_for(&self, track: &Track, coming: &Coming, limits: &Limits) -> Option<Plan> {
        let other = Other::of(track, coming);
        let Other { couple, held, .. } = other;
        let gap = track.rhythm.since(coming.now);
        if gap <= NEAR {
            self.note_near(couple.spots.map(|spot| spot.side), gap);
        }
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
            other: Some(other),
            is_planned: false,
        })
    }

    /// Two came close on this wire.
    fn note_near(&self, sides: [Side; 2], gap: u64) {
        let Ok(mut near) = self.near.try_lock() else {
            return;
        };
        let gap = Duration::from_nanos(gap);
        let has_room = near.len() < MOST_NEAR;
        match near.iter_mut().find(|known| known.sides == sides) {
            Some(known) => {
                known.nearest = known.nearest.min(gap);
                known.count = known.count.saturating_add(1);
            }
            None if has_room => near.push(NearMiss {
                sides,
                nearest: gap,
                count: 1,
            }),
            None => {}
        }
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
        let take = |record: &mut SpotRecord| !std::mem::replace(&mut record.was_held_eagerly, true);
        let is_first = self.shared.spots.try_with(&coming.spot, take)?;
        is_first.then_some(Plan {
            length: Length {
                nanos: limits.longest,
                is_expected: false,
            },
            other: None,
            is_planned: false,
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
            return self.shared.spots.try_with(&coming.spot, |record| {
                record.held_alone = record.held_alone.saturating_add(1);
            });
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

impl Other {
    fn of(track: &Track, coming: &Coming) -> Other {
        let couple = Couple::of(coming.spot, track.spot);
        Other {
            handle: track.handle,
            held: couple.end(coming.spot),
            couple,
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
    fn on_claim(&self, claimed: &Claimed<'_>) -> Provoked {
        let Some(limits) = self.shared.limits() else {
            return Provoked::No;
        };
        if claimed.handles < 2 {
            self.note_alone(claimed);
            return Provoked::No;
        }
        let Some((plan, ground)) = self.plan(claimed, limits) else {
            return Provoked::No;
        };
        if ground == Ground::Nowhere {
            return Provoked::Split(Duration::from_nanos(plan.length.nanos));
        }
        let (is_hit, held) = hold::wait(claimed.claim, plan.length.nanos, ground);
        if let Some(other) = plan.other.filter(|_| !is_hit) {
            self.note_missed(other, held);
        }
        Provoked::Held(held)
    }

    fn wake_at(&self, at: Instant, waker: &Waker) {
        self.shared.wakes.add(at, waker);
    }

    fn on_met(&self, one: &Caller, other: &Caller) {
        if self.shared.limits().is_some() {
            let couple = Couple::of(Spot::of(one), Spot::of(other));
            self.shared.pairs.try_with(&couple, Pair::note_met);
            for spot in couple.spots {
                self.shared
                    .spots
                    .try_with(&spot, |record| record.has_met = true);
            }
        }
    }

    fn on_gone(&self, handle: u64) {
        let mut tracks = self.tracks.lock().unwrap_or_else(PoisonError::into_inner);
        tracks.retain(|track| track.handle != handle);
    }

    fn near_misses(&self) -> Vec<NearMiss> {
        let near = self.near.lock().unwrap_or_else(PoisonError::into_inner);
        near.clone()
    }
}
