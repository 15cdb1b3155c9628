//! The holds of one wire: who comes when, who is held for whom, and what came of it.

use super::clock::{self, MILLISECOND};
use super::hold;
use super::limits::Limits;
use super::pairs::{Pair, came_at_once};
use super::place::{self, Ground};
use super::process::{Holds, Planned, Shared, SpotRecord};
use super::rule::{self, Length};
use super::side::{Couple, Spot};
use super::track::{Coming, Missed, Other, Track, Tracks};
use crate::wire::{Caller, Claimed, NearMiss, Provoked, Provoker, Side, WireProvoker};
use crate::witness::{Lock, Stack, try_held_locks};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::Waker;
use std::time::{Duration, Instant};

/// How many pairs that came close are told of one wire.
const MOST_NEAR: usize = 16;

/// Two that come closer than this are a near miss.
const NEAR: u64 = 100 * MILLISECOND;

/// The holds of one wire.
#[derive(Debug)]
pub(super) struct WireHolds {
    shared: Arc<Shared>,
    /// Only the holder of the claim asks, so that hardly any two threads come for it.
    tracks: Mutex<Tracks>,
    /// Those that came close here, for the page.
    near: Mutex<Vec<NearMiss>>,
}

/// A hold that is to be.
struct Plan {
    length: Length,
    why: Why,
}

/// For whom a writer is held.
#[derive(Clone, Copy)]
enum Why {
    /// The other one is due, or this is their first near miss.
    Due(Other),
    /// The call site is in the plan. The other one is known if it has come.
    Planned(Option<Other>),
    /// A handle has not written yet.
    Eager,
}

impl Why {
    fn other(self) -> Option<Other> {
        match self {
            Why::Due(other) => Some(other),
            Why::Planned(other) => other,
            Why::Eager => None,
        }
    }
}

impl Provoker for Holds {
    fn of_wire(&self, _wire: u64) -> Box<dyn WireProvoker> {
        Box::new(WireHolds::new(self.shared().clone()))
    }

    fn least_handles(&self) -> usize {
        // A planned call site that never comes to a wire of two handles is told as such.
        if self.has_plan() { 1 } else { 2 }
    }
}

