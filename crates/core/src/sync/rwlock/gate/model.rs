//! The gate under loom: who is inside together, what they see, who goes before whom, and that none sleeps for ever. loom fails a
//! model in which no thread can go on.
//!
//! ```text
//! RUSTFLAGS="--cfg redhanded_loom" cargo test --release --lib gate::model
//! ```
//!
//! Each model says which change it was tried with: with that change, it fails.

use super::{Gate, Word, generation};
use crate::sync::raw::model::{LIMIT, join_all, model, model_with_limits};
use crate::sync::raw::primitives::end_limits;
use crate::witness::Access::{self, Exclusive, Shared};
use loom::cell::UnsafeCell;
use loom::thread::{JoinHandle, spawn};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

struct Scene {
    gate: Gate,
    /// loom fails the model if a writer is in it beside another one, or if one does not see what a writer has done in it.
    inside: UnsafeCell<()>,
    /// How often a writer was in it.
    writes: Cell<usize>,
}

impl Scene {
    fn new() -> Arc<Self> {
        let scene = Arc::new(Scene {
            gate: Gate::new(),
            inside: UnsafeCell::new(()),
            writes: Cell::new(0),
        });
        // The first use of each number.
        assert!(!scene.gate.is_passed(Shared));
        scene.gate.wake_readers();
        scene.gate.wake_writer();
        scene
    }

    fn pass(&self, access: Access) {
        if !self.gate.try_pass(access) {
            self.gate.queue(access).pass();
        }
        self.touch(access);
    }

    fn leave(&self, access: Access) {
        self.touch(access);
        self.gate.leave(access);
    }

    fn visit(&self, access: Access) {
        self.pass(access);
        self.gate.leave(access);
    }

    /// Waits for a turn, and gives it up when its limit is over.
    fn visit_within_limit(&self, access: Access) {
        let turn = self.gate.queue(access);
        let has_passed = turn.pass_within(LIMIT);
        drop(turn);
        if has_passed {
            self.leave(access);
        }
    }

    fn touch(&self, access: Access) {
        match access {
            Exclusive => self
                .inside
                .with_mut(|_| self.writes.update(|writes| writes + 1)),
            Shared => self.inside.with(|_| ()),
        }
    }

    fn word(&self) -> Word {
        Word::read(self.gate.word.load(Relaxed), generation())
    }

    /// Lets other threads go on until it is so.
    fn wait_until(&self, is_so: fn(Word) -> bool) {
        while !is_so(self.word()) {
            loom::thread::yield_now();
        }
    }

    /// No one is inside, and no one is in the way of those that come.
    fn check_free(&self) {
        for access in [Exclusive, Shared] {
            assert!(self.gate.try_pass(access), "{:?}", self.word());
            self.leave(access);
        }
        assert!(!self.word().has_waiting_writer(), "{:?}", self.word());
    }
}

/// A thread of the scene.
fn act(scene: &Arc<Scene>, act: impl FnOnce(&Scene) + 'static) -> JoinHandle<()> {
    let scene = scene.clone();
    spawn(move || act(&scene))
}

/// Tried: `step` that only acquires, and that only releases; a writer that passes beside readers.
#[test]
fn a_writer_is_inside_alone_and_each_sees_what_it_has_done() {
    model(2, || {
        let scene = Scene::new();
        let threads =
            [Shared, Exclusive].map(|access| act(&scene, move |scene| scene.visit(access)));
        scene.visit(Exclusive);
        join_all(threads);
        scene.check_free();
    });
}

/// Tried: `wake_readers` that wakes one; `with_sleeper` that marks nothing.
#[test]
fn readers_that_wait_are_woken_together() {
    model(2, || {
        let scene = Scene::new();
        let threads = [(); 2].map(|()| act(&scene, |scene| scene.visit(Shared)));
        scene.visit(Exclusive);
        join_all(threads);
        scene.check_free();
    });
}

/// Tried: a sleep for the event as it is after the look at the word; `wake_writer` that does not change the event.
#[test]
fn a_reader_and_a_writer_that_come_again_and_again_are_woken() {
    model(4, || {
        let scene = Scene::new();
        let thread = act(&scene, |scene| {
            scene.visit(Shared);
            scene.visit(Shared);
        });
        scene.visit(Exclusive);
        scene.visit(Exclusive);
        join_all([thread]);
        scene.check_free();
    });
}

