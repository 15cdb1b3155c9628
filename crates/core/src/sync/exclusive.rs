//! The watched `Exclusive`.

use crate::async_lock::{AsyncLock, Guard, Locking};
use crate::error::ConcurrentUse;
use crate::exclusive_in_both_states;
use crate::locks::{Locks, Meeting};
use crate::process;
use crate::settings::Policy;
use crate::wire::Outcome;
use crate::witness::{LockKind, LockRecord, Registered, Site, current_thread};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;

/// What only one may use at a time, by contract: two that do are caught.
///
/// A mutex makes others wait, and so hides that two parts of a program use the same thing. This is for where nobody should
/// ever have to wait: whoever [`enter`](Self::enter)s while another one is inside is an `overlap`, and both are named, with
/// both backtraces. All that is done inside the guard counts as use.
///
/// In the place of `Rc<RefCell<WebSocket<_>>>` across awaits (`already borrowed`, and one stack) and of an
/// `unsafe impl Sync` by hand. Off, it is a plain lock.
///
/// ```
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

/// The right to use what an [`Exclusive`] guards, until it is dropped.
#[must_use = "whoever drops it is outside again"]
pub struct ExclusiveGuard<'a, T> {
    guard: Guard<'a, T, Registered>,
}

impl<T> Exclusive<T> {
    /// Guards a value.
    #[track_caller]
    pub fn new(value: T) -> Self {
        let registered = Registered::new(LockKind::Exclusive, Site::caller());
        Exclusive {
            lock: AsyncLock::new(value, registered),
        }
    }

    /// Begins to use the value. If nobody does, that is all. Otherwise it is an `overlap`, and the policy speaks: under
    /// `observe` it is reported, and this waits.
    ///
    /// # Errors
    /// [`ConcurrentUse`], which names both, under the policy `error`; and under every policy if this very thread is
    /// inside, also in another task: it would wait for itself. (That a guard was sent to another thread is not known.)
    ///
    /// # Panics
    /// Under the policy `panic`, in both: here, and in the other one when it drops its guard.
    #[inline]
    #[track_caller]
    pub fn enter(&self) -> Result<ExclusiveGuard<'_, T>, ConcurrentUse> {
        let site = Site::caller();
        match self.lock.try_lock() {
            Some(guard) => Ok(ExclusiveGuard::new(guard, site)),
            None => self.enter_late(site),
        }
    }

    /// The same where waiting must not block: in async code, and across awaits.
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
            met: None,
            locking: self.lock.lock(),
        }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn enter_late(&self, site: Site) -> Result<ExclusiveGuard<'_, T>, ConcurrentUse> {
        let met = match self.meet(site, true) {
            Ok(guard) => return Ok(ExclusiveGuard::new(guard, site)),
            Err(met) => met,
        };
        if met.holder_thread() == current_thread() {
            return Err(self.refuse(&met));
        }
        self.enforce(&met)?;
        let guard = self.lock.lock_blocking();
        locks().comer_is_back(&met, Outcome::Acquired);
        Ok(ExclusiveGuard::new(guard, site))
    }

    /// Meets whoever is inside, or gets in after all.
    fn meet(&self, site: Site, blocks: bool) -> Result<Guard<'_, T, Registered>, Arc<Meeting>> {
        loop {
            if let Some(met) = locks().overlap(self.lock.shared().record(), site, blocks) {
                return Err(met);
            }
            // Whoever is inside is on its way in or out, and has not said so yet.
            if let Some(guard) = self.lock.try_lock() {
                return Ok(guard);
            }
            thread::yield_now();
        }
    }

    /// Turns whoever came away where the policy says so.
    #[track_caller]
    fn enforce(&self, met: &Arc<Meeting>) -> Result<(), ConcurrentUse> {
        match locks().policy() {
            Policy::Observe => Ok(()),
            Policy::Error => Err(self.refuse(met)),
            Policy::Panic => panic!("{}", self.refuse(met)),
        }
    }

    fn refuse(&self, met: &Arc<Meeting>) -> ConcurrentUse {
        locks().comer_is_back(met, Outcome::Refused);
        met.accusation()
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
    met: Option<Arc<Meeting>>,
    locking: Locking<'a, T, Registered>,
}

impl<'a, T> Future for Entering<'a, T> {
    type Output = Result<ExclusiveGuard<'a, T>, ConcurrentUse>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let exclusive = this.exclusive;
        if this.met.is_none() {
            let guard = match exclusive.lock.try_lock() {
                Some(guard) => Ok(guard),
                None => exclusive.meet(this.site, false),
            };
            match guard {
                Ok(guard) => return Poll::Ready(Ok(ExclusiveGuard::new(guard, this.site))),
                Err(met) => {
                    exclusive.enforce(&met)?;
                    this.met = Some(met);
                }
            }
        }
        let Poll::Ready(guard) = Pin::new(&mut this.locking).poll(context) else {
            return Poll::Pending;
        };
        if let Some(met) = this.met.take() {
            locks().comer_is_back(&met, Outcome::Acquired);
        }
        Poll::Ready(Ok(ExclusiveGuard::new(guard, this.site)))
    }
}

impl<T> Drop for Entering<'_, T> {
    fn drop(&mut self) {
        if let Some(met) = self.met.take() {
            locks().comer_is_back(&met, Outcome::GaveUp);
        }
    }
}

impl<'a, T> ExclusiveGuard<'a, T> {
    #[inline]
    fn new(guard: Guard<'a, T, Registered>, site: Site) -> Self {
        guard.shared().record().taken(site);
        ExclusiveGuard { guard }
    }
}

impl<T> Drop for ExclusiveGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let record = self.guard.shared().record();
        if record.is_awaited() {
            return self.leave_slowly(record);
        }
        // Before the lock: the record must not be written to any more when another one has it. `guard` unlocks in its own
        // drop. To unlock here too makes this drop too large to be inlined, and `enter` a quarter dearer.
        record.let_go();
    }
}

impl<T> ExclusiveGuard<'_, T> {
    #[cold]
    #[inline(never)]
    fn leave_slowly(&mut self, record: &LockRecord) {
        let is_panicking = thread::panicking();
        let outcome = if is_panicking {
            Outcome::Panicked
        } else {
            Outcome::Released
        };
        let accusation = locks().holder_leaves(record, outcome);
        record.let_go();
        // Before the panic: a waker that panics as well would abort the process.
        self.guard.unlock();
        if let Some(accusation) =
            accusation.filter(|_| locks().policy() == Policy::Panic && !is_panicking)
        {
            panic!("{accusation}");
        }
    }
}

exclusive_in_both_states!();
