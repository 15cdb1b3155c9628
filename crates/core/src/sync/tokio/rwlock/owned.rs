//! The guards of the watched `RwLock` of tokio that own it.
//!
//! The owned guards of tokio would own the lock of tokio, and not the watched one. So each of these holds the watched lock
//! together with a guard that borrows from it. Safe Rust cannot say that, so this file stretches the lifetime of that guard.
//! This is sound for three reasons:
//! - The lock lies in an `Arc` that is kept beside the guard. Only a reference to that `Arc` is given out, so the lock stays
//!   where it is, and lives as long as the guard.
//! - The guard is declared before the `Arc`, and a function that takes a pair apart has both until it makes the next pair. So
//!   the guard always ends before the lock.
//! - A stretched guard is never given out. What it gives access to is borrowed from the pair, and what a function maps it to
//!   is borrowed for any lifetime, never for a `'static` one.
#![allow(unsafe_code)] // Argued above.

use super::{RwLock, RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard};
use std::fmt;
use std::mem::transmute;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// The lock, held to read, with the lock itself. See `tokio::sync::OwnedRwLockReadGuard`.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct OwnedRwLockReadGuard<T: ?Sized + 'static, U: ?Sized + 'static = T> {
    guard: RwLockReadGuard<'static, U>,
    lock: Arc<RwLock<T>>,
}

/// The lock, held to write, with the lock itself. See `tokio::sync::OwnedRwLockWriteGuard`.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct OwnedRwLockWriteGuard<T: ?Sized + 'static> {
    guard: RwLockWriteGuard<'static, T>,
    lock: Arc<RwLock<T>>,
}

/// A part of what a lock guards, held to write, with the lock itself. See `tokio::sync::OwnedRwLockMappedWriteGuard`.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct OwnedRwLockMappedWriteGuard<T: ?Sized + 'static, U: ?Sized + 'static = T> {
    guard: RwLockMappedWriteGuard<'static, U>,
    lock: Arc<RwLock<T>>,
}

impl<T: ?Sized> OwnedRwLockReadGuard<T> {
    /// `guard` is one of this lock.
    pub(super) fn new(lock: &Arc<RwLock<T>>, guard: RwLockReadGuard<'_, T>) -> Self {
        OwnedRwLockReadGuard {
            // SAFETY: the lock is kept beside it. See the head of this file.
            guard: unsafe {
                transmute::<RwLockReadGuard<'_, T>, RwLockReadGuard<'static, T>>(guard)
            },
            lock: lock.clone(),
        }
    }
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockReadGuard<T, U> {
    /// As `tokio::sync::OwnedRwLockReadGuard::map`.
    pub fn map<F, V: ?Sized>(this: Self, map: F) -> OwnedRwLockReadGuard<T, V>
    where
        F: FnOnce(&U) -> &V,
    {
        let OwnedRwLockReadGuard { guard, lock } = this;
        let guard = RwLockReadGuard::map(guard, map);
        OwnedRwLockReadGuard { guard, lock }
    }

    /// As `tokio::sync::OwnedRwLockReadGuard::try_map`.
    ///
    /// # Errors
    /// The guard itself, if there is no such part.
    pub fn try_map<F, V: ?Sized>(this: Self, map: F) -> Result<OwnedRwLockReadGuard<T, V>, Self>
    where
        F: FnOnce(&U) -> Option<&V>,
    {
        let OwnedRwLockReadGuard { guard, lock } = this;
        match RwLockReadGuard::try_map(guard, map) {
            Ok(guard) => Ok(OwnedRwLockReadGuard { guard, lock }),
            Err(guard) => Err(OwnedRwLockReadGuard { guard, lock }),
        }
    }

    /// As `tokio::sync::OwnedRwLockReadGuard::rwlock`.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.lock
    }
}

impl<T: ?Sized> OwnedRwLockWriteGuard<T> {
    /// `guard` is one of this lock.
    pub(super) fn new(lock: &Arc<RwLock<T>>, guard: RwLockWriteGuard<'_, T>) -> Self {
        OwnedRwLockWriteGuard {
            // SAFETY: the lock is kept beside it. See the head of this file.
            guard: unsafe {
                transmute::<RwLockWriteGuard<'_, T>, RwLockWriteGuard<'static, T>>(guard)
            },
            lock: lock.clone(),
        }
    }

