//! The raw lock of readers and writers of parking_lot, watched.
//!
//! As in `mutex`, every call is passed on to the raw lock inside, which keeps the promises that `lock_api` makes of it, and a
//! call that has to be unsafe is made under the same promise of the caller that `lock_api` asks of ours.
//!
//! A wait to write is told without the backtrace of the one that waits: to take it, the wait would need a limit, and a writer
//! whose time is up lets the readers behind it pass. A deadlock would end because it is watched. A wait for an upgradable
//! guard is not told: such a guard waits for one holder only, and the record does not say which.
#![allow(unsafe_code)] // Argued above.

use crate::process;
use crate::stalls::Wanted;
use crate::sync::{on_reader_release, on_release};
use crate::witness::{LockKind, LockRecord, Recorded, Site};
use ::parking_lot::RawRwLock as Library;
use ::parking_lot::lock_api::{self, GuardNoSend, RawRwLock as _};
use lock_api::{
    RawRwLockDowngrade, RawRwLockFair, RawRwLockRecursive, RawRwLockRecursiveTimed, RawRwLockTimed,
    RawRwLockUpgrade, RawRwLockUpgradeDowngrade, RawRwLockUpgradeFair, RawRwLockUpgradeTimed,
};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The raw lock of the watched `RwLock`.
pub struct RawRwLock {
    recorded: Recorded,
    inner: Library,
}

