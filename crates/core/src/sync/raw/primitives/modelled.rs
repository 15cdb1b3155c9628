//! loom's atomics, and a model of the system that puts threads to sleep.
//!
//! loom runs all threads of a model on one of the system's, and goes from one to another only at its own operations. So what
//! is done with std's types after an operation of loom is one step with it. Each call here begins with an operation on the
//! number that it is about, so that loom tries all orders of the calls for one number. It is a read-modify-write, because those
//! find the newest number, as the system does. It is relaxed, because locks must not count on more.
//!
//! - A sleep ends at once if the number is another one. Of the others a wake ends as many as it is told to, in the
//!   order in which they began. Who was woken knows what the waker knew: loom has no other way to go on.
//! - One sleep of each execution can be made to end for no reason (`begin`).
//! - Time is one instant, at which all limits end (`end_limits`). A thread of the model lets it come, whenever loom runs that.

use loom::sync::atomic::AtomicBool;
use loom::sync::atomic::Ordering::{self, Relaxed};
use loom::thread::{Thread, current, park};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// Locks are made in constants, where loom can make nothing. So it makes the number when that is first used, which has to be
/// before a model starts threads.
macro_rules! atomic {
    ($name:ident, $value:ty) => {
        #[derive(Debug, Default)]
        pub(in crate::sync) struct $name {
            first: $value,
            made: OnceLock<Arc<loom::sync::atomic::$name>>,
        }

        impl $name {
            pub(in crate::sync) const fn new(first: $value) -> Self {
                $name {
                    first,
                    made: OnceLock::new(),
                }
            }

            fn made(&self) -> &Arc<loom::sync::atomic::$name> {
                self.made
                    .get_or_init(|| Arc::new(loom::sync::atomic::$name::new(self.first)))
            }

            /// loom ends a model that fails by a panic, and then has no numbers any more for guards that are dropped.
            fn with<R>(&self, act: impl FnOnce(&loom::sync::atomic::$name) -> R, or_else: R) -> R {
                if thread::panicking() {
                    return or_else;
                }
                act(self.made())
            }

            pub(in crate::sync) fn load(&self, order: Ordering) -> $value {
                self.with(|number| number.load(order), self.first)
            }

            pub(in crate::sync) fn swap(&self, value: $value, order: Ordering) -> $value {
                self.with(|number| number.swap(value, order), self.first)
            }

            pub(in crate::sync) fn fetch_add(&self, more: $value, order: Ordering) -> $value {
                self.with(|number| number.fetch_add(more, order), self.first)
            }

            pub(in crate::sync) fn compare_exchange(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                let exchange = |number: &loom::sync::atomic::$name| {
                    number.compare_exchange(current, new, success, failure)
                };
                self.with(exchange, Ok(current))
            }

            /// loom's fails for no other reason than the one above.
            pub(in crate::sync) fn compare_exchange_weak(
                &self,
                current: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(current, new, success, failure)
            }
        }
    };
}

atomic!(AtomicU32, u32);
atomic!(AtomicU64, u64);

loom::lazy_static! {
    static ref SYSTEM: System = System::default();
}

/// What the system knows in one execution.
#[derive(Default)]
struct System {
    sleepers: RefCell<Vec<Sleeper>>,
    /// How many sleeps have begun.
    sleeps: Cell<usize>,
    /// How many of them have ended with their limit.
    ended_by_limits: Cell<usize>,
    /// Which of them ends for no reason.
    stray: Cell<Option<usize>>,
    /// That all limits have ended, for those that look.
    is_over: AtomicBool,
    /// The same, for one that is about to sleep.
    is_over_for_sleepers: Cell<bool>,
}

struct Sleeper {
    number: Arc<loom::sync::atomic::AtomicU32>,
    thread: Thread,
    has_limit: bool,
    end: Rc<Cell<Option<End>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Woken,
    Limit,
}

/// To be called first in each execution. The sleep of this number, counted from 1, ends for no reason.
pub(in crate::sync) fn begin(stray: Option<usize>) {
    SYSTEM.stray.set(stray);
}