/// Tried: `downgraded` that wakes as every other step does; readers that do not join others; a writer
/// that leaves and comes again to read.
#[test]
fn a_downgrade_lets_the_readers_in_that_sleep_and_no_writer() {
    model(2, || {
        let scene = Scene::new();
        scene.pass(Exclusive);
        let reader = act(&scene, |scene| scene.visit(Shared));
        scene.wait_until(Word::has_sleeping_reader);
        let writer = act(&scene, |scene| scene.visit(Exclusive));
        let writes = scene.writes.get();
        scene.gate.downgrade();
        // The reader comes in beside this one.
        join_all([reader]);
        assert_eq!(scene.writes.get(), writes);
        scene.leave(Shared);
        join_all([writer]);
        scene.check_free();
    });
}

/// Tried: waiting writers that are in no one's way; a turn that ends with its limit.
#[test]
fn a_reader_that_comes_while_a_writer_waits_for_another_one_does_not_pass() {
    model_with_limits(3, || {
        let scene = Scene::new();
        scene.pass(Shared);
        let writer = act(&scene, |scene| {
            let turn = scene.gate.queue(Exclusive);
            // When that is over, it waits on.
            if !turn.pass_within(LIMIT) {
                turn.pass();
            }
            drop(turn);
            scene.leave(Exclusive);
        });
        let clock = spawn(end_limits);
        scene.wait_until(Word::has_waiting_writer);
        assert!(!scene.gate.try_pass(Shared));
        scene.leave(Shared);
        join_all([writer, clock]);
        scene.check_free();
    });
}

/// Tried: `answered` that changes nothing.
#[test]
fn a_reader_passes_a_writer_that_was_woken_only_until_that_has_come() {
    model(3, || {
        let scene = Scene::new();
        scene.pass(Exclusive);
        let writer = act(&scene, |scene| scene.visit(Exclusive));
        scene.wait_until(Word::has_waiting_writer);
        scene.leave(Exclusive);
        if scene.gate.try_pass(Shared) {
            scene.wait_until(|word| !(word.has_waiting_writer() && word.has_called_writer()));
            let waits = scene.word().has_waiting_writer();
            assert!(!(waits && scene.gate.try_pass(Shared)));
            scene.leave(Shared);
        }
        join_all([writer]);
        scene.check_free();
    });
}

/// Tried: `wakes` that does not mark that a writer was woken.
#[test]
fn a_reader_that_sleeps_passes_at_the_latest_behind_the_second_writer() {
    model(6, || {
        let scene = Scene::new();
        scene.pass(Exclusive);
        // A writer that waits and does not come.
        let turn = scene.gate.queue(Exclusive);
        let reader = act(&scene, |scene| scene.visit(Shared));
        scene.wait_until(Word::has_sleeping_reader);
        scene.leave(Exclusive);
        // One that was quicker.
        assert!(scene.gate.try_pass(Exclusive));
        scene.leave(Exclusive);
        join_all([reader]);
        turn.pass();
        drop(turn);
        scene.leave(Exclusive);
        scene.check_free();
    });
}

/// Tried: a turn that wakes none at its end.
#[test]
fn a_writer_that_gives_up_is_in_no_ones_way() {
    model_with_limits(3, || {
        let scene = Scene::new();
        scene.pass(Shared);
        let threads = [
            act(&scene, |scene| scene.visit_within_limit(Exclusive)),
            // While the first one is inside.
            act(&scene, |scene| scene.visit(Shared)),
            spawn(end_limits),
        ];
        join_all(threads);
        scene.leave(Shared);
        scene.check_free();
    });
}

/// Tried: a turn that is counted after its end.
#[test]
fn a_writer_that_gives_up_takes_no_wake_from_another_one() {
    model_with_limits(2, || give_up_beside_a_writer(Exclusive));
}

/// Tried: a reader's turn that counts a waiting writer down at its end.
#[test]
fn a_reader_that_gives_up_is_in_no_ones_way() {
    model_with_limits(2, || give_up_beside_a_writer(Shared));
}

/// Both wait for a writer that is inside.
fn give_up_beside_a_writer(access: Access) {
    let scene = Scene::new();
    scene.pass(Exclusive);
    let threads = [
        act(&scene, move |scene| scene.visit_within_limit(access)),
        act(&scene, |scene| scene.visit(Exclusive)),
        spawn(end_limits),
    ];
    scene.leave(Exclusive);
    join_all(threads);
    scene.check_free();
}

/// Tried: `try_pass` that stays among the writers that wait.
#[test]
fn a_try_that_fails_leaves_nothing_behind() {
    model(2, || try_beside_others(Exclusive));
    model(2, || try_beside_others(Shared));
}

fn try_beside_others(access: Access) {
    let scene = Scene::new();
    let threads = [Shared, Exclusive].map(|access| act(&scene, move |scene| scene.visit(access)));
    if scene.gate.try_pass(access) {
        scene.leave(access);
    }
    join_all(threads);
    scene.check_free();
}
