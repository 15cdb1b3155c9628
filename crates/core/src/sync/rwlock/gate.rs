//! Who may pass: several readers, or one writer. A writer that waits goes before the readers that come after it, as in std. When
//! a writer becomes a reader, the readers that sleep by then go before the writers that wait, as in std, too. How readers have
//! their turn among many writers is said in `word`.
//!
//! A wait here can be given a limit and go on afterwards without losing its turn. The timed waits of parking_lot give the
//! turn up: a writer whose time is up lets the readers behind it pass, and a deadlock would end that never ends with std.
//!
//! Who is inside and who waits is one number (`word`), and each step is one compare-exchange of it. A step that lets others pass
//! tells them afterwards, by an event that they sleep for. Who is about to sleep reads the event first and the word then. So
//! either it sees that step in the word, or the event changes later, and then it does not begin to sleep, or is woken.

#[cfg(all(test, redhanded_loom))]
mod model;
mod word;

use crate::forks::generation;
use crate::sync::raw::primitives::{AtomicU32, AtomicU64, Until, futex};
use crate::witness::Access;
use std::cell::Cell;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};
use std::time::Duration;
use word::{Wakes, Word};

#[derive(Debug)]
pub(super) struct Gate {
    word: AtomicU64,
    /// The event that readers may pass.
    readers: AtomicU32,
    /// The event that a writer may pass.
    writers: AtomicU32,
}

impl Gate {
    pub(super) const fn new() -> Gate {
        Gate {
            word: AtomicU64::new(0),
            readers: AtomicU32::new(0),
            writers: AtomicU32::new(0),
        }
    }

    /// Passes if that is possible at once.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn try_pass(&self, access: Access) -> bool {
        let passed = self.step(|word| word.passed(access).map(|after| (after, ())));
        passed.is_some()
    }

    /// To be called by who has passed, once.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn leave(&self, access: Access) {
        self.step_aside(|word| word.left(access));
    }

    /// To be called by a writer that has passed. It goes on as a reader, with no other writer between.
    pub(super) fn downgrade(&self) {
        let wakes = self.step(|word| Some(word.downgraded()));
        self.wake(wakes.unwrap_or(Wakes::None));
    }

    /// Whether anyone is inside: a writer, or readers too where that is asked.
    pub(super) fn is_passed(&self, by: Access) -> bool {
        Word::read(self.word.load(Relaxed), generation()).is_passed(by)
    }

    /// Begins to wait for a turn.
    pub(super) fn queue(&self, access: Access) -> Turn<'_> {
        if access == Access::Exclusive {
            self.step(|word| Some((word.with_waiting_writer(), ())));
        }
        Turn {
            gate: self,
            access,
            tried_at: Cell::new(None),
        }
    }

    /// Changes the word in one step. `None` if `next` gives none.
    ///
    /// Each step acquires what those before it have released, and hands it on. So a pass sees what was done inside before.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn step<R>(&self, next: impl Fn(Word) -> Option<(Word, R)>) -> Option<R> {
        let mut bits = self.word.load(Relaxed);
        loop {
            let (after, result) = next(Word::read(bits, generation()))?;
            let tried = self
                .word
                .compare_exchange_weak(bits, after.bits(), AcqRel, Relaxed);
            match tried {
                Ok(_) => return Some(result),
                Err(other) => bits = other,
            }
        }
    }

    /// Changes the word so that others may pass, and tells them.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn step_aside(&self, next: impl Fn(Word) -> Word) {
        let wakes = self.step(|word| Some(next(word).wakes()));
        self.wake(wakes.unwrap_or(Wakes::None));
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn wake(&self, wakes: Wakes) {
        match wakes {
            Wakes::None => {}
            Wakes::Readers => self.wake_readers(),
            Wakes::Writer => self.wake_writer(),
        }
    }

    #[cold]
    #[inline(never)]
    fn wake_readers(&self) {
        self.readers.fetch_add(1, Relaxed);
        futex::wake_all(&self.readers);
    }

    #[cold]
    #[inline(never)]
    fn wake_writer(&self) {
        self.writers.fetch_add(1, Relaxed);
        futex::wake_one(&self.writers);
    }
}

/// A place among those that wait.
#[derive(Debug)]
pub(super) struct Turn<'g> {
    gate: &'g Gate,
    access: Access,
    /// The event as it was before the last try.
    tried_at: Cell<Option<u32>>,
}

