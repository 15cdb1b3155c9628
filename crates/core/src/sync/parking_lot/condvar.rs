//! The `Condvar` that goes with the watched `Mutex` of parking_lot: the original takes its own guards only.
//!
//! A guard proves that the calling thread has the lock, which is what `while_released` asks for.
#![allow(unsafe_code)] // Argued above.

use super::MutexGuard;
use crate::witness::Site;
use ::parking_lot as library;
use library::WaitTimeoutResult;
use std::fmt;
use std::time::{Duration, Instant};

/// A condition variable for the watched [`Mutex`](super::Mutex). See `parking_lot::Condvar`: every method does what it does
/// there.
#[derive(Default)]
pub struct Condvar(library::Condvar);

/// Waits with the guard of the original lock below `guard`.
fn waiting<T: ?Sized, W>(
    guard: &mut MutexGuard<'_, T>,
    site: Site,
    wait: impl FnOnce(&mut library::MutexGuard<'_, ()>) -> W,
) -> W {
    let mutex = MutexGuard::mutex(guard);
    // SAFETY: the guard is borrowed, so its lock is held, and nothing else is done with it meanwhile.
    unsafe { mutex.raw().while_released(site, wait) }
}

impl Condvar {
    /// As `parking_lot::Condvar::new`.
    #[must_use]
    pub const fn new() -> Condvar {
        Condvar(library::Condvar::new())
    }

    /// As `parking_lot::Condvar::notify_one`.
    pub fn notify_one(&self) -> bool {
        self.0.notify_one()
    }

    /// As `parking_lot::Condvar::notify_all`.
    pub fn notify_all(&self) -> usize {
        self.0.notify_all()
    }

    /// As `parking_lot::Condvar::wait`.
    ///
    /// # Panics
    /// If another thread waits with another mutex.
    #[track_caller]
    pub fn wait<T: ?Sized>(&self, mutex_guard: &mut MutexGuard<'_, T>) {
        waiting(mutex_guard, Site::caller(), |guard| self.0.wait(guard));
    }

    /// As `parking_lot::Condvar::wait_until`.
    ///
    /// # Panics
    /// If another thread waits with another mutex.
    #[track_caller]
    pub fn wait_until<T: ?Sized>(
        &self,
        mutex_guard: &mut MutexGuard<'_, T>,
        timeout: Instant,
    ) -> WaitTimeoutResult {
        waiting(mutex_guard, Site::caller(), |guard| {
            self.0.wait_until(guard, timeout)
        })
    }

    /// As `parking_lot::Condvar::wait_for`.
    ///
    /// # Panics
    /// If another thread waits with another mutex.
    #[track_caller]
    pub fn wait_for<T: ?Sized>(
        &self,
        mutex_guard: &mut MutexGuard<'_, T>,
        timeout: Duration,
    ) -> WaitTimeoutResult {
        waiting(mutex_guard, Site::caller(), |guard| {
            self.0.wait_for(guard, timeout)
        })
    }

    /// As `parking_lot::Condvar::wait_while`.
    ///
    /// # Panics
    /// If another thread waits with another mutex.
    #[track_caller]
    pub fn wait_while<T, F>(&self, mutex_guard: &mut MutexGuard<'_, T>, mut condition: F)
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        while condition(&mut **mutex_guard) {
            self.wait(mutex_guard);
        }
    }

    /// As `parking_lot::Condvar::wait_while_until`.
    ///
    /// # Panics
    /// If another thread waits with another mutex.
    #[track_caller]
    pub fn wait_while_until<T, F>(
        &self,
        mutex_guard: &mut MutexGuard<'_, T>,
        mut condition: F,
        timeout: Instant,
    ) -> WaitTimeoutResult
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        // Its result can only be had from it: a wait until now that is not notified has timed out.
        let mut result = None;
        while condition(&mut **mutex_guard) {
            let waited = self.wait_until(mutex_guard, timeout);
            result = Some(waited);
            if waited.timed_out() {
                break;
            }
        }
        result.unwrap_or_else(not_timed_out)
    }

    /// As `parking_lot::Condvar::wait_while_for`.
    ///
    /// # Panics
    /// If another thread waits with another mutex.
    #[track_caller]
    pub fn wait_while_for<T, F>(
        &self,
        mutex_guard: &mut MutexGuard<'_, T>,
        condition: F,
        timeout: Duration,
    ) -> WaitTimeoutResult
    where
        T: ?Sized,
        F: FnMut(&mut T) -> bool,
    {
        match Instant::now().checked_add(timeout) {
            Some(until) => self.wait_while_until(mutex_guard, condition, until),
            None => {
                self.wait_while(mutex_guard, condition);
                not_timed_out()
            }
        }
    }
}

/// A result that says that the time was not up. parking_lot makes such values only by waiting.
fn not_timed_out() -> WaitTimeoutResult {
    let (mutex, condvar) = (library::Mutex::new(()), library::Condvar::new());
    // The condition never holds, so this comes back at once.
    condvar.wait_while_for(&mut mutex.lock(), |()| false, Duration::ZERO)
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Condvar { .. }")
    }
}
