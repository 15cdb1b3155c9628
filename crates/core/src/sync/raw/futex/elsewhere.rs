//! Sleeps until a number is another one, with locks of std, where a system has no such call or offers it to itself only.
//!
//! Those that sleep for different numbers may share a place, and then are all woken. In a forked child a place is of no use if a
//! thread of the parent had its lock at the fork, which is held for the time of a look.

use crate::sync::raw::until::Until;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, PoisonError};

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

/// Sleeps if the number is the expected one, until it is another one or the limit is over. Gives whether it was the limit.
pub(in crate::sync) fn sleep(number: &AtomicU32, expected: u32, until: Until) -> bool {
    let place = place_of(number);
    // A poisoned lock has nothing that could be half written.
    let mut looking = place.looking.lock().unwrap_or_else(PoisonError::into_inner);
    // A wake may be for a sleeper of another number.
    while number.load(Relaxed) == expected {
        let woken = match until.left() {
            Some(left) if left.is_zero() => return true,
            Some(left) => place
                .woken
                .wait_timeout(looking, left)
                .map(|it| it.0)
                .map_err(|it| it.into_inner().0),
            None => place.woken.wait(looking).map_err(PoisonError::into_inner),
        };
        looking = woken.unwrap_or_else(|looking| looking);
    }
    false
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