impl Turn<'_> {
    /// Waits so long at most, and gives whether it has passed. If not, the turn is kept.
    pub(super) fn pass_within(&self, limit: Duration) -> bool {
        self.pass_until(Until::within(limit))
    }

    /// Waits without a limit.
    pub(super) fn pass(&self) {
        while !self.pass_until(Until::NEVER) {}
    }

    fn pass_until(&self, until: Until) -> bool {
        let Turn { gate, access, .. } = *self;
        let event = match access {
            Access::Exclusive => &gate.writers,
            Access::Shared => &gate.readers,
        };
        loop {
            // Needs no ordering: who tells of a step has acquired from the steps before it. So where the step below comes before
            // that one, the count read here is older.
            let before = event.load(Relaxed);
            let is_woken = self
                .tried_at
                .replace(Some(before))
                .is_some_and(|at| at != before);
            let step = gate.step(|word| {
                let word = word.answered(access);
                match self.passed(word, is_woken) {
                    Some(after) => Some((after, true)),
                    None => Some((word.with_sleeper(access), false)),
                }
            });
            if step == Some(true) {
                return true;
            }
            if until.is_over() {
                return false;
            }
            futex::sleep(event, before, until);
        }
    }

    /// The word when it has passed, if it may.
    fn passed(&self, word: Word, is_woken: bool) -> Option<Word> {
        let may_join = is_woken && self.access == Access::Shared;
        let joined = || may_join.then(|| word.joined()).flatten();
        word.passed(self.access).or_else(joined)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.access == Access::Exclusive {
            self.gate.step_aside(Word::without_waiting_writer);
        }
    }
}

#[cfg(all(test, not(redhanded_loom)))]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(1);

    /// Whether one more could pass. It leaves again.
    fn can(gate: &Gate, access: Access) -> bool {
        let has_passed = gate.try_pass(access);
        if has_passed {
            gate.leave(access);
        }
        has_passed
    }

    fn wait_for_sleeping_reader(gate: &Gate) {
        while !Word::read(gate.word.load(Relaxed), generation()).has_sleeping_reader() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn readers_pass_together_and_a_writer_alone() {
        let gate = Gate::new();
        assert!(gate.try_pass(Access::Shared));
        assert!(can(&gate, Access::Shared) && !can(&gate, Access::Exclusive));
        gate.leave(Access::Shared);
        assert!(gate.try_pass(Access::Exclusive));
        assert!(!can(&gate, Access::Shared) && !can(&gate, Access::Exclusive));
        gate.downgrade();
        assert!(can(&gate, Access::Shared) && !can(&gate, Access::Exclusive));
        gate.leave(Access::Shared);
        assert!(can(&gate, Access::Exclusive));
    }

    #[test]
    fn a_writer_whose_limit_is_over_keeps_its_turn_before_readers_that_come_later() {
        let gate = Gate::new();
        assert!(gate.try_pass(Access::Shared));
        let writer = gate.queue(Access::Exclusive);
        assert!(!writer.pass_within(SOON));
        assert!(!gate.try_pass(Access::Shared));
        assert!(!gate.queue(Access::Shared).pass_within(SOON));
        gate.leave(Access::Shared);
        writer.pass();
        drop(writer);
        gate.leave(Access::Exclusive);
        assert!(gate.try_pass(Access::Shared));
    }

    #[test]
    fn a_writer_that_gives_up_lets_the_readers_behind_it_pass() {
        let gate = Gate::new();
        assert!(gate.try_pass(Access::Shared));
        let writer = gate.queue(Access::Exclusive);
        std::thread::scope(|scope| {
            let late = scope.spawn(|| gate.queue(Access::Shared).pass());
            drop(writer);
            late.join().unwrap();
        });
    }

    #[test]
    fn a_reader_that_sleeps_passes_at_a_downgrade_before_a_writer_that_waits() {
        let gate = Gate::new();
        assert!(gate.try_pass(Access::Exclusive));
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| gate.queue(Access::Shared).pass());
            wait_for_sleeping_reader(&gate);
            let writer = gate.queue(Access::Exclusive);
            assert!(!writer.pass_within(SOON));
            gate.downgrade();
            reader.join().unwrap();
            assert!(!can(&gate, Access::Shared), "it comes later");
            gate.leave(Access::Shared);
            gate.leave(Access::Shared);
            writer.pass();
        });
    }

    #[test]
    fn a_reader_passes_when_a_writer_was_quicker_than_the_one_that_was_woken() {
        const LONG: Duration = Duration::from_secs(30);
        let gate = Gate::new();
        assert!(gate.try_pass(Access::Exclusive));
        let writer = gate.queue(Access::Exclusive);
        assert!(!writer.pass_within(SOON));
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| gate.queue(Access::Shared).pass_within(LONG));
            wait_for_sleeping_reader(&gate);
            gate.leave(Access::Exclusive);
            assert!(gate.try_pass(Access::Exclusive));
            gate.leave(Access::Exclusive);
            assert!(reader.join().unwrap());
        });
        assert!(!writer.pass_within(SOON));
        assert!(!gate.try_pass(Access::Shared), "the writer has come");
        gate.leave(Access::Shared);
        writer.pass();
    }

    #[test]
    fn writers_and_readers_that_crowd_lose_nothing() {
        let (gate, count) = (Gate::new(), std::sync::Mutex::new(0));
        std::thread::scope(|scope| {
            for access in [Access::Shared, Access::Exclusive, Access::Exclusive] {
                let (gate, count) = (&gate, &count);
                scope.spawn(move || {
                    for _ in 0..2_000 {
                        if !gate.try_pass(access) {
                            gate.queue(access).pass();
                        }
                        if access == Access::Exclusive {
                            *count.try_lock().expect("a writer is alone") += 1;
                        }
                        gate.leave(access);
                    }
                });
            }
        });
        assert_eq!(count.into_inner().unwrap(), 4_000);
    }
}
