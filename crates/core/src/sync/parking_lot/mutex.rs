//! The raw mutexes of parking_lot, watched.
//!
//! `lock_api` makes its promises of a raw lock in unsafe traits: while it is locked, no other call locks it, and its initial
//! value is unlocked. Every call here is passed on to the raw lock of parking_lot inside, which keeps both. What is noted
//! before and after touches neither. A call that has to be unsafe is made under the same promise of the caller that
//! `lock_api` asks of ours.
#![allow(unsafe_code)] // Argued above.

use crate::process;
use crate::stalls::Wanted;
use crate::sync::on_release;
use crate::witness::{LockKind, Recorded, Site};
use ::parking_lot::lock_api::{self, GuardNoSend};
use std::fmt;
use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

/// The raw lock of the watched `Mutex`.
pub type RawMutex = WatchedMutex<::parking_lot::RawMutex>;
/// The raw lock of the watched `FairMutex`.
pub type RawFairMutex = WatchedMutex<::parking_lot::RawFairMutex>;

/// A raw mutex, watched.
pub struct WatchedMutex<R> {
    recorded: Recorded,
    inner: lock_api::Mutex<R, ()>,
}

impl<R: lock_api::RawMutex> WatchedMutex<R> {
    /// Runs `wait`, which releases the lock and takes it again.
    ///
    /// # Safety
    /// The calling thread has the lock.
    pub(super) unsafe fn while_released<T>(
        &self,
        site: Site,
        wait: impl FnOnce(&mut lock_api::MutexGuard<'_, R, ()>) -> T,
    ) -> T {
        /// Also where `wait` panics, the caller has the lock again.
        struct Retaken<'r>(&'r Recorded, Site);

        impl Drop for Retaken<'_> {
            fn drop(&mut self) {
                let slot = self.0.record().exclusive();
                slot.note_taken_by_thread(self.1);
            }
        }

        on_release(self.recorded.record());
        let _retaken = Retaken(&self.recorded, site);
        // SAFETY: the caller has the lock, and this guard never releases it.
        let mut guard = ManuallyDrop::new(unsafe { self.inner.make_guard_unchecked() });
        wait(&mut guard)
    }

    #[inline(always)]
    fn note_taken(&self, site: Site) {
        let record = self.recorded.record();
        record.exclusive().note_taken_by_thread(site);
    }

    #[inline(always)]
    fn note_if(&self, is_taken: bool, site: Site) -> bool {
        if is_taken {
            self.note_taken(site);
        }
        is_taken
    }

    fn raw(&self) -> &R {
        // SAFETY: it is used in the order in which `lock_api` uses this one.
        unsafe { self.inner.raw() }
    }
}

impl<R> WatchedMutex<R>
where
    R: lock_api::RawMutexTimed<Duration = Duration>,
{
    #[cold]
    fn wait(&self, site: Site) {
        process::locks().wait(
            Wanted::alone(self.recorded.record(), site),
            |patience| self.raw().try_lock_for(patience).then_some(()),
            || self.raw().lock(),
        );
    }
}

// SAFETY: as the raw lock inside. See the head of this file.
unsafe impl<R> lock_api::RawMutex for WatchedMutex<R>
where
    R: lock_api::RawMutexTimed<Duration = Duration, Instant = Instant>,
{
    #[allow(clippy::declare_interior_mutable_const)] // As `lock_api` asks for it.
    const INIT: Self = WatchedMutex {
        recorded: Recorded::new(LockKind::PARKING_LOT_MUTEX, Site::IN_BACKTRACE),
        inner: lock_api::Mutex::new(()),
    };

    type GuardMarker = GuardNoSend;

    #[inline(always)]
    #[track_caller]
    fn lock(&self) {
        let site = Site::caller();
        if !self.raw().try_lock() {
            self.wait(site);
        }
        self.note_taken(site);
    }

    #[inline(always)]
    #[track_caller]
    fn try_lock(&self) -> bool {
        self.note_if(self.raw().try_lock(), Site::caller())
    }

    #[inline(always)]
    unsafe fn unlock(&self) {
        on_release(self.recorded.record());
        // SAFETY: the caller has the lock.
        unsafe { self.raw().unlock() }
    }

    #[inline]
    fn is_locked(&self) -> bool {
        self.raw().is_locked()
    }
}

// SAFETY: as above.
unsafe impl<R> lock_api::RawMutexFair for WatchedMutex<R>
where
    R: lock_api::RawMutexTimed<Duration = Duration, Instant = Instant> + lock_api::RawMutexFair,
{
    unsafe fn unlock_fair(&self) {
        on_release(self.recorded.record());
        // SAFETY: the caller has the lock.
        unsafe { self.raw().unlock_fair() }
    }
}

// SAFETY: as above.
unsafe impl<R> lock_api::RawMutexTimed for WatchedMutex<R>
where
    R: lock_api::RawMutexTimed<Duration = Duration, Instant = Instant>,
{
    type Duration = Duration;
    type Instant = Instant;

    #[track_caller]
    fn try_lock_for(&self, timeout: Duration) -> bool {
        let site = Site::caller();
        self.note_if(self.raw().try_lock_for(timeout), site)
    }

    #[track_caller]
    fn try_lock_until(&self, timeout: Instant) -> bool {
        let site = Site::caller();
        self.note_if(self.raw().try_lock_until(timeout), site)
    }
}

impl<R> fmt::Debug for WatchedMutex<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedMutex").finish_non_exhaustive()
    }
}
