//! A gate: threads come to it, and set off together.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Not a barrier of the standard library: that one would wait for ever for a thread that could not be started.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    arrived: usize,
    /// Whether they may go, or shall not go at all.
    verdict: Option<bool>,
}

impl Gate {
    /// Waits for the others. Gives whether to set off.
    pub(super) fn pass(&self) -> bool {
        let mut state = self.state();
        state.arrived += 1;
        self.changed.notify_all();
        let waited = self
            .changed
            .wait_while(state, |state| state.verdict.is_none());
        waited.unwrap_or_else(PoisonError::into_inner).verdict == Some(true)
    }

    /// Lets them go as soon as so many are there.
    pub(super) fn open_for(&self, threads: usize) {
        let waited = self
            .changed
            .wait_while(self.state(), |state| state.arrived < threads);
        waited.unwrap_or_else(PoisonError::into_inner).verdict = Some(true);
        self.changed.notify_all();
    }

    /// Sends them home.
    pub(super) fn call_off(&self) {
        self.state().verdict = Some(false);
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
    fn nobody_sets_off_where_it_is_called_off() {
        let gate = Gate::default();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| gate.pass());
            gate.call_off();
            assert!(!waiting.join().unwrap());
        });
    }

    #[test]
    fn all_set_off_once_all_are_there() {
        let gate = Gate::default();
        thread::scope(|scope| {
            let waiting = [(); 3].map(|()| scope.spawn(|| gate.pass()));
            gate.open_for(3);
            assert!(waiting.into_iter().all(|thread| thread.join().unwrap()));
        });
    }
}
