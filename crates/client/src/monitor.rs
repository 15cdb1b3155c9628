//! A lock with waiters: threads and tasks wait in the same way for its value to change.

use super::origin::Origin;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// A value behind a lock, with the threads and tasks that wait for it to change.
pub(super) struct Monitor<T> {
    inside: Mutex<Inside<T>>,
    changed: Condvar,
    origin: Origin,
}

struct Inside<T> {
    value: T,
    /// How many threads wait. Without any, there is no system call to wake them.
    waiting_threads: usize,
    waiting_tasks: BTreeMap<u64, Waker>,
    next_waiter: u64,
}

/// One future among the tasks that wait. The future must take it out ([`Monitor::forget`]) when it
/// is dropped.
#[derive(Debug, Default)]
pub(super) struct Waiter(Option<u64>);

impl<T> Monitor<T> {
    pub(super) fn new(value: T) -> Self {
        let inside = Inside {
            value,
            waiting_threads: 0,
            waiting_tasks: BTreeMap::new(),
            next_waiter: 0,
        };
        Monitor {
            inside: Mutex::new(inside),
            changed: Condvar::new(),
            origin: Origin::here(),
        }
    }

    /// Whether it is the parent's, in a forked child. Then it may be locked for ever.
    pub(super) fn is_of_parent(&self) -> bool {
        self.origin.is_parent()
    }

    pub(super) fn lock(&self) -> Guard<'_, T> {
        Guard {
            monitor: self,
            inside: self.inside.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Asks again after each change until there is an answer, or the timeout is over.
    pub(super) fn wait<R>(
        &self,
        timeout: Option<Duration>,
        mut ask: impl FnMut(&mut T) -> Option<R>,
    ) -> Option<R> {
        let mut inside = self.lock().inside;
        if let Some(answer) = ask(&mut inside.value) {
            return Some(answer);
        }
        // Not earlier: reading the clock would be a good part of what a send costs.
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return None;
            }
            inside.waiting_threads += 1;
            inside = match left {
                Some(left) => {
                    self.changed
                        .wait_timeout(inside, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self
                    .changed
                    .wait(inside)
                    .unwrap_or_else(PoisonError::into_inner),
            };
            inside.waiting_threads -= 1;
            if let Some(answer) = ask(&mut inside.value) {
                return Some(answer);
            }
        }
    }

    /// Asks once. Without an answer, the task is woken after the next change.
    pub(super) fn poll<R>(
        &self,
        waiter: &mut Waiter,
        context: &mut Context<'_>,
        ask: impl FnOnce(&mut T) -> Option<R>,
    ) -> Poll<R> {
        let mut inside = self.lock().inside;
        let former = inside.forget(waiter);
        let answer = ask(&mut inside.value);
        if answer.is_none() {
            let number = inside.next_waiter;
            inside.next_waiter += 1;
            inside.waiting_tasks.insert(number, context.waker().clone());
            waiter.0 = Some(number);
        }
        drop(inside);
        // Outside of the lock: dropping the last waker drops its task, which may use this monitor.
        drop(former);
        answer.map_or(Poll::Pending, Poll::Ready)
    }

    /// Takes a waiter out: its task is not woken any more.
    pub(super) fn forget(&self, waiter: &mut Waiter) {
        if waiter.0.is_some() && !self.is_of_parent() {
            let former = self.lock().inside.forget(waiter);
            // Outside of the lock, as above.
            drop(former);
        }
    }
}

impl<T> Inside<T> {
    fn forget(&mut self, waiter: &mut Waiter) -> Option<Waker> {
        self.waiting_tasks.remove(&waiter.0.take()?)
    }
}

/// The value, locked.
pub(super) struct Guard<'m, T> {
    monitor: &'m Monitor<T>,
    inside: MutexGuard<'m, Inside<T>>,
}

impl<T> Guard<'_, T> {
    /// Unlocks, and wakes all threads and tasks that wait.
    pub(super) fn wake_all(mut self) {
        let tasks = std::mem::take(&mut self.inside.waiting_tasks);
        let has_threads = self.inside.waiting_threads > 0;
        drop(self.inside);
        if has_threads {
            self.monitor.changed.notify_all();
        }
        // Outside of the lock: a waker may run its task at once.
        tasks.into_values().for_each(Waker::wake);
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inside.value
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inside.value
    }
}

impl<T> fmt::Debug for Monitor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Monitor").finish_non_exhaustive()
    }
}
