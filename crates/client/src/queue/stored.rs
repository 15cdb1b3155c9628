//! The way of guaranteed messages through the store on disk.

use super::{Queue, Stage};
use crate::error::{SendRefusal, StartError};
use crate::in_flight::Confirmed;
use crate::spill::Unstored;

impl Queue {
    /// Starts the store, if there is one. It calls the function with messages and whether they are
    /// stored, and ends when the function returns `false`.
    pub(crate) fn start_store(
        &self,
        on_stored: impl Fn(Vec<Unstored>, bool) -> bool + Send + 'static,
    ) -> Result<(), StartError> {
        self.spill.start(on_stored)
    }

    /// Ends the store, if there is one. After this, nothing is written to it, and all stored
    /// messages are in the queue.
    pub(crate) fn end_store(&self) {
        self.spill.end();
    }

    /// Messages are stored, or could not be. Stored ones are queued.
    pub(crate) fn on_stored(&self, messages: Vec<Unstored>, is_stored: bool) {
        let mut state = self.state.lock();
        for unstored in messages {
            let bytes = unstored.message().len();
            if is_stored && state.stage != Stage::Ended {
                let (sequence, number) = (state.next_sequence(), state.guaranteed.next_number());
                let message = unstored.settle(Ok(number));
                state.guaranteed.push(sequence, message);
            } else {
                let reason = if is_stored {
                    SendRefusal::Closed
                } else {
                    SendRefusal::NotStored
                };
                unstored.settle(Err(reason));
                if state.stage != Stage::Ended {
                    state.guaranteed.confirm(Confirmed { messages: 1, bytes });
                }
            }
        }
        let wakes = state.must_wake(None);
        state.wake_all();
        self.wake_if(wakes);
    }
}
