//! A wire's holds, claim by claim: who is held, and who is not.

use super::limits::Limits;
use super::plan::{PLANNED_HOLDS, Plan};
use super::process::Holds;
use crate::settings::{Provoke, Settings};
use crate::wire::{Caller, Claimed, Contestable, Provoked, Provoker, Side, WireProvoker};
use crate::witness::{Act, LockKind, Recorded, Site};
use redhanded_report::near_miss::{NearMissPair, Side as ReportSide};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// A claim that another writer contests at the first look or later, or never.
struct Claim {
    contested_at: u32,
    looks: AtomicU32,
}

impl Contestable for Claim {
    fn is_contested(&self) -> bool {
        self.looks.fetch_add(1, Relaxed) >= self.contested_at
    }
}

/// Two call sites of this file.
const SITES: [Site; 2] = [ONE, OTHER];
const ONE: Site = Site::caller();
const OTHER: Site = Site::caller();

struct Wire {
    holds: Holds,
    of_wire: Box<dyn WireProvoker>,
}

impl Wire {
    fn with(settings: Settings) -> Wire {
        Wire::planned(settings, Plan::default())
    }

    fn planned(settings: Settings, plan: Plan) -> Wire {
        let holds = Holds::new(&settings, plan).expect("it is on");
        let of_wire = holds.of_wire(1);
        Wire { holds, of_wire }
    }

    fn light() -> Wire {
        Wire::with(Settings::default().provoke(Provoke::Light))
    }

    fn full() -> Wire {
        Wire::with(Settings::default().provoke(Provoke::Full))
    }

    /// A writer takes its claim through this handle, and others never come.
    fn claims(&self, handle: u64) -> Provoked {
        self.claims_as(handle, |_| ())
    }

    fn claims_as(&self, handle: u64, change: impl FnOnce(&mut Claimed<'_>)) -> Provoked {
        let claim = Claim {
            contested_at: u32::MAX,
            looks: AtomicU32::new(0),
        };
        let mut claimed = Claimed {
            caller: caller(handle),
            handles: 2,
            had_others: true,
            is_polled: false,
            was_held: false,
            claim: &claim,
        };
        change(&mut claimed);
        self.of_wire.on_claim(&claimed)
    }

    /// The same, in a thread of its own.
    fn another_claims(&self, handle: u64) -> Provoked {
        thread::scope(|scope| scope.spawn(|| self.claims(handle)).join()).expect("no panic")
    }
}

fn caller(handle: u64) -> Caller {
    let site = SITES[handle as usize % 2];
    let act = Act::SendText;
    Caller {
        handle,
        side: Side { act, site },
    }
}

fn is_held(provoked: Provoked) -> bool {
    matches!(provoked, Provoked::Held(_))
}

#[test]
fn the_first_near_miss_is_held_for_the_longest_and_the_pair_then_pauses() {
    let wire = Wire::light();
    assert_eq!(
        wire.another_claims(1),
        Provoked::No,
        "no other one has come"
    );
    let Provoked::Held(held) = wire.claims(2) else {
        panic!("it is held")
    };
    assert!(
        held >= Duration::from_nanos(Limits::LIGHT.longest),
        "{held:?}"
    );
    assert_eq!(wire.claims(2), Provoked::No, "the pair pauses");
}

#[test]
fn a_hold_ends_when_another_writer_comes() {
    let wire = Wire::full();
    wire.another_claims(1);
    let claim = Claim {
        contested_at: 3,
        looks: AtomicU32::new(0),
    };
    let held = wire.of_wire.on_claim(&Claimed {
        caller: caller(2),
        handles: 2,
        had_others: true,
        is_polled: false,
        was_held: false,
        claim: &claim,
    });
    assert!(is_held(held));
    assert_eq!(claim.looks.into_inner(), 4);
}

#[test]
fn who_was_held_or_polls_or_unwinds_is_not_held() {
    let wire = Wire::light();
    wire.another_claims(1);
    assert_eq!(
        wire.claims_as(2, |claimed| claimed.was_held = true),
        Provoked::No
    );
    assert_eq!(
        wire.claims_as(2, |claimed| claimed.is_polled = true),
        Provoked::No
    );
    struct Unwinds<'w>(&'w Wire);
    impl Drop for Unwinds<'_> {
        fn drop(&mut self) {
            assert_eq!(self.0.claims(2), Provoked::No);
        }
    }
    let unwound = thread::scope(|scope| {
        scope
            .spawn(|| {
                let _unwinds = Unwinds(&wire);
                std::panic::resume_unwind(Box::new(()));
            })
            .join()
    });
    assert!(unwound.is_err());
    assert!(is_held(wire.claims(2)), "nothing was used up");
}

