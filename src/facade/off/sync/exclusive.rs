//! `Exclusive` when the crate is off: a plain lock.

use crate::error::ConcurrentUse;
use redhanded_core::baton::{Baton, Place};
use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::task::{Context, Poll};

/// What only one may use at a time, by contract; off, a plain lock.
pub struct Exclusive<T>(Baton<T>);

/// The right to use what an [`Exclusive`] guards, until it is dropped.
#[must_use = "whoever drops it is outside again"]
pub struct ExclusiveGuard<'a, T> {
    baton: &'a Baton<T>,
    /// There until the drop.
    value: Option<Box<T>>,
}

/// The future of [`Exclusive::enter_async`].
#[must_use = "futures do nothing unless polled"]
pub struct Entering<'a, T> {
    baton: &'a Baton<T>,
    place: Place,
}

impl<T> Exclusive<T> {
    /// Guards a value.
    pub fn new(value: T) -> Self {
        Exclusive(Baton::new(value))
    }

    /// Gives the value back.
    ///
    /// # Panics
    /// If a guard was leaked with `std::mem::forget`: the value is gone with it.
    pub fn into_inner(self) -> T {
        self.0.into_inner().expect("no guard was leaked")
    }

    /// Begins to use the value. Off, waits until nobody else does.
    ///
    /// # Errors
    /// Off, none.
    #[inline]
    pub fn enter(&self) -> Result<ExclusiveGuard<'_, T>, ConcurrentUse> {
        let value = self.0.try_take().unwrap_or_else(|| self.0.take());
        Ok(ExclusiveGuard {
            baton: &self.0,
            value: Some(value),
        })
    }

    /// The same where waiting must not block.
    pub fn enter_async(&self) -> Entering<'_, T> {
        Entering {
            baton: &self.0,
            place: Place::default(),
        }
    }
}

impl<'a, T> Future for Entering<'a, T> {
    type Output = Result<ExclusiveGuard<'a, T>, ConcurrentUse>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Entering { baton, place } = self.get_mut();
        baton.poll_take(place, context).map(|value| {
            Ok(ExclusiveGuard {
                baton,
                value: Some(value),
            })
        })
    }
}

impl<T> Drop for Entering<'_, T> {
    fn drop(&mut self) {
        self.baton.leave(&mut self.place);
    }
}

impl<T> Drop for ExclusiveGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(value) = self.value.take() {
            self.baton.give_back(value);
        }
    }
}

impl<T> Deref for ExclusiveGuard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.value.as_ref().expect("there until the drop")
    }
}

impl<T> DerefMut for ExclusiveGuard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("there until the drop")
    }
}

impl<T: Default> Default for Exclusive<T> {
    fn default() -> Self {
        Exclusive::new(T::default())
    }
}

impl<T> From<T> for Exclusive<T> {
    fn from(value: T) -> Self {
        Exclusive::new(value)
    }
}

impl<T> fmt::Debug for Exclusive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exclusive").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Entering<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entering").finish_non_exhaustive()
    }
}

impl<T: fmt::Debug> fmt::Debug for ExclusiveGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
