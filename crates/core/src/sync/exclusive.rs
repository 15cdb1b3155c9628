//! The watched `Exclusive`.

use super::note_holder;
use crate::async_lock::{AsyncLock, Guard, Locking};
use crate::error::ConcurrentUse;
use crate::exclusive_in_both_states;
use crate::process;
use crate::settings::Policy;
use crate::stalls::{Conflict, Locks};
use crate::wire::Outcome;
use crate::witness::{LockKind, LockRecord, Registered, Site, current_thread};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;

/// A value that only one thread or task may use at a time, by contract. Two that do are caught.
///
/// A mutex makes the second one wait, and so hides that two parts of a program use the same thing. `Exclusive` is for a value
/// for which a wait is already a fault. To [`enter`](Self::enter) it while another use has not ended is an `overlap`: a
/// finding that names both, with both backtraces. Everything that is done while the guard lives counts as use.
///
/// It replaces an `Rc<RefCell<WebSocket<_>>>` that is borrowed across an await, which panics with `already borrowed` and shows
/// one stack, and an `unsafe impl Sync` by hand. Off, it is a plain lock.
///
/// ```
/// # mod redhanded { pub use redhanded_core::*; pub use ::tungstenite; }
/// use redhanded::sync::Exclusive;
/// use redhanded::tungstenite::{Message, Result, WebSocket};
/// use std::io::{Read, Write};
///
/// fn notify<S: Read + Write>(websocket: &Exclusive<WebSocket<S>>) -> Result<()> {
///     let mut websocket = websocket.enter().expect("one at a time");
///     websocket.send(Message::text("hello"))
/// }
/// ```
pub struct Exclusive<T> {
    lock: AsyncLock<T, Registered>,
}

/// The right to use the value of an [`Exclusive`]. The use ends when this is dropped.
#[must_use = "the use ends when this is dropped"]
pub struct ExclusiveGuard<'a, T> {
    guard: Guard<'a, T, Registered>,
}

impl<T> Exclusive<T> {
    /// Guards a value.
    #[track_caller]
    pub fn new(value: T) -> Self {
        let registered = Registered::new(LockKind::EXCLUSIVE, Site::caller());
        Exclusive {
            lock: AsyncLock::new(value, registered),
        }
    }

    /// Begins to use the value. If another use has not ended, that is an `overlap`, and the policy decides what happens. Under
    /// `observe`, it is reported, and this waits until the other use ends.
    ///
    /// # Errors
    /// [`ConcurrentUse`], which names both uses, under the policy `error`. Under every policy, the same if this thread began
    /// the other use, in this task or in another one: it would wait for itself. A guard that was sent to another thread counts
    /// for the thread that began.
    ///
    /// # Panics
    /// Under the policy `panic`: here, and where the other use ends.
    #[inline(always)]
    #[track_caller]
    pub fn enter(&self) -> Result<ExclusiveGuard<'_, T>, ConcurrentUse> {
        let site = Site::caller();
        match self.lock.try_lock() {
            Some(guard) => Ok(ExclusiveGuard::new(guard, site)),
            None => self.enter_late(site),
        }
    }

    /// The same where a wait must not block the thread: in async code, with a guard that may live across an await.
    ///
    /// # Errors
    /// [`ConcurrentUse`] under the policy `error`.
    ///
    /// # Panics
    /// As [`enter`](Self::enter).
    #[track_caller]
    pub fn enter_async(&self) -> Entering<'_, T> {
        Entering {
            exclusive: self,
            site: Site::caller(),
            conflict: None,
            locking: self.lock.lock(),
        }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn enter_late(&self, site: Site) -> Result<ExclusiveGuard<'_, T>, ConcurrentUse> {
        let conflict = match self.overlap(site, true) {
            Ok(guard) => return Ok(ExclusiveGuard::new(guard, site)),
            Err(conflict) => conflict,
        };
        if conflict.holder_thread() == current_thread() {
            return Err(self.refuse(&conflict));
        }
        self.enforce(&conflict)?;
        let guard = self.lock.lock_blocking();
        locks().on_waiter_done(&conflict, Outcome::Acquired);
        Ok(ExclusiveGuard::new(guard, site))
    }

    /// Opens the conflict with the other use. If that has ended meanwhile, locks instead.
    fn overlap(&self, site: Site, blocks: bool) -> Result<Guard<'_, T, Registered>, Arc<Conflict>> {
        loop {
            if let Some(conflict) = locks().open_overlap(self.lock.shared().record(), site, blocks)
            {
                return Err(conflict);
            }
            // The other use is beginning or ending, and its record does not show it yet or any more.
            if let Some(guard) = self.lock.try_lock() {
                return Ok(guard);
            }
            thread::yield_now();
        }
    }

    /// Refuses this use if the policy says so.
    #[track_caller]
    fn enforce(&self, conflict: &Arc<Conflict>) -> Result<(), ConcurrentUse> {
        match locks().policy() {
            Policy::Observe => Ok(()),
            Policy::Error => Err(self.refuse(conflict)),
            Policy::Panic => panic!("{}", self.refuse(conflict)),
        }
    }

    fn refuse(&self, conflict: &Arc<Conflict>) -> ConcurrentUse {
        locks().on_waiter_done(conflict, Outcome::Refused);
        conflict.accusation()
    }
}