impl WireHolds {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        WireHolds {
            shared,
            tracks: Mutex::default(),
            near: Mutex::default(),
        }
    }

    fn try_tracks(&self) -> Option<MutexGuard<'_, Tracks>> {
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
        let (interval, missed) = tracks.note(&coming)?;
        if let Some(missed) = missed {
            self.note_after_miss(&missed, interval, coming.now);
        }
        self.note_spot(&coming, claimed.handles > 1);
        tracks.note_couples(&coming);
        let due = self.due(&tracks, &coming, limits);
        if claimed.was_held || !hold::may_hold() {
            return None;
        }
        let is_untouched = limits.is_eager && claimed.handles > tracks.count();
        let plan = self.planned(&tracks, &coming, claimed.handles).or(due);
        let plan = plan.or_else(|| is_untouched.then(|| self.eager(&coming, limits))?)?;
        let is_planned = matches!(plan.why, Why::Planned(_));
        let (nanos, longest) = (plan.length.nanos, limits.longest);
        let has_budget = tracks.budget.allows(coming.now, nanos, longest)
            && hold::has_budget(coming.now, nanos, longest);
        if !is_planned && !has_budget {
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
        let most_together = if is_planned {
            u64::MAX
        } else {
            limits.most_together
        };
        if !self.shared.take_time(coming.now, nanos, most_together)? {
            return None;
        }
        let is_noted = self.note_hold(&plan, &coming)?;
        tracks.budget.spend(if is_noted { nanos } else { 0 });
        is_noted.then_some((plan, ground))
    }

    /// A writer has come to a wire that has never had another handle.
    fn note_alone(&self, claimed: &Claimed<'_>) {
        self.note_spot(&Coming::of(claimed), false);
    }

    /// A writer comes that has missed the hold of another one.
    fn note_after_miss(&self, missed: &Missed, interval: Option<u64>, now: u64) {
        let since_end = now.saturating_sub(missed.ended);
        let at_once = came_at_once(since_end, interval, missed.length);
        let Other { couple, held, .. } = missed.other;
        self.shared
            .pairs
            .try_with(&couple, |pair| pair.note_after_miss(held, at_once));
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
            (self.shared.are_spots_told && coming.spot.needs_backtrace()) || !plan.is_empty()
        });
        if needs_stack == Some(true) {
            let stack = Stack::capture();
            self.shared
                .spots
                .try_with(&coming.spot, |record| record.stack = Some(stack));
        }
    }

    /// A hold of a call site that is in the plan: for a planned one of another handle, if there is one on the wire.
    fn planned(&self, tracks: &Tracks, coming: &Coming, handles: usize) -> Option<Plan> {
        if self.shared.plan.is_empty() {
            return None;
        }
        let is_left = |record: &mut SpotRecord| !record.has_met && record.planned.is_left();
        self.shared
            .spots
            .try_with(&coming.spot, is_left)?
            .then_some(())?;
        let is_planned = |record: &mut SpotRecord| record.planned.is_planned();
        let is_partner =
            |track: &&Track| self.shared.spots.try_with(&track.spot, is_planned) == Some(true);
        let partners = tracks.others(coming).filter(is_partner);
        let partner = partners.max_by_key(|track| track.rhythm.last());
        // Alone on the wire it has no one to wait for.
        (partner.is_some() || handles > 1).then_some(Plan {
            length: Length {
                nanos: self.shared.planned_hold(),
                is_expected: false,
            },
            why: Why::Planned(partner.map(|track| Other::of(track, coming))),
        })
    }

    /// The shortest hold that is worth it, for one of the other handles.
    fn due(&self, tracks: &Tracks, coming: &Coming, limits: &Limits) -> Option<Plan> {
        let others = tracks.others(coming);
        let plans = others.filter_map(|track| self.due_for(track, coming, limits));
        plans.min_by_key(|plan| (!plan.length.is_expected, plan.length.nanos))
    }

    fn due_for(&self, track: &Track, coming: &Coming, limits: &Limits) -> Option<Plan> {
        let other = Other::of(track, coming);
        let Other { couple, held, .. } = other;
        let gap = track.rhythm.since(coming.now);
        if gap <= NEAR {
            self.note_near(couple.spots.map(|spot| spot.side), gap);
        }
        let look = |pair: &mut Pair| {
            if !track.is_gone() {
                pair.note_came(held);
            }
            pair.note_gap(gap, gap <= NEAR);
            if pair.skip(held, coming.now, limits).is_some() {
                return None;
            }
            let length = rule::length(coming.now, &track.rhythm, pair.course(held), limits)?;
            pair.has_room_for(length.nanos, limits).then_some(length)
        };
        let length = self.shared.pairs.try_with(&couple, look)??;
        Some(Plan {
            length,
            why: Why::Due(other),
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

    /// A hold of a call site that was not yet held for a handle that has not written.
    fn eager(&self, coming: &Coming, limits: &Limits) -> Option<Plan> {
        let is_first = |record: &mut SpotRecord| !record.was_held_eagerly;
        let is_first = self.shared.spots.try_with(&coming.spot, is_first)?;
        is_first.then_some(Plan {
            length: Length {
                nanos: limits.longest,
                is_expected: false,
            },
            why: Why::Eager,
        })
    }

    /// Whether the other one has a watched lock that this one has: it cannot come. `None` if that is not known now.
    fn has_common_lock(&self, tracks: &mut Tracks, coming: &Coming, plan: &Plan) -> Option<bool> {
        let held = try_held_locks()?;
        let locks: Vec<Lock> = held.into_iter().map(|held| held.lock).collect();
        let common = plan.why.other().and_then(|other| {
            let track = tracks.get(other.handle)?;
            let common = track.locks.iter().find(|lock| locks.contains(lock))?;
            Some((other, *common))
        });
        if let Some(track) = tracks.get_mut(coming.handle) {
            track.locks = locks;
        }
        if let Some((other, lock)) = common {
            self.shared
                .pairs
                .try_with(&other.couple, |pair| pair.note_common_lock(lock));
        }
        Some(common.is_some())
    }

    /// Notes a hold before it begins. Without that there is none.
    fn note_hold(&self, plan: &Plan, coming: &Coming) -> Option<bool> {
        let (why, other) = (plan.why, plan.why.other());
        let take = |record: &mut SpotRecord| {
            record.held_alone = record.held_alone.saturating_add(u64::from(other.is_none()));
            match why {
                Why::Due(_) => true,
                Why::Planned(_) => record.planned.take(),
                Why::Eager => !std::mem::replace(&mut record.was_held_eagerly, true),
            }
        };
        let is_taken = self.shared.spots.try_with(&coming.spot, take)?;
        if let Some(other) = other.filter(|_| is_taken) {
            let Length { nanos, is_expected } = plan.length;
            self.shared.pairs.try_with(&other.couple, |pair| {
                pair.course_mut(other.held)
                    .note_hold(coming.now, nanos, is_expected);
            })?;
        }
        Some(is_taken)
    }

    /// The other one has not come in all that time.
    fn note_missed(&self, other: Other, length: Duration) {
        let Some(mut tracks) = self.try_tracks() else {
            return;
        };
        if let Some(track) = tracks.get_mut(other.handle) {
            track.missed = Some(Missed {
                other,
                ended: clock::now(),
                length: u64::try_from(length.as_nanos()).unwrap_or(u64::MAX),
            });
        }
    }
}

impl WireProvoker for WireHolds {
    fn on_claim(&self, claimed: &Claimed<'_>) -> Provoked {
        let Some(limits) = self.shared.limits() else {
            return Provoked::No;
        };
        if !claimed.had_others {
            self.note_alone(claimed);
            return Provoked::No;
        }
        let Some((plan, ground)) = self.plan(claimed, &limits) else {
            return Provoked::No;
        };
        if ground == Ground::Nowhere {
            return Provoked::Split(Duration::from_nanos(plan.length.nanos));
        }
        let (is_hit, held) = hold::wait(claimed.claim, plan.length.nanos, ground);
        if let Some(other) = plan.why.other().filter(|_| !is_hit) {
            self.note_missed(other, held);
        }
        Provoked::Held(held)
    }

    fn wake_at(&self, at: Instant, waker: &Waker) {
        self.shared.wakes.add(at, waker);
    }

    fn on_found(&self, one: &Caller, other: &Caller) {
        if self.shared.limits().is_none() {
            return;
        }
        let couple = Couple::of(Spot::of(one), Spot::of(other));
        self.shared.pairs.try_with(&couple, Pair::note_met);
        for spot in couple.spots {
            self.shared
                .spots
                .try_with(&spot, |record| record.has_met = true);
        }
    }

    fn on_gone(&self, handle: u64) {
        let mut tracks = self.tracks.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = tracks.remove(handle);
        drop(tracks);
        if let Some(gone) = gone {
            self.shared.forget(&gone);
        }
    }

    fn near_misses(&self) -> Vec<NearMiss> {
        let near = self.near.lock().unwrap_or_else(PoisonError::into_inner);
        near.clone()
    }
}
