//! How a message comes into the queue, from a thread or from a task.

use super::{Queue, Stage, State};
use crate::deadline::after;
use crate::delivery::Delivery;
use crate::error::{SendError, SendRefusal};
use crate::monitor::Waiter;
use crate::receipt::Receipt;
use crate::spill::{Pending, Spill};
use crate::tungstenite::Message;
use std::task::{Context, Poll};
use std::time::Duration;

impl Queue {
    /// Queues a message. A guaranteed one waits for room, for at most the `send_timeout`.
    pub(crate) fn send(&self, message: Message, delivery: Delivery) -> Result<Receipt, SendError> {
        let message = self.check(message)?;
        match delivery {
            Delivery::Droppable => self.send_droppable(message, self.options.droppable_within),
            Delivery::DroppableWithin(within) => self.send_droppable(message, within),
            Delivery::Guaranteed => {
                let (timeout, mut message) = (Some(self.options.send_timeout), Some(message));
                let pushed = self.state.wait(timeout, |state| {
                    state.push_guaranteed(&mut message, &self.spill)
                });
                let queued = match pushed.unwrap_or(Err(SendRefusal::Full)) {
                    Ok(Pushed::Pending(pending)) => self.state.wait(None, |_| pending.outcome()),
                    Ok(Pushed::Queued { number, wakes }) => {
                        self.wake_if(wakes);
                        Some(Ok(number))
                    }
                    Err(reason) => Some(Err(reason)),
                };
                self.receipt(queued.expect("the wait has no time limit"), message)
            }
        }
    }

    /// Queues a message. A guaranteed one waits for room and, if there is a store, until it is
    /// stored.
    pub(crate) fn poll_send(
        &self,
        message: &mut Option<Message>,
        pending: &mut Option<Pending>,
        delivery: Delivery,
        waiter: &mut Waiter,
        context: &mut Context<'_>,
    ) -> Poll<Result<Receipt, SendError>> {
        if delivery != Delivery::Guaranteed {
            let message = message
                .take()
                .expect("a future is not polled again after its end");
            return Poll::Ready(self.send(message, delivery));
        }
        if let Some(refused) = message.as_ref().and_then(|message| self.refusal(message)) {
            return Poll::Ready(self.receipt(Err(refused), message.take()));
        }
        let queued = self.state.poll(waiter, context, |state| {
            if pending.is_none() {
                match state.push_guaranteed(message, &self.spill)? {
                    Ok(Pushed::Queued { number, wakes }) => return Some(Ok((number, wakes))),
                    Ok(Pushed::Pending(stored_later)) => *pending = Some(stored_later),
                    Err(reason) => return Some(Err(reason)),
                }
            }
            pending
                .as_ref()?
                .outcome()
                .map(|outcome| outcome.map(|number| (number, false)))
        });
        queued.map(|queued| {
            let queued = queued.map(|(number, wakes)| {
                self.wake_if(wakes);
                number
            });
            self.receipt(queued, message.take())
        })
    }

    pub(crate) fn forget(&self, waiter: &mut Waiter) {
        self.state.forget(waiter);
    }

    fn check(&self, message: Message) -> Result<Message, SendError> {
        match self.refusal(&message) {
            Some(reason) => Err(SendError::new(message, reason)),
            None => Ok(message),
        }
    }

    fn refusal(&self, message: &Message) -> Option<SendRefusal> {
        match message {
            _ if self.is_of_parent() => Some(SendRefusal::ForkedChild),
            Message::Text(_) | Message::Binary(_) if message.len() > self.largest => {
                Some(SendRefusal::TooLarge { most: self.largest })
            }
            Message::Text(_) | Message::Binary(_) => None,
            _ => Some(SendRefusal::NotData),
        }
    }

    fn receipt(
        &self,
        queued: Result<u64, SendRefusal>,
        left: Option<Message>,
    ) -> Result<Receipt, SendError> {
        match (queued, left) {
            (Ok(number), _) => Ok(Receipt::guaranteed(self.confirmations.clone(), number)),
            (Err(reason), Some(message)) => Err(SendError::new(message, reason)),
            (Err(_), None) => unreachable!("a refused message is still here"),
        }
    }

    fn send_droppable(&self, message: Message, within: Duration) -> Result<Receipt, SendError> {
        let until = after(within);
        let mut state = self.state.lock();
        if state.stage != Stage::Running {
            return Err(SendError::new(message, SendRefusal::Closed));
        }
        let sequence = state.next_sequence();
        let dropped = state.droppable.push(sequence, message, until);
        state.stats.dropped += dropped;
        let wakes = state.must_wake(Some(until));
        drop(state);
        self.wake_if(wakes);
        self.report_dropped(dropped);
        Ok(Receipt::droppable())
    }
}

/// There was room for a guaranteed message.
enum Pushed {
    /// It is in the queue.
    Queued { number: u64, wakes: bool },
    /// It will be in the queue when it is stored.
    Pending(Pending),
}

impl State {
    /// Queues the message if there is room. Returns `None` if there is none yet.
    fn push_guaranteed(
        &mut self,
        message: &mut Option<Message>,
        spill: &Spill,
    ) -> Option<Result<Pushed, SendRefusal>> {
        if self.stage != Stage::Running {
            return Some(Err(SendRefusal::Closed));
        }
        if !self.guaranteed.has_room_for(message.as_ref()?.len()) {
            return None;
        }
        self.guaranteed.reserve(message.as_ref()?.len());
        // The sender keeps the message until it is stored. If that fails, the error gives it back.
        if let Some(pending) = spill.store(message.as_ref()?) {
            return Some(Ok(Pushed::Pending(pending)));
        }
        let sequence = self.next_sequence();
        let number = self.guaranteed.push(sequence, message.take()?);
        Some(Ok(Pushed::Queued {
            number,
            wakes: self.must_wake(None),
        }))
    }
}
