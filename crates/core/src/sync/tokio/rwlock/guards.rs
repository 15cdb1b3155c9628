//! The guards of the watched `RwLock` of tokio that borrow it.

use super::RwLock;
use crate::sync::tokio::guards::{Holding, within};
use crate::sync::{guard_traits, on_reader_release, read_guard_traits};
use crate::witness::{LockRecord, ReaderSlot, Site};
use ::tokio::sync as library;

/// Notes the end of a reader's hold when it is dropped.
struct Reading<'a> {
    record: &'a LockRecord,
    reader: Option<&'a ReaderSlot>,
}

impl<'a> Reading<'a> {
    fn begin(record: &'a LockRecord, site: Site) -> Self {
        Reading {
            record,
            reader: record.note_read(site),
        }
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        on_reader_release(self.record, self.reader);
    }
}

/// The lock, held to read. See `tokio::sync::RwLockReadGuard`.
#[clippy::has_significant_drop]
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    // Before the lock itself: the record must not be written to any more when another one has the lock.
    reading: Option<Reading<'a>>,
    inner: library::RwLockReadGuard<'a, T>,
}

/// The lock, held to write. See `tokio::sync::RwLockWriteGuard`.
#[clippy::has_significant_drop]
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    holding: Option<Holding<'a>>,
    inner: library::RwLockWriteGuard<'a, T>,
    record: &'a LockRecord,
}

/// A part of what a lock guards, held to write. See `tokio::sync::RwLockMappedWriteGuard`.
#[clippy::has_significant_drop]
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockMappedWriteGuard<'a, T: ?Sized> {
    holding: Option<Holding<'a>>,
    inner: library::RwLockMappedWriteGuard<'a, T>,
}

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    pub(super) fn new(
        lock: &'a RwLock<T>,
        site: Site,
        inner: library::RwLockReadGuard<'a, T>,
    ) -> Self {
        RwLockReadGuard {
            reading: Some(Reading::begin(lock.record(), site)),
            inner,
        }
    }

    /// As `tokio::sync::RwLockReadGuard::map`.
    pub fn map<F, U: ?Sized>(this: Self, map: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        let RwLockReadGuard { mut reading, inner } = this;
        let inner =
            library::RwLockReadGuard::map(inner, |value| within(&mut reading, || map(value)));
        RwLockReadGuard { reading, inner }
    }

    /// As `tokio::sync::RwLockReadGuard::try_map`.
    ///
    /// # Errors
    /// The guard itself, if there is no such part.
    pub fn try_map<F, U: ?Sized>(this: Self, map: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        let RwLockReadGuard { mut reading, inner } = this;
        match library::RwLockReadGuard::try_map(inner, |value| within(&mut reading, || map(value)))
        {
            Ok(inner) => Ok(RwLockReadGuard { reading, inner }),
            Err(inner) => Err(RwLockReadGuard { reading, inner }),
        }
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    pub(super) fn new(
        lock: &'a RwLock<T>,
        site: Site,
        inner: library::RwLockWriteGuard<'a, T>,
    ) -> Self {
        let record = &**lock.record();
        record.exclusive().note_taken(site);
        RwLockWriteGuard {
            holding: Some(Holding(record)),
            inner,
            record,
        }
    }

    /// As `tokio::sync::RwLockWriteGuard::map`.
    pub fn map<F, U: ?Sized>(this: Self, map: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let RwLockWriteGuard {
            mut holding, inner, ..
        } = this;
        let inner =
            library::RwLockWriteGuard::map(inner, |value| within(&mut holding, || map(value)));
        RwLockMappedWriteGuard { holding, inner }
    }

    /// As `tokio::sync::RwLockWriteGuard::try_map`.
    ///
    /// # Errors
    /// The guard itself, if there is no such part.
    pub fn try_map<F, U: ?Sized>(this: Self, map: F) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let RwLockWriteGuard {
            mut holding,
            inner,
            record,
        } = this;
        match library::RwLockWriteGuard::try_map(inner, |value| within(&mut holding, || map(value)))
        {
            Ok(inner) => Ok(RwLockMappedWriteGuard { holding, inner }),
            Err(inner) => Err(RwLockWriteGuard {
                holding,
                inner,
                record,
            }),
        }
    }

    /// As `tokio::sync::RwLockWriteGuard::into_mapped`.
    pub fn into_mapped(this: Self) -> RwLockMappedWriteGuard<'a, T> {
        let RwLockWriteGuard { holding, inner, .. } = this;
        let inner = library::RwLockWriteGuard::into_mapped(inner);
        RwLockMappedWriteGuard { holding, inner }
    }

    /// As `tokio::sync::RwLockWriteGuard::downgrade_map`.
    #[track_caller]
    pub fn downgrade_map<F, U: ?Sized>(this: Self, map: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        let site = Site::caller();
        let RwLockWriteGuard {
            mut holding,
            inner,
            record,
        } = this;
        // The write hold has ended before another reader can pass.
        let inner = library::RwLockWriteGuard::downgrade_map(inner, |value| {
            drop(holding.take());
            map(value)
        });
        RwLockReadGuard {
            reading: Some(Reading::begin(record, site)),
            inner,
        }
    }

    /// As `tokio::sync::RwLockWriteGuard::try_downgrade_map`.
    ///
    /// # Errors
    /// The guard itself, if there is no such part.
    #[track_caller]
    pub fn try_downgrade_map<F, U: ?Sized>(
        this: Self,
        map: F,
    ) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        let site = Site::caller();
        let RwLockWriteGuard {
            mut holding,
            inner,
            record,
        } = this;
        let result = library::RwLockWriteGuard::try_downgrade_map(inner, |value| {
            let part = within(&mut holding, || map(value));
            if part.is_some() {
                drop(holding.take());
            }
            part
        });
        match result {
            Ok(inner) => Ok(RwLockReadGuard {
                reading: Some(Reading::begin(record, site)),
                inner,
            }),
            Err(inner) => Err(RwLockWriteGuard {
                holding,
                inner,
                record,
            }),
        }
    }

    /// As `tokio::sync::RwLockWriteGuard::downgrade`.
    #[track_caller]
    pub fn downgrade(self) -> RwLockReadGuard<'a, T> {
        Self::downgrade_map(self, |value| value)
    }
}

impl<'a, T: ?Sized> RwLockMappedWriteGuard<'a, T> {
    /// As `tokio::sync::RwLockMappedWriteGuard::map`.
    pub fn map<F, U: ?Sized>(this: Self, map: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let RwLockMappedWriteGuard { mut holding, inner } = this;
        let inner =
            library::RwLockMappedWriteGuard::map(inner, |part| within(&mut holding, || map(part)));
        RwLockMappedWriteGuard { holding, inner }
    }

    /// As `tokio::sync::RwLockMappedWriteGuard::try_map`.
    ///
    /// # Errors
    /// The guard itself, if there is no such part.
    pub fn try_map<F, U: ?Sized>(this: Self, map: F) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let RwLockMappedWriteGuard { mut holding, inner } = this;
        match library::RwLockMappedWriteGuard::try_map(inner, |part| {
            within(&mut holding, || map(part))
        }) {
            Ok(inner) => Ok(RwLockMappedWriteGuard { holding, inner }),
            Err(inner) => Err(RwLockMappedWriteGuard { holding, inner }),
        }
    }
}

read_guard_traits!(RwLockReadGuard);
guard_traits!(RwLockWriteGuard);
guard_traits!(RwLockMappedWriteGuard);