#[test]
fn a_handle_of_a_call_site_that_is_not_known_does_not_come_again() {
    let wire = Wire::light();
    let unknown = |claimed: &mut Claimed<'_>| claimed.caller.side.site = Site::IN_BACKTRACE;
    thread::scope(|scope| scope.spawn(|| wire.claims_as(1, unknown)).join()).expect("no panic");
    wire.of_wire.on_gone(1);
    assert_eq!(wire.claims(2), Provoked::No);
}

#[test]
fn one_thread_is_never_held_for_itself() {
    let wire = Wire::light();
    for handle in [1, 2, 1, 2] {
        assert_eq!(wire.claims(handle), Provoked::No);
    }
}

#[test]
fn two_that_were_found_are_not_held() {
    let wire = Wire::light();
    wire.of_wire.on_found(&caller(1), &caller(2));
    wire.another_claims(1);
    assert_eq!(wire.claims(2), Provoked::No);
    assert_eq!(wire.holds.told().pairs[0].met, 1);
}

#[test]
fn two_that_hold_one_watched_lock_are_not_held_again() {
    let (wire, lock) = (Wire::full(), Recorded::new(LockKind::MUTEX, SITES[0]));
    let under_lock = |handle| {
        lock.record().exclusive().note_taken_by_thread(SITES[0]);
        let held = wire.claims(handle);
        lock.record().exclusive().note_release();
        held
    };
    // The locks of a handle are known when it was about to be held: here since no other one has written.
    thread::scope(|scope| scope.spawn(|| under_lock(1)).join()).expect("no panic");
    assert_eq!(under_lock(2), Provoked::No);
    let told = wire.holds.told();
    let ordered = told.pairs[0].ordered.as_deref().expect("they are");
    assert!(ordered.starts_with("both held Mutex #"), "{ordered}");
}

#[test]
fn full_holds_each_call_site_once_while_another_handle_has_not_written() {
    let wire = Wire::full();
    assert!(is_held(wire.claims(1)));
    assert_eq!(wire.claims(1), Provoked::No);
    assert_eq!(Wire::light().claims(1), Provoked::No);
}

/// How many of twelve wires hold their first writer for another one, one wire behind the other.
fn holds_of_many_wires(mode: Provoke) -> u64 {
    let stall = Duration::from_secs(1);
    let first = Wire::with(Settings::default().provoke(mode).stall(stall));
    // Only a backtrace tells the line, so that no earlier hold is one of the same call site.
    let claim = |wire: &Wire, handle| {
        let change = |claimed: &mut Claimed<'_>| {
            claimed.caller.handle = handle;
            claimed.caller.side.site = Site::IN_BACKTRACE;
        };
        // A thread of its own has a budget of its own.
        let writes = || wire.claims_as(handle, change);
        thread::scope(|scope| scope.spawn(writes).join()).expect("no panic")
    };
    let held = (0..12).map(|number| {
        let wire = Wire {
            holds: first.holds.clone(),
            of_wire: first.holds.of_wire(number),
        };
        let [one, other] = [2 * number, 2 * number + 1].map(|handle| claim(&wire, handle));
        u64::from(is_held(one)) + u64::from(is_held(other))
    });
    held.sum()
}

#[test]
fn holds_on_many_wires_one_behind_the_other_make_no_stall_of_a_wait_for_them_all() {
    let begun = Instant::now();
    let holds = holds_of_many_wires(Provoke::Full);
    // Three of 100 ms in a second.
    let most = 3 * (begun.elapsed().as_secs() + 1);
    assert!((1..=most).contains(&holds), "{holds}");
}

