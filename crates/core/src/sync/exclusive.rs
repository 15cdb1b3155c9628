//! The watched `Exclusive`.

use crate::baton::{Baton, Place};
use crate::error::ConcurrentUse;
use crate::locks::{Locks, Meeting};
use crate::process;
use crate::settings::Policy;
use crate::wire::Outcome;
use crate::witness::{LockKind, LockRecord, Registered, Site, current_thread};
use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
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
    registered: Registered,
    baton: Baton<T>,
}

/// The right to use what an [`Exclusive`] guards, until it is dropped.
#[must_use = "whoever drops it is outside again"]
pub struct ExclusiveGuard<'a, T> {
    exclusive: &'a Exclusive<T>,
    /// There until the drop.
    value: Option<Box<T>>,
}

impl<T> Exclusive<T> {
    /// Guards a value.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Exclusive {
            registered: Registered::new(LockKind::Exclusive, Site::caller()),
            baton: Baton::new(value),
        }
    }

    /// Gives the value back.
    ///
    /// # Panics
    /// If a guard was leaked with `std::mem::forget`: the value is gone with it.
    pub fn into_inner(self) -> T {
        self.baton.into_inner().expect("no guard was leaked")
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
        match self.baton.try_take() {
            Some(value) => Ok(self.guard(value, site)),
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
            place: Place::default(),
        }
    }

    #[inline]
    fn guard(&self, value: Box<T>, site: Site) -> ExclusiveGuard<'_, T> {
        self.registered.record().taken(site);
        ExclusiveGuard {
            exclusive: self,
            value: Some(value),
        }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn enter_late(&self, site: Site) -> Result<ExclusiveGuard<'_, T>, ConcurrentUse> {
        let met = match self.meet(site, true) {
            Ok(value) => return Ok(self.guard(value, site)),
            Err(met) => met,
        };
        if met.holder_thread() == current_thread() {
            return Err(self.refuse(&met));
        }
        self.enforce(&met)?;
        let value = self.baton.take();
        locks().comer_is_back(&met, Outcome::Acquired);
        Ok(self.guard(value, site))
    }

    /// Meets whoever is inside, or gets in after all.
    fn meet(&self, site: Site, blocks: bool) -> Result<Box<T>, Arc<Meeting>> {
        loop {
            if let Some(met) = locks().overlap(self.registered.record(), site, blocks) {
                return Err(met);
            }
            // Whoever is inside is on its way in or out, and has not said so yet.
            if let Some(value) = self.baton.try_take() {
                return Ok(value);
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
    place: Place,
}

impl<'a, T> Future for Entering<'a, T> {
    type Output = Result<ExclusiveGuard<'a, T>, ConcurrentUse>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let exclusive = this.exclusive;
        if this.met.is_none() {
            let value = match exclusive.baton.try_take() {
                Some(value) => Ok(value),
                None => exclusive.meet(this.site, false),
            };
            match value {
                Ok(value) => return Poll::Ready(Ok(exclusive.guard(value, this.site))),
                Err(met) => {
                    exclusive.enforce(&met)?;
                    this.met = Some(met);
                }
            }
        }
        let Poll::Ready(value) = exclusive.baton.poll_take(&mut this.place, context) else {
            return Poll::Pending;
        };
        if let Some(met) = this.met.take() {
            locks().comer_is_back(&met, Outcome::Acquired);
        }
        Poll::Ready(Ok(exclusive.guard(value, this.site)))
    }
}

impl<T> Drop for Entering<'_, T> {
    fn drop(&mut self) {
        self.exclusive.baton.leave(&mut self.place);
        if let Some(met) = self.met.take() {
            locks().comer_is_back(&met, Outcome::GaveUp);
        }
    }
}

impl<T> Drop for ExclusiveGuard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        let record = self.exclusive.registered.record();
        if record.is_awaited() {
            return self.leave_slowly(record);
        }
        self.leave(record);
    }
}

impl<T> ExclusiveGuard<'_, T> {
    #[inline]
    fn leave(&mut self, record: &LockRecord) {
        // Before the value: the record must not be written to any more when another one has it.
        record.let_go();
        if let Some(value) = self.value.take() {
            self.exclusive.baton.give_back(value);
        }
    }

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
        self.leave(record);
        if let Some(accusation) =
            accusation.filter(|_| locks().policy() == Policy::Panic && !is_panicking)
        {
            panic!("{accusation}");
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
    #[track_caller]
    fn default() -> Self {
        Exclusive::new(T::default())
    }
}

impl<T> From<T> for Exclusive<T> {
    #[track_caller]
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
