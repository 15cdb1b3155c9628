//! Sleeps until a number is another one, with locks of std, where a system has no such call or offers it to itself only.
//!
//! Those that sleep for different numbers may share a place, and then are all woken. In a forked child a place is of no use if a
//! thread of the parent had its lock at the fork, which is held for the time of a look.

use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

struct Place {
    looking: Mutex<()>,
    woken: Condvar,
}

const PLACES: usize = 64;

static TABLE: [Place; PLACES] = [const {
    Place {
        looking: Mutex::new(()),
        woken: Condvar::new(),
    }
}; PLACES];

fn place_of(number: &AtomicU32) -> &'static Place {
    // Numbers of four bytes each.
    let index = (ptr::from_ref(number).addr() / 4) % PLACES;
    &TABLE[index]
}

/// Sleeps if the number is the expected one: until it is woken, or the limit is over. It may come back for no reason.
pub(in crate::sync) fn sleep(number: &AtomicU32, expected: u32, limit: Option<Duration>) {
    let place = place_of(number);
    let looking = place.looking.lock().unwrap_or_else(PoisonError::into_inner);
    if number.load(Relaxed) != expected {
        return;
    }
    // A poisoned lock has nothing that could be half written.
    match limit {
        Some(limit) => drop(place.woken.wait_timeout(looking, limit)),
        None => drop(place.woken.wait(looking)),
    }
}

/// Wakes one that sleeps.
pub(in crate::sync) fn wake_one(number: &AtomicU32) {
    wake_all(number);
}

/// Wakes all that sleep.
pub(in crate::sync) fn wake_all(number: &AtomicU32) {
    let place = place_of(number);
    // What has looked at the number before it changed sleeps by now.
    drop(place.looking.lock());
    place.woken.notify_all();
}