fn locks() -> &'static Arc<Locks> {
    process::locks()
}

/// The future of [`Exclusive::enter_async`].
#[must_use = "futures do nothing unless polled"]
pub struct Entering<'a, T> {
    exclusive: &'a Exclusive<T>,
    site: Site,
    conflict: Option<Arc<Conflict>>,
    locking: Locking<'a, T, Registered>,
}

impl<'a, T> Future for Entering<'a, T> {
    type Output = Result<ExclusiveGuard<'a, T>, ConcurrentUse>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let exclusive = this.exclusive;
        if this.conflict.is_none() {
            let guard = match exclusive.lock.try_lock() {
                Some(guard) => Ok(guard),
                None => exclusive.overlap(this.site, false),
            };
            match guard {
                Ok(guard) => return Poll::Ready(Ok(ExclusiveGuard::new(guard, this.site))),
                Err(conflict) => {
                    exclusive.enforce(&conflict)?;
                    this.conflict = Some(conflict);
                }
            }
        }
        let Poll::Ready(guard) = Pin::new(&mut this.locking).poll(context) else {
            return Poll::Pending;
        };
        if let Some(conflict) = this.conflict.take() {
            locks().on_waiter_done(&conflict, Outcome::Acquired);
        }
        Poll::Ready(Ok(ExclusiveGuard::new(guard, this.site)))
    }
}

impl<T> Drop for Entering<'_, T> {
    fn drop(&mut self) {
        if let Some(conflict) = self.conflict.take() {
            locks().on_waiter_done(&conflict, Outcome::GaveUp);
        }
    }
}

impl<'a, T> ExclusiveGuard<'a, T> {
    #[inline(always)]
    fn new(guard: Guard<'a, T, Registered>, site: Site) -> Self {
        guard.shared().record().exclusive().note_taken(site);
        ExclusiveGuard { guard }
    }
}

impl<T> Drop for ExclusiveGuard<'_, T> {
    #[inline(always)]
    fn drop(&mut self) {
        let record = self.guard.shared().record();
        if record.exclusive().is_awaited() {
            return self.end_with_conflict(record);
        }
        // Before the lock: the record must not be written to any more when another one has it. `guard` unlocks in its own
        // drop. To unlock here too would make this drop larger, and `enter` a quarter dearer.
        record.exclusive().note_release();
    }
}

impl<T> ExclusiveGuard<'_, T> {
    #[cold]
    #[inline(never)]
    fn end_with_conflict(&mut self, record: &LockRecord) {
        let is_panicking = thread::panicking();
        let error = note_holder(record, record.exclusive());
        record.exclusive().note_release();
        // Before the panic: a waker that panics as well would abort the process.
        self.guard.unlock();
        if let Some(error) = error.filter(|_| locks().policy() == Policy::Panic && !is_panicking) {
            panic!("{error}");
        }
    }
}

exclusive_in_both_states!();