impl RawRwLock {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn record(&self) -> &Arc<LockRecord> {
        self.recorded.record()
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn note_read(&self, site: Site) {
        let _ = self.record().note_read(site);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn note_read_if(&self, is_taken: bool, site: Site) -> bool {
        if is_taken {
            self.note_read(site);
        }
        is_taken
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn note_written(&self, site: Site) {
        self.record().exclusive().note_taken_by_thread(site);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn note_written_if(&self, is_taken: bool, site: Site) -> bool {
        if is_taken {
            self.note_written(site);
        }
        is_taken
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn on_reader_release(&self) {
        let record = self.record();
        on_reader_release(record, record.reader_of_this_thread());
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn on_writer_release(&self) {
        on_release(self.record());
    }

    #[cold]
    fn wait_to_read(&self, site: Site) {
        process::locks().wait(
            Wanted::shared(self.record(), site),
            |patience| self.inner.try_lock_shared_for(patience).then_some(()),
            || self.inner.lock_shared(),
        );
    }

    #[cold]
    fn wait_to_write(&self, site: Site, lock: impl FnOnce()) {
        process::locks().wait_untimed(Wanted::alone(self.record(), site), lock);
    }
}

// SAFETY: as the raw lock inside. See the head of this file. So are all that follow.
unsafe impl lock_api::RawRwLock for RawRwLock {
    #[allow(clippy::declare_interior_mutable_const)] // As `lock_api` asks for it.
    const INIT: Self = RawRwLock {
        recorded: Recorded::new(LockKind::PARKING_LOT_RWLOCK, Site::IN_BACKTRACE),
        inner: Library::INIT,
    };

    type GuardMarker = GuardNoSend;

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    fn lock_shared(&self) {
        let site = Site::caller();
        if !self.inner.try_lock_shared() {
            self.wait_to_read(site);
        }
        self.note_read(site);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    fn try_lock_shared(&self) -> bool {
        self.note_read_if(self.inner.try_lock_shared(), Site::caller())
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn unlock_shared(&self) {
        self.on_reader_release();
        // SAFETY: the caller holds it to read.
        unsafe { self.inner.unlock_shared() }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    fn lock_exclusive(&self) {
        let site = Site::caller();
        if !self.inner.try_lock_exclusive() {
            self.wait_to_write(site, || self.inner.lock_exclusive());
        }
        self.note_written(site);
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    #[track_caller]
    fn try_lock_exclusive(&self) -> bool {
        self.note_written_if(self.inner.try_lock_exclusive(), Site::caller())
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    unsafe fn unlock_exclusive(&self) {
        self.on_writer_release();
        // SAFETY: the caller holds it to write.
        unsafe { self.inner.unlock_exclusive() }
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn is_locked(&self) -> bool {
        self.inner.is_locked()
    }

    #[cfg_attr(not(debug_assertions), inline)]
    fn is_locked_exclusive(&self) -> bool {
        self.inner.is_locked_exclusive()
    }
}

unsafe impl RawRwLockFair for RawRwLock {
    unsafe fn unlock_shared_fair(&self) {
        self.on_reader_release();
        // SAFETY: the caller holds it to read.
        unsafe { self.inner.unlock_shared_fair() }
    }

    unsafe fn unlock_exclusive_fair(&self) {
        self.on_writer_release();
        // SAFETY: the caller holds it to write.
        unsafe { self.inner.unlock_exclusive_fair() }
    }
}

unsafe impl RawRwLockDowngrade for RawRwLock {
    #[track_caller]
    unsafe fn downgrade(&self) {
        let site = Site::caller();
        self.on_writer_release();
        // SAFETY: the caller holds it to write.
        unsafe { self.inner.downgrade() }
        self.note_read(site);
    }
}

unsafe impl RawRwLockTimed for RawRwLock {
    type Duration = Duration;
    type Instant = Instant;

    #[track_caller]
    fn try_lock_shared_for(&self, timeout: Duration) -> bool {
        let site = Site::caller();
        self.note_read_if(self.inner.try_lock_shared_for(timeout), site)
    }

    #[track_caller]
    fn try_lock_shared_until(&self, timeout: Instant) -> bool {
        let site = Site::caller();
        self.note_read_if(self.inner.try_lock_shared_until(timeout), site)
    }

    #[track_caller]
    fn try_lock_exclusive_for(&self, timeout: Duration) -> bool {
        let site = Site::caller();
        self.note_written_if(self.inner.try_lock_exclusive_for(timeout), site)
    }

    #[track_caller]
    fn try_lock_exclusive_until(&self, timeout: Instant) -> bool {
        let site = Site::caller();
        self.note_written_if(self.inner.try_lock_exclusive_until(timeout), site)
    }
}

unsafe impl RawRwLockRecursive for RawRwLock {
    #[track_caller]
    fn lock_shared_recursive(&self) {
        let site = Site::caller();
        if !self.inner.try_lock_shared_recursive() {
            process::locks().wait(
                Wanted::shared(self.record(), site),
                |patience| {
                    let is_taken = self.inner.try_lock_shared_recursive_for(patience);
                    is_taken.then_some(())
                },
                || self.inner.lock_shared_recursive(),
            );
        }
        self.note_read(site);
    }

    #[track_caller]
    fn try_lock_shared_recursive(&self) -> bool {
        self.note_read_if(self.inner.try_lock_shared_recursive(), Site::caller())
    }
}

unsafe impl RawRwLockRecursiveTimed for RawRwLock {
    #[track_caller]
    fn try_lock_shared_recursive_for(&self, timeout: Duration) -> bool {
        let site = Site::caller();
        self.note_read_if(self.inner.try_lock_shared_recursive_for(timeout), site)
    }

    #[track_caller]
    fn try_lock_shared_recursive_until(&self, timeout: Instant) -> bool {
        let site = Site::caller();
        self.note_read_if(self.inner.try_lock_shared_recursive_until(timeout), site)
    }
}

unsafe impl RawRwLockUpgrade for RawRwLock {
    #[track_caller]
    fn lock_upgradable(&self) {
        let site = Site::caller();
        self.inner.lock_upgradable();
        self.note_read(site);
    }

    #[track_caller]
    fn try_lock_upgradable(&self) -> bool {
        self.note_read_if(self.inner.try_lock_upgradable(), Site::caller())
    }

    unsafe fn unlock_upgradable(&self) {
        self.on_reader_release();
        // SAFETY: the caller holds an upgradable lock.
        unsafe { self.inner.unlock_upgradable() }
    }

    #[track_caller]
    unsafe fn upgrade(&self) {
        let site = Site::caller();
        // It waits for the other readers, and not for itself.
        self.on_reader_release();
        // SAFETY: the caller holds an upgradable lock. This holds for both calls.
        if !unsafe { self.inner.try_upgrade() } {
            self.wait_to_write(site, || unsafe { self.inner.upgrade() });
        }
        self.note_written(site);
    }

    #[track_caller]
    unsafe fn try_upgrade(&self) -> bool {
        // SAFETY: the caller holds an upgradable lock.
        self.note_upgraded_if(unsafe { self.inner.try_upgrade() }, Site::caller())
    }
}

impl RawRwLock {
    fn note_upgraded_if(&self, is_upgraded: bool, site: Site) -> bool {
        if is_upgraded {
            self.on_reader_release();
            self.note_written(site);
        }
        is_upgraded
    }
}

unsafe impl RawRwLockUpgradeFair for RawRwLock {
    unsafe fn unlock_upgradable_fair(&self) {
        self.on_reader_release();
        // SAFETY: the caller holds an upgradable lock.
        unsafe { self.inner.unlock_upgradable_fair() }
    }
}

unsafe impl RawRwLockUpgradeDowngrade for RawRwLock {
    unsafe fn downgrade_upgradable(&self) {
        // SAFETY: the caller holds an upgradable lock. It goes on as a reader, with the same slot.
        unsafe { self.inner.downgrade_upgradable() }
    }

    #[track_caller]
    unsafe fn downgrade_to_upgradable(&self) {
        let site = Site::caller();
        self.on_writer_release();
        // SAFETY: the caller holds it to write.
        unsafe { self.inner.downgrade_to_upgradable() }
        self.note_read(site);
    }
}

unsafe impl RawRwLockUpgradeTimed for RawRwLock {
    #[track_caller]
    fn try_lock_upgradable_for(&self, timeout: Duration) -> bool {
        let site = Site::caller();
        self.note_read_if(self.inner.try_lock_upgradable_for(timeout), site)
    }

    #[track_caller]
    fn try_lock_upgradable_until(&self, timeout: Instant) -> bool {
        let site = Site::caller();
        self.note_read_if(self.inner.try_lock_upgradable_until(timeout), site)
    }

    #[track_caller]
    unsafe fn try_upgrade_for(&self, timeout: Duration) -> bool {
        let site = Site::caller();
        // SAFETY: the caller holds an upgradable lock.
        self.note_upgraded_if(unsafe { self.inner.try_upgrade_for(timeout) }, site)
    }

    #[track_caller]
    unsafe fn try_upgrade_until(&self, timeout: Instant) -> bool {
        let site = Site::caller();
        // SAFETY: the caller holds an upgradable lock.
        self.note_upgraded_if(unsafe { self.inner.try_upgrade_until(timeout) }, site)
    }
}

impl fmt::Debug for RawRwLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRwLock").finish_non_exhaustive()
    }
}