/// The end of every limit.
pub(in crate::sync) fn end_limits() {
    let system = &*SYSTEM;
    // A store has no place in the order of the looks that loom knows.
    system.is_over.swap(true, Relaxed);
    system.is_over_for_sleepers.set(true);
    // From now on no one with a limit begins to sleep.
    while let Some(number) = system.number_with_a_limit() {
        number.fetch_add(0, Relaxed);
        system.end(End::Limit, usize::MAX, |sleeper| {
            sleeper.has_limit && Arc::ptr_eq(&sleeper.number, &number)
        });
    }
}

/// How many sleeps of this execution have ended with their limit.
pub(in crate::sync) fn sleeps_ended_by_limits() -> usize {
    SYSTEM.ended_by_limits.get()
}

impl System {
    fn sleep(&self, number: &AtomicU32, until: Until) -> bool {
        self.sleeps.set(self.sleeps.get() + 1);
        if self.stray.get() == Some(self.sleeps.get()) {
            return false;
        }
        if until.has_limit && self.is_over_for_sleepers.get() {
            return true;
        }
        let end = Rc::new(Cell::new(None));
        self.sleepers.borrow_mut().push(Sleeper {
            number: number.made().clone(),
            thread: current(),
            has_limit: until.has_limit,
            end: end.clone(),
        });
        loop {
            if let Some(end) = end.get() {
                return end == End::Limit;
            }
            park();
        }
    }

    fn note_end(&self, by_limit: bool) {
        let more = usize::from(by_limit);
        self.ended_by_limits.set(self.ended_by_limits.get() + more);
    }

    fn number_with_a_limit(&self) -> Option<Arc<loom::sync::atomic::AtomicU32>> {
        let sleepers = self.sleepers.borrow();
        let sleeper = sleepers.iter().find(|sleeper| sleeper.has_limit)?;
        Some(sleeper.number.clone())
    }

    /// Ends so many sleeps at most, of those that are meant.
    fn end(&self, end: End, most: usize, is_meant: impl Fn(&Sleeper) -> bool) {
        let mut left = most;
        self.sleepers.borrow_mut().retain(|sleeper| {
            if left == 0 || !is_meant(sleeper) {
                return true;
            }
            left -= 1;
            sleeper.end.set(Some(end));
            sleeper.thread.unpark();
            false
        });
    }
}

/// The limit of a wait.
#[derive(Debug, Clone, Copy)]
pub(in crate::sync) struct Until {
    has_limit: bool,
}

impl Until {
    pub(in crate::sync) const NEVER: Until = Until { has_limit: false };

    pub(in crate::sync) fn at(_: Instant) -> Until {
        Until { has_limit: true }
    }

    pub(in crate::sync) fn within(_: Duration) -> Until {
        Until { has_limit: true }
    }

    pub(in crate::sync) fn is_over(self) -> bool {
        // The newest, as a clock says it.
        self.has_limit && SYSTEM.is_over.fetch_or(false, Relaxed)
    }
}

/// The same calls as the system's.
pub(in crate::sync) mod futex {
    use super::{AtomicU32, End, Relaxed, SYSTEM, Until};
    use std::sync::Arc;
    use std::thread;

    /// Sleeps if the number is the expected one, until it is woken or the limit is over. Gives whether it was the limit: then it
    /// has taken no wake from another one. It may come back for no reason.
    pub(in crate::sync) fn sleep(number: &AtomicU32, expected: u32, until: Until) -> bool {
        // So that loom tries both orders of the end of limits and this sleep.
        until.is_over();
        if number.fetch_add(0, Relaxed) != expected {
            return false;
        }
        let is_over = SYSTEM.sleep(number, until);
        SYSTEM.note_end(is_over);
        is_over
    }

    /// Wakes one that sleeps.
    pub(in crate::sync) fn wake_one(number: &AtomicU32) {
        wake(number, 1);
    }

    /// Wakes all that sleep.
    pub(in crate::sync) fn wake_all(number: &AtomicU32) {
        wake(number, usize::MAX);
    }

    fn wake(number: &AtomicU32, most: usize) {
        // As in `with`.
        if thread::panicking() {
            return;
        }
        number.fetch_add(0, Relaxed);
        SYSTEM.end(End::Woken, most, |sleeper| {
            Arc::ptr_eq(&sleeper.number, number.made())
        });
    }
}
