//! Writers that are held at their claim. To loom a hold is a point at which another thread goes on.

use super::*;
use crate::wire::handle::Shared;
use crate::wire::{Caller, Claimed, NearMiss, Provoked, Provoker, WireProvoker};
use std::task::Waker;
use std::time::{Duration, Instant};

/// As long as each writer here is held.
const HOLD: Duration = Duration::from_nanos(1);

/// Holds each writer until loom has let another one go on.
#[derive(Debug)]
struct Yielding;

impl Provoker for Yielding {
    fn of_wire(&self, _wire: u64) -> Box<dyn WireProvoker> {
        Box::new(Yielding)
    }

    fn least_handles(&self) -> usize {
        2
    }
}

impl WireProvoker for Yielding {
    fn on_claim(&self, claimed: &Claimed<'_>) -> Provoked {
        if !claimed.claim.is_contested() {
            loom::thread::yield_now();
        }
        Provoked::Held(HOLD)
    }

    fn wake_at(&self, _at: Instant, _waker: &Waker) {}

    fn on_found(&self, _one: &Caller, _other: &Caller) {}

    fn on_gone(&self, _handle: u64) {}

    fn near_misses(&self) -> Vec<NearMiss> {
        Vec::new()
    }
}

impl Scene {
    fn provoked() -> Self {
        let recorder = Arc::new(TestRecorder::default());
        let shared = Arc::new(Shared::provoked_by(Some(Arc::new(Yielding))));
        Scene {
            wire: Arc::new(Wire::new(1, Socket::unknown(), recorder.clone(), shared)),
            recorder,
            oracle: Arc::default(),
        }
    }
}

/// Tried: `leave` that does not ask the activity how long it was held.
#[test]
fn a_writer_that_is_held_and_met_makes_one_finding_that_says_so() {
    model(4, || {
        let scene = Scene::provoked();
        run_writers(&scene, 2, false);
        for finding in scene.recorder.closed.lock().unwrap().iter() {
            let mut held = finding.halves().map(|half| half.held);
            assert!(held.any(|held| held == HOLD), "{finding:?}");
        }
        scene.check();
    });
}

/// Tried: `provoke` that sets the phase to `Lazy`.
#[test]
fn a_writer_that_is_held_gives_the_wire_back_when_it_unwinds() {
    model(3, || {
        let scene = Scene::provoked();
        run_writers(&scene, 2, true);
        scene.check();
    });
}
