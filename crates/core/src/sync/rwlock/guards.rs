//! The guards of the watched `RwLock`.

use super::RwLock;
use super::value::{ReadGuard, WriteGuard};
use crate::sync::{guard_traits, on_reader_release, on_release, poisoned_if, read_guard_traits};
use crate::witness::{LockRecord, ReaderSlot, Site};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::LockResult;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The lock, held to read. See [`std::sync::RwLockReadGuard`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    // Their order is that of their ends: no other one may get the lock before the record is written.
    _reading: Reading<'a>,
    inner: ReadGuard<'a, T>,
}

/// The lock, held to write. See [`std::sync::RwLockWriteGuard`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    // In this order, as above.
    writing: Writing<'a>,
    inner: WriteGuard<'a, T>,
}

// As std's: what a panic leaves behind under a write guard is seen by the poison, and a read guard changes nothing.
impl<T: ?Sized + RefUnwindSafe> UnwindSafe for RwLockReadGuard<'_, T> {}
impl<T: ?Sized + RefUnwindSafe> RefUnwindSafe for RwLockReadGuard<'_, T> {}
impl<T: ?Sized> UnwindSafe for RwLockWriteGuard<'_, T> {}
impl<T: ?Sized> RefUnwindSafe for RwLockWriteGuard<'_, T> {}

/// Notes the end of a reader's hold when it is dropped.
struct Reading<'a> {
    record: &'a LockRecord,
    reader: Option<&'a ReaderSlot>,
}

impl Drop for Reading<'_> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn drop(&mut self) {
        on_reader_release(self.record, self.reader);
    }
}

/// Notes the end of a writer's hold when it is dropped.
struct Writing<'a> {
    record: &'a LockRecord,
    is_poisoned: &'a AtomicBool,
    was_panicking: bool,
}

impl Drop for Writing<'_> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn drop(&mut self) {
        if !self.was_panicking && std::thread::panicking() {
            self.is_poisoned.store(true, Relaxed);
        }
        on_release(self.record);
    }
}

impl<T: ?Sized> RwLock<T> {
    #[inline(always)]
    pub(super) fn reading<'a>(
        &'a self,
        inner: ReadGuard<'a, T>,
        site: Site,
    ) -> LockResult<RwLockReadGuard<'a, T>> {
        let record = &**self.recorded.record();
        let reading = Reading {
            record,
            reader: record.note_read(site),
        };
        let guard = RwLockReadGuard {
            _reading: reading,
            inner,
        };
        poisoned_if(self.is_poisoned(), guard)
    }

    #[inline(always)]
    pub(super) fn writing<'a>(
        &'a self,
        inner: WriteGuard<'a, T>,
        site: Site,
    ) -> LockResult<RwLockWriteGuard<'a, T>> {
        let record = &**self.recorded.record();
        record.exclusive().note_taken_by_thread(site);
        let writing = Writing {
            record,
            is_poisoned: &self.is_poisoned,
            was_panicking: std::thread::panicking(),
        };
        let guard = RwLockWriteGuard { writing, inner };
        poisoned_if(self.is_poisoned(), guard)
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// As `std::sync::RwLockWriteGuard::downgrade`, which std has since Rust 1.92.
    #[track_caller]
    pub fn downgrade(this: Self) -> RwLockReadGuard<'a, T> {
        let site = Site::caller();
        let RwLockWriteGuard { writing, inner } = this;
        let record = writing.record;
        drop(writing);
        let inner = WriteGuard::downgrade(inner);
        let reading = Reading {
            record,
            reader: record.note_read(site),
        };
        RwLockReadGuard {
            _reading: reading,
            inner,
        }
    }
}

read_guard_traits!(RwLockReadGuard);
guard_traits!(RwLockWriteGuard);