    /// As `tokio::sync::OwnedRwLockWriteGuard::map`.
    pub fn map<F, U: ?Sized>(this: Self, map: F) -> OwnedRwLockMappedWriteGuard<T, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let OwnedRwLockWriteGuard { guard, lock } = this;
        let guard = RwLockWriteGuard::map(guard, map);
        OwnedRwLockMappedWriteGuard { guard, lock }
    }

    /// As `tokio::sync::OwnedRwLockWriteGuard::try_map`.
    ///
    /// # Errors
    /// The guard itself, if there is no such part.
    pub fn try_map<F, U: ?Sized>(
        this: Self,
        map: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let OwnedRwLockWriteGuard { guard, lock } = this;
        match RwLockWriteGuard::try_map(guard, map) {
            Ok(guard) => Ok(OwnedRwLockMappedWriteGuard { guard, lock }),
            Err(guard) => Err(OwnedRwLockWriteGuard { guard, lock }),
        }
    }

    /// As `tokio::sync::OwnedRwLockWriteGuard::into_mapped`.
    pub fn into_mapped(this: Self) -> OwnedRwLockMappedWriteGuard<T> {
        let OwnedRwLockWriteGuard { guard, lock } = this;
        let guard = RwLockWriteGuard::into_mapped(guard);
        OwnedRwLockMappedWriteGuard { guard, lock }
    }

    /// As `tokio::sync::OwnedRwLockWriteGuard::downgrade_map`.
    #[track_caller]
    pub fn downgrade_map<F, U: ?Sized>(this: Self, map: F) -> OwnedRwLockReadGuard<T, U>
    where
        F: FnOnce(&T) -> &U,
    {
        let OwnedRwLockWriteGuard { guard, lock } = this;
        let guard = RwLockWriteGuard::downgrade_map(guard, map);
        OwnedRwLockReadGuard { guard, lock }
    }

    /// As `tokio::sync::OwnedRwLockWriteGuard::try_downgrade_map`.
    ///
    /// # Errors
    /// The guard itself, if there is no such part.
    #[track_caller]
    pub fn try_downgrade_map<F, U: ?Sized>(
        this: Self,
        map: F,
    ) -> Result<OwnedRwLockReadGuard<T, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        let OwnedRwLockWriteGuard { guard, lock } = this;
        match RwLockWriteGuard::try_downgrade_map(guard, map) {
            Ok(guard) => Ok(OwnedRwLockReadGuard { guard, lock }),
            Err(guard) => Err(OwnedRwLockWriteGuard { guard, lock }),
        }
    }

    /// As `tokio::sync::OwnedRwLockWriteGuard::downgrade`.
    #[track_caller]
    pub fn downgrade(self) -> OwnedRwLockReadGuard<T> {
        let OwnedRwLockWriteGuard { guard, lock } = self;
        let guard = guard.downgrade();
        OwnedRwLockReadGuard { guard, lock }
    }

    /// As `tokio::sync::OwnedRwLockWriteGuard::rwlock`.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.lock
    }
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockMappedWriteGuard<T, U> {
    /// As `tokio::sync::OwnedRwLockMappedWriteGuard::map`.
    pub fn map<F, V: ?Sized>(this: Self, map: F) -> OwnedRwLockMappedWriteGuard<T, V>
    where
        F: FnOnce(&mut U) -> &mut V,
    {
        let OwnedRwLockMappedWriteGuard { guard, lock } = this;
        let guard = RwLockMappedWriteGuard::map(guard, map);
        OwnedRwLockMappedWriteGuard { guard, lock }
    }

    /// As `tokio::sync::OwnedRwLockMappedWriteGuard::try_map`.
    ///
    /// # Errors
    /// The guard itself, if there is no such part.
    pub fn try_map<F, V: ?Sized>(
        this: Self,
        map: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, V>, Self>
    where
        F: FnOnce(&mut U) -> Option<&mut V>,
    {
        let OwnedRwLockMappedWriteGuard { guard, lock } = this;
        match RwLockMappedWriteGuard::try_map(guard, map) {
            Ok(guard) => Ok(OwnedRwLockMappedWriteGuard { guard, lock }),
            Err(guard) => Err(OwnedRwLockMappedWriteGuard { guard, lock }),
        }
    }

    /// As `tokio::sync::OwnedRwLockMappedWriteGuard::rwlock`.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        &this.lock
    }
}

/// Gives access to the value, and is shown as the value.
macro_rules! owned_guard_traits {
    ($guard:ident<$($parameter:ident),+>, $value:ident) => {
        impl<$($parameter: ?Sized),+> Deref for $guard<$($parameter),+> {
            type Target = $value;

            fn deref(&self) -> &$value {
                &self.guard
            }
        }

        impl<$($parameter: ?Sized),+> fmt::Debug for $guard<$($parameter),+>
        where
            $value: fmt::Debug,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<$($parameter: ?Sized),+> fmt::Display for $guard<$($parameter),+>
        where
            $value: fmt::Display,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    };
}

owned_guard_traits!(OwnedRwLockReadGuard<T, U>, U);
owned_guard_traits!(OwnedRwLockWriteGuard<T>, T);
owned_guard_traits!(OwnedRwLockMappedWriteGuard<T, U>, U);

impl<T: ?Sized> DerefMut for OwnedRwLockWriteGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: ?Sized, U: ?Sized> DerefMut for OwnedRwLockMappedWriteGuard<T, U> {
    fn deref_mut(&mut self) -> &mut U {
        &mut self.guard
    }
}
