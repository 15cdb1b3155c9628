//! The hold itself: the writer waits until another one comes, or its time is over.

use super::budget::Budget;
use super::place::Ground;
use crate::wire::Contestable;
use crate::witness::current_thread;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How often a held writer looks whether another one has come.
const LOOK: Duration = Duration::from_micros(100);

thread_local! {
    static IS_HELD: Cell<bool> = const { Cell::new(false) };
    static BUDGET: Cell<Budget> = const { Cell::new(Budget::OF_A_THREAD) };
}

/// Whether the calling thread may be held at all: it is in no other hold, is not unwinding and has not ended.
pub(super) fn may_hold() -> bool {
    !IS_HELD.get() && !std::thread::panicking() && current_thread() != 0
}

/// Whether the calling thread has so much of its budget left.
pub(super) fn has_budget(now: u64, length: u64, longest: u64) -> bool {
    let mut budget = BUDGET.get();
    let is_allowed = budget.allows(now, length, longest);
    BUDGET.set(budget);
    is_allowed
}

/// Waits so many nanoseconds at most. Gives whether another writer has come, and how long it took.
pub(super) fn wait(claim: &dyn Contestable, nanos: u64, ground: Ground) -> (bool, Duration) {
    let began = Instant::now();
    let _held = Held::begin();
    let waited = ground.run(|| wait_until(claim, began, Duration::from_nanos(nanos)));
    let is_hit = waited.unwrap_or(false);
    let took = began.elapsed();
    let mut budget = BUDGET.get();
    budget.spend(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
    BUDGET.set(budget);
    (is_hit, took)
}

fn wait_until(claim: &dyn Contestable, began: Instant, length: Duration) -> bool {
    loop {
        if claim.is_contested() {
            return true;
        }
        let left = length.saturating_sub(began.elapsed());
        if left.is_zero() {
            return false;
        }
        std::thread::sleep(left.min(LOOK));
    }
}

/// While it lives, the calling thread is in a hold.
struct Held;

impl Held {
    fn begin() -> Held {
        IS_HELD.set(true);
        Held
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        IS_HELD.set(false);
    }
}
