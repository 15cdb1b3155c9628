//! A lock that threads and tasks wait for in one place: threads sleep, tasks are polled again.
//!
//! The value is in a box. Locking takes the box out of an atomic cell, unlocking puts it back, each with one atomic
//! exchange. So the code is safe Rust: a guard owns the value that it guards.
//!
//! A waiter has no place in an order. Each release wakes every waiter, and the first that comes takes the lock. Waiting is
//! rare below an `Exclusive`, where it is a fault that is reported.
//!
//! # Why not `async-lock`
//!
//! `async_lock::Mutex` 3.5.0 with `event-listener` 5.4.2 was put below the watched `Exclusive`, and measured against this
//! lock (x86-64 Linux, Rust 1.95, both in one binary of `cargo bench --bench cost_locks`). The figures without a unit are
//! ratios to `std::sync::Mutex`, where nothing waits:
//!
//! | | this lock | `async-lock` |
//! |---|---|---|
//! | a watched `enter` and its release | 1.06, and 1.03 to 1.04 since guards are inlined | 2.49 to 2.54 |
//! | an `enter` with the crate off; the bare `async_lock::Mutex` | 1.00 | 2.47 |
//! | crates to build | 1 (`crossbeam-utils`, which `detect` needs anyway) | 5 more |
//! | CPU seconds to build those, debug and release | 0.52 and 0.60 | 0.73 and 0.88 |
//!
//! The build decides nothing. The cost does, because `enter` is on the path of every send through an `Exclusive`. So does
//! what happens to tasks:
//!
//! - `async-lock` wakes one waiter for each release. A task that is woken and not polled keeps all later waiters from a
//!   lock that is free. Here the release wakes all, and the next one that is polled has the lock.
//! - `event-listener` drops a replaced waker inside its own lock. If the drop ends another wait for the same lock, the
//!   thread waits for itself for ever. Here no foreign code runs inside a lock
//!   (`a_waker_with_which_another_wait_ends_may_be_replaced` in `tests/locks`).
//! - Its future cannot be moved once it is polled; that of `Exclusive::enter_async` can.
//!
//! What speaks for `async-lock`: it wakes waiters in their order and protects them from starving, it needs no box, and a
//! leaked guard does not lose the value. Neither of the two refuses a thread that holds the lock already: `Exclusive` does,
//! by the lock's record.

mod exclusive;
mod primitives;

use primitives::{AtomicBool, Condvar, Exchanged, Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::PoisonError;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, Waker};

/// A value that one guard at a time gives access to, beside what may be read without the lock.
// `shared` is a field of the lock, so that a guard that needs it is two words and is returned in registers: with a third
// word, an uncontended `enter` of the watched `Exclusive` costs 1.28 times a std mutex, and not 1.04 times.
pub struct AsyncLock<T, S = ()> {
    // Every access is an exchange that acquires and releases, also one that finds nothing. So one of two comes first. If
    // the waiter's exchange is first, the release reads from it, and sees `is_awaited`. If the release is first, the
    // waiter's exchange finds the value.
    value: Exchanged<T>,
    /// There is a waiter, or about to be one. Written before the exchange that finds nothing.
    is_awaited: AtomicBool,
    waiters: Mutex<Waiters>,
    released: Condvar,
    shared: S,
}

/// The tasks that wait. Threads wait in the condition variable.
#[derive(Debug, Default)]
struct Waiters {
    wakers: BTreeMap<u64, Waker>,
    last_key: u64,
}

/// The value, locked until the guard is dropped.
pub struct Guard<'a, T, S = ()> {
    lock: &'a AsyncLock<T, S>,
    /// `None` once it is unlocked.
    value: Option<Box<T>>,
}

impl<T: fmt::Debug, S> fmt::Debug for Guard<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

/// The future that locks an [`AsyncLock`].
#[must_use = "futures do nothing unless polled"]
pub struct Locking<'a, T, S = ()> {
    lock: &'a AsyncLock<T, S>,
    /// Its waker's key among the waiters, if it has had to wait.
    key: Option<u64>,
}

