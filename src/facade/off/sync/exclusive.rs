//! `Exclusive` when the crate is off: a plain lock.

use crate::error::ConcurrentUse;
use redhanded_core::async_lock::{AsyncLock, Guard, Locking};
use redhanded_core::exclusive_in_both_states;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A value that only one thread or task may use at a time, by contract. Off, it is a plain lock.
pub struct Exclusive<T> {
    lock: AsyncLock<T>,
}

/// The right to use the value of an [`Exclusive`]. The use ends when this is dropped.
#[must_use = "the use ends when this is dropped"]
pub struct ExclusiveGuard<'a, T> {
    guard: Guard<'a, T>,
}

/// The future of [`Exclusive::enter_async`].
#[must_use = "futures do nothing unless polled"]
pub struct Entering<'a, T> {
    locking: Locking<'a, T>,
}

impl<T> Exclusive<T> {
    /// Guards a value.
    pub fn new(value: T) -> Self {
        Exclusive {
            lock: AsyncLock::new(value, ()),
        }
    }

    /// Begins to use the value. Off, this waits until no other use is left.
    ///
    /// # Errors
    /// Off, none.
    #[inline]
    pub fn enter(&self) -> Result<ExclusiveGuard<'_, T>, ConcurrentUse> {
        let guard = self.lock.try_lock();
        Ok(ExclusiveGuard {
            guard: guard.unwrap_or_else(|| self.lock.lock_blocking()),
        })
    }

    /// The same where a wait must not block the thread.
    pub fn enter_async(&self) -> Entering<'_, T> {
        Entering {
            locking: self.lock.lock(),
        }
    }
}

impl<'a, T> Future for Entering<'a, T> {
    type Output = Result<ExclusiveGuard<'a, T>, ConcurrentUse>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let locking = Pin::new(&mut self.get_mut().locking);
        locking
            .poll(context)
            .map(|guard| Ok(ExclusiveGuard { guard }))
    }
}

exclusive_in_both_states!();
