//! What is told of pairs and holds: plain data for the file of near misses.

use super::pairs::Pair;
use super::plan::is_same;
use super::process::{Holds, Planned, Shared, SpotRecord};
use super::side::{Couple, End, Spot};
use crate::witness::{Lock, Site, Stack};
use redhanded_report::CallSite;
use redhanded_report::near_miss::{NearMissPair, Side, SideCount};
use std::collections::HashMap;

/// What a backtrace says of a call: its line, and the function that the line is in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) call_site: Option<CallSite>,
    pub(crate) function: Option<String>,
}

/// What is known of pairs, call sites and holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Told {
    pub(crate) pairs: Vec<NearMissPair>,
    pub(crate) seen: Vec<SideCount>,
    pub(crate) dropped: u64,
}

impl Holds {
    /// Names the call sites that need a backtrace for it. Loads debug information: for the worker.
    pub(crate) fn name_spots(&self, mut name: impl FnMut(Site, &Stack) -> Named) {
        let mut unnamed = Vec::new();
        self.shared().spots.each(|spot, record| {
            if let Some(stack) = record.stack.clone().filter(|_| record.name.is_none()) {
                unnamed.push((*spot, stack));
            }
        });
        for (spot, stack) in unnamed {
            let Named {
                call_site,
                function,
            } = name(spot.side.site, &stack);
            let side = Side {
                operation: spot.side.act.name().to_owned(),
                call_site,
                function,
            };
            let is_planned = self.shared().plan.has(&side);
            self.shared().spots.with(&spot, |record| {
                record.name = Some(side);
                record.stack = None;
                if is_planned && record.planned == Planned::No {
                    record.planned = Planned::ALL;
                }
            });
        }
    }

    /// What is known by now.
    pub(crate) fn told(&self) -> Told {
        told(self.shared())
    }
}

fn told(shared: &Shared) -> Told {
    let mut records = HashMap::new();
    shared.spots.each(|spot, record| {
        records.insert(*spot, record.clone());
    });
    let mut pairs = Vec::new();
    shared.pairs.each(|couple, pair| {
        pairs.push(pair_of(couple, pair, &records));
    });
    for sides in shared.plan.pairs() {
        if !pairs.iter().any(|pair| is_same(&pair.sides, sides)) {
            pairs.push(planned(sides, &records));
        }
    }
    pairs.sort_by_cached_key(|pair| pair.sides.each_ref().map(key));
    let mut seen: Vec<SideCount> = records
        .iter()
        .map(|(spot, record)| SideCount {
            side: side_of(spot, Some(record)),
            came: record.came,
            came_alone: record.came_alone,
            held_alone: record.held_alone,
        })
        .collect();
    seen.sort_by_cached_key(|seen| (key(&seen.side), seen.came));
    Told {
        pairs,
        seen,
        dropped: shared
            .pairs
            .dropped()
            .saturating_add(shared.spots.dropped()),
    }
}

/// By which sides are sorted: what has not changed is told alike again.
fn key(side: &Side) -> (String, Option<String>, Option<String>) {
    let site = side.call_site.as_ref().map(CallSite::to_string);
    (side.operation.clone(), site, side.function.clone())
}

/// A planned pair whose sides were not seen on one wire.
fn planned(sides: &[Side; 2], records: &HashMap<Spot, SpotRecord>) -> NearMissPair {
    let sum = |side: &Side, count: fn(&SpotRecord) -> u64| {
        let of_side = records
            .iter()
            .filter(|(spot, record)| side_of(spot, Some(record)).is_same(side));
        of_side.fold(0_u64, |sum, (_, record)| sum.saturating_add(count(record)))
    };
    let [one, other] = sides;
    NearMissPair {
        came: [one, other].map(|side| sum(side, |record| record.came)),
        held: [one, other].map(|side| sum(side, |record| record.held_alone)),
        ..NearMissPair::of(sides.clone())
    }
}

fn pair_of(couple: &Couple, pair: &Pair, records: &HashMap<Spot, SpotRecord>) -> NearMissPair {
    let [first, second] = [End::First, End::Second].map(|end| pair.course(end));
    let came_at_once = first.is_ordered() || second.is_ordered();
    let ordered = match pair.lock() {
        Some(lock) => Some(common_lock(lock)),
        None => came_at_once.then(|| "came at once after a hold, twice on end".to_owned()),
    };
    // A planned call site may have been held before the other one had come.
    let alone = couple.spots.map(|spot| {
        let record = records.get(&spot);
        let record = record.filter(|record| record.planned.is_planned());
        record.map_or(0, |record| record.held_alone)
    });
    let [first_alone, second_alone] = alone;
    let held = [
        first.holds.saturating_add(first_alone),
        second.holds.saturating_add(second_alone),
    ];
    NearMissPair {
        sides: couple.spots.map(|spot| side_of(&spot, records.get(&spot))),
        nearest_us: pair.nearest().map(|nanos| nanos as f64 / 1e3),
        near: pair.near(),
        came: [first.came, second.came],
        held,
        held_us: pair.held() / 1000,
        met: pair.met(),
        ordered,
    }
}

fn side_of(spot: &Spot, record: Option<&SpotRecord>) -> Side {
    let named = record.and_then(|record| record.name.clone());
    named.unwrap_or_else(|| spot.to_side())
}

fn common_lock(lock: &Lock) -> String {
    let made = lock.created.outside_std();
    let made = made.map_or_else(String::new, |site| format!(" made at {site}"));
    format!("both held {} #{}{made}", lock.kind.name(), lock.id)
}