#[test]
fn light_holds_for_a_third_of_a_short_time_on_many_wires() {
    let begun = Instant::now();
    let holds = holds_of_many_wires(Provoke::Light);
    // Two of 10 ms in 60 ms.
    let most = 2 * (begun.elapsed().as_millis() as u64 / 60 + 1);
    assert!((1..=most).contains(&holds), "{holds}");
}

#[test]
fn a_handle_that_is_gone_is_not_waited_for() {
    let wire = Wire::light();
    wire.another_claims(1);
    wire.of_wire.on_gone(1);
    assert_eq!(wire.claims(2), Provoked::No);
}

#[test]
fn what_is_known_under_the_number_of_a_handle_goes_with_it() {
    let wire = Wire::light();
    let below_a_trait = |claimed: &mut Claimed<'_>| claimed.caller.side.site = Site::IN_BACKTRACE;
    let another = || wire.claims_as(1, below_a_trait);
    thread::scope(|scope| scope.spawn(another).join()).expect("no panic");
    assert!(is_held(wire.claims_as(2, below_a_trait)));
    assert_eq!(
        (wire.holds.told().pairs.len(), wire.holds.told().seen.len()),
        (1, 2)
    );
    for (handle, left) in [(1, (1, 1)), (2, (0, 0))] {
        wire.of_wire.on_gone(handle);
        let told = wire.holds.told();
        assert_eq!((told.pairs.len(), told.seen.len()), left);
    }
}

#[test]
fn a_planned_call_site_is_held_three_times_in_any_mode_and_counted_where_it_is_alone() {
    let side = |site: Site| ReportSide {
        operation: "send Text".to_owned(),
        call_site: site.call_site(),
        function: None,
    };
    let pair = NearMissPair::of(SITES.map(side));
    let mut plan = Plan::default();
    plan.add(vec![pair]);
    let wire = Wire::planned(Settings::default().provoke(Provoke::Light), plan);
    assert_eq!(wire.holds.least_handles(), 1);
    assert_eq!(
        wire.claims_as(1, |claimed| (claimed.handles, claimed.had_others) =
            (1, false)),
        Provoked::No
    );
    for _ in 0..PLANNED_HOLDS {
        let held = wire.claims(1);
        let longest = Duration::from_nanos(Limits::FULL.longest);
        assert!(
            matches!(held, Provoked::Held(held) if held >= longest),
            "{held:?}"
        );
    }
    assert_eq!(wire.claims(1), Provoked::No);
    let told = wire.holds.told();
    let came: Vec<_> = told
        .seen
        .iter()
        .map(|seen| (seen.came, seen.came_alone))
        .collect();
    assert_eq!(came, [(4, 1)]);
    let held: u64 = told.pairs[0].held.iter().sum();
    assert_eq!(held, u64::from(PLANNED_HOLDS));
}

#[test]
fn what_is_told_of_a_pair_is_what_has_come_of_it() {
    let wire = Wire::light();
    wire.another_claims(1);
    wire.claims(2);
    wire.another_claims(1);
    let told = wire.holds.told();
    let [pair] = &told.pairs[..] else {
        panic!("{told:?}")
    };
    let sites = SITES.map(|site| site.call_site());
    let mut lines: Vec<_> = pair.sides.iter().map(|side| &side.call_site).collect();
    lines.sort_by_key(|site| site.as_ref().map(|site| site.line));
    assert_eq!(lines, [&sites[0], &sites[1]]);
    let sum = |counts: [u64; 2]| counts.iter().sum::<u64>();
    assert_eq!((sum(pair.came), pair.near, pair.met), (2, 2, 0));
    assert!(sum(pair.held) >= 1 && pair.held_us >= 10_000, "{pair:?}");
    assert!(pair.nearest_us.is_some(), "{pair:?}");
    assert_eq!(wire.of_wire.near_misses()[0].count, 2);
}
