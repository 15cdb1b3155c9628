//! Who may pass: several readers, or one writer. A writer that waits goes before the readers that come after it, as in std.
//!
//! A wait here can be given a limit and go on afterwards without losing its turn. The timed waits of parking_lot give the
//! turn up: a writer whose time is up lets the readers behind it pass, and a deadlock would end that never ends with std.

use crate::witness::Access;
use parking_lot::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    readers: Condvar,
    writers: Condvar,
}

#[derive(Debug)]
struct State {
    /// How many readers are inside.
    readers: usize,
    /// A writer is inside.
    has_writer: bool,
    waiting_writers: usize,
}

impl State {
    fn may_pass(&self, access: Access) -> bool {
        match access {
            Access::Exclusive => !self.has_writer && self.readers == 0,
            Access::Shared => !self.has_writer && self.waiting_writers == 0,
        }
    }

    fn pass(&mut self, access: Access) {
        match access {
            Access::Exclusive => self.has_writer = true,
            Access::Shared => self.readers += 1,
        }
    }
}

impl Gate {
    pub(super) const fn new() -> Gate {
        Gate {
            state: Mutex::new(State {
                readers: 0,
                has_writer: false,
                waiting_writers: 0,
            }),
            readers: Condvar::new(),
            writers: Condvar::new(),
        }
    }

    /// Passes if that is possible at once.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn try_pass(&self, access: Access) -> Option<Pass<'_>> {
        let mut state = self.state.lock();
        state.may_pass(access).then(|| {
            state.pass(access);
            Pass { gate: self, access }
        })
    }

    /// Begins to wait for a turn.
    pub(super) fn queue(&self, access: Access) -> Turn<'_> {
        if access == Access::Exclusive {
            self.state.lock().waiting_writers += 1;
        }
        Turn { gate: self, access }
    }

    /// Wakes those that may pass now.
    fn wake(&self, state: &MutexGuard<'_, State>) {
        if state.waiting_writers > 0 {
            self.writers.notify_one();
        } else {
            self.readers.notify_all();
        }
    }
}

/// A place among those that wait.
#[derive(Debug)]
pub(super) struct Turn<'g> {
    gate: &'g Gate,
    access: Access,
}

impl<'g> Turn<'g> {
    /// Waits so long at most. The turn is kept.
    pub(super) fn pass_within(&self, limit: Duration) -> Option<Pass<'g>> {
        // A limit that no clock can tell is none.
        let until = Instant::now().checked_add(limit);
        self.pass_until(until)
    }

    /// Waits without a limit.
    pub(super) fn pass(&self) -> Pass<'g> {
        loop {
            if let Some(pass) = self.pass_until(None) {
                return pass;
            }
        }
    }

    fn pass_until(&self, until: Option<Instant>) -> Option<Pass<'g>> {
        let Turn { gate, access } = *self;
        let waiting = match access {
            Access::Exclusive => &gate.writers,
            Access::Shared => &gate.readers,
        };
        let mut state = gate.state.lock();
        while !state.may_pass(access) {
            match until {
                Some(until) if waiting.wait_until(&mut state, until).timed_out() => {
                    if state.may_pass(access) {
                        break;
                    }
                    return None;
                }
                Some(_) => {}
                None => waiting.wait(&mut state),
            }
        }
        state.pass(access);
        Some(Pass { gate, access })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.access == Access::Exclusive {
            let mut state = self.gate.state.lock();
            state.waiting_writers -= 1;
            if !state.has_writer {
                self.gate.wake(&state);
            }
        }
    }
}

/// The right to be inside. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Pass<'g> {
    gate: &'g Gate,
    access: Access,
}

impl Pass<'_> {
    /// A writer goes on as a reader, with no other writer between.
    pub(super) fn downgrade(&mut self) {
        let mut state = self.gate.state.lock();
        state.has_writer = false;
        state.readers += 1;
        self.access = Access::Shared;
        self.gate.wake(&state);
    }
}

impl Drop for Pass<'_> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn drop(&mut self) {
        let mut state = self.gate.state.lock();
        match self.access {
            Access::Exclusive => state.has_writer = false,
            Access::Shared => state.readers -= 1,
        }
        if state.readers == 0 {
            self.gate.wake(&state);
        }
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    #[test]
    fn readers_pass_together_and_a_writer_alone() {
        let gate = Gate::new();
        let can = |access| gate.try_pass(access).is_some();
        let first = gate.try_pass(Access::Shared).unwrap();
        assert!(can(Access::Shared) && !can(Access::Exclusive));
        drop(first);
        let mut writer = gate.try_pass(Access::Exclusive).unwrap();
        assert!(!can(Access::Shared) && !can(Access::Exclusive));
        writer.downgrade();
        assert!(can(Access::Shared) && !can(Access::Exclusive));
        drop(writer);
        assert!(can(Access::Exclusive));
    }

    #[test]
    fn a_writer_whose_limit_is_over_keeps_its_turn_before_readers_that_come_later() {
        let gate = Gate::new();
        let reader = gate.try_pass(Access::Shared).unwrap();
        let writer = gate.queue(Access::Exclusive);
        assert!(writer.pass_within(SOON).is_none());
        assert!(gate.try_pass(Access::Shared).is_none());
        assert!(gate.queue(Access::Shared).pass_within(SOON).is_none());
        drop(reader);
        let inside = writer.pass();
        drop(writer);
        drop(inside);
        assert!(gate.try_pass(Access::Shared).is_some());
    }

    #[test]
    fn a_writer_that_gives_up_lets_the_readers_behind_it_pass() {
        let gate = Gate::new();
        let _reader = gate.try_pass(Access::Shared).unwrap();
        let writer = gate.queue(Access::Exclusive);
        std::thread::scope(|scope| {
            let late = scope.spawn(|| drop(gate.queue(Access::Shared).pass()));
            drop(writer);
            late.join().unwrap();
        });
    }

    #[test]
    fn writers_and_readers_that_crowd_lose_nothing() {
        let (gate, count) = (Gate::new(), Mutex::new(0));
        let pass = |access| {
            gate.try_pass(access)
                .unwrap_or_else(|| gate.queue(access).pass())
        };
        std::thread::scope(|scope| {
            for access in [Access::Shared, Access::Exclusive, Access::Exclusive] {
                let (pass, count) = (&pass, &count);
                scope.spawn(move || {
                    for _ in 0..2_000 {
                        let _inside = pass(access);
                        if access == Access::Exclusive {
                            *count.try_lock().expect("a writer is alone") += 1;
                        }
                    }
                });
            }
        });
        assert_eq!(count.into_inner(), 4_000);
    }
}
