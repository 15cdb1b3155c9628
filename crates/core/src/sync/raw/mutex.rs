//! The raw mutex below the watched one of std.
//!
//! | number | meaning | who leaves this state |
//! |---|---|---|
//! | `FREE` | no thread has it | who locks it, by a compare-exchange to `HELD`, or a swap to `AWAITED` where it has waited |
//! | `HELD` | one thread has it | its release; a waiter, which makes it `AWAITED` before it sleeps |
//! | `AWAITED` | one thread has it, and another one may sleep | its release, which wakes one |
//!
//! Who has slept takes it as `AWAITED`, since others may sleep still: one release too many looks for one to wake. Every way to
//! `FREE` is a swap that releases, and every way out of it acquires and reads from that.
//!
//! `unsafe` is needed because `lock_api` makes its promises of a raw lock in unsafe traits: while it is locked, no other call
//! locks it. The table keeps that: only a call that has found `FREE`, in one atomic step that leaves another number, has locked.
#![allow(unsafe_code)] // Argued above.

use super::primitives::{AtomicU32, LOOKS, Until, futex};
use lock_api::GuardNoSend;
use std::hint;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::{Duration, Instant};

const FREE: u32 = 0;
const HELD: u32 = 1;
const AWAITED: u32 = 2;

/// A mutex without a value.
#[derive(Debug)]
pub(in crate::sync) struct RawMutex(AtomicU32);

impl RawMutex {
    #[cold]
    #[inline(never)]
    fn lock_until(&self, until: Until) -> bool {
        for _ in 0..LOOKS {
            if self.0.load(Relaxed) != HELD {
                break;
            }
            hint::spin_loop();
        }
        // So its release wakes no one in vain.
        if lock_api::RawMutex::try_lock(self) {
            return true;
        }
        loop {
            if self.0.swap(AWAITED, Acquire) == FREE {
                return true;
            }
            if until.is_over() {
                return false;
            }
            futex::sleep(&self.0, AWAITED, until);
        }
    }

    #[cold]
    #[inline(never)]
    fn wake(&self) {
        futex::wake_one(&self.0);
    }
}

// SAFETY: see the head of this file.
unsafe impl lock_api::RawMutex for RawMutex {
    #[allow(clippy::declare_interior_mutable_const)] // As `lock_api` asks for it.
    const INIT: Self = RawMutex(AtomicU32::new(FREE));

    type GuardMarker = GuardNoSend;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn lock(&self) {
        if !self.try_lock() {
            self.lock_until(Until::NEVER);
        }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn try_lock(&self) -> bool {
        self.0
            .compare_exchange(FREE, HELD, Acquire, Relaxed)
            .is_ok()
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn unlock(&self) {
        if self.0.swap(FREE, Release) == AWAITED {
            self.wake();
        }
    }

    fn is_locked(&self) -> bool {
        self.0.load(Relaxed) != FREE
    }
}

// SAFETY: as above.
unsafe impl lock_api::RawMutexTimed for RawMutex {
    type Duration = Duration;
    type Instant = Instant;

    fn try_lock_for(&self, timeout: Duration) -> bool {
        self.try_lock_until_limit(Until::within(timeout))
    }

    fn try_lock_until(&self, timeout: Instant) -> bool {
        self.try_lock_until_limit(Until::at(timeout))
    }
}

impl RawMutex {
    fn try_lock_until_limit(&self, until: Until) -> bool {
        lock_api::RawMutex::try_lock(self) || self.lock_until(until)
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use crate::sync::raw::Mutex;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn threads_that_crowd_lose_nothing() {
        let count = Mutex::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..20_000 {
                        *count.lock() += 1;
                    }
                });
            }
        });
        assert_eq!(count.into_inner(), 80_000);
    }

    #[test]
    fn a_wait_with_a_limit_ends_and_takes_no_wake_from_another_one() {
        let mutex = Mutex::new(());
        let held = mutex.lock();
        thread::scope(|scope| {
            let waits = scope.spawn(|| drop(mutex.lock()));
            let mut tries = (0..20).map(|_| mutex.try_lock_for(Duration::from_micros(100)));
            assert!(tries.all(|guard| guard.is_none()));
            drop(held);
            waits.join().expect("it is woken");
        });
        assert!(mutex.try_lock_for(Duration::MAX).is_some());
    }
}
