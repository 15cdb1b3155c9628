//! A gate: threads wait at it, and start together.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A barrier that can be cancelled. That of the standard library would wait for ever for a thread that could not be
/// started.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    arrived: usize,
    /// Whether the threads start. `None` while they wait.
    starts: Option<bool>,
}

impl Gate {
    /// Waits until the gate is opened or cancelled. Gives whether to start.
    pub(super) fn pass(&self) -> bool {
        let mut state = self.state();
        state.arrived += 1;
        self.changed.notify_all();
        let waited = self
            .changed
            .wait_while(state, |state| state.starts.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).starts == Some(true)
    }

    /// Lets the threads start when so many of them wait.
    pub(super) fn open_for(&self, threads: usize) {
        let waited = self
            .changed
            .wait_while(self.state(), |state| state.arrived < threads);
        waited.unwrap_or_else(PoisonError::into_inner).starts = Some(true);
        self.changed.notify_all();
    }

    /// Ends the wait. No thread starts.
    pub(super) fn cancel(&self) {
        self.state().starts = Some(false);
        self.changed.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn no_thread_starts_if_the_gate_is_cancelled() {
        let gate = Gate::default();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| gate.pass());
            gate.cancel();
            assert!(!waiting.join().unwrap());
        });
    }

    #[test]
    fn all_threads_start_when_all_of_them_wait() {
        let gate = Gate::default();
        thread::scope(|scope| {
            let waiting = [(); 3].map(|()| scope.spawn(|| gate.pass()));
            gate.open_for(3);
            assert!(waiting.into_iter().all(|thread| thread.join().unwrap()));
        });
    }
}
