//! Guaranteed messages that are on disk by now.

use super::{Queue, Stage};
use crate::error::{SendRefusal, StartError};
use crate::in_flight::Confirmed;
use crate::spill::Unstored;

impl Queue {
    /// Starts the store, if there is one. It is told what to do with the messages that are stored, or cannot be, and
    /// gives up when it hears `false`.
    pub(crate) fn start_store(
        &self,
        on_stored: impl Fn(Vec<Unstored>, bool) -> bool + Send + 'static,
    ) -> Result<(), StartError> {
        self.spill.start(on_stored)
    }

    /// Has the store end, if there is one: behind this, nothing is written to it, and what was is in the queue.
    pub(crate) fn end_store(&self) {
        self.spill.end();
    }

    /// The oldest messages that were to be stored are stored, or cannot be. The former are queued.
    pub(crate) fn on_stored(&self, messages: Vec<Unstored>, is_stored: bool) {
        let mut state = self.state.lock();
        for unstored in messages {
            let bytes = unstored.message().len();
            if is_stored && state.stage != Stage::Ended {
                let (sequence, number) = (state.sequence(), state.guaranteed.next_number());
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
        let wakes = state.wakes(None);
        state.wake_all();
        self.wake_if(wakes);
    }
}
