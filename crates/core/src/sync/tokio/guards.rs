//! The guards of the watched `Mutex` of tokio that borrow it.

use super::Mutex;
use crate::sync::{guard_traits, on_release};
use crate::witness::{LockRecord, Site};
use ::tokio::sync as library;

/// Notes the end of a hold when it is dropped.
#[derive(Debug)]
pub(super) struct Holding<'a>(pub(super) &'a LockRecord);

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        on_release(self.0);
    }
}

/// Runs a function of the application on the value. If it panics, the library releases the lock. Then the end of the hold
/// must be noted before.
pub(super) fn within<H, R>(holding: &mut Option<H>, run: impl FnOnce() -> R) -> R {
    let held = holding.take();
    let result = run();
    *holding = held;
    result
}

/// The lock, held. See `tokio::sync::MutexGuard`.
#[clippy::has_significant_drop]
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'a, T: ?Sized> {
    // Before the lock itself: the record must not be written to any more when another one has the lock.
    holding: Option<Holding<'a>>,
    inner: library::MutexGuard<'a, T>,
    mutex: &'a Mutex<T>,
}

/// A part of what a lock guards, held. See `tokio::sync::MappedMutexGuard`.
#[clippy::has_significant_drop]
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MappedMutexGuard<'a, T: ?Sized> {
    holding: Option<Holding<'a>>,
    inner: library::MappedMutexGuard<'a, T>,
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    pub(super) fn new(mutex: &'a Mutex<T>, site: Site, inner: library::MutexGuard<'a, T>) -> Self {
        let record = mutex.record();
        record.exclusive().note_taken(site);
        MutexGuard {
            holding: Some(Holding(record)),
            inner,
            mutex,
        }
    }

    /// As `tokio::sync::MutexGuard::map`.
    pub fn map<U: ?Sized, F: FnOnce(&mut T) -> &mut U>(
        this: Self,
        map: F,
    ) -> MappedMutexGuard<'a, U> {
        let MutexGuard {
            mut holding, inner, ..
        } = this;
        let inner = library::MutexGuard::map(inner, |value| within(&mut holding, || map(value)));
        MappedMutexGuard { holding, inner }
    }

    /// As `tokio::sync::MutexGuard::try_map`.
    ///
    /// # Errors
    /// The guard itself, if there is no such part.
    pub fn try_map<U: ?Sized, F>(this: Self, map: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let MutexGuard {
            mut holding,
            inner,
            mutex,
        } = this;
        match library::MutexGuard::try_map(inner, |value| within(&mut holding, || map(value))) {
            Ok(inner) => Ok(MappedMutexGuard { holding, inner }),
            Err(inner) => Err(MutexGuard {
                holding,
                inner,
                mutex,
            }),
        }
    }

    /// As `tokio::sync::MutexGuard::mutex`.
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.mutex
    }
}

impl<'a, T: ?Sized> MappedMutexGuard<'a, T> {
    /// As `tokio::sync::MappedMutexGuard::map`.
    pub fn map<U, F: FnOnce(&mut T) -> &mut U>(this: Self, map: F) -> MappedMutexGuard<'a, U> {
        let MappedMutexGuard { mut holding, inner } = this;
        let inner =
            library::MappedMutexGuard::map(inner, |part| within(&mut holding, || map(part)));
        MappedMutexGuard { holding, inner }
    }

    /// As `tokio::sync::MappedMutexGuard::try_map`.
    ///
    /// # Errors
    /// The guard itself, if there is no such part.
    pub fn try_map<U, F>(this: Self, map: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let MappedMutexGuard { mut holding, inner } = this;
        match library::MappedMutexGuard::try_map(inner, |part| within(&mut holding, || map(part))) {
            Ok(inner) => Ok(MappedMutexGuard { holding, inner }),
            Err(inner) => Err(MappedMutexGuard { holding, inner }),
        }
    }
}

guard_traits!(MutexGuard);
guard_traits!(MappedMutexGuard);