impl<T, S> fmt::Debug for Locking<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Locking")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl<T, S> AsyncLock<T, S> {
    pub fn new(value: T, shared: S) -> Self {
        AsyncLock {
            value: Exchanged::new(Box::new(value)),
            is_awaited: AtomicBool::new(false),
            waiters: Mutex::new(Waiters::default()),
            released: Condvar::new(),
            shared,
        }
    }

    /// Locks if that is possible at once.
    #[inline(always)]
    pub fn try_lock(&self) -> Option<Guard<'_, T, S>> {
        self.value.exchange(None).map(|value| self.guard(value))
    }

    /// Locks, and blocks the thread until then.
    pub fn lock_blocking(&self) -> Guard<'_, T, S> {
        let mut waiters = self.waiters();
        loop {
            self.is_awaited.store(true, Relaxed);
            if let Some(guard) = self.try_lock() {
                return guard;
            }
            waiters = self
                .released
                .wait(waiters)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Locks in a task.
    pub fn lock(&self) -> Locking<'_, T, S> {
        Locking {
            lock: self,
            key: None,
        }
    }

    /// What may be read without the lock.
    #[cfg(feature = "detect")]
    #[inline(always)]
    pub fn shared(&self) -> &S {
        &self.shared
    }

    /// The value. `None` if a guard was leaked.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner().map(|value| *value)
    }

    #[inline(always)]
    fn guard(&self, value: Box<T>) -> Guard<'_, T, S> {
        Guard {
            lock: self,
            value: Some(value),
        }
    }

    #[inline(always)]
    fn release(&self, value: Box<T>) {
        // The cell was empty. The compiler does not know that, and would add code that drops a value.
        std::mem::forget(self.value.exchange(Some(value)));
        if self.is_awaited.load(Relaxed) {
            self.wake_all();
        }
    }

    #[cold]
    fn wake_all(&self) {
        let wakers = {
            let mut waiters = self.waiters();
            self.is_awaited.store(false, Relaxed);
            self.released.notify_all();
            std::mem::take(&mut waiters.wakers)
        };
        // Outside the lock: a waker is foreign code.
        wakers.into_values().for_each(Waker::wake);
    }

    fn waiters(&self) -> MutexGuard<'_, Waiters> {
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a, T, S> Guard<'a, T, S> {
    /// What may be read without the lock.
    #[cfg(feature = "detect")]
    #[inline(always)]
    pub fn shared(&self) -> &'a S {
        &self.lock.shared
    }

    /// Unlocks, before the guard is dropped. The value is not there any more.
    #[inline(always)]
    pub fn unlock(&mut self) {
        if let Some(value) = self.value.take() {
            self.lock.release(value);
        }
    }
}

impl<T, S> Drop for Guard<'_, T, S> {
    #[inline(always)]
    fn drop(&mut self) {
        self.unlock();
    }
}

impl<T, S> Deref for Guard<'_, T, S> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        self.value.as_ref().expect("it is locked")
    }
}

impl<T, S> DerefMut for Guard<'_, T, S> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("it is locked")
    }
}

impl<'a, T, S> Future for Locking<'a, T, S> {
    type Output = Guard<'a, T, S>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Guard<'a, T, S>> {
        let Locking { lock, key } = self.get_mut();
        // Outside the lock: a waker is foreign code, also where it is cloned or dropped.
        let waker = context.waker().clone();
        let mut waiters = lock.waiters();
        lock.is_awaited.store(true, Relaxed);
        let (result, former) = match lock.try_lock() {
            Some(guard) => {
                let former = key.take().and_then(|key| waiters.wakers.remove(&key));
                (Poll::Ready(guard), former)
            }
            None => {
                let key = *key.get_or_insert_with(|| {
                    waiters.last_key += 1;
                    waiters.last_key
                });
                (Poll::Pending, waiters.wakers.insert(key, waker))
            }
        };
        drop(waiters);
        drop(former);
        result
    }
}

impl<T, S> Drop for Locking<'_, T, S> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            let waker = self.lock.waiters().wakers.remove(&key);
            // Outside the lock, as above.
            drop(waker);
        }
    }
}

impl<T, S: fmt::Debug> fmt::Debug for AsyncLock<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncLock")
            .field("shared", &self.shared)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, redhanded_loom))]
mod model;

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;
    use std::thread;

    #[derive(Debug, Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn one_thread_at_a_time_has_the_value() {
        let lock = AsyncLock::new(0u64, ());
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        *lock.lock_blocking() += 1;
                    }
                });
            }
        });
        assert_eq!(lock.into_inner(), Some(40_000));
    }

    #[test]
    fn a_task_that_waits_is_woken_once_and_then_has_the_lock() {
        let (lock, counter) = (AsyncLock::new(7, ()), Arc::<Counter>::default());
        let waker = Waker::from(counter.clone());
        let mut context = Context::from_waker(&waker);
        let (mut stays, mut goes) = (lock.lock(), lock.lock());
        let mut poll =
            |locking: &mut Locking<'_, u32>| Pin::new(locking).poll(&mut context).is_ready();
        let guard = lock.try_lock().unwrap();
        assert!(!poll(&mut stays) && !poll(&mut stays) && !poll(&mut goes));
        drop(goes);
        assert_eq!(counter.0.load(Relaxed), 0);
        drop(guard);
        assert_eq!(counter.0.load(Relaxed), 1);
        assert!(poll(&mut stays));
    }

    #[test]
    fn a_woken_task_that_is_not_polled_keeps_no_other_from_the_lock() {
        let lock = AsyncLock::new(7, ());
        let mut context = Context::from_waker(Waker::noop());
        let (mut first, mut second) = (lock.lock(), lock.lock());
        let guard = lock.try_lock().unwrap();
        assert!(Pin::new(&mut first).poll(&mut context).is_pending());
        assert!(Pin::new(&mut second).poll(&mut context).is_pending());
        drop(guard);
        assert!(Pin::new(&mut second).poll(&mut context).is_ready());
    }

    #[test]
    fn a_leaked_guard_keeps_the_value() {
        let lock = AsyncLock::new(7, ());
        std::mem::forget(lock.lock_blocking());
        assert!(lock.try_lock().is_none());
        assert_eq!(lock.into_inner(), None);
    }
}
